//! An open archive.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use portable_atomic::Ordering;

use super::directory::{self, Entry, Method};
use super::member::MemberReader;
use crate::bytes::{Bytes, BytesMut};
use crate::dtype::DType;
use crate::error::{Error, ErrorKind, Result};
use crate::limits::Budget;
use crate::shape::Shape;
use crate::source::{self, Section, Source};
use crate::tensor::TensorData;

/// An open zip archive: its directory was read and checked against the local headers; members are read when asked for.
///
/// ```
/// use std::sync::Arc;
///
/// use vellum::format::zip::{Archive, ZipWriter};
/// use vellum::{Budget, Bytes, Limits};
///
/// let mut file = Vec::new();
/// let mut writer = ZipWriter::new(&mut file);
/// writer.stored("greeting.txt", 5, |put| put(b"hello"))?;
/// writer.finish()?;
///
/// let budget = Budget::new(Limits::default(), file.len() as u64);
/// let archive = Archive::open(Arc::new(Bytes::from(file)), &budget)?;
/// let entry = archive.find("greeting.txt").expect("was just written");
/// assert_eq!(*archive.read(entry)?, *b"hello");
/// # Ok::<(), vellum::Error>(())
/// ```
pub struct Archive {
    source: Arc<dyn Source>,
    budget: Budget,
    entries: Vec<Entry>,
    /// Places in `entries`, by name.
    by_name: Vec<usize>,
    checks_crc: bool,
}

impl Archive {
    /// Opens the archive in `source`. Inflated bytes are charged to `budget`, those of a member once.
    ///
    /// Bytes before the archive are allowed, as self-extracting files have them, where all offsets agree about their number;
    /// bytes behind it are not.
    ///
    /// # Errors
    /// [`ErrorKind::WrongFormat`] if this is no zip; [`ErrorKind::Corrupt`] where a rule of the format is broken or two readers
    /// could see different members; [`ErrorKind::Refused`] for encrypted archives and those of several disks;
    /// [`ErrorKind::Limit`].
    pub fn open(source: Arc<dyn Source>, budget: &Budget) -> Result<Self> {
        let entries = directory::read(&source, budget)?;
        let mut by_name: Vec<usize> = (0..entries.len()).collect();
        by_name.sort_unstable_by_key(|&index| &entries[index].name);
        let twice = by_name.windows(2).find(|pair| entries[pair[0]].name == entries[pair[1]].name);
        if let Some(pair) = twice {
            let Entry { name, data, .. } = &entries[pair[1]];
            return Err(Error::corrupt(alloc::format!("the zip has two members `{name}`")).at(data.clone()));
        }
        Ok(Self { source, budget: budget.clone(), entries, by_name, checks_crc: true })
    }

    /// Whether CRCs are computed and compared; they are unless this says otherwise. PyTorch can be told to write none, and then
    /// every CRC of the file is 0.
    #[must_use]
    pub fn with_crc_checks(mut self, checks: bool) -> Self {
        self.checks_crc = checks;
        self
    }

    /// The members, in the directory's order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The member of this name.
    pub fn find(&self, name: &str) -> Option<&Entry> {
        self.entries.get(self.position(name)?)
    }

    /// The place of the member of this name in the directory.
    pub fn position(&self, name: &str) -> Option<usize> {
        let place = self.by_name.binary_search_by(|&index| self.entries[index].name.as_str().cmp(name)).ok()?;
        self.by_name.get(place).copied()
    }

    /// The bytes of a stored member, in place. Nothing of them is checked: call [`Archive::check_crc`] first.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`] if it is compressed.
    pub fn section(&self, entry: &Entry) -> Result<Section> {
        if entry.method != Method::Stored {
            return Err(Error::refused(alloc::format!("zip member `{}` is compressed", entry.name)));
        }
        Section::new(Arc::clone(&self.source), entry.data.clone())
    }

    /// A reader of a member's bytes in order, of either method, that computes the CRC on the way.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`] with the name of any other method.
    pub fn reader<'a>(&'a self, entry: &'a Entry) -> Result<MemberReader<'a>> {
        MemberReader::new(self, entry)
    }

    /// All bytes of a member, its CRC checked; not copied where they are stored, and in memory already.
    ///
    /// # Errors
    /// As [`MemberReader::fill`] and [`MemberReader::finish`].
    pub fn read(&self, entry: &Entry) -> Result<Bytes> {
        if entry.method == Method::Stored
            && let Some(bytes) = self.source.share(entry.data.clone())
        {
            self.check_crc(entry)?;
            return Ok(bytes);
        }
        let mut reader = self.reader(entry)?;
        let mut buffer = self.buffer(entry, DType::U8, entry.size)?;
        reader.fill(buffer.as_mut_slice())?;
        reader.finish()?;
        Ok(buffer.freeze())
    }

    /// Checks the CRC of a member, a piece at a time; at once if it was found right before.
    ///
    /// # Errors
    /// As [`MemberReader::finish`].
    pub fn check_crc(&self, entry: &Entry) -> Result<()> {
        if !self.checks_crc || entry.verified.load(Ordering::Relaxed) {
            return Ok(());
        }
        let shared = if entry.method == Method::Stored { self.source.share(entry.data.clone()) } else { None };
        let Some(bytes) = shared else { return self.reader(entry)?.finish() };
        let found = crc32fast::hash(&bytes);
        if found != entry.crc32 {
            let (expected, found) = (alloc::format!("{:08x}", entry.crc32), alloc::format!("{found:08x}"));
            return Err(Error::new(ErrorKind::Digest { expected, found }).at(entry.data.clone()));
        }
        entry.verified.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// The tensor whose row-major little-endian bytes start at `offset` of a member: one allocation, one copy (none with
    /// `share`, where the member is stored and in memory already), straight from the archive.
    ///
    /// The first reading of a member goes through all of it for its CRC, in the same pass; later ones read the tensor's bytes
    /// only.
    ///
    /// # Errors
    /// [`ErrorKind::Truncated`] if the member ends before the tensor; as [`MemberReader::fill`] and [`MemberReader::finish`].
    pub fn read_tensor(
        &self,
        entry: &Entry,
        offset: u64,
        dtype: DType,
        shape: Shape,
        share: bool,
    ) -> Result<TensorData> {
        let Some(len) = dtype.byte_len(shape.num_elements()) else {
            return Err(Error::new(ErrorKind::ByteLength { shape, dtype, bytes: entry.size }));
        };
        check_inside(entry, offset, len)?;
        if share && entry.method == Method::Stored && self.source.share(entry.data.clone()).is_some() {
            self.check_crc(entry)?;
            return source::read_tensor(&self.section(entry)?, offset, dtype, shape, share);
        }
        let mut buffer = self.buffer(entry, dtype, len as u64)?;
        self.read_into(entry, offset, buffer.as_mut_slice())?;
        TensorData::new(buffer.freeze(), shape, dtype)
    }

    /// Fills `out` with the bytes of a member from `offset`, straight from the archive.
    ///
    /// # Errors
    /// As [`Archive::read_tensor`].
    pub fn read_into(&self, entry: &Entry, offset: u64, out: &mut [u8]) -> Result<()> {
        check_inside(entry, offset, out.len())?;
        if entry.method != Method::Stored {
            self.charge(entry, entry.size)?;
        } else if !self.checks_crc || entry.verified.load(Ordering::Relaxed) {
            return self.source.read_at(entry.data.start + offset, out);
        }
        let mut reader = self.reader(entry)?;
        reader.skip(offset)?;
        reader.fill(out)?;
        reader.finish()
    }

    /// A buffer for `len` bytes of a member: they exist in the archive, or the budget allows that all of it is inflated.
    fn buffer(&self, entry: &Entry, dtype: DType, len: u64) -> Result<BytesMut> {
        if entry.method != Method::Stored {
            self.charge(entry, entry.size)?;
        }
        let size = usize::try_from(len).map_err(|_| Error::new(ErrorKind::OutOfMemory { bytes: len }))?;
        BytesMut::zeroed(dtype, size)
    }

    /// Charges the inflated bytes of a member up to `end`, each once.
    pub(super) fn charge(&self, entry: &Entry, end: u64) -> Result<()> {
        let before = entry.charged.fetch_max(end, Ordering::Relaxed);
        if end > before { self.budget.charge_expanded(end - before) } else { Ok(()) }
    }

    pub(super) fn source(&self) -> &dyn Source {
        &*self.source
    }

    pub(super) fn checks_crc(&self) -> bool {
        self.checks_crc
    }
}

/// Refuses what ends behind the end of a member: the check that comes before any allocation.
fn check_inside(entry: &Entry, offset: u64, len: usize) -> Result<()> {
    let needed = offset.saturating_add(len as u64);
    if needed > entry.size {
        return Err(Error::new(ErrorKind::Truncated { needed, available: entry.size }).at(entry.data.clone()));
    }
    Ok(())
}

impl fmt::Debug for Archive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Archive").field("entries", &self.entries).finish_non_exhaustive()
    }
}
