//! What is made of modules: tuples, maps, ties and frozen parameters, through files and in the table that a summary prints.

use std::collections::{BTreeMap, HashMap};

use ndarray::{Array1, array};
use vellum::record::{FileRecorder, FullPrecisionSettings, Recorder};
use vellum::recorder::{BinFileRecorder, NamedMpkFileRecorder, PrettyJsonFileRecorder};
use vellum::{Buffer, Device, Module, Param, Tied};

type P = Param<Array1<f32>>;

fn p(value: f32) -> P {
    Param::new(array![value])
}

#[derive(Module)]
struct Containers {
    one: (P,),
    three: (P, P, P),
    twelve: (P, P, P, P, P, P, P, P, P, P, P, P),
    by_hash: HashMap<String, P>,
}

fn containers(from: f32) -> Containers {
    let at = |place: u8| p(from + f32::from(place));
    Containers {
        one: (at(0),),
        three: (at(1), at(2), at(3)),
        twelve: (at(4), at(5), at(6), at(7), at(8), at(9), at(10), at(11), at(12), at(13), at(14), at(15)),
        by_hash: (16..24).map(|place| (format!("key {place}"), at(place))).collect(),
    }
}

fn numbers(module: &impl Module) -> Vec<(String, Vec<f32>)> {
    let state = module.state_dict().unwrap();
    state.iter().map(|(path, data)| (path.to_string(), data.to_vec::<f32>().unwrap())).collect()
}

fn come_back<R: FileRecorder>(recorder: &R) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("containers");
    let model = containers(100.0);
    model.save_file(&path, recorder).unwrap();
    let record: ContainersRecord = recorder.load(path.clone(), Device::default()).unwrap();
    assert_eq!(numbers(&Containers::init_with(record)), numbers(&model));
    let mut other = containers(0.0);
    other.load_file_into(&path, recorder, Device::default()).unwrap();
    assert_eq!(numbers(&other), numbers(&model));
    assert_eq!(numbers(&other).len(), 24);
}

#[test]
fn tuples_of_every_length_and_maps_of_several_keys_come_back() {
    come_back(&NamedMpkFileRecorder::<FullPrecisionSettings>::new());
    come_back(&BinFileRecorder::<FullPrecisionSettings>::new());
    come_back(&PrettyJsonFileRecorder::<FullPrecisionSettings>::new());
}

#[test]
fn a_key_that_is_nearly_another_is_suggested_as_a_fields_name_is() {
    let recorder = NamedMpkFileRecorder::<FullPrecisionSettings>::new();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model");
    let map = |keys: &[&str]| -> BTreeMap<String, P> { keys.iter().map(|key| (key.to_string(), p(1.0))).collect() };
    map(&["encoder", "head", "layer1", "layer2"]).save_file(&path, &recorder).unwrap();
    let mut other = map(&["encodr", "layer1", "layer2", "layer3", "tail"]);
    let error = other.load_file_into(&path, &recorder, Device::default()).unwrap_err();
    let vellum::ErrorKind::Mismatch(error) = error.kind() else { panic!("{error}") };
    let lines: Vec<String> = error.differences().iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "`encodr` is missing in the file; is it `encoder`?",
            // Not `layer2`: that one is where it belongs.
            "`layer3` is missing in the file",
            "`tail` is missing in the file",
            "`encoder` is in the file and not in the module; is it `encodr`?",
            "`head` is in the file and not in the module",
        ]
    );
}

#[test]
fn many_keys_that_do_not_fit_are_told_without_comparing_each_with_each() {
    let recorder = NamedMpkFileRecorder::<FullPrecisionSettings>::new();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model");
    let map = |letter: char| -> BTreeMap<String, Vec<P>> {
        (0..50_000).map(|key| (format!("{}{key}", letter.to_string().repeat(60)), Vec::new())).collect()
    };
    map('a').save_file(&path, &recorder).unwrap();
    let error = map('b').load_file_into(&path, &recorder, Device::default()).unwrap_err();
    assert!(error.to_string().contains("in 100000 places"), "{error}");
}

#[derive(Module)]
struct Frozen {
    free: P,
    frozen: P,
    seen: Buffer<Array1<f32>>,
    encode: Tied<Param<Array1<f32>>>,
    decode: Tied<Param<Array1<f32>>>,
}

fn frozen() -> Frozen {
    let encode = Tied::new(Param::new(array![5.0, 6.0]));
    Frozen {
        free: p(1.0),
        frozen: p(2.0).set_require_grad(false),
        seen: Buffer::new(array![3.0, 4.0, 5.0]),
        decode: encode.share(),
        encode,
    }
}

#[test]
fn a_summary_counts_each_array_once_and_says_what_is_trained() {
    let summary = frozen().summary();
    assert_eq!((summary.trainable, summary.not_trainable, summary.bytes), (3, 4, 28));
    let text = summary.to_string();
    let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0], ["path", "layer", "shape", "dtype", "parameters"]);
    assert_eq!(lines[1], ["free", "Frozen", "[1]", "F32", "1"]);
    assert_eq!(lines[2], ["frozen", "Frozen", "[1]", "F32", "1", "(not", "trained)"]);
    assert_eq!(lines[3], ["seen", "Frozen", "[3]", "F32", "3", "(not", "trained)"]);
    assert_eq!(lines[4], ["encode", "Frozen", "[2]", "F32", "2"]);
    assert_eq!(lines[5], ["decode", "Frozen", "[2]", "F32", "2", "(tied)"]);
    assert!(text.ends_with("4 arrays, 7 parameters (3 trained, 4 not), 28 bytes"), "{text}");
}

#[test]
fn what_is_frozen_stays_so_through_records_and_in_place_and_a_file_does_not_say() {
    let model = frozen();
    assert!(!Frozen::init_with(model.record()).frozen.is_require_grad());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("frozen");
    let recorder = NamedMpkFileRecorder::<FullPrecisionSettings>::new();
    model.save_file(&path, &recorder).unwrap();
    let mut other = frozen();
    other.load_file_into(&path, &recorder, Device::default()).unwrap();
    assert!(!other.frozen.is_require_grad() && other.free.is_require_grad());
    let record: FrozenRecord = recorder.load(path, Device::default()).unwrap();
    assert!(Frozen::init_with(record).frozen.is_require_grad());
}
