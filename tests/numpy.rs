//! NumPy's files: what NumPy wrote is read bit for bit, and what is written comes back.

use std::sync::Arc;

use proptest::prelude::*;
use vellum::format::numpy::{NumpyFile, write_npy, write_npz};
use vellum::format::{TensorFile, TensorList};
use vellum::{Budget, Bytes, DType, ErrorKind, Limits, Result, Shape, TensorData, Value};
use vellum_tests::manifest::{check_tensors, manifest};
use vellum_tests::{fixture_bytes, sha256_hex};

fn open(bytes: Vec<u8>) -> Result<NumpyFile> {
    let budget = Budget::new(Limits::default(), bytes.len() as u64);
    NumpyFile::open(Arc::new(Bytes::from(bytes)), &budget)
}

fn open_fixture(name: &str) -> Result<NumpyFile> {
    open(fixture_bytes(&format!("numpy/{name}")))
}

/// All that can be read of a file.
fn read_all(bytes: Vec<u8>) -> Result<Vec<(String, TensorData)>> {
    let file = open(bytes)?;
    file.verify()?;
    file.tensors().iter().enumerate().map(|(index, entry)| Ok((entry.name.clone(), file.read(index)?))).collect()
}

#[test]
fn every_file_that_numpy_wrote_is_read_bit_for_bit() {
    let mut matched = 0;
    for (name, entry) in manifest("numpy") {
        let structured = name.starts_with("structured");
        if entry["refuse"] == true || structured || name == "longdouble.npy" {
            continue;
        }
        let file = open_fixture(&name).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(file.format(), &name[name.len() - 3..]);
        matched += check_tensors(&file, &entry, &[]);
        file.verify().unwrap();
    }
    assert_eq!(matched, 44);
}

#[test]
fn what_is_no_tensor_is_refused_with_its_dtype() {
    for (name, code) in [("unicode.npy", "<U2"), ("datetime.npy", "<M8[D]"), ("longdouble.npy", "<f16")] {
        let error = open_fixture(name).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Refused { .. }) && error.to_string().contains(code), "{error}");
    }
}

#[test]
fn an_object_array_is_refused_alone_and_by_name() {
    let file = open_fixture("with_object_member.npz").unwrap();
    let [(name, error)] = file.refusals() else { panic!("one refusal") };
    assert!(name == "bad" && error.to_string().contains("pickled"), "{name}: {error}");
    assert_eq!(file.tensors().len(), 1);
}

#[test]
fn a_structured_array_is_its_fields_and_its_bytes() {
    let file = open_fixture("structured.npy").unwrap();
    let listed: Vec<_> =
        file.tensors().iter().map(|t| (t.name.as_str(), t.dtype, t.shape.to_vec(), t.storage)).collect();
    assert_eq!(
        listed,
        [
            ("", DType::U8, vec![2, 16], Some(0)),
            ("a", DType::I32, vec![2], Some(0)),
            ("b", DType::F64, vec![2], Some(0)),
            ("c", DType::I16, vec![2, 2], Some(0)),
        ]
    );
    let entry = &manifest("numpy")["structured.npy"]["tensors"][""];
    let whole = file.read(0).unwrap();
    assert_eq!(sha256_hex(whole.bytes()), entry["sha256"]);
    let a: Vec<u8> = whole.bytes().chunks(16).flat_map(|record| record[..4].to_vec()).collect();
    assert_eq!(**file.read(1).unwrap().bytes(), a);
    let c: Vec<u8> = whole.bytes().chunks(16).flat_map(|record| record[12..].to_vec()).collect();
    assert_eq!(**file.read(3).unwrap().bytes(), c);
    let descr = file.values().get("").and_then(Value::as_str);
    assert_eq!(descr, Some("[('a', '<i4'), ('b', '<f8'), ('c', '<i2', (2,))]"));
    let file = open_fixture("structured_utf8_v3.npy").unwrap();
    assert_eq!(file.tensors().len(), 2);
    let entry = &manifest("numpy")["structured_utf8_v3.npy"]["tensors"][""];
    assert_eq!(sha256_hex(file.read(0).unwrap().bytes()), entry["sha256"]);
}

#[test]
fn zero_copy_shares_the_bytes_and_is_asked_for() {
    let bytes = fixture_bytes("numpy/model.npz");
    let at = bytes.as_ptr_range();
    for zero_copy in [false, true] {
        let bytes = Bytes::from(bytes.clone());
        let range = bytes.as_ptr_range();
        let budget = Budget::new(Limits::default(), 0);
        let file = NumpyFile::open(Arc::new(bytes), &budget).unwrap().with_zero_copy(zero_copy);
        let tensor = file.read(0).unwrap();
        assert_eq!(range.contains(&tensor.bytes().as_ptr()), zero_copy);
    }
    assert!(!at.is_empty());
}

#[test]
fn every_truncation_is_an_error() {
    for name in ["f32_v3.npy", "fortran.npy", "streamed.npz", "positional.npz"] {
        let bytes = fixture_bytes(&format!("numpy/{name}"));
        for len in 0..bytes.len() {
            assert!(read_all(bytes[..len].to_vec()).is_err(), "{name} cut to {len}");
        }
        let mut longer = bytes;
        longer.push(0);
        assert!(read_all(longer).is_err(), "{name} with a byte more");
    }
}

#[test]
fn a_flipped_bit_never_panics_and_never_changes_an_array_of_an_npz() {
    for name in ["streamed.npz", "positional.npz", "with_object_member.npz"] {
        let bytes = fixture_bytes(&format!("numpy/{name}"));
        let whole = read_all(bytes.clone()).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            if let Ok(read) = read_all(flipped) {
                assert_eq!(read, whole, "{name}, bit {bit}");
            }
        }
    }
    for name in ["structured.npy", "big_endian_fortran_i2.npy"] {
        let bytes = fixture_bytes(&format!("numpy/{name}"));
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            // A `.npy` has no checksum.
            drop(read_all(flipped));
        }
    }
}

#[test]
fn an_array_that_inflates_past_the_budget_is_an_error_at_its_reading() {
    let mut tensors = TensorList::default();
    tensors.push("zeros", TensorData::from_vec(vec![0f32; 8 << 20], [8 << 20]).unwrap());
    let mut file = Vec::new();
    write_npz(&tensors, true, &mut file).unwrap();
    let file = open(file).unwrap();
    let error = file.read(0).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Limit { setting: "max_expansion_ratio", .. }), "{error}");
    assert_eq!(error.tensor(), Some("zeros"));
}

#[test]
fn dtypes_that_numpy_has_not_are_not_written() {
    let mut tensors = TensorList::default();
    let data = TensorData::new(Bytes::from(vec![0u8; 2]), Shape::new([2]).unwrap(), DType::F8E4M3).unwrap();
    tensors.push("w", data);
    let error = write_npz(&tensors, false, &mut Vec::new()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Unrepresentable { .. }) && error.tensor() == Some("w"), "{error}");
    assert!(write_npy(&TensorList::default(), &mut Vec::new()).is_err());
}

/// The dtypes that NumPy has, `BF16` among them.
fn dtypes() -> impl Strategy<Value = DType> {
    let has = |dtype: &DType| dtype.size().is_some() && !dtype.name().starts_with("F8");
    prop::sample::select(DType::ALL.iter().copied().filter(has).collect::<Vec<_>>())
}

fn tensors() -> impl Strategy<Value = TensorData> {
    (dtypes(), prop::collection::vec(0usize..5, 0..4), any::<u64>()).prop_map(|(dtype, axes, seed)| {
        let shape = Shape::new(axes).unwrap();
        let len = dtype.byte_len(shape.num_elements()).unwrap();
        let mut state = seed | 1;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let byte = state.to_le_bytes()[7];
            if dtype == DType::Bool { byte & 1 } else { byte }
        };
        let bytes: Vec<u8> = (0..len).map(|_| next()).collect();
        TensorData::new(Bytes::from(bytes), shape, dtype).unwrap()
    })
}

proptest! {
    #[test]
    fn what_is_written_comes_back(tensors in prop::collection::btree_map("[a-z/.β ]{0,9}", tensors(), 0..5), compressed: bool) {
        let mut list = TensorList::default();
        for (name, tensor) in &tensors {
            list.push(name, tensor.clone());
        }
        let mut file = Vec::new();
        write_npz(&list, compressed, &mut file).unwrap();
        prop_assert_eq!(read_all(file).unwrap(), tensors.clone().into_iter().collect::<Vec<_>>());
        for tensor in tensors.values() {
            let mut list = TensorList::default();
            list.push("", tensor.clone());
            let mut file = Vec::new();
            write_npy(&list, &mut file).unwrap();
            prop_assert_eq!(&read_all(file).unwrap()[0].1, tensor);
        }
    }
}
