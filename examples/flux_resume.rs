//! Opens a checkpoint of Flux.jl: the model, the state of its Adam, the epoch and the loss.
//!
//! `cargo run --release --example flux_resume`

use std::error::Error;
use std::path::PathBuf;

use vellum::backend::{Backend, NdArray, Tensor};
use vellum::nn::{Linear, LinearConfig, Relu};
use vellum::store::{FluxStore, ModuleSnapshot};
use vellum::{Device, Module, Value};

/// `Chain(Dense(10 => 5, relu), Dense(5 => 2))` in a struct, as Flux' documentation has it.
#[derive(Module, Debug)]
struct MyModel<B: Backend> {
    net: Chain<B>,
}

#[derive(Module, Debug)]
struct Chain<B: Backend> {
    layers: Vec<Linear<B>>,
}

impl<B: Backend> MyModel<B> {
    fn new(device: &B::Device) -> Self {
        let layers = vec![LinearConfig::new(10, 5).init(device), LinearConfig::new(5, 2).init(device)];
        Self { net: Chain { layers } }
    }

    fn forward(&self, x: Tensor<B, 2>) -> Tensor<B, 2> {
        let [first, second] = self.net.layers.as_slice() else { unreachable!("there are two layers") };
        second.forward(Relu::new().forward(first.forward(x)))
    }
}

/// What Adam keeps of one parameter, its two moments, and the rate at which it learns.
struct Moments {
    first: Vec<f32>,
    second: Vec<f32>,
    rate: f64,
}

/// The state of Adam for the parameter at these steps of the tree.
fn moments(store: &FluxStore, steps: &[&str]) -> Result<Moments, Box<dyn Error>> {
    let path = format!("opt_state1.{}", steps.join("."));
    let tensor = |part: &str| -> Result<Vec<f32>, Box<dyn Error>> {
        let snapshot = store.get_snapshot(&format!("{path}.state.{part}"))?.ok_or("no such moment")?;
        Ok(snapshot.to_data()?.to_vec()?)
    };
    let mut leaf = store.read_values()?.get("opt_state1").ok_or("no state of an optimiser")?;
    for step in steps {
        leaf = match (leaf, step.parse::<usize>()) {
            (Value::List(items), Ok(place)) => place.checked_sub(1).and_then(|place| items.get(place)),
            (other, _) => other.get(step),
        }
        .ok_or("the tree has no such parameter")?;
    }
    let rate = leaf.get("rule").and_then(|rule| rule.get("eta")).and_then(Value::as_f64).ok_or("no learning rate")?;
    Ok(Moments { first: tensor("1")?, second: tensor("2")?, rate })
}

fn main() -> Result<(), Box<dyn Error>> {
    let device = Device::default();
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/flux");
    for file in ["siegl_flux_checkpoint_adam_e1.jld2", "siegl_flux_checkpoint_adam_e2.jld2"] {
        let store = FluxStore::from_file(folder.join(file));
        let values = store.read_values()?;
        let epoch = values.get("epoch1").and_then(Value::as_i64).ok_or("no epoch")?;
        let loss = values.get("loss1").and_then(Value::as_f64).ok_or("no loss")?;
        println!("{file}: epoch {epoch}, loss {loss}");

        let mut model = MyModel::<NdArray>::new(&device);
        let result = model.load_from(&mut store.clone().with_top_level_key("model_state1"))?;
        println!("  {} tensors loaded, {} left over", result.applied.len(), result.unused.len());
        let output = model.forward(Tensor::ones([1, 10], &device));
        println!("  ten ones become {:?}", output.elements());

        let weight = moments(&store, &["net", "layers", "1", "weight"])?;
        let largest = |moments: &[f32]| moments.iter().fold(0.0f32, |a, x| a.max(x.abs()));
        println!(
            "  Adam with a rate of {}: moments of {} weights, at most {} and {}",
            weight.rate,
            weight.first.len(),
            largest(&weight.first),
            largest(&weight.second),
        );
    }
    Ok(())
}
