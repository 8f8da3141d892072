//! One verdict on a change of a type, whichever encoding says it: what names what it holds, and what has only a schema for that.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use ndarray::{Array1, array};
use vellum::nn::Relu;
use vellum::prelude::*;
use vellum::record::FileRecorder;
use vellum::recorder::{BinFileRecorder, FullPrecisionSettings, NamedMpkFileRecorder, PrettyJsonFileRecorder};
use vellum::{Device, ErrorKind, LoadReport};

type Full = FullPrecisionSettings;
type Vector = Param<Array1<f32>>;

/// What a load says: the report, or the differences by path and kind. In words, encodings may differ.
type Verdict = Result<LoadReport, Vec<String>>;

fn verdict<T>(loaded: vellum::Result<(T, LoadReport)>) -> Verdict {
    loaded.map(|(_, report)| report).map_err(|error| match error.kind() {
        ErrorKind::Mismatch(error) => error
            .differences()
            .iter()
            .map(|difference| format!("{} ({})", difference.path(), difference.kind()))
            .collect(),
        _ => panic!("{error}"),
    })
}

/// What all recorders say of a record of another type.
fn of_records<Old: Record + Clone, New: Record>(old: &Old) -> Verdict {
    fn one<Old: Record + Clone, New: Record, R: FileRecorder>(recorder: &R, old: &Old) -> Verdict {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("record");
        recorder.record(old.clone(), path.clone()).unwrap();
        verdict(recorder.load_with_report::<New>(path, Device::default()))
    }
    let bin = one::<Old, New, _>(&BinFileRecorder::<Full>::new(), old);
    assert_eq!(one::<Old, New, _>(&NamedMpkFileRecorder::<Full>::new(), old), bin);
    assert_eq!(one::<Old, New, _>(&PrettyJsonFileRecorder::<Full>::new(), old), bin);
    bin
}

/// What all recorders say of another module, by value and in place.
fn of_modules<Old: Module, New: Module>(old: &Old, new: fn() -> New, unexpected: bool) -> Verdict {
    fn both<Old: Module, New: Module, R: FileRecorder>(recorder: &R, old: &Old, mut new: New) -> Verdict {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("module");
        old.save_file(&path, recorder).unwrap();
        let by_value = verdict(recorder.load_with_report::<New::Record>(path.clone(), Device::default()));
        let in_place = new.load_file_into(&path, recorder, Device::default());
        assert_eq!(verdict(in_place.map(|report| ((), report))), by_value);
        by_value
    }
    let (bin, mpk) = (BinFileRecorder::<Full>::new(), NamedMpkFileRecorder::<Full>::new());
    let json = PrettyJsonFileRecorder::<Full>::new();
    let verdict = both(&bin.allow_unexpected(unexpected), old, new());
    assert_eq!(both(&mpk.allow_unexpected(unexpected), old, new()), verdict);
    assert_eq!(both(&json.allow_unexpected(unexpected), old, new()), verdict);
    verdict
}

#[derive(Module)]
struct Old {
    p: Vector,
    q: Vector,
}

fn old() -> Old {
    Old { p: Param::new(array![1.0, 2.0]), q: Param::new(array![3.0]) }
}

fn q() -> Vector {
    Param::new(array![0.0])
}

#[test]
fn a_parameter_is_no_fields_of_a_struct_a_map_or_a_layer_without_state() {
    #[derive(Module)]
    struct Layer {
        #[module(default = Param::new(array![9.0]))]
        w: Vector,
    }
    #[derive(Module)]
    struct OfLayer {
        p: Layer,
        q: Vector,
    }
    #[derive(Module)]
    struct OfMap {
        p: BTreeMap<String, Layer>,
        q: Vector,
    }
    #[derive(Module)]
    struct OfRelu {
        p: Relu,
        q: Vector,
    }
    fn layer() -> Layer {
        Layer { w: q() }
    }
    for unexpected in [false, true] {
        let refused = Err(vec!["p (form)".to_string()]);
        let verdict = of_modules(&old(), || OfLayer { p: layer(), q: q() }, unexpected);
        assert_eq!(verdict, refused);
        let verdict = of_modules(&old(), || OfMap { p: [("id".to_string(), layer())].into(), q: q() }, unexpected);
        assert_eq!(verdict, refused);
        let verdict = of_modules(&old(), || OfRelu { p: Relu::new(), q: q() }, unexpected);
        assert_eq!(verdict, refused);
    }
}

#[test]
fn what_is_not_saved_any_more_is_unexpected() {
    #[derive(Module)]
    #[allow(dead_code, reason = "it is not saved")]
    struct Skipping {
        #[module(skip)]
        p: u8,
        q: Vector,
    }
    #[derive(Module)]
    struct Marked {
        p: PhantomData<u8>,
        q: Vector,
    }
    let unexpected = Err(vec!["p (unexpected)".to_string()]);
    assert_eq!(of_modules(&old(), || Skipping { p: 0, q: q() }, false), unexpected);
    assert_eq!(of_modules(&old(), || Marked { p: PhantomData, q: q() }, false), unexpected);
    for verdict in [
        of_modules(&old(), || Skipping { p: 0, q: q() }, true),
        of_modules(&old(), || Marked { p: PhantomData, q: q() }, true),
    ] {
        let report = verdict.unwrap();
        let paths: Vec<String> = report.unexpected.iter().map(ToString::to_string).collect();
        assert_eq!(paths, ["p"]);
    }
}

#[test]
fn a_list_of_nothing_is_no_loss() {
    #[derive(Record, Clone)]
    struct Old {
        n: i32,
        v: Vec<i16>,
    }
    #[derive(Record)]
    struct New {
        n: i32,
    }
    #[derive(Record)]
    #[allow(dead_code, reason = "it is not saved")]
    struct Skipping {
        n: i32,
        #[record(skip)]
        v: Vec<i16>,
    }
    let empty = Old { n: 1, v: Vec::new() };
    assert!(of_records::<_, New>(&empty).is_ok() && of_records::<_, Skipping>(&empty).is_ok());
    let unexpected = Err(vec!["v (unexpected)".to_string()]);
    let full = Old { n: 1, v: vec![0] };
    assert_eq!(of_records::<_, New>(&full), unexpected);
    assert_eq!(of_records::<_, Skipping>(&full), unexpected);
}

#[test]
fn the_differences_of_a_hash_map_are_in_the_order_of_its_keys() {
    use std::collections::HashMap;
    #[derive(Module)]
    struct Before {
        w: Vector,
    }
    #[derive(Module)]
    struct After {
        w: Vector,
        #[module(constant)]
        k: u8,
    }
    let layers: HashMap<String, Before> =
        ('a'..='j').map(|key| (key.to_string(), Before { w: Param::new(array![1.0]) })).collect();
    let folder = tempfile::tempdir().unwrap();
    let recorder = NamedMpkFileRecorder::<Full>::new();
    layers.save_file(folder.path().join("map"), &recorder).unwrap();
    let record = recorder.load(folder.path().join("map"), Device::default()).unwrap();
    let error = HashMap::<String, After>::try_init_with(record).err().unwrap();
    let paths: Vec<String> = error.differences().iter().map(|difference| difference.path().to_string()).collect();
    assert_eq!(paths, ["a.k", "b.k", "c.k", "d.k", "e.k", "f.k", "g.k", "h.k", "i.k", "j.k"]);
}
