//! The vocabulary that everything else is written in, through the public API.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, OnceLock};
use std::time::Duration;

use ndarray::Array2;
use proptest::prelude::*;
use vellum::backend::{NdArray, Tensor};
use vellum::{Bytes, BytesMut, DType, Param, Shape, TensorData, TensorView};

proptest! {
    #[test]
    fn a_vec_survives_being_a_tensor(elements: Vec<f64>) {
        let bits: Vec<u64> = elements.iter().map(|x| x.to_bits()).collect();
        let tensor = TensorData::from_vec(elements, [bits.len()]).unwrap();
        let back: Vec<u64> = tensor.into_vec::<f64>().unwrap().iter().map(|x| x.to_bits()).collect();
        prop_assert_eq!(back, bits);
    }

    #[test]
    fn only_the_right_number_of_bytes_makes_a_tensor(axes in prop::collection::vec(0usize..5, 0..4), extra in 0usize..3) {
        let shape = Shape::new(axes).unwrap();
        let len = shape.num_elements() * 4 + extra;
        let made = TensorData::new(Bytes::from(vec![0u8; len]), shape, DType::F32);
        prop_assert_eq!(made.is_ok(), extra == 0);
    }
}

#[test]
fn arrays_become_tensors_and_views_without_a_copy_until_one_of_two_changes() {
    type Matrix = Tensor<NdArray<f32>, 2>;
    let array = Array2::from_shape_fn((30, 40), |(row, column)| (row * 40 + column) as f32);
    let place = array.as_ptr();
    let mut tensor = Matrix::from_array(array);
    assert_eq!((tensor.elements().as_ptr(), tensor.view().as_ptr()), (place, place), "the array's memory");

    let other = tensor.clone();
    assert_eq!(other.view().as_ptr(), place, "shared");
    tensor.view_mut()[[0, 0]] = -1.0;
    assert_ne!(tensor.view().as_ptr(), place, "changed in memory of its own");
    assert_eq!((other.view()[[0, 0]], tensor.view()[[0, 0]], tensor.view()[[29, 39]]), (0.0, -1.0, 1199.0));

    drop(tensor);
    let mut alone = other;
    alone.view_mut()[[0, 0]] = -2.0;
    assert_eq!(alone.view().as_ptr(), place, "nobody else has it");
    let data = alone.into_data();
    assert_eq!(data.bytes().as_ptr(), place.cast());
    let back = Matrix::from_data(data, vellum::Device::default()).into_array();
    assert_eq!((back.as_ptr(), back[[0, 0]]), (place, -2.0), "back in an array");
}

/// A parameter of one zero, and how often its value was made.
fn counted(init: impl Fn(usize) + Send + Sync + 'static) -> (Param<Vec<f32>>, Arc<AtomicUsize>) {
    let made = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&made);
    let param = Param::lazy(DType::F32, Shape::new([1]).unwrap(), vellum::Device::default(), move |_| {
        init(counter.fetch_add(1, Ordering::SeqCst));
        vec![0.0]
    });
    (param, made)
}

#[test]
fn a_lazy_value_is_made_once_however_many_threads_read_it_first() {
    let (param, made) = counted(|_| std::thread::sleep(Duration::from_millis(30)));
    let together = Barrier::new(8);
    let places = std::thread::scope(|scope| {
        let read = || {
            let clone = param.clone();
            together.wait();
            clone.as_ptr().addr()
        };
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(read)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    assert_eq!(made.load(Ordering::SeqCst), 1);
    assert_eq!(places, [param.as_ptr().addr(); 8], "all have the same value");
}

#[test]
fn a_lazy_value_whose_making_panicked_is_made_by_the_next_who_reads() {
    let (param, made) = counted(|earlier| assert!(earlier > 0, "the first time"));
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| param.val())).collect();
        let failed = threads.into_iter().filter_map(|thread| thread.join().err()).count();
        assert_eq!(failed, 1, "only the one who made it");
    });
    assert_eq!((param.val(), made.load(Ordering::SeqCst)), (vec![0.0], 2));
}

#[test]
fn who_reads_a_lazy_value_while_making_it_does_not_wait_for_itself() {
    static PARAM: OnceLock<Param<Vec<f32>>> = OnceLock::new();
    let (param, made) = counted(|earlier| {
        if earlier == 0 {
            assert_eq!(PARAM.get().unwrap().val(), [0.0]);
        }
    });
    let param = PARAM.get_or_init(|| param);
    assert_eq!(param.val(), [0.0]);
    assert_eq!(made.load(Ordering::SeqCst), 2);
}

#[test]
fn an_empty_tensor_has_elements_to_look_at_wherever_its_bytes_are() {
    let some = Bytes::from(vec![0u8; 9]);
    for bytes in [Bytes::from(vec![]), Bytes::from_static(b""), some.slice(3..3).unwrap(), some.slice(9..9).unwrap()] {
        let mut tensor = TensorData::new(bytes, Shape::new([0, 3]).unwrap(), DType::F64).unwrap();
        assert_eq!(tensor.as_slice::<f64>().unwrap(), [0.0; 0]);
        assert_eq!(tensor.make_mut::<f64>().unwrap(), [0.0; 0]);
        assert!(tensor.as_slice::<f32>().is_err(), "another dtype is another dtype");
    }
}

#[test]
fn a_bool_of_a_view_is_zero_or_one() {
    let view = |bytes: &'static [u8]| TensorView::new(Cow::Borrowed(bytes), Shape::new([2]).unwrap(), DType::Bool);
    assert!(view(&[1, 0]).is_ok());
    assert!(view(&[1, 2]).unwrap_err().to_string().contains("bool 1 is 2"));
}

#[test]
fn a_buffer_is_filled_in_another_thread() {
    let mut buffer = BytesMut::zeroed(DType::I16, 4).unwrap();
    let buffer = std::thread::spawn(move || {
        buffer.as_mut_slice().copy_from_slice(&[1, 0, 2, 0]);
        buffer
    });
    let elements = buffer.join().unwrap().freeze().try_into_vec::<i16>().unwrap();
    assert_eq!(elements, [1, 2]);
    let _shared: &dyn Sync = &BytesMut::zeroed(DType::F32, 0).unwrap();
}

#[test]
fn axes_are_flattened_from_one_to_one_that_is_not_before_it() {
    let tensor = || Tensor::<NdArray<f32>, 3>::zeros([2, 3, 4], vellum::Device::default());
    assert_eq!(tensor().flatten::<2>(1, 2).dims(), [2, 12]);
    assert_eq!(tensor().flatten::<3>(1, 1).dims(), [2, 3, 4]);
    let panicked = |start, end| catch_unwind(AssertUnwindSafe(|| tensor().flatten::<4>(start, end))).is_err();
    assert!(panicked(2, 1) && panicked(1, 0) && panicked(2, 3) && panicked(3, 2));
}
