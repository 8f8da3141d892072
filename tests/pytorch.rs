//! PyTorch's files: what PyTorch wrote is read to the last bit, what is written PyTorch's rules allow, and what a hostile file asks
//! for does not happen. Several of these are faults that other readers have: strides that were ignored, short storages that were
//! filled with zeros, a mark that a file could spell, sizes that nobody compared.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use vellum::format::torch::{TorchFile, TorchOptions, write_state_dict};
use vellum::format::zip::{Archive, Entry, ZipWriter};
use vellum::format::{TensorEntry, TensorFile, TensorList, TensorSet};
use vellum::{Budget, Bytes, DType, Error, ErrorKind, Limits, Result, Shape, Sink, Source, TensorData, Value};
use vellum_tests::{fixture_bytes, fixture_json, sha256_hex};

fn open(bytes: impl Into<Vec<u8>>) -> Result<TorchFile> {
    TorchFile::open(Arc::new(Bytes::from(bytes.into())), &TorchOptions::new())
}

fn fixture(name: &str) -> TorchFile {
    let options = TorchOptions::new().allow_missing_crcs(true);
    let bytes = fixture_bytes(&format!("pytorch/{name}"));
    TorchFile::open(Arc::new(Bytes::from(bytes)), &options).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn named(file: &TorchFile, name: &str) -> TensorData {
    let index = file.tensors().iter().position(|entry| entry.name == name).unwrap_or_else(|| panic!("no `{name}`"));
    file.read(index).unwrap()
}

/// Opens and reads all there is.
fn read_all(bytes: &[u8]) -> Result<Vec<(TensorEntry, TensorData)>> {
    let file = open(bytes)?;
    let tensors = file.tensors().iter().enumerate().map(|(i, entry)| Ok((entry.clone(), file.read(i)?))).collect();
    file.verify()?;
    tensors
}

fn fails(bytes: &[u8]) -> Error {
    match open(bytes) {
        Err(error) => error,
        Ok(file) => panic!("opened: {:?} {:?}", file.tensors(), file.values()),
    }
}

// Files that PyTorch wrote.

#[test]
fn every_file_holds_what_pytorch_says_it_holds() {
    let expected = fixture_json("pytorch/expected.json");
    for (name, facts) in expected.as_object().unwrap() {
        let file = fixture(name);
        let mut found = BTreeMap::new();
        for (i, entry) in file.tensors().iter().enumerate() {
            let tensor = file.read(i).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!((tensor.dtype(), tensor.shape()), (entry.dtype, &entry.shape));
            let fact = serde_json::json!({
                "dtype": entry.dtype.name(), "shape": entry.shape.dims(), "sha256": sha256_hex(tensor.bytes()),
            });
            found.insert(entry.name.clone(), fact);
        }
        assert_eq!(serde_json::to_value(found).unwrap(), facts["tensors"], "{name}");
        let mut refused: Vec<&str> = file.refusals().iter().map(|(name, _)| name.as_str()).collect();
        refused.sort_unstable();
        assert_eq!(serde_json::to_value(refused).unwrap(), facts["refused"], "{name}");
        file.verify().unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

#[test]
fn a_refusal_says_what_it_is() {
    let file = fixture("own_odd.pt");
    let reasons: BTreeMap<&str, String> =
        file.refusals().iter().map(|(name, error)| (name.as_str(), error.to_string())).collect();
    for (name, reason) in [
        ("csr", "sparse"),
        ("quantized", "quantized"),
        ("nested", "nested"),
        ("meta", "no data"),
        ("complex32", "torch.complex32"),
    ] {
        assert!(reasons[name].contains(reason) && reasons[name].contains(name), "{}", reasons[name]);
    }
}

#[test]
fn values_beside_the_tensors_are_read() {
    let checkpoint = fixture("mlp_checkpoint.pt");
    let values = checkpoint.values();
    assert_eq!(values.get("epoch"), Some(&Value::Int(12)));
    assert_eq!(values.get("hparams").unwrap().get("note").unwrap().as_str(), Some("digits \u{2713}"));
    let group = &values.get("optimizer_state_dict").unwrap().get("param_groups").unwrap().as_list().unwrap()[0];
    assert_eq!(group.get("betas"), Some(&Value::List(vec![Value::Float(0.9), Value::Float(0.999)])));
    let metadata = values.get("model_state_dict").unwrap().get("_metadata").unwrap();
    assert_eq!(metadata.get("fc1").unwrap().get("version"), Some(&Value::Int(1)));

    let messy = fixture("messy_checkpoint.pt");
    let value = |name: &str| messy.values().get(name).cloned().unwrap();
    let fields = vec![
        ("lr".into(), Value::Float(0.1)),
        ("tags".into(), Value::List(vec!["a".into(), "b".into()])),
        ("nested".into(), Value::Null),
    ];
    assert_eq!(value("args"), Value::Object { class: "argparse.Namespace".into(), fields });
    assert_eq!(value("np_scalar"), Value::Float(0.875));
    assert_eq!(value("size"), Value::List(vec![Value::Int(3), Value::Int(4)]));
    assert_eq!((value("dtype"), value("device")), ("torch.float16".into(), "cpu".into()));
    assert_eq!(value("counts").get("a"), Some(&Value::Int(2)));
    assert_eq!(value("defaults").get("k"), Some(&Value::List(vec![Value::Int(1)])));
    assert_eq!(value("set"), Value::List(vec![Value::Int(1), Value::Int(2)]));
    assert_eq!(value("bytes"), Value::Bytes(vec![0, 255]));
    assert_eq!(value("big").get("decimal"), Some(&"1180591620717411303424".into()));
    assert_eq!((value("neg"), value("none"), value("flag")), (Value::Int(-(1 << 33)), Value::Null, Value::Bool(true)));
    assert_eq!(value("7"), "an integer key".into());

    let script = fixture("own_torchscript.pt");
    assert_eq!(script.values().get("names"), Some(&Value::List(vec!["a".into(), "b".into()])));
    assert_eq!(script.values().get("flags"), Some(&Value::List(vec![Value::Bool(true), Value::Bool(false)])));
    assert_eq!(script.metadata().get("extra/config.json").map(String::as_str), Some("{\"a\": 1}"));
    assert_eq!(script.metadata().get("archive").map(String::as_str), Some("torchscript"));

    let odd = fixture("own_odd.pt");
    assert_eq!(
        (odd.values().get("device"), odd.values().get("layout")),
        (Some(&"cuda:1".into()), Some(&"torch.strided".into()))
    );
    assert_eq!(odd.values().get("complex").unwrap().get("imag"), Some(&Value::Float(4.0)));

    let settings = fixture("own_values.pt");
    let value = |name: &str| settings.values().get(name).unwrap();
    assert_eq!(
        (value("c64").get("real"), value("c64").get("imag")),
        (Some(&Value::Float(1.0)), Some(&Value::Float(-2.0)))
    );
    assert_eq!(value("c128").get("imag"), Some(&Value::Float(0.5)));
    assert_eq!((value("path"), value("windows")), (&"/runs/1".into(), &"C:\\runs".into()));
    assert_eq!(value("recent"), &Value::List(vec![Value::Float(0.5), Value::Float(0.25)]));

    let whole = fixture("own_whole_model.pt");
    let conv = whole.values().get("body").unwrap().get("0").unwrap();
    assert_eq!(conv.get("out_channels"), Some(&Value::Int(2)));
    let relu = Value::Object { class: "torch.nn.functional.relu".into(), fields: vec![] };
    assert_eq!(whole.values().get("activation"), Some(&relu));
}

#[test]
fn storages_that_are_shared_say_so() {
    let storage =
        |file: &TorchFile, name: &str| file.tensors().iter().find(|entry| entry.name == name).unwrap().storage.unwrap();
    let tied = fixture("tied_embedding.pt");
    assert_eq!(storage(&tied, "embed.weight"), storage(&tied, "head.weight"));
    assert_ne!(storage(&tied, "embed.weight"), storage(&tied, "norm.weight"));
    for views in [fixture("views.pt"), fixture("views_legacy.pt")] {
        assert_eq!(storage(&views, "base"), storage(&views, "transposed"));
        assert_ne!(storage(&views, "base"), storage(&views, "alone"));
    }
}

#[test]
fn a_zip_without_crcs_opens_where_the_caller_allows_it() {
    let bytes = fixture_bytes("pytorch/mlp_state_dict_nocrc.pt");
    let error = fails(&bytes);
    assert!(matches!(error.kind(), ErrorKind::Refused { .. }));
    assert!(error.to_string().contains("allow_missing_crcs(true)"), "{error}");
    // A file that has them is checked all the same.
    let mut damaged = fixture_bytes("pytorch/mlp_state_dict.pt");
    let place = damaged.len() / 3;
    damaged[place] ^= 1;
    let file = TorchFile::open(Arc::new(Bytes::from(damaged)), &TorchOptions::new().allow_missing_crcs(true)).unwrap();
    let errors: Vec<Error> = (0..file.tensors().len()).filter_map(|i| file.read(i).err()).collect();
    assert_eq!(errors.len(), 1);
    assert!(matches!(errors[0].kind(), ErrorKind::Digest { .. }));
    assert!(errors[0].tensor().is_some() && errors[0].byte_range().is_some());
}

#[test]
fn opening_reads_the_header_only_and_sharing_copies_nothing() {
    struct Counting(Bytes, std::sync::atomic::AtomicU64);
    impl Source for Counting {
        fn len(&self) -> u64 {
            Source::len(&self.0)
        }

        fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<()> {
            self.1.fetch_add(buffer.len() as u64, std::sync::atomic::Ordering::Relaxed);
            self.0.read_at(offset, buffer)
        }
    }
    let mut tensors = TensorList::default();
    tensors.push("a", TensorData::from_vec(vec![7u8; 4 << 20], [4 << 20]).unwrap());
    let mut bytes = Vec::new();
    write_state_dict(&tensors, &mut bytes).unwrap();
    let source = Arc::new(Counting(Bytes::from(bytes.clone()), 0.into()));
    let file = TorchFile::open(source.clone(), &TorchOptions::new()).unwrap();
    assert!(source.1.load(std::sync::atomic::Ordering::Relaxed) < 128 << 10);
    assert_eq!(file.read(0).unwrap().bytes().len(), 4 << 20);

    let bytes = Bytes::from(bytes);
    let file = TorchFile::open(Arc::new(bytes.clone()), &TorchOptions::new().share(true)).unwrap();
    let (first, second) = (file.read(0).unwrap(), file.read(0).unwrap());
    assert!(first.bytes().same_memory(second.bytes()));
    // Without digests a damaged byte is found by `verify` alone.
    let mut damaged = bytes.to_vec();
    damaged[1 << 20] ^= 1;
    let file = TorchFile::open(Arc::new(Bytes::from(damaged)), &TorchOptions::new().digests(false)).unwrap();
    assert!(file.read(0).is_ok() && matches!(file.verify().unwrap_err().kind(), ErrorKind::Digest { .. }));
}

// Files that are made here. The pickles are of protocol 2, put together by hand.

/// A pickle of a tensor; each part can be made wrong.
#[derive(Clone)]
struct Tensor {
    class: &'static str,
    key: &'static str,
    count: i64,
    offset: i64,
    shape: Vec<i64>,
    strides: Vec<i64>,
}

impl Default for Tensor {
    fn default() -> Self {
        Self { class: "FloatStorage", key: "0", count: 4, offset: 0, shape: vec![4], strides: vec![1] }
    }
}

fn text(text: &str) -> Vec<u8> {
    [b"X".as_slice(), &u32::try_from(text.len()).unwrap().to_le_bytes(), text.as_bytes()].concat()
}

fn int(n: i64) -> Vec<u8> {
    [b"\x8a\x08".as_slice(), &n.to_le_bytes()].concat()
}

fn tuple(items: &[i64]) -> Vec<u8> {
    let items: Vec<u8> = items.iter().flat_map(|&n| int(n)).collect();
    [b"(".as_slice(), &items, b"t"].concat()
}

impl Tensor {
    fn pickled(&self, legacy: bool) -> Vec<u8> {
        let class = format!("ctorch\n{}\n", self.class);
        [
            b"ctorch._utils\n_rebuild_tensor_v2\n((".as_slice(),
            &text("storage"),
            class.as_bytes(),
            &text(self.key),
            &text("cpu"),
            &int(self.count),
            if legacy { b"N" } else { b"" },
            b"tQ",
            &int(self.offset),
            &tuple(&self.shape),
            &tuple(&self.strides),
            b"\x89ccollections\nOrderedDict\n)RtR",
        ]
        .concat()
    }
}

fn dict(items: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let items: Vec<u8> = items.iter().flat_map(|(key, value)| [text(key), value.clone()].concat()).collect();
    [b"\x80\x02}(".as_slice(), &items, b"u."].concat()
}

fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut writer = ZipWriter::new(&mut file);
    for (name, data) in members {
        writer.stored(name, data.len() as u64, |put| put(data)).unwrap();
    }
    writer.finish().unwrap();
    file
}

const FOUR: [u8; 16] = [0, 0, 128, 63, 0, 0, 0, 64, 0, 0, 64, 64, 0, 0, 128, 64];

fn file_of(pickle: &[u8]) -> Vec<u8> {
    zip(&[("m/data.pkl", pickle), ("m/byteorder", b"little"), ("m/data/0", &FOUR), ("m/version", b"3\n")])
}

fn tensor_file(tensor: &Tensor) -> Vec<u8> {
    file_of(&dict(&[("w", tensor.pickled(false))]))
}

#[test]
fn what_else_pytorch_writes_as_zip_is_named() {
    for (member, what) in [
        ("m/archive_format", "torch.export"),
        ("m/.data/extern_modules", "torch.package"),
        ("m/model.json", "1.2 or older"),
        ("m/other", "without `data.pkl`"),
    ] {
        let error = fails(&zip(&[(member, b"{}")]));
        assert!(matches!(error.kind(), ErrorKind::WrongFormat { .. }) && error.to_string().contains(what), "{error}");
    }
}

#[test]
fn the_strides_are_the_order_of_the_elements() {
    let transposed = Tensor { shape: vec![2, 2], strides: vec![1, 2], ..Tensor::default() };
    let file = open(tensor_file(&transposed)).unwrap();
    assert_eq!(file.read(0).unwrap().to_vec::<f32>().unwrap(), [1.0, 3.0, 2.0, 4.0]);
    let part = Tensor { shape: vec![2], strides: vec![2], offset: 1, ..Tensor::default() };
    let file = open(tensor_file(&part)).unwrap();
    assert_eq!(file.read(0).unwrap().to_vec::<f32>().unwrap(), [2.0, 4.0]);
}

#[test]
fn what_is_outside_of_a_storage_is_an_error_and_never_zeros() {
    let base = Tensor::default;
    for wrong in [
        Tensor { offset: 2, ..base() },
        Tensor { offset: -1, ..base() },
        Tensor { offset: i64::MAX, ..base() },
        Tensor { strides: vec![-1], ..base() },
        Tensor { strides: vec![2], ..base() },
        Tensor { strides: vec![1 << 62], ..base() },
        Tensor { shape: vec![-4], ..base() },
        Tensor { shape: vec![5], ..base() },
        Tensor { shape: vec![2, 2], ..base() },
        Tensor { shape: vec![1 << 32, 1 << 32], strides: vec![1, 1], ..base() },
        // The count must be the storage's, in either direction.
        Tensor { count: 3, shape: vec![3], ..base() },
        Tensor { count: 5, ..base() },
        Tensor { count: 1 << 40, ..base() },
        Tensor { count: -4, ..base() },
        Tensor { key: "7", ..base() },
        Tensor { key: "../../etc/passwd", ..base() },
        Tensor { class: "LongStorage", ..base() },
    ] {
        let error = fails(&tensor_file(&wrong));
        assert!(matches!(error.kind(), ErrorKind::Corrupt { .. } | ErrorKind::ShapeOverflow { .. }), "{error}");
    }
    let error = fails(&tensor_file(&Tensor { offset: 2, ..base() }));
    assert_eq!(error.tensor(), Some("w"));
    let error = fails(&tensor_file(&Tensor { class: "EvilStorage", ..base() }));
    assert!(error.to_string().contains("torch.EvilStorage"), "{error}");
}

#[test]
fn expanded_views_are_charged_all_together() {
    let expanded = Tensor { shape: vec![1 << 30], strides: vec![0], ..Tensor::default() };
    let error = fails(&tensor_file(&expanded));
    assert!(matches!(error.kind(), ErrorKind::Limit { setting: "max_expansion_ratio", .. }), "{error}");
    assert_eq!(error.tensor(), Some("w"));
    // Each is small, and there are many.
    let some = Tensor { shape: vec![1 << 20], strides: vec![0], ..Tensor::default() }.pickled(false);
    let names: Vec<String> = (0..50).map(|i| format!("w{i}")).collect();
    let many: Vec<(&str, Vec<u8>)> = names.iter().map(|name| (name.as_str(), some.clone())).collect();
    assert!(matches!(fails(&file_of(&dict(&many))).kind(), ErrorKind::Limit { .. }));
    // The caller can allow it.
    let mut limits = Limits::default();
    limits.expansion_grace_bytes = 1 << 30;
    let source = Arc::new(Bytes::from(file_of(&dict(&many))));
    let file = TorchFile::open(source, &TorchOptions::new().limits(limits)).unwrap();
    assert!(file.read(49).unwrap().to_vec::<f32>().unwrap().iter().all(|x| x.to_bits() == 1.0f32.to_bits()));
}

#[test]
fn nothing_that_a_pickle_names_is_run_or_passed_over() {
    let call = b"cposix\nsystem\nX\x04\0\0\0true\x85R";
    for body in [
        [call.as_slice(), b"."].concat(),
        [call.as_slice(), b"0}."].concat(),
        [b"}X\x01\0\0\0w".as_slice(), call, b"s."].concat(),
        b"cposix\nsystem\n.".to_vec(),
        b"\x8c\x05posix\x8c\x06system\x93.".to_vec(),
        b"(S'true'\niposix\nsystem\n.".to_vec(),
        b"(cposix\nsystem\nS'true'\no.".to_vec(),
        b"cposix\nsystem\nX\x04\0\0\0true\x85\x81.".to_vec(),
    ] {
        let error = fails(&file_of(&body));
        assert!(
            matches!(error.kind(), ErrorKind::Refused { .. }) && error.to_string().contains("posix.system"),
            "{error}"
        );
        let mut legacy = legacy_head();
        legacy.extend(&body);
        assert!(fails(&legacy).to_string().contains("posix.system"));
        assert!(fails(&body).to_string().len() < 2000);
    }
    // Beside tensors that can be read, a name alone is told.
    let named = dict(&[("w", Tensor::default().pickled(false)), ("f", b"cposix\nsystem\n".to_vec())]);
    let file = open(file_of(&named)).unwrap();
    assert_eq!((file.tensors().len(), file.refusals()[0].0.as_str()), (1, "f"));
    assert!(file.refusals()[0].1.to_string().contains("posix.system"));
}

#[test]
fn trees_without_end_are_an_error() {
    let mut deep = b"\x80\x02".to_vec();
    deep.extend(b"]".repeat(100_000));
    deep.extend(b"a".repeat(99_999));
    deep.push(b'.');
    assert!(matches!(fails(&file_of(&deep)).kind(), ErrorKind::Limit { setting: "max_depth", .. }));
    // As deep as is allowed, on a small stack.
    let level = |n: usize| [b"\x80\x02".as_slice(), &b"]".repeat(n), &b"a".repeat(n - 1), b"."].concat();
    let deepest = std::thread::Builder::new().stack_size(256 << 10).spawn(move || open(file_of(&level(128))).map(drop));
    deepest.unwrap().join().unwrap().unwrap();
    assert!(fails(&file_of(b"]q\x00h\x00a.")).to_string().contains("holds itself"));
    assert!(fails(&file_of(b"}q\x00X\x01\0\0\0ah\x00s.")).to_string().contains("holds itself"));
    // Ten times ten times ten ..: each list holds the one before ten times.
    let mut bomb = b"]X\x03\0\0\0lolaq\x00".to_vec();
    for level in 0u8..60 {
        bomb.extend(b"0](");
        bomb.extend([b'h', level].repeat(10));
        bomb.extend([b'e', b'q', level + 1]);
    }
    bomb.push(b'.');
    assert!(matches!(fails(&file_of(&bomb)).kind(), ErrorKind::Limit { setting: "max_expansion_ratio", .. }));
}

#[test]
fn a_name_stands_for_one_tensor() {
    let tensor = || Tensor::default().pickled(false);
    assert!(fails(&file_of(&dict(&[("w", tensor()), ("w", tensor())]))).to_string().contains("twice"));
    let inner = [b"}".as_slice(), &text("b"), &tensor(), b"s"].concat();
    let error = fails(&file_of(&dict(&[("a.b", tensor()), ("a", inner)])));
    assert_eq!(error.tensor(), Some("a.b"));
}

#[test]
fn the_rules_of_the_zip_are_kept() {
    let pickle = dict(&[("w", Tensor::default().pickled(false))]);
    let good: [(&str, &[u8]); 3] = [("m/data.pkl", &pickle), ("m/byteorder", b"little"), ("m/data/0", &FOUR)];
    assert!(open(zip(&good)).is_ok());
    // The folder may have any name, or there is none.
    assert!(open(zip(&[("data.pkl", &pickle), ("data/0", &FOUR)])).is_ok());
    let wrong_format =
        [zip(&[("m/other", b"")]), zip(&[("a/b/data.pkl", &pickle)]), vec![0; 600], b"PK\x03\x04".to_vec(), vec![]];
    for bytes in &wrong_format[..3] {
        assert!(matches!(fails(bytes).kind(), ErrorKind::WrongFormat { .. }));
    }
    for bytes in &wrong_format {
        assert!(open(bytes.as_slice()).is_err());
    }
    for wrong in [
        zip(&[("a/data.pkl", &pickle), ("a/data/0", &FOUR), ("b/data.pkl", &pickle)]),
        zip(&[good[0], ("m/byteorder", b"middle"), good[2]]),
        zip(&[good[0], ("m/byteorder", &[b'l'; 65]), good[2]]),
        zip(&[("m/data.pkl", &[&pickle, b"x".as_slice()].concat()), good[2]]),
        zip(&[good[0], ("m/data/0", &FOUR[..12])]),
        zip(&[good[0], ("m/data/00", &FOUR)]),
    ] {
        assert!(matches!(fails(&wrong).kind(), ErrorKind::Corrupt { .. }));
    }
}

#[test]
fn big_endian_storages_are_turned_around() {
    let elements: Vec<u8> = [1.0f32, 2.0, 3.0, 4.0].iter().flat_map(|x| x.to_be_bytes()).collect();
    let pickle = dict(&[
        ("w", Tensor::default().pickled(false)),
        ("t", Tensor { shape: vec![2, 2], strides: vec![1, 2], ..Tensor::default() }.pickled(false)),
    ]);
    let file = open(zip(&[("m/data.pkl", &pickle), ("m/byteorder", b"big"), ("m/data/0", &elements)])).unwrap();
    assert_eq!(named(&file, "w").to_vec::<f32>().unwrap(), [1.0, 2.0, 3.0, 4.0]);
    assert_eq!(named(&file, "t").to_vec::<f32>().unwrap(), [1.0, 3.0, 2.0, 4.0]);
}

// The legacy format.

fn legacy_head() -> Vec<u8> {
    let magic = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";
    let machine = [b"\x80\x02}".as_slice(), &text("little_endian"), b"\x88s."].concat();
    [magic.as_slice(), b"\x80\x02M\xe9\x03.", &machine].concat()
}

fn legacy(keys: &[&str], storages: &[(u64, &[u8])]) -> Vec<u8> {
    let mut file = legacy_head();
    file.extend(dict(&[("w", Tensor::default().pickled(true))]));
    file.extend(b"\x80\x02](");
    file.extend(keys.iter().flat_map(|key| text(key)));
    file.extend(b"e.");
    for (count, data) in storages {
        file.extend(count.to_le_bytes());
        file.extend(*data);
    }
    file
}

#[test]
fn the_rules_of_the_legacy_format_are_kept() {
    let good = legacy(&["0"], &[(4, &FOUR)]);
    let file = open(good.as_slice()).unwrap();
    assert_eq!(file.read(0).unwrap().to_vec::<f32>().unwrap(), [1.0, 2.0, 3.0, 4.0]);
    for wrong in [
        legacy(&["0"], &[(3, &FOUR)]),
        legacy(&["0"], &[(u64::MAX, &FOUR)]),
        legacy(&["0"], &[(1 << 62, &FOUR)]),
        legacy(&["0", "0"], &[(4, &FOUR), (4, &FOUR)]),
        legacy(&["1"], &[(4, &FOUR)]),
        legacy(&[], &[]),
    ] {
        assert!(matches!(fails(&wrong).kind(), ErrorKind::Corrupt { .. }));
    }
    assert!(matches!(fails(&legacy(&["0"], &[(4, &FOUR[..12])])).kind(), ErrorKind::Truncated { .. }));
    // PyTorch reads several objects of one file, one after another; what is behind the first is no part of it.
    let trailing = open([good.as_slice(), b"more"].concat()).unwrap();
    assert!(trailing.read(0).is_ok() && trailing.verify().is_err());
    let mut other = good.clone();
    other[17] = 0xe8;
    let cut = legacy_head();
    assert!(fails(&other).to_string().len() > 10 && fails(&cut).to_string().contains("truncated"));
    let version = [&legacy_head()[..15], b"\x80\x02M\xea\x03.", &legacy_head()[21..]].concat();
    assert!(matches!(fails(&version).kind(), ErrorKind::UnknownVersion { .. }));
    assert!(matches!(fails(b"\x80\x02K\x01.").kind(), ErrorKind::WrongFormat { .. }));
}

#[test]
fn a_part_of_a_storage_is_its_own_storage_in_the_oldest_legacy_files() {
    // The tensor's own storage is elements 1 to 3 of the four.
    let part = |first: i64, count: i64| {
        let whole = Tensor { shape: vec![2], ..Tensor::default() }.pickled(true);
        let view = [b"(".as_slice(), &text("part"), &int(first), &int(count), b"t"].concat();
        let none = whole.windows(3).position(|bytes| bytes == b"NtQ").unwrap();
        let tensor = [&whole[..none], &view, &whole[none + 1..]].concat();
        let keys = [b"\x80\x02](".as_slice(), &text("0"), b"e."].concat();
        [legacy_head(), dict(&[("w", tensor)]), keys, 4u64.to_le_bytes().to_vec(), FOUR.to_vec()].concat()
    };
    assert_eq!(open(part(1, 3)).unwrap().read(0).unwrap().to_vec::<f32>().unwrap(), [2.0, 3.0]);
    for (first, count) in [(3, 2), (i64::MAX, 1), (0, i64::MAX), (-1, 2), (1, 1)] {
        assert!(matches!(fails(&part(first, count)).kind(), ErrorKind::Corrupt { .. }), "{first} {count}");
    }
}

#[test]
fn the_rules_of_the_tar_are_kept() {
    let oldest = fixture_bytes("pytorch/own_oldest.pth.tar");
    let place = |what: &[u8]| oldest.windows(what.len()).position(|bytes| bytes == what).unwrap();
    let with = |at: usize, bytes: &[u8]| {
        let mut changed = oldest.clone();
        changed[at..at + bytes.len()].copy_from_slice(bytes);
        changed
    };
    // A header's sum of bytes must be what it says.
    assert!(fails(&with(place(b"tensors\0"), b"t3nsors")).to_string().contains("header"));
    // The storage of twelve floats begins with their number.
    let count = place(&12u64.to_le_bytes());
    for wrong in [13u64, u64::MAX, 1 << 62] {
        assert!(open(with(count, &wrong.to_le_bytes())).is_err());
    }
    // Number of axes, lengths, strides: those of the tensor of 3 by 4.
    let axes = place(&[[2u32, 0].map(u32::to_le_bytes).concat(), 3u64.to_le_bytes().to_vec()].concat());
    assert!(open(with(axes, &u32::MAX.to_le_bytes())).is_err());
    assert!(matches!(fails(&with(axes + 8, &4u64.to_le_bytes())).kind(), ErrorKind::Corrupt { .. }));
    for len in (0..oldest.len()).step_by(256).filter(|&len| len < place(b"pickle\0") + 512) {
        assert!(open(&oldest[..len]).is_err(), "{len}");
    }
}

#[test]
fn every_cut_is_an_error_and_no_flipped_bit_is_a_panic_or_changes_a_tensor_under_a_crc() {
    let mut bool_tensor = TensorList::default();
    bool_tensor.push("b", TensorData::from_vec(vec![true, false], [2]).unwrap());
    let mut small = Vec::new();
    write_state_dict(&bool_tensor, &mut small).unwrap();
    let torch_wrote = fixture_bytes("pytorch/bare_tensor.pt");
    for (bytes, has_crc) in [(small, true), (torch_wrote, true), (legacy(&["0"], &[(4, &FOUR)]), false)] {
        let whole = read_all(&bytes).unwrap();
        for len in 0..bytes.len() {
            assert!(read_all(&bytes[..len]).is_err(), "{len} of {}", bytes.len());
        }
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let read = read_all(&flipped);
            assert!(!has_crc || read.is_err() || read.is_ok_and(|read| read == whole), "bit {bit}");
        }
    }
    // The oldest format, whose end is padding.
    let oldest = fixture_bytes("pytorch/own_oldest.pth.tar");
    for bit in (0..oldest.len() * 8).step_by(3) {
        let mut flipped = oldest.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let _ = read_all(&flipped);
    }
}

// Writing.

fn written(set: &dyn TensorSet) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_state_dict(set, &mut bytes).unwrap();
    bytes
}

/// A set whose entries say more than [`TensorList`] lets them.
struct Tied(Vec<TensorEntry>, Vec<TensorData>);

impl TensorSet for Tied {
    fn entries(&self) -> &[TensorEntry] {
        &self.0
    }

    fn write_to(&self, index: usize, sink: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        self.1[index].bytes().chunks(3).try_for_each(sink)
    }
}

fn entry(name: &str, storage: Option<u64>, tensor: &TensorData) -> TensorEntry {
    TensorEntry { name: name.into(), dtype: tensor.dtype(), shape: tensor.shape().clone(), param_id: None, storage }
}

#[test]
fn every_dtype_that_pytorch_has_goes_there_and_back() {
    let mut list = TensorList::default();
    let mut expected = Vec::new();
    for &dtype in DType::ALL {
        let len = dtype.byte_len(4).unwrap();
        let bytes: Vec<u8> = (0..len).map(|i| u8::try_from(i % 2).unwrap()).collect();
        let tensor = TensorData::new(Bytes::from(bytes), Shape::new([2, 2]).unwrap(), dtype).unwrap();
        if matches!(dtype, DType::F4 | DType::F6E2M3 | DType::F6E3M2) {
            let mut alone = TensorList::default();
            alone.push("x", tensor);
            let error = write_state_dict(&alone, &mut Vec::new()).unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::Unrepresentable { .. }) && error.tensor() == Some("x"));
        } else {
            list.push(dtype.name(), tensor.clone());
            expected.push(tensor);
        }
    }
    let file = open(written(&list)).unwrap();
    assert_eq!((0..file.tensors().len()).map(|i| file.read(i).unwrap()).collect::<Vec<_>>(), expected);
}

#[test]
fn what_is_one_is_written_once_and_what_only_shares_a_storage_is_not() {
    let tensor = |x: f32| TensorData::from_vec(vec![x; 1000], [1000]).unwrap();
    let tensors = vec![tensor(1.0), tensor(1.0), tensor(2.0), tensor(1.0)];
    let storages = [Some(5), Some(5), Some(5), None];
    let entries =
        ["a", "b", "c", "d"].iter().zip(storages).zip(&tensors).map(|((name, s), t)| entry(name, s, t)).collect();
    let file = open(written(&Tied(entries, tensors.clone()))).unwrap();
    let storages: Vec<_> = file.tensors().iter().map(|entry| entry.storage.unwrap()).collect();
    assert_eq!(storages, [0, 0, 1, 2]);
    assert_eq!((0..4).map(|i| file.read(i).unwrap()).collect::<Vec<_>>(), tensors);
}

#[test]
fn the_file_is_laid_out_as_pytorch_expects_and_the_same_each_time() {
    let mut list = TensorList::default();
    list.push("", TensorData::scalar(1u8));
    list.push("b", TensorData::from_vec(vec![1.0f64; 9], [3, 3]).unwrap());
    list.push("empty", TensorData::from_vec(Vec::<f32>::new(), [2, 0, 3]).unwrap());
    let bytes = written(&list);
    assert_eq!(bytes, written(&list));
    let archive = Archive::open(Arc::new(Bytes::from(bytes)), &Budget::new(Limits::default(), 1 << 20)).unwrap();
    let names: Vec<&str> = archive.entries().iter().map(Entry::name).collect();
    let expected =
        ["data.pkl", "byteorder", "data/0", "data/1", "data/2", "version"].map(|name| format!("archive/{name}"));
    assert_eq!(names, expected);
    for entry in archive.entries().iter().filter(|entry| entry.size() > 0) {
        assert_eq!(entry.data_range().start % 64, 0, "{}", entry.name());
    }
    let read = |name: &str| archive.read(archive.find(name).unwrap()).unwrap();
    assert_eq!((&*read("archive/version"), &*read("archive/byteorder")), (&b"3\n"[..], &b"little"[..]));
    assert_eq!(read("archive/data.pkl")[..2], [0x80, 2]);
}

/// Takes so many bytes and no more.
struct Full(usize);
impl Sink for Full {
    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.0 = self.0.checked_sub(bytes.len()).ok_or_else(|| Error::new(ErrorKind::NotAFile))?;
        Ok(())
    }
}

#[test]
fn a_name_that_comes_twice_and_a_sink_that_fails_are_told() {
    let mut list = TensorList::default();
    list.push("a", TensorData::scalar(1u8));
    list.push("a", TensorData::scalar(2u8));
    let error = write_state_dict(&list, &mut Vec::new()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Argument { .. }) && error.tensor() == Some("a"));

    let mut list = TensorList::default();
    list.push("a", TensorData::from_vec(vec![1.0f32; 100], [100]).unwrap());
    let len = written(&list).len();
    for room in 0..len {
        assert!(write_state_dict(&list, &mut Full(room)).is_err());
    }
    assert!(write_state_dict(&list, &mut Full(len)).is_ok());
}

proptest! {
    #[test]
    fn any_state_dict_goes_there_and_back(
        tensors in proptest::collection::btree_map(".{0,12}", (proptest::collection::vec(0usize..5, 0..5), 0usize..DType::ALL.len(), any::<u64>()), 0..12)
    ) {
        let mut list = TensorList::default();
        let mut expected = Vec::new();
        for (name, (axes, dtype, seed)) in tensors {
            let dtype = DType::ALL[dtype];
            if dtype.size().is_none() {
                continue;
            }
            let shape = Shape::new(axes).unwrap();
            let len = dtype.byte_len(shape.num_elements()).unwrap();
            let modulus = if dtype == DType::Bool { 2 } else { 256 };
            let bytes: Vec<u8> = (0..len as u64).map(|i| u8::try_from(seed.wrapping_mul(i + 1) % modulus).unwrap()).collect();
            let tensor = TensorData::new(Bytes::from(bytes), shape, dtype).unwrap();
            list.push(name.clone(), tensor.clone());
            expected.push((name, tensor));
        }
        let file = open(written(&list)).unwrap();
        let read: Vec<_> = file.tensors().iter().enumerate().map(|(i, entry)| (entry.name.clone(), file.read(i).unwrap())).collect();
        prop_assert_eq!(read, expected);
    }
}
