//! Weights of `LinearLayout::Col` in stores: as Burn has them in its files, and marked in ours.

use std::sync::Arc;

use vellum::backend::{NdArray, Tensor};
use vellum::format::burnpack::{BurnpackFile, Writer};
use vellum::format::{ReadOptions, TensorFile, TensorList};
use vellum::nn::{Linear, LinearConfig, LinearLayout};
use vellum::prelude::*;
use vellum::store::{AnyStore, Burnpack, BurnpackStore, ModuleSnapshot, SafetensorsStore, Store};
use vellum::transform::{BurnToPyTorchAdapter, ColumnsAdapter, PyTorchToBurnAdapter};
use vellum::{Bytes, Device, ErrorKind};
use vellum_tests::{fixture, fixture_bytes};

#[derive(Debug, Module)]
struct Columns {
    square: Linear<NdArray>,
    wide: Linear<NdArray>,
}

const SQUARE: [[f32; 2]; 2] = [[1.0, 2.0], [3.0, 4.0]];
const WIDE: [[f32; 3]; 2] = [[5.0, 6.0, 7.0], [8.0, 9.0, 10.0]];

impl Columns {
    fn new(layout: LinearLayout) -> Self {
        let linear =
            |d_output| LinearConfig::new(2, d_output).with_bias(false).with_layout(layout).init(Device::default());
        Self { square: linear(2), wide: linear(3) }
    }

    fn filled(layout: LinearLayout) -> Self {
        let mut model = Self::new(layout);
        model.square.weight.set(Tensor::from_floats(SQUARE, Device::default()));
        model.wide.weight.set(Tensor::from_floats(WIDE, Device::default()));
        model
    }

    fn check(&self, what: &str) {
        assert_eq!(self.square.weight.elements(), SQUARE.as_flattened(), "{what}");
        assert_eq!(self.wide.weight.elements(), WIDE.as_flattened(), "{what}");
    }
}

/// A store of bytes that `model` was saved into.
fn saved(model: &Columns, set: impl FnOnce(BurnpackStore) -> BurnpackStore) -> BurnpackStore {
    let mut store = set(BurnpackStore::from_bytes(None));
    model.save_into(&mut store).unwrap();
    store
}

#[test]
fn a_file_of_burns_is_read_as_it_lies() {
    for file in ["burn021.bpk", "burn022.bpk", "burn021.safetensors", "burn022.safetensors"] {
        let path = fixture(&format!("burnpack/columns/{file}"));
        let mut model = Columns::new(LinearLayout::Col);
        model.load_from(&mut AnyStore::from_file(&path)).unwrap();
        model.check(file);

        let mut model = Columns::new(LinearLayout::Row);
        let error = model.load_from(&mut AnyStore::from_file(&path)).unwrap_err();
        let ErrorKind::NotLoaded(result) = error.kind() else { panic!("{file}: {error}") };
        assert_eq!(result.skipped, ["wide.weight"], "{file}");
    }
    let mut model = Columns::new(LinearLayout::Col);
    model.load_from(&mut BurnpackStore::from_file(fixture("burnpack/columns/burn021.bpk"))).unwrap();
    model.check("BurnpackStore");
    model.load_from(&mut SafetensorsStore::from_file(fixture("burnpack/columns/burn021.safetensors"))).unwrap();
    model.check("SafetensorsStore");
}

#[test]
fn files_of_ours_say_which_weights_lie_in_columns() {
    for (from, to) in [
        (LinearLayout::Row, LinearLayout::Row),
        (LinearLayout::Row, LinearLayout::Col),
        (LinearLayout::Col, LinearLayout::Row),
        (LinearLayout::Col, LinearLayout::Col),
    ] {
        let what = format!("{from:?} to {to:?}");
        for set in [|store| store, BurnpackStore::clear_metadata, |store: BurnpackStore| store.digests(false)] {
            let mut store = saved(&Columns::filled(from), set);
            let square = store.get_snapshot("square.weight").unwrap().unwrap();
            assert_eq!(square.to_data().unwrap().as_slice::<f32>().unwrap(), SQUARE.as_flattened(), "{what}");
            assert!(store.read_metadata().unwrap().keys().all(|key| !key.starts_with("vellum.")), "{what}");
            let mut model = Columns::new(to);
            model.load_from(&mut store).unwrap();
            model.check(&what);
        }
        let mut store = SafetensorsStore::from_bytes(None);
        Columns::filled(from).save_into(&mut store).unwrap();
        let mut model = Columns::new(to);
        model.load_from(&mut store).unwrap();
        model.check(&what);
    }
}

#[test]
fn a_copy_of_a_file_of_burns_lies_as_that_does() {
    let bytes = fixture_bytes("burnpack/columns/burn021.bpk");
    let file = BurnpackFile::open(Arc::new(Bytes::from(bytes)), &ReadOptions::default()).unwrap();
    let mut copied = TensorList::default();
    for (index, entry) in file.tensors().iter().enumerate() {
        copied.push(entry.name.clone(), file.read(index).unwrap());
    }
    let mut copy = Vec::new();
    Writer::new().metadata(file.metadata().clone()).write(&copied, &mut copy).unwrap();
    let mut model = Columns::new(LinearLayout::Col);
    model.load_from(&mut BurnpackStore::from_bytes(Some(copy))).unwrap();
    model.check("a copy with digests");
}

#[test]
fn a_set_of_shards_lies_as_the_file_that_it_was_made_of() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("set.safetensors");
    let store = SafetensorsStore::from_file(&path).max_shard_bytes(24).metadata("producer", "burn");
    Columns::filled(LinearLayout::Col).save_into(&mut store.with_to_adapter(ColumnsAdapter)).unwrap();
    let mut model = Columns::new(LinearLayout::Col);
    model.load_from(&mut SafetensorsStore::from_file(folder.path().join("set.safetensors.index.json"))).unwrap();
    model.check("shards");
}

#[test]
fn ours_have_the_bytes_that_burn_reads() {
    let bytes = saved(&Columns::filled(LinearLayout::Col), |store| store).get_bytes().unwrap();
    let numbers = |numbers: &[f32]| -> Vec<u8> { numbers.iter().flat_map(|x| x.to_le_bytes()).collect() };
    for columns in [&[1.0, 3.0, 2.0, 4.0][..], &[5.0, 8.0, 6.0, 9.0, 7.0, 10.0]] {
        let columns = numbers(columns);
        assert!(bytes.windows(columns.len()).any(|window| window == columns));
    }
}

#[test]
fn a_mark_follows_the_name() {
    let mut store = saved(&Columns::filled(LinearLayout::Col), |store| {
        store.with_key_remapping("^square", "renamed").with_regex("square")
    });
    assert_eq!(store.keys().unwrap(), ["renamed.weight"]);
    let bytes = store.get_bytes().unwrap();
    let mut model = Columns::filled(LinearLayout::Col);
    store = BurnpackStore::from_bytes(Some(bytes)).with_key_remapping("^renamed", "square").with_regex("square");
    model.square.weight.set(Tensor::zeros([2, 2], Device::default()));
    model.load_from(&mut store).unwrap();
    model.check("renamed");
}

#[test]
fn another_frameworks_layout_is_translated_beside_it() {
    let store = saved(&Columns::filled(LinearLayout::Col), |store| store.with_to_adapter(BurnToPyTorchAdapter));
    let bytes = store.get_bytes().unwrap();
    for layout in [LinearLayout::Row, LinearLayout::Col] {
        let mut model = Columns::new(layout);
        let mut store = Store::from_bytes(Some(bytes.clone())).with_from_adapter(PyTorchToBurnAdapter);
        model.load_from::<Burnpack>(&mut store).unwrap();
        model.check("PyTorch's layout");
    }
}
