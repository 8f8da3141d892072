//! scikit-learn's models: they predict here what they predicted there, and are modules like any other.

use std::sync::Arc;

use ndarray::{Array1, Array2, array};
use vellum::format::TensorFile;
use vellum::format::numpy::NumpyFile;
use vellum::format::sklearn::Attribute;
use vellum::recorder::{
    BinBytesRecorder, BinFileRecorder, BinGzFileRecorder, DoublePrecisionSettings, JsonGzFileRecorder,
    NamedMpkBytesRecorder, NamedMpkFileRecorder, NamedMpkGzFileRecorder, PrettyJsonFileRecorder, Recorder,
};
use vellum::sklearn::{
    ColumnTransformer, Columns, FromEstimator, Labels, LogisticRegression, Model, OneHotEncoder, Part,
    RandomForestClassifier, Table, Unknown,
};
use vellum::store::{
    BurnpackStore, FluxStore, GgufStore, KerasStore, ModuleSnapshot, NpzStore, PytorchStore, SafetensorsStore,
    SklearnStore,
};
use vellum::{Budget, Bytes, Conversion, DType, Device, Limits, Module, Result, TensorData, convert};
use vellum_tests::manifest::manifest;
use vellum_tests::{fixture, fixture_bytes};

fn model_of(name: &str) -> Result<Model> {
    SklearnStore::from_file(fixture(name)).model()
}

/// What scikit-learn was given and what it gave, by name.
struct Expected(NumpyFile);

impl Expected {
    fn of(name: &str) -> Self {
        let bytes = fixture_bytes(name);
        let budget = Budget::new(Limits::default(), bytes.len() as u64);
        Self(NumpyFile::open(Arc::new(Bytes::from(bytes)), &budget).unwrap())
    }

    fn numbers(&self, name: &str) -> Option<(DType, Vec<f64>, Vec<usize>)> {
        let place = self.0.tensors().iter().position(|entry| entry.name == name)?;
        let tensor: TensorData = self.0.read(place).unwrap();
        let (dtype, shape) = (tensor.dtype(), tensor.shape().to_vec());
        let numbers = convert(tensor, DType::F64, &Conversion::default().across_kinds()).unwrap();
        Some((dtype, numbers.into_vec().unwrap(), shape))
    }

    fn input(&self) -> Array2<f64> {
        let (_, numbers, shape) = self.numbers("__input__").unwrap();
        Array2::from_shape_vec((shape[0], shape[1]), numbers).unwrap()
    }
}

fn numbers_of(labels: Labels) -> Vec<f64> {
    match labels {
        Labels::Int(values) => values.into_iter().map(|value| value as f64).collect(),
        Labels::Float(values) => values,
        Labels::Bool(values) => values.into_iter().map(|value| f64::from(u8::from(value))).collect(),
        other => panic!("{other:?}"),
    }
}

/// The labels that a model predicts, row by row.
fn labels_of(model: &Model, x: &Table) -> Result<Vec<f64>> {
    let each = model.predict_each(x)?;
    if let [one] = &each[..] {
        assert_eq!(model.predict(x)?, *one);
    }
    let columns: Vec<_> = each.into_iter().map(numbers_of).collect();
    Ok((0..x.num_rows()).flat_map(|row| columns.iter().map(move |column| column[row])).collect())
}

/// Checks that the probabilities of each output are those that one array gives for one output, or for several labels.
fn check_each(probabilities: &Array2<f64>, each: &[Array2<f64>]) {
    if let [one] = each {
        return assert_eq!(probabilities, one);
    }
    assert_eq!(probabilities.ncols(), each.len());
    for (has, of_label) in probabilities.columns().into_iter().zip(each) {
        assert_eq!((has, has.mapv(|p| 1.0 - p)), (of_label.column(1), of_label.column(0).to_owned()));
    }
}

/// Checks every output that scikit-learn gave; returns how many.
fn check(name: &str, model: &Model, expected: &Expected) -> usize {
    let x = Table::from(expected.input());
    let mut checked = 0;
    let of_outputs = (0..9).map(|output| format!("predict_proba.{output}"));
    let methods = ["predict", "predict_proba", "decision_function", "transform"].map(String::from);
    for method in methods.into_iter().chain(of_outputs) {
        let Some((dtype, wanted, _)) = expected.numbers(&format!("__output__{method}")) else { continue };
        let (exact, found): (bool, Vec<f64>) = match &*method {
            "predict" => match labels_of(model, &x) {
                Ok(labels) => (true, labels),
                Err(_) => (false, model.predict_numbers(&x).unwrap().into_iter().collect()),
            },
            "predict_proba" => {
                let probabilities = model.predict_proba(&x).unwrap();
                check_each(&probabilities, &model.predict_proba_each(&x).unwrap());
                (false, probabilities.into_iter().collect())
            }
            "decision_function" => (false, model.decision_function(&x).unwrap().into_iter().collect()),
            "transform" => (false, model.transform(&x).unwrap().into_iter().collect()),
            of_output => {
                let output: usize = of_output["predict_proba.".len()..].parse().unwrap();
                (false, model.predict_proba_each(&x).unwrap()[output].iter().copied().collect())
            }
        };
        assert_eq!(found.len(), wanted.len(), "{name}: {method}");
        // scikit-learn itself calculates in single precision where the data is; boosting gives such data to the model it starts with.
        let single = dtype == DType::F32 || name.starts_with("gb_init_") || name.starts_with("gbr_init");
        let tolerance = if single { 1e-5 } else { 1e-9 };
        for (found, wanted) in found.iter().zip(&wanted) {
            let both_missing = found.is_nan() && wanted.is_nan();
            let close = both_missing || (found - wanted).abs() <= tolerance * wanted.abs().max(1.0);
            assert!(if exact { found == wanted } else { close }, "{name}: {method} gives {found}, not {wanted}");
        }
        checked += 1;
    }
    checked
}

/// The name, the path and the outputs of every file of a model.
fn models() -> Vec<(String, String, Expected)> {
    let mut models = Vec::new();
    for folder in ["sklearn", "sklearn_1_2", "sklearn_models"] {
        for (name, entry) in manifest(folder) {
            // Dicts, and what shows only how such things are read.
            if name.starts_with("plain_dict") || name.starts_with("own_") {
                continue;
            }
            let expected = Expected::of(&format!("{folder}/{}", entry["expected_npz"].as_str().unwrap()));
            models.push((name.clone(), format!("{folder}/{name}"), expected));
        }
    }
    models
}

#[test]
fn every_model_predicts_what_scikit_learn_predicted() {
    let models = models();
    let mut outputs = 0;
    for (name, path, expected) in &models {
        let model = model_of(path).unwrap_or_else(|error| panic!("{name}: {error}"));
        outputs += check(name, &model, expected);
    }
    assert!(models.len() > 210 && outputs > 330, "{} models, {outputs} outputs", models.len());
}

#[test]
fn labels_of_text_are_text() -> Result<()> {
    let model = model_of("sklearn/logistic_string_classes.p4.pkl")?;
    let expected = Expected::of("sklearn/logistic_string_classes.p4.pkl.expected.npz");
    let x = expected.input();
    let Labels::Text(labels) = model.predict(&x)? else { panic!("labels of text") };
    let (_, probabilities, shape) = expected.numbers("__output__predict_proba").unwrap();
    let names = ["setosa", "versicolor", "virginica"];
    for (label, row) in labels.iter().zip(probabilities.chunks(shape[1])) {
        let best = (0..3).max_by(|a, b| row[*a].total_cmp(&row[*b])).unwrap();
        assert_eq!(label, names[best]);
    }
    Ok(())
}

/// Saves a model with each recorder, for bytes and for files, and has the copy that it loads checked.
macro_rules! with_recorders {
    ($model:expr, $holds:expr, $($bytes:ident)*; $($file:ident)*) => {
        $({
            let recorder = $bytes::<DoublePrecisionSettings>::default();
            let bytes = recorder.record($model.record(), ())?;
            $holds(&Model::init_with(recorder.load(bytes, Device::default())?));
        })*
        $({
            let folder = tempfile::tempdir().unwrap();
            let recorder = $file::<DoublePrecisionSettings>::new();
            $model.save_file(folder.path().join("model"), &recorder)?;
            $holds(&Model::init_with(recorder.load(folder.path().join("model"), Device::default())?));
        })*
    };
}

/// Saves a model to each store, and has the copy that another model becomes checked.
macro_rules! with_stores {
    ($model:expr, $other:expr, $holds:expr, $($store:ident)*) => {
        $({
            let mut store = $store::from_bytes(None);
            $model.save_into(&mut store)?;
            let mut copy = $other;
            copy.load_from(&mut $store::from_bytes(store.get_bytes()?))?;
            $holds(&copy);
        })*
    };
}

#[test]
fn every_model_is_saved_and_loaded_like_any_module() -> Result<()> {
    for (name, path, expected) in models() {
        // The other files of a model hold the same.
        if name.contains(".p2.") || name.contains(".p3.") || name.contains(".p5.") {
            continue;
        }
        let model = model_of(&path)?;
        let holds = |copy: &Model| assert!(check(&name, copy, &expected) > 0, "{name}");
        with_recorders!(model, holds, BinBytesRecorder NamedMpkBytesRecorder; NamedMpkFileRecorder NamedMpkGzFileRecorder
            BinFileRecorder BinGzFileRecorder PrettyJsonFileRecorder JsonGzFileRecorder);
        with_stores!(model, model_of(&path)?, holds, SafetensorsStore BurnpackStore PytorchStore NpzStore KerasStore FluxStore
            GgufStore);
    }
    Ok(())
}

#[test]
fn another_number_of_features_is_an_error_and_so_is_what_a_model_does_not_do() -> Result<()> {
    for (name, entry) in manifest("sklearn") {
        let Some(expected) = entry["expected_npz"].as_str().filter(|_| entry.get("io").is_some()) else { continue };
        let model = model_of(&format!("sklearn/{name}"))?;
        let features = Expected::of(&format!("sklearn/{expected}")).input().ncols();
        let x = Table::from(Array2::zeros((2, features + 1)));
        let few = Table::from(Array2::zeros((2, 0)));
        for x in [&few, &x] {
            let all = [
                model.predict(x).is_ok(),
                model.predict_numbers(x).is_ok(),
                model.predict_proba(x).is_ok(),
                model.predict_each(x).is_ok(),
                model.predict_proba_each(x).is_ok(),
                model.transform(x).is_ok(),
            ];
            assert!(!all.contains(&true), "{name}");
        }
    }
    let error = model_of("sklearn/standard_scaler.p4.pkl")?.predict(&array![[1.0]]).unwrap_err();
    assert!(error.to_string().ends_with("StandardScaler has no `predict`"), "{error}");
    let error = model_of("sklearn/ridge.p4.pkl")?.predict(&array![[1.0]]).unwrap_err();
    assert!(error.to_string().contains("Ridge has no `predict`: it gives numbers, by `predict_numbers`"), "{error}");
    let error = model_of("sklearn_models/svc_rbf.pkl")?.predict_numbers(&array![[1.0]]).unwrap_err();
    assert!(error.to_string().contains("SVC has no `predict_numbers`: it gives labels, by `predict`"), "{error}");
    Ok(())
}

#[test]
fn an_estimator_of_another_class_is_refused_by_name() -> Result<()> {
    let store = SklearnStore::from_file(fixture("sklearn/ridge.p4.pkl"));
    let error = LogisticRegression::from_estimator(&store.estimator()?).unwrap_err();
    assert!(error.to_string().contains("sklearn.linear_model._ridge.Ridge"), "{error}");
    Ok(())
}

#[test]
fn a_forest_whose_parts_do_not_fit_is_an_error_and_no_panic() -> Result<()> {
    type Change<'a> = &'a dyn Fn(&mut RandomForestClassifier);
    let predict = |change: Change<'_>| -> Result<Labels> {
        let mut forest: RandomForestClassifier =
            SklearnStore::from_file(fixture("sklearn/forest_digits.p5.pkl")).model()?;
        change(&mut forest);
        forest.predict(Array2::zeros((1, 64)).view())
    };
    assert!(predict(&|_| ()).is_ok());
    let changes: [Change<'_>; 6] = [
        &|forest| forest.trees.clear(),
        &|forest| forest.trees[0].children_left.set(array![1, -1]),
        &|forest| {
            let nodes = forest.trees[0].children_left.len();
            forest.trees[0].children_left.set(Array1::zeros(nodes));
        },
        &|forest| {
            let nodes = forest.trees[1].feature.len();
            forest.trees[1].feature.set(Array1::from_elem(nodes, 64));
        },
        &|forest| forest.classes[0] = Labels::Int(vec![0]),
        &|forest| forest.trees[0].num_features = 1,
    ];
    for (place, change) in changes.into_iter().enumerate() {
        assert!(predict(change).is_err(), "change {place}");
    }
    Ok(())
}

#[test]
fn encoders_take_text_and_say_what_they_do_not_know() -> Result<()> {
    let encoder = OneHotEncoder {
        categories: vec![Labels::Text(vec!["cat".into(), "dog".into()]), Labels::Int(vec![1, 2, 3])],
        groups: vec![None, None],
        infrequent: vec![None, None],
        drop: vec![None, Some(0)],
        unknown: Unknown::Error,
    };
    let table = Table::new().with("animal", &["dog", "cat"][..])?.with("legs", vec![3.0, 1.0])?;
    assert_eq!(encoder.transform(&table)?, array![[0.0, 1.0, 0.0, 1.0], [1.0, 0.0, 0.0, 0.0]]);
    let table = Table::new().with("animal", &["cow"][..])?.with("legs", vec![3.0])?;
    let error = encoder.transform(&table).unwrap_err();
    assert!(error.to_string().contains("row 0 of column 0"), "{error}");
    assert!(Table::new().with("a", vec![1.0])?.with("b", vec![1.0, 2.0]).is_err());
    Ok(())
}

#[test]
fn leaves_of_counts_give_shares_whatever_version_before_1_4_wrote_them() -> Result<()> {
    let name = "sklearn_1_2/forest.p4.pkl";
    let expected = Expected::of(&format!("{name}.expected.npz"));
    let mut edited = SklearnStore::from_file(fixture(name)).estimator()?;
    for (attribute, value) in &mut edited.attributes {
        if attribute == "_sklearn_version" {
            *value = Attribute::Text("1.3.2".into());
        }
    }
    assert_eq!(edited.version(), Some("1.3.2"));
    assert!(check(name, &Model::from_estimator(&edited)?, &expected) > 1);
    Ok(())
}

#[test]
fn places_of_columns_are_those_of_the_names_that_were_fitted() -> Result<()> {
    let part = |columns| Part { model: Model::Passthrough, name: "part".into(), columns, weight: None };
    let transformer = ColumnTransformer {
        parts: vec![part(Columns::Places(vec![1])), part(Columns::Range { start: 0, stop: 1 })],
        feature_names: Some(vec!["a".into(), "b".into()]),
        num_features: 2,
    };
    let table = Table::new().with("b", vec![2.0])?.with("c", vec![3.0])?.with("a", vec![1.0])?;
    assert_eq!(transformer.transform(&table)?, array![[2.0, 1.0]]);
    assert_eq!(transformer.transform(&array![[1.0, 2.0]])?, array![[2.0, 1.0]]);
    assert!(transformer.transform(&array![[1.0, 2.0, 3.0]]).is_err());
    assert!(transformer.transform(&Table::new().with("a", vec![1.0])?.with("c", vec![3.0])?).is_err());
    Ok(())
}

#[test]
fn numbers_that_scikit_learn_does_not_take_are_errors_here_too() -> Result<()> {
    for file in ["linsvc", "svc_rbf", "svc_pre", "mlp_relu", "knn_uniform_brute", "gnb", "kmeans", "pca_whiten"] {
        let model = model_of(&format!("sklearn_models/{file}.pkl"))?;
        let x = Expected::of(&format!("sklearn_models/{file}.pkl.expected.npz")).input();
        let run = |x: &Array2<f64>| model.predict(x).map(drop).or_else(|_| model.transform(x).map(drop));
        assert!(run(&x).is_ok(), "{file}");
        for odd in [f64::NAN, f64::INFINITY] {
            let mut x = x.clone();
            x[[1, 0]] = odd;
            assert!(run(&x).is_err(), "{file}");
        }
    }
    Ok(())
}
