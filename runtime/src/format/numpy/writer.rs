//! Writing `.npy` and `.npz`.

use alloc::format;

use super::header;
use crate::error::{Error, ErrorKind, Result};
use crate::format::zip::ZipWriter;
use crate::format::{TensorEntry, TensorSet};
use crate::source::Sink;

/// Writes the one tensor of `set` as a `.npy` file, version 1.0, which `numpy.load` reads without `allow_pickle`. Its name is not
/// written.
///
/// `BF16` is written as NumPy saves it, two bytes without a type: `numpy.load(..).view(ml_dtypes.bfloat16)`.
///
/// # Errors
/// [`ErrorKind::Unrepresentable`] for another number of tensors, and for dtypes that NumPy has not: float8 and narrower.
pub fn write_npy(set: &dyn TensorSet, sink: &mut dyn Sink) -> Result<()> {
    let [entry] = set.entries() else {
        let what = format!("{} tensors; it holds one", set.entries().len());
        return Err(Error::new(ErrorKind::Unrepresentable { format: "npy", what }));
    };
    sink.put(&header::encode(entry.dtype, &entry.shape).map_err(|error| error.in_tensor(&entry.name))?)?;
    set.write_to(0, &mut |bytes| sink.put(bytes))
}

/// Writes the tensors of `set` as a `.npz` file, which `numpy.load` reads without `allow_pickle`; deflated where `compressed`
/// says so. Tensors are given on as they come, and none is held. Data starts at multiples of 64 bytes.
///
/// ```
/// use std::sync::Arc;
///
/// use vellum::format::numpy::{NumpyFile, write_npz};
/// use vellum::format::{TensorFile, TensorList};
/// use vellum::{Budget, Bytes, Limits, TensorData};
///
/// let mut tensors = TensorList::default();
/// tensors.push("fc1.weight", TensorData::from_vec(vec![1.0f32, 2.0, 3.0, 4.0], [2, 2])?);
/// let mut file = Vec::new();
/// write_npz(&tensors, false, &mut file)?;
///
/// let budget = Budget::new(Limits::default(), file.len() as u64);
/// let file = NumpyFile::open(Arc::new(Bytes::from(file)), &budget)?;
/// assert_eq!(file.tensors()[0].name, "fc1.weight");
/// assert_eq!(file.read(0)?.as_slice::<f32>()?, [1.0, 2.0, 3.0, 4.0]);
/// # Ok::<(), vellum::Error>(())
/// ```
///
/// # Errors
/// [`ErrorKind::Unrepresentable`] for dtypes that NumPy has not: float8 and narrower; those of [`ZipWriter`].
pub fn write_npz(set: &dyn TensorSet, compressed: bool, sink: &mut dyn Sink) -> Result<()> {
    let mut archive = ZipWriter::new(sink);
    for (index, TensorEntry { name, dtype, shape, .. }) in set.entries().iter().enumerate() {
        let header = header::encode(*dtype, shape).map_err(|error| error.in_tensor(name))?;
        let data_len = dtype.byte_len(shape.num_elements()).unwrap_or(usize::MAX) as u64;
        let (member, size) = (format!("{name}.npy"), header.len() as u64 + data_len);
        let write = |put: &mut (dyn FnMut(&[u8]) -> Result<()> + '_)| {
            put(&header)?;
            set.write_to(index, put)
        };
        let written =
            if compressed { archive.deflated(&member, size, write) } else { archive.stored(&member, size, write) };
        written.map_err(|error| error.in_tensor(name))?;
    }
    archive.finish()
}
