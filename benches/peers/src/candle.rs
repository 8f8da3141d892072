//! What candle costs.

use std::collections::HashMap;
use std::path::Path;

use candle_core::{Device, Tensor, pickle, safetensors};
use vellum_benches::model::numbers;
use vellum_benches::phase::{Cost, measure};
use vellum_benches::rows::{Action, Cut, Format};

type Model = HashMap<String, Tensor>;

fn filled(cut: Cut) -> Model {
    let shape = cut.shape();
    let tensor = |place| Tensor::from_vec(numbers(place, shape.into_iter().product()), &shape, &Device::Cpu);
    (0..cut.count())
        .map(|place| (place.to_string(), tensor(place).expect("as many numbers as the shape says")))
        .collect()
}

/// Writes a file that loads read.
pub fn prepare(cut: Cut, path: &Path) {
    safetensors::save(&filled(cut), path).expect("there is room");
}

/// A save to `new`, or a load from `path`, as users get it.
pub fn run(action: Action, format: Format, cut: Cut, path: &Path, new: &Path) -> Cost {
    match (action, format) {
        (Action::Save, _) => {
            let model = filled(cut);
            measure(|| safetensors::save(&model, new).expect("there is room"))
        }
        (_, Format::Safetensors) => measure(|| safetensors::load(path, &Device::Cpu).expect("it is a file of tensors")),
        (_, Format::Torch) => measure(|| pickle::read_all(path).expect("it is a file of tensors")),
        (_, Format::Npz) => measure(|| Tensor::read_npz(path).expect("it is a file of tensors")),
        _ => unreachable!("it takes no part"),
    }
}
