//! Compressed files: joblib's `compress=..`, and pickles that were compressed by hand.

use alloc::boxed::Box;
use alloc::format;
use alloc::sync::Arc;
use alloc::vec::Vec;
use std::io::{self, BufRead, BufReader, Read};

use bzip2::bufread::MultiBzDecoder;
use flate2::bufread::{MultiGzDecoder, ZlibDecoder};
use lz4_flex::frame::FrameDecoder;
use lzma_rust2::{LzmaReader, XzReader};

use crate::bytes::Bytes;
use crate::error::{Error, ErrorKind, Result};
use crate::format::FileFormat;
use crate::format::detect::{detect, is_pickle};
use crate::limits::Budget;
use crate::source::Source;

/// How a file is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    Zlib,
    Gzip,
    Bzip2,
    Xz,
    Lzma,
    Lz4,
}

/// KiB that xz and LZMA may take for themselves. The strongest of Python's settings takes 65 MiB.
const MEMORY: u32 = 128 << 10;

/// Bytes made at a time: what is made past a limit before that is seen.
const PIECE: usize = 1 << 18;

impl Packing {
    /// How the content shows that the file is compressed; `None` if it does not.
    pub(super) fn of(format: FileFormat) -> Option<Self> {
        Some(match format {
            FileFormat::Zlib => Self::Zlib,
            FileFormat::Gzip => Self::Gzip,
            FileFormat::Bzip2 => Self::Bzip2,
            FileFormat::Xz => Self::Xz,
            FileFormat::Lzma => Self::Lzma,
            FileFormat::Lz4 => Self::Lz4,
            _ => return None,
        })
    }

    /// joblib's name for it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Zlib => "zlib",
            Self::Gzip => "gzip",
            Self::Bzip2 => "bz2",
            Self::Xz => "xz",
            Self::Lzma => "lzma",
            Self::Lz4 => "lz4",
        }
    }

    fn decoder<'r>(self, input: &'r mut impl BufRead) -> io::Result<Box<dyn Read + 'r>> {
        Ok(match self {
            Self::Zlib => Box::new(ZlibDecoder::new(input)),
            Self::Gzip => Box::new(MultiGzDecoder::new(input)),
            Self::Bzip2 => Box::new(MultiBzDecoder::new(input)),
            Self::Xz => Box::new(XzReader::new_mem_limit(input, true, MEMORY)),
            Self::Lzma => Box::new(LzmaReader::new_mem_limit(input, MEMORY, None)?),
            Self::Lz4 => Box::new(FrameDecoder::new(input)),
        })
    }

    /// The error of a decoder: what the source said, or what is wrong with the stream.
    fn failed(self, error: io::Error, available: u64) -> Error {
        let truncated = error.kind() == io::ErrorKind::UnexpectedEof;
        match error.downcast::<Error>() {
            Ok(error) => error,
            Err(_) if truncated => Error::new(ErrorKind::Truncated { needed: available.saturating_add(1), available }),
            Err(error) => Error::corrupt(format!("the {} stream: {error}", self.name())),
        }
    }

    /// All that is compressed in `source`: held once, and what is read of it shares it. It is charged to the budget as it is made.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`] for a stream that breaks its rules or its checksum, and for bytes behind it;
    /// [`ErrorKind::Truncated`]; [`ErrorKind::Limit`].
    pub(super) fn unpack(self, source: &Arc<dyn Source>, budget: &Budget) -> Result<Bytes> {
        let available = source.len();
        let failed = |error| self.failed(error, available);
        let mut input = BufReader::with_capacity(PIECE, Reader { source, position: 0 });
        let mut decoder = self.decoder(&mut input).map_err(failed)?;
        let (mut bytes, mut made) = (Vec::new(), 0);
        loop {
            if made == bytes.len() {
                let out_of_memory = |_| Error::new(ErrorKind::OutOfMemory { bytes: (made + PIECE) as u64 });
                bytes.try_reserve(PIECE).map_err(out_of_memory)?;
                bytes.resize(made + PIECE, 0);
            }
            let len = match decoder.read(&mut bytes[made..]) {
                Ok(0) => break,
                Ok(len) => len,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(failed(error)),
            };
            budget.charge_expanded(len as u64)?;
            made += len;
        }
        drop(decoder);
        if !input.fill_buf().map_err(failed)?.is_empty() {
            return Err(Error::corrupt(format!("bytes behind the {} stream", self.name())));
        }
        if self == Self::Lz4 {
            check_lz4_end(source)?;
        }
        bytes.truncate(made);
        bytes.shrink_to_fit();
        Ok(Bytes::from(bytes))
    }
}

/// Checks that a frame of LZ4 has its end, which its decoder does without: a mark where the next block's length would be.
///
/// # Errors
/// [`ErrorKind::Truncated`]; those of the source.
fn check_lz4_end(source: &Arc<dyn Source>) -> Result<()> {
    // The flags stand behind the magic number, the optional parts of the header behind them and the sizes of blocks; then comes a byte
    // that is a checksum of them.
    const FLAGS: u64 = 4;
    const FIXED: u64 = FLAGS + 2 + 1;
    const DICTIONARY: u8 = 1;
    const CONTENT_CHECKSUM: u8 = 1 << 2;
    const CONTENT_SIZE: u8 = 1 << 3;
    const BLOCK_CHECKSUM: u8 = 1 << 4;
    // The highest bit of a block's length says that it is not compressed.
    const LENGTH: u32 = !(1 << 31);

    let available = source.len();
    let read = |at: u64, out: &mut [u8]| {
        let needed = at.saturating_add(out.len() as u64);
        if needed > available {
            return Err(Error::new(ErrorKind::Truncated { needed, available }));
        }
        source.read_at(at, out)
    };
    let mut flags = [0];
    read(FLAGS, &mut flags)?;
    let has = |flag: u8, len: u64| if flags[0] & flag == 0 { 0 } else { len };
    let mut at = FIXED + has(CONTENT_SIZE, 8) + has(DICTIONARY, 4);
    loop {
        let mut length = [0; 4];
        read(at, &mut length)?;
        at += 4;
        match u32::from_le_bytes(length) {
            0 => break,
            length => at += u64::from(length & LENGTH) + has(BLOCK_CHECKSUM, 4),
        }
    }
    let needed = at + has(CONTENT_CHECKSUM, 4);
    if needed > available { Err(Error::new(ErrorKind::Truncated { needed, available })) } else { Ok(()) }
}

/// Whether `source` is a compressed stream that begins as a pickle does: so it can be told from a compressed record of Burn. What
/// cannot be decompressed does not.
///
/// # Errors
/// Those of the source.
pub fn is_compressed_pickle(source: &Arc<dyn Source>) -> Result<bool> {
    /// What of it is looked at.
    const HEAD: u64 = 256;

    let Some(packing) = Packing::of(detect(source)?) else { return Ok(false) };
    let mut input = BufReader::new(Reader { source, position: 0 });
    let mut head = Vec::new();
    let Ok(decoder) = packing.decoder(&mut input) else { return Ok(false) };
    // What was made before an error is looked at all the same.
    let _ = decoder.take(HEAD).read_to_end(&mut head);
    Ok(is_pickle(&head))
}

/// A source from its first byte to its last.
struct Reader<'a> {
    source: &'a dyn Source,
    position: u64,
}

impl Read for Reader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.source.len() - self.position).unwrap_or(usize::MAX);
        let len = buffer.len().min(left);
        self.source.read_at(self.position, &mut buffer[..len]).map_err(io::Error::other)?;
        self.position += len as u64;
        Ok(len)
    }
}
