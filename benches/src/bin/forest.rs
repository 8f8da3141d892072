//! Processor time of a random forest's predictions: `forest MODEL.joblib IMAGES.npy CALLS` prints the median of the calls in
//! milliseconds, then the predicted classes, one a line. `python/forest.py` compares both with scikit-learn's.

use std::error::Error;
use std::sync::Arc;

use rustix::time::{ClockId, clock_gettime};
use vellum::format::TensorFile;
use vellum::format::numpy::NumpyFile;
use vellum::io::FileSource;
use vellum::sklearn::RandomForestClassifier;
use vellum::store::SklearnStore;
use vellum::{Budget, Leaf, Limits};

fn cpu_ms() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().ok_or("usage: forest MODEL.joblib IMAGES.npy CALLS");
    let (model, images, calls) = (next()?, next()?, next()?.parse::<usize>()?);
    let forest: RandomForestClassifier = SklearnStore::from_file(model).model()?;
    let source = FileSource::open(images)?;
    let budget = Budget::new(Limits::default(), 1 << 30);
    let images = NumpyFile::open(Arc::new(source), &budget)?.read(0)?;
    let images: ndarray::Array2<f64> = Leaf::from_data(images, &vellum::Device::default())?;
    let rows = ndarray::ArrayView2::from(&images);
    let classes = forest.predict(rows)?;
    let mut times: Vec<f64> = (0..calls)
        .map(|_| {
            let before = cpu_ms();
            let again = forest.predict(rows);
            let after = cpu_ms();
            again.map(|_| after - before)
        })
        .collect::<Result<_, _>>()?;
    times.sort_by(f64::total_cmp);
    println!("{:.3}", times[times.len() / 2]);
    print!("{classes}");
    Ok(())
}
