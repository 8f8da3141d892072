//! scikit-learn's files: what scikit-learn and joblib wrote is read bit for bit, and nothing of it is run.

use std::io::Write;
use std::sync::Arc;

use ndarray::{Array1, Array2, array};
use vellum::format::sklearn::{Attribute, Estimator, SklearnFile, is_compressed_pickle};
use vellum::format::{ReadOptions, TensorFile};
use vellum::store::{AnyStore, ModuleSnapshot, SklearnStore};
use vellum::{Bytes, DType, ErrorKind, Limits, Module, Param, Result, Source, Value};
use vellum_tests::manifest::{check_tensors, manifest};
use vellum_tests::{fixture, fixture_bytes};

fn open_with(bytes: Vec<u8>, limits: Limits) -> Result<SklearnFile> {
    let mut options = ReadOptions::default();
    options.limits = limits;
    SklearnFile::open(Arc::new(Bytes::from(bytes)), &options)
}

fn open(bytes: Vec<u8>) -> Result<SklearnFile> {
    open_with(bytes, Limits::default())
}

fn open_fixture(name: &str) -> SklearnFile {
    open(fixture_bytes(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The tensors of a file by name, with their bytes.
fn tensors(file: &SklearnFile) -> Vec<(String, Vec<u8>)> {
    let read = |(index, entry): (usize, &vellum::format::TensorEntry)| {
        (entry.name.clone(), file.read(index).unwrap().bytes().to_vec())
    };
    file.tensors().iter().enumerate().map(read).collect()
}

fn floats(estimator: &Estimator, path: &str) -> Vec<f64> {
    estimator.tensor(path).unwrap().to_vec().unwrap()
}

#[test]
fn every_file_that_scikit_learn_wrote_is_read_bit_for_bit() {
    let (mut files, mut matched) = (0, 0);
    for folder in ["sklearn", "sklearn_1_2"] {
        for (name, entry) in manifest(folder) {
            let file = open_fixture(&format!("{folder}/{name}"));
            assert_eq!(file.format(), "sklearn");
            assert!(file.refusals().is_empty(), "{name}: {:?}", file.refusals());
            matched += check_tensors(&file, &entry, &[]);
            file.verify().unwrap();
            files += 1;
        }
    }
    assert_eq!((files, matched), (102, 3035));
}

#[test]
fn all_containers_of_a_model_hold_the_same() {
    for model in ["pipeline_scaler_svc", "random_forest_tiny"] {
        let reference = open_fixture(&format!("sklearn/{model}.p4.pkl"));
        for (name, compression) in [
            ("p2.pkl", None),
            ("p5.pkl", None),
            ("plain.joblib", None),
            ("zlib3.joblib", Some("zlib")),
            ("gzip.joblib", Some("gzip")),
            ("bz2.joblib", Some("bz2")),
            ("xz.joblib", Some("xz")),
            ("lzma.joblib", Some("lzma")),
            ("lz4.joblib", Some("lz4")),
        ] {
            let path = format!("sklearn/{model}.{name}");
            let file = open_fixture(&path);
            assert_eq!(tensors(&file), tensors(&reference), "{path}");
            assert_eq!(file.values(), reference.values(), "{path}");
            assert_eq!(file.metadata().get("compression").map(String::as_str), compression, "{path}");
            let container = if name.ends_with("pkl") { "pickle" } else { "joblib" };
            assert_eq!(file.metadata()["container"], container, "{path}");
            assert_eq!(file.metadata()["sklearn_version"], "1.9.1", "{path}");
            let source: Arc<dyn Source> = Arc::new(Bytes::from(fixture_bytes(&path)));
            assert_eq!(is_compressed_pickle(&source).unwrap(), compression.is_some(), "{path}");
        }
    }
}

#[test]
fn an_estimator_is_a_tree_with_typed_attributes() {
    let file = open_fixture("sklearn/pipeline_scaler_svc.p4.pkl");
    let pipeline = file.estimator().unwrap();
    assert_eq!((pipeline.name(), pipeline.class.as_str()), ("Pipeline", "sklearn.pipeline.Pipeline"));
    assert_eq!(pipeline.version(), Some("1.9.1"));
    let svc = pipeline.estimator("steps.1.1").unwrap();
    assert_eq!((svc.text("kernel").unwrap(), svc.i64("degree").unwrap(), svc.f64("C").unwrap()), ("rbf", 3, 1.0));
    assert!(svc.bool("shrinking").unwrap() && svc.has("gamma") && !svc.has("class_weight") && !svc.has("nothing"));
    assert_eq!(svc.array("support_vectors_").unwrap().shape().dims(), [51, 4]);
    assert_eq!(pipeline.f64("steps.1.1._gamma").unwrap(), svc.f64("_gamma").unwrap());
    assert_eq!(pipeline.items("steps").unwrap().len(), 2);
    assert_eq!(file.values().get("memory"), Some(&Value::Null));

    let file = open_fixture("sklearn/logistic_string_classes.p4.pkl");
    assert_eq!(file.estimator().unwrap().texts("classes_").unwrap(), ["setosa", "versicolor", "virginica"]);
}

#[test]
fn what_is_not_there_is_told_by_path_and_class() {
    let file = open_fixture("sklearn/pipeline_scaler_svc.p4.pkl");
    let pipeline = file.estimator().unwrap();
    let told = |result: Result<()>, parts: &[&str]| {
        let error = result.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Refused { .. }), "{error}");
        assert!(parts.iter().all(|part| error.to_string().contains(part)), "{error}");
    };
    told(pipeline.f64("steps.1.1.coef").map(drop), &["steps.1.1.coef", "sklearn.pipeline.Pipeline", "1.9.1"]);
    told(pipeline.tensor("steps.1.1.kernel").map(drop), &["`steps.1.1.kernel`", "an array", "text"]);
    told(pipeline.i64("steps.1.1.C").map(drop), &["an integer", "a float"]);
    told(pipeline.bool("steps.1.1.degree").map(drop), &["a bool", "an integer"]);
    told(pipeline.f64("steps.0.1.mean_").map(drop), &["a number", "[4]"]);
    told(pipeline.text("steps").map(drop), &["text", "a list"]);
    told(pipeline.estimators("steps").map(drop), &["`steps.0`", "an object", "a tuple"]);
    told(pipeline.entries("steps").map(drop), &["a dict"]);
    let file = open_fixture("sklearn/plain_dict.p0.pkl");
    told(file.estimator().map(drop), &["an object", "a dict"]);
    assert_eq!(file.root().get("name").unwrap().as_text().unwrap(), "net");
    assert!(file.root().get("weights.2").is_none() && file.root().get("weights.0.x").is_none());
}

#[test]
fn trees_of_before_and_after_missing_values_have_the_same_names() {
    let new = open_fixture("sklearn/tree_missing_values.p4.pkl");
    let tree = new.estimator().unwrap().estimator("tree_").unwrap();
    assert_eq!(tree.array("missing_go_to_left").unwrap().dtype(), DType::U8);
    assert_eq!(tree.i64("node_count").unwrap(), 13);
    let old = open_fixture("sklearn_1_2/forest.plain.joblib");
    let trees = old.estimator().unwrap().estimators("estimators_").unwrap();
    assert_eq!(trees.len(), 6);
    for estimator in trees {
        let tree = estimator.estimator("tree_").unwrap();
        assert!(!tree.has("missing_go_to_left"));
        let nodes = usize::try_from(tree.i64("node_count").unwrap()).unwrap();
        let left = tree.tensor("children_left").unwrap();
        assert_eq!(left.shape().dims(), [nodes]);
        // Each node but the root is somebody's child.
        let leaves = left.as_slice::<i64>().unwrap().iter().filter(|&&child| child == -1).count();
        assert_eq!(nodes, 2 * leaves - 1);
        assert_eq!(tree.array("value").unwrap().shape().dims(), [nodes, 1, 3]);
    }
}

#[test]
fn values_of_every_kind_are_the_same_in_every_protocol() {
    let mut first: Option<(String, Vec<(String, Vec<u8>)>)> = None;
    for name in ["p0.pkl", "p2.pkl", "p4.pkl", "p5.pkl", "plain.joblib", "lz4.joblib"] {
        let file = open_fixture(&format!("sklearn/own_values.{name}"));
        let refused: Vec<&str> = file.refusals().iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(refused, ["records.name", "dates"], "{name}");
        let found = (format!("{:?}", file.root()), tensors(&file));
        match &first {
            None => first = Some(found),
            Some(first) => assert_eq!(&found, first, "{name}"),
        }
    }
}

#[test]
fn values_of_every_kind_are_what_python_had() {
    let file = open_fixture("sklearn/own_values.plain.joblib");
    let root = file.root();
    let get = |path: &str| root.get(path).unwrap_or_else(|| panic!("{path}"));
    let read = |path: &str| get(path).to_tensor().unwrap();
    let texts = |path: &str| match get(path) {
        Attribute::Texts(texts) => (texts.shape.dims().to_vec(), texts.values.join("|")),
        other => panic!("{path} is {}", other.kind()),
    };
    assert_eq!(read("fortran").as_slice::<i16>().unwrap(), [0, 1, 2, 3, 4, 5]);
    assert_eq!(read("big_endian_fortran").as_slice::<f32>().unwrap(), [0., 1., 2., 3., 4., 5.]);
    assert_eq!(read("empty").shape().dims(), [0, 3]);
    assert_eq!(texts("text"), (vec![2, 2], "a|bcd|é|".into()));
    assert_eq!(texts("text_fortran"), texts("text"));
    assert_eq!(texts("object_text"), (vec![1, 2], "one|two".into()));
    assert!(matches!(get("byte_strings.1"), Attribute::Bytes(bytes) if bytes == b"yz"));
    assert!(matches!(get("objects.1"), Attribute::None));
    assert_eq!(read("objects.3").as_slice::<f64>().unwrap(), [0., 1., 2.]);
    let records = get("records").as_records().unwrap();
    let fields: Vec<&str> = records.fields.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(fields, ["flag", "at", "inner.x", "inner.y", "name"]);
    let field = |name: &str| {
        let (_, field) = records.fields.iter().find(|(field, _)| field == name).unwrap();
        field.to_tensor().unwrap()
    };
    assert_eq!(field("at").as_slice::<f64>().unwrap(), [0.5, -1.5]);
    assert_eq!(field("inner.x").as_slice::<i32>().unwrap(), [7, -8]);
    assert_eq!(
        (field("inner.y").shape().dims(), field("inner.y").to_vec::<f32>().unwrap()),
        (&[2, 2][..], vec![1., 2., 3., 4.])
    );
    assert_eq!(read("masked.mask").as_slice::<bool>().unwrap(), [false, true]);
    assert_eq!(get("masked.fill_value").to_f64().unwrap(), 9.0);
    assert_eq!(read("matrix").shape().dims(), [1, 2]);
    assert_eq!((get("half").to_f64().unwrap(), get("flag").to_bool().unwrap()), (0.5, true));
    assert_eq!((get("word").as_text().unwrap(), get("dtype.str").as_text().unwrap()), ("word", ">f4"));
    assert!(matches!(get("type"), Attribute::Global(name) if name == "numpy.float64"));
    assert!(matches!(get("large"), Attribute::BigInt(decimal) if decimal == "1180591620717411303424"));
    assert!(matches!(get("tuple.6"), Attribute::Complex(0.0, 1.0)));
    assert_eq!(read("numbered.1").as_slice::<i64>().unwrap(), [0, 1]);
    assert_eq!(get("paired").entries().unwrap().len(), 2);
    assert_eq!(get("bunch.b").as_text().unwrap(), "c");
    assert_eq!(get("slice.args.2").to_i64().unwrap(), 2);
    assert_eq!(get("sparse").as_estimator().unwrap().name(), "csr_matrix");
    assert_eq!(read("sparse.indices").as_slice::<i32>().unwrap(), [0, 1]);
    assert_eq!(get("random_state").as_estimator().unwrap().name(), "RandomState");
    // joblib writes an array as often as it is named; a pickle says that it is one.
    let file = open_fixture("sklearn/own_values.p4.pkl");
    let storage = |name: &str| file.tensors().iter().find(|entry| entry.name == name).unwrap().storage.unwrap();
    assert_eq!(storage("shared.0"), storage("shared.1"));
    assert_ne!(storage("shared.0"), storage("fortran"));
    assert_eq!(storage("records.at"), storage("records.flag"));
}

#[test]
fn estimators_whose_parts_are_made_with_arguments_are_read() {
    for name in ["own_estimators.p5.pkl", "own_estimators.zlib3.joblib"] {
        let file = open_fixture(&format!("sklearn/{name}"));
        let list = file.root().items().unwrap();
        let [boosting, neighbors, search, voting] = list else { panic!("four estimators") };
        let [boosting, neighbors, search, voting] =
            [boosting, neighbors, search, voting].map(|estimator| estimator.as_estimator().unwrap());
        let nodes = boosting.records("_predictors.0.0.nodes").unwrap();
        assert!(
            nodes
                .fields
                .iter()
                .any(|(name, field)| name == "is_leaf" && field.as_array().unwrap().dtype() == DType::U8)
        );
        assert_eq!(boosting.array("_predictors.0.0.raw_left_cat_bitsets").unwrap().dtype(), DType::U32);
        assert_eq!(neighbors.estimator("_tree").unwrap().name(), "KDTree");
        assert_eq!(neighbors.array("_tree.state.0").unwrap().shape().dims(), [12, 2]);
        assert_eq!(search.text("best_estimator_.solver").unwrap(), "auto");
        assert_eq!(search.tensor("cv_results_.param_alpha.mask").unwrap().as_slice::<bool>().unwrap(), [false, false]);
        let line = voting.estimator("named_estimators_.line").unwrap();
        assert_eq!(floats(line, "coef_"), floats(voting, "estimators_.0.coef_"));
        assert!((floats(line, "coef_")[0] - 2.0).abs() < 1e-9);
    }
}

#[derive(Module, Debug)]
struct Logistic {
    coef_: Param<Array2<f64>>,
    intercept_: Param<Array1<f64>>,
}

#[test]
fn stores_read_estimators_by_content() {
    let mut logistic = Logistic { coef_: Param::new(Array2::zeros((1, 30))), intercept_: Param::new(Array1::zeros(1)) };
    let mut store = SklearnStore::from_file(fixture("sklearn/logistic_binary.zlib3.joblib")).allow_partial(true);
    let result = logistic.load_from(&mut store).unwrap();
    assert_eq!(result.applied, ["coef_", "intercept_"]);
    assert_ne!(*logistic.intercept_, array![0.0]);
    for name in ["logistic_binary.p4.pkl", "linear_regression.bz2.joblib", "linear_regression.gzip.joblib"] {
        let store = AnyStore::open(fixture(&format!("sklearn/{name}"))).unwrap();
        assert_eq!(store.format_name().unwrap(), "sklearn", "{name}");
    }
}

// Files that are made here.

/// A pickle of protocol 2.
fn pickle(body: &[u8]) -> Vec<u8> {
    [b"\x80\x02", body, b"."].concat()
}

#[test]
fn nothing_that_a_pickle_names_is_run() {
    for (body, name) in [
        (&b"cposix\nsystem\n(X\x02\0\0\0idtR"[..], "posix.system"),
        (b"cbuiltins\ngetattr\n(NNtR", "builtins.getattr"),
        // The result is dropped.
        (b"cposix\nsystem\n(X\x02\0\0\0idtR0}", "posix.system"),
        (b"csome.module\nModel\nK\x01\x85\x81", "some.module.Model"),
        (b"csome.module\nModel\n)R", "some.module.Model"),
        // State that is no dict goes to a method of the class.
        (b"csome.module\nModel\n)\x81K\x01b", "some.module.Model"),
        (b"csklearn.tree._tree\nMake\n)R", "sklearn.tree._tree.Make"),
        (b"csubprocess\nPopen\n", "subprocess.Popen"),
    ] {
        let error = open(pickle(body)).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Refused { .. }) && error.to_string().contains(name), "{error}");
    }
}

#[test]
fn an_unknown_class_of_plain_state_shows_its_arrays() {
    let array = b"cnumpy._core.multiarray\nscalar\n(cnumpy\ndtype\n(X\x02\0\0\0u1I00\nI01\ntRC\x01\x07tR";
    let body = [&b"csome.module\nModel\n)\x81}(X\x01\0\0\0w"[..], array, b"X\x01\0\0\0nK\x05ub"].concat();
    let file = open(pickle(&body)).unwrap();
    let model = file.estimator().unwrap();
    assert_eq!((model.class.as_str(), model.i64("w").unwrap(), model.i64("n").unwrap()), ("some.module.Model", 7, 5));
    assert_eq!(file.tensors()[0].name, "w");
}

#[test]
fn what_holds_itself_has_an_end() {
    let file = open(pickle(b"csome.module\nNode\n)\x81q\0}X\x04\0\0\0selfh\0sb")).unwrap();
    let [(name, error)] = file.refusals() else { panic!("one refusal") };
    assert!(name == "self" && error.to_string().contains("itself"), "{error}");
    assert!(open(pickle(b"]q\0h\0a")).is_err() && open(pickle(b"}q\0K\x01h\0s")).is_err());
    // Each level holds the one before ten times over.
    let mut bomb = b"](X\x08\0\0\0lollollleq\0".to_vec();
    for level in 0..60 {
        bomb.extend(b"0](");
        bomb.extend([b'h', level].repeat(10));
        bomb.extend([b'e', b'q', level + 1]);
    }
    let error = open(pickle(&bomb)).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Limit { .. }), "{error}");
    let deep = [vec![b']'; 1000], vec![b'a'; 999]].concat();
    assert!(matches!(open(pickle(&deep)).unwrap_err().kind(), ErrorKind::Limit { setting: "max_depth", .. }));
}

#[test]
fn what_is_decompressed_is_bounded() {
    let long = pickle(&b"N0".repeat(20_000_000));
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    zlib.write_all(&long).unwrap();
    let error = open(zlib.finish().unwrap()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Limit { setting: "max_expansion_ratio", .. }), "{error}");
    let mut limits = Limits::default();
    limits.max_expanded_bytes = 1000;
    for name in ["zlib3", "gzip", "bz2", "xz", "lzma", "lz4"] {
        let bytes = fixture_bytes(&format!("sklearn/random_forest_tiny.{name}.joblib"));
        let error = open_with(bytes, limits.clone()).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Limit { setting: "max_expanded_bytes", .. }), "{name}: {error}");
    }
}

#[test]
fn every_cut_is_told() {
    for name in [
        "own_values.p5.pkl",
        "plain_dict.plain.joblib",
        "linear_regression.zlib3.joblib",
        "linear_regression.gzip.joblib",
        "linear_regression.bz2.joblib",
        "linear_regression.xz.joblib",
        "linear_regression.lzma.joblib",
        "linear_regression.lz4.joblib",
    ] {
        let bytes = fixture_bytes(&format!("sklearn/{name}"));
        for len in (0..bytes.len()).step_by(1 + bytes.len() / 200) {
            assert!(open(bytes[..len].to_vec()).is_err(), "{name} cut at {len}");
        }
        // LZMA's older container has neither a length here nor a checksum: its decoder may take the byte as its own.
        let trailing = [&bytes[..], b"x"].concat();
        assert!(
            name.ends_with("lzma.joblib") || open(trailing).and_then(|file| file.verify()).is_err(),
            "{name} with a byte behind"
        );
    }
}

#[test]
fn a_flipped_bit_ends_in_a_file_or_an_error_and_checksums_see_it() {
    for (name, checked) in
        [("own_values.p4.pkl", false), ("plain_dict.plain.joblib", false), ("linear_regression.zlib3.joblib", true)]
    {
        let bytes = fixture_bytes(&format!("sklearn/{name}"));
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << (at % 8);
            let Ok(file) = open(changed) else { continue };
            assert!(!checked || at < 2, "{name}: byte {at} is changed and nothing says so");
            for index in 0..file.tensors().len() {
                let _ = file.read(index);
            }
        }
    }
}

#[test]
fn what_is_no_pickle_is_told() {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(b"{\"not\": \"a pickle\"}").unwrap();
    let gzip = gzip.finish().unwrap();
    for bytes in [&b"GGUF\x03\0\0\0"[..], b"PK\x03\x04", b"", &gzip] {
        let error = open(bytes.to_vec()).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::WrongFormat { .. }), "{error}");
    }
    assert!(!is_compressed_pickle(&(Arc::new(Bytes::from(gzip)) as Arc<dyn Source>)).unwrap());
}
