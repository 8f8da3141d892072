//! What the crate `safetensors` costs, which knows of no model: its tensors are views of a file that was read.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use safetensors::tensor::{Dtype, TensorView};
use safetensors::{SafeTensors, serialize_to_file};
use vellum_benches::model::numbers;
use vellum_benches::phase::{Cost, measure};
use vellum_benches::rows::{Action, Cut};

fn filled(cut: Cut) -> Vec<Vec<u8>> {
    let bytes =
        |place| numbers(place, cut.shape().into_iter().product()).iter().flat_map(|n| n.to_le_bytes()).collect();
    (0..cut.count()).map(bytes).collect()
}

fn save(cut: Cut, model: &[Vec<u8>], path: &Path) {
    let view =
        |bytes| TensorView::new(Dtype::F32, cut.shape().to_vec(), bytes).expect("as many bytes as the shape says");
    let tensors: HashMap<String, TensorView<'_>> =
        model.iter().enumerate().map(|(place, bytes)| (place.to_string(), view(bytes))).collect();
    serialize_to_file(tensors, None, path).expect("there is room");
}

/// Writes a file that loads read.
pub fn prepare(cut: Cut, path: &Path) {
    save(cut, &filled(cut), path);
}

/// A save to `new`, or a load from `path`.
pub fn run(action: Action, cut: Cut, path: &Path, new: &Path) -> Cost {
    match action {
        Action::Save => {
            let model = filled(cut);
            measure(|| save(cut, &model, new))
        }
        _ => measure(|| {
            let bytes = fs::read(path).expect("the file is there");
            let tensors = SafeTensors::deserialize(&bytes).expect("it is a file of tensors").len();
            (bytes, tensors)
        }),
    }
}
