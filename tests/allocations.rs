//! What is allocated: an own process, because its allocator counts.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use half::f16;
use ndarray::Array2;
use vellum::backend::NdArray;
use vellum::module::{LeafMut, ModuleVisitorMut, Owner};
use vellum::nn::{Linear, LinearConfig};
use vellum::record::{FullPrecisionSettings, HalfPrecisionSettings, Recorder};
use vellum::recorder::{BinBytesRecorder, BinFileRecorder, NamedMpkFileRecorder};
use vellum::{Device, Leaf, Module, Param, TensorPath, Tied};

/// The system's allocator, counting bytes.
struct Counting;

static ALLOCATED: AtomicUsize = AtomicUsize::new(0);

// SAFETY: all calls go to the system's allocator with the arguments that came in.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATED.fetch_add(layout.size(), Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        ALLOCATED.fetch_add(layout.size(), Ordering::Relaxed);
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        ALLOCATED.fetch_add(new_size.saturating_sub(layout.size()), Ordering::Relaxed);
        unsafe { System.realloc(block, layout, new_size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// One test at a time: the count is that of the process.
fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What `f` gives, and the bytes allocated in it.
fn counted<T>(f: impl FnOnce() -> T) -> (T, usize) {
    let before = ALLOCATED.load(Ordering::Relaxed);
    let result = f();
    (result, ALLOCATED.load(Ordering::Relaxed) - before)
}

const SIDE: usize = 1000;
/// The bytes of a weight of `SIDE * SIDE` floats.
const WEIGHT: usize = SIDE * SIDE * 4;
/// What everything but weights may take.
const SMALL: usize = WEIGHT / 50;

fn linear() -> Linear<NdArray<f32>> {
    LinearConfig::new(SIDE, SIDE).init(Device::Cpu)
}

#[test]
fn a_layer_that_is_made_and_loaded_never_has_first_values() {
    let _alone = alone();
    let source = linear();
    let (_, read) = counted(|| source.weight.elements().len());
    assert!(read >= WEIGHT, "the first read makes the weight: {read} bytes");

    let (mut layer, made) = counted(linear);
    assert!(made < SMALL, "{made} bytes for a layer that nobody read");
    let record = source.record();
    let (report, loaded) = counted(|| layer.try_load_record(record));
    report.expect("the record is that of such a layer");
    assert!(loaded < SMALL, "{loaded} bytes for tensors that the record has");
    let ((), read) = counted(|| assert_eq!(*layer.weight, *source.weight));
    assert!(read < SMALL, "{read} bytes to read what was loaded");
}

#[test]
fn a_configuration_takes_a_record_without_first_values() {
    let _alone = alone();
    let source = linear();
    let _made = source.weight.elements().len() + source.bias.as_ref().expect("a bias").elements().len();
    let record = source.record();
    let (layer, bytes) = counted(|| LinearConfig::new(SIDE, SIDE).init_with(record));
    assert!(bytes < SMALL, "{bytes} bytes for tensors that the record has");
    assert_eq!(layer.weight.elements().as_ptr(), source.weight.elements().as_ptr(), "the elements are shared");
}

#[test]
fn counting_parameters_makes_none() {
    let _alone = alone();
    let (count, bytes) = counted(|| {
        let layer = linear();
        (layer.num_params(), layer.summary().bytes)
    });
    assert_eq!(count, (SIDE * SIDE + SIDE, (WEIGHT + SIDE * 4) as u64));
    assert!(bytes < SMALL, "{bytes} bytes to count parameters");
}

#[test]
fn looking_for_a_tensor_of_a_state_dict_makes_no_text() {
    let _alone = alone();
    let dict = linear().state_dict().unwrap();
    let (found, bytes) =
        counted(|| (0..SMALL).filter(|_| dict.get("bias").is_some() && dict.get("none").is_none()).count());
    assert_eq!(found, SMALL);
    assert!(bytes < SMALL, "{bytes} bytes to look {SMALL} times");
}

#[test]
fn halves_of_a_file_take_no_memory_beside_that_of_the_floats_which_they_become() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("layer");
    let source = linear();
    macro_rules! load {
        ($recorder:ident) => {{
            let recorder = $recorder::<HalfPrecisionSettings>::new();
            source.save_file(&path, &recorder).unwrap();
            let (record, bytes) = counted(|| recorder.load(path.clone(), Device::Cpu).unwrap());
            assert!(bytes < WEIGHT + SMALL, "{bytes} bytes for a weight of {WEIGHT}");
            let layer = Linear::<NdArray<f32>>::init_with(record);
            let is_half = |(loaded, saved): (&f32, &f32)| *loaded == f16::from_f32(*saved).to_f32();
            assert!(layer.weight.elements().iter().zip(source.weight.elements()).all(is_half));
        }};
    }
    load!(NamedMpkFileRecorder);
    load!(BinFileRecorder);
}

#[test]
fn a_tensor_of_a_static_slice_is_copied_only_if_it_does_not_lie_as_floats_must() {
    let _alone = alone();
    let source = linear();
    let bytes = BinBytesRecorder::<FullPrecisionSettings>::new().record(source.record(), ()).unwrap();
    let recorder = BinBytesRecorder::<FullPrecisionSettings, &'static [u8]>::new();
    let copies = (0..4).filter(|shift| {
        let shifted: &'static [u8] = [&vec![0; *shift], bytes.as_slice()].concat().leak();
        let (record, allocated) = counted(|| recorder.load(&shifted[*shift..], Device::Cpu).unwrap());
        assert!(allocated < WEIGHT + SMALL, "{allocated} bytes for a weight of {WEIGHT}");
        assert_eq!(*Linear::<NdArray<f32>>::init_with(record).weight, *source.weight);
        allocated > SMALL
    });
    assert_eq!(copies.count(), 3, "of four places one is that of a float");
}

#[derive(Module)]
struct Coder<T: Leaf> {
    encode: Tied<Param<T>>,
    decode: Tied<Param<T>>,
}

/// A weight in two places: a file has it twice.
fn coder<T: Leaf>(weight: T) -> Coder<T> {
    let encode = Tied::new(Param::new(weight));
    Coder { decode: encode.share(), encode }
}

fn array() -> Array2<f32> {
    Array2::ones((SIDE, SIDE))
}

fn list() -> Vec<f32> {
    vec![1.0; SIDE * SIDE]
}

#[test]
fn a_tied_array_takes_what_the_file_has_of_it_and_no_more() {
    fn check<T: Leaf>(weight: fn() -> T) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("coder");
        let mut model = coder(weight());
        let recorder = BinFileRecorder::<FullPrecisionSettings>::new();
        model.save_file(&path, &recorder).unwrap();
        let ((), bytes) = counted(|| drop(model.load_file_into(&path, &recorder, Device::Cpu).unwrap()));
        assert!(bytes < 2 * WEIGHT + SMALL, "{bytes} bytes for a weight of {WEIGHT} that a file has twice");
        let held = model.record();
        let ((), bytes) = counted(|| drop(model.load_file_into(&path, &recorder, Device::Cpu).unwrap()));
        assert!(bytes < 2 * WEIGHT + SMALL, "{bytes} bytes for a weight of {WEIGHT} whose old value a record has");
        assert!(!held.encode.is_tied_to(&model.encode));
        let (record, bytes) = counted(|| Recorder::load::<CoderRecord<T>>(&recorder, path, Device::Cpu).unwrap());
        assert!(bytes < 2 * WEIGHT + SMALL, "{bytes} bytes by value for a weight of {WEIGHT} that a file has twice");
        assert!(record.encode.is_tied_to(&record.decode));
    }
    let _alone = alone();
    check(array);
    check(list);
}

#[test]
fn halves_of_a_file_become_a_tied_array_where_they_are() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("coder");
    let mut model = coder(array());
    let recorder = BinFileRecorder::<HalfPrecisionSettings>::new();
    model.save_file(&path, &recorder).unwrap();
    let ((), bytes) = counted(|| drop(model.load_file_into(&path, &recorder, Device::Cpu).unwrap()));
    assert!(bytes < 2 * WEIGHT + SMALL, "{bytes} bytes for a weight of {WEIGHT} that a file has twice");
}

#[test]
fn a_tied_array_goes_from_a_record_to_a_module_as_it_is() {
    fn check<T: Leaf>(weight: fn() -> T) {
        let record = coder(weight()).into_record();
        let (mut model, bytes) = counted(|| Coder::init_with(record));
        assert!(bytes < SMALL, "{bytes} bytes to make a module of a record");
        assert!(model.encode.is_tied_to(&model.decode));
        // The first place gives a copy, because the second has the value too, and the second gives the value.
        let record = coder(weight()).into_record();
        let ((), bytes) = counted(|| drop(model.try_load_record(record).unwrap()));
        assert!(bytes < WEIGHT + SMALL, "{bytes} bytes to load a record of two places in place");
    }
    let _alone = alone();
    check(array);
    check(list);
}

#[test]
fn the_elements_of_a_tied_array_are_copied_once_for_who_changes_them() {
    struct Reading;

    impl ModuleVisitorMut for Reading {
        fn visit_mut(&mut self, _path: &TensorPath, leaf: &mut LeafMut<'_>, _owners: &[Owner]) {
            assert_eq!(leaf.data().unwrap().num_elements(), SIDE * SIDE);
        }
    }

    let _alone = alone();
    let mut model = coder(array());
    let ((), bytes) = counted(|| model.visit_mut(&mut Reading));
    assert!(bytes < WEIGHT + SMALL, "{bytes} bytes to read the one weight of {WEIGHT}");
}
