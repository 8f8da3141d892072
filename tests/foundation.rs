//! The vocabulary that everything else is written in, through the public API.

use proptest::prelude::*;
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
