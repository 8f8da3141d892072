//! scikit-learn's classifiers of several outputs: what is asked of each output, and what does not fit together.

use ndarray::{Array2, Array3, array, s};
use vellum::format::sklearn::{Attribute, Estimator};
use vellum::sklearn::{
    DecisionTreeClassifier, FromEstimator, KNeighborsClassifier, Labels, Model, RandomForestClassifier, Table, Tree,
};
use vellum::store::SklearnStore;
use vellum::{Error, ErrorKind, Result, TensorData};
use vellum_tests::fixture;

fn estimator(name: &str) -> Result<Estimator> {
    SklearnStore::from_file(fixture(&format!("sklearn_models/{name}"))).estimator()
}

fn model(name: &str) -> Result<Model> {
    Model::from_estimator(&estimator(name)?)
}

fn is_argument(error: &Error, end: &str) {
    assert!(matches!(error.kind(), ErrorKind::Argument { .. }), "{error:?}");
    assert!(error.to_string().ends_with(end), "{error}");
}

#[test]
fn methods_for_one_output_say_which_are_for_several() -> Result<()> {
    for (file, outputs, features) in [
        ("dt_multi.pkl", 3, 3),
        ("rf_multi.pkl", 3, 2),
        ("etc_multi.pkl", 2, 4),
        ("knn_multi_uniform.pkl", 3, 4),
        ("pipe_multi.pkl", 3, 4),
        ("mlp_multilabel.pkl", 3, 4),
        ("pipe_multilabel.pkl", 3, 4),
    ] {
        let (model, x) = (model(file)?, Array2::zeros((2, features)));
        let instead =
            |method: &str| format!("the model has {outputs} outputs, and `{method}` is for one: call `{method}_each`");
        is_argument(&model.predict(&x).unwrap_err(), &instead("predict"));
        if file.contains("multilabel") {
            // scikit-learn's has one array here.
            assert_eq!(model.predict_proba(&x)?.dim(), (2, outputs), "{file}");
        } else {
            is_argument(&model.predict_proba(&x).unwrap_err(), &instead("predict_proba"));
        }
        assert_eq!((model.predict_each(&x)?.len(), model.predict_proba_each(&x)?.len()), (outputs, outputs), "{file}");
    }
    Ok(())
}

#[test]
fn each_output_has_labels_of_its_own() -> Result<()> {
    let x = array![[5.0, 3.5, 1.4, 0.2], [6.0, 2.0, 4.5, 1.5], [6.5, 3.0, 5.8, 2.2]];
    let texts = |texts: [&str; 3]| Labels::Text(texts.map(String::from).to_vec());
    let wanted = [texts(["setosa", "versicolor", "virginica"]), texts(["wide", "thin", "even"])];
    assert_eq!(model("knn_multi_distance.pkl")?.predict_each(&x)?, wanted);
    assert_eq!(model("rf_multi_text.joblib")?.predict_each(x.slice(s![.., ..;2]))?[0], wanted[0]);
    let labels = model("et_multilabel.pkl")?.predict_each(x.slice(s![.., ..3]))?;
    assert_eq!(labels[0], Labels::Bool(vec![true, false, false]));
    // A perceptron's labels are numbers, whatever they were fitted on.
    assert_eq!(model("mlp_multilabel.pkl")?.predict_each(&x)?[2], Labels::Int(vec![0, 1, 1]));
    Ok(())
}

#[test]
fn models_of_one_output_give_one_and_those_that_do_not_classify_none() -> Result<()> {
    let x = array![[5.0, 3.5, 1.4, 0.2], [6.0, 2.0, 4.5, 1.5]];
    for file in ["logcv.pkl", "svc_rbf.pkl", "hgb_nan.pkl", "mlp_relu.pkl", "et.pkl"] {
        let model = model(file)?;
        assert_eq!(model.predict_each(&x)?, [model.predict(&x)?], "{file}");
    }
    assert_eq!(model("hgb_nan.pkl")?.predict_proba_each(&x)?, [model("hgb_nan.pkl")?.predict_proba(&x)?]);
    assert_eq!(model("mbk.pkl")?.predict_each(&x)?.len(), 1);
    is_argument(&model("mbk.pkl")?.predict_proba_each(&x).unwrap_err(), "KMeans has no `predict_proba_each`");
    let ridge = model("ridge_multi.pkl")?;
    let error = ridge.predict_each(&x).unwrap_err();
    is_argument(&error, "Ridge has no `predict_each`: it gives numbers, by `predict_numbers`");
    is_argument(&ridge.predict_proba_each(&x).unwrap_err(), "Ridge has no `predict_proba_each`");
    Ok(())
}

/// The first numbers of an array that has integers.
fn first(attribute: &Attribute, count: usize, shape: &[usize]) -> Result<Attribute> {
    let mut numbers: Vec<i64> = attribute.as_array()?.read()?.into_vec()?;
    numbers.truncate(count);
    Ok(Attribute::Array(TensorData::from_vec(numbers, shape.to_vec())?.into()))
}

#[test]
fn parts_of_a_file_that_do_not_fit_are_told_by_name() -> Result<()> {
    let edited = |file: &str, path: &str, value: &dyn Fn(&Attribute) -> Result<Attribute>| -> Result<Error> {
        fn set(estimator: &mut Estimator, path: &str, value: &dyn Fn(&Attribute) -> Result<Attribute>) -> Result<()> {
            let (name, rest) = path.split_once('.').unwrap_or((path, ""));
            let place = estimator.attributes.iter().position(|(attribute, _)| attribute == name).unwrap();
            match &mut estimator.attributes[place].1 {
                Attribute::Estimator(inner) if !rest.is_empty() => set(inner, rest, value),
                attribute => {
                    *attribute = value(attribute)?;
                    Ok(())
                }
            }
        }
        let mut estimator = estimator(file)?;
        set(&mut estimator, path, value)?;
        let error = Model::from_estimator(&estimator).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Refused { .. }), "{error:?}");
        Ok(error)
    };
    let told = |error: Error, end: &str| assert!(error.to_string().ends_with(end), "{error}");

    for (file, outputs) in
        [("rf_multi.pkl", 2), ("etc_multi.pkl", 3), ("dt_multi.pkl", 0), ("rf_multi_text.joblib", i64::MAX)]
    {
        let error = edited(file, "n_outputs_", &|_| Ok(Attribute::Int(outputs)))?;
        let found = estimator(file)?.items("classes_")?.len();
        told(
            error,
            &format!("tensor `classes_`: refused: there are classes of {found} outputs, and the model has {outputs}"),
        );
    }
    let error = edited("dt_multi.pkl", "n_outputs_", &|_| Ok(Attribute::Int(1)))?;
    assert!(error.to_string().contains("tensor `classes_`"), "{error}");
    let error = edited("dt.pkl", "n_outputs_", &|_| Ok(Attribute::Int(2)))?;
    assert!(
        error.to_string().contains("tensor `classes_`: refused: a list is asked for, and this is an array"),
        "{error}"
    );

    let with_fewer = |classes: &Attribute| {
        let mut each = classes.items()?.to_vec();
        each[1] = first(&each[1], 2, &[2])?;
        Ok(Attribute::List(each))
    };
    let why = "a tree gives values for 3 outputs of 5 classes, and the model has 3 outputs of 3 classes";
    told(edited("dt_multi.pkl", "classes_", &with_fewer)?, &format!("tensor `tree_.value`: refused: {why}"));
    let path = "tensor `estimators_.0.tree_.value`";
    told(edited("rf_multi.pkl", "classes_", &with_fewer)?, &format!("{path}: refused: {why}"));

    let of_no_labels = |classes: &Attribute| {
        let mut each = classes.items()?.to_vec();
        each[1] = Attribute::Int(1);
        Ok(Attribute::List(each))
    };
    for file in ["dt_multi.pkl", "knn_multi_uniform.pkl"] {
        let error = edited(file, "classes_", &of_no_labels)?;
        assert!(error.to_string().contains("tensor `classes_.1`: refused"), "{error}");
    }
    let why = "(150, 3) is wanted, the rows and the outputs, and this is an array of";
    let error = edited("knn_multi_uniform.pkl", "_y", &|y| first(y, 300, &[150, 2]))?;
    told(error, &format!("tensor `_y`: refused: {why} (150, 2)"));
    let error = edited("knn_multi_uniform.pkl", "_y", &|y| first(y, 447, &[149, 3]))?;
    told(error, &format!("tensor `_y`: refused: {why} (149, 3)"));
    let error = edited("knn_uniform_brute.pkl", "_y", &|y| first(y, 149, &[149]))?;
    told(error, "(150, 1) is wanted, the rows and the outputs, and this is an array of (149, 1)");

    let error = edited("mlp_multilabel.pkl", "_label_binarizer.classes_", &|classes| first(classes, 2, &[2]))?;
    let path = "tensor `_label_binarizer.classes_`";
    told(error, &format!("{path}: refused: there are 2 labels, and the last layer tells 3"));
    Ok(())
}

#[test]
fn counts_of_each_output_become_shares_of_it() -> Result<()> {
    let x = array![[5.0, 1.4, 0.2], [6.0, 4.5, 1.5], [6.5, 5.8, 2.2]];
    let counted = |tree: &mut Tree| {
        let counts = tree.value.mapv(|share| share * 7.0);
        tree.value.set(counts);
    };
    let near = |found: Vec<Array2<f64>>, wanted: Vec<Array2<f64>>| {
        assert_eq!(found.len(), 3);
        for (found, wanted) in found.iter().zip(&wanted) {
            assert!((found - wanted).iter().all(|difference| difference.abs() < 1e-12), "{found} {wanted}");
        }
    };
    let mut tree = DecisionTreeClassifier::from_estimator(&estimator("dt_multi.pkl")?)?;
    let shares = tree.predict_proba_each(x.view())?;
    counted(&mut tree.tree);
    tree.counts = true;
    near(tree.predict_proba_each(x.view())?, shares);

    let x = x.slice(s![.., ..2]);
    let mut forest = RandomForestClassifier::from_estimator(&estimator("rf_multi.pkl")?)?;
    let shares = forest.predict_proba_each(x)?;
    forest.trees.iter_mut().for_each(counted);
    forest.counts = true;
    near(forest.predict_proba_each(x)?, shares);
    Ok(())
}

#[test]
fn parts_of_a_model_that_do_not_fit_are_errors_and_no_panics() -> Result<()> {
    type Change<'a, M> = &'a dyn Fn(&mut M);
    let changes: [Change<'_, DecisionTreeClassifier>; 6] = [
        &|tree| tree.classes.clear(),
        &|tree| tree.classes.truncate(2),
        &|tree| tree.classes.push(Labels::Int(vec![0])),
        &|tree| tree.classes[1] = Labels::Int(vec![0; 6]),
        &|tree| tree.classes[1] = Labels::Int(vec![0; 4]),
        &|tree| tree.tree.value.set(Array3::zeros((tree.tree.children_left.len(), 5, 3))),
    ];
    for (place, change) in changes.into_iter().enumerate() {
        let mut tree = DecisionTreeClassifier::from_estimator(&estimator("dt_multi.pkl")?)?;
        let x = Array2::zeros((1, 3));
        assert!(tree.predict_each(x.view()).is_ok());
        change(&mut tree);
        assert!(tree.predict_each(x.view()).is_err() && tree.predict_proba_each(x.view()).is_err(), "change {place}");
    }
    let changes: [Change<'_, KNeighborsClassifier>; 5] = [
        &|model| model.classes.clear(),
        &|model| model.classes.push(Labels::Int(vec![0; 9])),
        &|model| model.classes[2] = Labels::Int(Vec::new()),
        &|model| model.targets.set(Array2::zeros((149, 3))),
        &|model| model.targets.set(Array2::from_elem((150, 3), -1)),
    ];
    for (place, change) in changes.into_iter().enumerate() {
        let mut model = KNeighborsClassifier::from_estimator(&estimator("knn_multi_uniform.pkl")?)?;
        let x = Array2::zeros((1, 4));
        assert!(model.predict_each(x.view()).is_ok());
        change(&mut model);
        assert!(model.predict_each(x.view()).is_err() && model.predict_proba_each(x.view()).is_err(), "change {place}");
    }
    assert!(model("pipe_multi.pkl")?.predict_each(Table::new()).is_err());
    Ok(())
}
