//! Writing an archive to a sink, a member after another.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crc32fast::Hasher;
use flate2::{Compress, Compression, FlushCompress, Status};

use super::layout::{
    CENTRAL_HEADER, DATA_DESCRIPTOR, DEFLATED, DOS_DATE, END, END_64, END_64_STATED_LEN, EXTRA_PADDING, EXTRA_ZIP64,
    LOCAL_HEADER, LOCAL_HEADER_LEN, LOCATOR_64, MADE_ON_UNIX, PLAIN_FILE, SATURATED_16, SATURATED_32, STORED,
    VERSION_PLAIN, VERSION_ZIP64, flag,
};
use crate::error::{Error, ErrorKind, Result};
use crate::source::Sink;

/// Where the data of a member starts: a multiple of this, as PyTorch aligns storages.
const ALIGNMENT: u64 = 64;
/// Bytes of an extra field's id and length.
const EXTRA_HEADER_LEN: u64 = 4;
/// Compressed bytes given on at a time.
const OUTPUT: usize = 64 << 10;

/// Takes a member's bytes, in pieces of any size.
type Put<'a> = dyn FnMut(&[u8]) -> Result<()> + 'a;

/// Writes a zip archive, streaming: no member is held, nothing is patched, the same input gives the same bytes.
///
/// CRC and sizes stand in a data descriptor behind each member and in the central directory, as in the files that PyTorch
/// writes; 64-bit fields are used where a size or offset needs them. Each member's data starts at a multiple of 64 bytes.
pub struct ZipWriter<'a> {
    sink: &'a mut dyn Sink,
    position: u64,
    written: Vec<Written>,
    names: BTreeSet<String>,
}

/// What the central directory will say of a member.
struct Written {
    name: String,
    method: u16,
    crc32: u32,
    compressed: u64,
    size: u64,
    offset: u64,
}

impl<'a> ZipWriter<'a> {
    /// An archive that starts where `sink` is.
    pub fn new(sink: &'a mut dyn Sink) -> Self {
        Self { sink, position: 0, written: Vec::new(), names: BTreeSet::new() }
    }

    /// Appends a member of `size` bytes, not compressed: `write` gives them to the function it is called with.
    ///
    /// # Errors
    /// [`ErrorKind::Unrepresentable`] for a name that is used already, is too long or holds a NUL;
    /// [`ErrorKind::Argument`] if `write` gives another number of bytes; those of `write` and of the sink.
    pub fn stored(&mut self, name: &str, size: u64, write: impl FnOnce(&mut Put<'_>) -> Result<()>) -> Result<()> {
        self.member(name, STORED, size, |sink, crc, given| {
            write(&mut |bytes| {
                crc.update(bytes);
                *given += bytes.len() as u64;
                sink.put(bytes)
            })?;
            Ok(*given)
        })
    }

    /// Appends a member of `size` bytes, deflated.
    ///
    /// # Errors
    /// As [`ZipWriter::stored`].
    pub fn deflated(&mut self, name: &str, size: u64, write: impl FnOnce(&mut Put<'_>) -> Result<()>) -> Result<()> {
        self.member(name, DEFLATED, size, |sink, crc, given| {
            let mut deflate = Deflate { stream: Compress::new(Compression::default(), false), output: Vec::new() };
            deflate.output.resize(OUTPUT, 0);
            write(&mut |bytes| {
                crc.update(bytes);
                *given += bytes.len() as u64;
                deflate.put(sink, bytes)
            })?;
            deflate.finish(sink)
        })
    }

    /// Writes the central directory and the end records.
    ///
    /// # Errors
    /// Those of the sink.
    pub fn finish(mut self) -> Result<()> {
        let start = self.position;
        let written = core::mem::take(&mut self.written);
        for member in &written {
            self.put(&member.central_header())?;
        }
        let (size, entries) = (self.position - start, written.len() as u64);
        let end = self.position;
        let mut records = Record::default();
        if size >= SATURATED_32.into() || start >= SATURATED_32.into() || entries >= SATURATED_16.into() {
            records.u32(END_64).u64(END_64_STATED_LEN).u16(VERSION_ZIP64).u16(VERSION_ZIP64).u32(0).u32(0);
            records.u64(entries).u64(entries).u64(size).u64(start);
            records.u32(LOCATOR_64).u32(0).u64(end).u32(1);
        }
        let entries = u16::try_from(entries).unwrap_or(SATURATED_16);
        records.u32(END).u16(0).u16(0).u16(entries).u16(entries).u32(saturated(size)).u32(saturated(start)).u16(0);
        self.put(&records.0)
    }

    fn member(
        &mut self,
        name: &str,
        method: u16,
        size: u64,
        write: impl FnOnce(&mut dyn Sink, &mut Hasher, &mut u64) -> Result<u64>,
    ) -> Result<()> {
        self.check_name(name)?;
        let offset = self.position;
        // Deflate can grow what does not compress, by five bytes for each 16 KiB at the worst.
        let zip64 = size.saturating_add(size / 1024).saturating_add(OUTPUT as u64) >= SATURATED_32.into();
        self.put(&local_header(name, method, zip64, offset))?;
        let (mut crc, mut given) = (Hasher::new(), 0);
        let compressed = write(self.sink, &mut crc, &mut given)?;
        if given != size {
            return Err(Error::argument(format!("member `{name}` was to have {size} bytes and was given {given}")));
        }
        self.position += compressed;
        let crc32 = crc.finalize();
        let mut descriptor = Record::default();
        descriptor.u32(DATA_DESCRIPTOR).u32(crc32);
        if zip64 {
            descriptor.u64(compressed).u64(size);
        } else {
            descriptor.u32(saturated(compressed)).u32(saturated(size));
        }
        self.put(&descriptor.0)?;
        self.written.push(Written { name: name.into(), method, crc32, compressed, size, offset });
        Ok(())
    }

    fn check_name(&mut self, name: &str) -> Result<()> {
        let what = if u16::try_from(name.len()).is_err() {
            "a member's name of more than 65,535 bytes".into()
        } else if name.contains('\0') {
            "a member's name with a NUL".into()
        } else if !self.names.insert(name.into()) {
            format!("two members `{name}`")
        } else {
            return Ok(());
        };
        Err(Error::new(ErrorKind::Unrepresentable { format: "zip", what }))
    }

    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.sink.put(bytes)?;
        self.position += bytes.len() as u64;
        Ok(())
    }
}

impl core::fmt::Debug for ZipWriter<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("ZipWriter").field("position", &self.position).finish_non_exhaustive()
    }
}

/// The header before a member at `offset`, with the padding that aligns the data behind it.
fn local_header(name: &str, method: u16, zip64: bool, offset: u64) -> Vec<u8> {
    let mut extra = Record::default();
    if zip64 {
        // The values stand in the descriptor; that the field is there says that they are 64 bits wide.
        extra.u16(EXTRA_ZIP64).u16(16).u64(0).u64(0);
    }
    let unpadded = offset + LOCAL_HEADER_LEN + name.len() as u64 + extra.0.len() as u64;
    if !unpadded.is_multiple_of(ALIGNMENT) {
        let padding = (unpadded + EXTRA_HEADER_LEN).next_multiple_of(ALIGNMENT) - (unpadded + EXTRA_HEADER_LEN);
        // Less than the alignment, so that it fits.
        extra.u16(EXTRA_PADDING).u16(u16::try_from(padding).unwrap_or_default());
        extra.0.resize(extra.0.len() + usize::try_from(padding).unwrap_or_default(), 0);
    }
    let sizes = if zip64 { SATURATED_32 } else { 0 };
    let mut header = Record::default();
    header.u32(LOCAL_HEADER).u16(version(zip64)).u16(flag::DESCRIPTOR | flag::UTF8).u16(method).u16(0).u16(DOS_DATE);
    header.u32(0).u32(sizes).u32(sizes).u16(len16(name.len())).u16(len16(extra.0.len()));
    header.0.extend_from_slice(name.as_bytes());
    header.0.extend_from_slice(&extra.0);
    header.0
}

impl Written {
    fn central_header(&self) -> Vec<u8> {
        let values = [self.size, self.compressed, self.offset];
        let mut extra = Record::default();
        let wide: Vec<u64> = values.into_iter().filter(|&value| value >= SATURATED_32.into()).collect();
        if !wide.is_empty() {
            extra.u16(EXTRA_ZIP64).u16(len16(wide.len() * 8));
            for value in &wide {
                extra.u64(*value);
            }
        }
        let version = version(!wide.is_empty());
        let mut header = Record::default();
        header
            .u32(CENTRAL_HEADER)
            .u16(MADE_ON_UNIX | version)
            .u16(version)
            .u16(flag::DESCRIPTOR | flag::UTF8)
            .u16(self.method);
        header.u16(0).u16(DOS_DATE).u32(self.crc32).u32(saturated(self.compressed)).u32(saturated(self.size));
        header.u16(len16(self.name.len())).u16(len16(extra.0.len())).u16(0).u16(0).u16(0).u32(PLAIN_FILE);
        header.u32(saturated(self.offset));
        header.0.extend_from_slice(self.name.as_bytes());
        header.0.extend_from_slice(&extra.0);
        header.0
    }
}

struct Deflate {
    stream: Compress,
    output: Vec<u8>,
}

impl Deflate {
    fn put(&mut self, sink: &mut dyn Sink, mut bytes: &[u8]) -> Result<()> {
        while !bytes.is_empty() {
            let before = self.stream.total_in();
            self.step(sink, bytes, FlushCompress::None)?;
            let taken = usize::try_from(self.stream.total_in() - before).unwrap_or(bytes.len());
            bytes = bytes.split_at(taken).1;
        }
        Ok(())
    }

    /// Ends the stream; returns how many bytes it came to.
    fn finish(&mut self, sink: &mut dyn Sink) -> Result<u64> {
        while self.step(sink, &[], FlushCompress::Finish)? != Status::StreamEnd {}
        Ok(self.stream.total_out())
    }

    fn step(&mut self, sink: &mut dyn Sink, bytes: &[u8], flush: FlushCompress) -> Result<Status> {
        let before = self.stream.total_out();
        let status = self
            .stream
            .compress(bytes, &mut self.output, flush)
            .map_err(|_| Error::argument("the deflate stream cannot go on after an error"))?;
        let made = usize::try_from(self.stream.total_out() - before).unwrap_or(OUTPUT);
        sink.put(&self.output[..made])?;
        Ok(status)
    }
}

/// Little-endian fields, one after another.
#[derive(Default)]
struct Record(Vec<u8>);

impl Record {
    fn u16(&mut self, value: u16) -> &mut Self {
        self.0.extend_from_slice(&value.to_le_bytes());
        self
    }

    fn u32(&mut self, value: u32) -> &mut Self {
        self.0.extend_from_slice(&value.to_le_bytes());
        self
    }

    fn u64(&mut self, value: u64) -> &mut Self {
        self.0.extend_from_slice(&value.to_le_bytes());
        self
    }
}

fn version(zip64: bool) -> u16 {
    if zip64 { VERSION_ZIP64 } else { VERSION_PLAIN }
}

fn saturated(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(SATURATED_32)
}

/// Names were checked, and extra fields are short.
fn len16(len: usize) -> u16 {
    u16::try_from(len).unwrap_or(u16::MAX)
}
