//! The structs whose files Burn wrote, as a user of Vellum writes them.

use vellum::backend::{Backend, Bool, Int, Tensor};
use vellum::nn::attention::{MhaInput, MultiHeadAttention, MultiHeadAttentionConfig};
use vellum::nn::conv::{Conv2d, Conv2dConfig};
use vellum::nn::gru::{Gru, GruConfig};
use vellum::nn::lstm::{Lstm, LstmConfig};
use vellum::nn::pool::{AdaptiveAvgPool2d, AdaptiveAvgPool2dConfig};
use vellum::nn::{
    BatchNorm, BatchNormConfig, Dropout, DropoutConfig, Embedding, EmbeddingConfig, Gelu, LayerNorm, LayerNormConfig,
    Linear, LinearConfig, Relu,
};
use vellum::{Module, Param, Record};

#[derive(Module, Debug)]
pub(crate) struct Model<B: Backend> {
    linear_in: Linear<B>,
    linear_out: Linear<B>,
    activation: Relu,
}

impl<B: Backend> Model<B> {
    pub(crate) fn new(device: &B::Device) -> Self {
        Self {
            linear_in: LinearConfig::new(10, 64).init(device),
            linear_out: LinearConfig::new(64, 2).init(device),
            activation: Relu::new(),
        }
    }

    pub(crate) fn forward(&self, x: Tensor<B, 2>) -> Tensor<B, 2> {
        self.linear_out.forward(self.activation.forward(self.linear_in.forward(x)))
    }
}

#[derive(Module, Debug)]
pub(crate) struct ConvNet<B: Backend> {
    pub(crate) conv1: Conv2d<B>,
    pub(crate) bn1: BatchNorm<B>,
    pub(crate) conv2: Conv2d<B>,
    pub(crate) bn2: BatchNorm<B>,
    pub(crate) pool: AdaptiveAvgPool2d,
    pub(crate) dropout: Dropout,
    pub(crate) fc1: Linear<B>,
    pub(crate) fc2: Linear<B>,
    pub(crate) activation: Relu,
}

impl<B: Backend> ConvNet<B> {
    pub(crate) fn new(device: &B::Device) -> Self {
        Self {
            conv1: Conv2dConfig::new([3, 6], [3, 3]).init(device),
            bn1: BatchNormConfig::new(6).init(device),
            conv2: Conv2dConfig::new([6, 8], [3, 3]).with_stride([2, 2]).with_groups(2).with_bias(false).init(device),
            bn2: BatchNormConfig::new(8).init(device),
            pool: AdaptiveAvgPool2dConfig::new([2, 2]).init(),
            dropout: DropoutConfig::new(0.3).init(),
            fc1: LinearConfig::new(32, 12).init(device),
            fc2: LinearConfig::new(12, 5).with_bias(false).init(device),
            activation: Relu::new(),
        }
    }

    pub(crate) fn forward(&self, x: Tensor<B, 4>) -> Tensor<B, 2> {
        let x = self.activation.forward(self.bn1.forward(self.conv1.forward(x)));
        let x = self.activation.forward(self.bn2.forward(self.conv2.forward(x)));
        let x = self.dropout.forward(self.pool.forward(x)).flatten::<2>(1, 3);
        self.fc2.forward(self.activation.forward(self.fc1.forward(x)))
    }
}

#[derive(Module, Debug)]
pub(crate) struct Seq<B: Backend> {
    emb: Embedding<B>,
    lstm: Lstm<B>,
    gru: Gru<B>,
    mha: MultiHeadAttention<B>,
    norm: LayerNorm<B>,
    head: Linear<B>,
}

impl<B: Backend> Seq<B> {
    pub(crate) fn new(device: &B::Device) -> Self {
        Self {
            emb: EmbeddingConfig::new(13, 6).init(device),
            lstm: LstmConfig::new(6, 8, true).init(device),
            gru: GruConfig::new(8, 8, false).init(device),
            mha: MultiHeadAttentionConfig::new(8, 2).with_dropout(0.0).init(device),
            norm: LayerNormConfig::new(8).init(device),
            head: LinearConfig::new(8, 3).init(device),
        }
    }

    pub(crate) fn forward(&self, x: Tensor<B, 2, Int>) -> Tensor<B, 3> {
        let (hidden, _) = self.lstm.forward(self.emb.forward(x), None);
        let hidden = self.gru.forward(hidden, None);
        let hidden = self.mha.forward(MhaInput::self_attn(hidden)).context;
        self.head.forward(self.norm.forward(hidden))
    }
}

#[derive(Module, Debug)]
pub(crate) enum Mixer<B: Backend> {
    Lin(Linear<B>),
    Norm(LayerNorm<B>),
}

#[derive(Debug, Clone, Default)]
#[expect(dead_code, reason = "what is in it is not saved")]
pub(crate) struct Extra {
    pub(crate) a: u32,
    pub(crate) b: String,
}

#[derive(Module, Debug)]
pub(crate) struct Block<B: Backend> {
    proj: Linear<B>,
    norm: Option<LayerNorm<B>>,
    gain: Param<Tensor<B, 1>>,
}

#[derive(Module, Debug)]
pub(crate) struct Generic<B: Backend, M: Module> {
    inner: M,
    bias: Param<Tensor<B, 1>>,
}

/// Every form that a module can have. What Burn does not save is marked, as it has to be here.
#[derive(Module, Debug)]
#[expect(dead_code, reason = "what is skipped is there for its slot")]
pub(crate) struct Nested<B: Backend> {
    pub(crate) layers: Vec<Linear<B>>,
    no_layers: Vec<Linear<B>>,
    pub(crate) opt_some: Option<Linear<B>>,
    opt_none: Option<Linear<B>>,
    pair: [Linear<B>; 2],
    tup: (Linear<B>, LayerNorm<B>),
    pub(crate) mix_lin: Mixer<B>,
    mix_norm: Mixer<B>,
    mixers: Vec<Mixer<B>>,
    emb: Embedding<B>,
    blocks: Vec<Block<B>>,
    r#gen: Generic<B, Linear<B>>,
    scale: Param<Tensor<B, 1>>,
    steps: Param<Tensor<B, 1, Int>>,
    mask: Param<Tensor<B, 2, Bool>>,
    cube: Param<Tensor<B, 3>>,
    opt_param: Option<Param<Tensor<B, 1>>>,
    opt_param_none: Option<Param<Tensor<B, 1>>>,
    vec_params: Vec<Param<Tensor<B, 1>>>,
    #[module(skip = Tensor::zeros([3], vellum::Device::default()))]
    plain_tensor: Tensor<B, 1>,
    #[module(constant, default = 17)]
    pub(crate) hidden: usize,
    #[module(constant, default = 0.25)]
    pub(crate) prob: f64,
    #[module(constant, default = String::from("nested"))]
    name: String,
    #[module(constant, default = true)]
    flag: bool,
    #[module(constant, default = Some(3))]
    maybe: Option<usize>,
    #[module(skip)]
    extra: Extra,
    act: Gelu,
}

impl<B: Backend> Block<B> {
    fn new(input: usize, output: usize, norm: bool, device: &B::Device) -> Self {
        Self {
            proj: LinearConfig::new(input, output).init(device),
            norm: norm.then(|| LayerNormConfig::new(output).init(device)),
            gain: zeros(1, device),
        }
    }
}

fn zeros<B: Backend>(n: usize, device: &B::Device) -> Param<Tensor<B, 1>> {
    Param::new(Tensor::zeros([n], device))
}

impl<B: Backend> Nested<B> {
    pub(crate) fn new(device: &B::Device) -> Self {
        Self {
            layers: vec![
                LinearConfig::new(4, 5).init(device),
                LinearConfig::new(5, 6).with_bias(false).init(device),
                LinearConfig::new(6, 3).init(device),
            ],
            no_layers: vec![],
            opt_some: Some(LinearConfig::new(3, 2).init(device)),
            opt_none: None,
            pair: [LinearConfig::new(2, 3).init(device), LinearConfig::new(3, 2).init(device)],
            tup: (LinearConfig::new(2, 7).init(device), LayerNormConfig::new(7).init(device)),
            mix_lin: Mixer::Lin(LinearConfig::new(7, 3).init(device)),
            mix_norm: Mixer::Norm(LayerNormConfig::new(3).init(device)),
            mixers: vec![
                Mixer::Norm(LayerNormConfig::new(2).init(device)),
                Mixer::Lin(LinearConfig::new(2, 2).init(device)),
            ],
            emb: EmbeddingConfig::new(11, 4).init(device),
            blocks: vec![Block::new(3, 4, true, device), Block::new(4, 2, false, device)],
            r#gen: Generic { inner: LinearConfig::new(2, 2).init(device), bias: zeros(2, device) },
            scale: zeros(1, device),
            steps: Param::new(Tensor::zeros([5], device)),
            mask: Param::new(Tensor::zeros([3, 4], device)),
            cube: Param::new(Tensor::zeros([2, 3, 4], device)),
            opt_param: Some(zeros(3, device)),
            opt_param_none: None,
            vec_params: vec![zeros(2, device), zeros(3, device)],
            plain_tensor: Tensor::zeros([3], device),
            hidden: 17,
            prob: 0.25,
            name: "nested".into(),
            flag: true,
            maybe: Some(3),
            extra: Extra { a: 7, b: "x".into() },
            act: Gelu::new(),
        }
    }
}

/// Plain data without parameters around it.
#[derive(Record)]
pub(crate) struct Raw<B: Backend> {
    pub(crate) t: Tensor<B, 2>,
    pub(crate) i: Tensor<B, 1, Int>,
    pub(crate) b: Tensor<B, 2, Bool>,
    pub(crate) param: Param<Tensor<B, 1>>,
    pub(crate) v: Vec<f32>,
    pub(crate) n: usize,
    pub(crate) s: String,
    pub(crate) f: f64,
    pub(crate) neg: i64,
    pub(crate) big: u64,
    pub(crate) some: Option<u32>,
    pub(crate) none: Option<u32>,
    pub(crate) tup: (u8, i16),
    pub(crate) arr: [i32; 3],
    pub(crate) flag: bool,
    pub(crate) unit: (),
    pub(crate) nested: Option<Vec<Tensor<B, 1>>>,
}

/// Tensors of each kind, as Burn 0.16 wrote them.
#[derive(Record)]
pub(crate) struct Ints<B: Backend> {
    pub(crate) i: Tensor<B, 1, Int>,
    pub(crate) f: Tensor<B, 1>,
    pub(crate) b: Tensor<B, 2, Bool>,
    pub(crate) p: Param<Tensor<B, 1, Int>>,
}
