//! HDF5: what h5py wrote is read bit for bit in every layout, and what leads elsewhere is refused.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use proptest::prelude::*;
use vellum::format::hdf5::{Hdf5File, Hdf5Writer};
use vellum::format::{TensorFile, TensorList, TensorSet};
use vellum::{Budget, Bytes, DType, Error, ErrorKind, Limits, Result, Shape, Sink, Source, TensorData, Value};
use vellum_tests::fixture_bytes;
use vellum_tests::manifest::{check_tensors, manifest};

fn open_with(bytes: Vec<u8>, limits: Limits) -> Result<Hdf5File> {
    let budget = Budget::new(limits, bytes.len() as u64);
    Hdf5File::open(Arc::new(Bytes::from(bytes)), &budget)
}

fn open(bytes: Vec<u8>) -> Result<Hdf5File> {
    open_with(bytes, Limits::default())
}

fn open_fixture(name: &str) -> Hdf5File {
    open(fixture_bytes(&format!("hdf5/{name}"))).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// All that can be read of a file.
fn read_all(bytes: Vec<u8>) -> Result<(Value, Vec<(String, TensorData)>)> {
    let file = open(bytes)?;
    let tensors = file.tensors().iter().enumerate().map(|(index, entry)| Ok((entry.name.clone(), file.read(index)?)));
    Ok((file.values().clone(), tensors.collect::<Result<_>>()?))
}

fn object<'v>(file: &'v Hdf5File, path: &str) -> &'v Value {
    let step = |object: &'v Value, step| object.get("members")?.get(step);
    path.split('/').try_fold(file.values(), step).unwrap_or_else(|| panic!("no object {path}"))
}

#[test]
fn every_layout_that_h5py_writes_is_read_bit_for_bit() {
    let mut matched = 0;
    for (name, entry) in manifest("hdf5") {
        let file = open_fixture(&name);
        assert_eq!(file.tensors().len(), entry["tensors"].as_object().unwrap().len(), "{name}");
        matched += check_tensors(&file, &entry, &[]);
        file.verify().unwrap();
    }
    assert_eq!(matched, 3 * 355 + 2);
}

#[test]
fn truth_values_are_bools_and_other_enums_their_integers() {
    let file = open_fixture("v110.h5");
    let dtype = |name: &str| file.tensors().iter().find(|tensor| tensor.name == name).unwrap().dtype;
    assert_eq!((dtype("dtype/bool"), dtype("dtype/enum")), (DType::Bool, DType::I8));
}

#[test]
fn what_is_no_number_is_a_value() {
    for name in ["old.h5", "v110.h5", "latest.h5"] {
        let file = open_fixture(name);
        let value = |path| object(&file, path).get("value").unwrap();
        let texts = |texts: &[&str]| Value::List(texts.iter().map(|&text| Value::from(text)).collect());
        assert_eq!(value("text"), &Value::from("héllo"));
        assert_eq!(value("texts"), &texts(&["a", "bb"]));
        assert_eq!(value("fixed_texts"), &texts(&["ab", "c"]));
        let record = vec![("a".to_string(), Value::Int(1)), ("b".to_string(), Value::Float(2.5))];
        assert_eq!(value("records"), &Value::List(vec![Value::Map(record)]));
        let numbers = [1, 2, 3].map(Value::Int).to_vec();
        assert_eq!(value("sequences"), &Value::List(vec![Value::List(numbers), Value::List(vec![])]));
        assert_eq!(value("null"), &Value::Null);
        assert!(matches!(value("reference").as_list(), Some([Value::Object { .. }])));
    }
}

#[test]
fn attributes_are_values_however_they_are_stored() {
    for name in ["old.h5", "v110.h5", "latest.h5"] {
        let file = open_fixture(name);
        let attributes = object(&file, "scalar").get("attributes").unwrap();
        for i in 0..60u8 {
            let expected = if i % 2 == 1 { Value::Str(format!("value {i}")) } else { Value::Float(f64::from(i) * 1.5) };
            assert_eq!(attributes.get(&format!("attribute_{i}")), Some(&expected), "{name}");
        }
        assert_eq!(attributes.get("long"), Some(&Value::List((0..1000).map(Value::Int).collect())));
        assert_eq!(attributes.get("truth"), Some(&Value::Bool(true)));
    }
}

#[test]
fn links_that_lead_away_or_round_are_refused_by_name_and_the_rest_is_read() {
    let file = open_fixture("latest.h5");
    let mut refused: Vec<(&str, String)> =
        file.refusals().iter().map(|(name, error)| (name.as_str(), error.to_string())).collect();
    refused.sort_unstable();
    let expected = [
        ("circle/up", "refused: a link back to the group `/`, which is listed there"),
        ("outside", "refused: a link to another file"),
        ("soft", "refused: a soft link to `/scalar`"),
    ];
    assert_eq!(refused.iter().map(|(name, error)| (*name, error.as_str())).collect::<Vec<_>>(), expected);
}

#[test]
fn two_names_of_one_dataset_share_its_storage() {
    let file = open_fixture("old.h5");
    let storage = |name: &str| file.tensors().iter().find(|tensor| tensor.name == name).unwrap().storage;
    assert!(storage("tied").is_some() && storage("tied") == storage("scalar"));
    assert_ne!(storage("scalar"), storage("compact"));
}

#[test]
fn a_file_that_declares_more_than_it_may_expand_to_is_told_when_it_is_opened() {
    let file = open_fixture("bomb.h5");
    let [(name, error)] = file.refusals() else { panic!("one refusal") };
    assert!(
        name == "huge" && matches!(error.kind(), ErrorKind::Limit { setting: "max_expanded_bytes", .. }),
        "{error}"
    );
    assert_eq!(file.tensors().len(), 1);
    assert!(file.read(0).is_ok() && file.read(1).is_err());
}

#[test]
fn nesting_past_the_limit_is_an_error() {
    let mut limits = Limits::default();
    limits.max_depth = 1;
    let error = open_with(fixture_bytes("hdf5/old.h5"), limits).err().unwrap();
    assert!(matches!(error.kind(), ErrorKind::Limit { setting: "max_depth", .. }), "{error}");
}

#[test]
fn a_file_that_ends_early_is_an_error_wherever_it_ends() {
    for name in ["summed.h5", "user_block.h5"] {
        let bytes = fixture_bytes(&format!("hdf5/{name}"));
        for len in 0..bytes.len() {
            assert!(open(bytes[..len].to_vec()).is_err(), "{name} cut to {len}");
        }
    }
}

/// A file on a disk that fails at some time, and does not say where.
struct Failing {
    bytes: Bytes,
    fails: AtomicBool,
}

impl Source for Failing {
    fn len(&self) -> u64 {
        Source::len(&self.bytes)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<()> {
        match self.fails.load(Ordering::Relaxed) {
            true => Err(Error::new(ErrorKind::Io { action: "read", source: std::io::Error::other("the disk") })),
            false => self.bytes.read_at(offset, buffer),
        }
    }
}

#[test]
fn a_read_that_fails_says_of_which_tensor_and_where() {
    let mut list = TensorList::default();
    list.push("group/plain", TensorData::from_vec(vec![0.5f32; 3000], [3000]).unwrap());
    let mut written = Vec::new();
    Hdf5Writer::default().write(&list, &mut written).unwrap();
    let data = written.len() as u64 - 12_000..written.len() as u64;

    let files = ["v110.h5", "old.h5"].map(|name| fixture_bytes(&format!("hdf5/{name}")));
    let mut failed = 0;
    for bytes in files.into_iter().chain([written]) {
        let budget = Budget::new(Limits::default(), bytes.len() as u64);
        let source = Arc::new(Failing { bytes: Bytes::from(bytes), fails: AtomicBool::new(false) });
        let file = Hdf5File::open(source.clone(), &budget).unwrap();
        source.fails.store(true, Ordering::Relaxed);
        for (index, entry) in file.tensors().iter().enumerate() {
            // Small ones may be in memory still, and those without a byte are nowhere.
            let Err(error) = file.read(index) else { continue };
            assert!(matches!(error.kind(), ErrorKind::Io { .. }), "{error}");
            assert_eq!(error.tensor(), Some(&*entry.name));
            let range = error.byte_range().unwrap_or_else(|| panic!("{error}"));
            assert!(!range.is_empty() && range.end <= source.len(), "{error}");
            if entry.name == "group/plain" {
                assert_eq!(range, data);
                let plain = file.plain_bytes(index).unwrap();
                assert_eq!(plain.read_into(&mut vec![0; 12_000]).unwrap_err().byte_range(), Some(data.clone()));
            }
            failed += 1;
        }
    }
    assert!(failed > 300, "{failed}");
}

#[test]
fn a_flipped_bit_under_checksums_is_an_error_or_changes_nothing() {
    let bytes = fixture_bytes("hdf5/summed.h5");
    let whole = read_all(bytes.clone()).unwrap();
    let mut told = 0;
    for bit in 0..bytes.len() * 8 {
        let mut bytes = bytes.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        match read_all(bytes) {
            Ok(read) => assert_eq!(read, whole, "bit {bit}"),
            Err(_) => told += 1,
        }
    }
    assert!(told > 0);
}

#[test]
fn a_flipped_bit_of_an_old_file_never_panics() {
    let bytes = fixture_bytes("hdf5/user_block.h5");
    let mut told = 0;
    for bit in 0..bytes.len() * 8 {
        let mut bytes = bytes.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        told += usize::from(read_all(bytes).is_err());
    }
    assert!(told > 0);
}

#[test]
fn what_is_no_hdf5_is_told() {
    for bytes in [vec![], b"PK\x03\x04".to_vec(), vec![0; 4096]] {
        let error = open(bytes).err().unwrap();
        assert!(matches!(error.kind(), ErrorKind::WrongFormat { expected: "HDF5", .. }), "{error}");
    }
}

/// A tensor of each dtype that HDF5 can hold.
fn tensor_of_each_dtype() -> TensorList {
    let mut list = TensorList::default();
    for &dtype in DType::ALL.iter().filter(|dtype| dtype.size().is_some() && !dtype.name().starts_with("F8")) {
        let bytes: Vec<u8> = (0..6 * dtype.size().unwrap()).map(|i| u8::try_from(i % 2).unwrap()).collect();
        let tensor = TensorData::new(Bytes::from(bytes), Shape::new([2, 3]).unwrap(), dtype).unwrap();
        list.push(format!("dtypes/{}", dtype.name()), tensor);
    }
    list
}

#[test]
fn every_dtype_that_is_written_is_read_again() {
    let list = tensor_of_each_dtype();
    let mut bytes = Vec::new();
    Hdf5Writer::default().write(&list, &mut bytes).unwrap();
    let file = open(bytes).unwrap();
    assert_eq!(file.tensors().len(), 15);
    for (index, (read, written)) in file.tensors().iter().zip(list.entries()).enumerate() {
        assert_eq!((&read.name, read.dtype, &read.shape), (&written.name, written.dtype, &written.shape));
        let mut expected = Vec::new();
        list.write_to(index, &mut |bytes| expected.put(bytes)).unwrap();
        assert_eq!(file.read(index).unwrap().bytes()[..], expected, "{}", read.name);
    }
}

#[test]
fn what_hdf5_cannot_hold_is_told_by_name() {
    let scalar = || TensorData::scalar(1.0f32);
    let narrow = TensorData::new(Bytes::from(vec![0u8]), Shape::new([1]).unwrap(), DType::F8E8M0).unwrap();
    for tensors in
        [vec![("a", narrow)], vec![("a", scalar()), ("a/b", scalar())], vec![("a//b", scalar())], vec![("", scalar())]]
    {
        let mut list = TensorList::default();
        for (name, tensor) in tensors {
            list.push(name, tensor);
        }
        let error = Hdf5Writer::default().write(&list, &mut Vec::new()).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Unrepresentable { format: "HDF5", .. }), "{error}");
        assert!(error.tensor().is_some());
    }
}

#[test]
fn attributes_are_written_and_read_again() {
    let values = [
        ("text", Value::from("é")),
        ("empty", Value::from("")),
        ("texts", Value::List((0..4000).map(|i| Value::Str(format!("layer_{i}"))).collect())),
        ("none", Value::List(vec![])),
        ("integer", Value::Int(-3)),
        ("float", Value::Float(0.5)),
        ("truth", Value::Bool(true)),
        ("long", Value::Str("x".repeat(100_000))),
    ];
    let mut list = TensorList::default();
    list.push("g/w", TensorData::scalar(1.0f64));
    let mut bytes = Vec::new();
    let write = |writer: Hdf5Writer, (name, value): &(&str, Value)| writer.attribute("g/w", name, value.clone());
    values.iter().fold(Hdf5Writer::default(), write).write(&list, &mut bytes).unwrap();
    let file = open(bytes).unwrap();
    for (name, value) in &values {
        assert_eq!(object(&file, "g/w").get("attributes").unwrap().get(name), Some(value), "{name}");
    }
}

proptest! {
    #[test]
    fn any_tree_of_tensors_comes_back(tensors in prop::collection::btree_map("[a-c]/[a-c]/[d-f]{1,3}", prop::collection::vec(any::<f32>(), 0..9), 0..9)) {
        let mut list = TensorList::default();
        for (name, elements) in &tensors {
            list.push(name.clone(), TensorData::from_vec(elements.clone(), [elements.len()]).unwrap());
        }
        let mut bytes = Vec::new();
        Hdf5Writer::default().write(&list, &mut bytes).unwrap();
        let (_, read) = read_all(bytes).unwrap();
        prop_assert_eq!(read.len(), tensors.len());
        for (name, data) in read {
            let bits = |elements: &[f32]| elements.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
            prop_assert_eq!(bits(data.as_slice::<f32>().unwrap()), bits(&tensors[&name]));
        }
    }
}
