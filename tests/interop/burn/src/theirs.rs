//! The models, as Burn has them.

use burn::backend::NdArray;
use burn::module::{Module, ModuleMapper, ModuleVisitor, Param, ParamId};
use burn::nn::attention::{MultiHeadAttention, MultiHeadAttentionConfig};
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::gru::{Gru, GruConfig};
use burn::nn::lstm::{Lstm, LstmConfig};
use burn::nn::pool::{AdaptiveAvgPool2d, AdaptiveAvgPool2dConfig, MaxPool2d, MaxPool2dConfig};
use burn::nn::{
    BatchNorm, BatchNormConfig, Dropout, DropoutConfig, Embedding, EmbeddingConfig, Gelu, LayerNorm, LayerNormConfig,
    Linear, LinearConfig, LinearLayout, Relu, SwiGlu, SwiGluConfig,
};
use burn::prelude::*;
use burn::record::Record;
use burn::tensor::{Bool, Int};

use crate::contents::{Contents, Tensor as Content};

pub type B = NdArray<f32>;
type Device = burn::backend::ndarray::NdArrayDevice;

#[derive(Module, Debug)]
pub struct BookModel<B: Backend> {
    linear_in: Linear<B>,
    linear_out: Linear<B>,
    activation: Relu,
}

impl BookModel<B> {
    pub fn new(d: &Device) -> Self {
        Self {
            linear_in: LinearConfig::new(10, 64).init(d),
            linear_out: LinearConfig::new(64, 2).init(d),
            activation: Relu::new(),
        }
    }
}

#[derive(Module, Debug)]
pub struct ConvNet<B: Backend> {
    conv1: Conv2d<B>,
    bn1: BatchNorm<B>,
    conv2: Conv2d<B>,
    pool: AdaptiveAvgPool2d,
    dropout: Dropout,
    fc: Linear<B>,
    activation: Relu,
}

impl ConvNet<B> {
    pub fn new(d: &Device) -> Self {
        Self {
            conv1: Conv2dConfig::new([3, 6], [3, 3]).init(d),
            bn1: BatchNormConfig::new(6).init(d),
            conv2: Conv2dConfig::new([6, 8], [3, 3]).with_stride([2, 2]).with_groups(2).with_bias(false).init(d),
            pool: AdaptiveAvgPool2dConfig::new([2, 2]).init(),
            dropout: DropoutConfig::new(0.3).init(),
            fc: LinearConfig::new(32, 12).init(d),
            activation: Relu::new(),
        }
    }
}

#[derive(Module, Debug)]
pub enum Mixer<B: Backend> {
    Lin(Linear<B>),
    Norm(LayerNorm<B>),
}

#[derive(Debug, Clone, Default)]
pub struct Extra {
    pub text: String,
}

#[derive(Module, Debug)]
pub struct Block<B: Backend> {
    proj: Linear<B>,
    norm: Option<LayerNorm<B>>,
    gain: Param<Tensor<B, 1>>,
}

#[derive(Module, Debug)]
pub struct Generic<B: Backend, M: Module<B>> {
    inner: M,
    bias: Param<Tensor<B, 1>>,
}

#[derive(Module, Debug)]
pub struct Nested<B: Backend> {
    layers: Vec<Linear<B>>,
    no_layers: Vec<Linear<B>>,
    opt_some: Option<Linear<B>>,
    opt_none: Option<Linear<B>>,
    pair: [Linear<B>; 2],
    tup: (Linear<B>, LayerNorm<B>),
    mix_lin: Mixer<B>,
    mix_norm: Mixer<B>,
    mixers: Vec<Mixer<B>>,
    emb: Embedding<B>,
    blocks: Vec<Block<B>>,
    generic: Generic<B, Linear<B>>,
    steps: Param<Tensor<B, 1, Int>>,
    mask: Param<Tensor<B, 2, Bool>>,
    cube: Param<Tensor<B, 3>>,
    opt_param: Option<Param<Tensor<B, 1>>>,
    opt_param_none: Option<Param<Tensor<B, 1>>>,
    vec_params: Vec<Param<Tensor<B, 1>>>,
    plain_tensor: Tensor<B, 1>,
    hidden: usize,
    prob: f64,
    name: String,
    flag: bool,
    maybe: Option<usize>,
    #[module(skip)]
    extra: Extra,
    act: Gelu,
}

fn ones(n: usize, d: &Device) -> Param<Tensor<B, 1>> {
    Param::initialized(ParamId::new(), Tensor::ones([n], d))
}

impl Block<B> {
    fn new(i: usize, o: usize, norm: bool, d: &Device) -> Self {
        Self {
            proj: LinearConfig::new(i, o).init(d),
            norm: norm.then(|| LayerNormConfig::new(o).init(d)),
            gain: ones(1, d),
        }
    }
}

impl Nested<B> {
    pub fn new(d: &Device) -> Self {
        let linear = |i, o| LinearConfig::new(i, o).init(d);
        Self {
            layers: vec![linear(4, 5), LinearConfig::new(5, 6).with_bias(false).init(d), linear(6, 3)],
            no_layers: vec![],
            opt_some: Some(linear(3, 2)),
            opt_none: None,
            pair: [linear(2, 3), linear(3, 2)],
            tup: (linear(2, 7), LayerNormConfig::new(7).init(d)),
            mix_lin: Mixer::Lin(linear(7, 3)),
            mix_norm: Mixer::Norm(LayerNormConfig::new(3).init(d)),
            mixers: vec![Mixer::Norm(LayerNormConfig::new(2).init(d)), Mixer::Lin(linear(2, 2))],
            emb: EmbeddingConfig::new(11, 4).init(d),
            blocks: vec![Block::new(3, 4, true, d), Block::new(4, 2, false, d)],
            generic: Generic { inner: linear(2, 2), bias: ones(2, d) },
            steps: Param::initialized(ParamId::new(), Tensor::from_ints([0, -1, 127, -30000, 30000], d)),
            mask: Param::initialized(
                ParamId::new(),
                Tensor::<B, 2, Int>::from_ints([[0, 1, 1, 0], [1, 0, 0, 1], [1, 1, 1, 0]], d).equal_elem(1),
            ),
            cube: Param::initialized(ParamId::new(), Tensor::zeros([2, 3, 4], d)),
            opt_param: Some(ones(3, d)),
            opt_param_none: None,
            vec_params: vec![ones(2, d), ones(3, d)],
            plain_tensor: Tensor::zeros([3], d),
            hidden: 17,
            prob: 0.25,
            name: "nested \"model\" \u{e9}".into(),
            flag: true,
            maybe: Some(3),
            extra: Extra { text: "x".into() },
            act: Gelu::new(),
        }
    }
}

#[derive(Module, Debug)]
pub struct Seq<B: Backend> {
    emb: Embedding<B>,
    lstm: Lstm<B>,
    gru: Gru<B>,
    mha: MultiHeadAttention<B>,
    norm: LayerNorm<B>,
    head: Linear<B>,
}

impl Seq<B> {
    pub fn new(d: &Device) -> Self {
        Self {
            emb: EmbeddingConfig::new(13, 6).init(d),
            lstm: LstmConfig::new(6, 8, true).init(d),
            gru: GruConfig::new(8, 8, false).init(d),
            mha: MultiHeadAttentionConfig::new(8, 2).with_dropout(0.0).init(d),
            norm: LayerNormConfig::new(8).init(d),
            head: LinearConfig::new(8, 3).init(d),
        }
    }
}

/// Layers without state, of which Burn's files have nothing, however many they are.
#[derive(Module, Debug)]
pub struct Stateless<B: Backend> {
    first: Linear<B>,
    pools: Vec<MaxPool2d>,
    pair: (Relu, Gelu),
    drops: [Dropout; 2],
    maybe: Option<Vec<Relu>>,
    act: Act,
    last: Linear<B>,
}

#[derive(Debug, Clone)]
pub enum Act {
    Relu(Relu),
    Gelu(Gelu),
}

impl Stateless<B> {
    pub fn new(d: &Device) -> Self {
        Self {
            first: LinearConfig::new(3, 4).init(d),
            pools: vec![MaxPool2dConfig::new([2, 2]).init(), MaxPool2dConfig::new([3, 3]).init()],
            pair: (Relu::new(), Gelu::new()),
            drops: [DropoutConfig::new(0.1).init(), DropoutConfig::new(0.2).init()],
            maybe: Some(vec![Relu::new()]),
            act: Act::Gelu(Gelu::new()),
            last: LinearConfig::new(4, 2).init(d),
        }
    }
}

#[derive(Module, Debug)]
pub struct Columns<B: Backend> {
    square: Linear<B>,
    wide: Linear<B>,
    rows: Linear<B>,
    gated: SwiGlu<B>,
    gated_square: SwiGlu<B>,
}

impl Columns<B> {
    pub fn new(d: &Device) -> Self {
        Self {
            square: LinearConfig::new(3, 3).with_layout(LinearLayout::Col).init(d),
            wide: LinearConfig::new(3, 5).with_layout(LinearLayout::Col).init(d),
            rows: LinearConfig::new(5, 5).init(d),
            gated: SwiGluConfig::new(3, 4).with_bias(true).with_layout(LinearLayout::Col).init(d),
            gated_square: SwiGluConfig::new(3, 3).with_layout(LinearLayout::Col).init(d),
        }
    }
}

#[derive(Record)]
pub struct Raw<B: Backend> {
    t: Tensor<B, 2>,
    i: Tensor<B, 1, Int>,
    b: Tensor<B, 2, Bool>,
    param: Param<Tensor<B, 1>>,
    v: Vec<f32>,
    n: usize,
    s: String,
    f: f64,
    neg: i64,
    big: u64,
    some: Option<u32>,
    none: Option<u32>,
    tup: (u8, i16),
    arr: [i32; 3],
    flag: bool,
    unit: (),
    nested: Option<Vec<Tensor<B, 1>>>,
}

impl Raw<B> {
    pub fn new(d: &Device) -> Self {
        Raw {
            t: Tensor::from_floats([[1.5, -2.25, 0.1], [3.3333, 65000.0, -0.00001]], d),
            i: Tensor::from_ints([-3, 0, 7, 30000], d),
            b: Tensor::<B, 2, Int>::from_ints([[1, 0], [0, 1], [1, 1]], d).equal_elem(1),
            param: Param::initialized(ParamId::from(123456789u64), Tensor::from_floats([0.5, -0.125], d)),
            v: vec![1.0, 2.5, -3.75],
            n: 300,
            s: "h\u{e9}llo".into(),
            f: 3.14159,
            neg: -70000,
            big: u64::MAX,
            some: Some(251),
            none: None,
            tup: (250, -129),
            arr: [1, -70000, 65],
            flag: true,
            unit: (),
            nested: Some(vec![Tensor::from_floats([9.0, 8.0], d), Tensor::from_floats([7.0], d)]),
        }
    }

    pub fn contents(self) -> Contents {
        let mut contents = Contents::default();
        let Self { v, n, s, f, neg, big, some, none, tup, arr, flag, unit, .. } = &self;
        contents.plain("rest", &(v, n, s, f, (neg, big, some, none), (tup, arr, flag, unit)));
        contents.tensor("t", floats(None, self.t));
        contents.tensor("i", ints(None, self.i));
        contents.tensor("b", bools(None, self.b));
        contents.tensor("param", floats(Some(self.param.id), self.param.val()));
        for (i, tensor) in self.nested.into_iter().flatten().enumerate() {
            contents.tensor(&format!("nested.{i}"), floats(None, tensor));
        }
        contents
    }
}

/// Numbers that are easily lost, then any.
struct Fill(u32);

impl ModuleMapper<B> for Fill {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<B, D>>) -> Param<Tensor<B, D>> {
        let (id, tensor, mapper) = param.consume();
        let shape = tensor.shape();
        let special = [-0.0, f32::INFINITY, 1e-40, f32::NAN, 6e-8, -65504.0, 0.1];
        let numbers: Vec<f32> = (0..shape.num_elements())
            .map(|i| {
                self.0 = self.0.wrapping_mul(0x915F_77F5).wrapping_add(0x3C6E_F35F);
                let any = f32::from_bits(0x3F80_0000 | self.0 >> 9) - 1.5;
                special.get(i).copied().unwrap_or(any)
            })
            .collect();
        let tensor = Tensor::from_data(TensorData::new(numbers, shape), &Device::default());
        Param::from_mapped_value(id, tensor, mapper)
    }
}

/// The model with numbers of its own in every parameter.
pub fn filled<M: Module<B>>(model: M) -> M {
    model.map(&mut Fill(7))
}

/// What a model holds.
pub fn contents<M: Module<B>>(model: &M) -> Contents {
    let mut collector = Collector::default();
    model.visit(&mut collector);
    collector.contents
}

#[derive(Default)]
struct Collector {
    path: Vec<String>,
    contents: Contents,
}

impl Collector {
    fn add(&mut self, tensor: Content) {
        self.contents.tensor(&self.path.join("."), tensor);
    }
}

impl ModuleVisitor<B> for Collector {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.into());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        self.add(floats(Some(param.id), param.val()));
    }

    fn visit_int<const D: usize>(&mut self, param: &Param<Tensor<B, D, Int>>) {
        self.add(ints(Some(param.id), param.val()));
    }

    fn visit_bool<const D: usize>(&mut self, param: &Param<Tensor<B, D, Bool>>) {
        self.add(bools(Some(param.id), param.val()));
    }
}

fn floats<const D: usize>(id: Option<ParamId>, tensor: Tensor<B, D>) -> Content {
    let shape = tensor.dims().to_vec();
    let numbers: Vec<f32> = tensor.into_data().to_vec().expect("the backend's floats are f32");
    let bits = numbers.into_iter().map(|x| x.to_bits().into()).collect();
    Content { id: id.map(|id| id.val()), kind: "float", shape, bits }
}

fn ints<const D: usize>(id: Option<ParamId>, tensor: Tensor<B, D, Int>) -> Content {
    let shape = tensor.dims().to_vec();
    let bits = tensor.into_data().iter::<i64>().map(i64::cast_unsigned).collect();
    Content { id: id.map(|id| id.val()), kind: "int", shape, bits }
}

fn bools<const D: usize>(id: Option<ParamId>, tensor: Tensor<B, D, Bool>) -> Content {
    let shape = tensor.dims().to_vec();
    let bits = tensor.into_data().iter::<bool>().map(u64::from).collect();
    Content { id: id.map(|id| id.val()), kind: "bool", shape, bits }
}
