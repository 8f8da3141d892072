//! A tensor in another dtype, converted piece by piece where it is written.

use alloc::vec::Vec;

use super::lazy::{LazyTensor, Origin};
use crate::convert::{Conversion, convert, convert_elements};
use crate::dtype::DType;
use crate::error::Result;
use crate::tensor::TensorData;

struct Cast<'a> {
    tensor: LazyTensor<'a>,
    to: DType,
    conversion: Conversion,
}

impl Origin for Cast<'_> {
    fn to_data(&self) -> Result<TensorData> {
        convert(self.tensor.to_data()?, self.to, &self.conversion)
    }

    fn write_to(&self, sink: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        /// Elements converted at a time: enough to make a call cheap, little beside any model.
        const ELEMENTS: usize = 64 << 10;
        let from = self.tensor.dtype();
        let (Some(from_size), Some(to_size)) = (from.size(), self.to.size()) else {
            return sink(self.to_data()?.bytes());
        };
        let mut converted: Vec<u8> = Vec::new();
        let mut done = 0;
        let mut run = |elements: &[u8], sink: &mut dyn FnMut(&[u8]) -> Result<()>| -> Result<()> {
            for piece in elements.chunks(ELEMENTS * from_size) {
                let count = piece.len() / from_size;
                converted.resize(count * to_size, 0);
                convert_elements(from, piece, self.to, &mut converted, done, &self.conversion)?;
                done += count;
                sink(&converted)?;
            }
            Ok(())
        };
        // The pieces that a tensor is given in may end within an element.
        let mut rest: Vec<u8> = Vec::new();
        self.tensor.write_to(&mut |mut bytes| {
            if !rest.is_empty() {
                let (head, tail) = bytes.split_at(bytes.len().min(from_size - rest.len()));
                rest.extend_from_slice(head);
                bytes = tail;
                if rest.len() < from_size {
                    return Ok(());
                }
                run(&rest, sink)?;
                rest.clear();
            }
            let whole = bytes.len() - bytes.len() % from_size;
            rest.extend_from_slice(&bytes[whole..]);
            run(&bytes[..whole], sink)
        })
    }
}

impl LazyTensor<'_> {
    /// This tensor in another dtype.
    ///
    /// # Errors
    /// As [`Conversion::check`].
    pub fn cast(self, to: DType, conversion: Conversion) -> Result<Self> {
        if self.dtype() == to {
            return Ok(self);
        }
        conversion.check(self.dtype(), to)?;
        Ok(Self::new(to, self.shape().clone(), Cast { tensor: self, to, conversion }))
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use half::f16;

    use super::*;
    use crate::shape::Shape;

    struct Dribble(TensorData);

    impl Origin for Dribble {
        fn to_data(&self) -> Result<TensorData> {
            Ok(self.0.clone())
        }

        fn write_to(&self, sink: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
            self.0.bytes().chunks(7).try_for_each(sink)
        }
    }

    #[test]
    fn pieces_that_end_within_an_element_are_put_together() {
        let elements: Vec<f32> = (0u8..101).map(f32::from).collect();
        let data = TensorData::from_vec(elements, [101]).unwrap();
        let tensor = LazyTensor::new(DType::F32, Shape::new([101]).unwrap(), Dribble(data));
        let cast = tensor.cast(DType::F16, Conversion::default()).unwrap();
        let mut written = vec![];
        cast.write_to(&mut |bytes| {
            written.extend_from_slice(bytes);
            Ok(())
        })
        .unwrap();
        let data = cast.to_data().unwrap();
        assert_eq!(written, data.bytes()[..]);
        assert_eq!(data.as_slice::<f16>().unwrap()[100], f16::from_f32(100.0));
    }

    #[test]
    fn an_element_that_does_not_fit_is_named() {
        let mut elements = vec![0.0f32; 70_000];
        elements[69_999] = 1e9;
        let tensor = LazyTensor::from(TensorData::from_vec(elements, [70_000]).unwrap());
        let error = tensor.cast(DType::F16, Conversion::default()).unwrap().write_to(&mut |_| Ok(())).unwrap_err();
        assert!(error.to_string().contains("element 69999"), "{error}");
    }
}
