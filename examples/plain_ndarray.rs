//! A module needs no generics and no tensor type of ours: a struct of `ndarray` arrays is saved and loaded as it is.
//!
//! `cargo run --release --example plain_ndarray`

use std::error::Error;

use ndarray::{Array1, Array2, array};
use vellum::module::Buffer;
use vellum::record::{FullPrecisionSettings, Recorder};
use vellum::recorder::NamedMpkFileRecorder;
use vellum::{Device, Module, Param};

/// Standardises its inputs, then one linear layer.
#[derive(Module, Debug)]
struct Regression {
    weight: Param<Array2<f32>>,
    bias: Param<Array1<f32>>,
    /// State that is saved and not trained.
    mean: Buffer<Array1<f32>>,
    /// A hyperparameter: saved with the model, given back by `init_with`.
    #[module(constant)]
    name: String,
    /// Not saved; made anew.
    #[module(skip)]
    calls: usize,
}

impl Regression {
    fn predict(&mut self, x: &Array2<f32>) -> Array2<f32> {
        self.calls += 1;
        (x - &*self.mean).dot(&*self.weight) + &*self.bias
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut model = Regression {
        weight: Param::new(array![[1.0, -0.5], [2.0, 0.25]]),
        bias: Param::new(array![0.1, 0.2]),
        mean: Buffer::new(array![3.0, 4.0]),
        name: "two in, two out".into(),
        calls: 0,
    };
    let x = array![[1.0, 2.0], [5.0, 6.0]];
    let before = model.predict(&x);

    let folder = tempfile::tempdir()?;
    let path = folder.path().join("regression");
    let recorder = NamedMpkFileRecorder::<FullPrecisionSettings>::new();
    model.save_file(&path, &recorder)?;

    // By value, into a model that did not exist before.
    let record: RegressionRecord = recorder.load(path.clone(), Device::default())?;
    let mut loaded = Regression::init_with(record);
    let after = loaded.predict(&x);
    println!("{}: {} parameters, predicts {after}", loaded.name, loaded.num_params());
    assert_eq!(after, before);

    // In place, with a report of what was loaded.
    let report = loaded.load_file_into(&path, &recorder, Device::default())?;
    println!("{report}");

    // A file that does not fit changes nothing and says everything that is wrong.
    let mut other = Regression { weight: Param::new(Array2::zeros((3, 2))), name: "three in".into(), ..loaded };
    let error = other.load_file_into(&path, &recorder, Device::default()).expect_err("the shapes differ");
    println!("{error}");
    Ok(())
}
