//! The encodings of a record: how a whole one is written, and read.

mod bin;
#[cfg(feature = "json")]
mod json;
#[cfg(feature = "mpk")]
mod mpk;

use alloc::format;
use alloc::vec;
use alloc::vec::Vec;
use core::cell::Cell;
use core::fmt::Debug;

pub use bin::Bin;
#[cfg(feature = "json")]
pub use json::{Json, PrettyJson};
#[cfg(feature = "mpk")]
pub use mpk::NamedMpk;

use super::decode::{Context, Lazy};
use super::encode;
use super::metadata::RecordMetadata;
use super::options::Options;
use super::stored_schema::StoredSchema;
use super::trailer::Contents;
use crate::codec::digest::Digesting;
use crate::codec::input::Input;
use crate::codec::slot::{BlobSlot, ErrorSlot, Hint};
use crate::convert::Conversion;
use crate::dtype::DType;
use crate::error::{Error, ErrorKind, Result};
use crate::limits::Budget;
use crate::record::{Item, LeafRef, Loaded, Precision, PrecisionSettings, Schema, SchemaFn, Tree};
use crate::source::{Sink, Source};

/// One of the encodings that records are kept in. Sealed: they are Burn's.
pub trait Encoding: Debug + Clone + Copy + Default + Send + Sync + sealed::Encode + 'static {}

pub(super) mod sealed {
    use super::{Budget, Input, Item, Loaded, Reading, RecordMetadata, Result, Sink, Writing};

    /// What an [`Encoding`](super::Encoding) does.
    pub trait Encode {
        /// What files of this encoding are called in messages.
        const NAME: &'static str;
        /// Burn's name for the recorder of it in memory.
        const BYTES_RECORDER: &'static str;
        /// Burn's names for the recorders of it in files, plain and compressed, with the extensions of their files.
        const FILE_RECORDERS: [(&'static str, &'static str); 2];

        /// Whether a file can begin so.
        fn begins(start: &[u8]) -> bool;

        /// Writes a record and what is ours beside it.
        fn write(writing: &Writing<'_>, sink: &mut dyn Sink) -> Result<()>;

        /// Reads a whole input: its head, and what is to be loaded.
        fn read(reading: &Reading<'_>, input: &mut dyn Input) -> Result<(RecordMetadata, Loaded)>;

        /// Reads the tensor that begins at the next byte of a record with this head.
        fn read_tensor(metadata: &RecordMetadata, budget: &Budget, input: &mut dyn Input) -> Result<Item>;
    }
}

/// What is written: a tree, and what stands before and behind it.
pub struct Writing<'a> {
    tree: &'a Tree<LeafRef<'a>>,
    metadata: RecordMetadata,
    contents: Contents,
    precision: Precision,
    conversion: Conversion,
}

impl<'a> Writing<'a> {
    /// A tree with its schema, under the recorder's name and options. It is made before anything is opened to write to.
    ///
    /// # Errors
    /// Those of [`Contents::of`].
    pub(super) fn new<S: PrecisionSettings>(
        tree: &'a Tree<LeafRef<'a>>,
        schema: SchemaFn,
        recorder: &str,
        options: &Options,
    ) -> Result<Self> {
        let schema = StoredSchema::of(schema);
        let metadata = RecordMetadata::ours::<S>(recorder, schema.digest()?);
        let contents = Contents::of(tree, schema)?;
        Ok(Self { tree, metadata, contents, precision: Precision::of::<S>(), conversion: options.conversion() })
    }

    /// Gives `encode` everything there is to write, and recovers the typed error of a tensor.
    fn encode(&self, encode: impl FnOnce(&encode::Record<'_, '_>, &Contents) -> Result<()>) -> Result<()> {
        let context = encode::Context::new(self.precision, self.conversion);
        let record = encode::Record { metadata: &self.metadata, tree: self.tree, context: &context };
        encode(&record, &self.contents).map_err(|error| context.recover(error))
    }
}

/// What a record is read by.
pub struct Reading<'a> {
    pub(super) schema: SchemaFn,
    pub(super) budget: &'a Budget,
    /// The schema that stands behind the record, where it can be seen before the record is read.
    pub(super) peek: &'a dyn Fn() -> Result<Option<StoredSchema>>,
    /// How tensors are left in the file, if they are.
    pub(super) lazy: Option<&'a Lazy>,
}

impl<'a> Reading<'a> {
    /// What a tensor alone is read by.
    fn of_tensor(budget: &'a Budget) -> Self {
        Self { schema: || Schema::Nil, budget, peek: &|| Ok(None), lazy: None }
    }
}

/// What a reading carries beside the item.
#[derive(Default)]
struct Slots {
    blobs: BlobSlot,
    errors: ErrorSlot,
    tensors: Cell<u64>,
}

impl Slots {
    /// What a decoder that has no place for either is given.
    #[cfg(feature = "json")]
    fn both(&self) -> (&BlobSlot, &ErrorSlot) {
        (&self.blobs, &self.errors)
    }

    fn context<'a>(&'a self, reading: &Reading<'a>) -> Context<'a> {
        let Reading { budget, lazy, .. } = *reading;
        // A tensor that is left in the file becomes nothing.
        let float = if lazy.is_some() { None } else { Schema::float(reading.schema) };
        let hint = Hint::Elements(DType::F32);
        Context {
            blobs: &self.blobs,
            errors: &self.errors,
            budget,
            hint,
            float,
            lazy,
            tensors: &self.tensors,
            #[cfg(any(feature = "mpk", feature = "json"))]
            depth: 0,
        }
    }
}

/// Checks that a source begins as the encoding does.
///
/// # Errors
/// [`ErrorKind::WrongFormat`], saying what it looks like.
pub(super) fn check_start<E: Encoding>(source: &dyn Source) -> Result<()> {
    let start = telling_start(&mut reading_on(source))?;
    if E::begins(&start) {
        return Ok(());
    }
    Err(Error::new(ErrorKind::WrongFormat { expected: E::NAME, found: looks_like(&start).into() }))
}

/// What was read of `len` bytes. An error that is of a file as a whole is of all of them.
pub(super) fn placed<T>(read: Result<T>, len: u64) -> Result<T> {
    read.map_err(|error| match error.kind() {
        ErrorKind::WrongFormat { .. } | ErrorKind::UnknownVersion { .. } | ErrorKind::Digest { .. } => error.at(0..len),
        _ => error,
    })
}

/// Gives [`telling_start`] the bytes of a source.
pub(super) fn reading_on(source: &dyn Source) -> impl FnMut(&mut [u8]) -> Result<usize> {
    let mut at = 0;
    move |buffer| {
        let left = usize::try_from(source.len() - at).unwrap_or(usize::MAX);
        let read = buffer.len().min(left);
        source.read_at(at, &mut buffer[..read])?;
        at += read as u64;
        Ok(read)
    }
}

/// The first bytes that tell what something is: the very first, unless these are blanks, which JSON may begin with. `read` puts the bytes
/// that come next at the front of what it is given and says how many, none only at the end.
pub(super) fn telling_start(read: &mut dyn FnMut(&mut [u8]) -> Result<usize>) -> Result<Vec<u8>> {
    const FIRST: usize = 16;
    const NEXT: usize = 4096;
    let mut seen = Vec::new();
    let mut len = FIRST;
    loop {
        let mut start = vec![0; len];
        let mut filled = 0;
        while filled < len {
            match read(&mut start[filled..])? {
                0 => break,
                read => filled += read,
            }
        }
        start.truncate(filled);
        if start.is_empty() {
            return Ok(seen);
        }
        if !start.trim_ascii_start().is_empty() {
            return Ok(start);
        }
        (seen, len) = (start, NEXT);
    }
}

/// What the first bytes of something look like.
pub(super) fn looks_like(start: &[u8]) -> &'static str {
    match start {
        [] => "an empty file",
        _ if start.trim_ascii_start().is_empty() => "blanks",
        [0x1f, 0x8b, ..] => "gzip-compressed data",
        [b'P', b'K', 3, 4, ..] => "a zip archive",
        [0x89, b'H', b'D', b'F', ..] => "an HDF5 file",
        [b'N', b'R', b'U', b'B', ..] => "a Burnpack file",
        [_, _, _, _, _, _, _, 0, b'{', ..] => "a SafeTensors file",
        _ if start.trim_ascii_start().starts_with(b"{") => "JSON text",
        [0xef, 0xbb, 0xbf, text @ ..] if text.trim_ascii_start().starts_with(b"{") => {
            "JSON text behind a byte order mark, which JSON has not"
        }
        [0xef, 0xbb, 0xbf, ..] => "text behind a byte order mark",
        [0x80..=0x8f | 0xde | 0xdf, ..] => "MessagePack data",
        _ if bin::begins(start) => "bincode data",
        _ => "data of no format known here",
    }
}

/// What is loaded, once its parts and what is beside them are read.
fn loaded(
    metadata: RecordMetadata,
    item: Item,
    contents: Option<Contents>,
    budget: &Budget,
) -> Result<(RecordMetadata, Loaded)> {
    let (precision, ours, text_ids) = (metadata.precision(), metadata.is_ours(), metadata.era()?.has_text_ids());
    let item = match contents {
        Some(contents) => contents.into_item(item, budget)?,
        None if ours => {
            let what = "Vellum wrote this file with a digest, and it is not there: the file was cut or changed";
            return Err(Error::corrupt(what));
        }
        None => item,
    };
    let loaded = Loaded { item, precision, ours, text_ids, decimal: false, file: None, budget: Some(budget.clone()) };
    Ok((metadata, loaded))
}

/// What is behind the value, with its digest checked.
fn read_rest(input: Digesting<&mut dyn Input>, budget: &Budget) -> Result<Option<Contents>> {
    let start = input.position();
    let (input, hasher) = input.into_parts();
    let rest = input.read_to_end(budget)?;
    let contents = Contents::read(&rest, start, hasher, budget).map_err(|error| error.at(start..start + rest.len()))?;
    budget.refund_held(rest.len());
    Ok(contents)
}

/// An error that says the head of a file, which every record has, cannot be read.
pub(super) fn bad_head(expected: &'static str, error: Error) -> Error {
    match error.kind() {
        ErrorKind::Corrupt { what } => {
            let found = format!("its head cannot be read: {what}");
            Error::new(ErrorKind::WrongFormat { expected, found })
        }
        _ => error,
    }
}
