//! What is refused of whatever form it has, and how that is said.

use std::collections::BTreeMap;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use ndarray::{Array1, array};
use vellum::format::{FileFormat, TensorFile, detect};
use vellum::record::{FileRecorder, FullPrecisionSettings, Recorder};
use vellum::recorder::{
    BinBytesRecorder, BinFileRecorder, BinGzFileRecorder, JsonGzFileRecorder, MemoryRecorder, NamedMpkBytesRecorder,
    NamedMpkFileRecorder, NamedMpkGzFileRecorder, PrettyJson, PrettyJsonFileRecorder, RecordFile,
};
use vellum::{Budget, Bytes, DType, Device, ErrorKind, Limits, Module, Param, Record, Value};
use vellum_tests::fixture_bytes;

type Weights = Param<Array1<f32>>;

#[derive(Module, Clone, Debug)]
struct Small {
    weight: Weights,
}

fn small() -> Small {
    Small { weight: Param::new(array![1.5, -2.0]) }
}

/// Runs a check with each file recorder at full precision.
fn each_file_recorder(check: impl Fn(&str, &dyn Fn(&Path) -> vellum::Result<SmallRecord>)) {
    macro_rules! each {
        ($($recorder:ty),*) => {$(
            let recorder = <$recorder>::new();
            check(
                <$recorder>::file_extension(),
                &|path| recorder.load(path.to_path_buf(), Device::default()),
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
    each_file_recorder(|extension, load| {
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
        for (what, bytes) in [("an empty file", &[][..]), ("data of no format", &[0x5a; 300])] {
            fs::write(&path, bytes).unwrap();
            let error = refused(what);
            assert!(matches!(error.kind(), ErrorKind::WrongFormat { .. }), "{extension}: {error}");
            assert!(error.to_string().contains(what), "{extension}: {error}");
        }
    });
}

/// A small model in each file format, by extension.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    macro_rules! each {
        ($($recorder:ty),*) => {
            vec![$({
                let extension = <$recorder>::file_extension();
                small().save_file(folder.join("saved"), &<$recorder>::new()).unwrap();
                (extension.to_string(), fs::read(folder.join(format!("saved.{extension}"))).unwrap())
            }),*]
        };
    }
    each!(
        NamedMpkFileRecorder,
        NamedMpkGzFileRecorder,
        BinFileRecorder,
        BinGzFileRecorder,
        PrettyJsonFileRecorder,
        JsonGzFileRecorder
    )
}

#[test]
fn each_recorder_says_what_the_file_of_another_looks_like() {
    let folder = tempfile::tempdir().unwrap();
    let mut files = files(folder.path());
    files.push(("bpk".into(), b"NRUB\x01\0\0\0".to_vec()));
    files.push(("safetensors".into(), b"\x02\0\0\0\0\0\0\0{}".to_vec()));
    each_file_recorder(|extension, load| {
        let path = folder.path().join(format!("other.{extension}"));
        for (other, bytes) in &files {
            fs::write(&path, bytes).unwrap();
            let Err(error) = load(&path) else {
                assert_eq!(extension, other);
                continue;
            };
            let looks_like = match other.split_once('.').map_or(other.as_str(), |(inner, _)| inner) {
                _ if other.ends_with("gz") && !extension.ends_with("gz") => "gzip-compressed data",
                "mpk" => "MessagePack data",
                "bin" => "bincode data",
                "json" => "JSON text",
                "bpk" => "a Burnpack file",
                _ => "a SafeTensors file",
            };
            assert!(matches!(error.kind(), ErrorKind::WrongFormat { .. }), "{other} as {extension}: {error}");
            assert!(error.to_string().contains(looks_like), "{other} as {extension}: {error}");
        }
    });
}

#[test]
fn a_flipped_bit_of_what_gzip_compressed_is_damage_and_no_other_format() {
    const HEADER: usize = 10;
    let folder = tempfile::tempdir().unwrap();
    let files = files(folder.path());
    each_file_recorder(|extension, load| {
        if !extension.ends_with("gz") {
            return;
        }
        let (_, bytes) = files.iter().find(|(other, _)| other == extension).unwrap();
        let path = folder.path().join(format!("flipped.{extension}"));
        for place in HEADER * 8..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[place / 8] ^= 1 << (place % 8);
            fs::write(&path, &flipped).unwrap();
            let error = load(&path).unwrap_err();
            assert!(
                matches!(
                    error.kind(),
                    ErrorKind::Corrupt { .. } | ErrorKind::Truncated { .. } | ErrorKind::Digest { .. }
                ),
                "bit {} of byte {} of {extension}: {error}",
                place % 8,
                place / 8
            );
        }
    });
}

#[test]
fn what_is_behind_a_compressed_record_is_said_so_that_it_is_true_of_burns_files_too() {
    let folder = tempfile::tempdir().unwrap();
    let padded = |name: &str, mut bytes: Vec<u8>, zeros: usize| {
        let path = folder.path().join(format!("{name}{zeros}.mpk.gz"));
        bytes.resize(bytes.len() + zeros, 0);
        fs::write(&path, bytes).unwrap();
        path
    };
    let recorder = NamedMpkGzFileRecorder::<FullPrecisionSettings>::new();
    let (_, ours) = files(folder.path()).into_iter().find(|(extension, _)| extension == "mpk.gz").unwrap();
    let burns = fixture_bytes("burn/book_model/full.mpk.gz");
    // As many as our digest takes, fewer, more.
    for zeros in [42, 1, 512] {
        let error = recorder.read(padded("burn", burns.clone(), zeros), SmallRecord::schema).unwrap_err();
        let what = format!("corrupt: {zeros} bytes behind the compressed record, where a file of Burn's ends");
        assert!(error.to_string().contains(&what), "{error}");
        let error = recorder.read(padded("ours", ours.clone(), zeros), SmallRecord::schema).unwrap_err();
        let what = format!("corrupt: {} bytes behind the compressed record, where a file of Burn's ends", 42 + zeros);
        assert!(error.to_string().contains(&what) && error.to_string().contains("digest of 42"), "{error}");
    }
}

#[test]
fn a_byte_order_mark_before_json_is_called_so() {
    let folder = tempfile::tempdir().unwrap();
    let (_, json) = files(folder.path()).into_iter().find(|(extension, _)| extension == "json").unwrap();
    let path = folder.path().join("mark.json");
    for (before, what) in
        [("\u{feff}", "JSON text behind"), ("\u{feff} \n", "JSON text behind"), ("\u{feff}x", "text behind")]
    {
        fs::write(&path, [before.as_bytes(), &json].concat()).unwrap();
        let recorder = PrettyJsonFileRecorder::<FullPrecisionSettings>::new();
        let error = recorder.load::<SmallRecord>(path.clone(), Device::default()).unwrap_err();
        let what = format!("not a JSON record file: {what} a byte order mark");
        assert!(error.to_string().contains(&what), "{error}");
    }
}

#[test]
fn what_cannot_be_saved_is_called_a_tensor_only_if_it_is_one() {
    #[derive(Record, Clone)]
    struct Plain {
        x: f64,
    }
    let json = MemoryRecorder::<PrettyJson, FullPrecisionSettings>::new();
    let text = json.record(vec![Plain { x: f64::NAN }], ()).unwrap_err().to_string();
    assert!(text.starts_with("`0.x`: JSON cannot hold this: the number NaN"), "{text}");
    let text = json.record(f64::NAN, ()).unwrap_err().to_string();
    assert!(text.starts_with("the root: JSON cannot hold this: the number NaN"), "{text}");
    let wide = || Param::new(array![1e300]);
    let mpk = NamedMpkBytesRecorder::<FullPrecisionSettings>::new();
    let text = mpk.record(vec![wide()], ()).unwrap_err().to_string();
    assert!(text.starts_with("tensor `0`: element 0 is "), "{text}");
    let text = mpk.record(wide(), ()).unwrap_err().to_string();
    assert!(text.starts_with("the root: element 0 is "), "{text}");
}

#[test]
fn json_may_begin_with_any_number_of_blanks() {
    let folder = tempfile::tempdir().unwrap();
    let recorder = PrettyJsonFileRecorder::<FullPrecisionSettings>::new();
    let path = folder.path().join("model.json");
    small().save_file(&path, &recorder).unwrap();
    // As another program may write it: without what is ours, whose digest covers the blanks too.
    let mut text: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let parts = text.as_object_mut().unwrap();
    parts.remove("vellum");
    parts["metadata"]["format"] = "burn_core::record::file::PrettyJsonFileRecorder<..>".into();
    for blanks in [0, 1, 15, 16, 17, 4111, 4112, 4113, 20_000] {
        let text = " \n\t\r".repeat(blanks / 4) + &" ".repeat(blanks % 4) + &text.to_string();
        fs::write(&path, &text).unwrap();
        let record: SmallRecord =
            recorder.load(path.clone(), Device::default()).unwrap_or_else(|error| panic!("{blanks}: {error}"));
        assert_eq!(record.weight.val(), array![1.5, -2.0]);
        let source = Arc::new(Bytes::from(text.into_bytes()));
        assert_eq!(detect(&source).unwrap(), FileFormat::Json, "{blanks}");
        RecordFile::open(source, &Budget::new(Limits::default(), 1 << 20)).unwrap();
    }
    fs::write(&path, " ".repeat(5000)).unwrap();
    let error = recorder.load::<SmallRecord>(path, Device::default()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::WrongFormat { .. }) && error.to_string().contains("blanks"), "{error}");
}

#[test]
fn each_limit_holds_in_each_encoding_and_is_named() {
    #[derive(Record, Debug)]
    struct Plain {
        names: BTreeMap<String, Vec<u8>>,
        tensors: Vec<Array1<f32>>,
    }
    let folder = tempfile::tempdir().unwrap();
    let name = "n".repeat(70_000);
    let plain =
        |name: &str| Plain { names: [(name.to_string(), vec![1])].into(), tensors: vec![array![1.0], array![2.0]] };
    macro_rules! each {
        ($($recorder:ty),*) => {$({
            let path = folder.path().join("limits");
            let refused = |set: fn(&mut Limits), setting: &str| {
                let mut limits = Limits::default();
                set(&mut limits);
                let recorder = <$recorder>::new().with_limits(limits);
                let error = recorder.load::<Plain>(path.clone(), Device::default()).unwrap_err();
                let named = matches!(error.kind(), ErrorKind::Limit { setting: s, .. } if *s == setting);
                assert!(named, "{} {setting}: {error}", <$recorder>::file_extension());
            };
            let recorder = <$recorder>::new();
            recorder.record(plain(&name), path.clone()).unwrap();
            refused(|_| {}, "max_name_bytes");
            recorder.record(plain("short"), path.clone()).unwrap();
            let loaded: Plain = recorder.load(path.clone(), Device::default()).unwrap();
            assert_eq!((loaded.names["short"].as_slice(), loaded.tensors.len()), (&[1][..], 2));
            refused(|limits| limits.max_name_bytes = 4, "max_name_bytes");
            refused(|limits| limits.max_tensors = 1, "max_tensors");
            refused(|limits| limits.max_depth = 2, "max_depth");
        })*};
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
fn lists_that_are_too_long_to_be_values_are_tensors_where_a_record_is_read_without_its_type() {
    #[derive(Record)]
    struct Lists {
        long: Vec<f32>,
        marks: Vec<bool>,
        short: Vec<f32>,
    }
    let lists = Lists { long: vec![0.5; 10_000], marks: vec![true; 20_000], short: vec![1.5, 2.5] };
    let bytes = NamedMpkBytesRecorder::<FullPrecisionSettings>::new().record(lists, ()).unwrap();
    let mut limits = Limits::default();
    limits.record_grace_bytes = 60_000;
    limits.max_objects = 9_000;
    let budget = Budget::new(limits, bytes.len() as u64);
    let file = RecordFile::open(Arc::new(Bytes::from(bytes)), &budget).unwrap();
    let found: Vec<_> =
        file.tensors().iter().map(|entry| (entry.name.as_str(), entry.dtype, entry.shape.to_string())).collect();
    assert_eq!(found, [("long", DType::F32, "[10000]".into()), ("marks", DType::Bool, "[20000]".into())]);
    assert_eq!(file.read(0).unwrap().into_vec::<f32>().unwrap(), vec![0.5; 10_000]);
    let values = file.values();
    assert_eq!(values.get("long"), Some(&Value::Tensor(0)));
    assert_eq!(values.get("short"), Some(&Value::List(vec![Value::Float(1.5), Value::Float(2.5)])));
}

#[cfg(unix)]
#[test]
fn a_fifo_is_refused_and_not_waited_for() {
    each_file_recorder(|extension, load| {
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
