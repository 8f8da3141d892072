//! A pickle machine that runs nothing: PyTorch's and scikit-learn's files are pickles.
//!
//! A pickle is a program for a stack machine, and in Python two of its opcodes call whatever the file names. Here [`read`] turns the
//! bytes into a [`Graph`] of inert [`Node`]s: what Python itself builds (dicts, lists, numbers, text, ..) is built, a global that
//! the format knows is a value of its [`KnownGlobal`] enum, applied to arguments it is a [`Node::Call`] for the format to interpret,
//! and an unknown class may only be made without arguments and given a dict as its state. Any other use of an unknown global is an
//! error with its name, also where the result is dropped.
//!
//! The machine reads from a [`Source`](crate::Source) at an offset, stops at the end of the pickle and says where that is: files
//! hold several pickles in a row, with raw bytes between and inside of them ([`Dialect::built`]). Byte strings that are long stay
//! where they are ([`Node::Blob`]), so that arrays inside a pickle are read when they are asked for.
//!
//! The opcodes are those of protocols 0 to 5, as CPython's `pickletools` describes them.

mod builtin;
mod graph;
mod key;
mod machine;
pub(crate) mod number;
pub(crate) mod numpy;
pub(crate) mod opcode;
#[cfg(test)]
mod tests;
mod text;

pub(crate) use builtin::Builtin;
pub(crate) use graph::{Graph, Node, NodeId};
pub(crate) use machine::{Dialect, KnownGlobal, Pickle, read};
