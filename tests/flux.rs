//! Files of Julia: what JLD2.jl and BSON.jl wrote is one kind of tree, its arrays turned to row-major.

use std::sync::Arc;

use vellum::format::julia::JuliaFile;
use vellum::format::{TensorFile, bson, jld2};
use vellum::{Budget, Bytes, ErrorKind, Limits, Result, Value};
use vellum_tests::fixture_bytes;
use vellum_tests::manifest::{check_tensors, manifest};

fn open(name: &str, bytes: Vec<u8>) -> Result<JuliaFile> {
    let budget = Budget::new(Limits::default(), bytes.len() as u64);
    let source = Arc::new(Bytes::from(bytes));
    if name.contains(".bson") { bson::open(source, &budget) } else { jld2::open(source, &budget) }
}

fn open_fixture(name: &str) -> JuliaFile {
    open(name, fixture_bytes(&format!("flux/{name}"))).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The value at a dotted path; places in lists count from 1.
fn at<'v>(file: &'v JuliaFile, path: &str) -> &'v Value {
    let step = |value: &'v Value, step: &str| match value {
        Value::List(items) => items.get(step.parse::<usize>().ok()? - 1),
        value => value.get(step),
    };
    path.split('.').try_fold(file.values(), step).unwrap_or_else(|| panic!("no value {path}"))
}

/// The bytes of a BSON document of these elements.
fn document(elements: &[Vec<u8>]) -> Vec<u8> {
    let body = elements.concat();
    let len = u32::try_from(body.len() + 5).unwrap();
    [&len.to_le_bytes()[..], &body, &[0]].concat()
}

/// An element: kind, key, value.
fn element(kind: u8, key: &str, value: &[u8]) -> Vec<u8> {
    [&[kind], key.as_bytes(), &[0], value].concat()
}

fn text(key: &str, text: &str) -> Vec<u8> {
    let len = u32::try_from(text.len() + 1).unwrap();
    element(2, key, &[&len.to_le_bytes()[..], text.as_bytes(), &[0]].concat())
}

fn reference(key: &str, number: i64) -> Vec<u8> {
    element(3, key, &document(&[text("tag", "backref"), element(18, "ref", &number.to_le_bytes())]))
}

#[test]
fn every_file_has_the_tensors_that_julia_saved() {
    let mut matched = 0;
    for (name, entry) in manifest("flux") {
        if name.contains(".h5") {
            continue;
        }
        let file = open_fixture(&name);
        let found = check_tensors(&file, &entry, &[]);
        assert_eq!(found, file.tensors().len(), "{name}");
        matched += found;
        file.verify().unwrap();
    }
    assert_eq!(matched, 133);
}

#[test]
fn numbers_beside_the_model_are_values() {
    for (name, number) in [("siegl_flux_checkpoint_adam_e1.jld2", 1), ("siegl_flux_checkpoint_adam_e2.jld2", 2)] {
        let file = open_fixture(name);
        assert_eq!(at(&file, "epoch1"), &Value::Int(number));
        assert_eq!(at(&file, "loss1").as_f64(), u32::try_from(number).ok().map(f64::from));
        let rule = at(&file, "opt_state1.net.layers.1.weight.rule");
        assert!(matches!(rule, Value::Object { class, .. } if class == "Optimisers.Adam"), "{rule:?}");
        assert_eq!(rule.get("eta"), Some(&Value::Float(0.01)));
        assert_eq!(at(&file, "opt_state1.net.layers.1.weight.frozen"), &Value::Bool(false));
    }
}

#[test]
fn fields_without_data_are_there_in_every_era() {
    let empty = Value::List(vec![]);
    assert_eq!(at(&open_fixture("siegl_flux_state_mymodel.jld2"), "model_state1.net.layers.2.σ"), &empty);
    // Format 0.1 says so only in the parameters of the type.
    assert_eq!(at(&open_fixture("hepnet_flux_state.jld2"), "model_state.layers.1.σ"), &empty);
    let class = |value: &Value| match value {
        Value::Object { class, fields } if fields.is_empty() => class.clone(),
        other => panic!("{other:?}"),
    };
    let file = open_fixture("flux_state_checkpoint.bson");
    assert_eq!(class(at(&file, "model_state.layers.1.σ")), "Base.Missing");
    let file = open_fixture("siegl_emulator_L1_W64.jld2");
    assert_eq!(class(at(&file, "data.chain.layers.1.σ")), "NNlib.#relu");
    assert_eq!(at(&file, "data.sim_para.initial_cond"), &Value::Null);
    assert_eq!(at(&file, "data.sim_para.id_key").as_str(), Some("_hyperpara_L1_W64"));
}

#[test]
fn what_jld2_has_structures_for_and_no_real_file_shows_is_read() {
    let file = open_fixture("made.jld2");
    let tensor =
        |name: &str| file.tensors().iter().position(|tensor| tensor.name == name).unwrap_or_else(|| panic!("{name}"));
    let weight = file.read(tensor("state.weight")).unwrap();
    assert_eq!(weight.shape().dims(), [2, 3]);
    assert_eq!(weight.as_slice::<f32>().unwrap(), [0.0, 2.0, 4.0, 1.0, 3.0, 5.0]);
    // One array at four places.
    let storage = |name| file.tensors()[tensor(name)].storage.unwrap();
    assert!(["state.bias", "list.3", "dict.b.c"].iter().all(|name| storage(name) == storage("state.weight")));
    let Value::Map(state) = at(&file, "state") else { panic!("a named tuple is a map") };
    let names: Vec<&str> = state.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["λ", "weight", "bias", "momentum", "active", "chs"]);
    assert!(matches!(&state[0].1, Value::Object { class, .. } if class == "Core.Missing"));
    assert_eq!((&state[3].1, &state[4].1, &state[5].1), (&Value::Float(0.25), &Value::Null, &Value::Int(3)));
    assert_eq!(at(&file, "dict").get("a"), Some(&Value::Float(0.5)));
    let Value::List(list) = at(&file, "list") else { panic!("a vector of anything is a list") };
    assert!(matches!(list.as_slice(), [Value::Str(text), Value::Null, Value::Tensor(_)] if text == "text"));
    assert_eq!(at(&file, "union"), &Value::List(vec![Value::Float(1.5), Value::Int(7)]));
    assert_eq!(at(&file, "nothing"), &Value::Null);
    assert_eq!(at(&file, "group.inner"), &Value::Int(4));
    let [(name, error)] = file.refusals() else { panic!("one refusal") };
    assert!(name == "circle.next" && matches!(error.kind(), ErrorKind::Refused { .. }), "{name}: {error}");
}

#[test]
fn structs_have_their_class() {
    for (name, path) in [("solaris_dense_struct.jld2", "nn"), ("flux_mymodel.bson", "model.1.1")] {
        let file = open_fixture(name);
        assert!(matches!(at(&file, path), Value::Object { class, .. } if class == "Flux.Dense"), "{name}");
    }
}

#[test]
fn a_dictionary_is_a_map_and_bytes_are_bytes() {
    let file = open_fixture("bsonjl_41_32bit.bson");
    assert_eq!(at(&file, "obj.name"), &Value::Bytes(vec![1, 2]));
}

#[test]
fn a_value_that_is_there_twice_is_one_storage() {
    let float = element(
        3,
        "type",
        &document(&[
            text("tag", "datatype"),
            element(4, "params", &document(&[])),
            element(4, "name", &document(&[text("0", "Core"), text("1", "Float32")])),
        ]),
    );
    let size = element(4, "size", &document(&[element(18, "0", &2i64.to_le_bytes())]));
    let data = element(5, "data", &[&8u32.to_le_bytes()[..], &[0], &1f32.to_le_bytes(), &2f32.to_le_bytes()].concat());
    let array = element(3, "0", &document(&[text("tag", "array"), float, size, data]));
    let bytes = document(&[reference("a", 1), reference("b", 1), element(4, "_backrefs", &document(&[array]))]);
    let file = open("x.bson", bytes).unwrap();
    let [a, b] = file.tensors() else { panic!("two tensors") };
    assert!(a.storage.is_some() && a.storage == b.storage && (a.name.as_str(), b.name.as_str()) == ("a", "b"));
    assert_eq!(file.read(1).unwrap().as_slice::<f32>().unwrap(), [1.0, 2.0]);
}

#[test]
fn a_value_that_holds_itself_is_refused_and_the_rest_is_read() {
    let inner =
        element(3, "0", &document(&[text("tag", "tuple"), element(4, "data", &document(&[reference("0", 1)]))]));
    let bytes = document(&[reference("a", 1), element(8, "b", &[1]), element(4, "_backrefs", &document(&[inner]))]);
    let file = open("x.bson", bytes).unwrap();
    let [(name, error)] = file.refusals() else { panic!("one refusal") };
    assert!(name == "a.1" && matches!(error.kind(), ErrorKind::Refused { .. }), "{name}: {error}");
    assert_eq!(at(&file, "b"), &Value::Bool(true));
}

#[test]
fn references_cannot_make_a_small_file_grow_without_end() {
    // Each shared value is a tuple of ten times the next: 10^60 values in all.
    let shared = |i: i64| {
        let items: Vec<Vec<u8>> = (0..10).map(|j| reference(&j.to_string(), i + 2)).collect();
        element(3, &i.to_string(), &document(&[text("tag", "tuple"), element(4, "data", &document(&items))]))
    };
    let mut values: Vec<Vec<u8>> = (0..60).map(shared).collect();
    values.push(element(10, "60", &[]));
    let bytes = document(&[reference("a", 1), element(4, "_backrefs", &document(&values))]);
    let error = open("x.bson", bytes).err().unwrap();
    assert!(matches!(error.kind(), ErrorKind::Limit { .. }), "{error}");
}

#[test]
fn a_file_that_ends_early_is_an_error_wherever_it_ends() {
    for name in ["bsonjl_matrix.bson", "flux_state_checkpoint.bson", "fmiflux_flat_params_f64.jld2"] {
        let bytes = fixture_bytes(&format!("flux/{name}"));
        for len in 0..bytes.len() {
            assert!(open(name, bytes[..len].to_vec()).is_err(), "{name} cut to {len}");
        }
    }
}

#[test]
fn a_flipped_bit_never_panics() {
    for name in ["flux_state_checkpoint.bson", "solaris_dense_struct.jld2"] {
        let bytes = fixture_bytes(&format!("flux/{name}"));
        let mut told = 0;
        for bit in 0..bytes.len() * 8 {
            let mut bytes = bytes.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let read = open(name, bytes)
                .and_then(|file| (0..file.tensors().len()).try_for_each(|index| file.read(index).map(drop)));
            told += usize::from(read.is_err());
        }
        assert!(told > 0, "{name}");
    }
}

#[test]
fn what_is_no_jld2_is_told() {
    let error = open("x.jld2", fixture_bytes("hdf5/summed.h5")).err().unwrap();
    assert!(matches!(error.kind(), ErrorKind::WrongFormat { expected: "JLD2", .. }), "{error}");
}
