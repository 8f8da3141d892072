//! A table of vectors.

use ndarray::Array3;

use super::config::{config, init};
use super::initializer::Initializer;
use crate::backend::{Backend, Int, Tensor};
use crate::convert::{Conversion, convert};
use crate::device::Device;
use crate::dtype::DType;
use crate::error::Result;
use crate::module::{Module, Param};

/// Gives each number its row of the weight.
#[derive(Clone, Debug, Module)]
#[module(layer = Embedding)]
pub struct Embedding<B: Backend> {
    /// `[n_embedding, d_model]`.
    pub weight: Param<Tensor<B, 2>>,
}

config! {
    /// Creates an [`Embedding`].
    EmbeddingConfig {
        /// Number of entries.
        n_embedding: usize,
        /// Length of an entry.
        d_model: usize,
    } with {
        /// First values; standard normal by default.
        with_initializer => initializer: Initializer = Initializer::Normal { mean: 0.0, std: 1.0 },
    }
}

impl EmbeddingConfig {
    fn try_init<B: Backend>(&self, device: &Device) -> Result<Embedding<B>> {
        let (shape, fan_in, fan_out) = ([self.n_embedding, self.d_model], Some(self.n_embedding), Some(self.d_model));
        Ok(Embedding { weight: self.initializer.try_init_with(shape, fan_in, fan_out, device)? })
    }
}

init! { EmbeddingConfig: EmbeddingRecord => Embedding }

impl<B: Backend> Embedding<B> {
    /// `[batch, sequence]` to `[batch, sequence, d_model]`.
    ///
    /// # Panics
    /// If a number is negative or not less than the number of entries.
    pub fn forward(&self, input: Tensor<B, 2, Int>) -> Tensor<B, 3> {
        let ([batch, sequence], [entries, width]) = (input.dims(), self.weight.dims());
        let indices = match convert(input.into_data(), DType::I64, &Conversion::default()) {
            Ok(data) => data.to_vec::<i64>().unwrap_or_else(|_| unreachable!("the data was just made I64")),
            Err(error) => panic!("{error}"),
        };
        let weight = self.weight.elements();
        let mut output = Vec::with_capacity(indices.len() * width);
        for index in indices {
            match usize::try_from(index).ok().filter(|index| *index < entries) {
                Some(index) => output.extend_from_slice(&weight[index * width..][..width]),
                None => panic!("there is no entry {index} in an embedding of {entries}"),
            }
        }
        match Array3::from_shape_vec((batch, sequence, width), output) {
            Ok(output) => Tensor::from_array(output),
            Err(_) => unreachable!("each index gave one row"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::NdArray;

    fn embedding() -> Embedding<NdArray> {
        let mut embedding: Embedding<NdArray> = EmbeddingConfig::new(3, 2).init(Device::default());
        embedding.weight.set(Tensor::from_floats([[0.0f32, 1.0], [10.0, 11.0], [20.0, 21.0]], Device::default()));
        embedding
    }

    #[test]
    fn each_number_gives_its_row() {
        let output = embedding().forward(Tensor::from_ints([[2i64, 0, 2]], Device::default()));
        assert_eq!(output, Tensor::from_floats([[[20.0f32, 21.0], [0.0, 1.0], [20.0, 21.0]]], Device::default()));
    }

    #[test]
    #[should_panic(expected = "there is no entry 3 in an embedding of 3")]
    fn a_number_beyond_the_table_is_refused() {
        let _ = embedding().forward(Tensor::from_ints([[3i64]], Device::default()));
    }

    #[test]
    #[should_panic(expected = "there is no entry -1 in an embedding of 3")]
    fn a_negative_number_is_refused() {
        let _ = embedding().forward(Tensor::from_ints([[-1i64]], Device::default()));
    }
}
