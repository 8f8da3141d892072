//! Writing.

use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use flate2::{Compress, Compression, Crc, FlushCompress, Status};

use super::header::Header;
use crate::error::{Error, ErrorKind, Result};
use crate::source::Sink;

/// A sink that writes a gzip member to another one, with the header and the level (6) of Burn's files.
///
/// [`GzipSink::finish`] writes the end of the member; without it there is none.
pub(crate) struct GzipSink<'a> {
    sink: &'a mut dyn Sink,
    deflate: Compress,
    crc: Crc,
    buffer: Vec<u8>,
}

impl<'a> GzipSink<'a> {
    const LEVEL: u32 = 6;
    const CAPACITY: usize = 32 << 10;

    /// Begins a member.
    ///
    /// # Errors
    /// Those of `sink`.
    pub(crate) fn new(sink: &'a mut dyn Sink) -> Result<Self> {
        Self::begin(sink, None)
    }

    /// Begins a member that has an extra field: RFC 1952 asks for subfields of two bytes' name, two bytes' length, and data.
    ///
    /// # Errors
    /// Those of `sink`; [`ErrorKind::Unrepresentable`] if it is longer than 65535 bytes.
    pub(crate) fn with_extra(sink: &'a mut dyn Sink, extra: &[u8]) -> Result<Self> {
        Self::begin(sink, Some(extra.to_vec()))
    }

    fn begin(sink: &'a mut dyn Sink, extra: Option<Vec<u8>>) -> Result<Self> {
        let header = Header::plain(extra).to_bytes().ok_or_else(|| {
            let what = "an extra field of more than 65535 bytes".into();
            Error::new(ErrorKind::Unrepresentable { format: "gzip", what })
        })?;
        sink.put(&header)?;
        let deflate = Compress::new(Compression::new(Self::LEVEL), false);
        Ok(Self { sink, deflate, crc: Crc::new(), buffer: vec![0; Self::CAPACITY] })
    }

    /// Compresses some of `bytes`, puts what comes of it, and says how many it took.
    fn step(&mut self, bytes: &[u8], flush: FlushCompress) -> Result<(usize, Status)> {
        let (taken, made) = (self.deflate.total_in(), self.deflate.total_out());
        let status = self
            .deflate
            .compress(bytes, &mut self.buffer, flush)
            .map_err(|error| Error::new(ErrorKind::Unrepresentable { format: "gzip", what: format!("{error}") }))?;
        // Both are at most the length of a slice.
        let taken = usize::try_from(self.deflate.total_in() - taken).unwrap_or(usize::MAX);
        let made = usize::try_from(self.deflate.total_out() - made).unwrap_or(usize::MAX);
        self.crc.update(&bytes[..taken]);
        if made > 0 {
            self.sink.put(&self.buffer[..made])?;
        }
        Ok((taken, status))
    }

    /// Writes the end of the member.
    ///
    /// # Errors
    /// Those of the sink below.
    pub(crate) fn finish(mut self) -> Result<()> {
        while self.step(&[], FlushCompress::Finish)?.1 != Status::StreamEnd {}
        self.sink.put(&self.crc.sum().to_le_bytes())?;
        self.sink.put(&self.crc.amount().to_le_bytes())
    }
}

impl Sink for GzipSink<'_> {
    fn put(&mut self, mut bytes: &[u8]) -> Result<()> {
        while !bytes.is_empty() {
            let (taken, _) = self.step(bytes, FlushCompress::None)?;
            bytes = &bytes[taken..];
        }
        Ok(())
    }
}
