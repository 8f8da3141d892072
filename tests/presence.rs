//! What Burn's layout leaves open and files of ours say: whether an option without state is there, how the weight of a linear layer lies.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;
use vellum::backend::{NdArray, Tensor};
use vellum::format::TensorFile;
use vellum::nn::{
    Dropout, DropoutConfig, Linear, LinearConfig, LinearLayout, LinearRecord, Relu, SwiGlu, SwiGluConfig,
};
use vellum::prelude::*;
use vellum::recorder::{
    BinBytesRecorder, BinFileRecorder, BinGzFileRecorder, FullPrecisionSettings, JsonGzFileRecorder,
    NamedMpkBytesRecorder, NamedMpkFileRecorder, NamedMpkGzFileRecorder, PrettyJsonFileRecorder, RecordFile,
};
use vellum::{Budget, Device, Limits, LoadReport};

type Full = FullPrecisionSettings;
type Layer = Linear<NdArray>;

/// Runs a generic check with each file recorder.
macro_rules! with_file_recorders {
    ($check:ident) => {
        $check(NamedMpkFileRecorder::<Full>::new());
        $check(NamedMpkGzFileRecorder::<Full>::new());
        $check(BinFileRecorder::<Full>::new());
        $check(BinGzFileRecorder::<Full>::new());
        $check(PrettyJsonFileRecorder::<Full>::new());
        $check(JsonGzFileRecorder::<Full>::new());
    };
}

fn load<M: Module>(recorder: &impl FileRecorder, path: &Path) -> vellum::Result<(M, LoadReport)> {
    let (record, report) = recorder.load_with_report::<M::Record>(path.to_path_buf(), Device::default())?;
    Ok((M::try_init_with(record)?, report))
}

/// The file in JSON as Burn would have written it: without what is ours.
fn as_burns(module: &impl Module, folder: &TempDir) -> PathBuf {
    let path = folder.path().join("burn.json");
    module.save_file(&path, &PrettyJsonFileRecorder::<Full>::new()).unwrap();
    let mut json: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    json.as_object_mut().unwrap().remove("vellum").expect("it is ours");
    json["metadata"]["format"] = "burn_core::record::file::PrettyJsonFileRecorder".into();
    fs::write(&path, json.to_string()).unwrap();
    path
}

#[derive(Debug, Module)]
enum Act {
    On(Option<Relu>),
    Both { first: Option<Relu>, second: Option<Relu> },
}

#[derive(Debug, Module)]
#[module(stateless)]
enum Kind {
    Plain,
    Steep,
}

/// Options of what is nothing in a file, in everything that can hold one.
#[derive(Debug, Module)]
struct Options {
    layer: Layer,
    there: Option<Relu>,
    not_there: Option<Relu>,
    boxed: Option<Box<Relu>>,
    kind: Option<Kind>,
    drop: Option<Dropout>,
    list: Vec<Option<Relu>>,
    pair: (Option<Relu>, [Option<Relu>; 2]),
    map: BTreeMap<String, Option<Relu>>,
    acts: Vec<Act>,
    nested: [Option<Option<Relu>>; 3],
    layers: [Option<Option<Layer>>; 3],
    last: Option<Relu>,
}

fn layer() -> Layer {
    LinearConfig::new(2, 2).init(Device::default())
}

fn relu() -> Option<Relu> {
    Some(Relu::new())
}

fn options() -> Options {
    Options {
        layer: layer(),
        there: relu(),
        not_there: None,
        boxed: Some(Box::new(Relu::new())),
        kind: Some(Kind::Steep),
        drop: Some(DropoutConfig::new(0.25).init()),
        list: vec![None, relu(), None, relu()],
        pair: (relu(), [None, relu()]),
        map: [("a".to_string(), relu()), ("b".to_string(), None)].into(),
        acts: vec![Act::On(relu()), Act::On(None), Act::Both { first: None, second: relu() }],
        nested: [None, Some(None), Some(relu())],
        layers: [None, Some(None), Some(Some(layer()))],
        last: relu(),
    }
}

/// Which of the options are there.
fn shape(model: &Options) -> String {
    let Options { there, not_there, boxed, kind, drop, list, pair, map, acts, nested, layers, last, .. } = model;
    let layers = layers.each_ref().map(|layer| layer.as_ref().map(|layer| layer.as_ref().map(|_| ())));
    let drop = drop.as_ref().map(|drop| drop.prob);
    format!("{:?}", (there, not_there, boxed, kind, drop, (list, pair, map, acts, nested, layers, last)))
}

#[test]
fn an_option_without_state_comes_back_as_it_was() {
    fn check<R: FileRecorder>(recorder: R) {
        let (folder, model) = (tempfile::tempdir().unwrap(), options());
        let path = folder.path().join("model");
        model.save_file(&path, &recorder).unwrap();
        let (loaded, _): (Options, _) = load(&recorder, &path).unwrap();
        assert_eq!(shape(&loaded), shape(&model));
        assert_eq!(loaded.layer.weight.val(), model.layer.weight.val());
        options().load_file_into(&path, &recorder, Device::default()).unwrap();
    }
    with_file_recorders!(check);
    let (model, device) = (options(), Device::default());
    let (bin, mpk) = (BinBytesRecorder::<Full>::new(), NamedMpkBytesRecorder::<Full>::new());
    let bytes = bin.record(model.record(), ()).unwrap();
    assert_eq!(shape(&Options::init_with(bin.load(bytes, &device).unwrap())), shape(&model));
    let bytes = mpk.record(model.record(), ()).unwrap();
    assert_eq!(shape(&Options::init_with(mpk.load(bytes, device).unwrap())), shape(&model));
    assert_eq!(shape(&Options::init_with(model.record())), shape(&model));
    assert_eq!(shape(&Options::init_with(options().into_record())), shape(&model));
}

/// Each way in which an option can be there on one side only, with its path.
fn others() -> Vec<(&'static str, Options)> {
    let with = |path, change: fn(&mut Options)| {
        let mut model = options();
        change(&mut model);
        (path, model)
    };
    vec![
        with("there", |m| m.there = None),
        with("not_there", |m| m.not_there = relu()),
        with("boxed", |m| m.boxed = None),
        with("kind", |m| m.kind = None),
        with("drop", |m| m.drop = None),
        with("list.0", |m| m.list[0] = relu()),
        with("list.1", |m| m.list[1] = None),
        with("pair.0", |m| m.pair.0 = None),
        with("pair.1.0", |m| m.pair.1[0] = relu()),
        with("map.a", |m| *m.map.entry("a".into()).or_default() = None),
        with("acts.0.On", |m| m.acts[0] = Act::On(None)),
        with("acts.2.Both.first", |m| m.acts[2] = Act::Both { first: relu(), second: relu() }),
        with("nested.0", |m| m.nested[0] = Some(None)),
        with("nested.1", |m| m.nested[1] = Some(relu())),
        with("nested.1", |m| m.nested[1] = None),
        with("nested.2", |m| m.nested[2] = Some(None)),
        with("layers.0", |m| m.layers[0] = Some(None)),
        with("layers.1", |m| m.layers[1] = None),
        with("layers.2", |m| m.layers[2] = Some(None)),
        with("last", |m| m.last = None),
    ]
}

#[test]
fn an_option_that_is_there_on_one_side_only_is_a_difference_in_place() {
    fn check<R: FileRecorder>(recorder: R) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model");
        options().save_file(&path, &recorder).unwrap();
        for (place, mut other) in others() {
            let before = shape(&other);
            let error = other.load_file_into(&path, &recorder, Device::default()).unwrap_err();
            let text = error.to_string();
            assert!(text.contains(&format!("`{place}` is ")) && !text.contains("places"), "{text}");
            assert_eq!(shape(&other), before);
        }
    }
    with_file_recorders!(check);
    for (place, mut other) in others() {
        let error = other.try_load_record(options().into_record()).unwrap_err();
        let [difference] = error.differences() else { panic!("{error}") };
        assert_eq!((difference.path().to_string().as_str(), difference.kind()), (place, "presence"));
    }
}

#[derive(Debug, Module)]
struct Small {
    layer: Layer,
    act: Option<Relu>,
}

#[derive(Debug, Module)]
struct Told {
    layer: Layer,
    #[module(default = None)]
    act: Option<Relu>,
    #[module(default = DropoutConfig::new(0.125).init())]
    drop: Dropout,
}

#[test]
fn a_file_of_burns_leaves_it_open_in_place_the_module_keeps_its_own_and_by_value_it_must_be_told() {
    let (folder, json) = (tempfile::tempdir().unwrap(), PrettyJsonFileRecorder::<Full>::new());
    for act in [None, relu()] {
        let saved = Small { layer: layer(), act };
        let path = as_burns(&saved, &folder);
        for own in [None, relu()] {
            let mut model = Small { layer: layer(), act: own };
            model.load_file_into(&path, &json, Device::default()).unwrap();
            assert_eq!(model.act.is_some(), own.is_some());
            assert_eq!(model.layer.weight.val(), saved.layer.weight.val());
        }
        let error = load::<Small>(&json, &path).unwrap_err().to_string();
        assert!(error.contains("`act`") && error.contains("load_file") && error.contains("module(default"), "{error}");
    }
    let drop = DropoutConfig::new(0.5).init();
    let path = as_burns(&Told { layer: layer(), act: relu(), drop: drop.clone() }, &folder);
    let (told, report) = load::<Told>(&json, &path).unwrap();
    assert_eq!((told.act.is_some(), told.drop.prob.to_bits()), (false, 0.125f64.to_bits()));
    let missing: Vec<String> = report.missing.iter().map(ToString::to_string).collect();
    assert_eq!(missing, ["act", "drop"]);
    // A file of ours says it, and no default is needed.
    let told = Told { layer: layer(), act: relu(), drop };
    told.save_file(&path, &json).unwrap();
    let (loaded, report) = load::<Told>(&json, &path).unwrap();
    assert_eq!((loaded.act.is_some(), loaded.drop.prob.to_bits()), (true, 0.5f64.to_bits()));
    assert!(report.missing.is_empty());
}

#[derive(Debug, Module)]
struct Plain {
    layer: Layer,
    act: Relu,
}

#[derive(Debug, Module)]
struct Default {
    layer: Layer,
    #[module(default = Some(Relu::new()))]
    act: Option<Relu>,
}

#[test]
fn an_option_that_was_put_around_a_type_without_state_is_not_absent_for_that() {
    fn check<R: FileRecorder>(recorder: R) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model");
        Plain { layer: layer(), act: Relu::new() }.save_file(&path, &recorder).unwrap();
        let error = load::<Small>(&recorder, &path).unwrap_err().to_string();
        assert!(error.contains("`act`") && error.contains("module(default"), "{error}");
        let (loaded, report) = load::<Default>(&recorder, &path).unwrap();
        assert!(loaded.act.is_some() && report.missing.len() == 1);
        for own in [None, relu()] {
            let mut model = Small { layer: layer(), act: own };
            model.load_file_into(&path, &recorder, device()).unwrap();
            assert_eq!(model.act.is_some(), own.is_some(), "in place the module keeps its own");
        }
    }
    with_file_recorders!(check);
}

#[test]
fn an_option_that_was_taken_off_a_type_without_state_must_have_been_there() {
    fn check<R: FileRecorder>(recorder: R) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model");
        let plain = || Plain { layer: layer(), act: Relu::new() };
        Small { layer: layer(), act: relu() }.save_file(&path, &recorder).unwrap();
        load::<Plain>(&recorder, &path).unwrap();
        plain().load_file_into(&path, &recorder, device()).unwrap();
        Small { layer: layer(), act: None }.save_file(&path, &recorder).unwrap();
        let errors = [
            load::<Plain>(&recorder, &path).unwrap_err(),
            plain().load_file_into(&path, &recorder, device()).unwrap_err(),
        ];
        for error in errors.map(|error| error.to_string()) {
            assert!(error.contains("`act`") && error.contains("absent"), "{error}");
        }
    }
    with_file_recorders!(check);
}

#[test]
fn what_was_skipped_and_is_a_type_without_state_now_is_made_by_its_default() {
    #[derive(Module)]
    struct Before {
        layer: Layer,
        #[module(skip)]
        drop: u8,
    }
    #[derive(Module)]
    struct After {
        layer: Layer,
        #[module(default = DropoutConfig::new(0.125).init())]
        drop: Dropout,
    }
    let bin = BinBytesRecorder::<Full>::new();
    let before = Before { layer: layer(), drop: 0 };
    let after = After::init_with(bin.load(bin.record(before.record(), ()).unwrap(), device()).unwrap());
    assert_eq!((after.drop.prob.to_bits(), after.layer.weight.val()), (0.125f64.to_bits(), before.layer.weight.val()));
    assert_eq!(before.drop, 0);
}

#[test]
fn a_variant_that_has_fields_by_now_takes_their_defaults() {
    mod before {
        #[derive(vellum::Module)]
        pub(super) enum Head {
            Off,
            On(super::Layer),
        }
    }
    #[derive(Module)]
    enum Head {
        Off {
            #[module(default = layer())]
            layer: Layer,
        },
        On(Layer),
    }
    let mpk = NamedMpkBytesRecorder::<Full>::new();
    let bytes = mpk.record(before::Head::Off.record(), ()).unwrap();
    let head = Head::init_with(mpk.load(bytes, device()).unwrap());
    assert!(matches!(head, Head::Off { layer } if layer.bias.is_some()));
    let bytes = mpk.record(before::Head::On(layer()).record(), ()).unwrap();
    assert!(matches!(Head::init_with(mpk.load(bytes, device()).unwrap()), Head::On(_)));
}

#[test]
fn two_slots_under_one_path_cannot_be_saved() {
    #[derive(Module)]
    struct Inner {
        b: Option<Relu>,
    }

    #[derive(Module)]
    struct Outer {
        inner: BTreeMap<String, Inner>,
        direct: BTreeMap<String, Option<Relu>>,
    }

    #[derive(Module)]
    struct Root(Vec<Outer>, BTreeMap<String, Option<Relu>>);

    let inner = [("a".to_string(), Inner { b: None })].into();
    let root = Root(vec![Outer { inner, direct: BTreeMap::new() }], [("0.inner.a.b".to_string(), relu())].into());
    let bytes = BinBytesRecorder::<Full>::new().record(root.record(), ());
    assert!(bytes.is_ok(), "`0` and `1` are different steps");
    let clash: BTreeMap<String, BTreeMap<String, Option<Relu>>> = [
        ("a".to_string(), [("b.c".to_string(), None)].into()),
        ("a.b".to_string(), [("c".to_string(), relu())].into()),
    ]
    .into();
    let error = BinBytesRecorder::<Full>::new().record(clash.record(), ()).unwrap_err().to_string();
    assert!(error.contains("a.b.c") && error.contains("one path"), "{error}");
}

// How a weight lies.

const INPUT: [[f32; 2]; 1] = [[1.0, 10.0]];

fn device() -> Device {
    Device::default()
}

fn col() -> LinearConfig {
    LinearConfig::new(2, 2).with_layout(LinearLayout::Col)
}

/// A layer with the weight `[[1, 2], [3, 4]]`.
fn numbered(config: &LinearConfig) -> Layer {
    let mut layer: Layer = config.init(device());
    layer.weight.set(Tensor::from_floats([[1.0f32, 2.0], [3.0, 4.0]], device()));
    layer
}

fn output(layer: &Layer) -> Vec<f32> {
    let mut layer = layer.clone();
    layer.bias = None;
    layer.forward(Tensor::<NdArray, 2>::from_floats(INPUT, device())).elements().to_vec()
}

/// What the item of a JSON file has for the weight.
fn stored(path: &Path) -> Vec<f32> {
    let json: serde_json::Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let bytes = json["item"]["weight"]["param"]["bytes"].as_array().unwrap();
    let bytes: Vec<u8> = bytes.iter().map(|byte| u8::try_from(byte.as_u64().unwrap()).unwrap()).collect();
    bytes.chunks_exact(4).map(|four| f32::from_le_bytes(four.try_into().unwrap())).collect()
}

#[test]
fn a_square_weight_that_burn_saved_in_columns_is_read_and_kept_so() {
    let (folder, json) = (tempfile::tempdir().unwrap(), PrettyJsonFileRecorder::<Full>::new());
    let expected = output(&numbered(&LinearConfig::new(2, 2)));
    assert_eq!(expected, [31.0, 42.0]);
    let path = as_burns(&numbered(&col()), &folder);
    assert_eq!(stored(&path), [1.0, 3.0, 2.0, 4.0]);

    let in_place = col().init::<NdArray>(device()).load_file(&path, &json, device()).unwrap();
    let record: LinearRecord<NdArray> = json.load(path.clone(), device()).unwrap();
    let by_config = col().init_with(record.clone());
    let by_record = col().init::<NdArray>(device()).load_record(record.clone());
    for layer in [&in_place, &by_config, &by_record] {
        assert_eq!(output(layer), expected);
        layer.save_file(&path, &json).unwrap();
        assert_eq!(stored(&path), [1.0, 3.0, 2.0, 4.0]);
    }
    // A record that is saved as it was read is the same file.
    json.record(record.clone(), path.clone()).unwrap();
    assert_eq!(stored(&path), [1.0, 3.0, 2.0, 4.0]);
    // Nor does our copy say what Burn's file did not, in any encoding.
    fn of_copy<R: FileRecorder<RecordArgs = PathBuf, LoadArgs = PathBuf>>(
        recorder: &R,
        record: LinearRecord<NdArray>,
        path: PathBuf,
    ) -> [Vec<f32>; 2] {
        recorder.record(record, path.clone()).unwrap();
        let in_place = col().init::<NdArray>(device()).load_file(&path, recorder, device()).unwrap();
        let again: LinearRecord<NdArray> = recorder.load(path, device()).unwrap();
        [output(&in_place), output(&col().init_with(again))]
    }
    assert_eq!(of_copy(&json, record.clone(), path.clone()), [expected.clone(), expected.clone()]);
    let mpk = NamedMpkFileRecorder::<Full>::new();
    assert_eq!(of_copy(&mpk, record.clone(), path.clone()), [expected.clone(), expected.clone()]);
    let bin = BinFileRecorder::<Full>::new();
    assert_eq!(of_copy(&bin, record.clone(), path.clone()), [expected.clone(), expected]);
    // Without being told, nothing can know it: as in Burn.
    assert_eq!(output(&LinearConfig::new(2, 2).init_with(record)), [21.0, 43.0]);
}

#[test]
fn a_gated_layer_has_both_its_weights_in_columns() {
    let (folder, json) = (tempfile::tempdir().unwrap(), PrettyJsonFileRecorder::<Full>::new());
    for d_output in [2, 3] {
        let config = SwiGluConfig::new(2, d_output).with_layout(LinearLayout::Col);
        let saved: SwiGlu<NdArray> = config.init(device());
        let path = as_burns(&saved, &folder);
        let loaded = config.init::<NdArray>(device()).load_file(&path, &json, device()).unwrap();
        let by_config = config.init_with(json.load(path, device()).unwrap());
        let input = || Tensor::<NdArray, 2>::from_floats(INPUT, device());
        assert_eq!(loaded.forward(input()), saved.forward(input()));
        assert_eq!(by_config.forward(input()), saved.forward(input()));
    }
}

#[test]
fn a_weight_that_is_no_square_is_told_by_its_shape() {
    let (folder, json) = (tempfile::tempdir().unwrap(), PrettyJsonFileRecorder::<Full>::new());
    let config = LinearConfig::new(2, 3);
    let saved: Layer = config.clone().with_layout(LinearLayout::Col).init(device());
    let path = as_burns(&saved, &folder);
    let error = config.init::<NdArray>(device()).load_file(&path, &json, device()).unwrap_err().to_string();
    assert!(error.contains("[2, 3]") && error.contains("[3, 2]"), "{error}");
    let path = as_burns(&config.init::<NdArray>(device()), &folder);
    let config = config.with_layout(LinearLayout::Col);
    let error = config.init::<NdArray>(device()).load_file(&path, &json, device()).unwrap_err().to_string();
    assert!(error.contains("[2, 3]") && error.contains("[3, 2]"), "{error}");
}

#[test]
fn files_and_records_of_ours_say_how_a_weight_lies() {
    fn check<R: FileRecorder>(recorder: R) {
        let (folder, row) = (tempfile::tempdir().unwrap(), LinearConfig::new(2, 2));
        let path = folder.path().join("layer");
        for saved in [numbered(&row), numbered(&col())] {
            saved.save_file(&path, &recorder).unwrap();
            for config in [&row, &col()] {
                let layer = config.init::<NdArray>(device()).load_file(&path, &recorder, device()).unwrap();
                assert_eq!(output(&layer), [31.0, 42.0]);
                let record: LinearRecord<NdArray> = recorder.load(path.clone(), device()).unwrap();
                assert_eq!(output(&config.init_with(record)), [31.0, 42.0]);
                assert_eq!(output(&config.init_with(saved.record())), [31.0, 42.0]);
                assert_eq!(
                    output(&config.init::<NdArray>(device()).load_record(saved.clone().into_record())),
                    [31.0, 42.0]
                );
            }
            let (loaded, _): (Layer, _) = load(&recorder, &path).unwrap();
            assert_eq!(output(&loaded), [31.0, 42.0]);
            assert_eq!(
                loaded.state_dict().unwrap().get("weight").unwrap().to_vec::<f32>().unwrap(),
                [1.0, 2.0, 3.0, 4.0]
            );
        }
    }
    with_file_recorders!(check);
}

#[test]
fn a_weight_in_columns_is_kept_so_by_value() {
    let (folder, json) = (tempfile::tempdir().unwrap(), PrettyJsonFileRecorder::<Full>::new());
    let path = folder.path().join("layer.json");
    numbered(&col()).save_file(&path, &json).unwrap();
    assert_eq!(stored(&path), [1.0, 3.0, 2.0, 4.0]);
    let record: LinearRecord<NdArray> = json.load(path.clone(), device()).unwrap();
    json.record(record.clone(), path.clone()).unwrap();
    assert_eq!(stored(&path), [1.0, 3.0, 2.0, 4.0]);
    let layer = Layer::init_with(record);
    assert_eq!(output(&layer), [31.0, 42.0]);
    layer.save_file(&path, &json).unwrap();
    assert_eq!(stored(&path), [1.0, 3.0, 2.0, 4.0]);
}

#[test]
fn a_file_without_its_type_has_the_matrix_and_not_what_lies_in_the_file() {
    fn check<R: FileRecorder>(recorder: R) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("layer").with_extension(R::file_extension());
        let rectangle: Layer = LinearConfig::new(3, 2).with_layout(LinearLayout::Col).init(device());
        for saved in [numbered(&col()), rectangle] {
            saved.save_file(&path, &recorder).unwrap();
            let bytes = fs::read(&path).unwrap();
            let source: Arc<dyn vellum::Source> = Arc::new(vellum::Bytes::from(bytes));
            let file = RecordFile::open(source, &Budget::new(Limits::default(), 1 << 20)).unwrap();
            let place = file.tensors().iter().position(|entry| entry.name == "weight").unwrap();
            let weight = saved.weight.val().to_data();
            assert_eq!(&file.tensors()[place].shape, weight.shape());
            assert_eq!(file.read(place).unwrap(), weight);
        }
    }
    with_file_recorders!(check);
}

#[test]
fn two_tensors_under_one_path_cannot_be_saved_if_one_lies_in_columns() {
    type Layers = BTreeMap<String, BTreeMap<String, Layer>>;
    let layers = |first: &LinearConfig| -> Layers {
        [
            ("a".to_string(), [("b.c".to_string(), numbered(first))].into()),
            ("a.b".to_string(), [("c".to_string(), numbered(&LinearConfig::new(2, 2)))].into()),
        ]
        .into()
    };
    let save = |layers: Layers| BinBytesRecorder::<Full>::new().record(layers.record(), ());
    assert!(save(layers(&LinearConfig::new(2, 2))).is_ok(), "nothing is said by path");
    let error = save(layers(&col())).unwrap_err().to_string();
    assert!(error.contains("a.b.c.weight") && error.contains("one path"), "{error}");
}

#[test]
fn a_list_of_numbers_is_no_list_of_modules() {
    let (folder, json) = (tempfile::tempdir().unwrap(), PrettyJsonFileRecorder::<Full>::new());
    let layers = || vec![numbered(&col()), numbered(&col())];
    let path = as_burns(&layers(), &folder);
    let whole: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    for (numbers, expected) in
        [(vec![1.0, 2.0], "`1` is a struct in the module and a number in the file"), (vec![1.0], "1")]
    {
        let mut changed = whole.clone();
        changed["item"] = numbers.into();
        fs::write(&path, changed.to_string()).unwrap();
        let error = layers().load_file(&path, &json, device()).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}
