//! The numbers that are saved and loaded: 400 MB of `f32`.

use crate::rows::Cut;

/// Layers of the recorders' model: `Linear` with a bias.
pub const LAYERS: usize = 25;
/// Inputs and outputs of each layer.
pub const WIDTH: usize = 2000;
/// Bytes of the model's parameters in memory; the biases, 0.2 MB, aside.
pub const BYTES: u64 = (LAYERS * WIDTH * WIDTH * size_of::<f32>()) as u64;

impl Cut {
    /// How many tensors there are; their names are `0` and so on.
    pub fn count(self) -> usize {
        LAYERS * WIDTH * WIDTH / self.shape().into_iter().product::<usize>()
    }

    /// The shape of each.
    pub fn shape(self) -> [usize; 2] {
        match self {
            Self::Few => [WIDTH, WIDTH],
            Self::Many => [100, 100],
        }
    }
}

/// The numbers of a tensor, by its place: all are different, none is special, and half precision holds them all.
pub fn numbers(place: usize, count: usize) -> Vec<f32> {
    let number = |index| {
        let hash = ((place * WIDTH * WIDTH + index) as u32).wrapping_mul(0x9E37_79B1);
        f32::from_bits(0x3F80_0000 | hash >> 9) - 1.5
    };
    (0..count).map(number).collect()
}
