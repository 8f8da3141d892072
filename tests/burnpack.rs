//! Burnpack: files of Burn 0.21 and 0.22, files as Burn 0.19 laid them out, and every rule of the format.

use std::sync::Arc;

use half::f16;
use proptest::prelude::*;
use serde_json::json;
use vellum::format::burnpack::{BurnpackFile, Writer};
use vellum::format::{ReadOptions, TensorEntry, TensorFile, TensorList};
use vellum::{Bytes, DType, ErrorKind, TensorData, Value};
use vellum_tests::{fixture_bytes, fixture_json};

use crate::packs::*;

const MODELS: [&str; 3] = ["book_model", "nested", "seq"];

/// JSON as CBOR, with the shortest heads.
fn cbor(value: &serde_json::Value) -> Vec<u8> {
    let head = |major: u8, number: u64| -> Vec<u8> {
        let bytes = number.to_be_bytes();
        let (info, width) = match number {
            0..24 => return vec![major << 5 | bytes[7]],
            24..=0xff => (24, 1),
            0x100..=0xffff => (25, 2),
            0x1_0000..=0xffff_ffff => (26, 4),
            _ => (27, 8),
        };
        [&[major << 5 | info], &bytes[8 - width..]].concat()
    };
    let text = |text: &str| [head(3, text.len() as u64), text.as_bytes().to_vec()].concat();
    match value {
        serde_json::Value::Null => vec![0xf6],
        serde_json::Value::Bool(value) => vec![0xf4 | u8::from(*value)],
        serde_json::Value::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => head(0, number),
            (None, Some(number)) => head(1, number.unsigned_abs() - 1),
            _ => [&[0xfb][..], &number.as_f64().unwrap().to_be_bytes()].concat(),
        },
        serde_json::Value::String(string) => text(string),
        serde_json::Value::Array(items) => {
            items.iter().fold(head(4, items.len() as u64), |out, item| [out, cbor(item)].concat())
        }
        serde_json::Value::Object(entries) => entries
            .iter()
            .fold(head(5, entries.len() as u64), |out, (key, value)| [out, text(key), cbor(value)].concat()),
    }
}

/// A file from the bytes of its header and its data, aligned.
fn file_of(header: &[u8], data: &[u8]) -> Vec<u8> {
    let mut file = unaligned_file_of(header, b"");
    file.resize(file.len().next_multiple_of(256), 0);
    file.extend_from_slice(data);
    file
}

/// As Burn 0.19 laid it out.
fn unaligned_file_of(header: &[u8], data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(header.len()).unwrap().to_le_bytes();
    [b"NRUB\x01\0", &length[..], header, data].concat()
}

fn tensors(tensors: &serde_json::Value) -> Vec<u8> {
    cbor(&json!({ "tensors": tensors }))
}

fn one(dtype: &serde_json::Value, shape: &[u64], end: u64) -> Vec<u8> {
    tensors(&json!({ "a": { "dtype": dtype, "shape": shape, "data_offsets": [0, end] } }))
}

#[track_caller]
fn refused(file: Vec<u8>, why: &str) {
    let error = error(open_burnpack(file));
    assert!(error.to_string().contains(why), "{error}");
}

fn values(tensor: &TensorData) -> Vec<f64> {
    match tensor.dtype() {
        DType::F32 => tensor.to_vec::<f32>().unwrap().into_iter().map(f64::from).collect(),
        DType::F16 => tensor.to_vec::<f16>().unwrap().into_iter().map(f64::from).collect(),
        DType::I32 => tensor.to_vec::<i32>().unwrap().into_iter().map(f64::from).collect(),
        DType::I64 => tensor.to_vec::<i64>().unwrap().into_iter().map(|n| i32::try_from(n).unwrap().into()).collect(),
        DType::Bool => tensor.bytes().iter().map(|&b| f64::from(b)).collect(),
        other => panic!("{other} is not in the fixtures"),
    }
}

/// The nearest `f32`: the JSON has exact doubles, which its parser may miss by their last bit.
#[expect(clippy::cast_possible_truncation, reason = "that is what it is for")]
fn single(x: f64) -> f32 {
    x as f32
}

#[test]
fn files_of_burn_0_21_and_0_22_are_read_bit_for_bit() {
    for model in MODELS {
        let expected = fixture_json(&format!("burnpack/{model}/expected.json"));
        for name in
            ["burnpack", "burnpack_half", "burnpack_nometa", "v022_burnpack", "v022_burnpack_half", "v022_record"]
        {
            let file = open_burnpack(fixture_bytes(&format!("burnpack/{model}/{name}.bpk"))).unwrap();
            assert_eq!(file.tensors().len(), expected.as_object().unwrap().len(), "{model} {name}");
            for (entry, tensor) in file.tensors().iter().zip(read_all(&file).unwrap()) {
                let expected = &expected[&entry.name];
                let place = format!("{model} {name} {}", entry.name);
                assert_eq!(serde_json::to_value(entry.shape.dims()).unwrap(), expected["shape"], "{place}");
                assert_eq!(entry.param_id.unwrap().to_string(), expected["param_id"].as_str().unwrap(), "{place}");
                let stated: Vec<f64> = expected["values"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|value| value.as_f64().unwrap_or_else(|| f64::from(u8::from(value.as_bool().unwrap()))))
                    .map(|x| match tensor.dtype() {
                        DType::F16 => f64::from(f16::from_f64(x)),
                        DType::F32 => f64::from(single(x)),
                        _ => x,
                    })
                    .collect();
                assert_eq!(values(&tensor), stated, "{place}");
            }
            let version = match name {
                "burnpack" | "burnpack_half" => Some("0.21.0"),
                "v022_burnpack" | "v022_burnpack_half" => Some("0.22.1"),
                _ => None,
            };
            assert_eq!(file.metadata().get("version").map(String::as_str), version, "{model} {name}");
        }
    }
}

#[test]
fn what_is_read_from_a_file_of_burn_is_written_as_the_same_bytes() {
    for model in MODELS {
        for name in
            ["burnpack", "burnpack_half", "burnpack_nometa", "v022_burnpack", "v022_burnpack_half", "v022_record"]
        {
            let bytes = fixture_bytes(&format!("burnpack/{model}/{name}.bpk"));
            let file = open_burnpack(bytes.clone()).unwrap();
            let writer = Writer::new().digests(false).metadata(file.metadata().clone());
            assert_eq!(burnpack_bytes(&to_list(&file), &writer), bytes, "{model} {name}");
        }
    }
}

#[test]
fn tied_tensors_share_their_offsets_and_are_read_as_tied() {
    let bytes = burnpack_bytes(&small_list(), &Writer::new());
    let file = open_burnpack(bytes.clone()).unwrap();
    // `view` says that it lies in the same storage, and has other bytes.
    let expected =
        [("embed.weight", Some(0)), ("head.weight", Some(0)), ("view", None), ("empty", None), ("mask", None)];
    assert_eq!(names(&file), expected);
    assert_eq!(file.read(0).unwrap(), file.read(1).unwrap());
    assert_eq!(file.tensors()[3].param_id, Some(u64::MAX));
    assert_eq!(burnpack_bytes(&to_list(&file), &Writer::new()), bytes);
}

#[test]
fn the_same_bytes_under_another_dtype_are_an_overlap() {
    let a = json!({ "dtype": "F32", "shape": [1], "data_offsets": [0, 4] });
    let b = json!({ "dtype": "I32", "shape": [1], "data_offsets": [0, 4] });
    refused(file_of(&tensors(&json!({ "a": a, "b": b })), &[0; 4]), "tensor `b`: corrupt: the tensor overlaps");
    let file = open_burnpack(file_of(&tensors(&json!({ "a": a, "b": a })), &[0; 4])).unwrap();
    assert_eq!(names(&file), [("a", Some(0)), ("b", Some(0))]);
}

#[test]
fn a_file_says_who_wrote_it() {
    let writer = Writer::new().metadata(vellum::format::burnpack::default_metadata());
    let file = open_burnpack(burnpack_bytes(&small_list(), &writer)).unwrap();
    assert_eq!((&*file.metadata()["format"], &*file.metadata()["producer"]), ("burnpack", "vellum"));
}

#[test]
fn scalars_are_values_and_come_back() {
    let header = cbor(&json!({
        "tensors": {},
        "scalars": { "big": { "UInt": u64::MAX }, "lr": { "Float": 0.1 }, "neg": { "Int": -3 }, "on": { "Bool": true }, "t": { "UInt": 7 } },
    }));
    let file = open_burnpack(file_of(&header, b"")).unwrap();
    let expected = Value::Map(vec![
        ("big".into(), Value::UInt(u64::MAX)),
        ("lr".into(), Value::Float(0.1)),
        ("neg".into(), Value::Int(-3)),
        ("on".into(), Value::Bool(true)),
        ("t".into(), Value::Int(7)),
    ]);
    assert_eq!(file.values(), &expected);
    let again = open_burnpack(burnpack_bytes(&TensorList::default(), &Writer::new().values(expected.clone()))).unwrap();
    assert_eq!(again.values(), &expected);
    // Burn writes a float in the fewest bytes that hold it.
    for (bits, value) in [(&[0xf9, 0x38, 0x00][..], 0.5), (&[0xfa, 0x3f, 0x80, 0, 0], 1.0)] {
        let header = [b"\xa2\x67tensors\xa0\x67scalars\xa1\x61x\xa1\x65Float", bits].concat();
        let file = open_burnpack(file_of(&header, b"")).unwrap();
        assert_eq!(file.values(), &Value::Map(vec![("x".into(), Value::Float(value))]));
    }
    for values in [
        Value::from("text"),
        Value::Map(vec![("a".into(), Value::Null)]),
        Value::Map(vec![("a".into(), Value::Int(1)), ("a".into(), Value::Int(1))]),
    ] {
        assert!(Writer::new().values(values).write(&TensorList::default(), &mut Vec::new()).is_err());
    }
}

#[test]
fn dtypes_are_read_as_every_version_spells_them() {
    for (dtype, read, len) in [
        (json!("F64"), DType::F64, 8),
        (json!("Flex32"), DType::F32, 4),
        (json!("BF16"), DType::BF16, 2),
        (json!("U16"), DType::U16, 2),
        (json!("Bool"), DType::Bool, 1),
        (json!({ "Bool": "Native" }), DType::Bool, 1),
        (json!({ "Bool": "U8" }), DType::Bool, 1),
        (json!({ "Bool": "U32" }), DType::Bool, 4),
    ] {
        let mut data = vec![0; len * 2];
        data[0] = 1;
        let file = open_burnpack(file_of(&one(&dtype, &[2], len as u64 * 2), &data)).unwrap();
        assert_eq!(file.tensors()[0].dtype, read, "{dtype}");
        let tensor = &read_all(&file).unwrap()[0];
        assert_eq!((tensor.dtype(), tensor.bytes()[0]), (read, 1), "{dtype}");
        if read == DType::Bool {
            assert_eq!(&tensor.bytes()[..], [1, 0], "{dtype}");
            data[len] = 2;
            let file = open_burnpack(file_of(&one(&dtype, &[2], len as u64 * 2), &data)).unwrap();
            assert!(error(file.read(0)).to_string().contains("bool 1"), "{dtype}");
        }
    }
    for dtype in [json!("F31"), json!({ "Bool": "U9" }), json!({ "Other": 1 })] {
        refused(file_of(&one(&dtype, &[2], 2), &[0; 2]), "unknown dtype");
    }
}

#[test]
fn a_matrix_that_is_marked_is_given_in_rows_whatever_it_holds() {
    let marked = |tensor: serde_json::Value, mark: &str| {
        cbor(&json!({ "tensors": { "a": tensor }, "metadata": { "vellum.columns": mark } }))
    };
    let wide = json!({ "dtype": { "Bool": "U32" }, "shape": [2, 3], "data_offsets": [0, 24] });
    let data: Vec<u8> = [1u32, 0, 0, 1, 1, 0].iter().flat_map(|x| x.to_le_bytes()).collect();
    let file = open_burnpack(file_of(&marked(wide.clone(), "a"), &data)).unwrap();
    assert!(file.metadata().is_empty());
    let tensor = file.read(0).unwrap();
    assert_eq!((tensor.shape().dims(), &tensor.bytes()[..]), (&[3, 2][..], &[1, 1, 0, 1, 0, 0][..]));
    assert!(file.plain_bytes(0).is_none());
    for mark in ["", "b", "a\nb", "a\r"] {
        refused(file_of(&marked(wide.clone(), mark), &data), "vellum.columns");
    }
    let vector = json!({ "dtype": "U8", "shape": [24], "data_offsets": [0, 24] });
    refused(file_of(&marked(vector, "a"), &data), "no matrix");
}

#[test]
fn a_quantised_tensor_is_refused_and_the_rest_is_read() {
    let scheme = json!({ "QFloat": { "value": "Q8S", "level": { "Block": [32] }, "deep": [[[1]]] } });
    let header = tensors(&json!({
        "a": { "dtype": scheme, "shape": [4], "data_offsets": [0, 8], "param_id": 1 },
        "b": { "dtype": "U8", "shape": [1], "data_offsets": [256, 257] },
    }));
    let mut data = vec![0; 257];
    data[..8].fill(9);
    data[256] = 5;
    let file = open_burnpack(file_of(&header, &data)).unwrap();
    assert_eq!(names(&file), [("b", None)]);
    assert_eq!(&read_all(&file).unwrap()[0].bytes()[..], [5]);
    let (name, error) = &file.refusals()[0];
    assert!(name == "a" && matches!(error.kind(), ErrorKind::Refused { .. }), "{error}");
}

#[test]
fn what_a_later_version_may_add_is_refused_by_name_and_not_passed_over() {
    let tensor = |extra: &str| json!({ "dtype": "U8", "shape": [1], "data_offsets": [0, 1], extra: [1, { "x": [] }] });
    let header = cbor(&json!({ "tensors": { "a": tensor("packing") }, "sections": { "x": 1 } }));
    let file = open_burnpack(file_of(&header, &[1])).unwrap();
    let refused: Vec<&str> = file.refusals().iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!((file.tensors().len(), refused), (0, vec!["sections", "a"]));
}

#[test]
fn digests_in_another_section_than_metadata_are_an_error() {
    let header = cbor(&json!({ "tensors": {}, "letadata": { "vellum.xxh3-128.header": "0" } }));
    refused(file_of(&header, b""), "the digests that belong into `metadata`");
}

#[test]
fn files_of_burn_0_19_have_no_alignment() {
    let two = json!({
        "a": { "dtype": "U8", "shape": [3], "data_offsets": [0, 3] },
        "b": { "dtype": "F32", "shape": [1], "data_offsets": [3, 7] },
    });
    let file = open_burnpack(unaligned_file_of(&tensors(&two), &[1, 2, 3, 0, 0, 128, 63])).unwrap();
    let read = read_all(&file).unwrap();
    assert_eq!((&read[0].bytes()[..], read[1].to_vec::<f32>().unwrap()), (&[1, 2, 3][..], vec![1.0]));

    // One tensor says nothing of alignment: bytes where padding would be, or the version, do.
    let header = one(&json!("U8"), &[300], 300);
    assert!(open_burnpack(unaligned_file_of(&header, &[7; 300])).is_ok());
    refused(unaligned_file_of(&header, &[0; 300]), "truncated");
    let mut stated = json!({ "metadata": { "producer": "burn", "version": "0.19.1" } });
    stated["tensors"] = json!({ "a": { "dtype": "U8", "shape": [300], "data_offsets": [0, 300] } });
    assert!(open_burnpack(unaligned_file_of(&cbor(&stated), &[0; 300])).is_ok());
}

#[test]
fn a_file_cut_by_the_padding_of_its_header_is_not_taken_for_one_without() {
    let bytes = fixture_bytes("burnpack/book_model/burnpack.bpk");
    let header_end = 10 + u64::from(u32::from_le_bytes(bytes[6..10].try_into().unwrap()));
    let padding = usize::try_from(header_end.next_multiple_of(256) - header_end).unwrap();
    let cut = bytes[..bytes.len() - padding].to_vec();
    assert!(matches!(error(open_burnpack(cut)).kind(), ErrorKind::Truncated { .. }));
}

#[test]
fn rule_magic_version_and_length_come_first() {
    for len in 0..10 {
        let error = error(open_burnpack(&b"NRUB\x01\0\0\0\0\0"[..len]));
        assert!(matches!(error.kind(), ErrorKind::Truncated { needed: 10, .. }), "{error}");
    }
    assert!(matches!(error(open_burnpack(*b"BURN\x01\0\0\0\0\0")).kind(), ErrorKind::WrongFormat { .. }));
    let mut file = file_of(&tensors(&json!({})), b"");
    file[4] = 0;
    assert!(open_burnpack(file.clone()).is_ok());
    file[4] = 2;
    assert!(matches!(error(open_burnpack(file)).kind(), ErrorKind::UnknownVersion { .. }));
    let huge = [b"NRUB\x01\0", &u32::MAX.to_le_bytes()[..], b"\xa0"].concat();
    assert!(matches!(error(open_burnpack(huge)).kind(), ErrorKind::Limit { setting: "max_header_bytes", .. }));
}

#[test]
fn rule_the_header_is_one_map_without_duplicates() {
    let entry = cbor(&json!({ "dtype": "U8", "shape": [1], "data_offsets": [0, 1] }));
    let twice = [b"\xa1\x67tensors\xa2\x61a", &entry[..], b"\x61a", &entry[..]].concat();
    refused(file_of(&twice, &[0]), "tensor `a`: corrupt: the name comes twice");
    refused(file_of(b"\xa2\x67tensors\xa0\x67tensors\xa0", b""), "`tensors` comes twice");
    refused(file_of(b"\xa2\x67tensors\xa0\x68metadata\xa2\x61k\x61v\x61k\x61v", b""), "`k` comes twice");
    refused(file_of(b"\xa1\x68metadata\xa0", b""), "no `tensors`");
    refused(file_of(b"\xa1\x67tensors\xa0\x00", b""), "behind the CBOR");
    refused(file_of(b"\xa1\x67tensors\xa1\x61a\xa1\x65shape\x80", b""), "tensor `a`: corrupt: the tensor has no");
    refused(file_of(b"\xa1\x67tensors\xa1\x61a\xa1\x65dtype\xa0", b""), "an empty dtype");
    refused(file_of(b"\xa1\x67tensors\xa1\x61a\xa1\x6cdata_offsets\x81\x00", b""), "not a start and an end");
    let deep = [&b"\xa2\x67tensors\xa0\x61x"[..], &vec![0x81; 100_000], b"\x80"].concat();
    refused(file_of(&deep, b""), "max_depth");
}

#[test]
fn lengths_may_be_indefinite_and_not_the_shortest() {
    let header = b"\xbf\x7f\x64tens\x63ors\xff\xb9\x00\x01\x61a\xbf\x65dtype\x78\x02U8\x65shape\x9f\x18\x01\xff\x6cdata_offsets\x9f\x1b\0\0\0\0\0\0\0\0\x01\xff\x68param_id\xf6\xff\xff";
    let file = open_burnpack(file_of(header, &[7])).unwrap();
    assert_eq!((file.tensors()[0].param_id, &read_all(&file).unwrap()[0].bytes()[..]), (None, &[7][..]));
}

#[test]
fn rule_bytes_fit_shapes_and_lie_where_the_layout_has_them() {
    let two = |a: [u64; 2], b: [u64; 2]| {
        let entry = |range: [u64; 2]| json!({ "dtype": "U8", "shape": [2], "data_offsets": range });
        tensors(&json!({ "a": entry(a), "b": entry(b) }))
    };
    assert!(open_burnpack(file_of(&two([256, 258], [0, 2]), &[0; 258])).is_ok());
    refused(file_of(&two([0, 2], [0, 3]), &[0; 258]), "tensor `b`: shape [2] of U8 does not take 3 bytes");
    refused(file_of(&two([0, 2], [1, 3]), &[0; 3]), "overlaps");
    refused(file_of(&two([0, 2], [512, 514]), &[0; 514]), "first aligned place");
    refused(file_of(&two([256, 258], [512, 514]), &[0; 514]), "first aligned place");
    refused(file_of(&two([0, 2], [100, 102]), &[0; 102]), "first aligned place");
    refused(file_of(&two([2, 0], [256, 258]), &[0; 258]), "ends before it starts");
    refused(file_of(&two([0, 2], [256, 258]), &[0; 257]), "truncated");
    refused(file_of(&two([0, 2], [256, 258]), &[0; 259]), "bytes behind the last tensor");
    refused(file_of(&two([0, 2], [u64::MAX - 255, u64::MAX - 253]), &[0; 2]), "past what a file can have");
    refused(file_of(&one(&json!("F32"), &[1 << 33, 1 << 33], 4), &[0; 4]), "more elements");
}

#[test]
fn rule_padding_is_zero() {
    let whole = burnpack_bytes(&small_list(), &Writer::new().digests(false));
    let header_end = 10 + usize::try_from(u32::from_le_bytes(whole[6..10].try_into().unwrap())).unwrap();
    for at in [header_end, whole.len() - 4] {
        let mut bytes = whole.clone();
        assert_eq!(bytes[at], 0);
        bytes[at] = 1;
        let error = error(open_burnpack(bytes).unwrap().verify());
        assert!(error.byte_range().unwrap().contains(&(at as u64)), "{error}");
    }
}

#[test]
fn empty_tensors_have_a_place_everywhere() {
    let empty = |start: u64| json!({ "dtype": "F32", "shape": [0], "data_offsets": [start, start] });
    // A file of nothing but these may leave the padding of its header out.
    for file in [
        unaligned_file_of(&tensors(&json!({ "a": empty(0), "b": empty(0) })), b""),
        file_of(&tensors(&json!({ "a": empty(0) })), b""),
    ] {
        let file = open_burnpack(file).unwrap();
        assert!(read_all(&file).unwrap().iter().all(|tensor| tensor.bytes().is_empty()));
        assert_eq!(file.tensors()[0].storage, None);
    }
    let mut list = TensorList::default();
    for (name, len) in [("a", 0), ("b", 3), ("c", 0), ("d", 0)] {
        list.push(name, tensor(DType::U8, &[len], vec![1; len]));
    }
    let file = open_burnpack(burnpack_bytes(&list, &Writer::new())).unwrap();
    assert_eq!(read_all(&file).unwrap().iter().map(|tensor| tensor.bytes().len()).sum::<usize>(), 3);
}

#[test]
fn what_burn_has_not_or_would_not_read_is_not_written() {
    for dtype in [DType::C64, DType::F8E4M3, DType::F4] {
        let mut list = TensorList::default();
        list.push("a", tensor(dtype, &[2], vec![0; dtype.byte_len(2).unwrap()]));
        let error = error(Writer::new().write(&list, &mut Vec::new()));
        assert!(matches!(error.kind(), ErrorKind::Unrepresentable { .. }) && error.tensor() == Some("a"), "{error}");
    }
    let mut list = TensorList::default();
    (0..100_001).for_each(|n| list.push(n.to_string(), tensor(DType::U8, &[0], [])));
    assert!(matches!(error(Writer::new().write(&list, &mut Vec::new())).kind(), ErrorKind::Unrepresentable { .. }));
}

#[test]
fn tensors_of_a_static_slice_share_its_bytes() {
    let bytes: &'static [u8] = burnpack_bytes(&small_list(), &Writer::new()).leak();
    let mut options = ReadOptions::default();
    options.share = true;
    let file = BurnpackFile::open(Arc::new(Bytes::from_static(bytes)), &options).unwrap();
    let tensors = read_all(&file).unwrap();
    assert!(tensors.iter().all(|tensor| tensor.bytes().is_static()));
    assert!(tensors[0].bytes().same_memory(tensors[1].bytes()));
    assert!(matches!(error(file.read(99)).kind(), ErrorKind::Argument { .. }));
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        entries in prop::collection::btree_map(".{0,6}", (0..13usize, prop::collection::vec(0usize..4, 0..4), any::<u8>(), any::<Option<u64>>(), prop::option::of(0u64..3)), 0..10),
        metadata: std::collections::BTreeMap<String, String>,
        digests: bool,
    ) {
        let known = [
            DType::F64, DType::F32, DType::F16, DType::BF16, DType::I64, DType::I32, DType::I16, DType::I8, DType::U64,
            DType::U32, DType::U16, DType::U8, DType::Bool,
        ];
        let mut list = TensorList::default();
        let mut expected = Vec::new();
        for (name, (dtype, shape, byte, param_id, storage)) in entries {
            let dtype = known[dtype];
            let len = dtype.byte_len(shape.iter().product()).unwrap();
            let tensor = tensor(dtype, &shape, vec![byte % 2; len]);
            list.push_entry(TensorEntry { param_id, storage, ..entry(&name, &tensor) }, tensor.clone()).unwrap();
            expected.push((name, param_id, tensor));
        }
        let file = open_burnpack(burnpack_bytes(&list, &Writer::new().metadata(metadata.clone()).digests(digests))).unwrap();
        prop_assert_eq!(file.metadata(), &metadata);
        let tensors = read_all(&file).unwrap();
        let mut read: Vec<_> =
            file.tensors().iter().zip(tensors).map(|(entry, tensor)| (entry.name.clone(), entry.param_id, tensor)).collect();
        read.sort_by(|a, b| a.0.cmp(&b.0));
        prop_assert_eq!(read, expected);
    }

    #[test]
    fn any_cbor_is_an_error_or_a_file(header: Vec<u8>, data: Vec<u8>) {
        for header in [header.clone(), [b"\xa1\x67tensors", &header[..]].concat(), [b"\xa1\x67tensors\xa1\x61a", &header[..]].concat()] {
            if let Ok(file) = open_burnpack(file_of(&header, &data)) {
                let _ = read_all(&file);
            }
        }
    }
}
