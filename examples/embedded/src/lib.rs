//! Classifies handwritten digits by a model that is compiled into the program: no file and no system. Vellum is built without its `std` feature.

use ndarray::{Array1, Array2, ArrayView1, Axis};
use vellum::record::{FullPrecisionSettings, Recorder};
use vellum::recorder::BinBytesRecorder;
use vellum::{Device, Module, Param, Result};

/// The model that the example `digits` trained: the file that `BinFileRecorder` wrote, as it is.
const MODEL: &[u8] = include_bytes!("../../data/digits.bin");
/// A hundred images that it was not trained on: 64 grey values from 0 to 16 and the digit, a line each.
const IMAGES: &str = include_str!("../../data/some_digits.csv");

#[derive(Module)]
struct Layer {
    weight: Param<Array2<f32>>,
    bias: Param<Array1<f32>>,
}

impl Layer {
    fn forward(&self, x: ArrayView1<f32>) -> Array1<f32> {
        x.dot(&*self.weight) + &*self.bias
    }
}

/// Reads digits from images.
#[derive(Module)]
pub struct Mlp {
    hidden: Layer,
    output: Layer,
}

impl Mlp {
    /// The model that is compiled in. Its bytes are read where they are.
    ///
    /// # Errors
    /// If those bytes are not the ones that were saved.
    pub fn compiled_in() -> Result<Self> {
        let recorder = BinBytesRecorder::<FullPrecisionSettings, &'static [u8]>::default();
        recorder.load(MODEL, Device::default()).map(Self::init_with)
    }

    /// The digit that an image of 64 grey values from 0 to 1 shows.
    pub fn classify(&self, image: ArrayView1<f32>) -> usize {
        let hidden = self.hidden.forward(image).mapv_into(|x| x.max(0.0));
        let scores = self.output.forward(hidden.view());
        (0..scores.len()).max_by(|&a, &b| scores[a].total_cmp(&scores[b])).unwrap_or_default()
    }
}

/// The images that are compiled in, a row each, and what they show.
pub fn images() -> (Array2<f32>, Array1<usize>) {
    let numbers = |line: &str| line.split(',').filter_map(|n| n.parse::<f32>().ok()).collect::<Vec<_>>();
    let rows: Vec<_> = IMAGES.lines().map(numbers).collect();
    let images = Array2::from_shape_fn((rows.len(), 64), |(image, pixel)| rows[image][pixel] / 16.0);
    (images, rows.iter().map(|row| row[64] as usize).collect())
}

/// How many of the images that are compiled in the model reads right.
///
/// # Errors
/// As [`Mlp::compiled_in`].
pub fn count_right() -> Result<usize> {
    let model = Mlp::compiled_in()?;
    let (images, labels) = images();
    Ok(images.axis_iter(Axis(0)).zip(labels).filter(|(image, label)| model.classify(image.view()) == *label).count())
}

/// [`count_right`], for the host of a WebAssembly module; -1 for an error.
#[cfg(target_arch = "wasm32")]
#[unsafe(no_mangle)]
pub extern "C" fn digits_read_right() -> i32 {
    count_right().ok().and_then(|n| i32::try_from(n).ok()).unwrap_or(-1)
}
