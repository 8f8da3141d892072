//! Trains a small network on real handwritten digits, saves it with every recorder at every precision, loads what was saved
//! into a fresh model, and compares the parameters bit for bit.
//!
//! `cargo run --release --example digits`, and with `-- --keep FOLDER` the files stay there.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use ndarray::{Array1, Array2, ArrayView2, Axis, Zip};
use vellum::record::{
    BFloat16PrecisionSettings, DoublePrecisionSettings, FileRecorder, FullPrecisionSettings, HalfPrecisionSettings,
    PrecisionSettings, Recorder,
};
use vellum::recorder::{
    BinBytesRecorder, BinFileRecorder, BinGzFileRecorder, Compression, Encoding, JsonGzFileRecorder, MemoryRecorder,
    NamedMpkBytesRecorder, NamedMpkFileRecorder, NamedMpkGzFileRecorder, PathRecorder, PrettyJsonFileRecorder,
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

    /// Every parameter's every number.
    fn numbers(&self) -> impl Iterator<Item = f32> {
        let layers = [&self.hidden, &self.output].into_iter();
        layers.flat_map(|layer| layer.weight.iter().chain(layer.bias.iter()).copied())
    }

    /// The largest difference of any number. In total order a NaN is larger than all others.
    fn difference(&self, other: &Self) -> f32 {
        let differences = self.numbers().zip(other.numbers()).map(|(a, b)| (a - b).abs());
        differences.max_by(f32::total_cmp).unwrap_or_default()
    }

    /// Whether all numbers have the same bits, which `==` does not say: 0.0 equals -0.0.
    fn same_bits(&self, other: &Self) -> bool {
        self.numbers().map(f32::to_bits).eq(other.numbers().map(f32::to_bits))
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

/// Saves twice. The first save is timed and its bytes are counted: they are the length of the bar that the second one draws.
fn save<T>(save: impl Fn(Box<dyn Fn(u64) + Send + Sync>) -> vellum::Result<T>) -> vellum::Result<(T, Duration)> {
    let total = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&total);
    let start = Instant::now();
    save(Box::new(move |bytes| {
        counter.fetch_add(bytes, Ordering::Relaxed);
    }))?;
    let took = start.elapsed();

    let bar = progress("saving", total.load(Ordering::Relaxed));
    let step = bar.clone();
    let saved = save(Box::new(move |bytes| step.inc(bytes)))?;
    bar.finish_and_clear();
    Ok((saved, took))
}

/// A model, where to save it, and what to test it with.
struct RoundTrip<'a> {
    model: &'a Mlp,
    test: &'a Digits,
    path: &'a Path,
}

impl RoundTrip<'_> {
    /// Through a file.
    fn file<E: Encoding, C: Compression, S: PrecisionSettings>(
        &self,
        recorder: PathRecorder<E, C, S>,
    ) -> Result<(), Box<dyn Error>> {
        let ((), took) = save(|step| self.model.save_file(self.path, &recorder.clone().with_progress(step)))?;
        let extension = PathRecorder::<E, C, S>::file_extension();
        let file = PathBuf::from(format!("{}.{extension}", self.path.display()));
        let name = file.file_name().unwrap_or_default().display().to_string();
        self.load(&name, file.metadata()?.len(), took, &recorder, self.path.to_path_buf())
    }

    /// Through bytes in memory.
    fn memory<E: Encoding, S: PrecisionSettings>(
        &self,
        encoding: &str,
        recorder: MemoryRecorder<E, S>,
    ) -> Result<(), Box<dyn Error>> {
        let (bytes, took) = save(|step| recorder.clone().with_progress(step).record(self.model.record(), ()))?;
        let precision = self.path.file_name().unwrap_or_default().display();
        let name = format!("{precision} in memory ({encoding})");
        self.load(&name, bytes.len() as u64, took, &recorder, bytes)
    }

    /// Loads what was saved into a fresh model, and prints a row of the table.
    fn load<R: Recorder>(
        &self,
        name: &str,
        len: u64,
        saved: Duration,
        recorder: &R,
        from: R::LoadArgs,
    ) -> Result<(), Box<dyn Error>> {
        let start = Instant::now();
        let record: MlpRecord = recorder.load(from, Device::default())?;
        let loaded = Mlp::init_with(record);
        let took = start.elapsed();

        let same = loaded.same_bits(self.model);
        println!(
            "{name:<24} {len:>9} {:>9.2} {:>9.2} {:>9.2} % {:>12.3e}  {}",
            saved.as_secs_f64() * 1e3,
            took.as_secs_f64() * 1e3,
            loaded.accuracy(self.test) * 100.0,
            loaded.difference(self.model),
            if same { "same" } else { "rounded" },
        );
        let exact = [FullPrecisionSettings::name(), DoublePrecisionSettings::name()].contains(&R::Settings::name());
        if exact && !same {
            return Err(format!("{name} is not the model that was saved").into());
        }
        Ok(())
    }
}

fn every_recorder<S: PrecisionSettings>(model: &Mlp, test: &Digits, path: &Path) -> Result<(), Box<dyn Error>> {
    let trip = RoundTrip { model, test, path };
    trip.file(NamedMpkFileRecorder::<S>::new())?;
    trip.file(NamedMpkGzFileRecorder::<S>::new())?;
    trip.file(BinFileRecorder::<S>::new())?;
    trip.file(BinGzFileRecorder::<S>::new())?;
    trip.file(PrettyJsonFileRecorder::<S>::new())?;
    trip.file(JsonGzFileRecorder::<S>::new())?;
    trip.memory("bin", BinBytesRecorder::<S>::new())?;
    trip.memory("mpk", NamedMpkBytesRecorder::<S>::new())
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
        "{:<24} {:>9} {:>9} {:>9} {:>11} {:>12}  bits",
        "file", "bytes", "save, ms", "load, ms", "accuracy", "difference"
    );
    every_recorder::<FullPrecisionSettings>(&model, &test, &folder.join("full"))?;
    every_recorder::<DoublePrecisionSettings>(&model, &test, &folder.join("double"))?;
    every_recorder::<HalfPrecisionSettings>(&model, &test, &folder.join("half"))?;
    every_recorder::<BFloat16PrecisionSettings>(&model, &test, &folder.join("bfloat16"))?;
    println!("\nFull and double precision came back bit for bit.");
    Ok(())
}
