//! Bytes that are owned, shared, static or mapped, and the buffers that readers fill.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::any::Any;
use core::fmt;
use core::ops::{Deref, Range};

use bytemuck::Pod;
use half::{bf16, f16};

use crate::dtype::{DType, Element};
use crate::error::{Error, ErrorKind, Result};

/// Something that owns bytes and keeps them where they are: a `Vec` of elements, a mapped file, another library's buffer.
pub trait BytesOwner: Any + Send + Sync {
    /// The bytes. The same address and length at every call while the owner is not mutably borrowed.
    fn as_bytes(&self) -> &[u8];
}

impl<E: Element> BytesOwner for Vec<E> {
    fn as_bytes(&self) -> &[u8] {
        bytemuck::cast_slice(self)
    }
}

/// Bytes that can be cloned and cut without copying.
///
/// They remember the `Vec` that they came from, so that [`Bytes::try_into_vec`] gives it back without a copy and without `unsafe`.
#[derive(Clone)]
pub struct Bytes(Storage);

#[derive(Clone)]
enum Storage {
    Static(&'static [u8]),
    Shared { owner: Arc<dyn BytesOwner>, range: Range<usize> },
}

impl Bytes {
    /// Bytes that live as long as the program, such as those of `include_bytes!`.
    pub const fn from_static(bytes: &'static [u8]) -> Self {
        Self(Storage::Static(bytes))
    }

    /// The bytes of a `Vec` of elements, in this machine's memory order.
    pub fn from_vec<E: Element>(elements: Vec<E>) -> Self {
        Self::from_owner(Arc::new(elements))
    }

    /// All bytes of an owner.
    pub fn from_owner(owner: Arc<dyn BytesOwner>) -> Self {
        let range = 0..owner.as_bytes().len();
        Self(Storage::Shared { owner, range })
    }

    /// The part at `range`, sharing the owner; `None` if the range is not inside.
    pub fn slice(&self, range: Range<usize>) -> Option<Self> {
        if range.start > range.end || range.end > self.len() {
            return None;
        }
        Some(Self(match &self.0 {
            Storage::Static(bytes) => Storage::Static(bytes.get(range)?),
            Storage::Shared { owner, range: outer } => {
                Storage::Shared { owner: Arc::clone(owner), range: outer.start + range.start..outer.start + range.end }
            }
        }))
    }

    /// The `Vec` these bytes came from, without a copy, if it was a `Vec<E>`, is wanted whole and is not shared.
    ///
    /// # Errors
    /// The bytes themselves, if not.
    pub fn try_into_vec<E: Element>(self) -> core::result::Result<Vec<E>, Self> {
        self.into_vec_if_at(|len| 0..len)
    }

    /// The whole `Vec` whose second half these bytes are, if it is a `Vec<E>` that is not shared.
    ///
    /// # Errors
    /// The bytes themselves, if not.
    pub(crate) fn try_into_vec_of_half<E: Element>(self) -> core::result::Result<Vec<E>, Self> {
        self.into_vec_if_at(|len| len / 2..len)
    }

    /// The `Vec` that these bytes are in, if it is a `Vec<E>` that is not shared and they are where `place` says for its length in bytes.
    fn into_vec_if_at<E: Element>(
        self,
        place: impl FnOnce(usize) -> Range<usize>,
    ) -> core::result::Result<Vec<E>, Self> {
        let Storage::Shared { owner, range } = self.0 else {
            return Err(self);
        };
        if range != place(owner.as_bytes().len()) || !is_vec::<E>(&*owner) {
            return Err(Self(Storage::Shared { owner, range }));
        }
        let owner: Arc<dyn Any + Send + Sync> = owner;
        let Ok(owner) = owner.downcast::<Vec<E>>() else { unreachable!("the type was just checked") };
        Arc::try_unwrap(owner).map_err(|owner| Self(Storage::Shared { owner, range }))
    }

    /// These bytes alone, typed as elements of `dtype`, if as many bytes of a `Vec<f32>` lie before them
    /// ([`Input::read_halves`](crate::codec::input::Input::read_halves)); themselves if not.
    ///
    /// # Errors
    /// [`ErrorKind::OutOfMemory`].
    pub(crate) fn without_first_half(self, dtype: DType) -> Result<Self> {
        match &self.0 {
            Storage::Shared { owner, range } if range.start == range.len() && is_vec::<f32>(&**owner) => {
                let mut alone = BytesMut::zeroed(dtype, range.len())?;
                alone.as_mut_slice().copy_from_slice(&self);
                Ok(alone.freeze())
            }
            _ => Ok(self),
        }
    }

    /// The elements for writing in place, if these bytes are a whole `Vec<E>` that is not shared.
    pub fn as_mut_elements<E: Element>(&mut self) -> Option<&mut [E]> {
        let Storage::Shared { owner, range } = &mut self.0 else {
            return None;
        };
        if *range != (0..owner.as_bytes().len()) {
            return None;
        }
        let owner: &mut dyn Any = Arc::get_mut(owner)?;
        owner.downcast_mut::<Vec<E>>().map(Vec::as_mut_slice)
    }

    /// Whether these bytes live as long as the program.
    pub fn is_static(&self) -> bool {
        matches!(self.0, Storage::Static(_))
    }

    /// Whether both are the same bytes in the same memory.
    pub fn same_memory(&self, other: &Self) -> bool {
        core::ptr::eq::<[u8]>(&raw const **self, &raw const **other)
    }
}

fn is_vec<E: Element>(owner: &dyn BytesOwner) -> bool {
    (owner as &dyn Any).is::<Vec<E>>()
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.0 {
            Storage::Static(bytes) => bytes,
            Storage::Shared { owner, range } => &owner.as_bytes()[range.clone()],
        }
    }
}

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self::from_vec(bytes)
    }
}

impl From<&'static [u8]> for Bytes {
    fn from(bytes: &'static [u8]) -> Self {
        Self::from_static(bytes)
    }
}

impl PartialEq for Bytes {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Bytes {}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bytes({} bytes)", self.len())
    }
}

/// A buffer of zeros for a reader to fill, allocated as a `Vec` of the element type so that it can become one without a copy.
pub struct BytesMut(Box<dyn Fill>);

trait Fill: Send + Sync {
    fn as_mut_bytes(&mut self) -> &mut [u8];
    fn freeze(self: Box<Self>) -> Arc<dyn BytesOwner>;
}

impl<E: Element + Pod> Fill for Vec<E> {
    fn as_mut_bytes(&mut self) -> &mut [u8] {
        bytemuck::cast_slice_mut(self)
    }

    fn freeze(self: Box<Self>) -> Arc<dyn BytesOwner> {
        Arc::new(*self)
    }
}

/// `len` zeros, in memory that comes zeroed from the system and is not touched here. Large buffers ask for huge pages where the system
/// has them.
///
/// # Errors
/// [`ErrorKind::OutOfMemory`] if the allocator refuses.
pub(crate) fn zeroed<E: Pod>(len: usize) -> Result<Vec<E>> {
    let mut elements: Vec<E> = bytemuck::allocation::try_zeroed_vec(len).map_err(|()| {
        Error::new(ErrorKind::OutOfMemory { bytes: (len as u64).saturating_mul(size_of::<E>() as u64) })
    })?;
    crate::pages::advise_huge(bytemuck::cast_slice_mut(&mut elements));
    Ok(elements)
}

impl BytesMut {
    /// `len` zero bytes, typed and aligned as elements of `dtype` if `len` is a whole number of them, and as `u8` otherwise.
    ///
    /// Callers check first that the bytes to fill it with exist.
    ///
    /// # Errors
    /// [`ErrorKind::OutOfMemory`] if the allocator refuses.
    pub fn zeroed(dtype: DType, len: usize) -> Result<Self> {
        match dtype {
            DType::F64 => Self::typed::<f64>(len),
            DType::F32 => Self::typed::<f32>(len),
            DType::F16 => Self::typed::<f16>(len),
            DType::BF16 => Self::typed::<bf16>(len),
            DType::I64 => Self::typed::<i64>(len),
            DType::I32 => Self::typed::<i32>(len),
            DType::I16 => Self::typed::<i16>(len),
            DType::I8 => Self::typed::<i8>(len),
            DType::U64 => Self::typed::<u64>(len),
            DType::U32 => Self::typed::<u32>(len),
            DType::U16 => Self::typed::<u16>(len),
            DType::C128 => Self::typed::<[f64; 2]>(len),
            DType::C64 => Self::typed::<[f32; 2]>(len),
            _ => Self::typed::<u8>(len),
        }
    }

    fn typed<E: Element + Pod>(len: usize) -> Result<Self> {
        if !len.is_multiple_of(size_of::<E>()) {
            return Self::typed::<u8>(len);
        }
        Ok(Self(Box::new(zeroed::<E>(len / size_of::<E>())?)))
    }

    /// The bytes, to be filled.
    pub fn as_mut_slice(&mut self) -> &mut [u8] {
        self.0.as_mut_bytes()
    }

    /// The filled buffer, for sharing.
    pub fn freeze(self) -> Bytes {
        Bytes::from_owner(self.0.freeze())
    }
}

impl fmt::Debug for BytesMut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BytesMut")
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    #[test]
    fn a_vec_comes_back_without_a_copy() {
        let elements = vec![1.0f32, 2.0, 3.0];
        let address = elements.as_ptr();
        let bytes = Bytes::from_vec(elements);
        assert_eq!(bytes.len(), 12);
        let elements = bytes.try_into_vec::<f32>().unwrap();
        assert_eq!((elements.as_ptr(), elements.as_slice()), (address, [1.0, 2.0, 3.0].as_slice()));
    }

    #[test]
    fn a_shared_cut_or_differently_typed_vec_is_given_back_as_it_was() {
        let bytes = Bytes::from_vec(vec![1u32, 2]);
        let clone = bytes.clone();
        let bytes = bytes.try_into_vec::<u32>().unwrap_err();
        drop(clone);
        let bytes = bytes.try_into_vec::<f32>().unwrap_err();
        let cut = bytes.slice(4..8).unwrap();
        drop(bytes);
        assert!(cut.clone().try_into_vec::<u32>().is_err());
        assert_eq!(&*cut, &[2, 0, 0, 0]);
        assert!(cut.slice(3..5).is_none());
    }

    #[test]
    fn a_second_half_gives_the_vec_that_it_is_in_or_leaves_it() {
        let whole = || Bytes::from_vec(vec![0.0f32, 1.0]);
        let half = whole().slice(4..8).unwrap();
        assert_eq!(half.clone().without_first_half(DType::U16).unwrap().try_into_vec::<u16>().unwrap(), [0, 0x3F80]);
        let kept = half.clone();
        let half = half.try_into_vec_of_half::<f32>().unwrap_err();
        drop(kept);
        assert_eq!(&*half, 1.0f32.to_le_bytes());
        assert_eq!(half.try_into_vec_of_half::<f32>().unwrap(), [0.0, 1.0]);

        for other in [whole(), whole().slice(0..4).unwrap(), whole().slice(5..8).unwrap(), Bytes::from(vec![0; 4])] {
            let address = other.as_ptr();
            let other = other.try_into_vec_of_half::<f32>().unwrap_err();
            assert_eq!(other.without_first_half(DType::F16).unwrap().as_ptr(), address);
        }
        let bytes = Bytes::from(vec![1u8, 2]).slice(1..2).unwrap();
        assert!(bytes.try_into_vec_of_half::<f32>().is_err());
    }

    #[test]
    fn a_filled_buffer_becomes_a_vec_of_its_dtype() {
        let mut buffer = BytesMut::zeroed(DType::I16, 4).unwrap();
        buffer.as_mut_slice().copy_from_slice(&[1, 0, 255, 255]);
        assert_eq!(buffer.freeze().try_into_vec::<i16>().unwrap(), [1, -1]);
    }

    #[test]
    fn writing_in_place_needs_the_only_owner() {
        let mut bytes = Bytes::from_vec(vec![1u8, 2]);
        bytes.as_mut_elements::<u8>().unwrap()[0] = 9;
        let mut clone = bytes.clone();
        assert!(clone.as_mut_elements::<u8>().is_none());
        assert_eq!(&*bytes, &[9, 2]);
    }
}
