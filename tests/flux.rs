//! Files of Julia: what JLD2.jl and BSON.jl wrote is one kind of tree, its arrays turned to row-major, and Flux's layers load into modules.

use std::collections::BTreeMap;
use std::sync::Arc;

use vellum::backend::{Backend, NdArray, Tensor};
use vellum::format::julia::{JuliaFile, open_plain, write_plain};
use vellum::format::{TensorFile, TensorList, bson, jld2};
use vellum::nn::conv::{Conv1d, Conv1dConfig, Conv2d, Conv2dConfig, ConvTranspose2d, ConvTranspose2dConfig};
use vellum::nn::{
    BatchNorm, BatchNormConfig, Embedding, EmbeddingConfig, LayerNorm, LayerNormConfig, Linear, LinearConfig, Relu,
};
use vellum::store::{AnyStore, FluxStore, FluxToBurnAdapter, KerasStore, ModuleSnapshot};
use vellum::{Budget, Bytes, Device, ErrorKind, Limits, Module, Param, Result, TensorData, Value};
use vellum_tests::manifest::{check_tensors, manifest};
use vellum_tests::{fixture, fixture_bytes};

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

// Modules: what Flux's layers load into, and what is written for Julia.

type Nd = NdArray<f32>;

const DEVICE: Device = Device::Cpu;

/// A tensor of a file by Julia's name and in Julia's shape.
fn julia(store: &FluxStore, name: &str) -> ndarray::ArrayD<f64> {
    let snapshot = store.get_snapshot(name).unwrap().unwrap_or_else(|| panic!("{:?}", store.keys()));
    let data = vellum::convert(snapshot.to_data().unwrap(), vellum::DType::F64, &Default::default()).unwrap();
    ndarray::ArrayD::from_shape_vec(data.shape().dims().to_vec(), data.to_vec::<f64>().unwrap()).unwrap()
}

#[derive(Module)]
struct Chain<B: Backend> {
    layers: Vec<Linear<B>>,
}

#[derive(Module)]
struct MyModel<B: Backend> {
    net: Chain<B>,
}

fn chain(widths: &[usize]) -> Chain<Nd> {
    let linear = |pair: &[usize]| LinearConfig::new(pair[0], pair[1]).init(DEVICE);
    Chain { layers: widths.windows(2).map(linear).collect() }
}

/// `W₂ relu.(W₁ x .+ b₁) .+ b₂` of the layers at these names, as Julia computes it.
fn by_hand(store: &FluxStore, layers: [&str; 2], x: &ndarray::Array1<f64>) -> Vec<f64> {
    let mut x = x.clone();
    for (i, layer) in layers.iter().enumerate() {
        let [weight, bias] = ["weight", "bias"].map(|part| julia(store, &format!("{layer}.{part}")));
        let weight = weight.into_dimensionality::<ndarray::Ix2>().unwrap();
        x = weight.dot(&x) + bias.into_dimensionality::<ndarray::Ix1>().unwrap();
        if i == 0 {
            x.mapv_inplace(|x| x.max(0.0));
        }
    }
    x.to_vec()
}

#[test]
fn chains_of_every_container_predict_what_their_matrices_say() {
    for (file, key, widths) in [
        ("siegl_flux_state_mymodel.jld2", "model_state1.net", &[10, 5, 2][..]),
        ("siegl_flux_checkpoint_adam_e2.jld2", "model_state1.net", &[10, 5, 2]),
        ("hepnet_flux_state.jld2", "model_state", &[3, 64, 1]),
        ("flux_state_checkpoint.bson", "model_state", &[1, 2, 1]),
    ] {
        let store = FluxStore::from_file(fixture(&format!("flux/{file}")));
        let mut model = chain(widths);
        let result = model.load_from(&mut store.clone().with_top_level_key(key)).unwrap();
        assert!(result.unused.is_empty() && result.applied.len() == 4, "{file}: {result}");
        let x = ndarray::Array1::from_iter((0..widths[0]).map(|i| i as f64 * 0.3 - 1.0));
        let layers = [1, 2].map(|place| format!("{key}.layers.{place}"));
        let expected = by_hand(&store, layers.each_ref().map(String::as_str), &x);
        let input = Tensor::<Nd, 2>::from_array(x.mapv(|x| x as f32).insert_axis(ndarray::Axis(0)));
        let hidden = Relu::new().forward(model.layers[0].forward(input));
        for (found, expected) in model.layers[1].forward(hidden).elements().iter().zip(&expected) {
            let close = (f64::from(*found) - expected).abs() < 1e-5 * expected.abs().max(1.0);
            assert!(close, "{file}: {found} is not {expected}");
        }
    }
}

#[test]
fn a_struct_around_a_chain_loads_by_its_own_names() {
    let mut model = MyModel { net: chain(&[10, 5, 2]) };
    let store = FluxStore::from_file(fixture("flux/siegl_flux_checkpoint_adam_e1.jld2"));
    model.load_from(&mut store.clone().with_top_level_key("model_state1")).unwrap();
    // Places count from 1 in the file, and from 0 in the module.
    let snapshot = store.get_snapshot("model_state1.net.layers.2.bias").unwrap().unwrap();
    assert_eq!(snapshot.full_path, "model_state1.net.layers.1.bias");
    assert_eq!(model.net.layers[1].bias.as_ref().unwrap().to_data(), snapshot.to_data().unwrap());
    // Whatever opens files of any format does the same.
    let mut same = MyModel { net: chain(&[10, 5, 2]) };
    let path = fixture("flux/siegl_flux_checkpoint_adam_e1.jld2");
    same.load_from(&mut AnyStore::open(path).unwrap().with_top_level_key("model_state1")).unwrap();
    assert_eq!(same.net.layers[0].weight.to_data(), model.net.layers[0].weight.to_data());
}

#[test]
fn a_whole_struct_loads_where_the_file_names_its_fields() {
    let mut dense: Linear<Nd> = LinearConfig::new(2, 1).init(DEVICE);
    let store = FluxStore::from_file(fixture("flux/solaris_dense_struct.jld2"));
    dense.load_from(&mut store.clone().with_top_level_key("nn")).unwrap();
    let weight = julia(&store, "nn.weight");
    assert!(dense.weight.elements().iter().zip(&weight).all(|(a, b)| f64::from(*a) == *b as f32 as f64));

    let mut chain = chain(&[54, 64, 54]);
    let mut store = FluxStore::from_file(fixture("flux/siegl_emulator_L1_W64.jld2")).with_top_level_key("data.chain");
    let result = chain.load_from(&mut store).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(result.applied.len(), 4);
}

#[test]
fn a_layer_that_somebody_wrote_loads_into_a_struct_that_somebody_wrote() {
    /// `W x .+ b`, saved as a whole.
    #[derive(Module)]
    #[allow(non_snake_case)]
    struct Affine {
        W: Param<ndarray::Array2<f32>>,
        b: Param<ndarray::Array1<f32>>,
    }
    let mut affine = Affine { W: Param::new(ndarray::Array2::zeros((1, 4))), b: Param::new(ndarray::Array1::zeros(1)) };
    let store = FluxStore::from_file(fixture("flux/kitml_affine_struct.jld2"));
    affine.load_from(&mut store.clone().with_top_level_key("nn")).unwrap();
    assert_eq!(affine.W.mapv(f64::from).into_dyn(), julia(&store, "nn.W").mapv(|x| f64::from(x as f32)));
    assert_eq!(affine.b.mapv(f64::from).into_dyn(), julia(&store, "nn.b").mapv(|x| f64::from(x as f32)));
}

/// A state as Flux has it: names counted from 1, Julia's shapes.
fn state(tensors: Vec<(&str, TensorData)>) -> FluxStore {
    let mut list = TensorList::default();
    for (name, data) in tensors {
        list.push(name, data);
    }
    let mut bytes = Vec::new();
    write_plain(&list, &BTreeMap::new(), &mut bytes).unwrap();
    FluxStore::from_bytes(bytes)
}

fn numbers(shape: &[usize]) -> TensorData {
    let count: usize = shape.iter().product();
    let value = |i: usize| ((i * 37 + 11) % 101) as f32 / 50.0 - 1.0;
    TensorData::from_vec((0..count).map(value).collect(), shape).unwrap()
}

fn floats(data: &TensorData) -> ndarray::ArrayD<f32> {
    ndarray::ArrayD::from_shape_vec(data.shape().dims().to_vec(), data.to_vec::<f32>().unwrap()).unwrap()
}

/// NNlib's convolution by its definition: `y[x, y, o] = Σ w[K - i + 1, L - j + 1, c, o] * image[x + i - 1, y + j - 1, c]`, all from 1.
fn true_convolution(image: &ndarray::ArrayD<f32>, weight: &ndarray::ArrayD<f32>) -> ndarray::ArrayD<f32> {
    let (w, h, channels) = (image.shape()[0], image.shape()[1], image.shape()[2]);
    let (kw, kh, out) = (weight.shape()[0], weight.shape()[1], weight.shape()[3]);
    ndarray::ArrayD::from_shape_fn(vec![w - kw + 1, h - kh + 1, out], |at| {
        let mut sum = 0.0;
        for (i, j, c) in ndarray::indices((kw, kh, channels)) {
            sum += weight[[kw - 1 - i, kh - 1 - j, c, at[2]]] * image[[at[0] + i, at[1] + j, c]];
        }
        sum
    })
}

#[test]
fn a_convolution_is_turned_around_and_a_cross_correlation_is_not() {
    let (weight, bias, image) = (numbers(&[3, 2, 2, 4]), numbers(&[4]), numbers(&[6, 5, 2]));
    let mut store = state(vec![("weight", weight.clone()), ("bias", bias.clone())]);
    let mut conv: Conv2d<Nd> = Conv2dConfig::new([2, 4], [2, 3]).init(DEVICE);
    conv.load_from(&mut store).unwrap();
    // `(width, height, channels, batch)` in columns is `[batch, channels, height, width]` in rows.
    let rows = floats(&image).reversed_axes().as_standard_layout().into_owned().insert_axis(ndarray::Axis(0));
    let output = conv.forward(Tensor::<Nd, 4>::from_array(rows.clone()));
    let expected = true_convolution(&floats(&image), &floats(&weight));
    let bias = floats(&bias);
    for (at, found) in output.view().indexed_iter() {
        let expected = expected[[at[3], at[2], at[1]]] + bias[[at[1]]];
        assert!((found - expected).abs() < 1e-5, "{found} is not {expected}");
    }

    let mut cross: Conv2d<Nd> = Conv2dConfig::new([2, 4], [2, 3]).init(DEVICE);
    cross.load_from(&mut store.with_from_adapter(FluxToBurnAdapter::cross_correlation())).unwrap();
    let weight = floats(&weight);
    for (at, found) in cross.weight.view().indexed_iter() {
        assert_eq!(*found, weight[[at[3], at[2], at[1], at[0]]]);
    }
}

#[test]
fn layers_load_from_the_fields_of_a_state() {
    #[derive(Module)]
    struct Net<B: Backend> {
        layers: (Conv1d<B>, BatchNorm<B>, LayerNorm<B>, Embedding<B>, Linear<B>),
    }
    let net = || Net::<Nd> {
        layers: (
            Conv1dConfig::new(2, 3, 4).with_bias(false).init(DEVICE),
            BatchNormConfig::new(3).init(DEVICE),
            LayerNormConfig::new(5).init(DEVICE),
            EmbeddingConfig::new(7, 4).init(DEVICE),
            LinearConfig::new(3, 2).init(DEVICE),
        ),
    };
    let flag = |value: u8| TensorData::scalar(value);
    let tensors = || {
        vec![
            ("layers.0.weight", numbers(&[4, 2, 3])),
            ("layers.0.stride.0", TensorData::scalar(1i64)),
            ("layers.1.β", numbers(&[3])),
            ("layers.1.γ", numbers(&[3])),
            ("layers.1.μ", numbers(&[3])),
            ("layers.1.σ²", numbers(&[3])),
            ("layers.1.ϵ", TensorData::scalar(1e-5f32)),
            ("layers.1.affine", flag(1)),
            ("layers.2.diag.scale", numbers(&[5])),
            ("layers.2.diag.bias", numbers(&[5])),
            ("layers.3.weight", numbers(&[4, 7])),
            ("layers.4.weight", numbers(&[2, 3])),
            // `Dense(3 => 2; bias = false)`.
            ("layers.4.bias", flag(0)),
        ]
    };
    let mut model = net();
    let result = model.load_from(&mut state(tensors())).unwrap_or_else(|error| panic!("{error}"));
    assert!(result.unused.is_empty() && result.dropped.len() == 4, "{result}");
    let (conv, batch, layer, embedding, linear) = &model.layers;
    let weight = floats(&numbers(&[4, 2, 3]));
    assert!(conv.weight.view().indexed_iter().all(|(at, found)| *found == weight[[3 - at[2], at[1], at[0]]]));
    assert_eq!(batch.running_var.to_data(), numbers(&[3]));
    assert_eq!(layer.gamma.to_data(), numbers(&[5]));
    let weight = floats(&numbers(&[4, 7]));
    assert!(embedding.weight.view().indexed_iter().all(|(at, found)| *found == weight[[at[1], at[0]]]));
    assert_eq!(linear.bias.as_ref().unwrap().elements(), [0.0, 0.0]);

    // And back: what is written has Flux's names and shapes.
    let mut store = FluxStore::from_bytes(None);
    model.save_into(&mut store).unwrap();
    let written = store.get_snapshot("layers.1.weight").unwrap().unwrap();
    assert_eq!(written.to_data().unwrap(), numbers(&[4, 2, 3]));
    let mut same = net();
    same.load_from(&mut store).unwrap();
    let all = |net: &Net<Nd>| -> Vec<(String, TensorData)> {
        net.state_dict().unwrap().iter().map(|(path, data)| (path.to_string(), data.clone())).collect()
    };
    assert_eq!(all(&same), all(&model));
    // Whatever opens files of any format tells them from Keras' HDF5, whose kernels are not turned around; Keras' own store refuses them.
    let mut opened = net();
    opened.load_from(&mut AnyStore::from_bytes(store.get_bytes().unwrap())).unwrap();
    assert_eq!(all(&opened), all(&model));
    let error = net().load_from(&mut KerasStore::from_bytes(store.get_bytes().unwrap())).unwrap_err();
    assert!(error.to_string().contains("FluxStore"), "{error}");
    // A number that is no `false` is no bias, and `false` stands for a bias alone.
    let with = |name: &'static str, data: TensorData| {
        let kept = tensors().into_iter().filter(|(other, _)| *other != name);
        kept.chain([(name, data)]).collect::<Vec<_>>()
    };
    assert!(net().load_from(&mut state(with("layers.4.bias", flag(1)))).is_err());
    for name in ["layers.0.weight", "layers.1.γ", "layers.1.μ", "layers.1.σ²", "layers.2.diag.scale", "layers.4.weight"]
    {
        assert!(net().load_from(&mut state(with(name, flag(0)))).is_err(), "{name}");
    }
}

#[test]
fn a_transposed_convolution_comes_back() {
    let conv: ConvTranspose2d<Nd> = ConvTranspose2dConfig::new([3, 2], [2, 4]).init(DEVICE);
    let mut store = FluxStore::from_bytes(None);
    conv.save_into(&mut store).unwrap();
    // `(width, height, out, in)`.
    assert_eq!(store.get_snapshot("weight").unwrap().unwrap().shape, [4, 2, 2, 3]);
    let mut same: ConvTranspose2d<Nd> = ConvTranspose2dConfig::new([3, 2], [2, 4]).init(DEVICE);
    same.load_from(&mut store).unwrap();
    assert_eq!(same.weight.to_data(), conv.weight.to_data());
}

#[test]
fn plain_hdf5_has_julias_axes_the_other_way_round() {
    let mut list = TensorList::default();
    list.push("layers.0.weight", numbers(&[2, 3]));
    let mut bytes = Vec::new();
    write_plain(&list, &BTreeMap::new(), &mut bytes).unwrap();
    let budget = Budget::new(Limits::default(), bytes.len() as u64);
    let source = Arc::new(Bytes::from(bytes));
    let file = vellum::format::hdf5::Hdf5File::open(source.clone(), &budget).unwrap();
    // The bytes of a dataset `[3, 2]` are those of Julia's matrix `(2, 3)` in its order, column by column.
    let data = file.read(0).unwrap();
    let [a, b, c, d, e, f] = numbers(&[2, 3]).to_vec::<f32>().unwrap()[..] else { panic!("six") };
    assert_eq!((file.tensors()[0].name.as_str(), data.shape().dims()), ("layers/1/weight", &[3, 2][..]));
    assert_eq!(data.as_slice::<f32>().unwrap(), [a, d, b, e, c, f]);
    let read = open_plain(source, &budget).unwrap();
    assert_eq!((read.tensors()[0].name.as_str(), read.read(0).unwrap()), ("layers.1.weight", numbers(&[2, 3])));
}

#[test]
fn a_number_that_is_written_otherwise_is_a_name_and_no_place() {
    let names = ["layers.0.weight", "layers.01.weight", "layers.+1.weight"];
    let mut list = TensorList::default();
    for name in names {
        list.push(name, numbers(&[2]));
    }
    let mut bytes = Vec::new();
    write_plain(&list, &BTreeMap::new(), &mut bytes).unwrap();
    let budget = Budget::new(Limits::default(), bytes.len() as u64);
    let read = open_plain(Arc::new(Bytes::from(bytes)), &budget).unwrap();
    let mut listed: Vec<&str> = read.tensors().iter().map(|entry| entry.name.as_str()).collect();
    listed.sort_unstable();
    assert_eq!(listed, ["layers.+1.weight", "layers.01.weight", "layers.1.weight"]);
    let mut found: Vec<&str> = read.model_names().unwrap().iter().flatten().map(String::as_str).collect();
    found.sort_unstable();
    assert_eq!(found, ["layers.+1.weight", "layers.0.weight", "layers.01.weight"]);
}

#[test]
fn plain_hdf5_tells_what_is_refused_of_it() {
    let bytes = fixture_bytes("hdf5/latest.h5");
    let budget = Budget::new(Limits::default(), bytes.len() as u64);
    let read = open_plain(Arc::new(Bytes::from(bytes)), &budget).unwrap();
    let refused: Vec<&str> = read.refusals().iter().map(|(name, _)| name.as_str()).collect();
    for name in ["circle.up", "outside", "soft"] {
        assert!(refused.contains(&name), "{refused:?}");
    }
}

#[test]
fn a_key_with_a_place_is_the_one_that_the_file_lists() {
    let list = |values: [f32; 2]| TensorData::from_vec(values.to_vec(), [1, 2]).unwrap();
    let two = || state(vec![("models.0.weight", list([1.0, 2.0])), ("models.1.weight", list([3.0, 4.0]))]);
    assert_eq!(two().keys().unwrap(), ["models.1.weight", "models.2.weight"]);
    for (key, expected) in [("models.1", [1.0, 2.0]), ("models.2", [3.0, 4.0])] {
        let mut dense: Linear<Nd> = LinearConfig::new(2, 1).with_bias(false).init(DEVICE);
        dense.load_from(&mut two().with_top_level_key(key)).unwrap();
        assert_eq!(dense.weight.elements(), expected);
    }
}
