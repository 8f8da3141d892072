//! Numbers keep their value in every recorder, or it is told: elements of Burn's earlier versions, and plain numbers of records.

use ndarray::{Array1, array};
use serde_json::{Value as Json, json};
use vellum::record::{FullPrecisionSettings, Record, Recorder};
use vellum::recorder::{BinBytesRecorder, NamedMpkBytesRecorder, PrettyJsonFileRecorder};
use vellum::{DType, Device, Error, Module, Param, TensorData};

type Single = Param<Array1<f32>>;

/// JSON as MessagePack has it: floats in four bytes, or in eight if `wide`.
fn mpk(value: &Json, wide: bool, out: &mut Vec<u8>) {
    match value {
        Json::Null => out.push(0xc0),
        Json::Bool(b) => out.push(0xc2 + u8::from(*b)),
        Json::Number(n) if n.is_f64() && wide => {
            out.push(0xcb);
            out.extend(n.as_f64().unwrap().to_be_bytes());
        }
        Json::Number(n) if n.is_f64() => {
            out.push(0xca);
            out.extend((n.as_f64().unwrap() as f32).to_be_bytes());
        }
        Json::Number(n) => {
            out.push(0xd3);
            out.extend(n.as_i64().unwrap().to_be_bytes());
        }
        Json::String(text) => {
            out.extend([0xd9, u8::try_from(text.len()).unwrap()]);
            out.extend(text.as_bytes());
        }
        Json::Array(items) => {
            out.push(0x90 + u8::try_from(items.len()).unwrap());
            items.iter().for_each(|item| mpk(item, wide, out));
        }
        Json::Object(entries) => {
            out.push(0x80 + u8::try_from(entries.len()).unwrap());
            for (key, item) in entries {
                mpk(&Json::from(key.as_str()), wide, out);
                mpk(item, wide, out);
            }
        }
    }
}

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

fn from_mpk<R: Record>(record: &Json, wide: bool) -> Result<R, Error> {
    let mut bytes = vec![0x83];
    for key in ["metadata", "item", "_b"] {
        mpk(&Json::from(key), wide, &mut bytes);
        mpk(&record[key], wide, &mut bytes);
    }
    NamedMpkBytesRecorder::<FullPrecisionSettings>::new().load(bytes, Device::default())
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

#[derive(Module, Clone, Debug)]
struct Ints {
    w: Param<Array1<i32>>,
}

#[test]
fn elements_of_another_kind_are_no_elements_of_a_parameter() {
    for version in ["0.12.1", "0.13.2"] {
        let ints = record(version, "f32", "i32", &json!({"w": elements(json!([7, 16_777_217]))}));
        let floats = record(version, "f32", "i32", &json!({"w": elements(json!([7.0, 2.0]))}));
        let loads = |error: Error, wanted: &str| assert!(error.to_string().contains(wanted), "{error}");
        let (a, b) =
            ("`w` is float in the module and I32 in the file", "`w` is integer in the module and F32 in the file");
        loads(from_json::<FloatsRecord>(&ints).unwrap_err(), a);
        loads(from_mpk::<FloatsRecord>(&ints, false).unwrap_err(), a);
        loads(from_json::<IntsRecord>(&floats).unwrap_err(), b);
        loads(from_mpk::<IntsRecord>(&floats, false).unwrap_err(), b);
        assert_eq!(*from_json::<IntsRecord>(&ints).unwrap().w, array![7, 16_777_217]);
        assert_eq!(*from_mpk::<FloatsRecord>(&floats, false).unwrap().w, array![7.0, 2.0]);

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("record.json");
        std::fs::write(&path, text(&ints)).unwrap();
        let mut model = Floats { w: Param::new(array![0.0, 0.0]) };
        let recorder = PrettyJsonFileRecorder::<FullPrecisionSettings>::new();
        loads(model.load_file_into(&path, &recorder, Device::default()).unwrap_err(), a);
        assert_eq!(*model.w, array![0.0, 0.0]);
    }
}

#[test]
fn integers_that_may_be_halves_are_not_guessed_at() {
    let halves = record("0.13.2", "half::binary16::f16", "i16", &json!({"w": elements(json!([15360, 2]))}));
    #[derive(Module, Clone, Debug)]
    struct Any {
        w: Param<TensorData>,
    }
    let error = from_mpk::<AnyRecord>(&halves, false).unwrap_err().to_string();
    assert!(error.contains("may be the bits of halves"), "{error}");
    assert_eq!(from_mpk::<FloatsRecord>(&halves, false).unwrap().w[0], 1.0);
    assert_eq!(*from_mpk::<IntsRecord>(&halves, false).unwrap().w, array![15360, 2]);
    // What they are where they can be nothing else.
    let full = |value| record("0.13.2", "f32", "i32", &json!({"w": elements(value)}));
    assert_eq!(from_mpk::<AnyRecord>(&full(json!([15360, 2])), false).unwrap().w.dtype(), DType::I32);
    assert_eq!(from_mpk::<AnyRecord>(&full(json!([0.5, 2.0])), false).unwrap().w.dtype(), DType::F32);
}

#[test]
fn elements_of_a_type_that_is_not_known_are_not_read_as_another() {
    let item = json!({"w": elements(json!([15360]))});
    for (float, int) in [("zzz", "i32"), ("f32", "zzz")] {
        for error in [
            from_json::<FloatsRecord>(&record("0.13.2", float, int, &item)).unwrap_err(),
            from_mpk::<FloatsRecord>(&record("0.13.2", float, int, &item), false).unwrap_err(),
        ] {
            assert!(error.to_string().contains("zzz"), "{error}");
        }
    }
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
