//! The file as HDF5 addresses it: a base, two widths of numbers, and a budget for what is read.

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::error::{Error, Result};
use crate::format::cursor::Cursor;
use crate::limits::Budget;
use crate::source::{self, Source};

/// A file, its base address and the widths of its addresses and lengths.
#[derive(Clone)]
pub(crate) struct Medium {
    pub(crate) source: Arc<dyn Source>,
    pub(crate) budget: Budget,
    /// Where address 0 is in the file: past the user block.
    pub(super) base: u64,
    /// Bytes of an address.
    pub(super) offset_size: usize,
    /// Bytes of a length.
    pub(super) length_size: usize,
}

impl Medium {
    /// Where `address` is in the file.
    pub(super) fn offset(&self, address: u64) -> Result<u64> {
        address
            .checked_add(self.base)
            .ok_or_else(|| Error::corrupt(alloc::format!("address {address} lies past any file")))
    }

    /// `len` bytes of metadata at `address`.
    ///
    /// A small file can make the same bytes be read over and over by structures that overlap: each read is charged as objects,
    /// which bounds the work.
    pub(super) fn block(&self, address: u64, len: u64) -> Result<Vec<u8>> {
        /// Bytes of metadata that count as one object.
        const BYTES_AN_OBJECT: u64 = 64;
        self.budget.check_header(len)?;
        let offset = self.offset(address)?;
        source::check_range(&self.source, offset, len)?;
        self.budget.charge_objects(1 + len / BYTES_AN_OBJECT)?;
        source::read_vec(&self.source, offset, len)
    }

    /// `len` bytes of metadata at `address`, or as many as there are.
    pub(super) fn block_up_to(&self, address: u64, len: u64) -> Result<Vec<u8>> {
        let left = self.source.len().saturating_sub(self.offset(address)?);
        self.block(address, len.min(left))
    }

    /// A cursor over bytes that came from `address`.
    pub(super) fn cursor<'a>(&self, bytes: &'a [u8], address: u64) -> Cursor<'a> {
        Cursor::new(bytes, self.base.saturating_add(address))
    }

    /// An address; `None` where it is undefined, which HDF5 writes as all bits set.
    pub(crate) fn address(&self, cursor: &mut Cursor<'_>) -> Result<Option<u64>> {
        let address = cursor.uint(self.offset_size)?;
        let undefined = u64::MAX >> (64 - 8 * self.offset_size);
        Ok((address != undefined).then_some(address))
    }

    /// An address that must be defined; `what` names what it leads to.
    pub(super) fn defined(&self, cursor: &mut Cursor<'_>, what: &str) -> Result<u64> {
        let place = cursor.clone();
        self.address(cursor)?.ok_or_else(|| place.corrupt(alloc::format!("the address of {what} is undefined")))
    }

    /// A length.
    pub(super) fn length(&self, cursor: &mut Cursor<'_>) -> Result<u64> {
        cursor.uint(self.length_size)
    }
}

/// A number of bytes as this machine counts them.
pub(super) fn to_usize(bytes: u64) -> Result<usize> {
    usize::try_from(bytes).map_err(|_| Error::new(crate::error::ErrorKind::OutOfMemory { bytes }))
}
