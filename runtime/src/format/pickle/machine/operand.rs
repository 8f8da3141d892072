//! The operands of opcodes: lengths, lines, text and bytes.

use alloc::string::String;
use alloc::vec::Vec;

use super::{Dialect, Machine};
use crate::error::{Error, Result};
use crate::format::pickle::graph::Node;
use crate::format::pickle::opcode as op;

/// Bytes values of at most this length are kept in the graph; longer ones stay in the source.
const MAX_INLINE_BYTES: u64 = 256;

impl<D: Dialect> Machine<'_, D> {
    pub(super) fn memo_index(&mut self, opcode: u8) -> Result<u32> {
        match opcode {
            op::BINPUT | op::BINGET => self.input.u8().map(Into::into),
            op::LONG_BINPUT | op::LONG_BINGET => self.input.u32(),
            _ => {
                let line = self.line()?;
                let index = core::str::from_utf8(&line).ok().and_then(|line| line.parse().ok());
                index.ok_or_else(|| Error::corrupt("the number of a memo entry is malformed"))
            }
        }
    }

    /// The bytes up to a line feed, which is passed.
    pub(super) fn input_line(&mut self, max: u64) -> Result<Vec<u8>> {
        let mut line = Vec::new();
        loop {
            match self.input.u8()? {
                b'\n' => return Ok(line),
                byte => line.push(byte),
            }
            if line.len() as u64 > max {
                self.budget.check_name(line.len() as u64)?;
            }
        }
    }

    /// A line that is no longer than a name may be.
    pub(super) fn line(&mut self) -> Result<Vec<u8>> {
        self.input_line(self.budget.limits().max_name_bytes)
    }

    pub(super) fn name_line(&mut self) -> Result<String> {
        String::from_utf8(self.line()?).map_err(|_| Error::corrupt("a name of the pickle is not UTF-8"))
    }

    pub(super) fn signed_len(&mut self) -> Result<u64> {
        u64::try_from(self.input.u32()?.cast_signed()).map_err(|_| Error::corrupt("a length of the pickle is negative"))
    }

    /// Bytes of this length.
    pub(super) fn bytes(&mut self, len: u64) -> Result<()> {
        if len <= MAX_INLINE_BYTES {
            let bytes = self.input.vec(len)?;
            return self.make(Node::Bytes(&bytes));
        }
        let start = self.input.position();
        self.input.skip(len)?;
        self.make(Node::Blob(&(start..start + len)))
    }

    /// Python 2 has one type for text and bytes.
    pub(super) fn python2_string(&mut self, bytes: &[u8]) -> Result<()> {
        self.make(match core::str::from_utf8(bytes) {
            Ok(text) => Node::Str(text),
            Err(_) => Node::Bytes(bytes),
        })
    }
}
