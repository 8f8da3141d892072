//! Reading.

use alloc::format;
use alloc::sync::Arc;
use core::ops::Range;

use flate2::{Crc, Decompress, FlushDecompress, Status};

use super::header::Header;
use crate::codec::input::{Buffered, Input, Pull, SourceInput, read_array, truncated};
use crate::error::{Error, Result};
use crate::limits::Budget;
use crate::source::Source;

/// The contents of a gzip file, one member at a time: the end of a member is the end of the input until
/// [`GzipInput::next_member`] is called.
///
/// What is decompressed is charged to the budget. The checksum and the length behind a member are checked when its end is reached, which
/// [`Input::at_end`] tells; nothing read is known to be sound before. Positions are of decompressed bytes, over all members; errors of the
/// compressed form are at bytes of the source.
pub(crate) type GzipInput = Buffered<Members>;

/// The members of a gzip file.
pub(crate) struct Members {
    compressed: SourceInput,
    inflate: Decompress,
    budget: Budget,
    #[cfg(test)]
    header: Header,
    crc: Crc,
    /// Where this member begins in the source.
    start: u64,
    /// Where this member ends in the source, once that is reached and its checksum is right.
    end: Option<u64>,
}

impl GzipInput {
    /// The contents of the first member of `source`.
    ///
    /// # Errors
    /// What is wrong with its header.
    pub(crate) fn open(source: Arc<dyn Source>, budget: &Budget) -> Result<Self> {
        let mut compressed = SourceInput::new(source, false);
        #[cfg_attr(not(test), expect(unused_variables, reason = "only tests look at it"))]
        let header = Header::read(&mut compressed, budget)?;
        let (inflate, budget) = (Decompress::new(false), budget.clone());
        Ok(Self::over(Members {
            compressed,
            inflate,
            budget,
            #[cfg(test)]
            header,
            crc: Crc::new(),
            start: 0,
            end: None,
        }))
    }

    /// The header of this member.
    #[cfg(test)]
    pub(crate) fn header(&self) -> &Header {
        &self.inner.header
    }

    /// Sees that all contents of this member were taken and that they are what was compressed, and says which bytes of the source it is.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`](crate::ErrorKind::Corrupt) if contents are left or the checksum is wrong.
    pub(crate) fn end_member(&mut self) -> Result<Range<u64>> {
        let position = self.position();
        match self.inner_at_end()? {
            Some(end) => Ok(self.inner.start..end),
            None => Err(Error::corrupt("compressed contents go on where they should end").at(position..position)),
        }
    }

    fn inner_at_end(&mut self) -> Result<Option<u64>> {
        Ok(if self.at_end()? { self.inner.end } else { None })
    }

    #[cfg(test)]
    /// Ends this member ([`GzipInput::end_member`]) and begins the next; false if there is none.
    ///
    /// # Errors
    /// As [`GzipInput::end_member`]; bytes behind the member that are no member.
    pub(crate) fn next_member(&mut self) -> Result<bool> {
        let end = self.end_member()?.end;
        let members = &mut self.inner;
        if members.compressed.at_end()? {
            return Ok(false);
        }
        members.header = Header::read(&mut members.compressed, &members.budget)?;
        members.inflate.reset(false);
        members.crc.reset();
        (members.start, members.end) = (end, None);
        Ok(true)
    }
}

impl Pull for Members {
    fn pull(&mut self, buffer: &mut [u8]) -> Result<usize> {
        if self.end.is_some() || buffer.is_empty() {
            return Ok(0);
        }
        loop {
            let position = self.compressed.position();
            let input = self.compressed.peek()?;
            if input.is_empty() {
                // The checksum and the length are still to come at least.
                return Err(truncated(position, TRAILER, 0));
            }
            let (taken, made) = (self.inflate.total_in(), self.inflate.total_out());
            let status = self
                .inflate
                .decompress(input, buffer, FlushDecompress::None)
                .map_err(|error| Error::corrupt(format!("deflate stream: {error}")).at(position..position))?;
            // Both are at most the length of a slice.
            let taken = usize::try_from(self.inflate.total_in() - taken).unwrap_or(usize::MAX);
            let made = usize::try_from(self.inflate.total_out() - made).unwrap_or(usize::MAX);
            self.compressed.consume(taken);
            self.budget.charge_expanded(made as u64)?;
            self.crc.update(&buffer[..made]);
            if status == Status::StreamEnd {
                self.finish()?;
                return Ok(made);
            }
            if made > 0 {
                return Ok(made);
            }
            if taken == 0 {
                return Err(Error::corrupt("deflate stream does not go on").at(position..position));
            }
        }
    }
}

/// Bytes of the checksum and the length.
const TRAILER: u64 = 8;

impl Members {
    /// Holds the contents against the checksum and the length that follow them.
    fn finish(&mut self) -> Result<()> {
        let start = self.compressed.position();
        let crc = u32::from_le_bytes(read_array(&mut self.compressed)?);
        let len = u32::from_le_bytes(read_array(&mut self.compressed)?);
        let end = self.compressed.position();
        if crc != self.crc.sum() {
            let error = format!("the contents' CRC-32 is {:#010x}, and gzip states {crc:#010x}", self.crc.sum());
            return Err(Error::corrupt(error).at(start..end));
        }
        if len != self.crc.amount() {
            let error = format!("the contents' length is {} modulo 2^32, and gzip states {len}", self.crc.amount());
            return Err(Error::corrupt(error).at(start..end));
        }
        self.end = Some(end);
        Ok(())
    }
}
