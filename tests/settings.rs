//! Recorders by the names that Burn has, and precisions of the user's own.

use std::sync::Arc;

use half::bf16;
use ndarray::{Array1, Array2, array};
use vellum::format::{FileFormat, TensorFile, detect};
use vellum::record::{FileRecorder, FullPrecisionSettings, PrecisionSettings, Recorder};
use vellum::recorder::{
    BinBytesRecorder, BinFileRecorder, CompactRecorder, DebugRecordSettings, DefaultFileRecorder, DefaultRecorder,
    NoStdInferenceRecorder, NoStdTrainingRecorder, RecordFile, SensitiveCompactRecorder,
};
use vellum::{Budget, Bytes, Device, ErrorKind, Limits, Module, Param};

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

/// Settings under which no number is a float.
#[derive(Clone, Debug, Default)]
struct Whole;

impl PrecisionSettings for Whole {
    type FloatElem = i32;
    type IntElem = i32;
}

#[derive(Module, Clone, Debug)]
struct Ints {
    list: Param<Array1<i32>>,
}

#[derive(Clone, Debug, Default)]
struct Of<T>(std::marker::PhantomData<T>);

impl<T: vellum::Element + Clone + std::fmt::Debug + Default> PrecisionSettings for Of<T> {
    type FloatElem = T;
    type IntElem = i32;
}

#[test]
fn what_any_settings_save_they_load() {
    fn check<S: PrecisionSettings>() {
        let ints = Ints { list: Param::new(array![1, -128]) };
        let recorder = BinBytesRecorder::<S>::new();
        let bytes = recorder.record(ints.clone().into_record(), ()).unwrap();
        let loaded: IntsRecord = recorder.load(bytes, Device::default()).unwrap();
        assert_eq!(*loaded.list, *ints.list);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ints.bin");
        ints.save_file(&path, &BinFileRecorder::<S>::new()).unwrap();
        let bytes = Bytes::from(std::fs::read(path).unwrap());
        let budget = Budget::new(Limits::default(), bytes.len() as u64);
        assert_eq!(detect(&bytes).unwrap(), FileFormat::BinRecord);
        assert_eq!(RecordFile::open(Arc::new(bytes), &budget).unwrap().format(), "burn-bin");
    }
    check::<Whole>();
    check::<Of<bool>>();
    check::<Of<u8>>();
    check::<Of<bf16>>();
}

#[test]
fn the_name_of_generic_settings_is_whole() {
    assert_eq!(<Of<bf16>>::name(), "Of<half::bfloat::bf16>");
    assert_eq!(FullPrecisionSettings::name(), "FullPrecisionSettings");
}

#[test]
fn a_file_of_burns_whose_floats_are_of_another_crates_type_loads() {
    let mut burn = Vec::new();
    for text in ["cubecl_common::flex32::flex32", "i32", "burn", "0.21.0", "Own"] {
        burn.push(u8::try_from(text.len()).unwrap());
        burn.extend(text.as_bytes());
    }
    burn.extend(b"\x0d8n8r5vtlpv1ni\x08\0\0\xc0\x3f\0\0\0\xc0\x01\x02\x01");
    let loaded: SmallRecord = BinBytesRecorder::<FullPrecisionSettings>::new().load(burn, Device::default()).unwrap();
    assert_eq!(*loaded.weight, *small().weight);
}
