//! scikit-learn's encoders on columns of text with gaps: what they give here is what they gave there.

use serde_json::Value as Json;
use vellum::Result;
use vellum::sklearn::{Column, Labels, Model, OneHotEncoder, OrdinalEncoder, Table, Unknown};
use vellum::store::SklearnStore;
use vellum_tests::{fixture, fixture_json};

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
        value => value.as_f64().unwrap(),
    }
}

fn table(case: &Json) -> Result<Table> {
    let mut table = Table::new();
    for (place, values) in case["columns"].as_array().unwrap().iter().enumerate() {
        let column = column(values.as_array().unwrap());
        table = match case["names"][place].as_str() {
            Some(name) => table.with(name, column)?,
            None => table.with_unnamed(column)?,
        };
    }
    Ok(table)
}

#[test]
fn columns_with_gaps_are_encoded_as_scikit_learn_encodes_them() -> Result<()> {
    let cases = fixture_json("sklearn_encoders/CASES.json");
    for case in cases["cases"].as_array().unwrap() {
        let file = case["file"].as_str().unwrap();
        let model: Model = SklearnStore::from_file(fixture(&format!("sklearn_encoders/{file}"))).model()?;
        let x = table(case)?;
        let found = match case["method"].as_str() {
            Some("transform") => model.transform(x)?,
            _ => model.predict_proba(x)?,
        };
        let rows = case["rows"].as_array().unwrap();
        assert_eq!(found.nrows(), rows.len(), "{file}");
        for (row, (found, wanted)) in found.rows().into_iter().zip(rows).enumerate() {
            let wanted: Vec<f64> = wanted.as_array().unwrap().iter().map(number).collect();
            let alike = |(a, b): (&f64, &f64)| a.is_nan() && b.is_nan() || (a - b).abs() < 1e-9;
            assert_eq!(found.len(), wanted.len(), "{file}");
            assert!(found.iter().zip(&wanted).all(alike), "{file}: row {row} gives {found}, not {wanted:?}");
        }
    }
    Ok(())
}

#[test]
fn what_is_missing_is_of_no_category_where_nothing_was() -> Result<()> {
    let encoder: OneHotEncoder = SklearnStore::from_file(fixture("sklearn_encoders/onehot_none.pkl")).model()?;
    let Labels::MaybeText(categories) = &encoder.categories[0] else { panic!("{:?}", encoder.categories[0]) };
    assert_eq!(categories.iter().map(Option::as_deref).collect::<Vec<_>>(), [Some("a"), Some("b"), Some("c"), None]);

    let encoder = OrdinalEncoder {
        categories: vec![Labels::Text(vec!["a".into(), "b".into()])],
        numbers: vec![vec![0.0, 1.0]],
        unknown: Unknown::Error,
    };
    let gap = Table::new().with("letter", &[Some("b"), None][..])?;
    let error = encoder.transform(gap).unwrap_err();
    assert!(error.to_string().contains("row 1 of column 0 is of no known category"), "{error}");
    Ok(())
}

#[test]
fn numbers_are_of_one_category_however_they_are_written() -> Result<()> {
    let encoder = OrdinalEncoder {
        categories: vec![Labels::Float(vec![0.0, 2.0, f64::NAN]), Labels::Int(vec![-1, 0, 7])],
        numbers: vec![vec![0.0, 1.0, 9.0], vec![0.0, 1.0, 2.0]],
        unknown: Unknown::Value(-1.0),
    };
    let table = Table::new().with_unnamed(vec![-0.0, -f64::NAN, 1.0])?.with_unnamed(vec![7.0, -0.0, f64::NAN])?;
    let found = encoder.transform(&table)?;
    assert_eq!(found, ndarray::array![[0.0, 2.0], [9.0, 1.0], [-1.0, -1.0]]);
    Ok(())
}

#[test]
fn an_encoder_whose_parts_do_not_fit_is_an_error_and_no_panic() -> Result<()> {
    let table = Table::new().with_unnamed(vec![1.0])?;
    for numbers in [vec![], vec![vec![]], vec![vec![0.0]]] {
        let encoder = OrdinalEncoder { categories: vec![Labels::Int(vec![0, 1])], numbers, unknown: Unknown::Error };
        assert!(encoder.transform(&table).is_err());
    }
    Ok(())
}
