//! The leaves of a module as slots: new data is staged in all of them before it is committed to any.

use alloc::boxed::Box;
use core::fmt;

use super::param::Param;
use crate::convert::{Conversion, convert};
use crate::device::Device;
use crate::dtype::DType;
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Leaf, MatrixLayout, ParamId, Role, TieId};
use crate::shape::Shape;
use crate::tensor::TensorData;

/// What is done to a leaf when a module is loaded in place.
pub(crate) trait Slot {
    fn dtype(&self) -> DType;
    fn shape(&self) -> Shape;
    fn data(&self) -> Result<TensorData>;
    /// As [`Leaf::KEEPS_BYTES`].
    #[cfg(feature = "store")]
    fn keeps_bytes(&self) -> bool;
    /// Makes the new value from data of the slot's dtype and shape, and keeps it aside.
    fn stage(&mut self, data: TensorData, id: Option<ParamId>, device: &Device) -> Result<()>;
    /// Puts the staged value in place. Cannot fail.
    fn commit(&mut self);
}

/// A leaf of a module, to be changed.
pub struct LeafMut<'a> {
    role: Role,
    id: ParamId,
    trainable: bool,
    tie: Option<TieId>,
    layout: MatrixLayout,
    slot: Box<dyn Slot + 'a>,
}

impl<'a> LeafMut<'a> {
    pub(crate) fn new(role: Role, id: ParamId, trainable: bool, slot: impl Slot + 'a) -> Self {
        Self { role, id, trainable, tie: None, layout: MatrixLayout::default(), slot: Box::new(slot) }
    }

    pub(crate) fn lying(mut self, layout: MatrixLayout) -> Self {
        self.layout = layout;
        self
    }

    #[cfg(feature = "std")]
    pub(crate) fn tied(mut self, tie: TieId) -> Self {
        self.tie = Some(tie);
        self
    }

    /// Parameter or buffer.
    pub fn role(&self) -> Role {
        self.role
    }

    /// The parameter's id.
    pub fn id(&self) -> ParamId {
        self.id
    }

    /// Whether training changes it.
    pub fn is_trainable(&self) -> bool {
        self.trainable
    }

    /// Which other leaves are the same parameter.
    pub fn tie(&self) -> Option<TieId> {
        self.tie
    }

    /// Whether Burn's records have it transposed.
    pub(crate) fn is_in_columns(&self) -> bool {
        self.layout == MatrixLayout::Columns
    }

    /// The dtype of the elements; does not make a lazy parameter.
    pub fn dtype(&self) -> DType {
        self.slot.dtype()
    }

    /// The lengths of the axes; does not make a lazy parameter.
    pub fn shape(&self) -> Shape {
        self.slot.shape()
    }

    /// The elements; makes a lazy parameter.
    ///
    /// # Errors
    /// What keeps the tensor's library from giving them.
    pub fn data(&self) -> Result<TensorData> {
        self.slot.data()
    }

    /// Replaces the elements and keeps the id. Data of another dtype of the same kind is converted.
    ///
    /// # Errors
    /// Another shape or kind; an element that does not fit. Then the old elements stay.
    pub fn set(&mut self, data: TensorData) -> Result<()> {
        self.stage(data, None, &Conversion::default(), &Device::default())?;
        self.commit();
        Ok(())
    }

    /// Whether it takes data that is a part of a larger buffer without a copy.
    #[cfg(feature = "store")]
    pub(crate) fn keeps_bytes(&self) -> bool {
        self.slot.keeps_bytes()
    }

    /// Checks new data and keeps it aside.
    pub(crate) fn stage(
        &mut self,
        data: TensorData,
        id: Option<ParamId>,
        conversion: &Conversion,
        device: &Device,
    ) -> Result<()> {
        let (expected, wanted) = (self.shape(), self.dtype());
        if *data.shape() != expected {
            return Err(Error::new(ErrorKind::ShapeMismatch { expected, found: data.shape().clone() }));
        }
        if data.dtype().kind() != wanted.kind() {
            return Err(Error::new(ErrorKind::KindMismatch { expected: wanted, found: data.dtype() }));
        }
        self.slot.stage(convert(data, wanted, conversion)?, id, device)
    }

    /// Puts what was staged in place.
    pub(crate) fn commit(&mut self) {
        self.slot.commit();
    }
}

impl fmt::Debug for LeafMut<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}({} {})", self.role, self.dtype(), self.shape())
    }
}

/// The slot of a parameter that one place owns.
pub(crate) struct ParamSlot<'a, T> {
    param: &'a mut Param<T>,
    staged: Option<(T, Option<ParamId>)>,
}

impl<'a, T: Leaf> ParamSlot<'a, T> {
    pub(crate) fn new(param: &'a mut Param<T>) -> Self {
        Self { param, staged: None }
    }
}

impl<T: Leaf> Slot for ParamSlot<'_, T> {
    fn dtype(&self) -> DType {
        self.param.dtype()
    }

    fn shape(&self) -> Shape {
        self.param.shape()
    }

    fn data(&self) -> Result<TensorData> {
        self.param.val().into_data()
    }

    #[cfg(feature = "store")]
    fn keeps_bytes(&self) -> bool {
        T::KEEPS_BYTES
    }

    fn stage(&mut self, data: TensorData, id: Option<ParamId>, device: &Device) -> Result<()> {
        self.staged = Some((T::from_data(data, device)?, id));
        Ok(())
    }

    fn commit(&mut self) {
        if let Some((value, id)) = self.staged.take() {
            *self.param = self.param.with_value(value, id);
        }
    }
}
