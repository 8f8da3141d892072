//! Stores: every call chain of Burn's guide, and what it must do; then what Burn's stores do wrong.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use ndarray::{Array1, Array2, array};
use vellum::backend::{Backend, NdArray};
use vellum::format::TensorList;
use vellum::format::keras::write_weights;
use vellum::nn::{Linear, LinearConfig};
use vellum::store::{
    AnyStore, BurnToPyTorchAdapter, BurnpackStore, FloatCastAdapter, HalfPrecisionAdapter, KerasStore, KeyRemapper,
    ModuleAdapter, ModuleSnapshot, ModuleStore, PathFilter, PyTorchToBurnAdapter, PytorchStore, SafetensorsStore,
    Store,
};
use vellum::{
    Buffer, DType, Device, Error, ErrorKind, LoadPolicy, Module, Param, Provenance, Severity, TensorData, Tied,
};
use vellum_tests::fixture;

type Nd = NdArray<f32>;

#[derive(Debug, Module)]
struct Part<B: Backend> {
    first: Linear<B>,
    second: Linear<B>,
}

impl<B: Backend> Part<B> {
    fn new(device: &B::Device) -> Self {
        Self {
            first: LinearConfig::new(3, 4).init(device),
            second: LinearConfig::new(4, 2).with_bias(false).init(device),
        }
    }
}

#[derive(Debug, Module)]
struct Coder<B: Backend> {
    encoder: Part<B>,
    decoder: Part<B>,
    scale: Param<Array1<f32>>,
    steps: Buffer<Array1<i64>>,
}

fn coder() -> Coder<Nd> {
    let device = Device::default();
    Coder {
        encoder: Part::new(&device),
        decoder: Part::new(&device),
        scale: Param::new(array![0.5, -0.25]),
        steps: Buffer::new(array![7]),
    }
}

fn values(model: &impl Module) -> BTreeMap<String, TensorData> {
    let state = model.state_dict().unwrap();
    state.iter().map(|(path, data)| (path.to_string(), data.clone())).collect()
}

fn names(model: &impl Module) -> Vec<String> {
    values(model).into_keys().collect()
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

/// Saves a model as SafeTensors.
fn saved(folder: &Folder, name: &str, model: &impl Module) -> PathBuf {
    let path = folder.path(name);
    model.save_into(&mut SafetensorsStore::from_file(&path)).unwrap();
    path
}

// The guide's chains, section by section.

#[test]
fn quick_start() -> Result<(), Error> {
    let folder = Folder::new();
    let model = coder();
    let mut store = BurnpackStore::from_file(folder.path("model.bpk"))
        .metadata("version", "1.0")
        .metadata("description", "My trained model");
    model.save_into(&mut store)?;
    let mut other = coder();
    let mut store = BurnpackStore::from_file(folder.path("model.bpk"));
    other.load_from(&mut store)?;
    assert_eq!(values(&model), values(&other));
    assert_eq!(model.encoder.first.weight.id(), other.encoder.first.weight.id());
    assert_eq!(store.read_metadata()?["version"], "1.0");

    let mut store = SafetensorsStore::from_file(folder.path("model.safetensors"));
    model.save_into(&mut store)?;
    let mut other = coder();
    let mut store = SafetensorsStore::from_file(folder.path("model.safetensors"));
    let result = other.load_from(&mut store)?;
    assert_eq!(values(&model), values(&other));
    assert!(result.is_success() && result.applied.len() == 8 && result.missing.is_empty() && result.unused.is_empty());
    Ok(())
}

#[test]
fn pytorch_and_nested_state_dicts() -> Result<(), Error> {
    #[derive(Module)]
    struct Mlp<B: Backend> {
        fc1: Linear<B>,
        fc2: Linear<B>,
        fc3: Linear<B>,
    }
    let device = Device::default();
    let new = || Mlp::<Nd> {
        fc1: LinearConfig::new(64, 48).init(&device),
        fc2: LinearConfig::new(48, 32).init(&device),
        fc3: LinearConfig::new(32, 10).init(&device),
    };
    let mut model = new();
    let mut store = PytorchStore::from_file(fixture("pytorch/mlp_state_dict.pt"));
    model.load_from(&mut store)?;

    let mut nested = new();
    let mut store = PytorchStore::from_file(fixture("pytorch/mlp_checkpoint.pt"))
        .with_top_level_key("model_state_dict")
        .allow_partial(true);
    let result = nested.load_from(&mut store)?;
    assert_eq!(result.applied.len(), 6);

    let mut parallel = new();
    let mut store = PytorchStore::from_file(fixture("pytorch/mlp_dataparallel.pth.tar"))
        .with_top_level_key("state_dict")
        .with_key_remapping(r"^module\.", "");
    parallel.load_from(&mut store)?;
    assert_eq!(values(&model), values(&parallel));

    let error = PytorchStore::from_file(fixture("pytorch/mlp_checkpoint.pt"))
        .with_top_level_key("state_dict")
        .keys()
        .unwrap_err()
        .to_string();
    assert!(error.contains("`state_dict`") && error.contains("model_state_dict"), "{error}");
    Ok(())
}

#[test]
fn safetensors_of_pytorch_and_saving_for_it() -> Result<(), Error> {
    let folder = Folder::new();
    let model = coder();
    let mut store = SafetensorsStore::from_file(folder.path("for_pytorch.safetensors"))
        .with_to_adapter(BurnToPyTorchAdapter)
        .skip_enum_variants(true);
    model.save_into(&mut store)?;
    assert_eq!(store.get_snapshot("encoder.first.weight")?.unwrap().shape, [4, 3]);
    assert_eq!(store.read_metadata()?["format"], "pt");

    let mut other = coder();
    let mut store = SafetensorsStore::from_file(folder.path("for_pytorch.safetensors"))
        .with_from_adapter(PyTorchToBurnAdapter)
        .skip_enum_variants(true)
        .allow_partial(true);
    let result = other.load_from(&mut store)?;
    assert!(result.unused.is_empty());
    assert_eq!(values(&model), values(&other));

    let mut store = PytorchStore::from_file(folder.path("model.pt"));
    model.save_into(&mut store)?;
    let mut other = coder();
    // Asked for twice, a translation is done once.
    other.load_from(&mut PytorchStore::from_file(folder.path("model.pt")).with_from_adapter(PyTorchToBurnAdapter))?;
    assert_eq!(values(&model), values(&other));
    Ok(())
}

#[test]
fn load_results() -> Result<(), Error> {
    let folder = Folder::new();
    let path = saved(&folder, "model.safetensors", &coder());
    let mut model = (coder(), Param::new(array![1.0f32]));
    let mut store = SafetensorsStore::from_file(&path).with_key_remapping("^", "0.").allow_partial(true);
    let result = model.load_from(&mut store)?;
    println!("{result}");
    println!("Applied: {} tensors", result.applied.len());
    println!("Missing: {:?}", result.missing);
    println!("Errors: {:?}", result.errors);
    assert!(result.is_success());
    assert_eq!((result.applied.len(), result.missing, result.skipped.len()), (8, vec!["1".to_string()], 0));
    assert_eq!(result.provenance["1"], Provenance::Kept);
    assert_eq!(result.provenance["0.scale"], Provenance::File(vec!["scale".into()]));

    let mut store = SafetensorsStore::from_file(&path).with_key_remapping("^", "0.");
    match model.load_from(&mut store) {
        Ok(result) => panic!("{result}"),
        Err(error) => {
            let text = error.to_string();
            assert!(text.contains("model.safetensors") && text.contains("`1`"), "{text}");
            let result = error.load_result().unwrap();
            assert_eq!((result.missing.len(), result.applied.len()), (1, 0));
        }
    }
    Ok(())
}

#[test]
fn metadata() -> Result<(), Error> {
    let mut store = BurnpackStore::from_bytes(None)
        .metadata("version", "1.0")
        .metadata("description", "My trained model")
        .metadata("epochs", "100");
    coder().save_into(&mut store)?;
    let metadata = store.read_metadata()?;
    assert_eq!((metadata["epochs"].as_str(), metadata["version"].as_str()), ("100", "1.0"));
    assert_eq!(metadata["producer"], "vellum");
    let mut store = SafetensorsStore::from_bytes(None).metadata("a", "b").clear_metadata().metadata("c", "d");
    coder().save_into(&mut store)?;
    assert_eq!(store.read_metadata()?.keys().collect::<Vec<_>>(), ["c"]);
    let error = coder().save_into(&mut PytorchStore::from_bytes(None).metadata("a", "b")).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Unrepresentable { .. }), "{error}");
    Ok(())
}

#[test]
fn nothing_is_saved_under_the_extension_of_another_form() {
    let folder = Folder::new();
    let errors = [
        coder().save_into(&mut vellum::store::NpzStore::from_file(folder.path("a.npy"))).unwrap_err(),
        coder().save_into(&mut KerasStore::from_file(folder.path("a.Keras"))).unwrap_err(),
    ];
    for error in errors {
        assert!(matches!(error.kind(), ErrorKind::Argument { .. }) && error.file().is_some(), "{error}");
    }
    assert!(!folder.path("a.npy").exists() && !folder.path("a.Keras").exists());
}

#[test]
fn remapping() -> Result<(), Error> {
    let folder = Folder::new();
    let old = vec![(Param::new(array![1.0f32]), Param::new(array![2.0f32]))];
    let path = saved(&folder, "model.safetensors", &old);
    let mut new = BTreeMap::from([(
        "layer0".to_string(),
        BTreeMap::from([
            ("attention".to_string(), Param::new(array![0.0f32])),
            ("bias".to_string(), Param::new(array![0.0f32])),
        ]),
    )]);
    let remapper = KeyRemapper::new().add_pattern(r"^(\d+)\.", "layer$1.")?.add_pattern(r"\.0$", ".attention")?;
    let mut store = SafetensorsStore::from_file(&path).remap(remapper).with_key_remapping(r"\.1$", ".bias");
    assert_eq!(store.keys()?, ["layer0.attention", "layer0.bias"]);
    new.load_from(&mut store)?;
    assert_eq!(**new["layer0"]["bias"], array![2.0]);

    // On the way out the module's names are renamed.
    let mut store = SafetensorsStore::from_bytes(None).with_remap_pattern("^layer0", "h.0");
    new.save_into(&mut store)?;
    let bytes = store.get_bytes()?;
    assert_eq!(SafetensorsStore::from_bytes(Some(bytes)).keys()?, ["h.0.attention", "h.0.bias"]);
    Ok(())
}

#[test]
fn partial_loading_and_filtering() -> Result<(), Error> {
    let folder = Folder::new();
    let model = coder();
    let path = saved(&folder, "model.safetensors", &model);
    let mut store = SafetensorsStore::from_file(folder.path("encoder.safetensors"))
        .with_regex(r"^encoder\..*")
        .metadata("subset", "encoder_only");
    model.save_into(&mut store)?;
    assert_eq!(store.keys()?.len(), 3);

    let mut other = coder();
    let before = values(&other);
    let mut store =
        SafetensorsStore::from_file(&path).with_regex(r"^encoder\..*").with_regex(r".*\.bias$").with_full_path("scale");
    let result = other.load_from(&mut store)?;
    assert_eq!(result.applied.len(), 5);
    assert_eq!(result.skipped, ["decoder.first.weight", "decoder.second.weight", "steps"]);
    assert!(result.unused.is_empty(), "what the filter leaves out is not without a use");
    let (after, whole) = (values(&other), values(&model));
    for name in names(&model) {
        let expected = if result.skipped.contains(&name) { &before } else { &whole };
        assert_eq!(after[&name], expected[&name], "{name}");
    }

    let mut store = SafetensorsStore::from_file(&path)
        .with_predicate(|_path, container| container.split('.').next_back() == Some("Linear"));
    assert_eq!(coder().load_from(&mut store)?.applied.len(), 6);
    let mut store = SafetensorsStore::from_file(folder.path("encoder.safetensors")).allow_partial(true);
    let result = coder().load_from(&mut store)?;
    assert_eq!((result.applied.len(), result.missing.len()), (3, 5));
    let mut store = SafetensorsStore::from_file(&path)
        .filter(PathFilter::new().with_full_paths(["scale", "steps"]))
        .with_regexes(["^encoder"]);
    assert_eq!(coder().load_from(&mut store)?.applied.len(), 5);
    assert_eq!(
        coder().load_from(&mut SafetensorsStore::from_file(&path).with_regex("^a$").match_all())?.applied.len(),
        8
    );
    Ok(())
}

#[test]
fn non_contiguous_indices() -> Result<(), Error> {
    #[derive(Module)]
    struct Net<B: Backend> {
        fc: Vec<Linear<B>>,
    }
    let device = Device::default();
    let new = || {
        let layer = |i, o| LinearConfig::new(i, o).init(&device);
        Net::<Nd> { fc: vec![layer(64, 40), layer(40, 20), layer(20, 10)] }
    };
    let path = fixture("pytorch_layers/sequential_gaps.pt");
    let result = new().load_from(&mut PytorchStore::from_file(&path))?;
    assert_eq!((result.applied.len(), result.renumbered.len()), (6, 4));
    assert!(result.renumbered.contains(&("fc.4.weight".into(), "fc.2.weight".into())));
    assert!(new().load_from(&mut PytorchStore::from_file(&path).map_indices_contiguous(false)).is_err());
    assert!(new().load_from(&mut PytorchStore::from_file(&path).map_indices_contiguous_except("^fc")).is_err());

    // A part of a model is not a model with gaps.
    let folder = Folder::new();
    let full = new();
    let mut store = SafetensorsStore::from_file(folder.path("last.safetensors")).with_regex(r"^fc\.2\.");
    full.save_into(&mut store)?;
    let mut other = new();
    let result = other.load_from(&mut store.allow_partial(true).map_indices_contiguous(true).match_all())?;
    assert_eq!((result.applied, result.renumbered.len()), (vec!["fc.2.weight".into(), "fc.2.bias".into()], 0));
    Ok(())
}

#[test]
fn zero_copy() -> Result<(), Error> {
    let folder = Folder::new();
    let model = vec![Param::new(TensorData::from_vec(vec![1.0f32; 64], [64])?)];
    let path = folder.path("large_model.bpk");
    model.save_into(&mut BurnpackStore::from_file(&path))?;
    let bytes: &'static [u8] = fs::read(&path).unwrap().leak();

    let mut other = vec![Param::new(TensorData::from_vec(vec![0.0f32; 64], [64])?)];
    other.load_from(&mut BurnpackStore::from_static(bytes))?;
    assert!(bytes.as_ptr_range().contains(&other[0].bytes().as_ptr()), "shared, not copied");
    other.load_from(&mut BurnpackStore::from_file(&path).zero_copy(true))?;
    assert_eq!(other[0].as_slice::<f32>()?, [1.0; 64]);
    other.load_from(&mut BurnpackStore::from_bytes(Some(bytes.to_vec())).zero_copy(true))?;
    Ok(())
}

#[test]
fn half_precision() -> Result<(), Error> {
    let folder = Folder::new();
    let mut model = coder();
    for weight in [&mut model.encoder.first.weight, &mut model.decoder.first.weight] {
        weight.set(vellum::backend::Tensor::full([3, 4], 0.1, Device::default()));
    }
    let adapter = HalfPrecisionAdapter::new();
    let mut store = BurnpackStore::from_file(folder.path("model_f16.bpk")).with_to_adapter(adapter.clone());
    model.save_into(&mut store)?;
    assert_eq!(store.get_snapshot("encoder.first.weight")?.unwrap().dtype, DType::F16);
    assert_eq!(store.get_snapshot("scale")?.unwrap().dtype, DType::F32, "not in a layer");
    let mut store = BurnpackStore::from_file(folder.path("model_f16.bpk")).with_from_adapter(adapter);
    let result = model.load_from(&mut store)?;
    assert_eq!(result.converted.len(), 6);
    assert_eq!(model.encoder.first.weight.elements()[0], half::f16::from_f32(0.1).to_f32());

    let mut store = SafetensorsStore::from_bytes(None)
        .with_to_adapter(HalfPrecisionAdapter::new().without_module("Linear").with_module("Coder"));
    model.save_into(&mut store)?;
    assert_eq!(store.get_snapshot("encoder.first.weight")?.unwrap().dtype, DType::F32);
    assert_eq!(store.get_snapshot("scale")?.unwrap().dtype, DType::F16);
    let mut store = SafetensorsStore::from_bytes(None)
        .with_to_adapter(BurnToPyTorchAdapter.chain(FloatCastAdapter::to(DType::BF16)));
    model.save_into(&mut store)?;
    let snapshot = store.get_snapshot("encoder.first.weight")?.unwrap();
    assert_eq!((snapshot.dtype, &snapshot.shape), (DType::BF16, &[4, 3].try_into()?));
    Ok(())
}

#[test]
fn direct_access() -> Result<(), Error> {
    let store = PytorchStore::from_file(fixture("pytorch/mlp_state_dict.pt"));
    let names = store.keys()?;
    assert_eq!(names, ["fc1.bias", "fc1.weight", "fc2.bias", "fc2.weight", "fc3.bias", "fc3.weight"]);
    for (name, snapshot) in store.get_all_snapshots()? {
        println!("{}: {:?} {:?}", name, snapshot.shape, snapshot.dtype);
    }
    if let Some(snapshot) = store.get_snapshot("fc1.weight")? {
        println!("Shape: {:?}, DType: {:?}", snapshot.shape, snapshot.dtype);
        assert_eq!(snapshot.to_data()?.shape(), &snapshot.shape);
    }
    assert!(store.get_snapshot("nothing")?.is_none());
    let dynamic: &dyn ModuleStore = &store;
    assert_eq!(dynamic.keys()?.len(), 6);
    Ok(())
}

#[test]
fn model_surgery() -> Result<(), Error> {
    let (model1, mut model2) = (coder(), coder());
    let snapshots = model1.collect(None, None, false);
    let result = model2.apply(snapshots, None, None, false);
    assert!(result.is_success() && result.applied.len() == 8);
    assert_eq!(values(&model1), values(&model2));

    let mut model2 = coder();
    let decoder = values(&model2)["decoder.first.weight"].clone();
    let filter = PathFilter::new().with_regex(r"^encoder\..*");
    let snapshots = model1.collect(Some(filter.clone()), None, false);
    let result = model2.apply(snapshots, Some(filter), None, false);
    assert_eq!((result.applied.len(), result.skipped.len()), (3, 5));
    assert_eq!(values(&model2)["decoder.first.weight"], decoder);

    let mut snapshots = model1.collect(None, None, false);
    for snapshot in &mut snapshots {
        snapshot.full_path = snapshot.full_path.replace("encoder.", "0.encoder.");
    }
    let mut wrapped = vec![coder()];
    let result = wrapped.apply(snapshots, None, None, false);
    assert_eq!((result.applied.len(), result.missing.len()), (3, 5));

    let (base, special) = (coder(), coder());
    let mut merged = Vec::new();
    merged.extend(base.collect(None, None, false));
    merged.extend(special.collect(Some(PathFilter::new().with_regex(r"^encoder\..*")), None, false));
    let mut target = coder();
    target.apply(merged, None, None, false);
    assert_eq!(values(&target)["encoder.first.weight"], values(&special)["encoder.first.weight"]);
    assert_eq!(values(&target)["decoder.first.weight"], values(&base)["decoder.first.weight"]);

    // Whole sub-trees, and the same model as before.
    let before = target.collect(None, None, false);
    target.encoder.apply(model1.encoder.collect(None, None, false), None, None, false);
    assert_eq!(values(&target.encoder), values(&model1.encoder));
    target.apply(before, None, None, false);
    assert_eq!(values(&target)["encoder.first.weight"], values(&special)["encoder.first.weight"]);
    Ok(())
}

#[test]
fn the_table_of_builder_methods() -> Result<(), Error> {
    let mut store = PytorchStore::from_bytes(None)
        .with_regex("weight$")
        .with_full_path("scale")
        .with_predicate(|path, _| path.ends_with("bias"))
        .with_key_remapping("^encoder", "enc")
        .remap(KeyRemapper::from_patterns([("^decoder", "dec")])?)
        .with_from_adapter(PyTorchToBurnAdapter)
        .with_to_adapter(BurnToPyTorchAdapter)
        .allow_partial(false)
        .skip_enum_variants(true)
        .map_indices_contiguous(true)
        .overwrite(true)
        .validate(true)
        .zero_copy(true);
    coder().save_into(&mut store)?;
    assert_eq!(store.keys()?.len(), 7);
    Ok(())
}

// What Burn's stores do wrong.

#[test]
fn a_load_that_fails_at_any_tensor_leaves_the_model_as_it_was() {
    let model = coder();
    for name in names(&model) {
        for fault in ["missing", "shape", "kind", "data"] {
            let mut snapshots = model.collect(None, None, false);
            let at = snapshots.iter().position(|snapshot| snapshot.full_path == name).unwrap();
            let old = snapshots.remove(at);
            let replaced = match fault {
                "missing" => None,
                "shape" => Some(TensorData::from_vec(vec![1.0f32; 3], [3, 1]).unwrap()),
                "kind" => Some(TensorData::from_vec(vec![true; old.shape.num_elements()], old.shape.dims()).unwrap()),
                // Beyond the range of what the module holds.
                _ if old.dtype == DType::I64 => {
                    Some(TensorData::from_vec(vec![u64::MAX; old.shape.num_elements()], old.shape.dims()).unwrap())
                }
                _ => Some(TensorData::from_vec(vec![1e300f64; old.shape.num_elements()], old.shape.dims()).unwrap()),
            };
            let data: Vec<(String, TensorData)> = snapshots
                .iter()
                .map(|snapshot| (snapshot.full_path.clone(), snapshot.to_data().unwrap()))
                .chain(replaced.map(|data| (name.clone(), data)))
                .collect();
            let mut bytes = Vec::new();
            let mut list = TensorList::default();
            data.into_iter().for_each(|(name, data)| list.push(name, data));
            vellum::format::safetensors::Writer::new().write(&list, &mut bytes).unwrap();

            let mut other = coder();
            let before = values(&other);
            let error = other.load_from(&mut SafetensorsStore::from_bytes(bytes)).unwrap_err();
            let result = error.load_result().unwrap_or_else(|| panic!("{error}"));
            assert!(!result.is_success() && result.applied.is_empty(), "{result}");
            assert_eq!(result.errors[0].path().to_string(), name, "{fault}");
            assert_eq!(values(&other), before, "{fault} at {name}");
        }
    }
}

#[test]
fn a_malformed_pattern_is_an_error_and_not_another_filter() {
    let model = coder();
    let mut store = SafetensorsStore::from_bytes(None).with_regex("(").with_regex("also [");
    let error = model.save_into(&mut store).unwrap_err().to_string();
    assert!(error.contains("`(` is not a regular expression"), "{error}");
    assert!(store.load_error(&mut coder()).contains("`(`"));
    assert!(SafetensorsStore::from_bytes(None).with_key_remapping("a", "$1").keys().is_err());
    assert!(SafetensorsStore::from_bytes(None).try_with_regex("(").is_err());
    let filter = PathFilter::new().with_regex("(");
    let snapshots = model.collect(Some(filter.clone()), None, false);
    let mut other = coder();
    let before = values(&other);
    let result = other.apply(snapshots, None, None, false);
    assert!(!result.is_success() && result.to_string().contains("`(`"), "{result}");
    assert_eq!(values(&other), before);
    assert!(model.try_collect(Some(filter), None, false).is_err());
}

trait LoadError {
    fn load_error(&mut self, model: &mut Coder<Nd>) -> String;
}

impl LoadError for SafetensorsStore {
    fn load_error(&mut self, model: &mut Coder<Nd>) -> String {
        model.load_from(self).unwrap_err().to_string()
    }
}

#[test]
fn two_tensors_under_one_name_are_an_error_in_both_directions() {
    let folder = Folder::new();
    let path = saved(&folder, "m.safetensors", &vec![Param::new(array![1.0f32]), Param::new(array![2.0f32])]);
    let store = SafetensorsStore::from_file(&path).with_key_remapping(r"\d", "x");
    assert!(store.keys().unwrap_err().to_string().contains("`0` and `1`"));
    let model = vec![Param::new(array![1.0f32]), Param::new(array![2.0f32])];
    let mut store = SafetensorsStore::from_bytes(None).with_key_remapping(r"\d", "x");
    assert!(model.save_into(&mut store).unwrap_err().to_string().contains("`0` and `1`"));
}

#[test]
fn a_struct_that_is_only_called_linear_is_not_transposed() -> Result<(), Error> {
    mod own {
        use super::{Array2, Module, Param};

        #[derive(Module)]
        pub(super) struct Linear {
            pub(super) weight: Param<Array2<f32>>,
        }
    }
    let model = own::Linear { weight: Param::new(array![[1.0, 2.0, 3.0]]) };
    let mut store = PytorchStore::from_bytes(None);
    model.save_into(&mut store)?;
    assert_eq!(store.get_snapshot("weight")?.unwrap().shape, [1, 3]);
    Ok(())
}

#[test]
fn the_policy_treats_each_difference_alike() -> Result<(), Error> {
    let folder = Folder::new();
    let file = vec![Param::new(array![1.0f32, 2.0]), Param::new(array![3.0f32])];
    let path = saved(&folder, "m.safetensors", &file);
    let load = |policy: LoadPolicy, validate: bool| {
        let mut model = (Param::new(array![0.0f32, 0.0, 0.0]), Param::new(array![0.0f64]), Param::new(array![9.0f32]));
        let mut store = SafetensorsStore::from_file(&path).policy(policy).validate(validate);
        let result = model.load_from(&mut store);
        (result, *model.1.val().first().unwrap())
    };
    let warn =
        LoadPolicy { missing: Severity::Warn, shape: Severity::Warn, dtype: Severity::Warn, ..LoadPolicy::default() };
    let (result, value) = load(warn, true);
    let result = result?;
    assert_eq!((result.warnings.len(), result.applied.len(), value), (3, 1, 3.0));
    let (result, value) = load(LoadPolicy::strict(), true);
    let kinds: Vec<&str> =
        result.as_ref().unwrap_err().load_result().unwrap().errors.iter().map(|e| e.kind()).collect();
    assert_eq!((kinds, value), (vec!["missing", "shape", "dtype"], 0.0));
    let (result, value) = load(LoadPolicy { missing: Severity::Allow, ..LoadPolicy::default() }, false);
    let result = result?;
    assert!(!result.is_success(), "what was not done is told");
    assert_eq!((result.errors[0].kind(), value), ("shape", 3.0));

    let kinds = LoadPolicy { kind: Severity::Allow, ..LoadPolicy::default() };
    let mut model = vec![Param::new(array![0i64, 0]), Param::new(array![0i64])];
    model.load_from(&mut SafetensorsStore::from_file(&path).policy(kinds))?;
    assert_eq!(*model[0], array![1, 2]);
    assert!(model.load_from(&mut SafetensorsStore::from_file(&path)).is_err());
    Ok(())
}

#[test]
fn ties_are_written_once_and_tied_again() -> Result<(), Error> {
    let folder = Folder::new();
    let tied = |x: f32| {
        let first = Tied::new(Param::new(Array2::from_elem((64, 64), x)));
        vec![first.share(), first]
    };
    let model = tied(3.0);
    for name in ["t.safetensors", "t.bpk", "t.pt"] {
        let path = folder.path(name);
        match name.split_once('.').unwrap().1 {
            "bpk" => model.save_into(&mut BurnpackStore::from_file(&path))?,
            "pt" => model.save_into(&mut PytorchStore::from_file(&path))?,
            _ => model.save_into(&mut SafetensorsStore::from_file(&path))?,
        }
        let size = fs::metadata(&path).unwrap().len();
        assert!(size < 2 * 64 * 64 * 4, "{name} has {size} bytes");
        let mut other = tied(0.0);
        let result = other.load_from(&mut AnyStore::from_file(&path))?;
        assert_eq!(result.applied.len(), 2, "{name}");
        assert!(other[0].is_tied_to(&other[1]));
        assert_eq!(other[1].get().val()[[5, 5]], 3.0);
        // Untied in the module: both get their value, and the report shows that the file shares them.
        let mut apart = vec![Param::new(Array2::<f32>::zeros((64, 64))), Param::new(Array2::zeros((64, 64)))];
        let result = apart.load_from(&mut AnyStore::from_file(&path))?;
        assert_eq!((result.applied.len(), result.shared.len()), (2, 1), "{name}");
    }
    // Copies that differ are no tie; one copy is enough.
    let apart = vec![Param::new(Array2::from_elem((64, 64), 1.0f32)), Param::new(Array2::from_elem((64, 64), 2.0))];
    let path = saved(&folder, "apart.safetensors", &apart);
    let mut other = tied(0.0);
    let error = other.load_from(&mut SafetensorsStore::from_file(&path)).unwrap_err();
    assert_eq!(error.load_result().unwrap().errors[0].kind(), "untied");
    assert_eq!(other[0].get().val()[[0, 0]], 0.0);
    let mut store = SafetensorsStore::from_file(folder.path("one.safetensors")).with_full_path("1");
    apart.save_into(&mut store)?;
    other.load_from(&mut SafetensorsStore::from_file(folder.path("one.safetensors")))?;
    assert_eq!(other[0].get().val()[[0, 0]], 2.0);
    Ok(())
}

#[test]
fn files_are_opened_by_what_they_are() -> Result<(), Error> {
    let folder = Folder::new();
    let model = coder();
    let path = folder.path("weights.dat");
    model.save_into(&mut BurnpackStore::from_file(&path))?;
    assert_eq!(Store::open(&path)?.format_name()?, "burnpack");
    let error = SafetensorsStore::from_file(&path).keys().unwrap_err();
    assert_eq!(error.file(), Some(path.display().to_string().as_str()));
    let mut other = coder();
    model.save_into(&mut PytorchStore::from_file(folder.path("x")))?;
    let mut store = Store::open(folder.path("x"))?;
    other.load_from(&mut store)?;
    assert_eq!((store.format_name()?, values(&other)), ("pytorch", values(&model)));
    let error = Store::open(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::WrongFormat { .. }), "{error}");
    Ok(())
}

#[test]
fn a_file_is_replaced_only_if_it_may_be() -> Result<(), Error> {
    let folder = Folder::new();
    let path = saved(&folder, "m.safetensors", &coder());
    let error = coder().save_into(&mut SafetensorsStore::from_file(&path)).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::AlreadyExists), "{error}");
    coder().save_into(&mut SafetensorsStore::from_file(&path).overwrite(true))?;
    // The extension is given where there is none, and found again.
    coder().save_into(&mut BurnpackStore::from_file(folder.path("model")))?;
    assert!(folder.path("model.bpk").exists());
    coder().load_from(&mut BurnpackStore::from_file(folder.path("model")))?;
    Ok(())
}

#[test]
fn a_set_of_shards_is_saved_and_loaded_as_one() -> Result<(), Error> {
    let folder = Folder::new();
    let model = coder();
    let path = folder.path("model.safetensors");
    model.save_into(&mut SafetensorsStore::from_file(&path).max_shard_bytes(64))?;
    let mut other = coder();
    let mut store = SafetensorsStore::from_file(folder.path("model.safetensors.index.json"));
    assert_eq!(other.load_from(&mut store)?.applied.len(), 8);
    assert_eq!(values(&model), values(&other));
    assert!(!path.exists());
    // Saved again over it.
    coder().save_into(&mut SafetensorsStore::from_file(&path).max_shard_bytes(100).overwrite(true))?;
    other.load_from(&mut SafetensorsStore::from_file(folder.path("model.safetensors.index.json")))?;
    // Errors have the path of the shard: one that was changed, and one that is gone.
    let mut shards: Vec<PathBuf> = fs::read_dir(folder.path("")).unwrap().map(|entry| entry.unwrap().path()).collect();
    shards.retain(|path| path.extension().is_some_and(|extension| extension == "safetensors"));
    let last = shards.iter().max().unwrap();
    let mut bytes = fs::read(last).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(last, bytes).unwrap();
    let load = || coder().load_from(&mut SafetensorsStore::from_file(folder.path("model.safetensors.index.json")));
    let error = load().unwrap_err().to_string();
    let shown = format!("`scale`: {}: tensor `scale`: the digest is", last.display());
    assert!(error.contains(&shown), "{error}");
    fs::remove_file(last).unwrap();
    let error = load().unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Io { .. }) && error.file() == last.to_str(), "{error}");
    Ok(())
}

#[test]
fn a_near_name_is_shown_and_long_lists_are_grouped() {
    let folder = Folder::new();
    let path = saved(&folder, "m.safetensors", &coder());
    let mut model = coder();
    let mut store = SafetensorsStore::from_file(&path).with_key_remapping("scale", "scael");
    let error = model.load_from(&mut store).unwrap_err();
    assert!(error.to_string().contains("`scale`: the file has `scael`"), "{error}");
    let many: Vec<Vec<Param<Array1<f32>>>> =
        (0..3).map(|_| (0..20).map(|_| Param::new(array![1.0])).collect()).collect();
    let mut many = BTreeMap::from([("layers".to_string(), many)]);
    let error = many.load_from(&mut SafetensorsStore::from_file(&path)).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("`layers.1.*`: 20 tensors") && text.len() < 2000, "{text}");
    let value = error.load_result().unwrap().to_value();
    assert_eq!(value.get("success"), Some(&vellum::Value::Bool(false)));
}

#[test]
fn every_flipped_bit_refuses_the_load_or_changes_nothing() {
    let model = vec![Param::new(array![1.0f32, -2.0]), Param::new(array![3.0f32])];
    let mut store = SafetensorsStore::from_bytes(None);
    model.save_into(&mut store).unwrap();
    let bytes = store.get_bytes().unwrap();
    for bit in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let mut other = vec![Param::new(array![0.0f32, 0.0]), Param::new(array![0.0f32])];
        assert!(other.load_from(&mut SafetensorsStore::from_bytes(flipped)).is_err(), "bit {bit}");
        assert_eq!(*other[0], array![0.0, 0.0]);
    }
}

#[test]
fn rules_are_inferred_printed_and_applied_where_they_are_certain() -> Result<(), Error> {
    #[derive(Module)]
    struct Net<B: Backend> {
        input: Linear<B>,
        hidden: Linear<B>,
        output: Linear<B>,
    }
    let device = Device::default();
    let new = || Net::<Nd> {
        input: LinearConfig::new(64, 48).init(&device),
        hidden: LinearConfig::new(48, 32).init(&device),
        output: LinearConfig::new(32, 10).init(&device),
    };
    let mut expected = new();
    let mut store = PytorchStore::from_file(fixture("pytorch/mlp_state_dict.pt"))
        .with_key_remapping("^fc1", "input")
        .with_key_remapping("^fc2", "hidden")
        .with_key_remapping("^fc3", "output");
    expected.load_from(&mut store)?;

    for (file, key) in [
        ("pytorch/mlp_state_dict.pt", None),
        ("pytorch/mlp_checkpoint.pt", Some("model_state_dict")),
        ("pytorch/mlp_dataparallel.pth.tar", None),
        ("pytorch_layers/sequential_gaps.pt", None),
    ] {
        let store = || {
            let store = PytorchStore::from_file(fixture(file));
            if let Some(key) = key { store.with_top_level_key(key) } else { store }
        };
        let mut model = new();
        let before = values(&model);
        let error = model.load_from(&mut store()).unwrap_err();
        let gaps = file.ends_with("gaps.pt");
        assert_eq!(error.load_result().unwrap().remapping.is_some(), !gaps, "{error}");
        assert_eq!(values(&model), before);
        if gaps {
            assert!(model.load_from(&mut store().auto_remap(true)).is_err(), "other shapes");
            continue;
        }
        assert!(error.to_string().contains(".with_key_remapping(r\""), "{error}");
        let result = model.load_from(&mut store().auto_remap(true))?;
        assert!(result.remapping.as_ref().unwrap().applied && result.applied.len() == 6, "{result}");
        assert_eq!(values(&model), values(&expected), "{file}");
    }

    // Without an adapter the shapes show that one is wanted.
    let folder = Folder::new();
    let path = folder.path("m.safetensors");
    expected.save_into(&mut SafetensorsStore::from_file(&path).with_to_adapter(BurnToPyTorchAdapter))?;
    let error = new().load_from(&mut SafetensorsStore::from_file(&path)).unwrap_err();
    assert!(error.to_string().contains(".with_from_adapter(PyTorchToBurnAdapter)"), "{error}");
    let mut model = new();
    model.load_from(&mut SafetensorsStore::from_file(&path).auto_remap(true))?;
    assert_eq!(values(&model), values(&expected));

    // What could be otherwise is shown and not done.
    let two = vec![Param::new(array![1.0f32]), Param::new(array![2.0f32])];
    let path = folder.path("two.safetensors");
    let names = KeyRemapper::from_patterns([("0", "left"), ("1", "right")])?;
    two.save_into(&mut SafetensorsStore::from_file(&path).remap(names))?;
    let mut other = BTreeMap::from([("a".to_string(), two[0].clone()), ("b".to_string(), two[0].clone())]);
    let error = other.load_from(&mut SafetensorsStore::from_file(&path).auto_remap(true)).unwrap_err();
    let remapping = error.load_result().unwrap().remapping.as_ref().unwrap();
    assert!(remapping.ambiguous && !remapping.applied);
    Ok(())
}

#[test]
fn a_square_weight_of_pytorchs_is_not_taken_in_silence() -> Result<(), Error> {
    let new = || LinearConfig::new(3, 3).init::<Nd>(Device::default());
    let mut store = SafetensorsStore::from_bytes(None).with_to_adapter(BurnToPyTorchAdapter);
    new().save_into(&mut store)?;
    let result = new().load_from(&mut SafetensorsStore::from_bytes(store.get_bytes()?))?;
    assert!(result.notes[0].contains("PyTorchToBurnAdapter"), "{result}");
    // Nor under a name that is inferred.
    let renamed = SafetensorsStore::from_bytes(store.get_bytes()?).with_key_remapping("^", "module.");
    let result = new().load_from(&mut renamed.auto_remap(true))?;
    assert!(result.remapping.is_some() && result.notes[0].contains("PyTorchToBurnAdapter"), "{result}");
    let mut translated = SafetensorsStore::from_bytes(store.get_bytes()?).with_from_adapter(PyTorchToBurnAdapter);
    assert!(new().load_from(&mut translated)?.notes.is_empty());
    // Nor where the file does not say whose it is, and only the names can be told. What a file of ours has is as it lies.
    let bare = SafetensorsStore::from_bytes(None).with_to_adapter(BurnToPyTorchAdapter).clear_metadata();
    for (mut store, notes) in [(bare, 1), (SafetensorsStore::from_bytes(None), 0)] {
        new().save_into(&mut store)?;
        let renamed = SafetensorsStore::from_bytes(store.get_bytes()?).with_key_remapping("^", "module.");
        let result = new().load_from(&mut renamed.auto_remap(true))?;
        assert_eq!(result.notes.len(), notes, "{result}");
    }
    // Keras' weights lie as they do here: there is nothing to note.
    let mut weights = TensorList::default();
    weights.push("layers/dense/vars/0", TensorData::from_vec(vec![0.5f32; 9], [3, 3])?);
    weights.push("layers/dense/vars/1", TensorData::from_vec(vec![0.25f32; 3], [3])?);
    let mut bytes = Vec::new();
    write_weights(&weights, &mut bytes)?;
    let mut store = KerasStore::from_bytes(Some(bytes)).with_key_remapping("^", "module.").auto_remap(true);
    let result = new().load_from(&mut store)?;
    assert!(result.remapping.is_some() && result.notes.is_empty(), "{result}");
    Ok(())
}

#[test]
fn every_format_is_opened_by_its_content() -> Result<(), Error> {
    for (file, format) in [
        ("keras/cnn_functional.h5", "keras"),
        ("keras/cnn_functional.keras", "keras"),
        ("flux/siegl_flux_state_mymodel.jld2", "jld2"),
        ("flux/flux_mymodel.bson", "bson"),
        ("numpy/model.npz", "npz"),
        ("gguf/all_types.gguf", "gguf"),
        ("onnx/mlp_external.onnx", "onnx"),
        ("pytorch/mlp_state_dict_legacy.pt", "pytorch"),
        ("safetensors/mlp.safetensors", "safetensors"),
    ] {
        let store = Store::open(fixture(file))?;
        assert_eq!(store.format_name()?, format, "{file}");
        let keys = store.keys()?;
        assert!(!keys.is_empty(), "{file}");
        assert!(format != "keras" || keys.iter().all(|key| key.contains('/')), "{file}: {keys:?}");
        for snapshot in store.get_all_snapshots()?.values() {
            assert_eq!(snapshot.to_data()?.shape(), &snapshot.shape, "{file}");
        }
    }
    Ok(())
}
