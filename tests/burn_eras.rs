//! Files of every version of Burn with recorders from 0.12 to 0.20 (`burn_oldest` has those before), and of its stores since 0.19: layers whose fields changed, ids
//! that were texts, dtypes with other numbers. `fixtures/burn/eras/README.md` says what wrote them, and how to try all of them.

use std::path::{Path, PathBuf};

use serde_json::Value;
use vellum::backend::{Backend, Bool, Int, NdArray, Tensor};
use vellum::module::Owner;
use vellum::nn::attention::{MultiHeadAttention, MultiHeadAttentionConfig};
use vellum::nn::conv::{
    Conv1d, Conv1dConfig, Conv2d, Conv2dConfig, Conv3d, Conv3dConfig, ConvTranspose1d, ConvTranspose1dConfig,
    ConvTranspose2d, ConvTranspose2dConfig,
};
use vellum::nn::gru::{Gru, GruConfig};
use vellum::nn::lstm::{BiLstm, BiLstmConfig, Lstm, LstmConfig};
use vellum::nn::pool::{AdaptiveAvgPool2d, AdaptiveAvgPool2dConfig, MaxPool2d, MaxPool2dConfig};
use vellum::nn::{
    BatchNorm, BatchNormConfig, Dropout, DropoutConfig, Embedding, EmbeddingConfig, Gelu, GroupNorm, GroupNormConfig,
    InstanceNorm, InstanceNormConfig, LayerNorm, LayerNormConfig, Linear, LinearConfig, PRelu, PReluConfig, Relu,
    RmsNorm, RmsNormConfig, SwiGlu, SwiGluConfig,
};
use vellum::record::{FileRecorder, LeafRef, ParamId, Record, Recorder};
use vellum::recorder::{
    BinBytesRecorder, BinFileRecorder, BinGzFileRecorder, FullPrecisionSettings, JsonGzFileRecorder,
    NamedMpkBytesRecorder, NamedMpkFileRecorder, NamedMpkGzFileRecorder, PrettyJsonFileRecorder,
};
use vellum::store::{BurnpackStore, ModuleSnapshot, SafetensorsStore};
use vellum::{Conversion, DType, DTypeKind, Device, Module, ModuleVisitor, Param, TensorPath, convert};
use vellum_tests::fixture;

use crate::burn_files::check_raw;
use crate::burn_models::Raw;

pub(crate) type Single = NdArray<f32>;
pub(crate) type Double = NdArray<f64>;

#[derive(Module)]
struct Old<B: Backend> {
    linear: Linear<B>,
    conv: Conv2d<B>,
    norm: BatchNorm<B>,
    embedding: Embedding<B>,
    layers: Vec<Linear<B>>,
    nothing: Vec<Linear<B>>,
    some: Option<LayerNorm<B>>,
    none: Option<Linear<B>>,
    pair: (Linear<B>, LayerNorm<B>),
    steps: Param<Tensor<B, 1, Int>>,
    mask: Param<Tensor<B, 2, Bool>>,
    #[module(constant, default = 17)]
    hidden: usize,
}

impl<B: Backend> Old<B> {
    fn new() -> Self {
        let d = Device::default();
        let linear = |i, o| LinearConfig::new(i, o).init(&d);
        Self {
            linear: linear(3, 2),
            conv: Conv2dConfig::new([2, 3], [2, 2]).init(&d),
            norm: BatchNormConfig::new(3).init(&d),
            embedding: EmbeddingConfig::new(5, 2).init(&d),
            layers: vec![linear(2, 2), LinearConfig::new(2, 1).with_bias(false).init(&d)],
            nothing: vec![],
            some: Some(LayerNormConfig::new(2).init(&d)),
            none: None,
            pair: (linear(1, 2), LayerNormConfig::new(2).init(&d)),
            steps: Param::new(Tensor::zeros([5], &d)),
            mask: Param::new(Tensor::zeros([2, 2], d)),
            hidden: 17,
        }
    }
}

#[derive(Module)]
pub(crate) struct Layers<B: Backend> {
    relu: Relu,
    gelu: Gelu,
    dropout: Dropout,
    max: MaxPool2d,
    average: AdaptiveAvgPool2d,
    group: GroupNorm<B>,
    lstm: Lstm<B>,
    gru: Gru<B>,
    attention: MultiHeadAttention<B>,
    conv: Conv1d<B>,
    up: ConvTranspose1d<B>,
    upper: ConvTranspose2d<B>,
}

impl<B: Backend> Layers<B> {
    pub(crate) fn new() -> Self {
        let d = Device::default();
        Self {
            relu: Relu::new(),
            gelu: Gelu::new(),
            dropout: DropoutConfig::new(0.1).init(),
            max: MaxPool2dConfig::new([2, 2]).init(),
            average: AdaptiveAvgPool2dConfig::new([1, 1]).init(),
            group: GroupNormConfig::new(1, 2).init(&d),
            lstm: LstmConfig::new(2, 2, true).init(&d),
            gru: GruConfig::new(2, 2, false).init(&d),
            attention: MultiHeadAttentionConfig::new(2, 1).init(&d),
            conv: Conv1dConfig::new(1, 2, 2).init(&d),
            up: ConvTranspose1dConfig::new([1, 2], 2).init(&d),
            upper: ConvTranspose2dConfig::new([1, 1], [2, 2]).init(d),
        }
    }
}

#[derive(Module)]
enum Mixer<B: Backend> {
    Lin(Linear<B>),
    Norm(LayerNorm<B>),
}

#[derive(Module)]
struct Forms<B: Backend> {
    mixers: Vec<Mixer<B>>,
    maybe: Option<Mixer<B>>,
    instance: InstanceNorm<B>,
    rms: RmsNorm<B>,
    prelu: PRelu<B>,
    swiglu: SwiGlu<B>,
    both: BiLstm<B>,
    conv: Conv3d<B>,
}

impl<B: Backend> Forms<B> {
    fn new() -> Self {
        let d = Device::default();
        let linear = |i, o| LinearConfig::new(i, o).init(&d);
        Self {
            mixers: vec![Mixer::Norm(LayerNormConfig::new(2).init(&d)), Mixer::Lin(linear(2, 1))],
            maybe: Some(Mixer::Lin(linear(1, 1))),
            instance: InstanceNormConfig::new(2).init(&d),
            rms: RmsNormConfig::new(2).init(&d),
            prelu: PReluConfig::new().init(&d),
            swiglu: SwiGluConfig::new(2, 1).init(&d),
            both: BiLstmConfig::new(1, 1, true).init(&d),
            conv: Conv3dConfig::new([1, 1], [1, 2, 1]).init(d),
        }
    }
}

#[derive(Module)]
struct Arrays<B: Backend> {
    pair: [Linear<B>; 2],
}

impl<B: Backend> Arrays<B> {
    fn new() -> Self {
        let d = Device::default();
        Self { pair: [LinearConfig::new(1, 2).init(&d), LinearConfig::new(2, 3).init(d)] }
    }
}

/// What Burn has for a file: tensors, and their ids where the format has them.
pub(crate) struct Expected {
    tensors: Value,
    ids: Option<Value>,
}

impl Expected {
    /// For the file `name` (a model and a precision) of a version. The numbers are the same in all, and the ids are not.
    pub(crate) fn of(folder: &Path, values: &str, ids: &str) -> Self {
        let json = |file: PathBuf| -> Value { serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap() };
        let tensors = json(folder.with_file_name("expected").join(format!("{values}.json")));
        Self { tensors, ids: Some(json(folder.join("ids.json"))[ids].take()) }
    }

    /// For the file `name` of a version whose model has only these of the parameters.
    pub(crate) fn of_some(folder: &Path, name: &str, kept: fn(usize) -> bool) -> Self {
        let mut expected = Self::of(folder, name, name);
        let Value::Array(all) = expected.tensors.take() else { panic!("{name} has no list") };
        expected.tensors = all.into_iter().enumerate().filter(|(i, _)| kept(*i)).map(|(_, tensor)| tensor).collect();
        expected
    }
}

/// Compares a model, in the order of its parameters, with what Burn has: ids, shapes, the bits of floats as doubles.
struct Check<'a> {
    expected: &'a Expected,
    seen: usize,
    file: &'a Path,
}

impl ModuleVisitor for Check<'_> {
    fn visit(&mut self, path: &TensorPath, leaf: &LeafRef<'_>, _owners: &[Owner]) {
        let place = format!("`{path}` of {}", self.file.display());
        let expected = &self.expected.tensors[self.seen];
        assert!(!expected.is_null(), "Burn has no {place}");
        if let Some(ids) = &self.expected.ids {
            let text = ids[self.seen].as_str().unwrap_or_else(|| panic!("{place} has no id"));
            // Before 0.15 a user's id could be any text, which becomes a number that only has to be the same each time.
            match ParamId::parse(text) {
                Ok(id) => assert_eq!(leaf.id(), Some(id), "{place}"),
                Err(_) => assert!(text.starts_with("id-"), "{place}"),
            }
        }
        self.seen += 1;
        let data = leaf.to_data().unwrap();
        assert_eq!(serde_json::json!(data.shape().dims()), expected["shape"], "{place}");
        let stated = expected["bits"].as_array().unwrap().iter().map(|bits| bits.as_u64().unwrap());
        let as_dtype = |dtype| convert(data.clone(), dtype, &Conversion::default()).unwrap();
        match data.dtype().kind() {
            DTypeKind::Float => {
                let rounded = |x: f64| if data.dtype() == DType::F32 { f64::from(x as f32) } else { x };
                let stated: Vec<u64> = stated.map(|bits| rounded(f64::from_bits(bits)).to_bits()).collect();
                let found: Vec<u64> =
                    as_dtype(DType::F64).to_vec::<f64>().unwrap().iter().map(|x| x.to_bits()).collect();
                assert_eq!((found, "float"), (stated, expected["dtype"].as_str().unwrap()), "{place}");
            }
            DTypeKind::Integer => {
                let found: Vec<u64> =
                    as_dtype(DType::I64).to_vec::<i64>().unwrap().iter().map(|n| n.cast_unsigned()).collect();
                assert_eq!((found, "int"), (stated.collect(), expected["dtype"].as_str().unwrap()), "{place}");
            }
            _ => {
                let found: Vec<u64> = data.bytes().iter().map(|&b| b.into()).collect();
                assert_eq!((found, "bool"), (stated.collect(), expected["dtype"].as_str().unwrap()), "{place}");
            }
        }
    }
}

fn check<M: Module>(model: &M, expected: &Expected, file: &Path) {
    let mut check = Check { expected, seen: 0, file };
    model.visit(&mut check);
    assert_eq!(check.seen, expected.tensors.as_array().unwrap().len(), "{} holds less than Burn has", file.display());
}

/// Loads a file in place and by value, if it is there, and gives how many there were.
fn opens<M: Module, R: FileRecorder>(new: fn() -> M, file: &Path, expected: &Expected) -> usize {
    let file = PathBuf::from(format!("{}.{}", file.display(), R::file_extension()));
    if !file.exists() {
        return 0;
    }
    let recorder = R::default();
    let mut in_place = new();
    in_place.load_file_into(&file, &recorder, Device::default()).unwrap_or_else(|error| panic!("{error}"));
    check(&in_place, expected, &file);
    let record: M::Record = recorder.load(file.clone(), Device::default()).unwrap_or_else(|error| panic!("{error}"));
    check(&new().load_record(record), expected, &file);
    1
}

/// The same with what a recorder in memory gave.
fn opens_bytes<M: Module>(
    new: fn() -> M,
    file: &Path,
    extension: &str,
    recorder: &impl Recorder<LoadArgs = Vec<u8>>,
    expected: &Expected,
) -> usize {
    let file = PathBuf::from(format!("{}.{extension}", file.display()));
    let Ok(bytes) = std::fs::read(&file) else { return 0 };
    let record: M::Record = recorder.load(bytes, Device::default()).unwrap();
    check(&new().load_record(record), expected, &file);
    1
}

/// Opens all files of a model in a folder into both precisions of module, and gives how many there were.
fn opens_all<S: Module, D: Module>(single: fn() -> S, double: fn() -> D, folder: &Path, name: &str) -> usize {
    opens_each(single, double, folder, name, &|name| Expected::of(folder, name, name))
}

/// The same with what is expected of each file.
pub(crate) fn opens_each<S: Module, D: Module>(
    single: fn() -> S,
    double: fn() -> D,
    folder: &Path,
    name: &str,
    expected: &dyn Fn(&str) -> Expected,
) -> usize {
    fn every<M: Module>(new: fn() -> M, file: &Path, expected: &Expected) -> usize {
        opens::<M, NamedMpkFileRecorder>(new, file, expected)
            + opens::<M, NamedMpkGzFileRecorder>(new, file, expected)
            + opens::<M, BinFileRecorder>(new, file, expected)
            + opens::<M, BinGzFileRecorder>(new, file, expected)
            + opens::<M, PrettyJsonFileRecorder>(new, file, expected)
            + opens::<M, JsonGzFileRecorder>(new, file, expected)
            + opens_bytes(new, file, "bytes-bin", &<BinBytesRecorder>::default(), expected)
            + opens_bytes(new, file, "bytes-mpk", &<NamedMpkBytesRecorder>::default(), expected)
    }
    let mut opened = 0;
    for precision in ["full", "half", "double"] {
        let file = folder.join(format!("{name}_{precision}"));
        let name = format!("{name}_{precision}");
        if !["bin", "bin.gz", "mpk", "mpk.gz", "json.gz"]
            .iter()
            .any(|end| folder.join(format!("{name}.{end}")).exists())
        {
            continue;
        }
        let expected = expected(&name);
        opened += every(single, &file, &expected);
        every(double, &file, &expected);
    }
    opened
}

/// What there is of each version.
pub(crate) struct Version {
    pub(crate) name: &'static str,
    /// Whether ids are texts.
    text_ids: bool,
    /// Whether enums, and layers of later versions, were written.
    forms: bool,
    /// Files of modules, of plain records, of optimizers, of schedulers.
    files: [usize; 4],
}

pub(crate) const fn version(name: &'static str, text_ids: bool, forms: bool, files: [usize; 4]) -> Version {
    Version { name, text_ids, forms, files }
}

/// Where all files are that the generators wrote, if it is asked for: then their number is not checked.
const ALL: &str = "VELLUM_BURN_ERAS";

pub(crate) fn folder(version: &Version) -> PathBuf {
    match std::env::var_os(ALL) {
        Some(folder) => Path::new(&folder).join(version.name),
        None => fixture("burn/eras").join(version.name),
    }
}

/// How many files there are of each of four kinds.
pub(crate) fn check_count(version: &Version, kind: usize, opened: usize) {
    println!("{}: {opened} files of kind {kind}", version.name);
    if std::env::var_os(ALL).is_none() {
        assert_eq!(opened, version.files[kind], "{}", version.name);
    }
    assert!(opened > 0);
}

const VERSIONS: &[Version] = &[
    version("0.12.1", true, false, [12, 3, 4, 1]),
    version("0.13.2", true, false, [12, 3, 4, 1]),
    version("0.14.1", true, true, [14, 3, 4, 2]),
    version("0.15.0", false, true, [16, 3, 4, 2]),
    version("0.16.1", false, true, [16, 3, 4, 2]),
    version("0.17.1", false, true, [16, 3, 4, 2]),
    version("0.18.0", false, true, [16, 3, 4, 2]),
    version("0.19.1", false, true, [16, 3, 4, 2]),
    version("0.20.1", false, true, [16, 3, 4, 2]),
];

#[test]
fn modules_of_every_version_open_from_every_file() {
    for version in VERSIONS {
        let folder = folder(version);
        let mut opened = opens_all(Old::<Single>::new, Old::<Double>::new, &folder, "model");
        opened += opens_all(Layers::<Single>::new, Layers::<Double>::new, &folder, "layers");
        if version.forms {
            opened += opens_all(Forms::<Single>::new, Forms::<Double>::new, &folder, "forms");
            // An array of modules had to be `Copy` until 0.14, which none is.
            opened += opens_all(Arrays::<Single>::new, Arrays::<Double>::new, &folder, "arrays");
        }
        check_count(version, 0, opened);
    }
}

/// Loads a record from each file that there is of it, and gives how many there were.
pub(crate) fn records<R: Record>(folder: &Path, name: &str, check: &dyn Fn(R, &str)) -> usize {
    fn one<R: Record, F: FileRecorder>(file: &str, precision: &str, check: &dyn Fn(R, &str)) -> usize {
        let file = PathBuf::from(format!("{file}.{}", F::file_extension()));
        if !file.exists() {
            return 0;
        }
        let record = F::default().load(file, Device::default()).unwrap_or_else(|error| panic!("{error}"));
        check(record, precision);
        1
    }
    let mut opened = 0;
    for precision in ["full", "half", "double"] {
        let file = format!("{}/{name}_{precision}", folder.display());
        opened += one::<R, NamedMpkFileRecorder>(&file, precision, check)
            + one::<R, NamedMpkGzFileRecorder>(&file, precision, check)
            + one::<R, BinFileRecorder>(&file, precision, check)
            + one::<R, BinGzFileRecorder>(&file, precision, check)
            + one::<R, PrettyJsonFileRecorder>(&file, precision, check)
            + one::<R, JsonGzFileRecorder>(&file, precision, check);
    }
    opened
}

#[test]
fn plain_records_of_every_version_open() {
    for version in VERSIONS {
        let check = |raw: Raw<Single>, precision: &str| {
            let id = if version.text_ids { raw.param.id() } else { ParamId::from(123_456_789) };
            check_raw(&raw, precision, id);
        };
        check_count(version, 1, records(&folder(version), "plain", &check));
    }
}

macro_rules! ranks {
    ($(#[$attribute:meta])* $name:ident: $($rank:ident $state:ident $d:literal)*) => {
        $(#[$attribute])*
        #[derive(Record)]
        pub(crate) enum $name<B: Backend> {
            $($rank($state<B, $d>)),*
        }
    };
}

/// Burn's `AdamState` of 0.12 to 0.20.
#[derive(Record)]
pub(crate) struct Adam<B: Backend, const D: usize> {
    pub(crate) momentum: Moments<B, D>,
}

#[derive(Record)]
pub(crate) struct Moments<B: Backend, const D: usize> {
    pub(crate) time: usize,
    pub(crate) moment_1: Tensor<B, D>,
    pub(crate) moment_2: Tensor<B, D>,
}

/// What Burn calls the record of an optimizer of one version.
#[derive(Record)]
pub(crate) enum Optimizer<R> {
    V1(R),
}

ranks!(
    /// The states by the rank of the parameter. Bincode has the variants by number, so that all before the highest must be there.
    Ranks: Rank0 Adam 0 Rank1 Adam 1 Rank2 Adam 2
);
ranks!(
    /// As in 0.12, which had no rank 0.
    RanksFrom1: Rank1 Adam 1 Rank2 Adam 2
);

#[test]
fn states_of_adam_open_from_every_file() {
    fn check<B: Backend, const D: usize>(state: &Adam<B, D>, seen: &mut Vec<Vec<u64>>) {
        assert_eq!(state.momentum.time, 2);
        for tensor in [&state.momentum.moment_1, &state.momentum.moment_2] {
            let data = convert(tensor.to_data(), DType::F64, &Conversion::default()).unwrap();
            seen.push(data.to_vec::<f64>().unwrap().iter().map(|x| x.to_bits()).collect());
        }
    }
    for version in VERSIONS {
        let folder = folder(version);
        let first = std::cell::RefCell::new(std::collections::BTreeMap::new());
        let agree = |states: Vec<(ParamId, usize, Vec<Vec<u64>>)>, precision: &str| {
            let ranks: Vec<usize> = states.iter().map(|(_, rank, _)| *rank).collect();
            assert_eq!(ranks.iter().filter(|rank| **rank == 2).count(), 2, "two weights");
            assert_eq!(ranks.iter().filter(|rank| **rank == 1).count(), 2, "two biases");
            // What one file of a precision says, the others say too.
            let mut first = first.borrow_mut();
            assert_eq!(first.entry(precision.to_string()).or_insert_with(|| states.clone()), &states);
        };
        let opened = if version.name == "0.12.1" {
            let check = |states: std::collections::BTreeMap<ParamId, Optimizer<RanksFrom1<Single>>>,
                         precision: &str| {
                let states = states.into_iter().map(|(id, Optimizer::V1(state))| {
                    let mut seen = Vec::new();
                    let rank = match &state {
                        RanksFrom1::Rank1(state) => (check(state, &mut seen), 1).1,
                        RanksFrom1::Rank2(state) => (check(state, &mut seen), 2).1,
                    };
                    (id, rank, seen)
                });
                agree(states.collect(), precision);
            };
            records(&folder, "adam", &check)
        } else {
            let check = |states: std::collections::BTreeMap<ParamId, Optimizer<Ranks<Single>>>, precision: &str| {
                let states = states.into_iter().map(|(id, Optimizer::V1(state))| {
                    let mut seen = Vec::new();
                    let rank = match &state {
                        Ranks::Rank0(state) => (check(state, &mut seen), 0).1,
                        Ranks::Rank1(state) => (check(state, &mut seen), 1).1,
                        Ranks::Rank2(state) => (check(state, &mut seen), 2).1,
                    };
                    (id, rank, seen)
                });
                agree(states.collect(), precision);
            };
            records(&folder, "adam", &check)
        };
        check_count(version, 2, opened);
    }
}

#[test]
fn schedulers_of_every_version_open() {
    for version in VERSIONS {
        let folder = folder(version);
        let mut opened = records(&folder, "noam", &|steps: usize, _| assert_eq!(steps, 300));
        opened += match version.name {
            "0.12.1" | "0.13.2" => 0,
            "0.14.1" => records(&folder, "cosine", &|(last, min, max, total, now): (f64, f64, f64, usize, usize),
                                                     _| {
                assert!(min < last && last < max, "{last}");
                assert_eq!((min, max, total, now), (0.0, 0.1, 1000, 300));
            }),
            // It counts from the second step on.
            _ => records(&folder, "cosine", &|steps: usize, _| assert_eq!(steps, 299)),
        };
        check_count(version, 3, opened);
    }
}

#[test]
fn stores_of_0_19_and_0_20_open() {
    /// Opens the files that are there. Burn 0.19 left the indices of a tuple out of the names.
    fn opens<M: Module>(new: fn() -> M, file: &Path, expected: &mut Expected) -> usize {
        let (mut opened, mut model) = (0, new());
        let pack = file.with_extension("bpk");
        if pack.exists() {
            let mut store = BurnpackStore::from_file(&pack)
                .with_key_remapping(r"^pair\.(weight|bias)$", "pair.0.$1")
                .with_key_remapping(r"^pair\.(gamma|beta)$", "pair.1.$1");
            model.load_from(&mut store).unwrap_or_else(|error| panic!("{error}"));
            check(&model, expected, &pack);
            opened += 1;
        }
        expected.ids = None;
        let tensors = file.with_extension("safetensors");
        if tensors.exists() {
            let mut model = new();
            let mut store = SafetensorsStore::from_file(&tensors)
                .with_key_remapping(r"^pair\.(weight|bias)$", "pair.0.$1")
                .with_key_remapping(r"^pair\.(gamma|beta)$", "pair.1.$1");
            model.load_from(&mut store).unwrap_or_else(|error| panic!("{error}"));
            check(&model, expected, &tensors);
            opened += 1;
        }
        opened
    }
    for version in VERSIONS.iter().filter(|version| ["0.19.1", "0.20.1"].contains(&version.name)) {
        let folder = folder(version);
        let expected = |name: &str, values: &str| Expected::of(&folder, values, &format!("{name}.store"));
        let file = |name: &str| folder.join(name);
        let mut opened = opens(Old::<Single>::new, &file("model"), &mut expected("model", "model_full"));
        opens(Old::<Double>::new, &file("model"), &mut expected("model", "model_full"));
        opened += opens(Old::<Double>::new, &file("model_f64"), &mut expected("model_f64", "model_double"));
        opened += opens(Forms::<Single>::new, &file("forms"), &mut expected("forms", "forms_full"));
        opened += opens(Layers::<Single>::new, &file("layers"), &mut expected("layers", "layers_full"));
        assert!(opened >= 3, "{} has {opened}", version.name);
    }
}

/// Before 0.21 the slot of a constant that is an option which is there said so: in bincode a tag and nothing.
#[test]
fn a_constant_that_is_an_option_loads() {
    #[derive(Module)]
    struct Optional {
        w: Param<Tensor<NdArray<f32>, 1>>,
        #[module(constant, default = Some(3))]
        maybe: Option<usize>,
    }
    let path = fixture("burn/eras/0.13.2/optional_full.bin");
    let bits = |module: &Optional| module.w.val().elements().iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    let expected = [(-0.0f32).to_bits(), f32::INFINITY.to_bits()];
    let recorder = BinFileRecorder::<FullPrecisionSettings>::new();
    let by_value = Optional::init_with(recorder.load(path.clone(), Device::default()).unwrap());
    assert_eq!((&bits(&by_value)[..], by_value.maybe), (&expected[..], Some(3)));
    let mut in_place = Optional { w: Param::new(Tensor::ones([2], Device::Cpu)), maybe: Some(5) };
    let report = in_place.load_file_into(&path, &recorder, Device::default()).unwrap();
    assert_eq!((&bits(&in_place)[..], in_place.maybe, report.missing.len()), (&expected[..], Some(5), 1));
}
