//! The vocabulary that everything else is written in, through the public API.

use ndarray::Array2;
use proptest::prelude::*;
use vellum::backend::{NdArray, Tensor};
use vellum::{Bytes, Shape, TensorData};

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
        let made = TensorData::new(Bytes::from(vec![0u8; len]), shape, vellum::DType::F32);
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
