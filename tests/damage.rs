//! One small file of each format, cut at every byte and with every bit flipped: what a checksum covers is found, nothing panics, and
//! nothing takes memory on the word of a damaged file. An own process, because its allocator keeps the peak.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use ndarray::{Array1, Array2, array};
use vellum::backend::{NdArray, Tensor};
use vellum::format::burnpack::{self, BurnpackFile};
use vellum::format::gguf::{self, GgufFile};
use vellum::format::hdf5::{Hdf5File, Hdf5Writer};
use vellum::format::keras::{self, KerasFile};
use vellum::format::numpy::{self, NumpyFile};
use vellum::format::onnx::OnnxFile;
use vellum::format::safetensors::{self, SafetensorsFile};
use vellum::format::torch::{self, TorchFile, TorchOptions};
use vellum::format::zip::ZipWriter;
use vellum::format::{ReadOptions, TensorFile, TensorList, bson, jld2};
use vellum::nn::{BiLstmRecord, Dropout};
use vellum::record::{BytesRecorder, Constant};
use vellum::recorder::{
    BinBytesRecorder, FullPrecisionSettings, NamedMpkBytesRecorder, NamedMpkFileRecorder, NamedMpkGzFileRecorder,
    PrettyJsonFileRecorder, RecordFile, RecordWriter, Recorder,
};
use vellum::{
    Budget, Bytes, Device, ErrorKind, Limits, Module, Param, Record, Result, Sink, Source, TensorData, Value,
};

/// The system's allocator, keeping the peak.
struct Peak;

static HELD: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

impl Peak {
    fn take(size: usize) {
        let held = HELD.fetch_add(size, Ordering::Relaxed) + size;
        PEAK.fetch_max(held, Ordering::Relaxed);
    }
}

// SAFETY: all calls go to the system's allocator with the arguments that came in.
unsafe impl GlobalAlloc for Peak {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        Self::take(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        Self::take(layout.size());
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        Self::take(new_size);
        HELD.fetch_sub(layout.size(), Ordering::Relaxed);
        unsafe { System.realloc(block, layout, new_size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Ordering::Relaxed);
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Peak = Peak;

/// What reading a file of a few thousand bytes may take: a deflate stream may expand to 16 MiB whatever its size.
const MOST: usize = 24 << 20;

type Open = fn(Arc<dyn Source>, &Budget) -> Result<Box<dyn TensorFile>>;

/// A reader's function as a pointer to one that gives whatever file it is.
macro_rules! open {
    (|$source:ident, $budget:ident| $file:expr) => {
        |$source, $budget| $file.map(|file| Box::new(file) as Box<dyn TensorFile>)
    };
}

/// A small file and what is known of its format.
struct Case {
    name: &'static str,
    bytes: Vec<u8>,
    open: Open,
    /// Whether checksums cover all that is read.
    sealed: bool,
    /// Whether a cut shows: protobuf may end behind any field.
    cuts: bool,
}

/// All that is read of a file.
#[derive(PartialEq)]
struct Contents {
    tensors: Vec<(String, TensorData)>,
    values: Value,
}

/// Reads all of a file and checks all that can be checked. The memory that it takes is bounded.
fn read(open: Open, bytes: &[u8]) -> Result<Contents> {
    let source: Arc<dyn Source> = Arc::new(Bytes::from(bytes.to_vec()));
    let held = HELD.load(Ordering::Relaxed);
    PEAK.store(held, Ordering::Relaxed);
    let read = (|| {
        let file = open(Arc::clone(&source), &Budget::new(Limits::default(), source.len()))?;
        let tensors = file.tensors().iter().enumerate();
        let tensors =
            tensors.map(|(index, entry)| Ok((entry.name.clone(), file.read(index)?))).collect::<Result<_>>()?;
        file.verify()?;
        Ok(Contents { tensors, values: file.values().clone() })
    })();
    let took = PEAK.load(Ordering::Relaxed) - held;
    assert!(took < MOST, "{took} bytes");
    read
}

fn tensors() -> TensorList {
    let mut list = TensorList::default();
    list.push("a", TensorData::from_vec(vec![1.5f32, -2.0, 0.25], [3]).unwrap());
    list.push("b", TensorData::from_vec(vec![7i32, -1], [2, 1]).unwrap());
    list
}

fn written(write: impl FnOnce(&TensorList, &mut dyn Sink) -> Result<()>) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(&tensors(), &mut bytes).unwrap();
    bytes
}

fn fixture(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)).unwrap()
}

#[derive(Module)]
struct Model {
    weight: Param<Array2<f32>>,
    bias: Param<Array1<f32>>,
    #[module(constant)]
    width: u32,
}

fn bin() -> Vec<u8> {
    let model = Model { weight: Param::new(array![[1.0, 2.0]]), bias: Param::new(array![3.0]), width: 2 };
    BinBytesRecorder::<FullPrecisionSettings>::new().record(model.into_record(), ()).unwrap()
}

fn keras() -> Vec<u8> {
    let weights = written(|set, sink| keras::write_weights(set, sink));
    let mut bytes = Vec::new();
    let mut zip = ZipWriter::new(&mut bytes);
    let config = br#"{"class_name":"Sequential","config":{"name":"m","layers":[]}}"#;
    for (name, contents) in [
        ("metadata.json", &br#"{"keras_version":"3.0.0"}"#[..]),
        ("config.json", config),
        ("model.weights.h5", &weights),
    ] {
        zip.stored(name, contents.len() as u64, |put| put(contents)).unwrap();
    }
    zip.finish().unwrap();
    bytes
}

fn npy() -> Vec<u8> {
    let mut list = TensorList::default();
    list.push("", TensorData::from_vec(vec![1.5f32, -2.0, 0.25], [3]).unwrap());
    let mut bytes = Vec::new();
    numpy::write_npy(&list, &mut bytes).unwrap();
    bytes
}

fn gguf() -> Vec<u8> {
    let metadata = [("general.architecture".to_owned(), Value::from("none"))];
    written(|set, sink| gguf::write(set, &metadata, &|_| None, sink))
}

const RECORD: Open = open!(|source, budget| RecordFile::open(source, budget));
const TORCH: Open = open!(|source, _budget| TorchFile::open(source, &TorchOptions::new()));
const NUMPY: Open = open!(|source, budget| NumpyFile::open(source, budget));
const KERAS: Open = open!(|source, budget| KerasFile::open(source, budget));

#[rustfmt::skip]
fn cases() -> Vec<Case> {
    let case = |name, bytes, open, sealed, cuts| Case { name, bytes, open, sealed, cuts };
    vec![
        case("safetensors", written(|set, sink| safetensors::Writer::new().write(set, sink)),
            open!(|source, _budget| SafetensorsFile::open(source, &ReadOptions::default())), true, true),
        case("bpk", written(|set, sink| burnpack::Writer::new().write(set, sink)),
            open!(|source, _budget| BurnpackFile::open(source, &ReadOptions::default())), true, true),
        case("pt", written(|set, sink| torch::write_state_dict(set, sink)), TORCH, true, true),
        case("legacy pt", fixture("pytorch/dtypes_legacy.pt"), TORCH, false, true),
        case("npy", npy(), NUMPY, false, true),
        case("npz", written(|set, sink| numpy::write_npz(set, false, sink)), NUMPY, true, true),
        case("compressed npz", written(|set, sink| numpy::write_npz(set, true, sink)), NUMPY, true, true),
        case("h5", written(|set, sink| Hdf5Writer::default().write(set, sink)),
            open!(|source, budget| Hdf5File::open(source, budget)), false, true),
        case("weights.h5", written(|set, sink| keras::write_weights(set, sink)), KERAS, false, true),
        case("keras", keras(), KERAS, true, true),
        case("gguf", gguf(), open!(|source, budget| GgufFile::open(source, budget)), false, true),
        case("onnx", fixture("onnx/constant_node.onnx"),
            open!(|source, budget| OnnxFile::open(source, None, budget)), false, false),
        case("jld2", fixture("flux/fmiflux_flat_params_f64.jld2"), open!(|source, budget| jld2::open(source, budget)), false, true),
        case("bson", fixture("flux/bsonjl_matrix.bson"), open!(|source, budget| bson::open(source, budget)), false, true),
        case("mpk", written(|set, sink| RecordWriter::mpk().write(set, sink)), RECORD, true, true),
        case("mpk.gz", written(|set, sink| RecordWriter::mpk().compressed(true).write(set, sink)), RECORD, true, true),
        case("json", written(|set, sink| RecordWriter::json().write(set, sink)), RECORD, true, true),
        case("bin", bin(), RECORD, true, true),
    ]
}

/// One test at a time: the peak is that of the process.
static ONE: Mutex<()> = Mutex::new(());

#[test]
fn every_cut_is_told() {
    let _alone = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    for case in cases() {
        let whole = read(case.open, &case.bytes).unwrap_or_else(|error| panic!("{}: {error}", case.name));
        assert!(!whole.tensors.is_empty(), "{}", case.name);
        for len in 0..case.bytes.len() {
            let Ok(read) = read(case.open, &case.bytes[..len]) else { continue };
            // What a format without checksums pads its end with may be missing.
            let unseen = !case.cuts || !case.sealed && read == whole;
            assert!(unseen, "{}: cut at {len} of {}", case.name, case.bytes.len());
        }
    }
}

#[test]
fn every_flipped_bit_under_a_checksum_is_told_or_changes_nothing() {
    let _alone = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    for case in cases() {
        let whole = read(case.open, &case.bytes).unwrap();
        let mut bytes = case.bytes.clone();
        for bit in 0..bytes.len() * 8 {
            bytes[bit / 8] ^= 1 << (bit % 8);
            if let Ok(read) = read(case.open, &bytes)
                && case.sealed
            {
                assert!(read == whole, "{}: bit {bit} changes what is read", case.name);
            }
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
    }
}

#[test]
fn every_byte_put_in_place_of_another_under_a_checksum_is_told_or_changes_nothing() {
    let _alone = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    for case in cases() {
        let whole = read(case.open, &case.bytes).unwrap();
        let mut bytes = case.bytes.clone();
        for at in 0..bytes.len() {
            let own = bytes[at];
            for other in [0, 1, 0x7f, 0x80, 0xff] {
                bytes[at] = other;
                if let Ok(read) = read(case.open, &bytes)
                    && case.sealed
                {
                    assert!(read == whole, "{}: byte {at} as {other} changes what is read", case.name);
                }
            }
            bytes[at] = own;
        }
    }
}

/// What the head of a record says, by name.
const HEAD: [(&str, &str); 5] =
    [("float", "f32"), ("int", "i32"), ("format", "burn"), ("version", "0.21.0"), ("settings", "Full")];

/// A record in MessagePack, up to its item.
fn mpk_head() -> Vec<u8> {
    fn text(bytes: &mut Vec<u8>, text: &str) {
        bytes.push(0xa0 | text.len() as u8);
        bytes.extend_from_slice(text.as_bytes());
    }
    let mut bytes = vec![0x82];
    text(&mut bytes, "metadata");
    bytes.push(0x85);
    HEAD.iter().for_each(|(name, value)| [name, value].iter().for_each(|part| text(&mut bytes, part)));
    text(&mut bytes, "item");
    bytes
}

/// A record in MessagePack whose item is a list of one element so many times, and what follows.
fn mpk_list(count: u32, element: &[u8], last: &[u8]) -> Vec<u8> {
    let mut bytes = mpk_head();
    bytes.push(0xdd);
    bytes.extend_from_slice(&(count + u32::from(!last.is_empty())).to_be_bytes());
    bytes.extend(element.repeat(count as usize));
    bytes.extend_from_slice(last);
    bytes
}

/// A record in bincode whose item is a list of one element so many times.
fn bin_list(count: u32, element: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (_, value) in HEAD {
        bytes.push(value.len() as u8);
        bytes.extend_from_slice(value.as_bytes());
    }
    bytes.push(252);
    bytes.extend_from_slice(&count.to_le_bytes());
    bytes.extend(element.repeat(count as usize));
    bytes
}

#[derive(Record)]
#[allow(dead_code, reason = "only its reading is of interest")]
struct Nothing {
    none: Option<u8>,
}

#[derive(Record)]
#[allow(dead_code, reason = "only its reading is of interest")]
enum Choice {
    OfALongNameThatIsThereForEachValueThatIsReadAndThatNobodyCountsWhereItIsOnlyInTheType(u8),
}

macro_rules! options {
    ($inner:ty;) => { $inner };
    ($inner:ty; $_one:tt $($more:tt)*) => { options!(Option<$inner>; $($more)*) };
}

type Ten<T> = options!(T; 0 0 0 0 0 0 0 0 0 0);
type Deep = Ten<Ten<Ten<Ten<Ten<Ten<Ten<Ten<Ten<Ten<u8>>>>>>>>>>;

#[derive(Record)]
struct Long<T: Clone + serde::Serialize + serde::de::DeserializeOwned> {
    c: Constant<Vec<T>>,
}

/// What `run` gives, and the memory that it took at most beyond what was there.
fn peak<T>(run: impl FnOnce() -> T) -> (T, usize) {
    let held = HELD.load(Ordering::Relaxed);
    PEAK.store(held, Ordering::Relaxed);
    let result = run();
    (result, PEAK.load(Ordering::Relaxed) - held)
}

/// Checks that a load of `len` bytes takes no more than is promised before it is refused for that.
fn refused(name: &str, len: usize, load: impl FnOnce() -> Option<vellum::Error>) {
    let (error, took) = peak(load);
    let error = error.unwrap_or_else(|| panic!("{name} is loaded"));
    assert!(took < (64 << 20) + 2 * len, "{name} of {len} bytes takes {took}: {error}");
    assert!(matches!(error.kind(), ErrorKind::Limit { setting: "record_grace_bytes", .. }), "{name}: {error}");
}

fn mpk_error<R: Record>(bytes: Vec<u8>) -> Option<vellum::Error> {
    NamedMpkBytesRecorder::<FullPrecisionSettings>::new().load::<R>(bytes, Device::default()).err()
}

#[test]
fn lists_of_small_things_take_no_more_memory_than_is_promised() {
    let _alone = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    const COUNT: u32 = 16 << 20;
    fn check(name: &str, bytes: Vec<u8>, load: impl FnOnce(Vec<u8>) -> Option<vellum::Error>) {
        refused(name, bytes.len(), || load(bytes));
    }
    let mpk = mpk_error::<Vec<u64>>;
    check("nils", mpk_list(COUNT, &[0xc0], &[]), mpk);
    check("maps", mpk_list(COUNT, &[0x80], &[]), mpk);
    check("lists", mpk_list(COUNT, &[0x90], &[]), mpk);
    check("texts", mpk_list(COUNT, &[0xa0], &[]), mpk);
    check(
        "small integers and a large one",
        mpk_list(COUNT, &[1], &[0xcf, 255, 255, 255, 255, 255, 255, 255, 255]),
        mpk,
    );
    check("a number and what is none", mpk_list(COUNT, &[1], &[0xc0]), mpk);
    check("short texts", mpk_list(COUNT, b"\xa1x", &[]), mpk);
    let tensor = b"\x83\xa5bytes\xc4\x04\0\0\0\0\xa5shape\x91\x01\xa5dtype\xa3F32";
    check("tensors", mpk_list(4 << 20, tensor, &[]), mpk);
    let empty = b"\x83\xa5bytes\xc4\x00\xa5shape\x91\x00\xa5dtype\xa3F32";
    check("empty tensors", mpk_list(4 << 20, empty, &[]), mpk);
    let param = [b"\x82\xa2id\xa1x\xa5param", &tensor[..]].concat();
    check("parameters", mpk_list(2 << 20, &param, &[]), mpk);
    let bin = BinBytesRecorder::<FullPrecisionSettings>::new();
    check("bincode integers", bin_list(COUNT, &[1]), |bytes| bin.load::<Vec<u64>>(bytes, Device::default()).err());
    check("bincode options", bin_list(COUNT, &[0]), |bytes| bin.load::<Vec<Nothing>>(bytes, Device::default()).err());
    let options = [&[1; 99][..], &[0]].concat();
    check("options in options", bin_list(40_000, &options), |bytes| {
        bin.load::<Vec<Deep>>(bytes, Device::default()).err()
    });
    check("variants", bin_list(4 << 20, &[0, 1]), |bytes| bin.load::<Vec<Choice>>(bytes, Device::default()).err());
    check(
        "maps of one",
        mpk_list(1 << 20, &[0x81, 0xa0, 0xc0], &[]),
        mpk_error::<Vec<BTreeMap<String, Option<[u64; 64]>>>>,
    );
    type Tensors = Vec<Tensor<NdArray<f32>, 1>>;
    for (name, tensor) in [("tensors", &[4, 0, 0, 0, 0, 1, 1, 1][..]), ("empty tensors", &[0, 1, 0, 1])] {
        let bytes = bin_list(1_000_000, tensor);
        check(&format!("bincode {name}"), bytes, |bytes| bin.load::<Tensors>(bytes, Device::default()).err());
        let bytes = bin_list(1_000_000, &[b"\x0d0000000000000", tensor].concat());
        check(&format!("parameters of bincode {name}"), bytes, |bytes| {
            bin.load::<Vec<Param<Tensor<NdArray<f32>, 1>>>>(bytes, Device::default()).err()
        });
    }

    let mut limits = Limits::default();
    limits.record_grace_bytes = u64::MAX;
    let numbers: Vec<u64> = bin.with_limits(limits).load(bin_list(COUNT, &[1]), Device::default()).unwrap();
    assert_eq!(numbers.len(), COUNT as usize);
}

/// A number of more than two bytes in bincode.
fn bin_count(count: u32) -> Vec<u8> {
    [&[252], &count.to_le_bytes()[..]].concat()
}

/// The bytes of a record with a trailer of ours behind it, whose digest is right.
fn with_trailer(mut bytes: Vec<u8>, contents: &[u8]) -> Vec<u8> {
    bytes.extend_from_slice(contents);
    bytes.extend_from_slice(&(contents.len() as u64).to_le_bytes());
    let digest = twox_hash::XxHash3_128::oneshot(&bytes);
    bytes.extend_from_slice(&digest.to_le_bytes());
    bytes.extend_from_slice(b"VELLUM\x01\n");
    bytes
}

#[test]
fn what_is_noted_of_many_numbers_takes_no_more_memory_than_is_promised() {
    let _alone = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    const COUNT: u32 = 60_000;
    // Each value is noted with its path, which has a long key in it.
    let under_a_long_key = |value: &[u8]| {
        let mut bytes = mpk_head();
        bytes.extend_from_slice(&[0x81, 0xda, 0xff, 0xff]);
        bytes.resize(bytes.len() + 0xffff, b'k');
        bytes.push(0xdf);
        bytes.extend_from_slice(&COUNT.to_be_bytes());
        for n in 0..COUNT {
            bytes.push(0xa5);
            bytes.extend_from_slice(format!("{n:05x}").as_bytes());
            bytes.extend_from_slice(value);
        }
        bytes
    };
    let bytes = under_a_long_key(&[1]);
    refused("integers that become floats", bytes.len(), || mpk_error::<BTreeMap<String, BTreeMap<String, f32>>>(bytes));
    let bytes = under_a_long_key(&[0xc3]);
    refused("truth values for floats", bytes.len(), || mpk_error::<BTreeMap<String, BTreeMap<String, f32>>>(bytes));
}

/// A record in MessagePack: a map whose one entry has a long key and a list of one element so many times.
fn mpk_list_under_a_long_key(count: u32, element: &[u8]) -> Vec<u8> {
    let mut bytes = mpk_head();
    bytes.extend_from_slice(&[0x81, 0xda, 0xff, 0xff]);
    bytes.resize(bytes.len() + 0xffff, b'k');
    bytes.push(0xdd);
    bytes.extend_from_slice(&count.to_be_bytes());
    bytes.extend(element.repeat(count as usize));
    bytes
}

#[derive(Record)]
#[allow(dead_code, reason = "only its reading is of interest")]
struct Later {
    #[record(default)]
    a: u8,
    #[record(default)]
    b: u8,
    #[record(default)]
    c: u8,
    #[record(default)]
    d: u8,
}

#[derive(Record)]
#[allow(dead_code, reason = "only its reading is of interest")]
struct Named {
    abc: u8,
}

#[derive(Record)]
#[allow(dead_code, reason = "only its reading is of interest")]
struct Renamed {
    #[record(alias = "b")]
    a: u8,
}

#[test]
fn a_report_takes_no_more_memory_than_is_promised() {
    let _alone = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    type Of<R> = BTreeMap<String, Vec<R>>;
    let bytes = mpk_list_under_a_long_key(5000, &[0xc0]);
    refused("constants that a file lacks", bytes.len(), || mpk_error::<Of<<Dropout as Module>::Record>>(bytes));
    let bytes = mpk_list_under_a_long_key(5000, &[0x80]);
    refused("fields with a default", bytes.len(), || mpk_error::<Of<Later>>(bytes));
    let bytes = mpk_list_under_a_long_key(5000, b"\x81\xa1b\x01");
    refused("fields under an older name", bytes.len(), || mpk_error::<Of<Renamed>>(bytes));
    // The paths are short, and the list of them is not.
    let bytes = mpk_list(300_000, &[0x80], &[]);
    refused("short paths", bytes.len(), || mpk_error::<Vec<Later>>(bytes));
}

#[test]
fn differences_take_no_more_memory_than_is_promised() {
    let _alone = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut double = vec![0xcb];
    double.extend_from_slice(&1e300f64.to_be_bytes());
    let bytes = mpk_list(1_000_000, &double, &[]);
    refused("doubles that are too large", bytes.len(), || mpk_error::<Vec<f32>>(bytes));
    let bytes = mpk_list(400_000, b"\x81\xa2ab\x01", &[]);
    refused("names that are nearly others", bytes.len(), || mpk_error::<Vec<Named>>(bytes));
}

#[test]
fn records_that_are_larger_than_their_items_take_no_more_memory_than_is_promised() {
    let _alone = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    const COUNT: u32 = 60_000;
    type Large = Option<BiLstmRecord<NdArray<f32>>>;
    let bytes = || mpk_list(COUNT, &[0xc0], &[]);
    let len = COUNT as usize;
    refused("a list", len, || mpk_error::<Vec<Large>>(bytes()));
    refused("a list of boxes", len, || mpk_error::<Vec<Box<Large>>>(bytes()));

    let mut map = mpk_head();
    map.push(0xdf);
    map.extend_from_slice(&COUNT.to_be_bytes());
    for n in 0..COUNT {
        map.push(0xa5);
        map.extend_from_slice(format!("{n:05x}").as_bytes());
        map.push(0xc0);
    }
    let len = map.len();
    refused("a map", len, || mpk_error::<BTreeMap<String, Large>>(map.clone()));
    refused("a map without an order", len, || mpk_error::<HashMap<String, Large>>(map.clone()));

    // Where there is a difference nothing is kept, and each is told.
    let (error, took) = peak(|| mpk_error::<Vec<BiLstmRecord<NdArray<f32>>>>(mpk_list(9000, &[0xc0], &[])).unwrap());
    let ErrorKind::Mismatch(error) = error.kind() else { panic!("{error}") };
    assert_eq!((error.differences().len(), took < 64 << 20), (9000, true));
}

/// The record in a compressed file, as Burn writes it.
fn gz_error(bytes: &[u8]) -> Option<vellum::Error> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.mpk.gz");
    let mut gzip = flate2::write::GzEncoder::new(fs::File::create(&path).unwrap(), flate2::Compression::best());
    std::io::Write::write_all(&mut gzip, bytes).unwrap();
    gzip.finish().unwrap();
    let mut limits = Limits::default();
    limits.max_expansion_ratio = 2000;
    let recorder = NamedMpkGzFileRecorder::<FullPrecisionSettings>::new().with_limits(limits);
    recorder.load::<Vec<u64>>(path, Device::default()).err()
}

#[test]
fn trailers_take_no_more_memory_than_is_promised() {
    let _alone = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    const COUNT: u32 = 16 << 20;
    let list = |before: &[u8], element: &[u8], after: &[u8]| {
        let contents = [before, &bin_count(COUNT), &element.repeat(COUNT as usize), after].concat();
        with_trailer(mpk_list(0, &[], &[]), &contents)
    };
    // In this order: constants, options that are there, columns, ties, nodes of the schema, its root.
    let cases = [
        ("constants", list(&[], &[0, 0], &[0; 5])),
        ("a map in a constant", list(&[1, 1, b'a', 8], &[0, 0], &[0; 5])),
        ("options", list(&[0], &[0], &[0; 4])),
        ("columns", list(&[0; 2], &[0], &[0; 3])),
        ("ties", list(&[0; 3], &[0], &[0; 2])),
        ("ties of one", list(&[0; 3], &[1, 0], &[0; 2])),
        ("nodes", list(&[0; 4], &[0], &[0])),
        ("tuples of one", list(&[0; 4], &[7, 1, 0], &[0])),
    ];
    for (name, bytes) in cases {
        refused(name, bytes.len(), || mpk_error::<Vec<u64>>(bytes));
    }

    // The list stays in its bytes, of which each is a value.
    let bytes = list(&[1, 1, b'a', 7], &[0], &[0; 5]);
    let len = bytes.len();
    let (error, took) = peak(|| mpk_error::<Vec<u64>>(bytes).unwrap().to_string());
    assert!(error.contains("a constant for `a`") && took < 2 * len, "{took}: {error}");

    // What it becomes is charged.
    let constant = |element: &[u8]| {
        let contents = [&[1, 1, b'c', 7][..], &bin_count(COUNT), &element.repeat(COUNT as usize), &[0; 5]].concat();
        with_trailer([mpk_head(), b"\x81\xa1c\xc0".to_vec()].concat(), &contents)
    };
    let bytes = constant(&[2, 0]);
    refused("integers in a constant", bytes.len(), || mpk_error::<Long<u64>>(bytes));
    let bytes = constant(&[5, 0]);
    refused("texts in a constant", bytes.len(), || mpk_error::<Long<String>>(bytes));
    let bytes = constant(&[7, 0]);
    refused("lists in a constant", bytes.len(), || mpk_error::<Long<Vec<u8>>>(bytes));

    // What is said of one slot: names in names, each of which becomes an item.
    let mut contents = bin_count(100_000);
    for n in 0..100_000 {
        let path = format!("{n:06}{}", ".a".repeat(120));
        contents.push(path.len() as u8);
        contents.extend_from_slice(path.as_bytes());
        contents.push(0);
    }
    contents.extend([0; 5]);
    let bytes = with_trailer([mpk_head(), vec![0xc0]].concat(), &contents);
    refused("names in names", bytes.len(), || mpk_error::<Option<u64>>(bytes));

    // No trailer at all, behind a record that takes what there is.
    let bytes = [mpk_list(700_000, &[0xc0], &[]), vec![0; 160 << 20]].concat();
    let (error, took) = peak(|| gz_error(&bytes).unwrap());
    assert!(took < (64 << 20) + 2 * bytes.len(), "{took}: {error}");

    let bytes = list(&[0; 4], &[0], &[0]);
    refused("compressed nodes", bytes.len(), || gz_error(&bytes));
}

/// A record in JSON, up to its item, whose last brace is yet to come.
fn json_text(item: &str, after: &str) -> String {
    let head: Vec<String> = HEAD.iter().map(|(name, value)| format!("\"{name}\":\"{value}\"")).collect();
    format!("{{\"metadata\":{{{}}},\"item\":{item},\"_b\":null{after}}}", head.join(","))
}

#[test]
fn json_takes_no_more_memory_than_is_promised() {
    let _alone = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    const COUNT: usize = 16 << 20;
    let many = |element: &str, count| format!("[{}{element}]", format!("{element},").repeat(count));
    let list = |element| many(element, COUNT - 1);
    let trailer = |constants: &str, ties: &str, nodes: &str| {
        let schema = format!("{{\"nodes\":{nodes},\"root\":0}}");
        let contents =
            format!("{{\"constants\":{constants},\"present\":[],\"columns\":[],\"ties\":{ties},\"schema\":{schema}}}");
        json_text("[]", &format!(",\"vellum\":{{\"contents\":{contents},\"digest\":\"\"}}"))
    };
    let cases = [
        ("nils", json_text(&list("null"), "")),
        ("lists", json_text(&list("[]"), "")),
        ("tensors", json_text(&many(r#"{"bytes":[0,0,0,0],"shape":[1],"dtype":"F32"}"#, 1 << 20), "")),
        ("empty tensors", json_text(&many(r#"{"bytes":[],"shape":[0],"dtype":"F32"}"#, 1 << 20), "")),
        ("ties", trailer("[]", &list("[]"), "[]")),
        ("a list in a constant", trailer(&format!("[[\"a\",{{\"List\":{}}}]]", list("\"Null\"")), "[]", "[]")),
        ("nodes", trailer("[]", "[]", &list("\"Nil\""))),
    ];
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.json");
    let recorder = PrettyJsonFileRecorder::<FullPrecisionSettings>::new();
    for (name, text) in cases {
        fs::write(&path, &text).unwrap();
        let len = text.len();
        drop(text);
        refused(name, len, || recorder.load::<Vec<u64>>(path.clone(), Device::default()).err());
    }
}

/// A text that is four bytes in a message for each of its own.
fn long_text() -> String {
    "\u{7f}".repeat(24 << 20)
}

/// Checks that a load of `len` bytes is refused for what is wrong, and takes no more than is promised.
fn told(name: &str, len: usize, load: impl FnOnce() -> Option<vellum::Error>) {
    let (error, took) = peak(load);
    let error = error.unwrap_or_else(|| panic!("{name} is loaded"));
    assert!(took < (64 << 20) + 2 * len, "{name} of {len} bytes takes {took}: {error}");
    assert!(error.to_string().len() < 4096, "{name}");
}

#[test]
fn a_text_in_the_place_of_something_else_is_not_in_the_message_whole() {
    let _alone = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record");
    let json = PrettyJsonFileRecorder::<FullPrecisionSettings>::new();
    let trailer = |variant: &str| {
        let contents = format!("{{\"constants\":[[\"a\",{variant}]]}}");
        json_text("[]", &format!(",\"vellum\":{{\"contents\":{contents},\"digest\":\"\"}}"))
    };
    let quoted = format!("\"{}\"", long_text());
    for (name, text) in [
        ("a text for metadata", format!("{{\"metadata\":{quoted}}}")),
        ("a text for a record", quoted.clone()),
        ("a variant", trailer(&quoted)),
        ("a text for a number", trailer(&format!("{{\"Int\":{quoted}}}"))),
        ("a text for nothing", trailer(&format!("{{\"Null\":{quoted}}}"))),
    ] {
        fs::write(path.with_extension("json"), &text).unwrap();
        let len = text.len();
        drop(text);
        told(name, len, || json.load::<Vec<u64>>(path.clone(), Device::default()).err());
    }
    // Put together by the decoder in room of its own.
    let escaped = format!("{{\"metadata\":\"\\n{}\"}}", "x".repeat(100 << 20));
    fs::write(path.with_extension("json"), &escaped).unwrap();
    let len = escaped.len();
    drop(escaped);
    told("a text with an escape", len, || json.load::<Vec<u64>>(path.clone(), Device::default()).err());
    drop(quoted);

    let mut mpk = vec![0x81, 0xa8];
    mpk.extend_from_slice(b"metadata");
    mpk.push(0xdb);
    let text = long_text();
    mpk.extend_from_slice(&(text.len() as u32).to_be_bytes());
    mpk.extend_from_slice(text.as_bytes());
    drop(text);
    told("MessagePack", mpk.len(), || mpk_error::<Vec<u64>>(mpk));

    #[derive(Module)]
    struct Text {
        w: Param<Array1<f32>>,
        #[module(constant)]
        c: String,
    }
    #[derive(Module)]
    struct Number {
        w: Param<Array1<f32>>,
        #[module(constant)]
        c: u8,
    }
    let bin = BinBytesRecorder::<FullPrecisionSettings>::new();
    let bytes = bin.record(Text { w: Param::new(array![1.0]), c: long_text() }.into_record(), ()).unwrap();
    told("bincode", bytes.len(), || bin.load::<NumberRecord>(bytes, Device::default()).err());
}

#[test]
fn maps_with_long_keys_are_compared_in_no_more_memory_than_is_promised() {
    #[derive(Module)]
    struct Of<K: Ord + Clone + serde::Serialize + serde::de::DeserializeOwned> {
        w: Param<Array1<f32>>,
        #[module(constant)]
        c: BTreeMap<(K, u8), u8>,
    }
    let _alone = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record");
    let recorder = NamedMpkFileRecorder::<FullPrecisionSettings>::new();
    let w = || Param::new(array![1.0]);
    let c = BTreeMap::from([((long_text(), 1), 1)]);
    Of { w: w(), c }.save_file(&path, &recorder).unwrap();
    let mut other = Of { w: w(), c: BTreeMap::from([((1u8, 1), 1)]) };
    let len = 24 << 20;
    told("a map", len, || other.load_file_into(&path, &recorder, Device::default()).err());
}

#[test]
fn arrays_of_numbers_take_no_more_memory_than_is_promised() {
    const LEN: usize = 8 << 20;
    #[derive(Record)]
    struct Long {
        bytes: Box<[u8; LEN]>,
    }
    fn check(recorder: &impl BytesRecorder) {
        // An array is on the stack of its reader and of its writer for a while.
        let long = || Long { bytes: vec![7; LEN].into_boxed_slice().try_into().unwrap() };
        let bytes = recorder.record(long(), ()).unwrap();
        let len = bytes.len();
        let (loaded, took) = peak(|| recorder.load::<Long>(bytes, Device::default()).unwrap());
        assert!(loaded.bytes.iter().all(|&byte| byte == 7) && took < (64 << 20) + 2 * len, "{took} for {len}");
    }
    let _alone = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let run = || {
        check(&NamedMpkBytesRecorder::<FullPrecisionSettings>::new());
        check(&BinBytesRecorder::<FullPrecisionSettings>::new());
    };
    std::thread::Builder::new().stack_size(512 << 20).spawn(run).unwrap().join().unwrap();
}

/// A tensor of Burn's before 0.14: its elements one by one.
#[derive(Module)]
struct Elements {
    w: Param<Array1<f32>>,
}

/// A record of before 0.14 in MessagePack, with a parameter of small integers.
fn mpk_elements(count: u32) -> Vec<u8> {
    let mut bytes = mpk_head();
    let version = bytes.windows(6).position(|window| window == b"0.21.0").unwrap();
    bytes[version..version + 6].copy_from_slice(b"0.13.2");
    bytes.extend_from_slice(b"\x81\xa1w\x82\xa2id\xa1x\xa5param\x82\xa5value\xdd");
    bytes.extend_from_slice(&count.to_be_bytes());
    bytes.resize(bytes.len() + count as usize, 1);
    bytes.extend_from_slice(b"\xa5shape\x91\xce");
    bytes.extend_from_slice(&count.to_be_bytes());
    bytes
}

#[test]
fn lists_become_those_of_a_type_in_no_more_memory_than_is_promised() {
    let _alone = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    const COUNT: u32 = 16 << 20;
    const LEN: usize = COUNT as usize;
    let ones = || mpk_list(COUNT, &[1], &[]);
    refused("small integers as wide ones", LEN, || mpk_error::<Vec<u64>>(ones()));
    refused("small integers as doubles", LEN, || mpk_error::<Vec<f64>>(ones()));
    refused("small integers as options", LEN, || mpk_error::<Vec<Option<u64>>>(ones()));
    let elements = mpk_elements(4 * COUNT);
    refused("elements", elements.len(), || mpk_error::<ElementsRecord>(elements));

    let recorder = NamedMpkBytesRecorder::<FullPrecisionSettings>::new();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.mpk");
    fs::write(&path, mpk_elements(4 * COUNT)).unwrap();
    let mut module = Elements { w: Param::new(Array1::zeros(4 * LEN)) };
    refused("elements in place", 4 * LEN, || {
        let recorder = NamedMpkFileRecorder::<FullPrecisionSettings>::new();
        module.load_file_into(path, &recorder, Device::default()).err()
    });

    // The list is the record: there is it, and once what it was before it grew.
    let bytes = ones();
    let (list, took) = peak(|| recorder.load::<Vec<u8>>(bytes, Device::default()).unwrap());
    assert!(list.iter().all(|&one| one == 1) && list.len() == LEN);
    assert!(took < 5 * LEN / 2, "{took}");
    // As wide: no other list.
    let bytes = ones();
    let (list, took) = peak(|| recorder.load::<Vec<i8>>(bytes, Device::default()).unwrap());
    assert!(list.len() == LEN && took < 5 * LEN / 2, "{took}");
    // No item for each before it is known that there are too many.
    let bytes = ones();
    let (error, took) = peak(|| recorder.load::<[u8; 3]>(bytes, Device::default()).unwrap_err());
    assert!(matches!(error.kind(), ErrorKind::Mismatch(_)) && took < 5 * LEN / 2, "{took}: {error}");
}
