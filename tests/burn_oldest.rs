//! Files of the first versions of Burn with recorders, 0.7 to 0.11, and of layers that were otherwise in 0.13 alone: arrays with a length,
//! integers as floats, constants that take no bytes. `fixtures/burn/eras/README.md` says what wrote them.

use std::collections::BTreeMap;

use vellum::backend::{Backend, Bool, Int, NdArray, Tensor};
use vellum::nn::attention::{MultiHeadAttention, MultiHeadAttentionConfig};
use vellum::nn::conv::{
    Conv1d, Conv1dConfig, Conv2d, Conv2dConfig, ConvTranspose1d, ConvTranspose1dConfig, ConvTranspose2d,
    ConvTranspose2dConfig,
};
use vellum::nn::gru::{Gru, GruConfig};
use vellum::nn::lstm::{Lstm, LstmConfig};
use vellum::nn::pool::{AdaptiveAvgPool2d, AdaptiveAvgPool2dConfig, MaxPool2d, MaxPool2dConfig};
use vellum::nn::{
    BatchNorm, BatchNormConfig, Dropout, DropoutConfig, Embedding, EmbeddingConfig, Gelu, InstanceNorm,
    InstanceNormConfig, LayerNorm, LayerNormConfig, LeakyRelu, LeakyReluConfig, Linear, LinearConfig, PRelu,
    PReluConfig, Relu, RmsNorm, RmsNormConfig, SwiGlu, SwiGluConfig,
};
use vellum::record::{ParamId, Record};
use vellum::{Device, Module, Param};

use crate::burn_eras::{
    Adam, Double, Expected, Layers, Moments, Optimizer, Single, Version, check_count, folder, opens_each, records,
    version,
};

/// As the models of later versions, without the tuple, which was no module then.
#[derive(Module)]
struct Early<B: Backend> {
    linear: Linear<B>,
    conv: Conv2d<B>,
    norm: BatchNorm<B>,
    embedding: Embedding<B>,
    layers: Vec<Linear<B>>,
    nothing: Vec<Linear<B>>,
    some: Option<LayerNorm<B>>,
    none: Option<Linear<B>>,
    #[module(constant, default = 17)]
    hidden: usize,
    #[module(constant, default = [3, 4])]
    grid: [usize; 2],
}

impl<B: Backend> Early<B> {
    fn new() -> Self {
        let d = Device::default();
        Self {
            linear: LinearConfig::new(3, 2).init(&d),
            conv: Conv2dConfig::new([2, 3], [2, 2]).init(&d),
            norm: BatchNormConfig::new(3).init(&d),
            embedding: EmbeddingConfig::new(5, 2).init(&d),
            layers: vec![LinearConfig::new(2, 2).init(&d), LinearConfig::new(2, 1).with_bias(false).init(&d)],
            nothing: vec![],
            some: Some(LayerNormConfig::new(2).init(d)),
            none: None,
            hidden: 17,
            grid: [3, 4],
        }
    }
}

/// The same with parameters of integers and bools, which came with 0.11.
#[derive(Module)]
struct Last<B: Backend> {
    linear: Linear<B>,
    conv: Conv2d<B>,
    norm: BatchNorm<B>,
    embedding: Embedding<B>,
    layers: Vec<Linear<B>>,
    nothing: Vec<Linear<B>>,
    some: Option<LayerNorm<B>>,
    none: Option<Linear<B>>,
    steps: Param<Tensor<B, 1, Int>>,
    mask: Param<Tensor<B, 2, Bool>>,
    #[module(constant, default = 17)]
    hidden: usize,
    #[module(constant, default = [3, 4])]
    grid: [usize; 2],
}

impl<B: Backend> Last<B> {
    fn new() -> Self {
        let Early { linear, conv, norm, embedding, layers, nothing, some, none, hidden, grid } = Early::new();
        let (steps, mask) = (Tensor::zeros([5], Device::default()), Tensor::zeros([2, 2], Device::default()));
        let (steps, mask) = (Param::new(steps), Param::new(mask));
        Self { linear, conv, norm, embedding, layers, nothing, some, none, steps, mask, hidden, grid }
    }
}

macro_rules! layers {
    ($(#[$attribute:meta])* $name:ident { $($field:ident: $layer:ty = $config:expr),* $(,)? }) => {
        $(#[$attribute])*
        #[derive(Module)]
        struct $name<B: Backend> {
            $($field: $layer),*
        }

        impl<B: Backend> $name<B> {
            fn new() -> Self {
                Self { $($field: $config),* }
            }
        }
    };
}

fn device() -> Device {
    Device::default()
}

layers!(
    /// The layers that 0.7 had.
    LayersOf7 {
        relu: Relu = Relu::new(),
        gelu: Gelu = Gelu::new(),
        dropout: Dropout = DropoutConfig::new(0.1).init(),
        max: MaxPool2d = MaxPool2dConfig::new([2, 2]).init(),
        attention: MultiHeadAttention<B> = MultiHeadAttentionConfig::new(2, 1).init(device()),
        conv: Conv1d<B> = Conv1dConfig::new(1, 2, 2).init(device()),
    }
);
layers!(
    /// Those of 0.8, where the recurrent ones had a batch size.
    LayersOf8 {
        relu: Relu = Relu::new(),
        gelu: Gelu = Gelu::new(),
        dropout: Dropout = DropoutConfig::new(0.1).init(),
        max: MaxPool2d = MaxPool2dConfig::new([2, 2]).init(),
        lstm: Lstm<B> = LstmConfig::new(2, 2, true).init(device()),
        gru: Gru<B> = GruConfig::new(2, 2, false).init(device()),
        attention: MultiHeadAttention<B> = MultiHeadAttentionConfig::new(2, 1).init(device()),
        conv: Conv1d<B> = Conv1dConfig::new(1, 2, 2).init(device()),
    }
);
layers!(
    /// Those of 0.9 and 0.10.
    LayersOf9 {
        relu: Relu = Relu::new(),
        gelu: Gelu = Gelu::new(),
        dropout: Dropout = DropoutConfig::new(0.1).init(),
        max: MaxPool2d = MaxPool2dConfig::new([2, 2]).init(),
        average: AdaptiveAvgPool2d = AdaptiveAvgPool2dConfig::new([1, 1]).init(),
        lstm: Lstm<B> = LstmConfig::new(2, 2, true).init(device()),
        gru: Gru<B> = GruConfig::new(2, 2, false).init(device()),
        attention: MultiHeadAttention<B> = MultiHeadAttentionConfig::new(2, 1).init(device()),
        conv: Conv1d<B> = Conv1dConfig::new(1, 2, 2).init(device()),
        up: ConvTranspose1d<B> = ConvTranspose1dConfig::new([1, 2], 2).init(device()),
        upper: ConvTranspose2d<B> = ConvTranspose2dConfig::new([1, 1], [2, 2]).init(device()),
    }
);
layers!(
    /// Layers that were otherwise in 0.13: the norm was one with a group norm in it, and `LeakyRelu` had a backend.
    Late {
        instance: InstanceNorm<B> = InstanceNormConfig::new(2).init(device()),
        bare: InstanceNorm<B> = InstanceNormConfig::new(2).with_affine(false).init(device()),
        rms: RmsNorm<B> = RmsNormConfig::new(2).init(device()),
        prelu: PRelu<B> = PReluConfig::new().with_num_parameters(3).init(device()),
        swiglu: SwiGlu<B> = SwiGluConfig::new(2, 1).init(device()),
        biased: SwiGlu<B> = SwiGluConfig::new(1, 2).with_bias(true).init(device()),
        leaky: LeakyRelu = LeakyReluConfig::new().init(),
        after: RmsNorm<B> = RmsNormConfig::new(3).init(device()),
    }
);

const VERSIONS: &[Version] = &[
    version("0.7.0", true, false, [10, 3, 5, 1]),
    version("0.8.0", true, false, [10, 3, 5, 1]),
    version("0.9.0", true, false, [11, 3, 4, 1]),
    version("0.10.0", true, false, [12, 3, 4, 1]),
    version("0.11.1", true, false, [12, 3, 4, 1]),
];

#[test]
fn modules_open_from_every_file() {
    fn opens<S: Module, D: Module>(
        single: fn() -> S,
        double: fn() -> D,
        version: &Version,
        name: &str,
        kept: fn(usize) -> bool,
    ) -> usize {
        let folder = folder(version);
        opens_each(single, double, &folder, name, &|name| Expected::of_some(&folder, name, kept))
    }
    for version in VERSIONS {
        let model: fn(usize) -> bool = |i| i < 14;
        let opened = match version.name {
            "0.11.1" => {
                opens(Last::<Single>::new, Last::<Double>::new, version, "model", |i| !(14..18).contains(&i))
                    + opens(Layers::<Single>::new, Layers::<Double>::new, version, "layers", |_| true)
            }
            name => {
                let layers = match name {
                    "0.7.0" => opens(LayersOf7::<Single>::new, LayersOf7::<Double>::new, version, "layers", |i| {
                        (24..34).contains(&i)
                    }),
                    "0.8.0" => opens(LayersOf8::<Single>::new, LayersOf8::<Double>::new, version, "layers", |i| {
                        (2..34).contains(&i)
                    }),
                    _ => opens(LayersOf9::<Single>::new, LayersOf9::<Double>::new, version, "layers", |i| i >= 2),
                };
                layers + opens(Early::<Single>::new, Early::<Double>::new, version, "model", model)
            }
        };
        check_count(version, 0, opened);
    }
}

/// The plain record of the other versions, without its tuple.
#[derive(Record)]
struct Raw {
    t: Tensor<NdArray, 2>,
    i: Tensor<NdArray, 1, Int>,
    b: Tensor<NdArray, 2, Bool>,
    param: Param<Tensor<NdArray, 1>>,
    v: Vec<f32>,
    n: usize,
    s: String,
    f: f64,
    neg: i64,
    big: u64,
    some: Option<u32>,
    none: Option<u32>,
    arr: [i32; 3],
    flag: bool,
    #[allow(dead_code, reason = "there is nothing in it")]
    unit: (),
    nested: Option<Vec<Tensor<NdArray, 1>>>,
}

#[test]
fn plain_records_open_from_every_file() {
    let check = |raw: Raw, precision: &str| {
        let round = |x: f32| if precision == "half" { half::f16::from_f32(x).to_f32() } else { x };
        assert_eq!(raw.t.elements(), [1.5, -2.25, 0.1, 3.3333, 65000.0, -0.00001].map(round));
        assert_eq!((raw.t.dims(), raw.i.elements()), ([2, 3], [-3, 0, 7, 30000].as_slice()));
        assert_eq!(raw.b.elements(), [true, false, false, true, true, true]);
        assert_eq!((raw.param.elements(), raw.v.as_slice()), ([0.5, -0.125].as_slice(), [1.0, 2.5, -3.75].as_slice()));
        assert_eq!((raw.n, raw.s.as_str(), raw.f), (300, "h\u{e9}llo", std::f64::consts::PI));
        assert_eq!((raw.neg, raw.big, raw.some, raw.none), (-70000, u64::MAX, Some(251), None));
        assert_eq!((raw.arr, raw.flag), ([1, -70000, 65], true));
        let nested: Vec<_> = raw.nested.iter().flatten().map(Tensor::elements).collect();
        assert_eq!(nested, [[9.0, 8.0].as_slice(), &[7.0]]);
    };
    for version in VERSIONS {
        check_count(version, 1, records(&folder(version), "plain", &check));
    }
}

macro_rules! ranks {
    ($name:ident: $state:ident) => {
        #[derive(Record)]
        enum $name {
            Rank1($state<1>),
            Rank2($state<2>),
        }
    };
}

type AdamOf<const D: usize> = Adam<Single, D>;
ranks!(Ranks: AdamOf);

/// The state of Adam until 0.8: weight decay was a part of it.
#[derive(Record)]
struct AdamOf8<const D: usize> {
    weight_decay: Option<WeightDecay<D>>,
    momentum: Moments<Single, D>,
}

#[derive(Record)]
struct WeightDecay<const D: usize> {
    grad_last_step: Tensor<Single, D>,
}

impl<const D: usize> AdamOf8<D> {
    fn moments(&self, decays: bool) -> (usize, Vec<f32>, Vec<f32>) {
        let last = self.weight_decay.as_ref().map(|decay| decay.grad_last_step.dims());
        assert_eq!(last, decays.then(|| self.momentum.moment_1.dims()));
        moments(&self.momentum)
    }
}

ranks!(RanksOf8: AdamOf8);

/// What Burn has for the first moments of a state.
fn moments<const D: usize>(momentum: &Moments<Single, D>) -> (usize, Vec<f32>, Vec<f32>) {
    (momentum.time, momentum.moment_1.elements().to_vec(), momentum.moment_2.elements().to_vec())
}

#[test]
fn states_of_adam_open_from_every_file() {
    type States<R> = BTreeMap<ParamId, Optimizer<R>>;
    for version in VERSIONS {
        let folder = folder(version);
        let first = std::cell::RefCell::new(BTreeMap::new());
        // What one file of a precision says, the others say too.
        let agree = |states: Vec<(ParamId, (usize, Vec<f32>, Vec<f32>))>, precision: &str| {
            assert_eq!(states.len(), 4);
            assert!(states.iter().all(|(_, (time, moment, _))| *time == 2 && moment.iter().all(|x| *x != 0.0)));
            let mut first = first.borrow_mut();
            assert_eq!(first.entry(precision.to_string()).or_insert_with(|| states.clone()), &states);
        };
        let opened = if ["0.7.0", "0.8.0"].contains(&version.name) {
            let states = |states: States<RanksOf8>, decays: bool| {
                let state = |(id, Optimizer::V1(state))| match state {
                    RanksOf8::Rank1(state) => (id, state.moments(decays)),
                    RanksOf8::Rank2(state) => (id, state.moments(decays)),
                };
                states.into_iter().map(state).collect::<Vec<_>>()
            };
            records(&folder, "adam", &|read, precision| agree(states(read, false), precision))
                + records(&folder, "adam_decay", &|read, _| assert_eq!(states(read, true).len(), 4))
        } else {
            records(&folder, "adam", &|states: States<Ranks>, precision| {
                let state = |(id, Optimizer::V1(state))| match state {
                    Ranks::Rank1(state) => (id, moments(&state.momentum)),
                    Ranks::Rank2(state) => (id, moments(&state.momentum)),
                };
                agree(states.into_iter().map(state).collect(), precision);
            })
        };
        check_count(version, 2, opened);
    }
}

#[test]
fn schedulers_open() {
    for version in VERSIONS {
        check_count(version, 3, records(&folder(version), "noam", &|steps: usize, _| assert_eq!(steps, 300)));
    }
}

#[test]
fn layers_that_only_0_13_had_so_open() {
    let version = version("0.13.2", true, false, [3, 0, 0, 0]);
    let folder = folder(&version);
    let opened = opens_each(Late::<Single>::new, Late::<Double>::new, &folder, "late", &|name| {
        Expected::of(&folder, name, name)
    });
    check_count(&version, 0, opened);
}
