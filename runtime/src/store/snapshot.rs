//! A tensor of a file or of a module, by itself.

use std::fmt;
use std::sync::Arc;

use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::format::TensorFile;
use crate::record::ParamId;
use crate::shape::Shape;
use crate::tensor::TensorData;
use crate::transform::{LazyTensor, NamedTensor};

/// A tensor with its name, dtype and shape. A file's is read when [`TensorSnapshot::to_data`] is called.
#[derive(Clone)]
#[non_exhaustive]
pub struct TensorSnapshot {
    /// Its name for a load, dotted.
    pub full_path: String,
    /// The dtype of its elements.
    pub dtype: DType,
    /// The lengths of its axes.
    pub shape: Shape,
    /// The id of the parameter, where it is known.
    pub param_id: Option<ParamId>,
    origin: Origin,
}

#[derive(Clone)]
enum Origin {
    Data(TensorData),
    File {
        file: Arc<dyn TensorFile>,
        index: usize,
        path: Option<Arc<str>>,
    },
    /// Why there is nothing.
    Failed(Arc<str>),
}

impl TensorSnapshot {
    /// A snapshot of data.
    pub fn from_data(full_path: impl Into<String>, data: TensorData) -> Self {
        let (dtype, shape) = (data.dtype(), data.shape().clone());
        Self { full_path: full_path.into(), dtype, shape, param_id: None, origin: Origin::Data(data) }
    }

    /// A tensor of a file, under the name that the store has for it.
    pub(super) fn of_file(
        name: String,
        file: &Arc<dyn TensorFile>,
        index: usize,
        path: Option<Arc<str>>,
    ) -> Option<Self> {
        let entry = file.tensors().get(index)?;
        Some(Self {
            full_path: name,
            dtype: entry.dtype,
            shape: entry.shape.clone(),
            param_id: entry.param_id.map(ParamId::from),
            origin: Origin::File { file: Arc::clone(file), index, path },
        })
    }

    /// What a collection that failed gives: whoever uses it gets the error.
    pub(super) fn failed(error: &Error) -> Self {
        Self {
            full_path: String::new(),
            dtype: DType::U8,
            shape: Shape::default(),
            param_id: None,
            origin: Origin::Failed(error.to_string().into()),
        }
    }

    /// The tensor's elements.
    ///
    /// # Errors
    /// What is wrong with the file, with the tensor's name; what the collection of this snapshot failed at.
    pub fn to_data(&self) -> Result<TensorData> {
        self.check()?;
        match &self.origin {
            Origin::Data(data) => Ok(data.clone()),
            Origin::File { file, index, path } => file.read(*index).map_err(|error| {
                let error = error.in_tensor(&self.full_path);
                match path {
                    Some(path) => error.in_file(path),
                    None => error,
                }
            }),
            Origin::Failed(why) => Err(Error::argument(&**why)),
        }
    }

    pub(super) fn check(&self) -> Result<()> {
        match &self.origin {
            Origin::Failed(why) => Err(Error::argument(&**why)),
            _ => Ok(()),
        }
    }

    pub(super) fn into_named(self) -> NamedTensor<'static> {
        let (name, id) = (self.full_path.clone(), self.param_id);
        let tensor = LazyTensor::from_fn(self.dtype, self.shape.clone(), move || self.to_data());
        let mut named = NamedTensor::new(name, tensor);
        named.id = id;
        named
    }
}

impl fmt::Debug for TensorSnapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TensorSnapshot(`{}` {} {})", self.full_path, self.dtype, self.shape)
    }
}
