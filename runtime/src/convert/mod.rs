//! Conversion of elements from one dtype to another: never a changed value that nobody hears of.
//! The rules are those of [`Conversion`].
//!
//! Elements go through blocks that stay in the first-level cache, in a form that holds each of them exactly: `f32` for all floats but
//! `F64`, `i64` for integers. A block's loops have no exits, so that they vectorise. They say only whether some element did not fit;
//! that block is then looked at again, element by element.

mod axes;
mod block;
#[cfg(all(feature = "std", target_arch = "x86_64"))]
mod f16c;
mod float;
mod float8;
mod halves;
mod integer;
mod kinds;

use alloc::borrow::Cow;

pub(crate) use axes::permute;

use crate::bytes::{BytesMut, zeroed};
use crate::dtype::{DType, DTypeKind};
use crate::error::{Error, ErrorKind, Result};
use crate::tensor::{TensorData, TensorView};

/// What becomes of a value beyond the target's range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Overflow {
    /// [`ErrorKind::OutOfRange`] with the element's index and value.
    #[default]
    Error,
    /// The nearest value that the target has.
    Saturate,
    /// Infinity of the same sign, where the target has it, and an error where not.
    Infinite,
}

/// What a conversion may do to values. The default keeps kinds apart and fails on overflow.
///
/// # Rules
/// Within floats (and within complex numbers, part by part):
/// - A value that the target has no exact form for goes to the nearest one, ties to the even one, in one rounding from the source's
///   exact value. What is too small becomes a subnormal or zero of the same sign; subnormals are never flushed.
/// - A finite value that rounds past the target's largest is an overflow: [`Overflow`] decides, and the default is an error with the
///   element's index and value.
/// - Infinities stay infinities. `F8_E4M3`, the `FNUZ` dtypes and `F8_E8M0` have none: there an infinity is an overflow.
/// - NaN stays NaN; its sign and payload are not promised. `-0` stays `-0`, but for the `FNUZ` dtypes, whose only zero is `0`.
/// - `F8_E8M0` has powers of two only, no zero and no sign: zero and negative values are an error whatever the policy says, and a
///   value that rounds to less than the least power is an overflow.
///
/// Within integers every value is kept or is an overflow; nothing wraps.
///
/// From kind to kind ([`Conversion::across_kinds`]) numbers must be equal before and after: a float becomes an integer if it is one
/// (`-0` becomes 0), an integer becomes a float if the float has it exactly, a bool is 0 or 1 and nothing else, and a complex number
/// gives its real part if its imaginary part is zero. Beyond the target's range [`Overflow`] decides, but for bools, which have no
/// nearest value; within it an inexact value is an error whatever the policy says.
///
/// The sub-byte floats are kept and copied, never converted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Conversion {
    /// What becomes of a value beyond the target's range.
    pub overflow: Overflow,
    /// Whether floats, integers, bools and complex numbers may become each other.
    pub kinds: bool,
}

impl Conversion {
    /// The same conversion, with `overflow` for values beyond the target's range.
    #[must_use]
    pub fn with_overflow(self, overflow: Overflow) -> Self {
        Self { overflow, ..self }
    }

    /// The same conversion, allowed from kind to kind.
    #[must_use]
    pub fn across_kinds(self) -> Self {
        Self { kinds: true, ..self }
    }

    /// Checks that there is a conversion between the dtypes and that this one is allowed it.
    ///
    /// # Errors
    /// [`ErrorKind::NoConversion`] for the sub-byte floats, [`ErrorKind::KindMismatch`] across kinds.
    pub fn check(&self, from: DType, to: DType) -> Result<()> {
        if from == to {
            return Ok(());
        }
        if from.size().is_none() || to.size().is_none() {
            return Err(Error::new(ErrorKind::NoConversion { from, to }));
        }
        if from.kind() != to.kind() && !self.kinds {
            return Err(Error::new(ErrorKind::KindMismatch { expected: to, found: from }));
        }
        Ok(())
    }
}

/// The tensor with elements of dtype `to`; the tensor itself, nothing copied, if it has that dtype.
///
/// ```
/// use half::f16;
/// use vellum::{Conversion, DType, TensorData, convert};
///
/// let tensor = TensorData::from_vec(vec![0.1f32, -2.0], [2])?;
/// let half = convert(tensor, DType::F16, &Conversion::default())?;
/// assert_eq!(half.as_slice::<f16>()?, [f16::from_f32(0.1), f16::from_f32(-2.0)]);
///
/// let big = TensorData::from_vec(vec![1.0f32, 70000.0], [2])?;
/// let error = convert(big, DType::F16, &Conversion::default()).unwrap_err();
/// assert_eq!(error.to_string(), "element 1 is 70000.0, which F16 cannot represent");
/// # Ok::<(), vellum::Error>(())
/// ```
///
/// # Errors
/// As [`Conversion::check`]; [`ErrorKind::OutOfRange`] for an element that `to` cannot represent; [`ErrorKind::OutOfMemory`].
pub fn convert(data: TensorData, to: DType, policy: &Conversion) -> Result<TensorData> {
    let from = data.dtype();
    if from == to {
        return Ok(data);
    }
    policy.check(from, to)?;
    let (shape, mut bytes) = (data.shape().clone(), data.into_bytes());
    if halves::are_widened(from, to) {
        match bytes.try_into_vec_of_half() {
            Ok(mut elements) => {
                halves::widen(from, &mut elements);
                return TensorData::from_vec(elements, shape);
            }
            Err(other) => bytes = other,
        }
    }
    let mut buffer = BytesMut::zeroed(to, converted_len(from, &bytes, to)?)?;
    convert_elements(from, &bytes, to, buffer.as_mut_slice(), 0, policy)?;
    TensorData::new(buffer.freeze(), shape, to)
}

/// As [`convert`] for a view: the view itself if it has the dtype, and otherwise one that owns its bytes.
///
/// # Errors
/// As [`convert`].
pub fn convert_view<'a>(view: TensorView<'a>, to: DType, policy: &Conversion) -> Result<TensorView<'a>> {
    let from = view.dtype();
    if from == to {
        return Ok(view);
    }
    policy.check(from, to)?;
    let len = converted_len(from, view.bytes(), to)?;
    let mut bytes = zeroed(len)?;
    convert_elements(from, view.bytes(), to, &mut bytes, 0, policy)?;
    TensorView::new(Cow::Owned(bytes), view.shape().clone(), to)
}

/// Converts a run of elements from bytes to bytes, for callers that go through a tensor piece by piece. `first` is the place of the
/// run's first element in the tensor, for errors.
///
/// # Errors
/// As [`convert`], and [`ErrorKind::Argument`] if the bytes are not whole elements, as many in as out. After an error `output` holds
/// no more than a part.
pub fn convert_elements(
    from: DType,
    input: &[u8],
    to: DType,
    output: &mut [u8],
    first: usize,
    policy: &Conversion,
) -> Result<()> {
    policy.check(from, to)?;
    let (Some(from_size), Some(to_size)) = (from.size(), to.size()) else {
        // Of two equal dtypes `check` allows the sub-byte ones too: whole bytes of them are copied.
        return copy(input, output);
    };
    let elements = input.len() / from_size;
    if input.len() != elements * from_size || Some(output.len()) != to.byte_len(elements) {
        let (input, output) = (input.len(), output.len());
        return Err(Error::argument(alloc::format!(
            "{input} bytes of {from} and {output} bytes of {to} are not the same number of whole elements"
        )));
    }
    if from == to {
        return copy(input, output);
    }
    let blocks = input.chunks(block::LEN * from_size).zip(output.chunks_mut(block::LEN * to_size));
    for (number, (input, output)) in blocks.enumerate() {
        if block::convert(from, input, to, output, policy.overflow).is_err() {
            return Err(first_unfit(from, input, to, output, first + number * block::LEN, policy.overflow));
        }
    }
    Ok(())
}

fn copy(input: &[u8], output: &mut [u8]) -> Result<()> {
    if input.len() != output.len() {
        return Err(Error::argument(alloc::format!("{} bytes do not fill {}", input.len(), output.len())));
    }
    output.copy_from_slice(input);
    Ok(())
}

/// The error for the first element of a block that does not fit.
fn first_unfit(from: DType, input: &[u8], to: DType, output: &mut [u8], first: usize, overflow: Overflow) -> Error {
    let (from_size, to_size) = (from.size().unwrap_or(1), to.size().unwrap_or(1));
    let elements = input.chunks(from_size).zip(output.chunks_mut(to_size));
    for (index, (element, out)) in elements.enumerate() {
        if block::convert(from, element, to, out, overflow).is_err() {
            let index = first + index;
            if from.kind() == DTypeKind::Bool && element[0] > 1 {
                return Error::corrupt(alloc::format!("bool {index} is {}, which is neither 0 nor 1", element[0]));
            }
            return Error::new(ErrorKind::OutOfRange { index, value: block::describe(from, element), to });
        }
    }
    unreachable!("a block fits if each of its elements does")
}

fn converted_len(from: DType, bytes: &[u8], to: DType) -> Result<usize> {
    let elements = bytes.len() / from.size().unwrap_or(1);
    to.byte_len(elements).ok_or_else(|| Error::new(ErrorKind::OutOfMemory { bytes: u64::MAX }))
}
