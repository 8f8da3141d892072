//! Parameters: tensors with an id, made when they are first read.

use alloc::sync::Arc;
use core::borrow::Borrow;
use core::fmt;
use core::ops::Deref;

use super::lazy::Lazy;
use crate::device::Device;
use crate::dtype::DType;
use crate::error::Result;
use crate::record::{Leaf, MatrixLayout, ParamId, TensorSource};
use crate::shape::Shape;
use crate::tensor::{TensorData, TensorView};

/// A trainable parameter: a tensor with an id.
///
/// It can be lazy: shape and dtype are known at once, the value is made at the first read. Loading before that means that it never
/// is. Clones of a lazy parameter share the value that is made. [`Param::lazy`] says what holds among threads.
pub struct Param<T> {
    id: ParamId,
    state: State<T>,
    trainable: bool,
    layout: MatrixLayout,
}

enum State<T> {
    Ready(T),
    Lazy(Arc<LazyValue<T>>),
}

/// A value that may not be made yet, and what is known of it before.
struct LazyValue<T> {
    value: Lazy<T>,
    dtype: DType,
    shape: Shape,
}

impl<T: Leaf> Param<T> {
    /// A parameter with this value and a new id.
    pub fn new(value: T) -> Self {
        Self::initialized(ParamId::unique(), value)
    }

    /// A parameter with this value and a new id; Burn's name for [`Param::new`].
    pub fn from_tensor(value: T) -> Self {
        Self::new(value)
    }

    /// A parameter with this value and this id.
    pub fn initialized(id: ParamId, value: T) -> Self {
        Self { id, state: State::Ready(value), trainable: true, layout: MatrixLayout::default() }
    }

    /// A parameter from data.
    ///
    /// # Errors
    /// A shape or dtype that `T` cannot have.
    pub fn from_data(data: TensorData, device: impl Borrow<Device>) -> Result<Self> {
        Ok(Self::new(T::from_data(data, device.borrow())?))
    }

    /// A parameter whose value is made by `init` at the first read. What `init` gives must have this dtype and shape: they are what a
    /// load is checked against.
    ///
    /// With `std`, one of the threads that read it first makes the value, and the others wait. Without, each of them makes one, and the
    /// first that is ready becomes the value. If `init` panics, so does that read, and the next one tries again.
    ///
    /// An `init` that reads its own parameter is run again by that read: unless it knows when to stop, it runs out of stack. One that has
    /// another thread read it, and waits for that, waits forever.
    pub fn lazy(
        dtype: DType,
        shape: Shape,
        device: impl Borrow<Device>,
        init: impl Fn(&Device) -> T + Send + Sync + 'static,
    ) -> Self {
        let device = device.borrow().clone();
        let lazy = LazyValue { value: Lazy::new(move || init(&device)), dtype, shape };
        let state = State::Lazy(Arc::new(lazy));
        Self { id: ParamId::unique(), state, trainable: true, layout: MatrixLayout::default() }
    }

    /// The id.
    pub fn id(&self) -> ParamId {
        self.id
    }

    /// The same parameter under this id.
    #[must_use]
    pub fn with_id(mut self, id: ParamId) -> Self {
        self.id = id;
        self
    }

    /// The value, cloned; a clone of a Vellum tensor shares its elements.
    pub fn val(&self) -> T {
        (**self).clone()
    }

    /// The value.
    pub fn into_value(self) -> T {
        match self.state {
            State::Ready(value) => value,
            State::Lazy(lazy) => lazy.value.force().clone(),
        }
    }

    /// Replaces the value and keeps the id.
    pub fn set(&mut self, value: T) {
        self.state = State::Ready(value);
    }

    /// The parameter with its value changed, under the same id.
    #[must_use]
    pub fn map(self, change: impl FnOnce(T) -> T) -> Self {
        let Self { id, trainable, layout, .. } = self;
        Self { id, state: State::Ready(change(self.into_value())), trainable, layout }
    }

    /// The value for writing. A lazy parameter is made.
    pub fn make_mut(&mut self) -> &mut T {
        if let State::Lazy(lazy) = &self.state {
            self.state = State::Ready(lazy.value.force().clone());
        }
        match &mut self.state {
            State::Ready(value) => value,
            State::Lazy(_) => unreachable!("the value was just made"),
        }
    }

    /// Whether the value was made: `false` for a lazy parameter that was not read yet.
    pub fn is_initialized(&self) -> bool {
        match &self.state {
            State::Ready(_) => true,
            State::Lazy(lazy) => lazy.value.get().is_some(),
        }
    }

    /// Whether training changes it. It does, unless [`Param::set_require_grad`] said no.
    pub fn is_require_grad(&self) -> bool {
        self.trainable
    }

    /// The parameter, to be trained or frozen. A file does not say which: in place a load keeps what the module says, and what is made of a
    /// file's record is trained.
    #[must_use]
    pub fn set_require_grad(mut self, require_grad: bool) -> Self {
        self.trainable = require_grad;
        self
    }

    /// The dtype; does not make a lazy parameter.
    pub fn dtype(&self) -> DType {
        match &self.state {
            State::Ready(value) => value.dtype(),
            State::Lazy(lazy) => lazy.value.get().map_or(lazy.dtype, Leaf::dtype),
        }
    }

    /// The lengths of the axes; does not make a lazy parameter.
    pub fn shape(&self) -> Shape {
        match &self.state {
            State::Ready(value) => value.shape(),
            State::Lazy(lazy) => lazy.value.get().map_or_else(|| lazy.shape.clone(), Leaf::shape),
        }
    }

    /// This parameter with another value, and another id where there is one. The old value is neither made nor copied.
    pub(crate) fn with_value(&self, value: T, id: Option<ParamId>) -> Self {
        Self { id: id.unwrap_or(self.id), state: State::Ready(value), trainable: self.trainable, layout: self.layout }
    }

    /// How the matrix that it is lies in Burn's records.
    pub(crate) fn layout(&self) -> MatrixLayout {
        self.layout
    }

    /// The same parameter, lying so in Burn's records.
    pub(crate) fn lying(mut self, layout: MatrixLayout) -> Self {
        self.layout = layout;
        self
    }

    pub(crate) fn into_data(self) -> Result<TensorData> {
        self.into_value().into_data()
    }
}

impl<T: Leaf> Deref for Param<T> {
    type Target = T;

    fn deref(&self) -> &T {
        match &self.state {
            State::Ready(value) => value,
            State::Lazy(lazy) => lazy.value.force(),
        }
    }
}

impl<T: Leaf> From<T> for Param<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: Clone> Clone for Param<T> {
    fn clone(&self) -> Self {
        let state = match &self.state {
            State::Ready(value) => State::Ready(value.clone()),
            State::Lazy(lazy) => State::Lazy(Arc::clone(lazy)),
        };
        Self { id: self.id, state, trainable: self.trainable, layout: self.layout }
    }
}

impl<T: Leaf> fmt::Debug for Param<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Param({} {})", self.dtype(), self.shape())
    }
}

impl<T: Leaf> TensorSource for &Param<T> {
    fn dtype(&self) -> DType {
        Param::dtype(self)
    }

    fn shape(&self) -> Shape {
        Param::shape(self)
    }

    fn view(&self) -> Result<TensorView<'_>> {
        (***self).view()
    }

    fn to_data(&self) -> Result<TensorData> {
        self.val().into_data()
    }
}

/// State that is saved with a model and not trained, such as running statistics. Otherwise as [`Param`].
pub struct Buffer<T>(Param<T>);

impl<T: Leaf> Buffer<T> {
    /// A buffer with this value and a new id.
    pub fn new(value: T) -> Self {
        Self::from_param(Param::new(value))
    }

    /// The buffer that holds what `param` holds, lazy if it is.
    pub fn from_param(param: Param<T>) -> Self {
        Self(param.set_require_grad(false))
    }

    /// The id, value and laziness, as a parameter.
    pub fn into_param(self) -> Param<T> {
        self.0
    }

    /// The value, cloned.
    pub fn val(&self) -> T {
        self.0.val()
    }

    /// The id.
    pub fn id(&self) -> ParamId {
        self.0.id
    }

    /// Replaces the value and keeps the id.
    pub fn set(&mut self, value: T) {
        self.0.set(value);
    }

    pub(crate) fn as_param(&self) -> &Param<T> {
        &self.0
    }

    pub(crate) fn as_param_mut(&mut self) -> &mut Param<T> {
        &mut self.0
    }
}

impl<T: Leaf> Deref for Buffer<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Leaf> From<T> for Buffer<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: Clone> Clone for Buffer<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: Leaf> fmt::Debug for Buffer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Buffer({} {})", self.0.dtype(), self.0.shape())
    }
}
