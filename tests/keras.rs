//! Keras: what Keras 2 and 3 saved is read bit for bit, with its configuration and its layers.

use std::sync::Arc;

use ndarray::{Array1, array};
use serde_json::{Value as Json, json};
use vellum::format::hdf5::Hdf5Writer;
use vellum::format::keras::{KerasFile, Layer, write_h5, write_model, write_weights};
use vellum::format::zip::ZipWriter;
use vellum::format::{TensorFile, TensorList};
use vellum::store::{KerasStore, ModuleSnapshot};
use vellum::{Budget, Bytes, DType, ErrorKind, Limits, Module, Param, Result, TensorData, Value};
use vellum_tests::fixture_bytes;
use vellum_tests::manifest::{check_tensors, manifest};

fn open(bytes: Vec<u8>) -> Result<KerasFile> {
    let budget = Budget::new(Limits::default(), bytes.len() as u64);
    KerasFile::open(Arc::new(Bytes::from(bytes)), &budget)
}

fn open_fixture(name: &str) -> KerasFile {
    open(fixture_bytes(&format!("keras/{name}"))).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn every_file_that_keras_wrote_is_read_bit_for_bit() {
    let mut files = 0;
    for (name, entry) in manifest("keras") {
        let file = open_fixture(&name);
        assert_eq!(check_tensors(&file, &entry, &[]), file.tensors().len(), "{name}");
        assert!(file.refusals().is_empty());
        file.verify().unwrap();
        files += 1;
    }
    assert_eq!(files, 25);
}

#[test]
fn a_whole_model_of_tensorflow_2_4_is_read() {
    let file = open(fixture_bytes("flux/keras_tf24_icnn_functional.h5")).unwrap();
    let entry = &manifest("flux")["keras_tf24_icnn_functional.h5"];
    assert_eq!(check_tensors(&file, entry, &[]), 61);
    assert!(file.layers().iter().any(|layer| layer.class_name.as_deref() == Some("Dense")));
}

/// The weights of a layer and their number agree with what Keras said of the model, and each of Keras' weights has its tensor there.
fn check_layers(file: &KerasFile, entry: &Json) {
    let layers: Vec<&Layer> =
        file.layers().iter().filter(|layer| layer.class_name.as_deref() != Some("InputLayer")).collect();
    let expected = entry["layers"].as_array().unwrap().iter().filter(|layer| layer[1] != "InputLayer");
    for (layer, expected) in layers.iter().zip(expected.clone()) {
        let class = layer.class_name.as_deref().unwrap_or_default();
        assert_eq!(expected[0], layer.name, "{}", entry["file"]);
        assert_eq!(expected[1], class.rsplit('>').next().unwrap_or_default());
        assert_eq!(expected[2], layer.tensors.len(), "{} of {}", layer.name, entry["file"]);
        assert!(layer.tensors.iter().all(|&index| file.tensors()[index].name.starts_with(&layer.path)));
    }
    assert_eq!(layers.len(), expected.count());
}

#[test]
fn the_layers_of_a_model_have_their_weights() {
    for (name, entry) in manifest("keras") {
        if !name.contains("weights") {
            check_layers(&open_fixture(&name), &entry);
        }
    }
}

#[test]
fn the_weights_of_an_old_file_are_in_the_order_of_keras() {
    let file = open_fixture("nested_attention.h5");
    let names = |layer: &Layer| -> Vec<String> {
        layer
            .tensors
            .iter()
            .map(|&index| file.tensors()[index].name.rsplit_once("mha/").unwrap().1.to_string())
            .collect()
    };
    let attention = file.layers().iter().find(|layer| layer.name == "mha").unwrap();
    let parts = ["query", "key", "value", "attention_output"];
    assert_eq!(names(attention), parts.map(|part| ["kernel", "bias"].map(|kind| format!("{part}/{kind}"))).concat());
}

#[test]
fn a_model_used_as_a_layer_has_layers_of_its_own() {
    for name in ["nested_attention.h5", "nested_attention.keras"] {
        let file = open_fixture(name);
        let block = file.layers().iter().find(|layer| layer.name == "inner_block").unwrap();
        let inner: Vec<_> = block.layers.iter().map(|layer| (layer.name.as_str(), layer.tensors.len())).collect();
        assert_eq!(inner, [("input_layer", 0), ("dense", 2), ("conv1d", 2)], "{name}");
        assert_eq!(block.tensors.len(), 4);
    }
}

#[test]
fn hyperparameters_need_not_be_typed_again() {
    for name in ["seed_doc_keras2.h5", "seed_doc_keras3.h5", "seed_doc_keras2.keras", "seed_doc_keras3.keras"] {
        let file = open_fixture(name);
        let dense: Vec<&Layer> = file.layers().iter().filter(|l| l.class_name.as_deref() == Some("Dense")).collect();
        let units: Vec<_> = dense.iter().map(|layer| layer.config.get("units").and_then(Value::as_i64)).collect();
        assert_eq!(units, [Some(64), Some(64), Some(10)], "{name}");
        assert_eq!(dense[2].config.get("activation").and_then(Value::as_str), Some("softmax"));
        assert!(file.values().get("keras_version").is_some());
        assert!(file.values().get("model_config").and_then(|model| model.get("class_name")).is_some());
        assert!(file.values().get("training_config").and_then(|training| training.get("loss")).is_some(), "{name}");
    }
}

#[test]
fn the_state_of_the_optimizer_is_a_tree_of_tensors() {
    let file = open_fixture("seed_doc_keras3.h5");
    let adam = file.values().get("optimizer_weights").and_then(|weights| weights.get("adam")).unwrap();
    let Some(&Value::Tensor(iteration)) = adam.get("iteration") else { panic!("the iteration is a tensor") };
    assert_eq!(file.tensors()[iteration].name, "optimizer_weights/adam/iteration");
    assert!(file.read(iteration).unwrap().as_slice::<i64>().unwrap()[0] > 0);
}

#[test]
fn a_file_of_weights_lists_the_groups_that_have_them() {
    let file = open_fixture("custom_layer.weights.h5");
    let layers: Vec<_> = file.layers().iter().map(|l| (l.name.as_str(), l.path.as_str(), l.tensors.len())).collect();
    assert_eq!(layers, [("custom", "layers/custom_layer", 1), ("dense", "layers/dense", 2)]);
    let old = open_fixture("seed_doc_keras2.plain_weights.h5");
    let layers: Vec<_> = old.layers().iter().map(|l| (l.name.as_str(), l.tensors.len())).collect();
    assert_eq!(layers, [("dense", 2), ("dense_1", 2), ("dense_2", 2)]);
}

#[test]
fn a_changed_bit_of_weights_in_a_zip_is_told_by_its_checksum() {
    let mut bytes = fixture_bytes("keras/custom_layer.keras");
    let file = open(bytes.clone()).unwrap();
    let index = file.tensors().iter().position(|tensor| tensor.name == "layers/dense/vars/0").unwrap();
    let data = file.read(index).unwrap();
    let at = bytes.windows(data.bytes().len()).position(|window| window == &data.bytes()[..]).unwrap();
    bytes[at] ^= 1;
    let error = open(bytes).unwrap().read(index).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Digest { .. }), "{error}");
}

#[test]
fn a_zip_that_is_no_keras_file_is_told() {
    let mut bytes = Vec::new();
    let mut writer = ZipWriter::new(&mut bytes);
    writer.stored("config.json", 2, |put| put(b"{}")).unwrap();
    writer.finish().unwrap();
    let error = open(bytes).err().unwrap();
    assert!(matches!(error.kind(), ErrorKind::WrongFormat { expected: "Keras", .. }), "{error}");
}

/// The tensors of a file in the order of its layers, then the rest.
fn in_order_of_layers(file: &KerasFile) -> TensorList {
    let mut order: Vec<usize> = file.layers().iter().flat_map(|layer| layer.tensors.clone()).collect();
    order.extend((0..file.tensors().len()).filter(|index| !order.contains(index)).collect::<Vec<_>>());
    let mut list = TensorList::default();
    for index in order {
        list.push(file.tensors()[index].name.clone(), file.read(index).unwrap());
    }
    list
}

#[test]
fn a_whole_model_is_written_as_it_was() {
    for (name, entry) in manifest("keras") {
        if !name.contains(".h5") || name.contains(".weights") {
            continue;
        }
        let file = open_fixture(&name);
        let mut bytes = Vec::new();
        write_h5(&in_order_of_layers(&file), file.metadata(), &mut bytes).unwrap();
        let written = open(bytes).unwrap();
        assert_eq!(check_tensors(&written, &entry, &[]), file.tensors().len());
        assert_eq!(written.metadata(), file.metadata(), "{name}");
        let weights = |file: &KerasFile| -> Vec<(String, Vec<String>)> {
            let names = |layer: &Layer| layer.tensors.iter().map(|&i| file.tensors()[i].name.clone()).collect();
            let with_weights = file.layers().iter().filter(|layer| !layer.tensors.is_empty());
            with_weights.map(|layer| (layer.name.clone(), names(layer))).collect()
        };
        assert_eq!(weights(&written), weights(&file), "{name}");
    }
}

#[test]
fn weights_are_written_as_they_were() {
    for (name, entry) in manifest("keras").into_iter().filter(|(name, _)| name.contains(".weights.h5")) {
        let file = open_fixture(&name);
        let mut bytes = Vec::new();
        write_weights(&in_order_of_layers(&file), &mut bytes).unwrap();
        assert_eq!(check_tensors(&open(bytes).unwrap(), &entry, &[]), file.tensors().len());
    }
}

#[test]
fn more_layers_than_an_attribute_holds_are_split_and_joined_again() {
    let mut list = TensorList::default();
    for i in 0..9000u16 {
        list.push(format!("layer_{i}/kernel:0"), TensorData::scalar(i));
    }
    let mut bytes = Vec::new();
    write_h5(&list, &std::collections::BTreeMap::new(), &mut bytes).unwrap();
    let file = open(bytes).unwrap();
    let names: Vec<&str> = file.layers().iter().map(|layer| layer.name.as_str()).collect();
    assert_eq!(names, (0..9000).map(|i| format!("layer_{i}")).collect::<Vec<_>>());
    assert_eq!(file.values().get("layer_names0").and_then(Value::as_list).map(<[_]>::len), Some(4000));
}

/// Looked for one by one among all others, they would be a billion comparisons.
#[test]
fn each_of_many_layers_is_found_by_its_name() {
    const LAYERS: usize = 20_000;
    let layers = |name: &str| -> Vec<Json> {
        let layer = |i| json!({"class_name": "Dense", "config": {"name": format!("{name}{i}"), "units": i}});
        (0..LAYERS).map(layer).collect()
    };
    // As many in one group as in a model that is used as a layer.
    let mut all = layers("scope/layer_");
    all.push(json!({"class_name": "Sequential", "config": {"name": "block", "layers": layers("inner_")}}));
    let config = json!({"class_name": "Sequential", "config": {"layers": all}});

    let mut list = TensorList::default();
    let mut names = Vec::new();
    for outer in ["scope/layer_", "block/inner_"] {
        for i in 0..LAYERS {
            list.push(format!("model_weights/{outer}{i}/kernel:0"), TensorData::scalar(i as u32));
            names.push(format!("{outer}{i}"));
        }
    }
    let texts = |texts: &[String]| Value::List(texts.iter().map(|text| Value::from(text.as_str())).collect());
    let mut writer = Hdf5Writer::default().attribute("", "model_config", Value::from(&*config.to_string()));
    let (outer, inner) = names.split_at(LAYERS);
    for (part, names) in outer.chunks(1000).enumerate() {
        writer = writer.attribute("model_weights", &format!("layer_names{part}"), texts(names));
    }
    writer = writer.attribute("model_weights", &format!("layer_names{}", LAYERS / 1000), texts(&["block".to_string()]));
    for name in outer {
        writer = writer.attribute(&format!("model_weights/{name}"), "weight_names", texts(&["kernel:0".to_string()]));
    }
    for (part, names) in inner.chunks(1000).enumerate() {
        let weights: Vec<String> = names.iter().map(|name| format!("{}/kernel:0", &name["block/".len()..])).collect();
        writer = writer.attribute("model_weights/block", &format!("weight_names{part}"), texts(&weights));
    }
    let mut bytes = Vec::new();
    writer.write(&list, &mut bytes).unwrap();

    let file = open(bytes).unwrap();
    assert_eq!(file.tensors().len(), 2 * LAYERS);
    for index in 0..2 * LAYERS {
        let units = file.layer_config(index).and_then(|config| config.get("units")?.as_i64());
        assert_eq!(units, Some((index % LAYERS) as i64), "{}", file.tensors()[index].name);
    }
    assert_eq!(file.model_names().unwrap()[LAYERS].as_deref(), Some("block.inner_0.kernel"));
}

/// A configuration of a few bytes a layer can name one group again and again.
#[test]
fn layers_that_all_have_the_same_weights_are_past_a_limit() {
    const COUNT: usize = 2000;
    let mut list = TensorList::default();
    for i in 0..COUNT {
        list.push(format!("layers/dense/vars/{i}"), TensorData::scalar(0u8));
    }
    let mut weights = Vec::new();
    let writer = Hdf5Writer::default().attribute("layers/dense/vars", "name", Value::from("a"));
    writer.write(&list, &mut weights).unwrap();
    let layers: Vec<Json> = (0..COUNT).map(|_| json!({"config": {"name": "a"}})).collect();
    let config = json!({"config": {"layers": layers}}).to_string();
    let mut bytes = Vec::new();
    let mut zip = ZipWriter::new(&mut bytes);
    for (name, member) in [("config.json", config.as_bytes()), ("model.weights.h5", &*weights)] {
        zip.stored(name, member.len() as u64, |put| put(member)).unwrap();
    }
    zip.finish().unwrap();
    let mut limits = Limits::default();
    limits.max_objects = 1 << 20;
    let budget = Budget::new(limits, bytes.len() as u64);
    let error = KerasFile::open(Arc::new(Bytes::from(bytes)), &budget).err().unwrap();
    assert!(matches!(error.kind(), ErrorKind::Limit { setting: "max_objects", .. }), "{error}");
}

#[test]
fn a_weight_without_a_layer_is_told() {
    let mut list = TensorList::default();
    list.push("kernel", TensorData::scalar(1.0f32));
    let error = write_h5(&list, &std::collections::BTreeMap::new(), &mut Vec::new()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Unrepresentable { .. }) && error.tensor() == Some("kernel"), "{error}");
}

#[derive(Module)]
struct Inner {
    block: Param<Array1<f32>>,
    lstm_cell: Vec<Param<Array1<f32>>>,
    forward_outer: Param<Array1<f32>>,
}

#[derive(Module)]
struct Outer {
    scale: Param<Array1<f32>>,
    block: Vec<Inner>,
    outer: Inner,
}

#[test]
fn every_name_of_a_module_comes_back_from_an_h5() {
    let inner = |start: f32| Inner {
        block: Param::new(array![start]),
        lstm_cell: vec![Param::new(array![start + 0.25])],
        forward_outer: Param::new(array![start + 0.5]),
    };
    let outer = |start: f32| Outer {
        scale: Param::new(array![start]),
        block: vec![inner(start + 1.0), inner(start + 2.0)],
        outer: inner(start + 3.0),
    };
    let mut store = KerasStore::from_bytes(None);
    outer(1.0).save_into(&mut store).unwrap();
    let bytes = store.get_bytes().unwrap();
    let names: Vec<_> =
        open(bytes.to_vec()).unwrap().model_names().unwrap().iter().cloned().map(Option::unwrap).collect();
    assert!(names.contains(&"scale".into()) && names.contains(&"outer.lstm_cell.0".into()), "{names:?}");
    let mut copy = outer(0.0);
    assert!(copy.load_from(&mut KerasStore::from_bytes(bytes)).unwrap().is_success());
    let values = |model: &Outer| -> Vec<f32> {
        let state = model.state_dict().unwrap();
        state.iter().flat_map(|(_, data)| data.to_vec::<f32>().unwrap()).collect()
    };
    assert_eq!(values(&copy), values(&outer(1.0)));

    let mut list = TensorList::default();
    list.push("top_level_model_weights.w", TensorData::scalar(1.0f32));
    let error = write_model(&list, &std::collections::BTreeMap::new(), &mut Vec::new()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Unrepresentable { .. }) && error.tensor().is_some(), "{error}");
}

#[test]
fn bfloat16_says_so_beside_its_opaque_bytes() {
    let file = open_fixture("mixed_dtypes.weights.h5");
    let mut bytes = Vec::new();
    write_weights(&in_order_of_layers(&file), &mut bytes).unwrap();
    assert!(bytes.windows(8).any(|window| window == b"bfloat16"));
    assert_eq!(open(bytes).unwrap().tensors().iter().filter(|tensor| tensor.dtype == DType::BF16).count(), 2);
}

#[test]
fn a_layer_that_is_named_as_the_state_of_random_numbers_is_a_layer() {
    let mut weights = TensorList::default();
    let state = TensorData::from_vec(vec![1u32, 2], [2]).unwrap();
    weights.push("layers/dropout/seed_generator/vars/0", state);
    weights.push("layers/seed_generator/vars/0", TensorData::from_vec(vec![0.5f32, 1.5], [2]).unwrap());
    weights.push("layers/seed_generator_1/vars/0", TensorData::from_vec(vec![1i32, 2, 3], [3]).unwrap());
    let mut bytes = Vec::new();
    write_weights(&weights, &mut bytes).unwrap();
    let file = open(bytes).unwrap();
    let names: Vec<_> = file.model_names().unwrap().iter().map(Option::as_deref).collect();
    assert_eq!(names, [None, Some("seed_generator.0"), Some("seed_generator_1.0")]);
}
