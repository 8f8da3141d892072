//! The leaves of a tree: tensors with their role, borrowed to be saved.

use alloc::boxed::Box;
use core::fmt;

use super::param_id::ParamId;
use crate::device::Device;
use crate::dtype::DType;
use crate::error::Result;
use crate::shape::Shape;
use crate::tensor::{TensorData, TensorView};

/// A tensor type that a parameter can be made of: it gives its elements as bytes and takes them back.
///
/// Implemented by Vellum's [`Tensor`](crate::backend::Tensor), [`TensorData`], `ndarray`'s `Array` and `ArcArray`, `Vec`s of numbers and
/// numbers themselves. Implement it for another library's tensor to use that in a `#[derive(Module)]` struct.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tensor type that Vellum can save",
    label = "not a tensor type",
    note = "a parameter is a `Tensor`, an `ndarray` array, a `Vec` of numbers or a number; for another tensor type implement `Leaf`"
)]
pub trait Leaf: Clone + Send + Sync + 'static {
    /// The dtype that every value of this type has, or `None` if values differ.
    const DTYPE: Option<DType>;

    /// Whether a value keeps the bytes that it is made from wherever they are. If so, a load may give it a part of a buffer that other
    /// tensors are in, too.
    const KEEPS_BYTES: bool = false;

    /// The dtype of the elements.
    fn dtype(&self) -> DType;

    /// The lengths of the axes.
    fn shape(&self) -> Shape;

    /// The elements as row-major little-endian bytes: borrowed where they lie so in memory.
    ///
    /// # Errors
    /// What keeps the tensor's library from giving them.
    fn view(&self) -> Result<TensorView<'_>>;

    /// The elements by value: without a copy where they lie in memory as files hold them.
    ///
    /// # Errors
    /// As [`Leaf::view`].
    fn into_data(self) -> Result<TensorData>;

    /// A tensor from its data, without a copy where it can be. Data of [`Leaf::DTYPE`], where that is set.
    ///
    /// # Errors
    /// A shape or dtype that this type cannot have, a device that it cannot use.
    fn from_data(data: TensorData, device: &Device) -> Result<Self>;
}

/// What a leaf is to its module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Role {
    /// A [`Param`](crate::Param): saved with its id, trained.
    Param,
    /// A [`Buffer`](crate::module::Buffer): saved with its id, not trained.
    Buffer,
    /// A tensor of a plain record: saved without an id.
    Tensor,
}

/// How a matrix in a parameter lies in Burn's records, which have the weights of some linear layers transposed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MatrixLayout {
    /// As it does here.
    #[default]
    Rows,
    /// Transposed.
    Columns,
    /// As it does here, because it was read and nothing said more: whoever takes it knows.
    Unsaid,
}

/// Something that can be asked for a tensor's form at once and for its bytes when they are wanted.
pub(crate) trait TensorSource {
    fn dtype(&self) -> DType;
    fn shape(&self) -> Shape;
    fn view(&self) -> Result<TensorView<'_>>;
    /// The elements, of a clone of the tensor: shared where that shares them and gives them away without a copy.
    fn to_data(&self) -> Result<TensorData>;
}

/// A tensor of a plain record, where it is.
pub(crate) struct InPlace<'a, T>(pub(crate) &'a T);

impl<T: Leaf> TensorSource for InPlace<'_, T> {
    fn dtype(&self) -> DType {
        self.0.dtype()
    }

    fn shape(&self) -> Shape {
        self.0.shape()
    }

    fn view(&self) -> Result<TensorView<'_>> {
        self.0.view()
    }

    fn to_data(&self) -> Result<TensorData> {
        self.0.clone().into_data()
    }
}

/// Parameters with the same number are one parameter in several places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TieId(pub(crate) u64);

/// A borrowed leaf.
pub struct LeafRef<'a> {
    role: Role,
    id: Option<ParamId>,
    trainable: bool,
    tie: Option<TieId>,
    layout: MatrixLayout,
    tensor: Box<dyn TensorSource + 'a>,
}

impl<'a> LeafRef<'a> {
    pub(crate) fn new(role: Role, tensor: impl TensorSource + 'a) -> Self {
        Self { role, id: None, trainable: false, tie: None, layout: MatrixLayout::default(), tensor: Box::new(tensor) }
    }

    pub(crate) fn param(mut self, id: ParamId, trainable: bool) -> Self {
        self.id = Some(id);
        self.trainable = trainable;
        self
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

    /// Parameter, buffer or plain tensor.
    pub fn role(&self) -> Role {
        self.role
    }

    /// The parameter's id; a plain tensor has none.
    pub fn id(&self) -> Option<ParamId> {
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

    /// Whether this is a matrix of which nobody said how it lies.
    pub(crate) fn is_unsaid(&self) -> bool {
        self.layout == MatrixLayout::Unsaid && self.shape().rank() == 2
    }

    /// The dtype of the elements; does not make a lazy parameter.
    pub fn dtype(&self) -> DType {
        self.tensor.dtype()
    }

    /// The lengths of the axes; does not make a lazy parameter.
    pub fn shape(&self) -> Shape {
        self.tensor.shape()
    }

    /// The elements, borrowed where they can be; makes a lazy parameter.
    ///
    /// # Errors
    /// What keeps the tensor's library from giving them.
    pub fn view(&self) -> Result<TensorView<'_>> {
        self.tensor.view()
    }

    /// The elements; makes a lazy parameter. Those of Vellum's tensors and of [`TensorData`] are shared, those of arrays, `Vec`s and numbers
    /// copied.
    ///
    /// # Errors
    /// As [`LeafRef::view`].
    pub fn to_data(&self) -> Result<TensorData> {
        self.tensor.to_data()
    }
}

impl fmt::Debug for LeafRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}({} {})", self.role, self.dtype(), self.shape())
    }
}
