//! Numbers keep their value in every recorder, or it is told: elements of Burn's earlier versions, and plain numbers of records.

use ndarray::{Array1, array};
use serde_json::{Value as Json, json};
use vellum::record::{FullPrecisionSettings, Record, Recorder};
use vellum::recorder::{BinBytesRecorder, NamedMpkBytesRecorder, PrettyJsonFileRecorder};
use vellum::{Device, Error, Module, Param};

type Single = Param<Array1<f32>>;

/// A record of Burn's, `item` in it, as JSON.
fn record(version: &str, float: &str, int: &str, item: &Json) -> Json {
    let metadata = json!({"float": float, "int": int, "format": "burn", "version": version, "settings": "Own"});
    json!({"metadata": metadata, "item": item, "_b": null})
}

/// The text of a record whose head stands first.
fn text(record: &Json) -> String {
    format!(r#"{{"metadata":{},"item":{},"_b":null}}"#, record["metadata"], record["item"])
}

fn from_json<R: Record>(record: &Json) -> Result<R, Error> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.json");
    std::fs::write(&path, text(record)).unwrap();
    PrettyJsonFileRecorder::<FullPrecisionSettings>::new().load(path, Device::default())
}

/// A parameter as Burn had it until 0.13.
fn elements(value: Json) -> Json {
    let len = value.as_array().unwrap().len();
    json!({"id": "0b0b", "param": {"value": value, "shape": [len]}})
}

#[derive(Module, Clone, Debug)]
struct Floats {
    w: Single,
}

#[test]
fn an_element_past_the_range_of_its_dtype_is_told_with_its_place() {
    let item = json!({"w": elements(json!([1.0, 1e39]))});
    let error = from_json::<FloatsRecord>(&record("0.13.2", "f32", "i32", &item)).unwrap_err().to_string();
    assert!(error.contains("element 1 is 1e39, which F32 cannot represent"), "{error}");
}

/// Floats whose shortest text is nearer to another double's than to theirs: that of the middle between them and a neighbour.
const HARD: [u32; 3] = [0x15ae_43fd, 0x95ae_43fd, 0x15ae_43fe];

#[derive(Record, Clone, Debug)]
struct Plain {
    x: f32,
    list: Vec<f32>,
    some: Option<f32>,
    pair: [f32; 2],
}

fn plain(x: f32) -> Plain {
    Plain { x, list: vec![x, x], some: Some(x), pair: [x, x] }
}

fn bits(plain: &Plain) -> Vec<u32> {
    let all = [plain.x, plain.some.unwrap()].into_iter().chain(plain.list.iter().copied()).chain(plain.pair);
    all.map(f32::to_bits).collect()
}

#[test]
fn every_f32_survives_json() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record");
    let recorder = PrettyJsonFileRecorder::<FullPrecisionSettings>::new();
    for x in HARD.map(f32::from_bits).into_iter().chain([0.1, 1e-45, f32::MAX, f32::MIN_POSITIVE, -0.0, 16_777_216.0]) {
        recorder.record(plain(x), path.clone()).unwrap();
        let (read, report) = recorder.load_with_report::<Plain>(path.clone(), Device::default()).unwrap();
        assert_eq!(bits(&read), [x.to_bits(); 6], "{x:e}");
        assert_eq!(report.converted, [], "{x:e}");
        let old = record("0.13.2", "f32", "i32", &json!({"w": elements(json!([0.0]))}));
        let text = text(&old).replace("[0.0]", &format!("[{x:e}]"));
        std::fs::write(folder.path().join("old.json"), text).unwrap();
        let model: FloatsRecord = recorder.load(folder.path().join("old"), Device::default()).unwrap();
        assert_eq!(model.w[0].to_bits(), x.to_bits(), "{x:e}");
    }
}

#[test]
fn a_nan_keeps_its_bits() {
    for bits_of in [0x7f80_0001, 0xff80_0001, 0x7fc0_0000, 0xffff_ffff] {
        let x = f32::from_bits(bits_of);
        let bin = BinBytesRecorder::<FullPrecisionSettings>::new();
        let bytes = bin.record(plain(x), ()).unwrap();
        assert_eq!(bits(&bin.load(bytes, Device::default()).unwrap()), [bits_of; 6]);
        let mpk = NamedMpkBytesRecorder::<FullPrecisionSettings>::new();
        let bytes = mpk.record(plain(x), ()).unwrap();
        assert_eq!(bits(&mpk.load(bytes, Device::default()).unwrap()), [bits_of; 6]);
    }
}

#[derive(Record, Clone, Debug)]
struct Wide {
    x: f64,
    v: Vec<f64>,
    n: Vec<i64>,
    i: i64,
}

#[derive(Record, Clone, Debug, PartialEq)]
struct Narrow {
    x: f32,
    v: Vec<f32>,
    n: Vec<f32>,
    i: f32,
}

#[test]
fn a_plain_number_that_becomes_another_is_reported() {
    let wide = Wide { x: 0.123_456_789_012, v: vec![0.0, 16_777_217.0], n: vec![16_777_216], i: -3 };
    let narrow = Narrow { x: 0.123_456_79, v: vec![0.0, 16_777_216.0], n: vec![16_777_216.0], i: -3.0 };
    let told = |report: vellum::LoadReport| {
        let all = report.converted.iter().map(|own| format!("{} {} {}", own.path, own.from, own.to));
        assert_eq!(all.collect::<Vec<_>>(), ["x F64 F32", "v F64 F32", "n I64 F32", "i I64 F32"]);
    };
    let bin = BinBytesRecorder::<FullPrecisionSettings>::new();
    let bytes = bin.record(wide.clone(), ()).unwrap();
    let (read, report) = bin.load_with_report::<Narrow>(bytes, Device::default()).unwrap();
    assert_eq!(read, narrow);
    told(report);
    let mpk = NamedMpkBytesRecorder::<FullPrecisionSettings>::new();
    let bytes = mpk.record(wide.clone(), ()).unwrap();
    let (read, report) = mpk.load_with_report::<Narrow>(bytes, Device::default()).unwrap();
    assert_eq!(read, narrow);
    told(report);
    let folder = tempfile::tempdir().unwrap();
    let json = PrettyJsonFileRecorder::<FullPrecisionSettings>::new();
    json.record(wide, folder.path().join("record")).unwrap();
    let (read, report) = json.load_with_report::<Narrow>(folder.path().join("record"), Device::default()).unwrap();
    assert_eq!(read, narrow);
    told(report);
}

#[test]
fn an_integer_that_is_no_float_is_not_made_one() {
    let mpk = NamedMpkBytesRecorder::<FullPrecisionSettings>::new();
    let load = |n, i| {
        let bytes = mpk.record(Wide { x: 0.0, v: vec![], n, i }, ()).unwrap();
        mpk.load::<Narrow>(bytes, Device::default())
    };
    let error = load(vec![1, 16_777_217], 0).unwrap_err().to_string();
    assert!(error.contains("`n.1` is a number that an f32 can be in the module and an integer in the file"), "{error}");
    let error = load(vec![], 16_777_217).unwrap_err().to_string();
    assert!(error.contains("`i` is a number that an f32 can be"), "{error}");
    assert_eq!(load(vec![1 << 40], 1 << 62).unwrap().i, 2f32.powi(62));
}
