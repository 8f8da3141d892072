//! What the recorders refuse of whatever form it has, and what a caller may allow.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use half::bf16;
use ndarray::{ArcArray1, Array1, Array2, array};
use vellum::record::{FileRecorder, FullPrecisionSettings, HalfPrecisionSettings, PrecisionSettings, Recorder};
use vellum::recorder::{
    BinBytesRecorder, BinFileRecorder, BinGzFileRecorder, CompactRecorder, DebugRecordSettings, DefaultFileRecorder,
    DefaultRecorder, JsonGzFileRecorder, NamedMpkBytesRecorder, NamedMpkFileRecorder, NamedMpkGzFileRecorder,
    NoStdInferenceRecorder, NoStdTrainingRecorder, PrettyJsonFileRecorder, SensitiveCompactRecorder,
};
use vellum::{Device, ErrorKind, Module, Overflow, Param, Record};

type Weights = Param<Array1<f32>>;

#[derive(Module, Clone, Debug)]
struct Small {
    weight: Weights,
}

fn small() -> Small {
    Small { weight: Param::new(array![1.5, -2.0]) }
}

/// Runs a check with each file recorder at full precision.
fn each_file_recorder(check: impl Fn(&str, &dyn Fn(&Path) -> vellum::Result<SmallRecord>, &dyn Fn(&Path))) {
    macro_rules! each {
        ($($recorder:ty),*) => {$(
            let recorder = <$recorder>::new();
            check(
                <$recorder>::file_extension(),
                &|path| recorder.load(path.to_path_buf(), Device::default()),
                &|path| small().save_file(path, &recorder).unwrap(),
            );
        )*};
    }
    each!(
        NamedMpkFileRecorder,
        NamedMpkGzFileRecorder,
        BinFileRecorder,
        BinGzFileRecorder,
        PrettyJsonFileRecorder,
        JsonGzFileRecorder
    );
}

#[test]
fn a_folder_a_missing_an_empty_and_a_file_of_noise_are_typed_errors_that_name_it() {
    each_file_recorder(|extension, load, _| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(format!("model.{extension}"));
        let refused = |what: &str| {
            let error = load(&path).unwrap_err();
            assert!(error.to_string().contains("model."), "{extension}, {what}: {error}");
            error
        };
        assert!(matches!(refused("missing").kind(), ErrorKind::Io { .. }), "{extension}");
        fs::create_dir(&path).unwrap();
        refused("a folder");
        fs::remove_dir(&path).unwrap();
        fs::write(&path, b"").unwrap();
        let empty = refused("empty");
        assert!(
            matches!(empty.kind(), ErrorKind::WrongFormat { .. } | ErrorKind::Truncated { .. }),
            "{extension}: {empty}"
        );
        fs::write(&path, [0x5a; 300]).unwrap();
        refused("noise");
    });
}

#[cfg(unix)]
#[test]
fn a_fifo_is_refused_and_not_waited_for() {
    each_file_recorder(|extension, load, _| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(format!("model.{extension}"));
        let made = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
        assert!(made.success());
        let error = load(&path).unwrap_err();
        assert!(error.to_string().contains("model."), "{error}");
    });
}

#[test]
fn a_version_that_burn_never_had_is_an_error_that_states_it() {
    let known = b"0.21.0";
    let mpk = NamedMpkBytesRecorder::<FullPrecisionSettings>::new();
    let bin = BinBytesRecorder::<FullPrecisionSettings>::new();
    let files = [mpk.record(small().into_record(), ()).unwrap(), bin.record(small().into_record(), ()).unwrap()];
    for unknown in [b"0.22.0", b"9.21.0", b"0.99.9", b"0.00.0", b"\0\0\0\0\0\0"] {
        for (which, file) in files.iter().enumerate() {
            let at = file.windows(known.len()).position(|window| window == known).unwrap();
            let mut file = file.clone();
            file[at..at + known.len()].copy_from_slice(unknown);
            let error = match which {
                0 => mpk.load::<SmallRecord>(file, Device::default()).err(),
                _ => {
                    BinBytesRecorder::<FullPrecisionSettings>::new().load::<SmallRecord>(file, Device::default()).err()
                }
            };
            let error = error.unwrap();
            let stated = String::from_utf8_lossy(unknown);
            assert!(
                matches!(error.kind(), ErrorKind::UnknownVersion { version, .. } if *version == stated),
                "{which} {stated}: {error}"
            );
        }
    }
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
    each_file_recorder(|extension, _, save| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model");
        save(&path);
        let large = || Large { weight: Param::new(array![0.0, 0.0]), added: Param::new(array![7.0]), list: Vec::new() };
        macro_rules! load {
            ($recorder:ident, $allow:expr) => {{
                let mut model = large();
                let recorder = $recorder::<FullPrecisionSettings>::new().allow_missing($allow);
                let report = model.load_file_into(&path, &recorder, Device::default());
                (model, report)
            }};
        }
        let ((strict, refused), (model, report)) = match extension {
            "mpk" => (load!(NamedMpkFileRecorder, false), load!(NamedMpkFileRecorder, true)),
            "bin" => (load!(BinFileRecorder, false), load!(BinFileRecorder, true)),
            "json" => (load!(PrettyJsonFileRecorder, false), load!(PrettyJsonFileRecorder, true)),
            _ => return,
        };
        let error = refused.unwrap_err();
        assert!(error.to_string().contains("added"), "{extension}: {error}");
        assert_eq!(*strict.weight, array![0.0, 0.0], "the model is as it was");
        let report = report.unwrap();
        let missing: Vec<String> = report.missing.iter().map(ToString::to_string).collect();
        assert!(missing.contains(&"added".to_string()), "{extension}: {missing:?}");
        assert_eq!((&*model.weight, &*model.added), (&array![1.5, -2.0], &array![7.0]));
    });
}

#[test]
fn a_record_that_does_not_fit_panics_with_every_difference() {
    #[derive(Module, Clone)]
    struct Many {
        layers: Vec<Weights>,
    }
    let of = |len: usize| Many { layers: (0..12).map(|_| Param::new(Array1::zeros(len))).collect() };
    let (model, record) = (of(2), of(3).into_record());
    let panic = catch_unwind(AssertUnwindSafe(|| model.load_record(record))).err().unwrap();
    let text = panic.downcast_ref::<String>().unwrap();
    for layer in 0..12 {
        assert!(text.contains(&format!("`layers.{layer}`")), "{layer} in {text}");
    }
}

#[derive(Record, Debug, PartialEq)]
struct Wide {
    number: f64,
    list: Vec<f64>,
}

#[derive(Record, Debug)]
struct Narrow {
    number: f32,
    list: Vec<f32>,
}

#[derive(Record, Debug)]
struct Whole {
    number: i64,
    list: Vec<i64>,
}

#[test]
fn a_number_becomes_another_only_within_its_range() {
    let recorder = NamedMpkBytesRecorder::<FullPrecisionSettings>::new();
    let wide = |number: f64, list: f64| recorder.record(Wide { number, list: vec![list] }, ()).unwrap();
    let near: Narrow = recorder.load(wide(0.1, f64::INFINITY), Device::default()).unwrap();
    assert!(near.number == 0.1 && near.list == [f32::INFINITY]);
    for (number, list) in [(1e300, 0.0), (0.0, -1e300)] {
        let error = recorder.load::<Narrow>(wide(number, list), Device::default()).unwrap_err();
        assert!(error.to_string().contains(if list == 0.0 { "number" } else { "list" }), "{error}");
    }

    let whole = |number: i64, list: i64| recorder.record(Whole { number, list: vec![list] }, ()).unwrap();
    let exact: Wide = recorder.load(whole(1 << 53, -(1 << 53)), Device::default()).unwrap();
    assert_eq!(exact, Wide { number: 2f64.powi(53), list: vec![-2f64.powi(53)] });
    for (number, list) in [((1 << 53) + 1, 0), (i64::MAX, 0), (0, (1 << 53) + 1), (0, i64::MAX)] {
        assert!(recorder.load::<Wide>(whole(number, list), Device::default()).is_err(), "{number} {list}");
    }
}

#[test]
fn what_messagepack_cannot_state_names_the_tensor() {
    // Zeros that nobody touches: the system gives no memory for them.
    let blob = Param::new(Array1::<f32>::zeros(1 << 30));
    let model = (small(), [blob]);
    let error = NamedMpkBytesRecorder::<FullPrecisionSettings>::new().record(model.into_record(), ()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Unrepresentable { .. }), "{error}");
    assert_eq!(error.tensor(), Some("1.0"), "{error}");
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

#[derive(Module)]
struct Leaves {
    shared: Param<ArcArray1<f32>>,
    list: Param<Vec<i32>>,
    scalar: Param<f64>,
    truth: Param<bool>,
    small: Param<u8>,
}

#[test]
fn plain_arrays_lists_and_scalars_go_through_every_file() {
    fn check<R: FileRecorder>(recorder: &R) {
        let folder = tempfile::tempdir().unwrap();
        // A view of every second number, which do not lie beside each other.
        let every = ArcArray1::from_iter((0..6u8).map(f32::from)).slice_move(ndarray::s![1..;2]);
        let leaves = Leaves {
            shared: Param::new(every.clone()),
            list: Param::new(vec![1, -2]),
            scalar: Param::new(0.5),
            truth: Param::new(true),
            small: Param::new(255),
        };
        leaves.save_file(folder.path().join("leaves"), recorder).unwrap();
        let loaded: LeavesRecord = recorder.load(folder.path().join("leaves"), Device::default()).unwrap();
        let loaded = Leaves::init_with(loaded);
        assert_eq!((&*loaded.shared, &*loaded.list), (&every, &vec![1, -2]));
        assert_eq!((*loaded.scalar, *loaded.truth, *loaded.small), (0.5, true, 255));
    }
    check(&NamedMpkFileRecorder::<FullPrecisionSettings>::new());
    check(&BinFileRecorder::<FullPrecisionSettings>::new());
    check(&PrettyJsonFileRecorder::<FullPrecisionSettings>::new());
}
