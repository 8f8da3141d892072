//! The central directory: found, read, and checked against the local headers.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use portable_atomic::{AtomicBool, AtomicU64};

use super::layout::{
    CENTRAL_HEADER, CENTRAL_HEADER_LEN, DEFLATED, END, END_64, END_64_LEN, END_64_STATED_LEN, END_LEN, EXTRA_ZIP64,
    LOCAL_HEADER, LOCAL_HEADER_LEN, LOCATOR_64, LOCATOR_64_LEN, SATURATED_16, SATURATED_32, STORED, flag,
};
use crate::error::{Error, ErrorKind, Result};
use crate::format::input::{Input, push};
use crate::limits::Budget;
use crate::source::{Source, check_range, read_vec};

/// The most that deflate can make of one byte (RFC 1951: a match of 258 bytes takes two bits at least).
const DEFLATE_MAX_RATIO: u64 = 1032;

/// How a member is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Method {
    /// Not compressed: its bytes lie in the archive as they are.
    Stored,
    /// Deflate (RFC 1951).
    Deflated,
    /// Any other, by its number: listed, and an error when the member is read.
    Other(u16),
}

/// A member of an archive, as the central directory states it.
#[derive(Debug)]
pub struct Entry {
    pub(super) name: String,
    pub(super) method: Method,
    pub(super) size: u64,
    pub(super) crc32: u32,
    /// Where its stored or compressed bytes lie in the source.
    pub(super) data: Range<u64>,
    /// Whether all its bytes were once read and their CRC was right.
    pub(super) verified: AtomicBool,
    /// How many of its inflated bytes were charged to the budget; a second reading is not charged again.
    pub(super) charged: AtomicU64,
}

impl Entry {
    /// Its name, with `/` between folders; unique in the archive. Nothing is known of it but that it is UTF-8 without NUL:
    /// it may climb (`../x`).
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How it is compressed.
    pub fn method(&self) -> Method {
        self.method
    }

    /// Its bytes when they are not compressed.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Its bytes in the archive.
    pub fn compressed_size(&self) -> u64 {
        self.data.end - self.data.start
    }

    /// The CRC-32 of its bytes when they are not compressed. Some writers leave it 0.
    pub fn crc32(&self) -> u32 {
        self.crc32
    }

    /// Where its stored or compressed bytes lie in the source.
    pub fn data_range(&self) -> Range<u64> {
        self.data.clone()
    }
}

/// The members of `source`, in the directory's order.
pub(super) fn read(source: &dyn Source, budget: &Budget) -> Result<Vec<Entry>> {
    let end = find_end(source)?;
    budget.check_header(end.directory.end - end.directory.start)?;
    // Each entry has a header of its own, so that a count beyond that is a lie, found before memory is taken for it.
    if end.entries > (end.directory.end - end.directory.start) / CENTRAL_HEADER_LEN {
        return Err(
            Error::corrupt(format!("the zip directory has no room for its {} entries", end.entries)).at(end.directory)
        );
    }
    budget.charge_objects(end.entries)?;
    let mut input = Input::new(source, end.directory.clone())?;
    let (mut entries, mut taken) = (Vec::new(), Vec::new());
    for _ in 0..end.entries {
        let header = CentralHeader::read(&mut input, &end, budget)?;
        let start = header.offset;
        let entry = header.check_local(source)?;
        push(&mut taken, start..entry.data.end)?;
        push(&mut entries, entry)?;
    }
    if input.remaining() != 0 {
        return Err(
            Error::corrupt("the zip directory holds more than its entries").at(input.position()..end.directory.end)
        );
    }
    check_overlap(taken, end.directory.start)?;
    Ok(entries)
}

/// Members that share bytes would let a small archive hold any amount, and two readers see different members.
fn check_overlap(mut taken: Vec<Range<u64>>, directory: u64) -> Result<()> {
    taken.sort_unstable_by_key(|range| range.start);
    let next_starts = taken.iter().skip(1).map(|range| range.start).chain([directory]);
    for (range, next) in taken.iter().zip(next_starts) {
        if range.end > next {
            return Err(Error::corrupt("a zip member overlaps another or the directory").at(range.clone()));
        }
    }
    Ok(())
}

/// What the end records say.
struct End {
    directory: Range<u64>,
    entries: u64,
    /// Bytes before the archive: offsets are counted from behind them.
    prefix: u64,
}

fn find_end(source: &dyn Source) -> Result<End> {
    let at = find_end_record(source)?;
    let mut input = Input::new(source, at..at + END_LEN)?;
    input.skip(4)?;
    let (disk, directory_disk, entries_here, entries) = (input.u16()?, input.u16()?, input.u16()?, input.u16()?);
    let (size, offset) = (input.u32()?, input.u32()?);
    let zip64 = read_end_64(source, at)?;
    let stated = zip64.as_ref().map_or_else(
        || [disk.into(), directory_disk.into(), entries_here.into(), entries.into(), size.into(), offset.into()],
        |zip64| zip64.fields,
    );
    let [disk_64, directory_disk_64, entries_here_64, entries_64, size_64, offset_64] = stated;
    // Where both records state a value, one reader believes the one and another the other.
    let agree = (u64::from(disk) == disk_64 || disk == SATURATED_16)
        && (u64::from(directory_disk) == directory_disk_64 || directory_disk == SATURATED_16)
        && (u64::from(entries_here) == entries_here_64 || entries_here == SATURATED_16)
        && (u64::from(entries) == entries_64 || entries == SATURATED_16)
        && (u64::from(size) == size_64 || size == SATURATED_32)
        && (u64::from(offset) == offset_64 || offset == SATURATED_32);
    if !agree {
        return Err(Error::corrupt("the two end records of the zip disagree").at(at..at + END_LEN));
    }
    if disk_64 != 0 || directory_disk_64 != 0 || entries_here_64 != entries_64 {
        return Err(Error::refused("a zip archive of several disks").at(at..at + END_LEN));
    }
    // The directory ends where the end records start; what it says of its own place then tells how much lies before the archive.
    let directory_end = zip64.as_ref().map_or(at, |zip64| zip64.at);
    let directory = directory_end.checked_sub(size_64).map(|start| start..directory_end);
    let placed = directory.and_then(|directory| Some((directory.start.checked_sub(offset_64)?, directory)));
    let Some((prefix, directory)) = placed else {
        return Err(Error::corrupt(format!(
            "the zip directory is {size_64} bytes at {offset_64}, which is not before its end"
        ))
        .at(at..at + END_LEN));
    };
    if let Some(zip64) = zip64
        && zip64.located_at.checked_add(prefix) != Some(zip64.at)
    {
        return Err(Error::corrupt("the zip64 end record is not where its locator says").at(zip64.at..at));
    }
    if prefix > 0 {
        let mut first = [0; 4];
        source.read_at(0, &mut first)?;
        // Programs that count from the first byte of the file see the one, those that count back from the end the other.
        if [LOCAL_HEADER.to_le_bytes(), END.to_le_bytes()].contains(&first) {
            return Err(Error::refused("a zip archive behind another").at(0..prefix));
        }
    }
    Ok(End { directory, entries: entries_64, prefix })
}

/// Where the end record starts. It is the last thing in the file but for its comment, and the last of its signature: a second
/// one in the comment is what another reader might take.
fn find_end_record(source: &dyn Source) -> Result<u64> {
    let len = source.len();
    let not_a_zip = |found: &str| Error::new(ErrorKind::WrongFormat { expected: "zip", found: found.into() });
    if len < END_LEN {
        return Err(not_a_zip("fewer bytes than an empty archive has"));
    }
    let last = read_vec(source, len - END_LEN, END_LEN)?;
    if last.starts_with(&END.to_le_bytes()) && last.ends_with(&[0, 0]) {
        return Ok(len - END_LEN);
    }
    let tail_len = len.min(END_LEN + u64::from(u16::MAX));
    let tail = read_vec(source, len - tail_len, tail_len)?;
    let Some(found) = tail.windows(4).rposition(|bytes| bytes == END.to_le_bytes()) else {
        let mut first = [0; 4];
        source.read_at(0, &mut first)?;
        return Err(if first == LOCAL_HEADER.to_le_bytes() {
            Error::corrupt("the archive has no end record: it was cut short")
        } else {
            not_a_zip("no end record")
        });
    };
    let at = len - tail_len + found as u64;
    let comment = tail.get(found + 20..found + 22).map(|bytes| u64::from(u16::from_le_bytes([bytes[0], bytes[1]])));
    if comment.and_then(|comment| (at + END_LEN).checked_add(comment)) != Some(len) {
        return Err(Error::corrupt("the comment of the zip does not end where the file does").at(at..len));
    }
    Ok(at)
}

struct End64 {
    /// Where it starts in the source, and where its locator says that it does, counted from the archive's first byte.
    at: u64,
    located_at: u64,
    /// Disk, directory's disk, entries on it, entries, directory's size, directory's offset.
    fields: [u64; 6],
}

/// The zip64 end record before the end record at `end`, if there is one.
fn read_end_64(source: &dyn Source, end: u64) -> Result<Option<End64>> {
    let Some(at) = end.checked_sub(LOCATOR_64_LEN) else { return Ok(None) };
    let mut input = Input::new(source, at..end)?;
    if input.u32()? != LOCATOR_64 {
        return Ok(None);
    }
    let (record_disk, located_at, disks) = (input.u32()?, input.u64()?, input.u32()?);
    if record_disk != 0 || disks > 1 {
        return Err(Error::refused("a zip archive of several disks").at(at..end));
    }
    let missing = || Error::corrupt("there is no zip64 end record before its locator").at(at..end);
    let record = at.checked_sub(END_64_LEN).ok_or_else(missing)?;
    let mut input = Input::new(source, record..at)?;
    if input.u32()? != END_64 || input.u64()? != END_64_STATED_LEN {
        return Err(missing());
    }
    input.skip(4)?;
    let (disk, directory_disk) = (input.u32()?, input.u32()?);
    let fields = [disk.into(), directory_disk.into(), input.u64()?, input.u64()?, input.u64()?, input.u64()?];
    Ok(Some(End64 { at: record, located_at, fields }))
}

/// A header of the central directory, not yet checked against the local one.
struct CentralHeader {
    flags: u16,
    method: u16,
    crc32: u32,
    compressed: u64,
    size: u64,
    /// Of the local header, from the source's first byte.
    offset: u64,
    name: String,
}

impl CentralHeader {
    fn read(input: &mut Input<'_>, end: &End, budget: &Budget) -> Result<Self> {
        let start = input.position();
        let here = |error: Error| error.at(start..start + CENTRAL_HEADER_LEN);
        if input.u32()? != CENTRAL_HEADER {
            return Err(here(Error::corrupt("an entry of the zip directory does not start with its signature")));
        }
        input.skip(4)?;
        let (flags, method) = (input.u16()?, input.u16()?);
        input.skip(4)?;
        let (crc32, compressed, size) = (input.u32()?, input.u32()?, input.u32()?);
        let (name_len, extra_len, comment_len, disk) = (input.u16()?, input.u16()?, input.u16()?, input.u16()?);
        input.skip(6)?;
        let offset = input.u32()?;
        budget.check_name(name_len.into())?;
        let name = input.text(name_len.into(), "a zip member's name")?;
        let extra = input.vec(extra_len.into())?;
        input.skip(comment_len.into())?;
        // Readers that use C strings see another name.
        if name.contains('\0') {
            return Err(here(Error::corrupt("a zip member's name holds a NUL")));
        }
        let [size, compressed, offset] = zip64_values(&extra, [size, compressed, offset])
            .ok_or_else(|| here(Error::corrupt(format!("zip member `{name}` lacks the 64-bit values it announces"))))?;
        if disk != 0 {
            return Err(here(Error::refused("a zip archive of several disks")));
        }
        if flags & flag::UNREADABLE != 0 {
            return Err(here(Error::refused(format!(
                "zip member `{name}` is encrypted or masked (flags {flags:#06x})"
            ))));
        }
        if method == STORED && size != compressed {
            return Err(here(Error::corrupt(format!(
                "zip member `{name}` is stored, and its sizes differ: {size} and {compressed}"
            ))));
        }
        if method == DEFLATED && size / DEFLATE_MAX_RATIO > compressed {
            return Err(here(Error::corrupt(format!(
                "zip member `{name}` states {size} bytes, more than deflate can make of {compressed}"
            ))));
        }
        let offset = offset
            .checked_add(end.prefix)
            .filter(|&offset| offset < end.directory.start)
            .ok_or_else(|| here(Error::corrupt(format!("zip member `{name}` does not lie before the directory"))))?;
        Ok(Self { flags, method, crc32, compressed, size, offset, name })
    }

    /// Checks the local header, and finds the data behind it.
    fn check_local(self, source: &dyn Source) -> Result<Entry> {
        let Self { flags, method, crc32, compressed, size, offset, name } = self;
        let fixed_len = LOCAL_HEADER_LEN + name.len() as u64;
        let here = |what: &str| Error::corrupt(format!("zip member `{name}`: {what}")).at(offset..offset + fixed_len);
        let header = read_vec(source, offset, fixed_len)?;
        let (u16_at, u32_at) = (
            |at: usize| u16::from_le_bytes([header[at], header[at + 1]]),
            |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]),
        );
        if u32_at(0) != LOCAL_HEADER {
            return Err(here("there is no local header where the directory says"));
        }
        let (local_flags, name_len, extra_len) = (u16_at(6), u16_at(26), u16_at(28));
        if usize::from(name_len) != name.len() || header.get(30..) != Some(name.as_bytes()) {
            return Err(here("the local header has another name"));
        }
        if u16_at(8) != method {
            return Err(here("the local header has another method"));
        }
        if local_flags & (flag::DESCRIPTOR | flag::UNREADABLE) != flags & (flag::DESCRIPTOR | flag::UNREADABLE) {
            return Err(here("the local header has other flags"));
        }
        if flags & flag::DESCRIPTOR == 0 {
            let mut sizes = [u32_at(22), u32_at(18), 0];
            if sizes.contains(&SATURATED_32) {
                let extra = read_vec(source, offset + fixed_len, extra_len.into())?;
                sizes[2] = 0;
                if zip64_values(&extra, sizes) != Some([size, compressed, 0]) {
                    return Err(here("the local header has other sizes"));
                }
            } else if sizes.map(u64::from) != [size, compressed, 0] {
                return Err(here("the local header has other sizes"));
            }
            if u32_at(14) != crc32 {
                return Err(here("the local header has another CRC"));
            }
        }
        let start = offset + fixed_len + u64::from(extra_len);
        let data = check_range(source, start, compressed)?;
        let method = match method {
            STORED => Method::Stored,
            DEFLATED => Method::Deflated,
            other => Method::Other(other),
        };
        Ok(Entry { name, method, size, crc32, data, verified: AtomicBool::new(false), charged: AtomicU64::new(0) })
    }
}

/// Size, compressed size and offset, those that are saturated taken from the zip64 extra field, where they stand in this order.
/// `None` if they are not there.
fn zip64_values(extra: &[u8], values: [u32; 3]) -> Option<[u64; 3]> {
    let mut resolved = values.map(u64::from);
    if !values.contains(&SATURATED_32) {
        return Some(resolved);
    }
    let mut rest = extra;
    let mut field = loop {
        let (header, behind) = rest.split_first_chunk::<4>()?;
        let (field, behind) = behind.split_at_checked(u16::from_le_bytes([header[2], header[3]]).into())?;
        if u16::from_le_bytes([header[0], header[1]]) == EXTRA_ZIP64 {
            break field;
        }
        rest = behind;
    };
    for (value, resolved) in values.iter().zip(&mut resolved) {
        if *value == SATURATED_32 {
            let (bytes, behind) = field.split_first_chunk::<8>()?;
            *resolved = u64::from_le_bytes(*bytes);
            field = behind;
        }
    }
    Some(resolved)
}
