//! Files of PyTorch (`.pt`, `.pth`, `.pth.tar`): read in every format that there was, written as a state dict.
//!
//! All of them are pickles with the tensors' bytes beside them. Reading goes in three steps, a file each: the container
//! ([`TorchFile`]: zip and TorchScript, the legacy stream, the oldest tar) gives a pickle and the storages; the
//! pickle machine (`format/pickle`), which runs nothing, turns it into a graph of inert nodes, for which the globals of PyTorch are
//! values of an enum; and a walk of bounded depth names the tensors and keeps the values beside them. A tensor is a view of a
//! storage by strides, checked to be inside when the file is opened and gathered when it is read.
//!
//! What is read: state dicts and any nesting of dicts, lists and tuples; whole models and TorchScript as their weights; arrays of
//! NumPy. What is refused, by name, beside a file that is read: sparse, quantized, nested and wrapped tensors, and dtypes that
//! [`DType`](crate::DType) does not have (complex32 among them: it would have to be widened, and then not be the file's).
//!
//! Rules and names are those of `torch/serialization.py`, `torch/_utils.py` and `torch/csrc/jit/serialization` of PyTorch 2.

mod archive;
mod global;
mod legacy;
mod options;
mod reader;
mod state_dict;
mod storage;
mod tar;
mod tree;
mod view;
mod writer;

pub use options::TorchOptions;
pub use reader::TorchFile;
pub use writer::write_state_dict;

/// The format's name.
const NAME: &str = "pytorch";
/// Its name for people.
const TITLE: &str = "PyTorch";
