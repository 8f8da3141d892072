//! Classifies handwritten digits with a random forest that scikit-learn trained, as scikit-learn does.
//!
//! `cargo run --release --example sklearn_forest`

use std::error::Error;
use std::path::{Path, PathBuf};

use vellum::recorder::{BinFileRecorder, DoublePrecisionSettings};
use vellum::sklearn::{FromEstimator, Labels, RandomForestClassifier};
use vellum::store::SklearnStore;
use vellum::{Device, Module};
use vellum_examples::Digits;

/// What scikit-learn said of an image: the class, and the probability of each.
type Prediction = (i64, Vec<f64>);

/// The predictions in a file, one a line.
fn predictions(path: &Path) -> Result<Vec<Prediction>, Box<dyn Error>> {
    let line = |line: &str| -> Result<_, Box<dyn Error>> {
        let (class, probabilities) = line.split_once(',').ok_or("a line of class and probabilities")?;
        Ok((class.parse()?, probabilities.split(',').map(str::parse).collect::<Result<_, _>>()?))
    };
    std::fs::read_to_string(path)?.lines().map(line).collect()
}

fn main() -> Result<(), Box<dyn Error>> {
    let data = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("data");
    let store = SklearnStore::from_file(data.join("forest.joblib"));
    let estimator = store.estimator()?;
    let forest = RandomForestClassifier::from_estimator(&estimator)?;
    println!("{} of scikit-learn {}", estimator.class, estimator.version().unwrap_or("unknown"));
    println!("{} trees, {} numbers", forest.trees.len(), forest.num_params());

    // Every fifth image was kept from the training.
    let test = Digits::load().part(|place| place % 5 == 4);
    let images = test.images.mapv(f64::from);
    let Labels::Int(classes) = forest.predict(images.view())? else { return Err("classes are numbers".into()) };
    let probabilities = forest.predict_proba(images.view())?;

    let expected = predictions(&data.join("forest_predictions.csv"))?;
    let same = classes.iter().zip(&expected).filter(|(class, (expected, _))| *class == expected).count();
    let right = classes.iter().zip(&test.labels).filter(|(class, label)| **class == **label as i64).count();
    let difference = probabilities.iter().zip(expected.iter().flat_map(|(_, row)| row));
    let difference = difference.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    println!("{right} of {} test images are recognised", classes.len());
    println!("{same} are classified as scikit-learn did; probabilities differ by at most {difference:e}");

    // From here on it is a model like any other: no Python file is needed.
    let folder = tempfile::tempdir()?;
    let recorder = BinFileRecorder::<DoublePrecisionSettings>::new();
    forest.save_file(folder.path().join("forest"), &recorder)?;
    let record = vellum::record::Recorder::load(&recorder, folder.path().join("forest"), Device::default())?;
    let copy = RandomForestClassifier::init_with(record);
    assert_eq!(copy.predict_proba(images.view())?, probabilities);
    println!("saved as forest.bin and loaded: the same");

    if same != expected.len() || difference > 1e-9 {
        return Err("the forest predicts other than in scikit-learn".into());
    }
    Ok(())
}
