//! The header of a member.

use alloc::format;
use alloc::vec::Vec;

use flate2::Crc;

use crate::codec::input::{Input, read_array};
use crate::error::{Error, Result};
use crate::limits::Budget;

/// What a member begins with.
pub(crate) const MAGIC: [u8; 2] = [0x1f, 0x8b];
const DEFLATE: u8 = 8;
const HEADER_CHECKSUM: u8 = 1 << 1;
const EXTRA: u8 = 1 << 2;
const NAME: u8 = 1 << 3;
const COMMENT: u8 = 1 << 4;
const RESERVED: u8 = 0xe0;
/// The operating system is not known; what Burn's files state.
const UNKNOWN_SYSTEM: u8 = 255;

/// What the header of a member says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// Seconds since 1970; 0 if not known.
    pub(crate) mtime: u32,
    /// A hint on how it was compressed: 2 best, 4 fastest, 0 neither.
    pub(crate) xfl: u8,
    /// The operating system; 255 if not known.
    pub(crate) os: u8,
    /// The extra field.
    pub(crate) extra: Option<Vec<u8>>,
    /// The name of the file that was compressed, without the 0 behind it.
    pub(crate) name: Option<Vec<u8>>,
    /// The comment, without the 0 behind it.
    pub(crate) comment: Option<Vec<u8>>,
}

impl Header {
    /// The header of Burn's files, with an extra field if there is one.
    pub(super) fn plain(extra: Option<Vec<u8>>) -> Self {
        Self { mtime: 0, xfl: 0, os: UNKNOWN_SYSTEM, extra, name: None, comment: None }
    }

    /// The bytes of a header with neither name nor comment. `None` if the extra field is longer than 65535 bytes, the most that its
    /// length can state.
    pub(super) fn to_bytes(&self) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        bytes.extend(MAGIC);
        bytes.extend([DEFLATE, if self.extra.is_some() { EXTRA } else { 0 }]);
        bytes.extend(self.mtime.to_le_bytes());
        bytes.extend([self.xfl, self.os]);
        if let Some(extra) = &self.extra {
            bytes.extend(u16::try_from(extra.len()).ok()?.to_le_bytes());
            bytes.extend(extra);
        }
        Some(bytes)
    }

    /// Reads a header.
    pub(super) fn read(input: &mut impl Input, budget: &Budget) -> Result<Self> {
        let start = input.position();
        let mut bytes = Summed { input, crc: Crc::new() };
        let header = Self::parse(&mut bytes, budget);
        let end = bytes.input.position();
        header.map_err(|error| error.at(start..end))
    }

    fn parse(bytes: &mut Summed<'_, impl Input>, budget: &Budget) -> Result<Self> {
        let magic: [u8; 2] = bytes.take()?;
        if magic != MAGIC {
            return Err(Error::corrupt(format!("{magic:02x?} where a gzip member should begin with 1f 8b")));
        }
        let [method, flags] = bytes.take()?;
        if method != DEFLATE {
            return Err(Error::refused(format!("gzip method {method}: only 8, deflate, is defined")));
        }
        if flags & RESERVED != 0 {
            // What a flag that is not known adds to the header would be read as contents.
            return Err(Error::refused(format!("gzip flags {flags:#04x}: the upper three are reserved")));
        }
        let mtime = u32::from_le_bytes(bytes.take()?);
        let [xfl, os] = bytes.take()?;
        let extra = if flags & EXTRA == 0 {
            None
        } else {
            let len = u16::from_le_bytes(bytes.take()?);
            Some(bytes.take_vec(len.into())?)
        };
        let name = if flags & NAME == 0 { None } else { Some(bytes.take_text(budget)?) };
        let comment = if flags & COMMENT == 0 { None } else { Some(bytes.take_text(budget)?) };
        if flags & HEADER_CHECKSUM != 0 {
            let expected = bytes.crc.sum() & 0xffff;
            let stated = u16::from_le_bytes(bytes.take()?);
            if u32::from(stated) != expected {
                return Err(Error::corrupt(format!(
                    "the gzip header's checksum is {stated:#06x}, not {expected:#06x}"
                )));
            }
        }
        Ok(Self { mtime, xfl, os, extra, name, comment })
    }
}

/// The header's bytes, and their checksum.
struct Summed<'a, I> {
    input: &'a mut I,
    crc: Crc,
}

impl<I: Input> Summed<'_, I> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N]> {
        let bytes = read_array(self.input)?;
        self.crc.update(&bytes);
        Ok(bytes)
    }

    fn take_vec(&mut self, len: u64) -> Result<Vec<u8>> {
        let bytes = self.input.read_vec(len)?;
        self.crc.update(&bytes);
        Ok(bytes)
    }

    /// The bytes up to a 0, which is taken too.
    fn take_text(&mut self, budget: &Budget) -> Result<Vec<u8>> {
        let mut text = Vec::new();
        loop {
            match self.take()? {
                [0] => return Ok(text),
                [byte] => text.push(byte),
            }
            budget.check_name(text.len() as u64)?;
        }
    }
}
