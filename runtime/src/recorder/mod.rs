//! Recorders: typed records to files and bytes, as Burn keeps them, and back.
//!
//! Files: `NamedMpkFileRecorder`, `BinFileRecorder`, `PrettyJsonFileRecorder` and their compressed forms. Memory: [`BinBytesRecorder`] and
//! `NamedMpkBytesRecorder`. Each saves in the precision of its settings, and loads every precision and era that Burn wrote. `RecordFile` and
//! `RecordWriter` do without the type of the record.
//!
//! [`BinBytesRecorder`] is always there. Files need the feature `std`, and so does all else; beside it `mpk` is for MessagePack, `json` for
//! JSON, `gzip` for the compressed forms, and `RecordFile` and `RecordWriter` need all three.
//!
//! Inside, `encode` writes a borrowed tree through serde; `decode` reads items, by name or by schema; `encoding` puts the whole together for
//! each of Burn's encodings; `trailer` carries what Burn has no place for, which `place` puts into the item again. `docs/formats.md` has the bytes.

mod decode;
mod encode;
mod encoding;
#[cfg(feature = "std")]
mod file;
#[cfg(feature = "json")]
mod json_trailer;
mod memory;
mod metadata;
mod options;
mod place;
mod presence;
#[cfg(all(feature = "gzip", feature = "json", feature = "mpk"))]
mod record_file;
#[cfg(all(feature = "gzip", feature = "json", feature = "mpk"))]
mod record_writer;
#[cfg(all(feature = "gzip", feature = "json", feature = "mpk"))]
mod scan;
mod stored_schema;
mod trailer;

/// The builder methods of a recorder, once for both types.
macro_rules! builder_methods {
    ($recorder:ident<$($type:ident),+>) => {
        impl<$($type),+> $recorder<$($type),+> {
            /// With these limits on what a file may make its reader do.
            #[must_use]
            pub fn with_limits(mut self, limits: Limits) -> Self {
                self.options.limits = limits;
                self
            }

            /// Whether a file may hold more than the module. What was left over is reported.
            #[must_use]
            pub fn allow_unexpected(mut self, allow: bool) -> Self {
                self.options.allowed.unexpected = allow;
                self
            }

            /// Whether a module that is loaded in place may keep what the file lacks. What was missing is reported.
            #[must_use]
            pub fn allow_missing(mut self, allow: bool) -> Self {
                self.options.allowed.missing = allow;
                self
            }

            /// What becomes of a number that the dtype it is saved or loaded as cannot represent. By default that is an error.
            #[must_use]
            pub fn with_overflow(mut self, overflow: Overflow) -> Self {
                self.options.set_overflow(overflow);
                self
            }

            /// Calls `progress` with the number of bytes after each step of a save or a load.
            ///
            /// A load counts what it reads of the file, a save what it encodes, before that is compressed. It is for showing that
            /// something happens, and no exact measure of the file: what is read twice counts twice, so that the sum of a load is more
            /// than the file has.
            #[must_use]
            pub fn with_progress(mut self, progress: impl Fn(u64) + Send + Sync + 'static) -> Self {
                self.options.progress = Some(alloc::sync::Arc::new(progress));
                self
            }
        }

        impl<$($type),+> Default for $recorder<$($type),+> {
            fn default() -> Self {
                Self::new()
            }
        }

        impl<$($type),+> Clone for $recorder<$($type),+> {
            fn clone(&self) -> Self {
                Self { options: self.options.clone(), types: core::marker::PhantomData }
            }
        }

        impl<$($type),+> core::fmt::Debug for $recorder<$($type),+> {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.debug_struct(stringify!($recorder)).field("options", &self.options).finish()
            }
        }
    };
}
use builder_methods;

#[cfg(feature = "mpk")]
pub use encoding::NamedMpk;
pub use encoding::{Bin, Encoding};
#[cfg(feature = "json")]
pub use encoding::{Json, PrettyJson};
#[cfg(all(feature = "json", feature = "gzip"))]
pub use file::JsonGzFileRecorder;
#[cfg(all(feature = "mpk", feature = "gzip"))]
pub use file::NamedMpkGzFileRecorder;
#[cfg(feature = "std")]
pub use file::{BinFileRecorder, Compression, NoStdTrainingRecorder, PathRecorder, Plain};
#[cfg(feature = "gzip")]
pub use file::{BinGzFileRecorder, Gzip, SensitiveCompactRecorder};
#[cfg(feature = "mpk")]
pub use file::{CompactRecorder, DefaultFileRecorder, DefaultRecorder, NamedMpkFileRecorder};
#[cfg(feature = "json")]
pub use file::{DebugRecordSettings, PrettyJsonFileRecorder};
#[cfg(feature = "mpk")]
pub use memory::NamedMpkBytesRecorder;
pub use memory::{BinBytesRecorder, MemoryRecorder, NoStdInferenceRecorder};
pub use metadata::RecordMetadata;

// What a program that uses a recorder names beside it.
#[cfg(feature = "std")]
pub use crate::record::FileRecorder;
pub use crate::record::{
    BFloat16PrecisionSettings, BytesRecorder, DoublePrecisionSettings, FullPrecisionSettings, HalfPrecisionSettings,
    PrecisionSettings, Record, Recorder,
};
#[cfg(all(feature = "gzip", feature = "json", feature = "mpk"))]
pub use record_file::RecordFile;
#[cfg(all(feature = "gzip", feature = "json", feature = "mpk"))]
pub use record_writer::RecordWriter;
