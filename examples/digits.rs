//! Trains a small network on real handwritten digits, saves it with every recorder at every precision, loads each file into a fresh
//! model, and shows that nothing was lost.
//!
//! `cargo run --release --example digits`, and with `-- --keep FOLDER` the files stay there.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};
use ndarray::{Array1, Array2, ArrayView2, Axis, Zip};
use vellum::record::{
    BFloat16PrecisionSettings, DoublePrecisionSettings, FileRecorder, FullPrecisionSettings, HalfPrecisionSettings,
    PrecisionSettings,
};
use vellum::recorder::{
    BinFileRecorder, BinGzFileRecorder, JsonGzFileRecorder, NamedMpkFileRecorder, NamedMpkGzFileRecorder,
    PrettyJsonFileRecorder,
};
use vellum::{Device, Module, Param};
use vellum_examples::Digits;

/// One layer: outputs are `x · weight + bias`.
#[derive(Module, Debug)]
struct Layer {
    /// Of shape (input, output).
    weight: Param<Array2<f32>>,
    /// Of shape (output).
    bias: Param<Array1<f32>>,
}

/// A network with one hidden layer. The derive gives it a record, `MlpRecord`, and everything that saves and loads it.
#[derive(Module, Debug)]
struct Mlp {
    hidden: Layer,
    output: Layer,
}

impl Layer {
    fn random(input: usize, output: usize) -> Self {
        let bound = (6.0 / (input + output) as f32).sqrt();
        Self {
            weight: Param::new(Array2::from_shape_simple_fn((input, output), || (fastrand::f32() * 2.0 - 1.0) * bound)),
            bias: Param::new(Array1::zeros(output)),
        }
    }

    fn forward(&self, x: ArrayView2<f32>) -> Array2<f32> {
        x.dot(&*self.weight) + &*self.bias
    }

    /// A step of gradient descent, for inputs `x` and the gradient of the loss by the outputs.
    fn descend(&mut self, x: ArrayView2<f32>, gradient: &Array2<f32>, rate: f32) {
        self.weight.make_mut().scaled_add(-rate, &x.t().dot(gradient));
        self.bias.make_mut().scaled_add(-rate, &gradient.sum_axis(Axis(0)));
    }
}

impl Mlp {
    fn random() -> Self {
        Self { hidden: Layer::random(64, 48), output: Layer::random(48, 10) }
    }

    fn forward(&self, images: ArrayView2<f32>) -> Array2<f32> {
        let hidden = self.hidden.forward(images).mapv_into(|x| x.max(0.0));
        self.output.forward(hidden.view())
    }

    fn accuracy(&self, digits: &Digits) -> f64 {
        let scores = self.forward(digits.images.view());
        let best = |row: ndarray::ArrayView1<f32>| (0..10).max_by(|&a, &b| row[a].total_cmp(&row[b])).unwrap_or(0);
        let right = scores.rows().into_iter().zip(&digits.labels).filter(|(row, label)| best(row.view()) == **label);
        right.count() as f64 / digits.labels.len() as f64
    }

    /// Plain stochastic gradient descent on the cross entropy.
    fn train(&mut self, digits: &Digits, epochs: usize) {
        const BATCH: usize = 16;
        let bar = progress("training", epochs as u64);
        let mut order: Vec<usize> = (0..digits.labels.len()).collect();
        for epoch in 0..epochs {
            fastrand::shuffle(&mut order);
            let rate = 0.2 / (1.0 + epoch as f32 / 10.0);
            for batch in order.chunks(BATCH) {
                let images = digits.images.select(Axis(0), batch);
                let hidden = self.hidden.forward(images.view()).mapv_into(|x| x.max(0.0));
                let mut gradient = softmax(self.output.forward(hidden.view()));
                for (row, &image) in batch.iter().enumerate() {
                    gradient[[row, digits.labels[image]]] -= 1.0;
                }
                gradient /= batch.len() as f32;
                let mut back = gradient.dot(&self.output.weight.t());
                Zip::from(&mut back).and(&hidden).for_each(|g, &h| *g = if h > 0.0 { *g } else { 0.0 });
                self.output.descend(hidden.view(), &gradient, rate);
                self.hidden.descend(images.view(), &back, rate);
            }
            bar.inc(1);
        }
        bar.finish_and_clear();
    }

    /// The largest difference of any weight.
    fn difference(&self, other: &Self) -> f32 {
        let weights = [(&self.hidden.weight, &other.hidden.weight), (&self.output.weight, &other.output.weight)];
        let biases = [(&self.hidden.bias, &other.hidden.bias), (&self.output.bias, &other.output.bias)];
        let weights = weights.iter().flat_map(|(a, b)| a.iter().zip(b.iter()));
        let biases = biases.iter().flat_map(|(a, b)| a.iter().zip(b.iter()));
        weights.chain(biases).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
    }
}

fn softmax(mut scores: Array2<f32>) -> Array2<f32> {
    for mut row in scores.rows_mut() {
        let largest = row.fold(f32::NEG_INFINITY, |a, &b| a.max(b));
        row.mapv_inplace(|x| (x - largest).exp());
        let sum = row.sum();
        row /= sum;
    }
    scores
}

fn progress(what: &'static str, steps: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{prefix:>10} {bar:40} {percent:>3} %").expect("the template is sound");
    ProgressBar::new(steps).with_style(style).with_prefix(what)
}

/// Saves the model, loads it into a fresh one, and prints a row of the table.
fn round_trip<R: FileRecorder>(model: &Mlp, test: &Digits, path: &Path, recorder: R) -> Result<(), Box<dyn Error>> {
    let start = Instant::now();
    model.save_file(path, &recorder)?;
    let saved = start.elapsed();

    let start = Instant::now();
    let record: MlpRecord = recorder.load(path.to_path_buf(), Device::default())?;
    let loaded = Mlp::init_with(record);
    let took = start.elapsed();

    let file = PathBuf::from(format!("{}.{}", path.display(), R::file_extension()));
    println!(
        "{:<22} {:>9} {:>9.2} {:>9.2} {:>9.2} % {:>12.3e}",
        file.file_name().unwrap_or_default().display(),
        file.metadata()?.len(),
        saved.as_secs_f64() * 1e3,
        took.as_secs_f64() * 1e3,
        loaded.accuracy(test) * 100.0,
        loaded.difference(model),
    );
    let exact =
        R::Settings::name() == FullPrecisionSettings::name() || R::Settings::name() == DoublePrecisionSettings::name();
    if exact && (loaded.difference(model) != 0.0 || loaded.accuracy(test) != model.accuracy(test)) {
        return Err(format!("{} is not the model that was saved", file.display()).into());
    }
    Ok(())
}

fn every_recorder<S: PrecisionSettings>(model: &Mlp, test: &Digits, path: &Path) -> Result<(), Box<dyn Error>> {
    let bar = progress("saving", 6 * 4 * model.num_params() as u64);
    let step = {
        let bar = bar.clone();
        move |bytes| bar.inc(bytes)
    };
    round_trip(model, test, path, NamedMpkFileRecorder::<S>::new().with_progress(step.clone()))?;
    round_trip(model, test, path, NamedMpkGzFileRecorder::<S>::new().with_progress(step.clone()))?;
    round_trip(model, test, path, BinFileRecorder::<S>::new().with_progress(step.clone()))?;
    round_trip(model, test, path, BinGzFileRecorder::<S>::new().with_progress(step.clone()))?;
    round_trip(model, test, path, PrettyJsonFileRecorder::<S>::new().with_progress(step.clone()))?;
    round_trip(model, test, path, JsonGzFileRecorder::<S>::new().with_progress(step))?;
    bar.finish_and_clear();
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let scratch = tempfile::tempdir()?;
    let folder = match arguments.as_slice() {
        [] => scratch.path().to_path_buf(),
        [keep, folder] if keep == "--keep" => PathBuf::from(folder),
        _ => return Err("use: digits [--keep FOLDER]".into()),
    };

    let all = Digits::load();
    let (train, test) = (all.part(|image| image % 5 != 4), all.part(|image| image % 5 == 4));

    fastrand::seed(7);
    let mut model = Mlp::random();
    model.train(&train, 60);
    println!("{}\n", model.summary());
    let accuracy = model.accuracy(&test);
    println!(
        "{} images to learn from, {} to test with: {:.2} % are read right\n",
        train.labels.len(),
        test.labels.len(),
        accuracy * 100.0
    );
    if accuracy < 0.95 {
        return Err("the network did not learn".into());
    }

    println!(
        "{:<22} {:>9} {:>9} {:>9} {:>11} {:>12}",
        "file", "bytes", "save, ms", "load, ms", "accuracy", "difference"
    );
    every_recorder::<FullPrecisionSettings>(&model, &test, &folder.join("full"))?;
    every_recorder::<DoublePrecisionSettings>(&model, &test, &folder.join("double"))?;
    every_recorder::<HalfPrecisionSettings>(&model, &test, &folder.join("half"))?;
    every_recorder::<BFloat16PrecisionSettings>(&model, &test, &folder.join("bfloat16"))?;
    println!("\nFull and double precision came back bit for bit.");
    Ok(())
}
