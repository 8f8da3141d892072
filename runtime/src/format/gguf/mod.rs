//! GGUF, the format of llama.cpp and its kin: versions 2 and 3 read, version 3 written.
//!
//! A header holds counts, key-value pairs and a list of tensors; the data lies behind it, each tensor at a multiple of
//! `general.alignment`. Rules and numbers are those of `docs/gguf.md` and `ggml-quants.c` of the ggml project.

mod dequantize;
mod info;
mod kind;
mod metadata;
mod quantize;
mod reader;
mod writer;

pub use kind::GgmlType;
pub use reader::{GgufFile, Stored};
pub use writer::{quantized_as, write};
