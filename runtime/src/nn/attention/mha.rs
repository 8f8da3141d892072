//! Multi-head attention.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array3, Array4, ArrayView3, ArrayViewD, ArrayViewMut2, Axis, Ix3, s};
use num_traits::{Float, One, Zero};

use crate::backend::{Backend, Bool, FloatElement, Tensor};
use crate::device::Device;
use crate::error::Result;
use crate::module::Module;
use crate::nn::activation::{Gelu, softmax};
use crate::nn::config::{config, ensure, init};
use crate::nn::dropout::{Dropout, DropoutConfig};
use crate::nn::initializer::Initializer;
use crate::nn::linear::{Linear, LinearConfig};
use crate::nn::ops;

/// Multi-head attention (Vaswani et al., 2017): `softmax(q kᵀ / √d_k) v` for each head, the heads side by side through `output`.
#[derive(Clone, Debug, Module)]
#[module(layer = MultiHeadAttention)]
pub struct MultiHeadAttention<B: Backend> {
    /// `d_model` to `d_model`, the heads one after the other.
    pub query: Linear<B>,
    /// As `query`.
    pub key: Linear<B>,
    /// As `query`.
    pub value: Linear<B>,
    /// `d_model` to `d_model`.
    pub output: Linear<B>,
    /// Of the scores, in training.
    pub dropout: Dropout,
    /// Not used; Burn's files have a slot for it.
    pub activation: Gelu,
    /// Length of the last axes.
    #[module(constant)]
    pub d_model: usize,
    /// Number of heads.
    #[module(constant)]
    pub n_heads: usize,
    /// Length of a head: `d_model / n_heads`.
    #[module(constant)]
    pub d_k: usize,
    /// The score of what is masked.
    #[module(constant)]
    pub min_float: f64,
    /// Whether a place may attend to nothing: 1 is added to the softmax's sum.
    #[module(constant)]
    pub quiet_softmax: bool,
}

config! {
    /// Creates a [`MultiHeadAttention`].
    MultiHeadAttentionConfig {
        /// Length of the last axes.
        d_model: usize,
        /// Number of heads; divides `d_model`.
        n_heads: usize,
    } with {
        /// Probability of dropout in training; 0.1 by default.
        with_dropout => dropout: f64 = 0.1,
        /// The score of what is masked; -1e4 by default.
        with_min_float => min_float: f64 = -1.0e4,
        /// Whether a place may attend to nothing. It may not by default.
        with_quiet_softmax => quiet_softmax: bool = false,
        /// First values; by default uniform in `±1 / sqrt(d_model)`.
        with_initializer => initializer: Initializer = Initializer::LAYER,
    }
}

impl MultiHeadAttentionConfig {
    fn try_init<B: Backend>(&self, device: &Device) -> Result<MultiHeadAttention<B>> {
        let Self { d_model, n_heads, .. } = *self;
        let divide = n_heads > 0 && d_model.is_multiple_of(n_heads);
        ensure(divide, || format!("{n_heads} heads do not divide a `d_model` of {d_model}"))?;
        let linear = || LinearConfig::new(d_model, d_model).with_initializer(self.initializer).try_init(device);
        Ok(MultiHeadAttention {
            query: linear()?,
            key: linear()?,
            value: linear()?,
            output: linear()?,
            dropout: DropoutConfig::new(self.dropout).try_init()?,
            activation: Gelu::new(),
            d_model,
            n_heads,
            d_k: d_model / n_heads,
            min_float: self.min_float,
            quiet_softmax: self.quiet_softmax,
        })
    }
}

init! {
    /// If the heads do not divide `d_model`, or `dropout` is not a probability.
    MultiHeadAttentionConfig: MultiHeadAttentionRecord => MultiHeadAttention
}

/// What attends, and to what.
#[derive(Clone, Debug)]
pub struct MhaInput<B: Backend> {
    query: Tensor<B, 3>,
    key: Tensor<B, 3>,
    value: Tensor<B, 3>,
    mask_pad: Option<Tensor<B, 2, Bool>>,
    mask_attn: Option<Tensor<B, 3, Bool>>,
}

impl<B: Backend> MhaInput<B> {
    /// A sequence that attends to itself: `[batch, sequence, d_model]`.
    pub fn self_attn(tensor: Tensor<B, 3>) -> Self {
        Self::new(tensor.clone(), tensor.clone(), tensor)
    }

    /// `query` `[batch, sequence 1, d_model]` attends to `key` and `value` `[batch, sequence 2, d_model]`.
    pub fn new(query: Tensor<B, 3>, key: Tensor<B, 3>, value: Tensor<B, 3>) -> Self {
        Self { query, key, value, mask_pad: None, mask_attn: None }
    }

    /// Where `mask` is true nobody attends to: `[batch, sequence 2]`, or `[1, sequence 2]` for all.
    #[must_use]
    pub fn mask_pad(mut self, mask: Tensor<B, 2, Bool>) -> Self {
        self.mask_pad = Some(mask);
        self
    }

    /// Where `mask` is true the first place does not attend to the second: `[batch, sequence 1, sequence 2]`, or one for all.
    #[must_use]
    pub fn mask_attn(mut self, mask: Tensor<B, 3, Bool>) -> Self {
        self.mask_attn = Some(mask);
        self
    }
}

/// What attention gives.
#[derive(Clone, Debug)]
pub struct MhaOutput<B: Backend> {
    /// How much each place attends to each: `[batch, heads, sequence 1, sequence 2]`.
    pub weights: Tensor<B, 4>,
    /// `[batch, sequence 1, d_model]`.
    pub context: Tensor<B, 3>,
}

impl<B: Backend> MultiHeadAttention<B> {
    /// See [`MhaInput`] and [`MhaOutput`] for the shapes.
    ///
    /// # Panics
    /// If the shapes of the input do not go together, or the masks have others than [`MhaInput`] says; if a weight or a bias does not fit
    /// `n_heads` of `d_k`.
    pub fn forward(&self, input: MhaInput<B>) -> MhaOutput<B> {
        let MhaInput { query, key, value, mask_pad, mask_attn } = input;
        let ([batch, len, _], [_, attended, _]) = (query.dims(), key.dims());
        for (name, linear) in [("query", &self.query), ("key", &self.key), ("value", &self.value)] {
            let [d_input, _] = linear.weight.dims();
            linear.assert_shape(name, [d_input, self.n_heads * self.d_k]);
        }
        let [_, d_output] = self.output.weight.dims();
        self.output.assert_shape("output", [self.n_heads * self.d_k, d_output]);
        let (query, key, value) = (self.query.forward(query), self.key.forward(key), self.value.forward(value));
        let [query, key, value] = [&query, &key, &value].map(three_axes);
        assert_eq!((key.shape()[0], key.shape()), (batch, value.shape()), "batch and shape of key and value");

        // One mask may be for the whole batch. No other axis is repeated.
        let items = |masks: usize| if masks == 1 { 1 } else { batch };
        if let Some(mask) = &mask_pad {
            let found = mask.dims();
            ops::assert_shape("mask_pad", found, [items(found[0]), attended]);
        }
        if let Some(mask) = &mask_attn {
            let found = mask.dims();
            ops::assert_shape("mask_attn", found, [items(found[0]), len, attended]);
        }
        let masks = mask_pad.iter().map(Tensor::view).chain(mask_attn.iter().map(Tensor::view));
        let masks: Vec<ArrayViewD<'_, bool>> = masks.collect();
        let scale = ops::count::<B::FloatElem>(self.d_k).sqrt().recip();
        let masked = B::FloatElem::from_f64(self.min_float);
        let mut weights = Array4::zeros((batch, self.n_heads, len, attended));
        let mut context = Array3::zeros((batch, len, self.n_heads * self.d_k));
        for item in 0..batch {
            for head in 0..self.n_heads {
                let own = s![item, .., head * self.d_k..(head + 1) * self.d_k];
                let mut scores = weights.slice_mut(s![item, head, .., ..]);
                let zero = B::FloatElem::zero();
                general_mat_mul(scale, &query.slice(own), &key.slice(own).t(), zero, &mut scores);
                for mask in &masks {
                    mask_scores(&mut scores, &mask.index_axis(Axis(0), item.min(mask.shape()[0] - 1)), masked);
                }
                scores.rows_mut().into_iter().for_each(|row| softmax(row, self.quiet_softmax));
                general_mat_mul(B::FloatElem::one(), &scores, &value.slice(own), zero, &mut context.slice_mut(own));
            }
        }
        let context = self.output.forward(Tensor::<B, 3>::from_array(context));
        MhaOutput { weights: Tensor::from_array(weights), context }
    }
}

fn three_axes<B: Backend>(tensor: &Tensor<B, 3>) -> ArrayView3<'_, B::FloatElem> {
    match tensor.view().into_dimensionality::<Ix3>() {
        Ok(view) => view,
        Err(_) => unreachable!("the tensor has three axes"),
    }
}

/// Sets the scores where `mask`, a row for all or one for each, is true.
fn mask_scores<E: FloatElement>(scores: &mut ArrayViewMut2<'_, E>, mask: &ArrayViewD<'_, bool>, masked: E) {
    let shape = scores.raw_dim();
    match mask.broadcast(shape) {
        Some(mask) => scores.zip_mut_with(&mask, |score, mask| {
            if *mask {
                *score = masked;
            }
        }),
        None => unreachable!("the mask's shape was compared"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::NdArray;

    fn attention(quiet: bool) -> MultiHeadAttention<NdArray<f64>> {
        MultiHeadAttentionConfig::new(4, 2).with_quiet_softmax(quiet).init(Device::default())
    }

    fn random(shape: [usize; 3]) -> Tensor<NdArray<f64>, 3> {
        Initializer::Normal { mean: 0.0, std: 1.0 }.init(shape, Device::default()).into_value()
    }

    #[test]
    fn weights_and_context_follow_the_definition() {
        let (mha, query, key) = (attention(false), random([2, 3, 4]), random([2, 5, 4]));
        let output = mha.forward(MhaInput::new(query.clone(), key.clone(), key.clone()));
        assert_eq!((output.weights.dims(), output.context.dims()), ([2, 2, 3, 5], [2, 3, 4]));

        let (q, k, v) = (mha.query.forward(query), mha.key.forward(key.clone()), mha.value.forward(key));
        let mut mixed = Array3::zeros((2, 3, 4));
        for (item, head, i) in itertools(2, 2, 3) {
            let score = |j: usize| {
                (0..2).map(|d| q.view()[[item, i, head * 2 + d]] * k.view()[[item, j, head * 2 + d]]).sum::<f64>()
            };
            let raw: Vec<f64> = (0..5).map(|j| (score(j) / 2f64.sqrt()).exp()).collect();
            for j in 0..5 {
                let weight = raw[j] / raw.iter().sum::<f64>();
                assert!((output.weights.view()[[item, head, i, j]] - weight).abs() < 1e-12);
                for d in 0..2 {
                    mixed[[item, i, head * 2 + d]] += weight * v.view()[[item, j, head * 2 + d]];
                }
            }
        }
        let context = mha.output.forward(Tensor::<NdArray<f64>, 3>::from_array(mixed));
        for (a, b) in output.context.elements().iter().zip(context.elements()) {
            assert!((a - b).abs() < 1e-12);
        }
    }

    fn itertools(a: usize, b: usize, c: usize) -> impl Iterator<Item = (usize, usize, usize)> {
        (0..a * b * c).map(move |i| (i / (b * c), i / c % b, i % c))
    }

    #[test]
    fn nobody_attends_to_what_is_masked() {
        let (mha, input) = (attention(false), random([1, 3, 4]));
        let pad = Tensor::from_data([[false, true, false]], Device::default());
        let attn = Tensor::from_data([[[false, false, true], [false; 3], [false; 3]]], Device::default());
        let weights = mha.forward(MhaInput::self_attn(input).mask_pad(pad).mask_attn(attn)).weights;
        for (index, weight) in weights.view().indexed_iter() {
            let masked = index[3] == 1 || (index[2], index[3]) == (0, 2);
            assert_eq!(*weight == 0.0, masked, "{index:?}: {weight}");
        }
    }

    #[test]
    fn one_mask_is_for_the_whole_batch() {
        let (mha, input) = (attention(false), random([2, 3, 4]));
        let (pad, attn) = ([false, true, false], [[false, false, true], [false; 3], [false; 3]]);
        let one = MhaInput::self_attn(input.clone())
            .mask_pad(Tensor::from_data([pad], Device::default()))
            .mask_attn(Tensor::from_data([attn], Device::default()));
        let each = MhaInput::self_attn(input)
            .mask_pad(Tensor::from_data([pad; 2], Device::default()))
            .mask_attn(Tensor::from_data([attn; 2], Device::default()));
        assert_eq!(mha.forward(one).weights, mha.forward(each).weights);
    }

    #[test]
    #[should_panic(expected = "`mask_pad` has shape [3, 3]")]
    fn masks_of_another_batch_are_refused() {
        let pad = Tensor::from_data([[false; 3]; 3], Device::default());
        attention(false).forward(MhaInput::self_attn(random([2, 3, 4])).mask_pad(pad));
    }

    #[test]
    fn quiet_weights_add_up_to_less_than_one() {
        let weights = attention(true).forward(MhaInput::self_attn(random([1, 3, 4]))).weights;
        assert!(weights.view().rows().into_iter().all(|row| row.sum() < 1.0));
    }

    #[test]
    #[should_panic(expected = "3 heads do not divide")]
    fn heads_must_divide_the_model() {
        let _: MultiHeadAttention<NdArray> = MultiHeadAttentionConfig::new(4, 3).init(Device::default());
    }
}
