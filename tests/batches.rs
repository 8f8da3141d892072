//! Small tensors of a file are read into one buffer, whatever the format.

use vellum::backend::{NdArray, Tensor};
use vellum::store::{AnyStore, BurnpackStore, GgufStore, ModuleSnapshot, NpzStore, PytorchStore, SafetensorsStore};
use vellum::{Device, ErrorKind, Module, Param, TensorData};

type Model = Vec<Param<Tensor<NdArray<f32>, 1>>>;

/// How many numbers each tensor has.
const LENS: [usize; 7] = [3, 1, 40_000, 7, 8, 1_000, 5];

fn tensor(place: usize, len: usize) -> Tensor<NdArray<f32>, 1> {
    let numbers: Vec<f32> = (0..len).map(|at| (place * 100_000 + at) as f32).collect();
    Tensor::from_data(TensorData::from_vec(numbers, [len]).unwrap(), Device::default())
}

fn model() -> Model {
    LENS.iter().enumerate().map(|(place, len)| Param::new(tensor(place, *len))).collect()
}

fn empty() -> Model {
    LENS.iter().map(|len| Param::new(Tensor::zeros([*len], Device::default()))).collect()
}

fn values(model: &Model) -> Vec<TensorData> {
    model.state_dict().unwrap().iter().map(|(_, data)| data.clone()).collect()
}

/// Whether each tensor lies right behind the one before it, at the next place that any element is aligned to.
fn lie_together(model: &Model) -> bool {
    let place = |data: &TensorData| (data.bytes().as_ptr().addr(), data.bytes().len());
    let places: Vec<_> = values(model).iter().map(place).collect();
    places.windows(2).all(|pair| pair[1].0 == pair[0].0 + pair[0].1.next_multiple_of(8))
}

macro_rules! saved {
    ($($store:ident)*) => {
        vec![$({
            let mut store = $store::from_bytes(None);
            model().save_into(&mut store).unwrap();
            (stringify!($store), store.get_bytes().unwrap())
        }),*]
    };
}

/// A file of each format that is written.
fn files() -> Vec<(&'static str, Vec<u8>)> {
    saved!(SafetensorsStore BurnpackStore PytorchStore NpzStore GgufStore)
}

#[test]
fn small_tensors_of_every_format_share_a_buffer() {
    for (format, bytes) in files() {
        let mut loaded = empty();
        loaded.load_from(&mut AnyStore::from_bytes(Some(bytes))).unwrap();
        assert_eq!(values(&loaded), values(&model()), "{format}");
        assert!(lie_together(&loaded), "{format}");
    }
}

#[test]
fn a_tensor_that_is_broken_is_named_and_the_model_stays_as_it_was() {
    for (format, bytes) in files().into_iter().filter(|(format, _)| *format != "GgufStore") {
        // A number of the third, which is nowhere else.
        let number = 207_654f32.to_le_bytes();
        let at = bytes.windows(4).position(|window| window == number).unwrap();
        let mut bytes = bytes;
        bytes[at] ^= 1;
        let (mut loaded, before) = (model(), values(&model()));
        let error = loaded.load_from(&mut AnyStore::from_bytes(Some(bytes))).unwrap_err();
        let ErrorKind::NotLoaded(result) = error.kind() else { panic!("{format}: {error}") };
        assert_eq!(result.errors.len(), 1, "{format}: {error}");
        assert!(error.to_string().contains("`2`"), "{format}: {error}");
        assert_eq!(values(&loaded), before, "{format}");
    }
}

#[test]
fn a_parameter_of_a_shared_buffer_is_changed_alone() {
    let (_, bytes) = files().swap_remove(0);
    let mut loaded = empty();
    loaded.load_from(&mut AnyStore::from_bytes(Some(bytes))).unwrap();
    loaded[3].make_mut().view_mut().fill(-1.0);
    let (found, mut expected) = (values(&loaded), values(&model()));
    expected[3] = TensorData::from_vec(vec![-1.0f32; LENS[3]], [LENS[3]]).unwrap();
    assert_eq!(found, expected);
}
