//! Every file that Burn's recorders wrote opens, with the values that Burn has for it, and what Vellum writes has Burn's layout.

use std::path::PathBuf;

use serde_json::Value;
use vellum::backend::{Backend, Int, NdArray, Tensor};
use vellum::record::{
    DoublePrecisionSettings, FileRecorder, FullPrecisionSettings, HalfPrecisionSettings, LeafRef, ParamId,
    PrecisionSettings, Record, Recorder,
};
use vellum::recorder::{
    BinBytesRecorder, BinFileRecorder, BinGzFileRecorder, JsonGzFileRecorder, NamedMpkBytesRecorder,
    NamedMpkFileRecorder, NamedMpkGzFileRecorder, PrettyJsonFileRecorder,
};
use vellum::{Conversion, DType, Device, Module, TensorData, TensorPath, convert};
use vellum_tests::{fixture, fixture_bytes, fixture_json};

use crate::burn_models::{ConvNet, Ints, Model, Nested, Raw, Seq};

type Nd = NdArray<f32>;

/// A tensor of `expected.json`: its values are the doubles of what Burn has.
fn expected_tensor(json: &Value) -> TensorData {
    let shape: Vec<usize> =
        json["shape"].as_array().unwrap().iter().map(|n| usize::try_from(n.as_u64().unwrap()).unwrap()).collect();
    let values = json["values"].as_array().unwrap();
    match json["dtype"].as_str().unwrap() {
        "f32" => TensorData::from_vec(values.iter().map(|x| x.as_f64().unwrap() as f32).collect(), shape),
        "f64" => TensorData::from_vec(values.iter().map(|x| x.as_f64().unwrap()).collect(), shape),
        "i64" => TensorData::from_vec(values.iter().map(|n| n.as_i64().unwrap()).collect(), shape),
        "bool" => TensorData::from_vec(
            values.iter().map(|b| b.as_bool().unwrap_or_else(|| b.as_f64() == Some(1.0))).collect(),
            shape,
        ),
        other => panic!("no dtype {other}"),
    }
    .unwrap()
}

/// Checks every tensor and every id of a model against `expected.json`.
fn check<M: Module>(model: &M, expected: &Value, with_ids: bool) {
    struct Check<'a> {
        expected: &'a Value,
        with_ids: bool,
        seen: usize,
    }

    impl vellum::ModuleVisitor for Check<'_> {
        fn visit(&mut self, path: &TensorPath, leaf: &LeafRef<'_>, _owners: &[vellum::module::Owner]) {
            let expected = &self.expected[path.to_string()];
            assert!(!expected.is_null(), "Burn has no tensor `{path}`");
            let tensor = expected_tensor(expected);
            let actual = leaf.to_data().unwrap();
            let actual = convert(actual, tensor.dtype(), &Conversion::default()).unwrap();
            assert_eq!(actual.shape(), tensor.shape(), "{path}");
            assert!(actual == tensor, "`{path}` differs");
            if self.with_ids {
                assert_eq!(leaf.id().unwrap().to_string(), expected["param_id"].as_str().unwrap(), "{path}");
            }
            self.seen += 1;
        }
    }

    let expected = &expected["params"];
    let mut check = Check { expected, with_ids, seen: 0 };
    model.visit(&mut check);
    assert_eq!(check.seen, expected.as_object().unwrap().len());
}

/// Loads a fixture with the recorder of its extension, in place and by value, and checks both.
fn opens<M: Module, R: FileRecorder>(new: impl Fn() -> M, file: &str, expected: &Value, with_ids: bool) -> M {
    let path = fixture(&format!("{file}.{}", R::file_extension()));
    let recorder = R::default();
    let mut in_place = new();
    let report =
        in_place.load_file_into(path.clone(), &recorder, Device::default()).unwrap_or_else(|error| panic!("{error}"));
    check(&in_place, expected, with_ids);
    let by_value: M::Record = recorder.load(path, Device::default()).unwrap_or_else(|error| panic!("{error}"));
    let by_value = new().load_record(by_value);
    check(&by_value, expected, with_ids);
    assert_eq!(report.loaded.len(), expected["params"].as_object().unwrap().len());
    in_place
}

/// Opens all files of one precision.
fn opens_all<M: Module, S: PrecisionSettings>(
    new: &dyn Fn() -> M,
    folder: &str,
    precision: &str,
    expected: &Value,
) -> M {
    let file = format!("burn/{folder}/{precision}");
    opens::<M, NamedMpkGzFileRecorder<S>>(new, &file, expected, true);
    opens::<M, BinFileRecorder<S>>(new, &file, expected, true);
    opens::<M, BinGzFileRecorder<S>>(new, &file, expected, true);
    opens::<M, PrettyJsonFileRecorder<S>>(new, &file, expected, true);
    opens::<M, JsonGzFileRecorder<S>>(new, &file, expected, true);
    let bytes = fixture_bytes(&format!("{file}.bytes-bin"));
    let record = BinBytesRecorder::<S>::default().load::<M::Record>(bytes.clone(), Device::default()).unwrap();
    check(&new().load_record(record), expected, true);
    let record =
        BinBytesRecorder::<S, &'static [u8]>::default().load::<M::Record>(bytes.leak(), Device::default()).unwrap();
    check(&new().load_record(record), expected, true);
    let bytes = fixture_bytes(&format!("{file}.bytes-mpk"));
    let record = NamedMpkBytesRecorder::<S>::default().load::<M::Record>(bytes, Device::default()).unwrap();
    check(&new().load_record(record), expected, true);
    opens::<M, NamedMpkFileRecorder<S>>(new, &file, expected, true)
}

/// Opens all files of a model of Burn 0.21 at all precisions, with a recorder of any.
fn opens_everything<M: Module>(new: &dyn Fn() -> M, folder: &str) -> M {
    let expected = fixture_json(&format!("burn/{folder}/expected.json"));
    let half = fixture_json(&format!("burn/{folder}/expected_half.json"));
    opens_all::<M, HalfPrecisionSettings>(new, folder, "half", &half);
    opens_all::<M, FullPrecisionSettings>(new, folder, "half", &half);
    opens_all::<M, DoublePrecisionSettings>(new, folder, "double", &expected);
    // What a recorder saves in says nothing of what it loads: a full file is not rounded by a recorder of halves.
    opens_all::<M, HalfPrecisionSettings>(new, folder, "full", &expected);
    opens_all::<M, FullPrecisionSettings>(new, folder, "full", &expected)
}

fn assert_close<B: Backend, const D: usize>(actual: &Tensor<B, D>, expected: &Value) {
    let expected = expected_tensor(expected);
    assert_eq!(actual.shape(), *expected.shape());
    let actual = convert(actual.to_data(), DType::F32, &Conversion::default()).unwrap();
    for (a, e) in actual.as_slice::<f32>().unwrap().iter().zip(expected.as_slice::<f32>().unwrap()) {
        assert!((a - e).abs() <= 1e-5, "{a} is not {e}");
    }
}

#[test]
fn the_book_model_opens_from_every_file_and_predicts_as_in_burn() {
    let model = opens_everything(&|| Model::<Nd>::new(&Device::default()), "book_model");
    let extra = &fixture_json("burn/book_model/expected.json")["extra"];
    let input = Tensor::from_data(expected_tensor(&extra["input"]), Device::default());
    assert_close(&model.forward(input), &extra["output"]);
}

#[test]
fn the_convolutional_model_opens_from_every_file_and_predicts_as_in_burn() {
    let model = opens_everything(&|| ConvNet::<Nd>::new(&Device::default()), "conv_net");
    let extra = &fixture_json("burn/conv_net/expected.json")["extra"];
    let input = Tensor::from_data(expected_tensor(&extra["input"]), Device::default());
    assert_close(&model.forward(input), &extra["output"]);
}

#[test]
fn the_sequence_model_opens_from_every_file_and_predicts_as_in_burn() {
    let model = opens_everything(&|| Seq::<Nd>::new(&Device::default()), "seq");
    let extra = &fixture_json("burn/seq/expected.json")["extra"];
    let input = Tensor::<Nd, 2, Int>::from_data(expected_tensor(&extra["input"]), Device::default());
    assert_close(&model.forward(input), &extra["output"]);
}

#[test]
fn every_form_of_module_opens_from_every_file() {
    let model = opens_everything(&|| Nested::<Nd>::new(&Device::default()), "nested");
    assert_eq!(model.hidden, 17, "a constant, which Burn does not save, keeps the module's value");
    let expected = fixture_json("burn/nested/expected.json");
    assert_eq!(model.num_params() as u64, expected["num_params"].as_u64().unwrap());
}

#[test]
fn models_of_doubles_open_from_every_file() {
    type Double = NdArray<f64>;
    opens_everything(&|| Model::<Double>::new(&Device::default()), "book_model");
    opens_everything(&|| ConvNet::<Double>::new(&Device::default()), "conv_net");
    opens_everything(&|| Seq::<Double>::new(&Device::default()), "seq");
    opens_everything(&|| Nested::<Double>::new(&Device::default()), "nested");
}

#[test]
fn files_of_burn_0_13_open() {
    let expected = fixture_json("burn/book_model_burn0132/expected.json");
    let new = || Model::<Nd>::new(&Device::default());
    for precision in ["full", "double"] {
        let file = format!("burn/book_model_burn0132/{precision}");
        opens::<_, NamedMpkFileRecorder>(new, &file, &expected, false);
        opens::<_, NamedMpkGzFileRecorder>(new, &file, &expected, false);
        opens::<_, BinFileRecorder>(new, &file, &expected, false);
        opens::<_, PrettyJsonFileRecorder>(new, &file, &expected, false);
    }
}

#[test]
fn half_files_of_burn_0_13_hold_the_full_values_rounded() {
    let mut expected = fixture_json("burn/book_model_burn0132/expected.json");
    for tensor in expected["params"].as_object_mut().unwrap().values_mut() {
        let full = expected_tensor(tensor);
        let half = convert(full, DType::F16, &Conversion::default()).unwrap();
        let back = convert(half, DType::F32, &Conversion::default()).unwrap();
        tensor["values"] = back.as_slice::<f32>().unwrap().iter().map(|&x| f64::from(x)).collect();
    }
    let new = || Model::<Nd>::new(&Device::default());
    let file = "burn/book_model_burn0132/half";
    opens::<_, NamedMpkFileRecorder<HalfPrecisionSettings>>(new, file, &expected, false);
    opens::<_, NamedMpkGzFileRecorder>(new, file, &expected, false);
    opens::<_, BinFileRecorder>(new, file, &expected, false);
    opens::<_, PrettyJsonFileRecorder>(new, file, &expected, false);
}

#[test]
fn ids_of_burn_0_13_are_uuids_that_become_the_same_number_in_every_format() {
    let ids = |model: Model<Nd>| {
        let mut ids = Vec::new();
        struct Ids<'a>(&'a mut Vec<String>);
        impl vellum::ModuleVisitor for Ids<'_> {
            fn visit(&mut self, _: &TensorPath, leaf: &LeafRef<'_>, _: &[vellum::module::Owner]) {
                self.0.push(leaf.id().unwrap().to_string());
            }
        }
        model.visit(&mut Ids(&mut ids));
        ids
    };
    let expected = fixture_json("burn/book_model_burn0132/expected.json");
    let new = || Model::<Nd>::new(&Device::default());
    let file = "burn/book_model_burn0132/full";
    let mpk = ids(opens::<_, NamedMpkFileRecorder>(new, file, &expected, false));
    assert_eq!(mpk, ids(opens::<_, BinFileRecorder>(new, file, &expected, false)));
    assert_eq!(mpk, ids(opens::<_, PrettyJsonFileRecorder>(new, file, &expected, false)));
}

#[test]
fn files_of_burn_0_16_open_with_the_dtype_numbers_of_their_time() {
    let expected = fixture_json("burn/book_model/expected.json");
    let half = fixture_json("burn/book_model/expected_half.json");
    let new = || Model::<Nd>::new(&Device::default());
    for (precision, expected) in [("full", &expected), ("half", &half), ("double", &expected)] {
        let file = format!("burn/burn0161/model_{precision}");
        opens::<_, NamedMpkFileRecorder>(new, &file, expected, false);
        opens::<_, NamedMpkGzFileRecorder>(new, &file, expected, false);
        opens::<_, BinFileRecorder>(new, &file, expected, false);
        opens::<_, PrettyJsonFileRecorder>(new, &file, expected, false);
    }
}

fn load<T: Record, R: FileRecorder>(file: &str) -> T {
    let path = fixture(&format!("{file}.{}", R::file_extension()));
    R::default().load(path, Device::default()).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn integers_and_bools_of_burn_0_16_open() {
    fn check(ints: &Ints<Nd>, precision: &str) {
        assert_eq!(ints.i.elements(), [-3, 0, 7, 30000]);
        let tenth = if precision == "half" { half::f16::from_f32(-0.1).to_f32() } else { -0.1 };
        assert_eq!(ints.f.elements(), [1.5, tenth]);
        assert_eq!(ints.b.elements(), [true, false, false, true, true, true]);
        assert_eq!(ints.p.elements(), [1, -2]);
        assert_eq!(ints.p.id().as_u64(), 42);
    }
    for precision in ["full", "half", "double"] {
        let file = format!("burn/burn0161/ints_{precision}");
        check(&load::<_, NamedMpkFileRecorder>(&file), precision);
        check(&load::<_, NamedMpkGzFileRecorder>(&file), precision);
        check(&load::<_, BinFileRecorder>(&file), precision);
        check(&load::<_, PrettyJsonFileRecorder>(&file), precision);
    }
}

pub(crate) fn check_raw(raw: &Raw<Nd>, precision: &str, id: ParamId) {
    let round = |x: f32| if precision == "half" { half::f16::from_f32(x).to_f32() } else { x };
    assert_eq!(raw.t.elements(), [1.5, -2.25, 0.1, 3.3333, 65000.0, -0.00001].map(round));
    assert_eq!(raw.t.dims(), [2, 3]);
    assert_eq!(raw.i.elements(), [-3, 0, 7, 30000]);
    assert_eq!(raw.b.elements(), [true, false, false, true, true, true]);
    assert_eq!(raw.param.elements(), [0.5, -0.125]);
    assert_eq!(raw.param.id(), id);
    assert_eq!(raw.v, [1.0, 2.5, -3.75]);
    assert_eq!((raw.n, raw.s.as_str(), raw.f), (300, "h\u{e9}llo", std::f64::consts::PI));
    assert_eq!((raw.neg, raw.big, raw.some, raw.none), (-70000, u64::MAX, Some(251), None));
    assert_eq!((raw.tup, raw.arr, raw.flag), ((250, -129), [1, -70000, 65], true));
    let nested = raw.nested.as_ref().unwrap();
    assert_eq!((nested[0].elements(), nested[1].elements()), ([9.0, 8.0].as_slice(), [7.0].as_slice()));
}

const RAW_ID: u64 = 123_456_789;

fn raw_comes_back<R: FileRecorder>(raw: &Raw<Nd>, precision: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("raw");
    let recorder = R::default();
    recorder.save_tree(&raw.tree(), Raw::<Nd>::schema, path.clone()).unwrap();
    check_raw(&recorder.load(path, Device::default()).unwrap(), precision, RAW_ID.into());
}

fn raw_opens<S: PrecisionSettings>(precision: &str) {
    let file = format!("burn/raw_record/{precision}");
    check_raw(&load::<_, NamedMpkFileRecorder<S>>(&file), precision, RAW_ID.into());
    check_raw(&load::<_, NamedMpkGzFileRecorder<S>>(&file), precision, RAW_ID.into());
    check_raw(&load::<_, BinGzFileRecorder<S>>(&file), precision, RAW_ID.into());
    check_raw(&load::<_, PrettyJsonFileRecorder<S>>(&file), precision, RAW_ID.into());
    check_raw(&load::<_, JsonGzFileRecorder<S>>(&file), precision, RAW_ID.into());
    let bytes = fixture_bytes(&format!("{file}.bytes-bin"));
    check_raw(&BinBytesRecorder::<S>::default().load(bytes, Device::default()).unwrap(), precision, RAW_ID.into());
    let bytes = fixture_bytes(&format!("{file}.bytes-mpk"));
    check_raw(&NamedMpkBytesRecorder::<S>::default().load(bytes, Device::default()).unwrap(), precision, RAW_ID.into());
    let raw = load::<_, BinFileRecorder<S>>(&file);
    check_raw(&raw, precision, RAW_ID.into());
    raw_comes_back::<NamedMpkFileRecorder<S>>(&raw, precision);
    raw_comes_back::<BinFileRecorder<S>>(&raw, precision);
    raw_comes_back::<BinGzFileRecorder<S>>(&raw, precision);
    raw_comes_back::<PrettyJsonFileRecorder<S>>(&raw, precision);
    raw_comes_back::<JsonGzFileRecorder<S>>(&raw, precision);
}

#[test]
fn plain_records_open_from_every_file_and_come_back() {
    raw_opens::<FullPrecisionSettings>("full");
    raw_opens::<HalfPrecisionSettings>("half");
    raw_opens::<DoublePrecisionSettings>("double");
}

/// The part of a file of Burn's that a file of ours must have too: the item and what follows it, without the metadata.
#[test]
fn the_item_of_a_bin_file_is_burns_to_the_byte() {
    for (folder, precision) in [("book_model", "full"), ("conv_net", "half"), ("nested", "full"), ("seq", "double")] {
        let burn = fixture_bytes(&format!("burn/{folder}/{precision}.bin"));
        let ours = match folder {
            "book_model" => resaved(&|| Model::<Nd>::new(&Device::default()), folder, precision),
            "conv_net" => resaved(&|| ConvNet::<Nd>::new(&Device::default()), folder, precision),
            "nested" => resaved(&|| Nested::<Nd>::new(&Device::default()), folder, precision),
            _ => resaved(&|| Seq::<Nd>::new(&Device::default()), folder, precision),
        };
        let item = |bytes: &[u8]| {
            let name = b"PrecisionSettings";
            let end = bytes.windows(name.len()).rposition(|window| window == name).unwrap();
            bytes[end + name.len()..].to_vec()
        };
        let (burn, ours) = (item(&burn), item(&ours));
        assert!(ours.starts_with(&burn), "{folder} at {precision} has another layout");
    }
}

fn resaved<M: Module>(new: &dyn Fn() -> M, folder: &str, precision: &str) -> Vec<u8> {
    fn save<M: Module, S: PrecisionSettings>(new: &dyn Fn() -> M, folder: &str, precision: &str) -> Vec<u8> {
        let model = new()
            .load_file(
                fixture(&format!("burn/{folder}/{precision}.mpk")),
                &NamedMpkFileRecorder::<S>::new(),
                Device::default(),
            )
            .unwrap();
        BinBytesRecorder::<S>::new().record(model.record(), ()).unwrap()
    }
    match precision {
        "half" => save::<M, HalfPrecisionSettings>(new, folder, precision),
        "double" => save::<M, DoublePrecisionSettings>(new, folder, precision),
        _ => save::<M, FullPrecisionSettings>(new, folder, precision),
    }
}

#[test]
fn damaged_files_of_burn_are_errors_and_never_panics() {
    /// Every cut, and every `step`-th flipped bit: JSON takes long to parse and has little structure to break.
    fn try_all<R: FileRecorder>(file: &str, step: usize) {
        let bytes = fixture_bytes(&format!("{file}.{}", R::file_extension()));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(format!("damaged.{}", R::file_extension()));
        let loads = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            R::default().load::<Ints<Nd>>(path.clone(), Device::default()).is_ok()
        };
        for len in (0..bytes.len()).step_by(step) {
            assert!(!loads(&bytes[..len]), "{file} cut to {len} bytes loads");
        }
        // Burn's files have no digest: a flipped bit of a number gives another number, and only the structure can be checked.
        for bit in (0..bytes.len() * 8).step_by(step) {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let _ = loads(&flipped);
        }
    }
    try_all::<NamedMpkFileRecorder>("burn/burn0161/ints_full", 1);
    try_all::<NamedMpkGzFileRecorder>("burn/burn0161/ints_full", 1);
    try_all::<BinFileRecorder>("burn/burn0161/ints_full", 1);
    try_all::<PrettyJsonFileRecorder>("burn/burn0161/ints_full", 7);
}
