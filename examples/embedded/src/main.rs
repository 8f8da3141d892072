//! Reads the digits that are compiled in and says how many it read right.
//!
//! `cargo run --release -p vellum-embedded`; for WebAssembly, see `examples/embedded/run.mjs`.

use ndarray::Axis;
use vellum_embedded::{Mlp, count_right, images};

fn main() -> vellum::Result<()> {
    let model = Mlp::compiled_in()?;
    let (images, labels) = images();
    let read: String = images.axis_iter(Axis(0)).map(|image| model.classify(image).to_string()).collect();
    let shown: String = labels.iter().map(ToString::to_string).collect();
    println!("shown {shown}\nread  {read}\n{} of {} are read right", count_right()?, labels.len());
    Ok(())
}
