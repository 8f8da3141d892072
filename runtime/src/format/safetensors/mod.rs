//! SafeTensors: a JSON header and the tensors' bytes behind it (<https://github.com/huggingface/safetensors>).
//!
//! [`SafetensorsFile`] reads one file and [`Writer`] writes one; [`ShardedFile`] and [`ShardedWriter`] do the same for a set of
//! shards with an index. Reading is strict where the format's text is: no name twice, no hole, no overlap, nothing behind the data.
//! The same tensors and metadata always give the same bytes.
//!
//! ```
//! use std::sync::Arc;
//! use vellum::format::safetensors::{SafetensorsFile, Writer};
//! use vellum::format::{TensorFile, TensorList};
//! use vellum::{Bytes, TensorData};
//!
//! let mut list = TensorList::default();
//! list.push("weight", TensorData::from_vec(vec![1.0f32, 2.0], [2])?);
//! let mut bytes = Vec::new();
//! Writer::new().write(&list, &mut bytes)?;
//!
//! let file = SafetensorsFile::open(Arc::new(Bytes::from(bytes)), &Default::default())?;
//! assert_eq!(file.tensors()[0].name, "weight");
//! assert_eq!(file.read(0)?.as_slice::<f32>()?, [1.0, 2.0]);
//! # Ok::<(), vellum::Error>(())
//! ```

mod alias;
mod dtype;
mod header;
mod index;
mod json;
mod reader;
mod shards;
mod shards_writer;
mod writer;

use alloc::collections::BTreeMap;
use alloc::string::String;

pub(crate) use index::shard_names;
pub use reader::SafetensorsFile;
pub use shards::{OpenShard, ShardedFile};
pub use shards_writer::{PutShard, ShardedWriter};
pub use writer::Writer;

/// The format's name in errors, in what `TensorFile::format` says, and in the digest of a header.
const NAME: &str = "safetensors";

/// The metadata that says who wrote a file: `format`, `producer` and `version`.
pub fn default_metadata() -> BTreeMap<String, String> {
    super::flat::default_metadata(NAME)
}
