//! What a caller may allow: parameters that a file lacks, and values that its precision does not have.

use ndarray::{Array1, array};
use vellum::record::{FullPrecisionSettings, HalfPrecisionSettings, Recorder};
use vellum::recorder::{BinBytesRecorder, BinFileRecorder, NamedMpkFileRecorder, PrettyJsonFileRecorder};
use vellum::{Device, ErrorKind, Module, Overflow, Param};

type Weights = Param<Array1<f32>>;

#[derive(Module, Clone, Debug)]
struct Small {
    weight: Weights,
}

fn small() -> Small {
    Small { weight: Param::new(array![1.5, -2.0]) }
}

#[derive(Module, Debug)]
struct Large {
    weight: Weights,
    added: Weights,
    #[module(default)]
    list: Vec<Weights>,
}

#[test]
fn what_a_file_lacks_is_kept_in_place_where_that_is_allowed_and_reported() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model");
    let large = || Large { weight: Param::new(array![0.0, 0.0]), added: Param::new(array![7.0]), list: Vec::new() };
    macro_rules! check {
        ($($recorder:ident),*) => {$(
            let recorder = $recorder::<FullPrecisionSettings>::new();
            small().save_file(&path, &recorder).unwrap();
            let mut model = large();
            let error = model.load_file_into(&path, &recorder, Device::default()).unwrap_err();
            assert!(error.to_string().contains("added"), "{error}");
            assert_eq!(*model.weight, array![0.0, 0.0], "the model is as it was");

            let report = model.load_file_into(&path, &recorder.allow_missing(true), Device::default()).unwrap();
            let missing: Vec<String> = report.missing.iter().map(ToString::to_string).collect();
            assert!(missing.contains(&"added".to_string()), "{missing:?}");
            assert_eq!((&*model.weight, &*model.added), (&array![1.5, -2.0], &array![7.0]));
        )*};
    }
    check!(NamedMpkFileRecorder, BinFileRecorder, PrettyJsonFileRecorder);
}

#[test]
fn overflow_is_settled_as_the_caller_says() {
    let floats = || Param::new(array![1.0f32, 1e6, -1e6, f32::NAN]);
    let ints = || Param::new(array![7i64, 1 << 40, -(1 << 40)]);
    let recorder = |overflow| BinBytesRecorder::<HalfPrecisionSettings>::new().with_overflow(overflow);
    let load = |bytes: Vec<u8>| -> Weights {
        BinBytesRecorder::<HalfPrecisionSettings>::new().load(bytes, Device::default()).unwrap()
    };
    let infinite = load(recorder(Overflow::Infinite).record(floats(), ()).unwrap());
    assert_eq!(infinite.as_slice().unwrap()[..3], [1.0, f32::INFINITY, f32::NEG_INFINITY]);
    let saturated = load(recorder(Overflow::Saturate).record(floats(), ()).unwrap());
    assert_eq!(saturated.as_slice().unwrap()[..3], [1.0, 65504.0, -65504.0]);
    assert!(infinite[3].is_nan() && saturated[3].is_nan());

    let bytes = recorder(Overflow::Saturate).record(ints(), ()).unwrap();
    let ints_back: Param<Array1<i64>> =
        BinBytesRecorder::<HalfPrecisionSettings>::new().load(bytes, Device::default()).unwrap();
    assert_eq!(*ints_back, array![7, 32767, -32768]);
    let model = [(small(), ints())];
    let error = recorder(Overflow::Error).record(model.into_record(), ()).unwrap_err();
    assert_eq!(error.tensor(), Some("0.1"));
    assert!(
        matches!(error.kind(), ErrorKind::OutOfRange { index: 1, value, .. } if value == "1099511627776"),
        "{error}"
    );
}
