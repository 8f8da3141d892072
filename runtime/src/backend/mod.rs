//! Vellum's own tensors, and the types that say what they are made of.

mod arrays;
mod tensor;

use core::fmt::Debug;
use core::marker::PhantomData;

pub use tensor::Tensor;

use crate::device::Device as AnyDevice;
use crate::dtype::Element;

/// Where a backend's tensors live: the one [`Device`](crate::Device) type, under the name that generic code writes (`B::Device`).
pub trait DeviceOf {
    /// The device type.
    type Device: Clone + Default + Debug + Send + Sync;
}

/// The device of a backend, for code that writes `Device<B>`.
pub type Device<B> = <B as DeviceOf>::Device;

/// What a tensor's elements are stored as.
pub trait Backend: DeviceOf<Device = AnyDevice> + Clone + Debug + Default + Send + Sync + 'static {
    /// The type of floats.
    type FloatElem: FloatElement;
    /// The type of integers.
    type IntElem: Element;
}

/// Tensors on `ndarray`, in the CPU's memory. Floats are `E`, integers `i64`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NdArray<E = f32>(PhantomData<E>);

impl<E> DeviceOf for NdArray<E> {
    type Device = AnyDevice;
}

impl<E: FloatElement> Backend for NdArray<E> {
    type FloatElem = E;
    type IntElem = i64;
}

/// A float type that layers compute with.
#[cfg(feature = "std")]
pub trait FloatElement: Element + ndarray::NdFloat {
    /// The nearest float.
    fn from_f64(x: f64) -> Self;
    /// The same number as a double.
    fn to_f64(self) -> f64;
    /// The next number below.
    #[must_use]
    fn next_down(self) -> Self;
}

/// A float type that tensors are made of.
#[cfg(not(feature = "std"))]
pub trait FloatElement: Element {
    /// The nearest float.
    fn from_f64(x: f64) -> Self;
    /// The same number as a double.
    fn to_f64(self) -> f64;
    /// The next number below.
    #[must_use]
    fn next_down(self) -> Self;
}

impl FloatElement for f32 {
    #[expect(clippy::cast_possible_truncation, reason = "documented")]
    fn from_f64(x: f64) -> Self {
        x as Self
    }

    fn to_f64(self) -> f64 {
        self.into()
    }

    fn next_down(self) -> Self {
        Self::next_down(self)
    }
}

impl FloatElement for f64 {
    fn from_f64(x: f64) -> Self {
        x
    }

    fn to_f64(self) -> f64 {
        self
    }

    fn next_down(self) -> Self {
        Self::next_down(self)
    }
}

/// The kind of a tensor whose elements are floats.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Float;

/// The kind of a tensor whose elements are integers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Int;

/// The kind of a tensor whose elements are truth values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bool;

/// What a tensor's elements are: [`Float`], [`Int`] or [`Bool`].
pub trait TensorKind<B>: Clone + Debug + Send + Sync + 'static {
    /// The type of the elements.
    type Elem: Element;
}

impl<B: Backend> TensorKind<B> for Float {
    type Elem = B::FloatElem;
}

impl<B: Backend> TensorKind<B> for Int {
    type Elem = B::IntElem;
}

impl<B: Backend> TensorKind<B> for Bool {
    type Elem = bool;
}
