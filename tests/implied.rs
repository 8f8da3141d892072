//! What a file leaves out: filled in where it follows from the layer, told in the report, and never where the file may have it.

use std::collections::BTreeMap;

use vellum::backend::NdArray;
use vellum::format::hdf5::Hdf5Writer;
use vellum::format::{TensorList, julia};
use vellum::nn::{
    BatchNorm, BatchNormConfig, GroupNorm, GroupNormConfig, Gru, GruConfig, LayerNorm, LayerNormConfig, Linear,
    LinearConfig,
};
use vellum::store::{FluxStore, KerasStore, ModuleSnapshot};
use vellum::{Device, LoadResult, Provenance, TensorData, Value};
use vellum_tests::fixture;

type Nd = NdArray<f32>;

const DEVICE: Device = Device::Cpu;

fn row(values: [f32; 3]) -> TensorData {
    TensorData::from_vec(values.to_vec(), [3]).unwrap()
}

fn list(tensors: &[(&str, TensorData)]) -> TensorList {
    let mut list = TensorList::default();
    for (name, data) in tensors {
        list.push(*name, data.clone());
    }
    list
}

/// Keras' weights, with a configuration if there is one.
fn keras(tensors: &[(&str, TensorData)], layer: Option<&str>) -> KerasStore {
    let mut writer = Hdf5Writer::default();
    if let Some(layer) = layer {
        let model = format!(r#"{{"class_name": "Sequential", "config": {{"layers": [{layer}]}}}}"#);
        writer = writer.attribute("", "model_config", Value::Str(model));
        let (names, group) = (|names: Vec<&str>| Value::List(names.into_iter().map(Value::from).collect()), "l");
        let weights = tensors.iter().filter_map(|(name, _)| name.strip_prefix("model_weights/l/")).collect();
        writer = writer.attribute("model_weights", "layer_names", names(vec![group]));
        writer = writer.attribute("model_weights/l", "weight_names", names(weights));
    }
    let mut bytes = Vec::new();
    writer.write(&list(tensors), &mut bytes).unwrap();
    KerasStore::from_bytes(bytes)
}

fn implied(result: &LoadResult) -> Vec<&str> {
    let implied = result.provenance.iter().filter(|(_, from)| **from == Provenance::Implied);
    implied.map(|(name, _)| name.as_str()).collect()
}

#[test]
fn a_norm_without_scale_or_shift_has_ones_and_zeros_and_the_report_says_so() {
    let (mean, beta) = (row([1.0, 2.0, 3.0]), row([4.0, 5.0, 6.0]));
    let moving = [("moving_mean", mean.clone()), ("moving_variance", mean.clone())];
    let mut norm: BatchNorm<Nd> = BatchNormConfig::new(3).init(DEVICE);
    let result = norm.load_from(&mut keras(&moving, None)).unwrap();
    assert_eq!((norm.gamma.elements(), norm.beta.elements()), (&[1.0; 3][..], &[0.0; 3][..]));
    assert_eq!(implied(&result), ["beta", "gamma"]);
    assert_eq!(result.provenance["running_mean"], Provenance::File(vec!["moving_mean".into()]));
    assert!(result.notes.iter().any(|note| note.contains("`beta`, `gamma` are not in the file")), "{result}");
    assert_eq!(result.to_value().get("provenance").unwrap().get("gamma"), Some(&Value::from("implied")));

    let mut norm: LayerNorm<Nd> = LayerNormConfig::new(3).init(DEVICE);
    let result = norm.load_from(&mut keras(&[("beta", beta.clone())], None)).unwrap();
    assert_eq!((norm.gamma.elements(), norm.beta.as_ref().unwrap().to_data()), (&[1.0; 3][..], beta.clone()));
    assert_eq!(implied(&result), ["gamma"]);
    assert!(result.notes.iter().any(|note| note.contains("`gamma` is not in the file")), "{result}");

    // One with both implies nothing.
    let both = [("gamma", mean.clone()), ("beta", beta)];
    let mut norm: GroupNorm<Nd> = GroupNormConfig::new(1, 3).init(DEVICE);
    let result = norm.load_from(&mut keras(&both, None)).unwrap();
    assert!(implied(&result).is_empty() && result.notes.is_empty(), "{result}");
}

#[test]
fn nothing_is_implied_that_the_file_refuses_or_says_it_has() {
    // The file has links that are refused, and a dataset of three numbers.
    let mut norm: LayerNorm<Nd> = LayerNormConfig::new(3).init(DEVICE);
    let mut store = KerasStore::from_file(fixture("hdf5/latest.h5")).with_key_remapping("^of_type$", "beta");
    let error = norm.load_from(&mut store).unwrap_err();
    let result = error.load_result().unwrap();
    assert_eq!(result.missing, ["gamma"], "{error}");
    assert!(result.notes.iter().any(|note| note.contains("`soft` of the file is refused: ")), "{error}");
    let result = norm.load_from(&mut store.allow_partial(true)).unwrap();
    assert!(implied(&result).is_empty() && result.notes.len() == 3, "{result}");

    let weights = [("model_weights/l/l/beta:0", row([1.0, 2.0, 3.0]))];
    for (scale, is_implied) in [("true", false), ("false", true)] {
        let layer = format!(
            r#"{{"class_name": "LayerNormalization", "config": {{"name": "l", "scale": {scale}, "center": true}}}}"#
        );
        let mut store = keras(&weights, Some(&layer)).with_top_level_key("l");
        let loaded = LayerNormConfig::new(3).init::<Nd>(DEVICE).load_from(&mut store);
        assert_eq!(loaded.as_ref().is_ok_and(|result| implied(result) == ["gamma"]), is_implied, "{loaded:?}");
        assert_eq!(loaded.is_ok(), is_implied);
    }
}

#[test]
fn many_that_are_implied_are_counted() {
    let norms = || -> Vec<LayerNorm<Nd>> { (0..7).map(|_| LayerNormConfig::new(3).init(DEVICE)).collect() };
    let names: Vec<String> = (0..7).map(|index| format!("{index}/gamma")).collect();
    let tensors: Vec<(&str, TensorData)> = names.iter().map(|name| (name.as_str(), row([1.0; 3]))).collect();
    let result = norms().load_from(&mut keras(&tensors, None)).unwrap();
    assert!(result.notes[0].contains("`4.beta` and 2 more are not in the file"), "{result}");
}

#[test]
fn fluxs_false_for_a_bias_is_one_that_is_implied() {
    let weight = TensorData::from_vec(vec![1.0f32, 2.0, 3.0, 4.0, 5.0, 6.0], [2, 3]).unwrap();
    let mut bytes = Vec::new();
    let tensors = list(&[("weight", weight), ("bias", TensorData::scalar(0u8))]);
    julia::write_plain(&tensors, &BTreeMap::new(), &mut bytes).unwrap();
    let mut linear: Linear<Nd> = LinearConfig::new(3, 2).init(DEVICE);
    let result = linear.load_from(&mut FluxStore::from_bytes(bytes)).unwrap();
    assert_eq!((implied(&result), &result.dropped[..]), (vec!["bias"], &["bias".to_string()][..]));
    assert_eq!(linear.bias.as_ref().unwrap().elements(), [0.0, 0.0]);
}

#[test]
fn a_gru_without_biases_is_told_by_the_configuration_or_noted() {
    let gru = |after| GruConfig::new(2, 3, false).with_reset_after(after).init::<Nd>(DEVICE);
    let data = |rows: usize| TensorData::from_vec(vec![0.5f32; rows * 9], [rows, 9]).unwrap();
    let kernels =
        [("model_weights/l/l/gru_cell/kernel:0", data(2)), ("model_weights/l/l/gru_cell/recurrent_kernel:0", data(3))];
    let config =
        |settings: &str| format!(r#"{{"class_name": "GRU", "config": {{"name": "l", "use_bias": false{settings}}}}}"#);
    let load = |settings: &str, after| {
        let mut store = keras(&kernels, Some(&config(settings))).with_top_level_key("l");
        gru(after).load_from(&mut store)
    };
    for file in [true, false] {
        let settings = format!(r#", "reset_after": {file}"#);
        let result = load(&settings, file).unwrap();
        assert!(result.notes.is_empty(), "{result}");
        let error = load(&settings, !file).unwrap_err().to_string();
        assert!(error.contains(if file { "GRU resets after" } else { "GRU resets before" }), "{error}");
    }
    // Older configurations have no such setting, and files of weights no configuration.
    for after in [true, false] {
        let result = load("", after).unwrap();
        assert!(result.notes[0].contains("nothing in the file tells"), "{result}");
    }
    let store = KerasStore::from_file(fixture("keras_layers/gru_keras2.weights.h5"));
    let mut module: Gru<Nd> = GruConfig::new(3, 4, false).init(DEVICE);
    let result = module.load_from(&mut store.with_top_level_key("gru")).unwrap();
    assert!(result.notes[0].contains("nothing in the file tells"), "{result}");
}

#[test]
fn what_makes_random_numbers_is_no_part_of_the_model() {
    let seed = TensorData::from_vec(vec![1u32, 2], [2]).unwrap();
    let weight = TensorData::from_vec(vec![0.5f32; 6], [3, 2]).unwrap();
    let store = keras(
        &[
            ("layers/dense/vars/0", weight),
            ("layers/dropout/seed_generator/vars/0", seed.clone()),
            ("seed_generator_1/vars/0", seed),
        ],
        None,
    );
    let mut linear: Linear<Nd> = LinearConfig::new(3, 2).with_bias(false).init(DEVICE);
    let mut store = store.with_key_remapping(r"^dense\.kernel$", "kernel");
    let result = linear.load_from(&mut store).unwrap();
    assert_eq!(result.dropped, ["layers/dropout/seed_generator/vars/0", "seed_generator_1/vars/0"]);
    assert!(result.unused.is_empty(), "{result}");
}
