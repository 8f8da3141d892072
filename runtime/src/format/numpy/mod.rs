//! NumPy's `.npy` (versions 1.0 to 3.0) and `.npz`, read and written.
//!
//! A `.npy` file is a magic, a version, a header that is a Python dict literal (`descr`, `fortran_order`, `shape`), and the bytes
//! of one array; a `.npz` is a zip archive of them. The header is parsed by a grammar that has literals only, and objects are
//! never unpickled. The rules are those of NumPy's `numpy.lib.format`.

mod descr;
mod header;
mod literal;
mod reader;
mod writer;

#[cfg(feature = "pickle")]
pub(in crate::format) use descr::{join_names, number_of};
pub use reader::NumpyFile;
pub use writer::{write_npy, write_npz};
