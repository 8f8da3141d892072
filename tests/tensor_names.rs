//! Parts of a user's own type that are called as the parts of a tensor or of a parameter are in Burn's files.

use std::collections::BTreeMap;
use std::sync::Arc;

use ndarray::{Array1, Array2, array};
use serde_json::json;
use vellum::backend::NdArray;
use vellum::format::{TensorFile as _, TensorList};
use vellum::nn::{Linear, LinearConfig};
use vellum::prelude::*;
use vellum::recorder::{
    BinBytesRecorder, FullPrecisionSettings, MemoryRecorder, NamedMpkBytesRecorder, PrettyJson, RecordFile,
    RecordWriter,
};
use vellum::{Budget, Bytes, Device, Limits, TensorData};

type Full = FullPrecisionSettings;

fn open(bytes: Vec<u8>) -> RecordFile {
    let budget = Budget::new(Limits::default(), bytes.len() as u64);
    RecordFile::open(Arc::new(Bytes::from(bytes)), &budget).expect("what a recorder wrote opens without its type")
}

fn names(file: &RecordFile) -> Vec<&str> {
    file.tensors().iter().map(|entry| entry.name.as_str()).collect()
}

/// Saves a record in each encoding, and opens it by its type and without.
fn opens<R: Record + Clone>(record: &R, tensors: &[&str], same: &dyn Fn(&R) -> bool) {
    fn check<R: Record + Clone, E: BytesRecorder>(
        recorder: &E,
        record: &R,
        tensors: &[&str],
        same: &dyn Fn(&R) -> bool,
    ) {
        let bytes = recorder.record(record.clone(), ()).unwrap();
        assert!(same(&recorder.load(bytes.clone(), Device::default()).unwrap()));
        assert_eq!(names(&open(bytes)), tensors);
    }
    check(&NamedMpkBytesRecorder::<Full>::new(), record, tensors, same);
    check(&BinBytesRecorder::<Full>::new(), record, tensors, same);
    check(&MemoryRecorder::<PrettyJson, Full>::new(), record, tensors, same);
}

#[test]
fn a_record_opens_without_its_type_whatever_its_parts_are_called() {
    #[derive(Record, Clone, PartialEq)]
    struct Trial {
        id: u32,
        param: f32,
    }
    opens(&Trial { id: 7, param: 0.5 }, &[], &|loaded| *loaded == Trial { id: 7, param: 0.5 });

    #[derive(Record, Clone, PartialEq)]
    struct Named {
        id: String,
        param: BTreeMap<String, f32>,
    }
    let named = Named { id: "run-7".into(), param: [("rate".to_string(), 0.5)].into() };
    opens(&named, &[], &|loaded| *loaded == named);

    #[derive(Record, Clone, PartialEq)]
    struct Grid {
        value: Vec<f64>,
        shape: Vec<usize>,
    }
    let grid = Grid { value: vec![0.25; 3], shape: vec![2, 2] };
    opens(&grid, &[], &|loaded| *loaded == grid);

    #[derive(Record, Clone)]
    struct Outer {
        id: String,
        param: Param<Array1<f32>>,
    }
    let outer = Outer { id: "encoder".into(), param: Param::new(array![1.0, 2.0]) };
    opens(&outer, &["param"], &|loaded| loaded.id == outer.id && *loaded.param == *outer.param);

    #[derive(Record, Clone)]
    struct Plain {
        id: String,
        param: Array1<f32>,
    }
    let plain = Plain { id: "encoder".into(), param: array![1.0, 2.0] };
    opens(&plain, &["param"], &|loaded| loaded.id == plain.id && loaded.param == plain.param);

    #[derive(Record, Clone, PartialEq)]
    struct Image {
        bytes: Vec<u8>,
        shape: Vec<usize>,
        dtype: String,
    }
    let image = Image { bytes: vec![1; 6], shape: vec![2, 3], dtype: "uint8".into() };
    opens(&image, &[], &|loaded| *loaded == image);

    let map: BTreeMap<String, u8> = [("bytes", 1), ("shape", 2), ("dtype", 3)].map(|(k, v)| (k.to_string(), v)).into();
    opens(&map, &[], &|loaded| *loaded == map);
}

#[derive(Module)]
struct Heads {
    value: Linear<NdArray>,
    shape: Linear<NdArray>,
}

#[derive(Module)]
struct Scaled {
    value: Param<Array1<f32>>,
    #[module(constant)]
    shape: Vec<usize>,
}

#[test]
fn so_does_a_module() {
    let linear = || LinearConfig::new(2, 1).init(Device::default());
    let heads = Heads { value: linear(), shape: linear() };
    let equal = |record: &HeadsRecord| *record.shape.weight == *heads.shape.weight;
    opens(&heads.record(), &["value.weight", "value.bias", "shape.weight", "shape.bias"], &equal);

    let scaled = Scaled { value: Param::new(array![3.0, 4.0]), shape: vec![2] };
    let record = scaled.record();
    opens(&record, &["value"], &|loaded| *loaded.value == *record.value && loaded.shape == record.shape);
}

#[test]
fn tensors_of_these_names_are_written_as_a_record_and_read() {
    for parts in [["value", "shape"], ["id", "param"]] {
        let mut list = TensorList::default();
        for part in parts {
            list.push(format!("layer.{part}"), TensorData::from_vec(vec![1.5f32, 2.5], [2]).unwrap());
        }
        for writer in [RecordWriter::mpk(), RecordWriter::json()] {
            let mut bytes = Vec::new();
            writer.write(&list, &mut bytes).unwrap();
            let mut found = names(&open(bytes)).iter().map(ToString::to_string).collect::<Vec<_>>();
            found.sort();
            let mut wanted = parts.map(|part| format!("layer.{part}"));
            wanted.sort();
            assert_eq!(found, wanted);
        }
    }
}

/// A record of Burn 0.13, where ids were any text.
fn of_burn_0_13(item: &serde_json::Value) -> Vec<u8> {
    let head = json!({"float": "f32", "int": "i32", "format": "burn", "version": "0.13.2", "settings": "Full"});
    json!({"metadata": head, "item": item}).to_string().into_bytes()
}

#[test]
fn a_text_that_is_called_as_an_id_stays_what_it_is() {
    #[derive(Record)]
    struct Entry {
        id: String,
        param: Param<Array2<f32>>,
    }
    #[derive(Record)]
    struct Plain {
        id: String,
        param: Array1<f32>,
    }
    #[derive(Record)]
    struct Trial {
        id: String,
        param: BTreeMap<String, f32>,
    }
    let recorder = MemoryRecorder::<PrettyJson, Full>::new();
    let matrix = json!({"id": "the weight's", "param": {"value": [1.0, 2.0], "shape": [1, 2]}});
    let bytes = of_burn_0_13(&json!({"id": "encoder", "param": matrix}));
    let entry: Entry = recorder.load(bytes.clone(), Device::default()).unwrap();
    assert_eq!((entry.id.as_str(), &*entry.param), ("encoder", &array![[1.0, 2.0]]));
    assert_eq!(names(&open(bytes)), ["param"]);

    let bytes = of_burn_0_13(&json!({"id": "decoder", "param": {"value": [1.0, 2.0], "shape": [2]}}));
    let plain: Plain = recorder.load(bytes, Device::default()).unwrap();
    assert_eq!((plain.id.as_str(), plain.param), ("decoder", array![1.0, 2.0]));

    let bytes = of_burn_0_13(&json!({"id": "run-7", "param": {"rate": 0.5}}));
    let trial: Trial = recorder.load(bytes.clone(), Device::default()).unwrap();
    assert_eq!((trial.id.as_str(), trial.param["rate"]), ("run-7", 0.5));
    assert!(names(&open(bytes)).is_empty());
}

/// A record of ours in bincode as Burn has it: without our mark in its head, and with nothing behind the value.
fn as_of_burn(ours: &[u8]) -> Vec<u8> {
    let mut at = 0;
    let mut text = || {
        let start = at + 1;
        at = start + usize::from(ours[at]);
        &ours[start..at]
    };
    let [float, int, _, version, settings] = [text(), text(), text(), text(), text()];
    let head = [float, int, b"burn".as_slice(), version, settings];
    let head = head.iter().flat_map(|text| [&[text.len() as u8][..], text].concat());
    let end = ours.windows(6).rposition(|window| window == b"VELLUM").unwrap();
    head.chain(ours[at..end].iter().copied()).collect()
}

#[test]
fn in_burns_files_a_word_as_long_as_an_id_is_no_damage_and_an_id_without_a_tensor_is() {
    #[derive(Record, Clone)]
    struct Saved {
        labels: Vec<String>,
        weight: Param<Array1<f32>>,
    }
    let file = |label: &str| {
        let saved = Saved { labels: vec![label.to_string()], weight: Param::new(array![1.0, 2.0]) };
        as_of_burn(&BinBytesRecorder::<Full>::new().record(saved, ()).unwrap())
    };
    for word in ["cat", "understanding", "international"] {
        assert_eq!(open(file(word)).tensors().len(), 1, "{word}");
    }
    // Cut in a parameter whose id is of letters.
    let whole = file("understanding");
    let at = whole.windows(13).position(|window| window == b"understanding").unwrap() + 13;
    let cut = [&whole[..at], &[100, 0, 0]].concat();
    let error = RecordFile::open(Arc::new(Bytes::from(cut)), &Budget::new(Limits::default(), 200)).err().unwrap();
    assert!(error.to_string().contains("no tensor behind it"), "{error}");
    let bytes = Bytes::from(file("4aobuu9n7qam6"));
    let error = RecordFile::open(Arc::new(bytes), &Budget::new(Limits::default(), 200)).err().unwrap();
    assert!(error.to_string().contains("no tensor behind it"), "{error}");
}
