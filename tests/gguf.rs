//! GGUF: what gguf-py wrote is read bit for bit, and what is written comes back.

use std::sync::Arc;

use ndarray::Array2;
use proptest::prelude::*;
use vellum::format::gguf::{GgmlType, GgufFile, quantized_as, write};
use vellum::format::{TensorFile, TensorList, TensorSet};
use vellum::store::{GgufStore, ModuleSnapshot};
use vellum::{Budget, Bytes, DType, DTypeKind, ErrorKind, Limits, Module, Param, Result, Shape, TensorData, Value};
use vellum_tests::fixture_bytes;
use vellum_tests::manifest::{check_tensors, manifest};

fn open(bytes: Vec<u8>) -> Result<GgufFile> {
    let budget = Budget::new(Limits::default(), bytes.len() as u64);
    GgufFile::open(Arc::new(Bytes::from(bytes)), &budget)
}

fn open_fixture(name: &str) -> GgufFile {
    open(fixture_bytes(&format!("gguf/{name}"))).unwrap()
}

fn read_all(bytes: Vec<u8>) -> Result<Vec<TensorData>> {
    let file = open(bytes)?;
    file.verify()?;
    (0..file.tensors().len()).map(|index| file.read(index)).collect()
}

/// A file built field by field, as a writer that lies would.
#[derive(Clone, Default)]
struct Raw {
    pairs: Vec<Vec<u8>>,
    tensors: Vec<Vec<u8>>,
    data: Vec<u8>,
}

impl Raw {
    fn pair(mut self, key: &str, kind: u32, value: &[u8]) -> Self {
        self.pairs.push([&string(key), &kind.to_le_bytes()[..], value].concat());
        self
    }

    fn tensor(mut self, name: &str, axes: &[u64], kind: u32, offset: u64) -> Self {
        let axes: Vec<u8> = [u32::try_from(axes.len()).unwrap().to_le_bytes().to_vec()]
            .into_iter()
            .chain(axes.iter().map(|axis| axis.to_le_bytes().to_vec()))
            .flatten()
            .collect();
        self.tensors.push([&string(name), &axes, &kind.to_le_bytes()[..], &offset.to_le_bytes()].concat());
        self
    }

    fn data(mut self, len: usize) -> Self {
        self.data = vec![0; len];
        self
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = b"GGUF\x03\0\0\0".to_vec();
        bytes.extend((self.tensors.len() as u64).to_le_bytes());
        bytes.extend((self.pairs.len() as u64).to_le_bytes());
        bytes.extend(self.pairs.iter().chain(&self.tensors).flatten());
        if !self.data.is_empty() {
            bytes.resize(bytes.len().next_multiple_of(32), 0);
        }
        bytes.extend(&self.data);
        bytes
    }

    fn error(&self) -> String {
        read_all(self.bytes()).unwrap_err().to_string()
    }
}

fn string(text: &str) -> Vec<u8> {
    [&(text.len() as u64).to_le_bytes(), text.as_bytes()].concat()
}

#[test]
fn every_file_that_gguf_py_wrote_is_read_bit_for_bit() {
    let mut matched = 0;
    for (name, entry) in manifest("gguf") {
        let file = open_fixture(&name);
        assert!(file.refusals().is_empty(), "{name}");
        file.verify().unwrap();
        matched += check_tensors(&file, &entry, &[]);
    }
    assert_eq!(matched, 27);
}

#[test]
fn metadata_of_every_kind_is_a_value_and_the_simple_ones_are_text() {
    let file = open_fixture("all_types.gguf");
    let value = |key: &str| file.values().get(key).unwrap().clone();
    assert_eq!(value("general.description"), Value::from("digits ✓"));
    assert_eq!((value("t.i8"), value("t.u16")), (Value::Int(-5), Value::Int(60_000)));
    assert_eq!((value("t.f32"), value("t.f64")), (Value::Float(0.5), Value::Float(0.1)));
    assert_eq!((value("t.u64"), value("t.i64")), (Value::UInt(1 << 63), Value::Int(-(1 << 40))));
    assert_eq!(value("t.bool"), Value::Bool(true));
    assert_eq!(value("t.arr_str"), Value::List(vec!["a".into(), "bβ".into(), "".into()]));
    assert_eq!(value("t.arr_i32"), Value::List(vec![Value::Int(1), Value::Int(-2), Value::Int(3)]));
    let text = |key: &str| file.metadata().get(key).map(String::as_str);
    assert_eq!((text("t.f64"), text("t.u64"), text("t.arr_i32")), (Some("0.1"), Some("9223372036854775808"), None));
    assert_eq!(text("general.alignment"), Some("64"));
}

#[test]
fn what_is_stored_can_be_read_raw() {
    let file = open_fixture("all_types.gguf");
    let stored = &manifest("gguf")["all_types.gguf"]["extra"]["stored"];
    assert_eq!(file.stored().len(), 24);
    for (index, tensor) in file.stored().iter().enumerate() {
        let expected = &stored[&tensor.name];
        assert_eq!(tensor.kind.name(), expected[0]);
        assert_eq!(tensor.range.start, expected[2]);
        assert_eq!(file.raw(index).unwrap().len() as u64, tensor.range.end - tensor.range.start);
    }
    assert!(open_fixture("big_endian.gguf").is_big_endian());
}

#[test]
fn every_truncation_is_an_error_and_no_flipped_bit_panics() {
    for name in ["default_alignment.gguf", "big_endian.gguf"] {
        let bytes = fixture_bytes(&format!("gguf/{name}"));
        // The padding behind the last tensor holds nothing.
        let end = open(bytes.clone()).unwrap().stored().last().unwrap().range.end;
        for len in 0..usize::try_from(end).unwrap() {
            assert!(read_all(bytes[..len].to_vec()).is_err(), "{name} cut to {len}");
        }
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            // The format has no checksum.
            drop(read_all(flipped));
        }
    }
}

#[test]
fn names_and_keys_are_unique() {
    let pair = |raw: Raw| raw.pair("k", 0, &[1]);
    assert!(pair(pair(Raw::default())).error().contains("two values of `k`"));
    let raw = Raw::default().tensor("w", &[4], 0, 0).tensor("w", &[4], 0, 32).data(64);
    assert!(raw.error().contains("two tensors of this name"));
}

#[test]
fn tensors_lie_in_the_file_aligned_and_apart() {
    let one = |axes: &[u64], kind, offset| Raw::default().tensor("w", axes, kind, offset);
    assert!(one(&[4], 0, 0).data(16).bytes().len() == 80 && read_all(one(&[4], 0, 0).data(16).bytes()).is_ok());
    assert!(one(&[4], 0, 7).data(64).error().contains("no multiple of the alignment"));
    assert!(one(&[5], 0, 0).data(16).error().contains("truncated"));
    assert!(one(&[4], 0, 1 << 63).data(16).error().contains("truncated"));
    assert!(one(&[1 << 32, 1 << 32], 0, 0).data(16).error().contains("more elements"));
    assert!(one(&[1 << 61, 2], 0, 0).data(16).error().contains("tensor `w`"));
    assert!(one(&[5], 2, 0).data(64).error().contains("no whole blocks of Q4_0"));
    assert!(one(&[4], 4, 0).data(64).error().contains("number of no tensor type"));
    let overlap = one(&[16], 0, 0).tensor("v", &[4], 0, 32).data(64);
    assert!(overlap.error().contains("shares bytes with `w`"));
    let hole = one(&[4], 0, 0).tensor("v", &[4], 0, 64).data(80);
    assert!(open(hole.bytes()).is_ok() && hole.error().contains("belong to no tensor"));
    assert!(one(&[4], 0, 0).data(64).error().contains("belong to no tensor"));
}

#[test]
fn the_alignment_is_a_power_of_two() {
    let raw = |alignment: u32| {
        let raw = Raw::default().pair("general.alignment", 4, &alignment.to_le_bytes());
        raw.tensor("w", &[4], 0, 0).data(16)
    };
    for alignment in [0, 3, 33] {
        assert!(raw(alignment).error().contains("no power of two"));
    }
    assert!(read_all(raw(32).bytes()).is_ok());
    let text = Raw::default().pair("general.alignment", 8, &string("32"));
    assert!(text.error().contains("no 32-bit number"));
}

#[test]
fn lengths_are_compared_with_the_file_before_anything_is_made() {
    for len in [u64::MAX, 1 << 63, 1 << 32] {
        let len = len.to_le_bytes();
        assert!(open(Raw::default().pair("k", 8, &len).bytes()).is_err());
        for kind in 0u32..13 {
            assert!(open(Raw::default().pair("k", 9, &[&kind.to_le_bytes()[..], &len].concat()).bytes()).is_err());
        }
    }
    let mut nested = Vec::new();
    for _ in 0..50_000 {
        nested.extend([9, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
    }
    nested.extend([0; 12]);
    assert!(open(Raw::default().pair("k", 9, &nested).bytes()).is_err());
    assert!(Raw::default().pair("k", 7, &[2]).error().contains("truth value"));
    assert!(Raw::default().pair("k", 13, &[0; 8]).error().contains("unknown kind 13"));
}

#[test]
fn other_versions_and_files_are_told_apart() {
    let mut bytes = Raw::default().pair("k", 0, &[1]).bytes();
    bytes[4] = 4;
    assert!(matches!(open(bytes.clone()).unwrap_err().kind(), ErrorKind::UnknownVersion { .. }));
    bytes[0] = b'g';
    assert!(matches!(open(bytes).unwrap_err().kind(), ErrorKind::WrongFormat { .. }));
}

#[test]
fn types_that_are_not_decoded_are_refused_by_name_and_can_be_read_raw() {
    let raw = Raw::default().tensor("w", &[256], 16, 0).tensor("v", &[4], 0, 96).data(112);
    let file = open(raw.bytes()).unwrap();
    let [(name, error)] = file.refusals() else { panic!("one refusal") };
    assert!(name == "w" && error.to_string().contains("IQ2_XXS"));
    assert_eq!((file.tensors()[0].name.as_str(), file.read(0).unwrap().num_elements()), ("v", 4));
    assert_eq!(file.raw(0).unwrap().len(), 66);
}

#[test]
fn metadata_and_tensors_that_are_written_come_back() {
    let metadata = [
        ("general.architecture", Value::from("test")),
        ("general.alignment", Value::Int(64)),
        ("a.int", Value::Int(-3)),
        ("a.wide", Value::Int(1 << 40)),
        ("a.uint", Value::UInt(u64::MAX)),
        ("a.float", Value::Float(0.1)),
        ("a.flag", Value::Bool(true)),
        ("a.bytes", Value::Bytes(vec![1, 2])),
        ("a.list", Value::List(vec![Value::Int(1), Value::Int(-1)])),
        ("a.texts", Value::List(vec!["x".into(), "β".into()])),
        ("a.nested", Value::List(vec![Value::List(vec![Value::Int(1)]), Value::List(vec!["y".into(), "z".into()])])),
    ]
    .map(|(key, value)| (key.to_string(), value));
    let mut tensors = TensorList::default();
    let matrix: Vec<f32> = (0..192u8).map(|i| (f32::from(i) - 90.0) / 7.0).collect();
    tensors.push("w", TensorData::from_vec(matrix.clone(), [3, 64]).unwrap());
    tensors.push("q8", TensorData::from_vec(matrix.clone(), [3, 64]).unwrap());
    tensors.push("q4", TensorData::from_vec(matrix.clone(), [3, 64]).unwrap());
    tensors.push("i", TensorData::from_vec(vec![1i64, -2], [2]).unwrap());
    let mut bytes = Vec::new();
    let encode = |entry: &vellum::format::TensorEntry| match entry.name.as_str() {
        "q8" => Some(GgmlType::Q8_0),
        "q4" => Some(GgmlType::Q4_0),
        _ => None,
    };
    write(&tensors, &metadata, &encode, &mut bytes).unwrap();
    let file = open(bytes).unwrap();
    file.verify().unwrap();
    assert_eq!(file.values(), &Value::Map(metadata.to_vec()));
    assert_eq!(file.read(0).unwrap().as_slice::<f32>().unwrap(), matrix);
    for (index, step) in [(1, 14.5 / 127.0), (2, 14.5 / 8.0)] {
        let near = file.read(index).unwrap().into_vec::<f32>().unwrap();
        assert!(near.iter().zip(&matrix).all(|(a, b)| (a - b).abs() <= step));
    }
    assert_eq!(file.read(3).unwrap().as_slice::<i64>().unwrap(), [1, -2]);
    assert!(file.stored().iter().all(|stored| stored.range.start % 64 == 0));
}

#[test]
fn what_gguf_cannot_hold_is_not_written() {
    let error_of = |tensor: TensorData, kind: Option<GgmlType>| {
        let mut tensors = TensorList::default();
        tensors.push("w", tensor);
        write(&tensors, &[], &|_| kind, &mut Vec::new()).unwrap_err()
    };
    let unrepresentable = [
        error_of(TensorData::new(vec![0; 8].into(), Shape::try_from([1]).unwrap(), DType::C64).unwrap(), None),
        error_of(TensorData::new(vec![0; 1].into(), Shape::try_from([2]).unwrap(), DType::F4).unwrap(), None),
        error_of(TensorData::from_vec(vec![1f32; 33], [33]).unwrap(), Some(GgmlType::Q8_0)),
        error_of(TensorData::from_vec(vec![f32::NAN; 32], [32]).unwrap(), Some(GgmlType::Q4_0)),
        error_of(TensorData::from_vec(vec![1i32; 32], [32]).unwrap(), Some(GgmlType::Q8_0)),
        error_of(TensorData::from_vec(vec![1f32], [1; 9]).unwrap(), None),
    ];
    for error in unrepresentable {
        assert!(matches!(error.kind(), ErrorKind::Unrepresentable { .. }) && error.tensor() == Some("w"), "{error}");
    }
    let twice = [("k".to_string(), Value::Int(1)), ("k".to_string(), Value::Int(2))];
    assert!(write(&TensorList::default(), &twice, &|_| None, &mut Vec::new()).is_err());
    let null = [("k".to_string(), Value::Null)];
    assert!(write(&TensorList::default(), &null, &|_| None, &mut Vec::new()).is_err());
}

#[test]
fn what_gguf_has_no_type_for_comes_back_as_it_was() {
    let (mut tensors, mut elements) = (TensorList::default(), Vec::new());
    for dtype in DType::ALL.iter().copied().filter(|dtype| dtype.kind() != DTypeKind::Complex && *dtype != DType::BF16)
    {
        let Some(size) = dtype.size() else { continue };
        let bytes: Vec<u8> =
            (0..6 * size).map(|i| if dtype == DType::Bool { i % 2 } else { 31 * i % 251 } as u8).collect();
        tensors.push(
            format!("a {dtype}"),
            TensorData::new(bytes.clone().into(), Shape::try_from([2, 3]).unwrap(), dtype).unwrap(),
        );
        elements.push(bytes);
    }
    let mut bytes = Vec::new();
    write(&tensors, &[("a".into(), Value::Int(1))], &|_| None, &mut bytes).unwrap();
    let file = open(bytes.clone()).unwrap();
    for (index, (found, wanted)) in file.tensors().iter().zip(tensors.entries()).enumerate() {
        assert_eq!((&found.name, found.dtype, &found.shape), (&wanted.name, wanted.dtype, &wanted.shape));
        assert_eq!(file.read(index).unwrap().bytes()[..], elements[index][..], "{found:?}");
    }
    assert_eq!(file.values(), &Value::Map(vec![("a".into(), Value::Int(1))]), "what tells the dtypes is no metadata");
    // Elsewhere they are integers, and a truth value that is none is told.
    let stored = file.stored().iter().find(|stored| stored.name == "a BOOL").unwrap();
    assert_eq!(stored.kind, GgmlType::I8);
    bytes[usize::try_from(stored.range.start).unwrap()] = 2;
    let place = file.tensors().iter().position(|entry| entry.dtype == DType::Bool).unwrap();
    assert!(open(bytes).unwrap().read(place).is_err());
}

#[test]
fn the_pair_that_tells_dtypes_must_fit_the_tensors() {
    let texts = |texts: &[&str]| {
        let mut value = [8u32.to_le_bytes().to_vec(), (texts.len() as u64).to_le_bytes().to_vec()].concat();
        texts.iter().for_each(|text| value.extend(string(text)));
        value
    };
    let file = |value: &[u8]| Raw::default().pair("vellum.dtypes", 9, value).tensor("w", &[4], 24, 0).data(4);
    assert_eq!(open(file(&texts(&["F8_E5M2 w"])).bytes()).unwrap().tensors()[0].dtype, DType::F8E5M2);
    for (told, why) in [
        (&["U16 w"][..], "U16"),
        (&["BOOL v"], "not there"),
        (&["BOOL w", "BOOL w"], "does not list dtypes"),
        (&["BOOL"], "does not list dtypes"),
        (&["TRUTH w"], "does not list dtypes"),
    ] {
        let error = file(&texts(told)).error();
        assert!(error.contains(why), "{told:?}: {error}");
    }
    let own = [("vellum.dtypes".to_string(), Value::from("BOOL w"))];
    let error = write(&TensorList::default(), &own, &|_| None, &mut Vec::new()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Argument { .. }), "{error}");
}

#[test]
fn a_store_quantises_matrices_and_leaves_the_rest() {
    let numbers = |len: usize| (0..len).map(|i| (i as f32).sin()).collect::<Vec<f32>>();
    let mut tensors = TensorList::default();
    for (name, shape) in [("w", &[2, 64][..]), ("bias", &[64]), ("odd", &[2, 33])] {
        tensors.push(name, TensorData::from_vec(numbers(shape.iter().product()), shape).unwrap());
    }
    let encode = quantized_as(GgmlType::Q4_0);
    let kinds: Vec<_> = tensors.entries().iter().map(encode).collect();
    assert_eq!(kinds, [Some(GgmlType::Q4_0), None, None]);

    let model = Quantised { w: Param::new(Array2::from_shape_vec((2, 64), numbers(128)).unwrap()) };
    let mut store = GgufStore::from_bytes(None).quantized(GgmlType::Q8_0);
    model.save_into(&mut store).unwrap();
    let bytes = store.get_bytes().unwrap();
    assert_eq!(open(bytes.to_vec()).unwrap().stored()[0].kind, GgmlType::Q8_0);
    let mut copy = Quantised { w: Param::new(Array2::zeros((2, 64))) };
    copy.load_from(&mut GgufStore::from_bytes(bytes)).unwrap();
    let step = 1.0 / 127.0;
    assert!(copy.w.iter().zip(model.w.iter()).all(|(a, b)| (a - b).abs() <= step) && copy.w.iter().any(|x| *x != 0.0));
}

#[derive(Module)]
struct Quantised {
    w: Param<Array2<f32>>,
}

proptest! {
    #[test]
    fn stored_elements_come_back_bit_for_bit(bits: Vec<u32>, name in "[a-z.β]{1,9}") {
        let elements: Vec<f32> = bits.iter().map(|&bits| f32::from_bits(bits)).collect();
        let mut tensors = TensorList::default();
        tensors.push(name, TensorData::from_vec(elements, [bits.len()]).unwrap());
        let mut bytes = Vec::new();
        write(&tensors, &[], &|_| None, &mut bytes).unwrap();
        let read = read_all(bytes).unwrap();
        prop_assert_eq!(read[0].dtype(), DType::F32);
        let back: Vec<u32> = read[0].to_vec::<f32>().unwrap().into_iter().map(f32::to_bits).collect();
        prop_assert_eq!(back, bits);
    }
}
