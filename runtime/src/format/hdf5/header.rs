//! Object headers: the list of messages that say what an object is.

use alloc::collections::{BTreeSet, VecDeque};
use alloc::format;
use alloc::vec::Vec;

use super::checksum;
use super::medium::Medium;
use crate::bytes::Bytes;
use crate::error::{Error, Result};
use crate::format::cursor::Cursor;

/// What a message is about: the types that this reader uses.
pub(super) mod kind {
    pub(in super::super) const DATASPACE: u16 = 0x01;
    pub(in super::super) const LINK_INFO: u16 = 0x02;
    pub(in super::super) const DATATYPE: u16 = 0x03;
    pub(in super::super) const OLD_FILL_VALUE: u16 = 0x04;
    pub(in super::super) const FILL_VALUE: u16 = 0x05;
    pub(in super::super) const LINK: u16 = 0x06;
    pub(in super::super) const EXTERNAL_FILES: u16 = 0x07;
    pub(in super::super) const LAYOUT: u16 = 0x08;
    pub(in super::super) const GROUP_INFO: u16 = 0x0a;
    pub(in super::super) const FILTERS: u16 = 0x0b;
    pub(in super::super) const ATTRIBUTE: u16 = 0x0c;
    pub(super) const CONTINUATION: u16 = 0x10;
    pub(in super::super) const SYMBOL_TABLE: u16 = 0x11;
    pub(in super::super) const ATTRIBUTE_INFO: u16 = 0x15;
    /// The last type that the format defines.
    pub(super) const LAST: u16 = 0x18;
}

/// Flag of a message: its body is elsewhere.
const SHARED: u8 = 0x02;
/// Flag of a message: a reader that does not know its type must not read the object.
const MUST_BE_KNOWN: u8 = 0x80;
/// Header flag: messages carry their order of creation.
const ORDER_TRACKED: u8 = 0x04;
/// Header flag: limits for the storage of attributes are given.
const ATTRIBUTE_PHASES: u8 = 0x10;
/// Header flag: four times are given.
const TIMES: u8 = 0x20;

/// Bytes of a header of version 2 up to its messages, at most; version 1 has fewer.
const LONGEST_PREFIX: u64 = 4 + 1 + 1 + 16 + 4 + 8;

/// One message of an object header.
pub(super) struct Message {
    pub(super) kind: u16,
    flags: u8,
    /// The address of the body, for errors.
    pub(super) address: u64,
    /// Bytes of the block that it is in, shared.
    pub(super) body: Bytes,
}

impl Message {
    /// Whether the body only says where the message is.
    pub(super) fn is_shared(&self) -> bool {
        self.flags & SHARED != 0
    }
}

/// An object header, all its blocks read.
pub(super) struct Header {
    pub(super) address: u64,
    pub(super) messages: Vec<Message>,
}

impl Header {
    /// Reads the header at `address`.
    pub(super) fn read(medium: &Medium, address: u64) -> Result<Self> {
        let mut header = Self { address, messages: Vec::new() };
        let prefix = medium.block_up_to(address, LONGEST_PREFIX)?;
        if prefix.starts_with(b"OHDR") {
            header.read_new(medium, &prefix)?;
        } else {
            header.read_old(medium, &prefix)?;
        }
        Ok(header)
    }

    /// The first message of a kind.
    pub(super) fn find(&self, kind: u16) -> Option<&Message> {
        self.all(kind).next()
    }

    /// The messages of a kind, in order.
    pub(super) fn all(&self, kind: u16) -> impl Iterator<Item = &Message> {
        self.messages.iter().filter(move |message| message.kind == kind)
    }

    /// The only message of a kind: a second one would contradict it.
    pub(super) fn only(&self, kind: u16, what: &str) -> Result<Option<&Message>> {
        let mut all = self.all(kind);
        let first = all.next();
        match all.next() {
            None => Ok(first),
            Some(_) => Err(Error::corrupt(format!("the object at address {} has two {what} messages", self.address))),
        }
    }

    /// Version 1: a prefix of 16 bytes, messages padded to eight bytes, no checksum.
    fn read_old(&mut self, medium: &Medium, prefix: &[u8]) -> Result<()> {
        const PREFIX: u64 = 16;
        let mut cursor = medium.cursor(prefix, self.address);
        if cursor.u8()? != 1 {
            return Err(medium.cursor(prefix, self.address).corrupt("no object header here"));
        }
        cursor.skip(1)?;
        let declared = usize::from(cursor.u16()?);
        cursor.skip(4)?;
        let size = u64::from(cursor.u32()?);
        let mut blocks = Blocks::new(self.address, (self.address.saturating_add(PREFIX), size));
        let mut found = 0;
        while let Some((address, len)) = blocks.next() {
            let bytes = Bytes::from(medium.block(address, len)?);
            let mut cursor = medium.cursor(&bytes, address);
            // Less than a message's head is padding.
            while cursor.remaining() >= 8 && found < declared {
                let (kind, size, flags) = (cursor.u16()?, usize::from(cursor.u16()?), cursor.u8()?);
                cursor.skip(3)?;
                self.push(medium, &mut blocks, &bytes, &mut cursor, (kind, size, flags))?;
                found += 1;
            }
        }
        if found < declared {
            return Err(Error::corrupt(format!(
                "the object header at address {} has {found} of its {declared} messages",
                self.address
            )));
        }
        Ok(())
    }

    /// Version 2: signatures and checksums.
    fn read_new(&mut self, medium: &Medium, prefix: &[u8]) -> Result<()> {
        const CHECKSUM: u64 = 4;
        let mut cursor = medium.cursor(prefix, self.address);
        cursor.signature(*b"OHDR", "an object header")?;
        let place = cursor.clone();
        if cursor.u8()? != 2 {
            return Err(place.corrupt("the object header is not of version 2"));
        }
        let flags = cursor.u8()?;
        cursor.skip(if flags & TIMES == 0 { 0 } else { 16 } + if flags & ATTRIBUTE_PHASES == 0 { 0 } else { 4 })?;
        let size = cursor.uint(1 << (flags & 3))?;
        let prefix_len = cursor.position() as u64;
        let first = prefix_len.checked_add(size).and_then(|n| n.checked_add(CHECKSUM)).unwrap_or(u64::MAX);
        let mut blocks = Blocks::new(self.address, (self.address, first));
        let mut skip = cursor.position();
        while let Some((address, len)) = blocks.next() {
            let bytes = Bytes::from(medium.block(address, len)?);
            let mut cursor = checksum::verified_cursor(&bytes, medium.offset(address)?)?;
            if address == self.address {
                cursor.skip(skip)?;
            } else {
                cursor.signature(*b"OCHK", "a continuation of an object header")?;
            }
            skip = 0;
            let head = if flags & ORDER_TRACKED == 0 { 4 } else { 6 };
            // Less than a message's head is a gap.
            while cursor.remaining() >= head {
                let (kind, size, flags) = (u16::from(cursor.u8()?), usize::from(cursor.u16()?), cursor.u8()?);
                cursor.skip(head - 4)?;
                self.push(medium, &mut blocks, &bytes, &mut cursor, (kind, size, flags))?;
            }
        }
        Ok(())
    }

    /// Takes a message's body, or notes where the header goes on.
    fn push(
        &mut self,
        medium: &Medium,
        blocks: &mut Blocks,
        block: &Bytes,
        cursor: &mut Cursor<'_>,
        (kind, size, flags): (u16, usize, u8),
    ) -> Result<()> {
        let address = cursor.offset().saturating_sub(medium.base);
        let place = cursor.clone();
        let start = cursor.position();
        let body = cursor.take(size)?;
        if kind > kind::LAST && flags & MUST_BE_KNOWN != 0 {
            return Err(Error::refused(format!("a message of type {kind} that must be understood")));
        }
        medium.budget.charge_objects(1)?;
        if kind == kind::CONTINUATION {
            let mut cursor = medium.cursor(body, address);
            let (next, len) = (medium.defined(&mut cursor, "a continuation")?, medium.length(&mut cursor)?);
            return blocks.push(next, len).map_err(|_| place.corrupt("an object header that continues in itself"));
        }
        let body = block.slice(start..start + size).ok_or_else(|| place.corrupt("a message that ends elsewhere"))?;
        self.messages.push(Message { kind, flags, address, body });
        Ok(())
    }
}

/// The blocks of a header that are to be read; each once, so that a circle ends.
struct Blocks {
    header: u64,
    /// The address of the first block.
    start: u64,
    first: Option<(u64, u64)>,
    /// The addresses of the others, of which there are none in most headers.
    seen: BTreeSet<u64>,
    waiting: VecDeque<(u64, u64)>,
}

impl Blocks {
    fn new(header: u64, first: (u64, u64)) -> Self {
        Self { header, start: first.0, first: Some(first), seen: BTreeSet::new(), waiting: VecDeque::new() }
    }

    fn push(&mut self, address: u64, len: u64) -> Result<()> {
        if address == self.start || !self.seen.insert(address) {
            return Err(Error::corrupt(format!("the object header at address {} continues in itself", self.header)));
        }
        self.waiting.push_back((address, len));
        Ok(())
    }

    fn next(&mut self) -> Option<(u64, u64)> {
        self.first.take().or_else(|| self.waiting.pop_front())
    }
}
