//! Estimators with what scikit-learn was given and what it gave, as the `CASES.json` of a folder states them.

use serde_json::Value as Json;
use vellum::sklearn::{Column, Labels, Model, Table};
use vellum::store::SklearnStore;

use crate::{fixture, fixture_json};

fn column(values: &[Json]) -> Column {
    match values.iter().find(|value| !value.is_null()) {
        Some(Json::String(_)) => values.iter().map(|value| value.as_str().map(String::from)).collect::<Vec<_>>().into(),
        _ => values.iter().map(number).collect::<Vec<_>>().into(),
    }
}

fn number(value: &Json) -> f64 {
    match value {
        Json::Bool(value) => f64::from(u8::from(*value)),
        Json::Null => f64::NAN,
        value => value.as_f64().expect("a number"),
    }
}

fn list(value: &Json) -> &[Json] {
    value.as_array().expect("a list")
}

fn table(case: &Json) -> Table {
    let mut table = Table::new();
    for (place, values) in list(&case["columns"]).iter().enumerate() {
        let column = column(list(values));
        let with = match case["names"][place].as_str() {
            Some(name) => table.with(name, column),
            None => table.with_unnamed(column),
        };
        table = with.expect("columns of one length");
    }
    table
}

fn labels(labels: Labels) -> Vec<Json> {
    match labels {
        Labels::Int(values) => values.into_iter().map(Json::from).collect(),
        Labels::Float(values) => values.into_iter().map(Json::from).collect(),
        Labels::Bool(values) => values.into_iter().map(Json::from).collect(),
        Labels::Text(values) => values.into_iter().map(Json::from).collect(),
        other => panic!("no labels of a model: {other:?}"),
    }
}

/// Checks what the models of a folder give, labels exactly and numbers within 1e-9. Returns how many models it has, and outputs.
pub fn check_cases(folder: &str) -> (usize, usize) {
    let cases = fixture_json(&format!("{folder}/CASES.json"));
    let mut outputs = 0;
    for case in list(&cases["cases"]) {
        let file = format!("{folder}/{}", case["file"].as_str().expect("a name"));
        let model: Model = SklearnStore::from_file(fixture(&file)).model().unwrap_or_else(|error| panic!("{error}"));
        let x = table(case);
        for (method, wanted) in case["gives"].as_object().expect("outputs by method") {
            let rows = list(wanted).iter().map(list);
            outputs += 1;
            let found = match method.as_str() {
                "predict" => match model.predict(&x) {
                    Ok(found) => {
                        assert_eq!(labels(found), rows.map(|row| row[0].clone()).collect::<Vec<_>>(), "{file}");
                        continue;
                    }
                    Err(_) => model.predict_numbers(&x),
                },
                "predict_proba" => model.predict_proba(&x),
                "decision_function" => model.decision_function(&x),
                _ => model.transform(&x),
            };
            let found = found.unwrap_or_else(|error| panic!("{file}: {error}"));
            assert_eq!(found.nrows(), rows.len(), "{file}");
            for (row, (found, wanted)) in found.rows().into_iter().zip(rows).enumerate() {
                let wanted: Vec<f64> = wanted.iter().map(number).collect();
                let close = |(a, b): (&f64, &f64)| a.is_nan() && b.is_nan() || (a - b).abs() <= 1e-9 * b.abs().max(1.0);
                assert_eq!(found.len(), wanted.len(), "{file}: {method}");
                let all = found.iter().zip(&wanted).all(close);
                assert!(all, "{file}: `{method}` gives {found} for row {row}, not {wanted:?}");
            }
        }
    }
    (list(&cases["cases"]).len(), outputs)
}
