#![no_main]

use libfuzzer_sys::fuzz_target;
use vellum::format::ReadOptions;
use vellum::format::sklearn::{Attribute, Estimator, SklearnFile};
use vellum::sklearn::{Column, FromEstimator, Model, Table};
use vellum_fuzz::{limits, source};

/// Features of the rows that a model is given, where it does not say how many it wants, or wants more than rows of a fuzzer should have.
const FEATURES: usize = 4;
const MOST_FEATURES: usize = 64;

// Makes models of every object that the bytes hold, and has them predict.
fuzz_target!(|bytes: &[u8]| {
    let mut options = ReadOptions::default();
    options.limits = limits();
    if let Ok(file) = SklearnFile::open(source(bytes), &options) {
        inside(file.root());
    }
});

/// Tries the object here, and those in it.
fn inside(attribute: &Attribute) {
    match attribute {
        Attribute::Estimator(estimator) => {
            as_every_model(estimator);
            estimator.attributes.iter().for_each(|(_, attribute)| inside(attribute));
        }
        Attribute::Dict(entries) => entries.iter().for_each(|(_, value)| inside(value)),
        other => other.items().unwrap_or_default().iter().for_each(inside),
    }
}

/// As the model that its class says, and as all others: the attributes of one are wrong for another in ways of their own.
fn as_every_model(estimator: &Estimator) {
    predict(estimator);
    let mut other = estimator.clone();
    for name in Model::CLASSES {
        other.class = format!("sklearn.{name}");
        predict(&other);
    }
}

fn predict(estimator: &Estimator) {
    let Ok(model) = Model::from_estimator(estimator) else { return };
    let wanted = estimator.i64("n_features_in_").ok().and_then(|wanted| usize::try_from(wanted).ok());
    let features = wanted.filter(|&wanted| wanted <= MOST_FEATURES).unwrap_or(FEATURES);
    let names = estimator.texts("feature_names_in_").unwrap_or_default();
    let text = |text: &str| Some(text.to_string());
    let columns: [Column; 3] = [
        vec![0.0, -1.5, 2.0].into(),
        vec![f64::NAN, f64::INFINITY, 1e300].into(),
        vec![text("a"), None, text("b")].into(),
    ];
    // Of each kind alone, and of all.
    for kind in 0..=columns.len() {
        let mut table = Table::new();
        for place in 0..features {
            let column = columns.get(kind).unwrap_or(&columns[place % columns.len()]).clone();
            table = match names.get(place) {
                Some(name) => table.with(name, column),
                None => table.with_unnamed(column),
            }
            .expect("columns of one length");
        }
        let _ = model.predict(&table);
        let _ = model.predict_each(&table);
        let _ = model.predict_numbers(&table);
        let _ = model.predict_proba(&table);
        let _ = model.predict_proba_each(&table);
        let _ = model.decision_function(&table);
        let _ = model.transform(&table);
    }
}
