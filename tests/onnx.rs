//! ONNX: the tensors of models that onnx wrote, and of models that lie.

use std::path::Path;
use std::sync::Arc;

use vellum::format::TensorFile;
use vellum::format::onnx::{ExternalData, Location, OnnxFile};
use vellum::io::{Beneath, Links};
use vellum::store::OnnxStore;
use vellum::{Budget, Bytes, DType, ErrorKind, Limits, Result, Source, TensorData, Value};
use vellum_tests::fixture_bytes;
use vellum_tests::manifest::{check_tensors, manifest};

/// The files beside the fixtures.
struct Beside;

impl ExternalData for Beside {
    fn open(&self, location: &Location) -> Result<Arc<dyn Source>> {
        assert_eq!(location.components().count(), 1);
        Ok(Arc::new(Bytes::from(fixture_bytes(&format!("onnx/{location}")))))
    }
}

fn open(bytes: Vec<u8>) -> Result<OnnxFile> {
    let budget = Budget::new(Limits::default(), bytes.len() as u64);
    OnnxFile::open(Arc::new(Bytes::from(bytes)), Some(&Beside), &budget)
}

fn open_fixture(name: &str) -> OnnxFile {
    open(fixture_bytes(&format!("onnx/{name}"))).unwrap()
}

fn read_all(bytes: Vec<u8>) -> Result<Vec<(String, TensorData)>> {
    let file = open(bytes)?;
    file.tensors().iter().enumerate().map(|(index, entry)| Ok((entry.name.clone(), file.read(index)?))).collect()
}

/// A protobuf integer.
fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = value.to_le_bytes()[0] & 0x7f;
        value >>= 7;
        bytes.push(if value > 0 { low | 0x80 } else { low });
        if value == 0 {
            return bytes;
        }
    }
}

/// A field that is an integer.
fn int(number: u64, value: u64) -> Vec<u8> {
    [varint(number << 3), varint(value)].concat()
}

/// A field that is text, bytes or a message.
fn bytes(number: u64, content: impl AsRef<[u8]>) -> Vec<u8> {
    let content = content.as_ref();
    [&varint(number << 3 | 2), &varint(content.len() as u64), content].concat()
}

/// A `TensorProto` of four `f32` in `raw_data`.
fn tensor(name: &str) -> Vec<u8> {
    [int(1, 4), int(2, 1), bytes(8, name), bytes(9, [0; 16])].concat()
}

fn model(graph: &[Vec<u8>]) -> Vec<u8> {
    [int(1, 8), bytes(7, graph.concat())].concat()
}

fn of_initializer(fields: &[Vec<u8>]) -> Vec<u8> {
    model(&[bytes(5, fields.concat())])
}

fn error_of(file: Vec<u8>) -> String {
    read_all(file).unwrap_err().to_string()
}

#[test]
fn every_model_that_onnx_wrote_is_read_bit_for_bit() {
    let mut matched = 0;
    for (name, entry) in manifest("onnx") {
        let file = open_fixture(&name);
        assert!(file.refusals().is_empty(), "{name}");
        matched += check_tensors(&file, &entry, &[]);
    }
    assert_eq!(matched, 44);
}

#[test]
fn four_bit_integers_come_in_a_byte_each() {
    let file = open_fixture("every_type.onnx");
    let index = file.tensors().iter().position(|entry| entry.name == "int4.raw").unwrap();
    assert_eq!(file.read(index).unwrap().as_slice::<i8>().unwrap(), [1, 2, -8, -1, 7]);
}

#[test]
fn the_models_own_facts_are_values_and_its_properties_metadata() {
    let property = bytes(14, [bytes(1, "author"), bytes(2, "β")].concat());
    let opset = bytes(8, [bytes(1, ""), int(2, 17)].concat());
    let file = open([model(&[bytes(5, tensor("w"))]), bytes(2, "maker"), opset, property.clone()].concat()).unwrap();
    assert_eq!(file.values().get("producer_name"), Some(&Value::from("maker")));
    assert_eq!(file.values().get("opset_import").unwrap().get(""), Some(&Value::Int(17)));
    assert_eq!(file.metadata()["author"], "β");
    assert!(error_of([model(&[]), property.clone(), property].concat()).contains("two values of `author`"));
}

#[test]
fn every_truncation_is_an_error_and_no_flipped_bit_panics() {
    for name in ["constant_node.onnx", "mlp_external.onnx"] {
        let whole = fixture_bytes(&format!("onnx/{name}"));
        let count = read_all(whole.clone()).unwrap().len();
        for len in 0..whole.len() {
            // Protobuf has no end: a cut between two fields of the outermost message is a shorter model.
            if let Ok(tensors) = read_all(whole[..len].to_vec()) {
                assert_eq!(tensors.len(), count, "{name} cut to {len}");
            }
        }
        for bit in 0..whole.len() * 8 {
            let mut flipped = whole.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let budget = Budget::new(Limits::default(), flipped.len() as u64);
            let file = OnnxFile::open(Arc::new(Bytes::from(flipped)), None, &budget);
            drop(file.map(|file| (0..file.tensors().len()).map(|index| file.read(index)).collect::<Vec<_>>()));
        }
    }
}

#[test]
fn names_are_unique_and_there_is_one_graph() {
    assert!(error_of(model(&[bytes(5, tensor("w")), bytes(5, tensor("w"))])).contains("two tensors of this name"));
    assert!(error_of([model(&[]), bytes(7, "")].concat()).contains("two graphs"));
    assert!(matches!(open(int(1, 8)).unwrap_err().kind(), ErrorKind::WrongFormat { .. }));
    assert!(matches!(open(Vec::new()).unwrap_err().kind(), ErrorKind::WrongFormat { .. }));
}

#[test]
fn elements_are_in_one_place_and_as_many_as_the_shape_says() {
    let of = |fields: &[Vec<u8>]| error_of(of_initializer(fields));
    assert!(of(&[tensor("w"), bytes(9, [0; 16])]).contains("there twice"));
    assert!(of(&[tensor("w"), bytes(4, [0; 16])]).contains("in two places"));
    assert!(of(&[tensor("w"), int(14, 1)]).contains("in two places"));
    assert!(of(&[int(1, 5), int(2, 1), bytes(9, [0; 16])]).contains("takes 20 bytes in the file, and 16 are there"));
    assert!(of(&[int(1, 4), int(2, 1), bytes(4, [0; 7])]).contains("7 are there"));
    assert!(of(&[int(1, 4), int(2, 1), bytes(7, [0; 4])]).contains("not of their type"));
    assert!(of(&[int(1, 4), int(2, 7), bytes(7, [0; 3])]).contains("truncated"));
    assert!(of(&[int(1, 2), int(2, 7), bytes(7, [0; 3])]).contains("more elements than its shape"));
    assert!(of(&[int(1, 2), int(2, 7), bytes(7, [0x80, 0x01])]).contains("1 elements fewer"));
    assert!(of(&[int(1, 1 << 40), int(2, 1), bytes(9, [0; 16])]).contains("takes"));
    assert!(of(&[int(1, u64::MAX), int(2, 1), bytes(9, [0; 16])]).contains("an axis of -1"));
    assert!(of(&[tensor("w"), bytes(8, "v")]).contains("field 8 is there twice"));
    assert!(of(&[tensor("w"), bytes(13, bytes(1, [0xff]))]).contains("StringStringEntryProto.key"));
    assert!(of(&[bytes(1, [1; 800]), int(2, 1), bytes(9, [0; 4])]).contains("more than 64 axes"));
    assert!(of(&[int(1, 4), int(2, 99), bytes(9, [0; 16])]).contains("99 is the number of no data type"));
}

#[test]
fn an_element_out_of_the_range_of_its_type_is_an_error() {
    let of = |data_type: u64, value: u64| read_all(of_initializer(&[int(1, 1), int(2, data_type), int(5, value)]));
    let minus = |n: u64| 0u64.wrapping_sub(n);
    assert_eq!(of(3, minus(128)).unwrap()[0].1.as_slice::<i8>().unwrap(), [-128]);
    assert_eq!(of(5, 0xffff_fffe).unwrap()[0].1.as_slice::<i16>().unwrap(), [-2]);
    assert_eq!(of(6, minus(7)).unwrap()[0].1.as_slice::<i32>().unwrap(), [-7]);
    for (data_type, value) in [(3, 128), (3, minus(129)), (2, 256), (2, minus(1)), (4, 65_536), (5, 32_768), (9, 2)] {
        assert!(of(data_type, value).is_err(), "{value} as {data_type}");
    }
}

#[test]
fn integers_that_are_not_packed_are_read_too() {
    let fields = [int(1, 2), int(2, 7), bytes(8, "w"), int(7, 5), bytes(7, varint(6))];
    let read = read_all(of_initializer(&fields)).unwrap();
    assert_eq!(read[0].1.as_slice::<i64>().unwrap(), [5, 6]);
    let fixed = [varint(4 << 3 | 5), 1.5f32.to_le_bytes().to_vec()].concat();
    let read = read_all(of_initializer(&[int(1, 2), int(2, 1), fixed.clone(), bytes(4, 2.5f32.to_le_bytes())]));
    assert_eq!(read.unwrap()[0].1.as_slice::<f32>().unwrap(), [1.5, 2.5]);
}

/// A `NodeProto` with one attribute.
fn node(op_type: &str, output: &str, attribute: &[Vec<u8>]) -> Vec<u8> {
    bytes(1, [bytes(2, output), bytes(4, op_type), bytes(5, attribute.concat())].concat())
}

#[test]
fn constants_are_listed_by_the_name_of_their_output() {
    let graph = [
        node("Constant", "f", &[bytes(1, "value_float"), [varint(2 << 3 | 5), 1.5f32.to_le_bytes().to_vec()].concat()]),
        node("Constant", "fs", &[bytes(1, "value_floats"), bytes(7, [0, 0, 128, 63, 0, 0, 0, 64])]),
        node("Constant", "i", &[bytes(1, "value_int"), int(3, 7)]),
        node("Constant", "is", &[bytes(1, "value_ints"), int(8, 1), bytes(8, varint(300))]),
        node("Constant", "t", &[bytes(1, "value"), bytes(5, tensor("inner"))]),
        node("Constant", "s", &[bytes(1, "value_string"), bytes(4, "text")]),
        node("Other", "o", &[bytes(1, "value"), bytes(5, tensor("no"))]),
        // Some writers leave out a number that is zero.
        node("Constant", "zero", &[bytes(1, "value_int")]),
    ];
    let file = open(model(&graph)).unwrap();
    let read: Vec<_> = (0..4).map(|index| file.read(index).unwrap()).collect();
    assert_eq!((read[0].as_slice::<f32>().unwrap(), read[0].shape().rank()), (&[1.5][..], 0));
    assert_eq!(read[1].as_slice::<f32>().unwrap(), [1.0, 2.0]);
    assert_eq!((read[2].as_slice::<i64>().unwrap(), read[2].shape().rank()), (&[7][..], 0));
    assert_eq!(read[3].as_slice::<i64>().unwrap(), [1, 300]);
    let names: Vec<_> = file.tensors().iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(names, ["f", "fs", "i", "is", "t", "zero"]);
    assert_eq!(file.read(5).unwrap().as_slice::<i64>().unwrap(), [0]);
    assert_eq!(file.refusals()[0].0, "s");
}

#[test]
fn lists_of_empty_entries_waste_no_memory() {
    let empty = bytes(14, "").repeat(1 << 17);
    assert!(error_of([model(&[bytes(5, tensor("w"))]), empty].concat()).contains("more than 65536 entries"));
    let empty = bytes(13, "").repeat(1 << 17);
    assert!(error_of(of_initializer(&[tensor("w"), empty])).contains("more than 65536 entries"));
}

#[test]
fn constants_of_functions_have_the_functions_id_before_their_name() {
    let constant = node("Constant", "k", &[bytes(1, "value"), bytes(5, tensor("inner"))]);
    let function = |id: &[Vec<u8>]| bytes(25, [id.concat(), bytes(7, &constant[2..])].concat());
    let model = |functions: &[Vec<u8>]| [model(&[bytes(5, tensor("k"))]), functions.concat()].concat();
    let one = function(&[bytes(1, "F"), bytes(10, "my.domain")]);
    let two = function(&[bytes(1, "F"), bytes(10, "my.domain"), bytes(13, "2")]);
    let file = open(model(&[one.clone(), two, function(&[bytes(1, "F")])])).unwrap();
    let names: Vec<&str> = file.tensors().iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(names, ["k", "my.domain.F.k", "my.domain.F:2.k", "F.k"]);
    assert!(error_of(model(&[one.clone(), one])).contains("two tensors of this name"));
}

#[test]
fn tensors_of_inner_graphs_have_the_nodes_name_before_theirs() {
    let branch = |name: &str| [bytes(1, name), bytes(6, bytes(5, tensor("w")))];
    let graph =
        [node("If", "a", &branch("then_branch")), node("If", "b", &branch("else_branch")), bytes(5, tensor("w"))];
    let names: Vec<_> = read_all(model(&graph)).unwrap().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["a.then_branch.w", "b.else_branch.w", "w"]);
    let mut graph = bytes(5, tensor("w"));
    for _ in 0..3000 {
        graph = node("If", "n", &[bytes(1, "then_branch"), bytes(6, graph)]);
    }
    assert!(error_of(model(&[graph])).contains("too deeply"));
}

#[test]
fn many_tensors_behind_a_long_name_are_charged_to_the_budget() {
    let inner: Vec<u8> =
        (0..2000).flat_map(|i| bytes(5, [int(1, 0), int(2, 1), bytes(8, i.to_string())].concat())).collect();
    let outer = node("If", &"x".repeat(60_000), &[bytes(1, "then_branch"), bytes(6, inner)]);
    let error = open(model(&[outer])).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Limit { setting: "max_expansion_ratio", .. }), "{error}");
}

/// An initializer whose elements are elsewhere.
fn outside(keys: &[(&str, &str)]) -> Vec<u8> {
    let pairs = keys.iter().map(|(key, value)| bytes(13, [bytes(1, key), bytes(2, value)].concat()));
    let fields: Vec<_> = [int(1, 4), int(2, 1), bytes(8, "w"), int(14, 1)].into_iter().chain(pairs).collect();
    of_initializer(&fields)
}

#[test]
fn external_data_stays_beneath_the_folder_and_within_its_file() {
    const FILE: (&str, &str) = ("location", "mlp_external.data");
    let whole = fixture_bytes("onnx/mlp_external.data");
    let read = read_all(outside(&[FILE, ("offset", "16"), ("length", "16"), ("checksum", "x")])).unwrap();
    assert_eq!(**read[0].1.bytes(), whole[16..32]);
    for path in ["../x", "/etc/passwd", "a/../../x", "", ".", "..\\x", "x\0", "http://h/x", "C:x"] {
        let error = read_all(outside(&[("location", path)])).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Refused { .. }), "{path}: {error}");
        assert_eq!(error.tensor(), Some("w"));
    }
    let len = whole.len().to_string();
    for (key, value, message) in [
        ("offset", len.as_str(), "truncated"),
        ("offset", "18446744073709551615", "truncated"),
        ("offset", "-16", "no number"),
        ("length", "x", "no number"),
        ("length", "17", "takes 16 bytes"),
        ("location", "mlp_external.data", "two locations"),
    ] {
        assert!(error_of(outside(&[FILE, (key, value)])).contains(message), "{key}");
    }
    assert!(error_of(outside(&[])).contains("no location"));
}

#[test]
fn external_data_without_a_folder_is_refused_by_name() {
    let bytes =
        model(&[bytes(5, tensor("here")), bytes(5, [int(1, 4), int(2, 1), bytes(8, "there"), int(14, 1)].concat())]);
    let file = open(bytes).unwrap();
    assert_eq!((file.tensors().len(), file.refusals()[0].0.as_str()), (1, "there"));
    let model = fixture_bytes("onnx/mlp_external.onnx");
    let budget = Budget::new(Limits::default(), model.len() as u64);
    let error = OnnxFile::open(Arc::new(Bytes::from(model)), None, &budget).unwrap_err();
    assert!(error.to_string().contains("mlp_external.data") && error.tensor() == Some("fc1.weight"), "{error}");
}

#[cfg(unix)]
#[test]
fn external_data_that_is_a_link_is_read_only_where_links_are_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("inner");
    std::fs::create_dir(&inner).unwrap();
    std::fs::write(inner.join("model.onnx"), fixture_bytes("onnx/mlp_external.onnx")).unwrap();
    let (blob, data) = (folder.path().join("blob"), inner.join("mlp_external.data"));
    std::fs::write(&blob, fixture_bytes("onnx/mlp_external.data")).unwrap();
    let links = [std::os::unix::fs::symlink, |from: &Path, to: &Path| std::fs::hard_link(from, to)];
    for link in links {
        link(&blob, &data).unwrap();
        let store = OnnxStore::from_file(inner.join("model.onnx"));
        let error = store.keys().unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::Refused { .. }) && error.to_string().contains("allow_symlinks"),
            "{error}"
        );
        assert_eq!(error.file(), data.to_str());
        assert_eq!(store.allow_symlinks(true).keys().unwrap().len(), 4);
        std::fs::remove_file(&data).unwrap();
    }
}

#[test]
fn an_error_while_external_data_is_read_names_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let (path, data) = (folder.path().join("model.onnx"), folder.path().join("mlp_external.data"));
    std::fs::write(&data, fixture_bytes("onnx/mlp_external.data")).unwrap();
    let bytes = fixture_bytes("onnx/mlp_external.onnx");
    let budget = Budget::new(Limits::default(), bytes.len() as u64);
    let beside = Beneath::folder_of(&path, Links::Refuse);
    let file = OnnxFile::open(Arc::new(Bytes::from(bytes)), Some(&beside), &budget).unwrap();
    std::fs::write(&data, []).unwrap();
    let error = file.read(0).unwrap_err();
    assert_eq!((error.file(), error.tensor()), (data.to_str(), Some(file.tensors()[0].name.as_str())), "{error}");
}

#[test]
fn text_and_sparse_tensors_are_refused_by_name() {
    let text = bytes(5, [int(1, 1), int(2, 8), bytes(8, "t"), bytes(6, "hello")].concat());
    let sparse = bytes(15, bytes(1, tensor("s")));
    let odd = bytes(5, [int(1, 3), int(2, 23), bytes(8, "f"), bytes(9, [0; 2])].concat());
    let file = open(model(&[text, sparse, odd, bytes(5, tensor("w"))])).unwrap();
    let mut names: Vec<_> = file.refusals().iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    assert_eq!((names, file.tensors().len()), (vec!["f", "s", "t"], 1));
}

#[test]
fn zero_copy_shares_raw_data() {
    let source = Bytes::from(fixture_bytes("onnx/mlp_raw.onnx"));
    let range = source.as_ptr_range();
    let budget = Budget::new(Limits::default(), 0);
    for zero_copy in [false, true] {
        let file = OnnxFile::open(Arc::new(source.clone()), None, &budget).unwrap().with_zero_copy(zero_copy);
        let tensor = file.read(0).unwrap();
        assert_eq!((tensor.dtype(), range.contains(&tensor.bytes().as_ptr())), (DType::F32, zero_copy));
    }
}
