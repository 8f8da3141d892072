//! What the recorders write they read again, bit for bit, and nothing else.

use std::fs;
use std::path::{Path, PathBuf};

use ndarray::{ArcArray1, Array1, Array2, array};
use proptest::prelude::*;
use tempfile::TempDir;
use vellum::record::{
    BFloat16PrecisionSettings, DoublePrecisionSettings, FileRecorder, FullPrecisionSettings, HalfPrecisionSettings,
    Recorder,
};
use vellum::recorder::{
    BinBytesRecorder, BinFileRecorder, BinGzFileRecorder, JsonGzFileRecorder, NamedMpkBytesRecorder,
    NamedMpkFileRecorder, NamedMpkGzFileRecorder, PrettyJsonFileRecorder,
};
use vellum::{Device, Element, ErrorKind, Limits, Module, Overflow, Param, Record};

type Layer = (Param<Array2<f32>>, Option<Param<Array1<f32>>>);
type Model = Vec<Layer>;

fn model() -> Model {
    vec![
        (Param::new(array![[1.5, -2.25, f32::NAN], [f32::INFINITY, -0.0, 1e-40]]), Some(Param::new(array![0.1, 0.2]))),
        (Param::new(Array2::zeros((0, 3))), None),
    ]
}

fn bits(model: &Model) -> Vec<Vec<u32>> {
    let matrix = |layer: &Layer| layer.0.iter().map(|x| x.to_bits()).collect();
    let vector =
        |layer: &Layer| layer.1.iter().flat_map(|v| v.iter().map(|x| x.to_bits()).collect::<Vec<_>>()).collect();
    model.iter().flat_map(|layer| [matrix(layer), vector(layer)]).collect()
}

fn ids(model: &Model) -> Vec<u64> {
    model
        .iter()
        .flat_map(|layer| [Some(layer.0.id()), layer.1.as_ref().map(Param::id)])
        .flatten()
        .map(|id| id.as_u64())
        .collect()
}

/// Runs a check with each file recorder of these settings.
macro_rules! with_file_recorders {
    ($settings:ty, $check:expr) => {
        $check(&NamedMpkFileRecorder::<$settings>::new());
        $check(&NamedMpkGzFileRecorder::<$settings>::new());
        $check(&BinFileRecorder::<$settings>::new());
        $check(&BinGzFileRecorder::<$settings>::new());
        $check(&PrettyJsonFileRecorder::<$settings>::new());
        $check(&JsonGzFileRecorder::<$settings>::new());
    };
}

fn saved<R: FileRecorder>(folder: &TempDir, model: &Model, recorder: &R) -> PathBuf {
    model.save_file(folder.path().join("model"), recorder).unwrap();
    folder.path().join(format!("model.{}", R::file_extension()))
}

fn load<R: FileRecorder>(path: &Path, recorder: &R) -> vellum::Result<Model> {
    recorder.load(path.to_path_buf(), Device::default())
}

fn comes_back_bit_for_bit<R: FileRecorder>(recorder: &R) {
    let folder = tempfile::tempdir().unwrap();
    let model = model();
    let path = saved(&folder, &model, recorder);
    let loaded = load(&path, recorder).unwrap();
    assert_eq!(bits(&loaded), bits(&model), "{}", path.display());
    assert_eq!(ids(&loaded), ids(&model));
}

#[test]
fn a_model_comes_back_bit_for_bit_at_full_and_double_precision() {
    with_file_recorders!(FullPrecisionSettings, comes_back_bit_for_bit);
    with_file_recorders!(DoublePrecisionSettings, comes_back_bit_for_bit);
}

fn rounds_to_half<R: FileRecorder>(recorder: &R) {
    let folder = tempfile::tempdir().unwrap();
    let path = saved(&folder, &model(), recorder);
    let (loaded, report) = recorder.load_with_report::<Model>(path, Device::default()).unwrap();
    assert!((loaded[0].0[[0, 0]] - 1.5).abs() == 0.0 && loaded[0].0[[0, 2]].is_nan());
    assert!((loaded[0].1.as_ref().unwrap()[0] - 0.1).abs() < 1e-3);
    assert_eq!(report.converted.len(), 3, "each tensor was converted, and the report says so");
}

#[test]
fn half_precisions_round_and_the_load_says_that_it_converted() {
    with_file_recorders!(HalfPrecisionSettings, rounds_to_half);
    with_file_recorders!(BFloat16PrecisionSettings, rounds_to_half);
}

/// More elements than are converted at a time.
const MANY: usize = 150_001;

fn many() -> Model {
    let number = |place: usize| f32::from_bits((place as u32).wrapping_mul(0x9E37_79B9) & 0xC6FF_FFFF);
    vec![(Param::new(Array2::from_shape_fn((MANY, 1), |(row, _)| number(row))), Some(Param::new(array![0.5])))]
}

fn rounds_each_of_many<R: FileRecorder>(recorder: &R, half: impl Fn(f32) -> f32) {
    let folder = tempfile::tempdir().unwrap();
    let path = saved(&folder, &many(), recorder);
    let (loaded, model) = (load(&path, recorder).unwrap(), many());
    for (place, (loaded, saved)) in loaded[0].0.iter().zip(model[0].0.iter()).enumerate() {
        assert_eq!(loaded.to_bits(), half(*saved).to_bits(), "{place} of {}", path.display());
    }
    assert_eq!(loaded[0].1.as_ref().unwrap()[0], 0.5);
}

fn rounds_each_of_many_to_f16<R: FileRecorder>(recorder: &R) {
    rounds_each_of_many(recorder, |number| half::f16::from_f32(number).to_f32());
}

fn rounds_each_of_many_to_bf16<R: FileRecorder>(recorder: &R) {
    rounds_each_of_many(recorder, |number| half::bf16::from_f32(number).to_f32());
}

#[test]
fn a_tensor_that_is_converted_in_pieces_is_converted_whole() {
    with_file_recorders!(HalfPrecisionSettings, rounds_each_of_many_to_f16);
    with_file_recorders!(BFloat16PrecisionSettings, rounds_each_of_many_to_bf16);
}

/// Tensors of every kind, of which a file of halves has the floats and the integers in two bytes.
#[derive(Module)]
struct Kinds<F: Element> {
    float: Param<Array1<f32>>,
    other: Param<Array1<F>>,
    int: Param<Array1<i64>>,
    short: Param<Array1<i16>>,
    byte: Param<Array1<u8>>,
    truth: Param<Array1<bool>>,
    none: Param<Array1<i64>>,
}

fn keeps_every_kind<R: FileRecorder, F: Element + PartialEq>(recorder: &R, other: [F; 3]) {
    let folder = tempfile::tempdir().unwrap();
    let model = Kinds {
        float: Param::new(array![0.5, -2.0, 65504.0]),
        other: Param::new(Array1::from_vec(other.to_vec())),
        int: Param::new(array![-32768, 7, 32767]),
        short: Param::new(array![1, -2]),
        byte: Param::new(array![0, 128, 255]),
        truth: Param::new(array![true, false, true]),
        none: Param::new(Array1::zeros(0)),
    };
    model.save_file(folder.path().join("kinds"), recorder).unwrap();
    let record: KindsRecord<F> = recorder.load(folder.path().join("kinds"), Device::default()).unwrap();
    let loaded = Kinds::init_with(record);
    let path = R::file_extension();
    assert_eq!((&*loaded.float, &*loaded.int), (&*model.float, &*model.int), "{path}");
    assert_eq!((&*loaded.short, &*loaded.byte), (&*model.short, &*model.byte), "{path}");
    assert_eq!((&*loaded.truth, &*loaded.none), (&*model.truth, &*model.none), "{path}");
    assert!(*loaded.other == *model.other, "{path}");
}

#[test]
fn a_file_of_halves_keeps_every_kind_whatever_its_floats_become() {
    with_file_recorders!(HalfPrecisionSettings, |recorder: &_| keeps_every_kind(recorder, [0.25f32, -1.0, 4.0]));
    with_file_recorders!(HalfPrecisionSettings, |recorder: &_| keeps_every_kind(recorder, [0.25f64, -1.0, 4.0]));
    with_file_recorders!(HalfPrecisionSettings, |recorder: &_| keeps_every_kind(
        recorder,
        [0.25, -1.0, 4.0].map(half::f16::from_f32)
    ));
}

fn finds_every_flipped_bit<R: FileRecorder>(recorder: &R) {
    let folder = tempfile::tempdir().unwrap();
    let small: Model = vec![(Param::new(array![[1.0, 2.0]]), None)];
    let path = saved(&folder, &small, recorder);
    let bytes = fs::read(&path).unwrap();
    assert!(load(&path, recorder).is_ok());
    for place in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[place / 8] ^= 1 << (place % 8);
        fs::write(&path, &flipped).unwrap();
        let error = load(&path, recorder)
            .err()
            .unwrap_or_else(|| panic!("bit {} of byte {} of {} flips unseen", place % 8, place / 8, path.display()));
        assert!(error.to_string().contains("model."), "the error names the file: {error}");
    }
}

#[test]
fn every_flipped_bit_of_a_file_of_ours_is_found() {
    with_file_recorders!(FullPrecisionSettings, finds_every_flipped_bit);
    with_file_recorders!(HalfPrecisionSettings, finds_every_flipped_bit);
}

fn finds_every_truncation<R: FileRecorder>(recorder: &R) {
    let folder = tempfile::tempdir().unwrap();
    let path = saved(&folder, &model(), recorder);
    let bytes = fs::read(&path).unwrap();
    for len in 0..bytes.len() {
        fs::write(&path, &bytes[..len]).unwrap();
        assert!(load(&path, recorder).is_err(), "{} cut to {len} bytes loads", path.display());
    }
    fs::write(&path, [bytes.as_slice(), b"\0"].concat()).unwrap();
    assert!(load(&path, recorder).is_err(), "{} with a byte more loads", path.display());
}

#[test]
fn every_truncation_of_a_file_is_found() {
    with_file_recorders!(FullPrecisionSettings, finds_every_truncation);
    with_file_recorders!(HalfPrecisionSettings, finds_every_truncation);
}

#[test]
fn a_file_of_another_format_is_told_from_a_damaged_one() {
    let folder = tempfile::tempdir().unwrap();
    let mpk = saved(&folder, &model(), &NamedMpkFileRecorder::<FullPrecisionSettings>::new());
    let bin = saved(&folder, &model(), &BinFileRecorder::<FullPrecisionSettings>::new());
    fs::copy(&mpk, folder.path().join("swapped.bin")).unwrap();
    fs::copy(&bin, folder.path().join("swapped.mpk")).unwrap();
    fs::write(folder.path().join("empty.mpk"), b"").unwrap();
    let error = load(&folder.path().join("swapped"), &BinFileRecorder::<FullPrecisionSettings>::new()).unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::WrongFormat { .. }) && error.to_string().contains("MessagePack data"),
        "{error}"
    );
    let error =
        load(&folder.path().join("swapped"), &NamedMpkFileRecorder::<FullPrecisionSettings>::new()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::WrongFormat { .. }) && error.to_string().contains("bincode"), "{error}");
    let error = load(&folder.path().join("empty"), &NamedMpkFileRecorder::<FullPrecisionSettings>::new()).unwrap_err();
    assert!(error.to_string().contains("an empty file"), "{error}");
}

#[test]
fn folders_and_missing_files_are_typed_errors() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("folder.mpk")).unwrap();
    let recorder = NamedMpkFileRecorder::<FullPrecisionSettings>::new();
    let error = load(&folder.path().join("folder"), &recorder).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::NotAFile), "{error}");
    let error = load(&folder.path().join("missing"), &recorder).unwrap_err();
    assert!(error.file().is_some_and(|file| file.ends_with("missing.mpk")), "{error}");
    assert!(std::error::Error::source(&error).is_some());
    for name in ["new/", "new/.", "folder.mpk/", "folder.mpk/."] {
        let error = model().save_file(folder.path().join(name), &recorder).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::NotAFile), "{name}: {error}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn what_half_precision_cannot_hold_is_an_error_that_names_it_and_the_old_file_stays() {
    let folder = tempfile::tempdir().unwrap();
    let recorder = NamedMpkFileRecorder::<HalfPrecisionSettings>::new();
    let good: Model = vec![(Param::new(array![[1.0]]), None)];
    let path = saved(&folder, &good, &recorder);
    let before = fs::read(&path).unwrap();
    let large: Model = vec![(Param::new(array![[1.0], [70000.0]]), None)];
    let error = large.save_file(path.clone(), &recorder).unwrap_err();
    assert_eq!(error.tensor(), Some("0.0"));
    assert!(matches!(error.kind(), ErrorKind::OutOfRange { index: 1, .. }), "{error}");
    assert!(error.to_string().contains("70000"), "{error}");
    assert_eq!(fs::read(&path).unwrap(), before);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no scratch file is left");

    let mut numbers = Array2::zeros((MANY, 1));
    numbers[[140_000, 0]] = -70000.0;
    let large: Model = vec![(Param::new(numbers), None)];
    let error = large.save_file(path.clone(), &recorder).unwrap_err();
    assert_eq!(error.tensor(), Some("0.0"));
    assert!(matches!(error.kind(), ErrorKind::OutOfRange { index: 140_000, .. }), "{error}");
    assert_eq!(fs::read(&path).unwrap(), before);

    let saturating = recorder.clone().with_overflow(Overflow::Saturate);
    large.save_file(path.clone(), &saturating).unwrap();
    assert_eq!(load(&path, &recorder).unwrap()[0].0[[140_000, 0]], -65504.0);
}

#[test]
fn an_integer_that_does_not_fit_is_an_error() {
    let ints = Param::new(array![1i64, 70_000]);
    let error = BinBytesRecorder::<HalfPrecisionSettings>::new().record(ints, ()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::OutOfRange { index: 1, .. }), "{error}");
}

#[test]
fn bytes_recorders_give_the_bytes_of_their_files() {
    let model = model();
    let bytes = BinBytesRecorder::<FullPrecisionSettings>::default().record(model.record(), ()).unwrap();
    let loaded: Model =
        BinBytesRecorder::<FullPrecisionSettings>::default().load(bytes.clone(), Device::default()).unwrap();
    assert_eq!(bits(&loaded), bits(&model));
    let leaked: &'static [u8] = bytes.leak();
    let loaded: Model =
        BinBytesRecorder::<FullPrecisionSettings, &'static [u8]>::default().load(leaked, Device::default()).unwrap();
    assert_eq!(bits(&loaded), bits(&model));
    let bytes = NamedMpkBytesRecorder::<FullPrecisionSettings>::default().record(model.record(), ()).unwrap();
    let loaded: Model =
        NamedMpkBytesRecorder::<FullPrecisionSettings>::default().load(bytes, Device::default()).unwrap();
    assert_eq!(bits(&loaded), bits(&model));
}

#[test]
fn a_list_of_another_length_is_refused_in_place_with_the_model_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let recorder = PrettyJsonFileRecorder::<FullPrecisionSettings>::new();
    let path = saved(&folder, &model(), &recorder);
    let mut other: Model = vec![(Param::new(array![[9.0]]), None)];
    let before = bits(&other);
    let error = other.load_file_into(path, &recorder, Device::default()).unwrap_err();
    assert!(error.to_string().contains("1 items in the module and 2 in the file"), "{error}");
    assert_eq!(bits(&other), before);
}

#[test]
fn an_all_zero_model_loads_once_the_ratio_is_raised() {
    let folder = tempfile::tempdir().unwrap();
    let zeros: Model = vec![(Param::new(Array2::zeros((3000, 3000))), None)];
    let path = saved(&folder, &zeros, &NamedMpkGzFileRecorder::<FullPrecisionSettings>::new());
    let error = load(&path, &NamedMpkGzFileRecorder::<FullPrecisionSettings>::new()).unwrap_err();
    assert!(error.to_string().contains("max_expansion_ratio"), "{error}");
    let mut limits = Limits::default();
    limits.max_expansion_ratio = 2000;
    let raised = NamedMpkGzFileRecorder::<FullPrecisionSettings>::new().with_limits(limits);
    assert_eq!(load(&path, &raised).unwrap()[0].0.dim(), (3000, 3000));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_numbers_survive_every_recorder(values in prop::collection::vec(any::<u32>(), 0..40), columns in 1usize..5) {
        let rows = values.len() / columns;
        let numbers: Vec<f32> = values[..rows * columns].iter().map(|&bits| f32::from_bits(bits)).collect();
        let model: Model = vec![(Param::new(Array2::from_shape_vec((rows, columns), numbers).unwrap()), None)];
        let folder = tempfile::tempdir().unwrap();
        let check = |loaded: Model| prop_assert_eq_bits(&loaded, &model);
        check(load(&saved(&folder, &model, &NamedMpkFileRecorder::<FullPrecisionSettings>::new()), &NamedMpkFileRecorder::<FullPrecisionSettings>::new()).unwrap())?;
        check(load(&saved(&folder, &model, &BinFileRecorder::<FullPrecisionSettings>::new()), &BinFileRecorder::<FullPrecisionSettings>::new()).unwrap())?;
        check(load(&saved(&folder, &model, &PrettyJsonFileRecorder::<FullPrecisionSettings>::new()), &PrettyJsonFileRecorder::<FullPrecisionSettings>::new()).unwrap())?;
    }
}

fn prop_assert_eq_bits(a: &Model, b: &Model) -> Result<(), TestCaseError> {
    prop_assert_eq!(bits(a), bits(b));
    Ok(())
}

/// As the experts of a large model have them.
#[derive(Module)]
struct Scale {
    weight: Param<Array1<f32>>,
}

#[test]
fn models_of_many_small_parameters_load_without_higher_limits() {
    const COUNT: usize = 80_000;
    fn check<R: FileRecorder>(recorder: &R) {
        let folder = tempfile::tempdir().unwrap();
        let weight = |n| Param::new(array![(n % 2000) as f32, 0.5, -0.5, 2.0]);
        let model: Vec<Scale> = (0..COUNT).map(|n| Scale { weight: weight(n) }).collect();
        model.save_file(folder.path().join("model"), recorder).unwrap();
        let loaded = recorder.load(folder.path().join("model"), Device::default()).unwrap();
        let loaded = Vec::<Scale>::init_with(loaded);
        assert!(loaded.len() == COUNT && loaded.iter().zip(&model).all(|(a, b)| *a.weight == *b.weight));
    }
    check(&NamedMpkFileRecorder::<HalfPrecisionSettings>::new());
    check(&BinFileRecorder::<HalfPrecisionSettings>::new());
    check(&PrettyJsonFileRecorder::<HalfPrecisionSettings>::new());
    check(&JsonGzFileRecorder::<HalfPrecisionSettings>::new());
}

/// What a tensor is in a file, by its names.
#[derive(Record, Clone, Debug, PartialEq)]
struct LikeATensor {
    bytes: Vec<u8>,
    shape: Vec<u64>,
    dtype: String,
}

#[test]
fn a_struct_that_looks_like_a_tensor_is_one_only_by_its_type() {
    fn check<R: FileRecorder>(recorder: &R) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("like");
        for dtype in ["F32", "U8", "Bool", "Flex32", "f32"] {
            let like = LikeATensor { bytes: vec![0, 0, 128, 63], shape: vec![1], dtype: dtype.into() };
            recorder.record(vec![like.clone()], path.clone()).unwrap();
            let again: Vec<LikeATensor> = recorder.load(path.clone(), Device::default()).unwrap();
            assert_eq!(again, [like]);
        }
    }
    check(&NamedMpkFileRecorder::<FullPrecisionSettings>::new());
    check(&BinFileRecorder::<FullPrecisionSettings>::new());
    check(&PrettyJsonFileRecorder::<FullPrecisionSettings>::new());
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
