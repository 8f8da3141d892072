//! scikit-learn's encoders on columns of text with gaps: what they give here is what they gave there.

use vellum::Result;
use vellum::sklearn::{Labels, OneHotEncoder, OrdinalEncoder, Table, Unknown};
use vellum::store::SklearnStore;
use vellum_tests::fixture;
use vellum_tests::sklearn::check_cases;

#[test]
fn columns_with_gaps_are_encoded_as_scikit_learn_encodes_them() {
    assert_eq!(check_cases("sklearn_encoders").0, 20);
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
