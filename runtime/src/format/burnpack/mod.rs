//! Burnpack (`.bpk`): the native format of Burn since 0.19, a CBOR header and the tensors' bytes behind it.
//!
//! [`BurnpackFile`] reads what Burn 0.19 to 0.22 wrote, [`Writer`] writes what Burn 0.21 and 0.22 read.
//!
//! ```
//! use std::sync::Arc;
//! use vellum::format::burnpack::{BurnpackFile, Writer};
//! use vellum::format::{TensorFile, TensorList};
//! use vellum::{Bytes, TensorData};
//!
//! let mut list = TensorList::default();
//! list.push("linear.weight", TensorData::from_vec(vec![1.0f32, 2.0], [2])?);
//! let mut bytes = Vec::new();
//! Writer::new().write(&list, &mut bytes)?;
//!
//! let file = BurnpackFile::open(Arc::new(Bytes::from(bytes)), &Default::default())?;
//! assert_eq!(file.read(0)?.as_slice::<f32>()?, [1.0, 2.0]);
//! # Ok::<(), vellum::Error>(())
//! ```

mod cbor;
mod columns;
mod dtype;
mod header;
mod layout;
mod reader;
mod scalar;
mod writer;

use alloc::collections::BTreeMap;
use alloc::string::String;

pub use reader::BurnpackFile;
pub use writer::Writer;

/// The format's name in errors, in what `TensorFile::format` says, and in the digest of a header.
const NAME: &str = "burnpack";

/// The first bytes: the number 0x4255_524E ("BURN"), little-endian.
const MAGIC: [u8; 4] = *b"NRUB";
/// The version that is written; versions up to this one are read.
const VERSION: u16 = 1;
/// Magic, version, and the length of the CBOR as `u32`: the CBOR starts here.
const PREFIX_BYTES: u64 = 10;
/// The data, and each tensor in it, starts at a multiple of this (since Burn 0.20).
const ALIGNMENT: u64 = 256;

/// The metadata that says who wrote a file: `format`, `producer` and `version`.
pub fn default_metadata() -> BTreeMap<String, String> {
    super::flat::default_metadata(NAME)
}
