//! Recorders by the names that Burn has, and precisions of the user's own.

use half::bf16;
use ndarray::{Array1, Array2, array};
use vellum::record::{FileRecorder, FullPrecisionSettings, PrecisionSettings, Recorder};
use vellum::recorder::{
    BinBytesRecorder, CompactRecorder, DebugRecordSettings, DefaultFileRecorder, DefaultRecorder,
    NoStdInferenceRecorder, NoStdTrainingRecorder, SensitiveCompactRecorder,
};
use vellum::{Device, ErrorKind, Module, Param};

type Weights = Param<Array1<f32>>;

#[derive(Module, Clone, Debug)]
struct Small {
    weight: Weights,
}

fn small() -> Small {
    Small { weight: Param::new(array![1.5, -2.0]) }
}

#[test]
fn the_names_that_burn_has_are_recorders() {
    fn check<R: FileRecorder>(recorder: R, extension: &str, exact: bool) {
        let folder = tempfile::tempdir().unwrap();
        small().save_file(folder.path().join("model"), &recorder).unwrap();
        assert!(folder.path().join(format!("model.{extension}")).exists());
        let loaded: SmallRecord = recorder.load(folder.path().join("model"), Device::default()).unwrap();
        assert_eq!(*loaded.weight, *small().weight, "{extension} {exact}");
    }
    check(DefaultRecorder::new(), "mpk", true);
    check(DefaultFileRecorder::<FullPrecisionSettings>::new(), "mpk", true);
    check(CompactRecorder::new(), "mpk", false);
    check(SensitiveCompactRecorder::new(), "bin.gz", false);
    check(NoStdTrainingRecorder::new(), "bin", true);
    check(DebugRecordSettings::new(), "json", true);
    let bytes = BinBytesRecorder::<FullPrecisionSettings>::new().record(small().into_record(), ()).unwrap();
    let embedded: SmallRecord = NoStdInferenceRecorder::new().load(bytes.leak(), Device::default()).unwrap();
    assert_eq!(*embedded.weight, *small().weight);
}

/// Settings of the user's own.
#[derive(Clone, Debug, Default)]
struct Narrowest;

impl PrecisionSettings for Narrowest {
    type FloatElem = bf16;
    type IntElem = i8;
}

#[test]
fn settings_of_the_users_own_say_what_numbers_are_saved_as() {
    let (floats, ints) = (array![[1.0f32, -0.1], [1e30, 0.0]], array![1i64, -128]);
    let model = (Param::new(floats.clone()), Param::new(ints.clone()));
    let bytes = BinBytesRecorder::<Narrowest>::new().record(model.into_record(), ()).unwrap();
    assert!(bytes.windows(9).any(|window| window == b"Narrowest"));
    let (loaded, whole): (Param<Array2<f32>>, Param<Array1<i64>>) =
        BinBytesRecorder::<Narrowest>::new().load(bytes, Device::default()).unwrap();
    assert_eq!((&*loaded, &*whole), (&floats.mapv(|x| bf16::from_f32(x).to_f32()), &ints));
    let error = BinBytesRecorder::<Narrowest>::new().record(Param::new(array![128i64]), ()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::OutOfRange { index: 0, .. }), "{error}");
}
