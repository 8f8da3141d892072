//! The same models, as Vellum has them.

use vellum::backend::{Backend, Bool, Int, NdArray, Tensor};
use vellum::module::Owner;
use vellum::nn::attention::{MultiHeadAttention, MultiHeadAttentionConfig};
use vellum::nn::conv::{Conv2d, Conv2dConfig};
use vellum::nn::gru::{Gru, GruConfig};
use vellum::nn::lstm::{Lstm, LstmConfig};
use vellum::nn::pool::{AdaptiveAvgPool2d, AdaptiveAvgPool2dConfig, MaxPool2d, MaxPool2dConfig};
use vellum::nn::{
    BatchNorm, BatchNormConfig, Dropout, DropoutConfig, Embedding, EmbeddingConfig, Gelu, LayerNorm, LayerNormConfig,
    Linear, LinearConfig, LinearLayout, Relu, SwiGlu, SwiGluConfig,
};
use vellum::record::LeafRef;
use vellum::{convert, Conversion, DType, DTypeKind, Device, Module, ModuleVisitor, Param, Record, TensorPath};

use crate::contents::{Contents, Tensor as Content};

pub type B = NdArray<f32>;

#[derive(Module)]
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

#[derive(Module)]
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

#[derive(Module)]
pub enum Mixer<B: Backend> {
    Lin(Linear<B>),
    Norm(LayerNorm<B>),
}

#[derive(Default)]
pub struct Extra {
    pub text: String,
}

#[derive(Module)]
pub struct Block<B: Backend> {
    proj: Linear<B>,
    norm: Option<LayerNorm<B>>,
    gain: Param<Tensor<B, 1>>,
}

#[derive(Module)]
pub struct Generic<B: Backend, M: Module> {
    inner: M,
    bias: Param<Tensor<B, 1>>,
}

#[derive(Module)]
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
    #[module(skip = Tensor::zeros([3], Device::default()))]
    plain_tensor: Tensor<B, 1>,
    #[module(constant)]
    hidden: usize,
    #[module(constant)]
    prob: f64,
    #[module(constant)]
    name: String,
    #[module(constant)]
    flag: bool,
    #[module(constant)]
    maybe: Option<usize>,
    #[module(skip)]
    extra: Extra,
    act: Gelu,
}

fn zeros(n: usize, d: &Device) -> Param<Tensor<B, 1>> {
    Param::new(Tensor::zeros([n], d))
}

impl Block<B> {
    fn new(i: usize, o: usize, norm: bool, d: &Device) -> Self {
        Self {
            proj: LinearConfig::new(i, o).init(d),
            norm: norm.then(|| LayerNormConfig::new(o).init(d)),
            gain: zeros(1, d),
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
            generic: Generic { inner: linear(2, 2), bias: zeros(2, d) },
            steps: Param::new(Tensor::zeros([5], d)),
            mask: Param::new(Tensor::zeros([3, 4], d)),
            cube: Param::new(Tensor::zeros([2, 3, 4], d)),
            opt_param: Some(zeros(3, d)),
            opt_param_none: None,
            vec_params: vec![zeros(2, d), zeros(3, d)],
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

#[derive(Module)]
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

#[derive(Module)]
pub struct Stateless<B: Backend> {
    first: Linear<B>,
    #[module(constant)]
    pools: Vec<MaxPool2d>,
    #[module(constant)]
    pair: (Relu, Gelu),
    #[module(constant)]
    drops: [Dropout; 2],
    #[module(constant)]
    maybe: Option<Vec<Relu>>,
    act: Act,
    last: Linear<B>,
}

#[derive(Module)]
#[module(stateless)]
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

#[derive(Module)]
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

#[derive(Record, Clone)]
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
    pub fn contents(&self) -> Contents {
        let mut contents = Contents::default();
        contents.tensor("t", content(None, self.t.to_data()));
        contents.tensor("i", content(None, self.i.to_data()));
        contents.tensor("b", content(None, self.b.to_data()));
        contents.tensor("param", content(Some(self.param.id().as_u64()), self.param.to_data()));
        let Self { v, n, s, f, neg, big, some, none, tup, arr, flag, unit, .. } = self;
        contents.plain("rest", &(v, n, s, f, (neg, big, some, none), (tup, arr, flag, unit)));
        for (i, tensor) in self.nested.iter().flatten().enumerate() {
            contents.tensor(&format!("nested.{i}"), content(None, tensor.to_data()));
        }
        contents
    }
}

/// What a model holds.
pub fn contents(model: &impl Module) -> Contents {
    let mut collector = Collector(Contents::default());
    model.visit(&mut collector);
    collector.0
}

struct Collector(Contents);

impl ModuleVisitor for Collector {
    fn visit(&mut self, path: &TensorPath, leaf: &LeafRef<'_>, _owners: &[Owner]) {
        let data = leaf.to_data().expect("the tensor is in memory");
        self.0.tensor(&path.to_string(), content(leaf.id().map(|id| id.as_u64()), data));
    }
}

fn content(id: Option<u64>, data: vellum::TensorData) -> Content {
    let shape = data.shape().dims().to_vec();
    let as_dtype = |dtype| convert(data.clone(), dtype, &Conversion::default()).expect("it widens");
    let (kind, bits) = match data.dtype().kind() {
        DTypeKind::Float => ("float", {
            let numbers = as_dtype(DType::F32).to_vec::<f32>().expect("they are f32");
            numbers.into_iter().map(|x| x.to_bits().into()).collect()
        }),
        DTypeKind::Integer => ("int", {
            let numbers = as_dtype(DType::I64).to_vec::<i64>().expect("they are i64");
            numbers.into_iter().map(i64::cast_unsigned).collect()
        }),
        _ => ("bool", data.bytes().iter().map(|&byte| byte.into()).collect()),
    };
    Content { id, kind, shape, bits }
}
