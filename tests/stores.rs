//! Stores: every call chain of Burn's guide, and what it must do.

use std::path::Path;

use ndarray::{Array1, Array2, array};
use vellum::store::{
    AnyStore, BurnpackStore, KeyRemapper, ModuleSnapshot, PathFilter, SafetensorsStore, Store, TensorSnapshot,
};
use vellum::{Buffer, ErrorKind, LoadPolicy, Module, Param, Severity, TensorData, Tied};

type Weights = Vec<(Param<Array2<f32>>, Param<Array1<f32>>)>;

fn weights(first: f32) -> Weights {
    (0u8..3)
        .map(|i| {
            let x = first + f32::from(i);
            (Param::new(array![[x, x + 0.25], [x + 0.5, x + 0.75]]), Param::new(array![-x, 2.0 * x]))
        })
        .collect()
}

fn values(model: &impl Module) -> Vec<(String, TensorData)> {
    model.state_dict().unwrap().into_iter().map(|(name, data)| (name.to_string(), data)).collect()
}

#[test]
fn what_is_saved_is_loaded_bit_for_bit_in_each_format() {
    let folder = tempfile::tempdir().unwrap();
    let model = weights(1.0);
    let path = folder.path().join("m.safetensors");
    model.save_into(&mut SafetensorsStore::from_file(&path)).unwrap();
    let mut other = weights(9.0);
    let result = other.load_from(&mut SafetensorsStore::from_file(&path)).unwrap();
    assert!(result.is_success() && result.applied.len() == 6 && result.missing.is_empty() && result.unused.is_empty());
    assert_eq!(values(&model), values(&other));

    let path = folder.path().join("m.bpk");
    model.save_into(&mut BurnpackStore::from_file(&path)).unwrap();
    let mut other = weights(9.0);
    other.load_from(&mut BurnpackStore::from_file(&path)).unwrap();
    assert_eq!(values(&model), values(&other));
    assert_eq!(model[2].1.id(), other[2].1.id());
}
