//! Models of older versions of scikit-learn: they predict here what they predicted there.

use vellum::sklearn::{ColumnTransformer, Columns, DecisionTreeClassifier, Model};
use vellum::store::SklearnStore;
use vellum_tests::fixture;
use vellum_tests::sklearn::check_cases;

#[test]
fn models_of_every_version_predict_what_they_predicted() {
    for (version, models) in [("0.24.2", 47), ("1.0.2", 47), ("1.3.2", 49), ("1.4.2", 49), ("1.5.2", 49), ("1.6.1", 50)]
    {
        let (found, outputs) = check_cases(&format!("sklearn_versions/{version}"));
        assert_eq!(found, models, "{version}");
        assert!(outputs > 70, "{version}: {outputs}");
    }
}

fn model<M: vellum::sklearn::FromEstimator>(file: &str) -> M {
    SklearnStore::from_file(fixture(&format!("sklearn_versions/{file}.pkl.xz"))).model().unwrap()
}

#[test]
fn nodes_of_both_layouts_are_trees() {
    for (version, knows_gaps, counts) in [("1.0.2", false, true), ("1.3.2", true, true), ("1.6.1", true, false)] {
        let file = fixture(&format!("sklearn_versions/{version}/DecisionTreeClassifier.pkl.xz"));
        let estimator = SklearnStore::from_file(file).estimator().unwrap();
        assert_eq!(estimator.has("tree_.missing_go_to_left"), knows_gaps, "{version}");
        let model: DecisionTreeClassifier = model(&format!("{version}/DecisionTreeClassifier"));
        // Weights of classes make counts of other numbers than whole ones, which are no shares all the same.
        let root: f64 = model.tree.value.iter().take(3).sum();
        assert_eq!((root - 1.0).abs() > 1e-9, counts, "{version}: {root}");
    }
}

#[test]
fn columns_that_no_part_names_are_those_of_the_list_that_warns() {
    let file = fixture("sklearn_versions/1.6.1/ColumnTransformer_frame.pkl.xz");
    let estimator = SklearnStore::from_file(file).estimator().unwrap();
    assert_eq!(estimator.estimator("transformers_.2.2").unwrap().name(), "_RemainderColsList");
    let model: ColumnTransformer = model("1.6.1/ColumnTransformer_frame");
    assert!(matches!(model.parts[2].model, Model::Passthrough));
    assert_eq!(model.parts[2].columns, Columns::Places(vec![3]));
}

#[test]
fn a_slice_of_names_has_its_last() {
    let model: ColumnTransformer = model("1.4.2/ColumnTransformer_frame");
    assert_eq!(model.parts[1].columns, Columns::Range { start: 0, stop: 2 });
}
