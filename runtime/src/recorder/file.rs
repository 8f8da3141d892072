//! Recorders of files.

use core::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::decode::Lazy;
use super::encode::tensor_bytes;
use super::encoding::{Bin, Encoding, Reading, Writing, check_start, placed};
use super::metadata::RecordMetadata;
use super::options::Options;
use super::trailer::Contents;
use crate::codec::input::SourceInput;
use crate::convert::Overflow;
use crate::error::Result;
use crate::io::{FileSource, Replace, append_extension};
use crate::limits::{Budget, Limits};
use crate::record::{
    Allowed, FileRecorder, FullPrecisionSettings, LeafRef, Loaded, Precision, PrecisionSettings, Recorder, SchemaFn,
    Tree,
};
use crate::source::{Sink, Source};

/// Saves records to files and loads them from there, under Burn's names: [`NamedMpkFileRecorder`], [`BinFileRecorder`],
/// [`PrettyJsonFileRecorder`] and their compressed forms.
///
/// A save replaces the file as a whole or not at all: the new one is written beside it, flushed, and renamed. The extension is appended
/// to the path where it is missing: `ckpt-0.5` becomes `ckpt-0.5.mpk`. A load checks the digest of a file that Vellum wrote.
pub struct PathRecorder<E, C, S> {
    options: Options,
    #[expect(clippy::type_complexity, reason = "three type parameters, and none of them owned")]
    types: PhantomData<fn() -> (E, C, S)>,
}

/// Whether files are compressed.
pub trait Compression: sealed::Compress + 'static {}

/// Files as they are.
#[derive(Clone, Copy, Debug)]
pub struct Plain;

impl Compression for Plain {}

impl sealed::Compress for Plain {
    const GZIP: bool = false;

    fn write(file: &mut dyn Sink, write: &mut dyn FnMut(&mut dyn Sink) -> Result<()>) -> Result<()> {
        write(file)
    }

    fn read<E: Encoding>(
        source: Arc<dyn Source>,
        schema: SchemaFn,
        budget: &Budget,
        lazy: Option<&Lazy>,
    ) -> Result<(RecordMetadata, Loaded)> {
        check_start::<E>(&source)?;
        let peek = || Contents::peek(&source, budget);
        let mut input = SourceInput::new(Arc::clone(&source), false);
        E::read(&Reading { schema, budget, peek: &peek, lazy }, &mut input)
    }
}

#[cfg(feature = "gzip")]
pub use gzip::Gzip;
#[cfg(all(feature = "gzip", feature = "json", feature = "mpk"))]
pub(super) use gzip::{check_seal, inside, or_damage};

pub(super) mod sealed {
    use super::{Arc, Budget, Encoding, Lazy, Loaded, RecordMetadata, Result, SchemaFn, Sink, Source};

    /// What a [`Compression`](super::Compression) does.
    pub trait Compress {
        /// Whether the compressed recorder's name is the right one.
        const GZIP: bool;

        /// Gives `write` the sink whose bytes become the file's contents.
        fn write(file: &mut dyn Sink, write: &mut dyn FnMut(&mut dyn Sink) -> Result<()>) -> Result<()>;

        /// Reads the record that a file holds. `lazy`: how tensors are left there, if they are.
        fn read<E: Encoding>(
            source: Arc<dyn Source>,
            schema: SchemaFn,
            budget: &Budget,
            lazy: Option<&Lazy>,
        ) -> Result<(RecordMetadata, Loaded)>;
    }
}

#[cfg(feature = "gzip")]
mod gzip {
    //! Compressed files: Burn's member, then an empty one of ours whose header holds the digest of the first.
    //!
    //! gzip's own checksum covers what was compressed, but not every bit of how: a header's bits and the padding behind the last block can
    //! flip unseen. Burn stops behind the first member, and other programs see an empty second one.

    use alloc::format;
    use alloc::string::String;
    use alloc::vec::Vec;
    use core::fmt::Write;

    use crate::xxh3::Xxh3;

    use super::{
        Arc, Budget, Compression, Contents, Encoding, Lazy, Loaded, Reading, RecordMetadata, Result, SchemaFn, Sink,
        Source, sealed,
    };
    use crate::codec::gzip::{GzipInput, GzipSink, MAGIC};
    use crate::codec::input::{Input, SourceInput};
    use crate::error::{Error, ErrorKind};
    use crate::recorder::encoding::{looks_like, reading_on, telling_start};
    use crate::recorder::trailer::DigestingSink;
    use crate::source::{Section, read_vec};

    /// Files compressed by gzip.
    #[derive(Clone, Copy, Debug)]
    pub struct Gzip;

    impl Compression for Gzip {}

    impl sealed::Compress for Gzip {
        const GZIP: bool = true;

        fn write(file: &mut dyn Sink, write: &mut dyn FnMut(&mut dyn Sink) -> Result<()>) -> Result<()> {
            let mut digesting = DigestingSink::new(file);
            let mut sink = GzipSink::new(&mut digesting)?;
            write(&mut sink)?;
            sink.finish()?;
            let digest = digesting.digest();
            file.put(&seal(digest)?)
        }

        fn read<E: Encoding>(
            source: Arc<dyn Source>,
            schema: SchemaFn,
            budget: &Budget,
            lazy: Option<&Lazy>,
        ) -> Result<(RecordMetadata, Loaded)> {
            let peek = || {
                let contents = GzipInput::open(Arc::clone(&source), budget)?.read_to_end(budget)?;
                let len = contents.len();
                let schema = Contents::peek(&contents, budget);
                drop(contents);
                // The same bytes are decompressed once more to be read.
                budget.refund_held(len);
                budget.refund_expanded(len);
                schema
            };
            check_magic(&source)?;
            check_inside::<E>(&source, budget)?;
            let mut input = GzipInput::open(Arc::clone(&source), budget)?;
            let read = E::read(&Reading { schema, budget, peek: &peek, lazy }, &mut input);
            let (metadata, loaded) = read.map_err(|error| or_damage(&source, budget, error))?;
            let end = input.end_member()?.end;
            check_seal(&source, end, loaded.ours)?;
            Ok((metadata, loaded))
        }
    }

    /// Checks that a file is compressed.
    fn check_magic(source: &dyn Source) -> Result<()> {
        let start = telling_start(&mut reading_on(source))?;
        if start.starts_with(&MAGIC) {
            return Ok(());
        }
        let found = looks_like(&start).into();
        Err(Error::new(ErrorKind::WrongFormat { expected: "gzip-compressed record", found }))
    }

    /// Checks that what is compressed begins as the encoding does. What that takes is not charged to the budget, which is for the record.
    fn check_inside<E: Encoding>(source: &Arc<dyn Source>, budget: &Budget) -> Result<()> {
        let start = inside(source, budget)?;
        if E::begins(&start) {
            return Ok(());
        }
        let found = format!("{}, compressed by gzip", looks_like(&start));
        Err(or_damage(source, budget, Error::new(ErrorKind::WrongFormat { expected: E::NAME, found })))
    }

    /// The first bytes of the contents that tell what they are.
    pub(in crate::recorder) fn inside(source: &Arc<dyn Source>, budget: &Budget) -> Result<Vec<u8>> {
        let budget = Budget::new(budget.limits().clone(), source.len());
        let mut input = GzipInput::open(Arc::clone(source), &budget)?;
        telling_start(&mut |buffer| input.read_some(buffer))
    }

    /// Why contents are not of the format that was looked for: damage of the compressed file, if it has any, or `error`.
    pub(in crate::recorder) fn or_damage(source: &Arc<dyn Source>, budget: &Budget, error: Error) -> Error {
        if !matches!(error.kind(), ErrorKind::WrongFormat { .. }) {
            return error;
        }
        let budget = Budget::new(budget.limits().clone(), source.len());
        let read = GzipInput::open(Arc::clone(source), &budget).and_then(|mut input| {
            let mut piece = alloc::vec![0; 64 << 10];
            while input.read_some(&mut piece)? > 0 {}
            input.end_member()
        });
        match read {
            Err(damage) if matches!(damage.kind(), ErrorKind::Corrupt { .. } | ErrorKind::Truncated { .. }) => damage,
            _ => error,
        }
    }

    /// The name of the subfield of an extra field that holds the digest (RFC 1952, 2.3.1.1), and its length.
    const SUBFIELD: [u8; 4] = [b'V', b'L', 16, 0];

    /// The empty member that says what the bytes before it digest to.
    fn seal(digest: u128) -> Result<Vec<u8>> {
        let mut seal = Vec::new();
        let extra = [&SUBFIELD[..], &digest.to_le_bytes()].concat();
        GzipSink::with_extra(&mut seal, &extra)?.finish()?;
        Ok(seal)
    }

    /// Checks what is behind the first member, which ends at `end`.
    pub(in crate::recorder) fn check_seal(source: &Arc<dyn Source>, end: u64, ours: bool) -> Result<()> {
        let rest = source.len().saturating_sub(end);
        if rest == 0 && !ours {
            return Ok(());
        }
        let mut member = SourceInput::new(Arc::new(Section::new(Arc::clone(source), 0..end)?), false);
        let mut hasher = Xxh3::new();
        let mut buffer = alloc::vec![0; 64 << 10];
        loop {
            match member.read_some(&mut buffer)? {
                0 => break,
                read => hasher.update(&buffer[..read]),
            }
        }
        let digest = hasher.digest128();
        let expected = seal(digest)?;
        let is_digest = rest == expected.len() as u64;
        let found = if is_digest { read_vec(source, end, rest)? } else { Vec::new() };
        if found == expected {
            return Ok(());
        }
        if !(is_digest && ours) {
            let what =
                "bytes behind the compressed record, where a file of Burn's ends and one of Vellum's has a digest of";
            let what = format!("{rest} {what} {}", expected.len());
            return Err(Error::corrupt(what).at(end..source.len()));
        }
        let hex = |bytes: &[u8]| {
            bytes.iter().fold(String::new(), |mut text, byte| {
                let _ = write!(text, "{byte:02x}");
                text
            })
        };
        Err(Error::new(ErrorKind::Digest { expected: hex(&found), found: hex(&expected) }).at(0..source.len()))
    }
}

macro_rules! names {
    ($($(#[$attribute:meta])* $name:ident = $encoding:ty, $compression:ty;)*) => {$(
        $(#[$attribute])*
        pub type $name<S = FullPrecisionSettings> = PathRecorder<$encoding, $compression, S>;
    )*};
}

names! {
    /// Bincode in files: `.bin`.
    BinFileRecorder = Bin, Plain;
    /// Bincode in compressed files: `.bin.gz`.
    #[cfg(feature = "gzip")]
    BinGzFileRecorder = Bin, Gzip;
    /// MessagePack with named fields in files: `.mpk`.
    #[cfg(feature = "mpk")]
    NamedMpkFileRecorder = super::NamedMpk, Plain;
    /// MessagePack with named fields in compressed files: `.mpk.gz`.
    #[cfg(all(feature = "mpk", feature = "gzip"))]
    NamedMpkGzFileRecorder = super::NamedMpk, Gzip;
    /// JSON in files, a line for each value: `.json`.
    #[cfg(feature = "json")]
    PrettyJsonFileRecorder = super::PrettyJson, Plain;
    /// JSON in compressed files: `.json.gz`.
    #[cfg(all(feature = "json", feature = "gzip"))]
    JsonGzFileRecorder = super::Json, Gzip;
}

/// The file recorder that Burn uses by default.
#[cfg(feature = "mpk")]
pub type DefaultFileRecorder<S = FullPrecisionSettings> = NamedMpkFileRecorder<S>;

/// The recorder that Burn uses by default: MessagePack at full precision.
#[cfg(feature = "mpk")]
pub type DefaultRecorder = NamedMpkFileRecorder<FullPrecisionSettings>;

/// MessagePack at half precision.
#[cfg(feature = "mpk")]
pub type CompactRecorder = NamedMpkFileRecorder<crate::record::HalfPrecisionSettings>;

/// Compressed bincode at half precision: the smallest files, which tell the least to other programs.
#[cfg(feature = "gzip")]
pub type SensitiveCompactRecorder = BinGzFileRecorder<crate::record::HalfPrecisionSettings>;

/// Bincode at full precision: what a program without `std` can load once trained.
pub type NoStdTrainingRecorder = BinFileRecorder<FullPrecisionSettings>;

/// JSON at full precision, for people to read.
#[cfg(feature = "json")]
pub type DebugRecordSettings = PrettyJsonFileRecorder<FullPrecisionSettings>;

impl<E, C, S> PathRecorder<E, C, S> {
    /// A recorder with the default limits, for which nothing may be missing, unexpected or out of range.
    pub fn new() -> Self {
        Self { options: Options::default(), types: PhantomData }
    }

    /// Returns from saves before the disk has the file: a killed process still loses nothing, a power cut may. A large file is then in
    /// the system's cache, past which it is [otherwise written](crate::io::Replace::expecting).
    #[must_use]
    pub fn without_sync(mut self) -> Self {
        self.options.unsynced = true;
        self
    }
}

super::builder_methods!(PathRecorder<E, C, S>);

impl<E: Encoding, C: Compression, S: PrecisionSettings> PathRecorder<E, C, S> {
    const NAME: &'static str = E::FILE_RECORDERS[C::GZIP as usize].0;
    const EXTENSION: &'static str = E::FILE_RECORDERS[C::GZIP as usize].1;

    fn save(&self, tree: &Tree<LeafRef<'_>>, schema: SchemaFn, path: &Path) -> Result<()> {
        let writing = Writing::new::<S>(tree, schema, Self::NAME, &self.options)?;
        // The system lays out a file faster, and says earlier that it has no room, if it knows how long it will be.
        let expected = if C::GZIP { 0 } else { tensor_bytes(tree, Precision::of::<S>()) };
        let replace = Replace::new(path).expecting(expected);
        let mut file = if self.options.unsynced { replace.without_sync() } else { replace }.open()?;
        C::write(&mut file, &mut |sink| self.options.watch(sink, |sink| E::write(&writing, sink)))?;
        file.commit()
    }

    fn load(&self, path: &Path, schema: SchemaFn) -> Result<Loaded> {
        let file = Arc::new(FileSource::open(path)?);
        let budget = Budget::new(self.options.limits.clone(), file.len());
        let read = C::read::<E>(self.options.watch_source(file.clone()), schema, &budget, None);
        let (_, loaded) = placed(read, file.len())?;
        file.check_unchanged()?;
        Ok(Loaded { file: Some(path.display().to_string()), ..loaded })
    }
}

impl<E: Encoding, C: Compression, S: PrecisionSettings> Recorder for PathRecorder<E, C, S> {
    type Settings = S;
    type RecordArgs = PathBuf;
    type RecordOutput = ();
    type LoadArgs = PathBuf;

    fn save_tree(&self, tree: &Tree<LeafRef<'_>>, schema: SchemaFn, path: PathBuf) -> Result<()> {
        let path = append_extension(&path, Self::EXTENSION);
        self.save(tree, schema, &path).map_err(|error| error.in_file(path.display()))
    }

    fn read(&self, path: PathBuf, schema: SchemaFn) -> Result<Loaded> {
        let path = append_extension(&path, Self::EXTENSION);
        self.load(&path, schema).map_err(|error| error.in_file(path.display()))
    }

    fn allowed(&self) -> &Allowed {
        &self.options.allowed
    }
}

impl<E: Encoding, C: Compression, S: PrecisionSettings> FileRecorder for PathRecorder<E, C, S> {
    fn file_extension() -> &'static str {
        Self::EXTENSION
    }
}
