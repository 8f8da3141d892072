//! An open file of any of the three formats.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

use super::options::TorchOptions;
use super::tree::{Listing, Origin};
use super::{archive, legacy, tar};
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::format::zip::{Archive, Entry, Method};
use crate::format::{PlainBytes, TensorEntry, TensorFile, flat};
use crate::limits::Budget;
use crate::shape::Shape;
use crate::source::{self, Source};
use crate::tensor::TensorData;
use crate::value::Value;

/// What every zip starts with.
const ZIP_MAGIC: [u8; 4] = *b"PK\x03\x04";

/// An open file of PyTorch: zip, legacy or tar, whichever it is.
///
/// Tensors are named by the keys that lead to them, joined by dots; numbers, as optimizers have them, are written in decimal. What
/// is kept beside them is in [`TensorFile::values`]. Nothing of the file is run: see [the format](super).
///
/// ```
/// use std::sync::Arc;
///
/// use vellum::format::torch::{TorchFile, TorchOptions, write_state_dict};
/// use vellum::format::{TensorFile, TensorList};
/// use vellum::{Bytes, TensorData};
///
/// let mut tensors = TensorList::default();
/// tensors.push("fc.weight", TensorData::from_vec(vec![1.0f32, 2.0], [1, 2])?);
/// let mut file = Vec::new();
/// write_state_dict(&tensors, &mut file)?;
///
/// let file = TorchFile::open(Arc::new(Bytes::from(file)), &TorchOptions::new())?;
/// assert_eq!(file.tensors()[0].name, "fc.weight");
/// assert_eq!(file.read(0)?.as_slice::<f32>()?, [1.0, 2.0]);
/// # Ok::<(), vellum::Error>(())
/// ```
pub struct TorchFile {
    opened: Opened,
    share: bool,
    digests: bool,
}

/// What each of the formats comes to.
pub(super) struct Opened {
    pub(super) content: Content,
    /// Where each storage is.
    pub(super) places: Vec<Place>,
    pub(super) listing: Listing,
    pub(super) values: Value,
    pub(super) metadata: BTreeMap<String, String>,
    /// Whether the storages are big-endian.
    pub(super) big_endian: bool,
    /// Bytes behind all that the format defines.
    pub(super) trailing: Option<Range<u64>>,
}

/// What storages are read from.
pub(super) enum Content {
    Zip(Archive),
    Plain(Arc<dyn Source>),
}

/// Where a storage is.
#[derive(Debug)]
pub(super) enum Place {
    /// A member of the zip, by its place in the directory.
    Member(usize),
    /// Bytes of the file.
    Range(Range<u64>),
}

impl TorchFile {
    /// Opens the file in `source`: reads its pickle and where the storages are, and checks that all tensors lie inside of them.
    ///
    /// # Errors
    /// [`ErrorKind::WrongFormat`](crate::ErrorKind::WrongFormat) if it is none of the three; [`ErrorKind::Refused`](crate::ErrorKind::Refused) where the pickle would run code, naming what,
    /// and for a zip without CRCs; [`ErrorKind::Corrupt`](crate::ErrorKind::Corrupt), [`ErrorKind::Truncated`](crate::ErrorKind::Truncated), [`ErrorKind::Digest`](crate::ErrorKind::Digest) and
    /// [`ErrorKind::Limit`](crate::ErrorKind::Limit).
    pub fn open(source: Arc<dyn Source>, options: &TorchOptions) -> Result<Self> {
        let budget = Budget::new(options.read.limits.clone(), source.len());
        let mut magic = [0; ZIP_MAGIC.len()];
        if source.len() >= magic.len() as u64 {
            source.read_at(0, &mut magic)?;
        }
        let mut opened = if magic == ZIP_MAGIC {
            archive::open(source, options, &budget)?
        } else if tar::detect(&source)? {
            tar::open(source, &budget)?
        } else {
            legacy::open(source, &budget)?
        };
        check_names(&opened.listing.entries)?;
        // Names were charged while they were found; only what is read needs the rest.
        opened.listing.refusals.shrink_to_fit();
        Ok(Self { opened, share: options.read.share, digests: options.read.digests })
    }

    fn read_view(&self, index: usize) -> Result<TensorData> {
        if let Some((entry, place, offset)) = self.plain_place(index) {
            return self.fetch(place, offset, entry.dtype, entry.shape.clone(), self.share);
        }
        let Opened { listing, places, big_endian, .. } = &self.opened;
        let Some((entry, placed)) = listing.entries.get(index).zip(listing.placed.get(index)) else {
            return Err(Error::argument(alloc::format!("the file has no tensor {index}")));
        };
        let (dtype, shape) = (entry.dtype, entry.shape.clone());
        let place = match &placed.origin {
            Origin::Pickle(array) => {
                return TensorData::new(
                    placed.view(entry).gather(&array.bytes, array.big_endian)?.freeze(),
                    shape,
                    dtype,
                );
            }
            Origin::Storage(place) => places.get(*place).ok_or_else(|| Error::corrupt("a tensor of no storage"))?,
        };
        let span = placed.span.clone();
        let bytes = self.fetch(place, span.start, DType::U8, Shape::from_u64([span.end - span.start])?, true)?;
        TensorData::new(placed.view(entry).gather(bytes.bytes(), *big_endian)?.freeze(), shape, dtype)
    }

    /// Where the tensor at `index` is, if its bytes there are those that it has in memory.
    fn plain_place(&self, index: usize) -> Option<(&TensorEntry, &Place, u64)> {
        let Opened { listing, places, big_endian, .. } = &self.opened;
        let (entry, placed) = listing.entries.get(index).zip(listing.placed.get(index))?;
        let Origin::Storage(place) = &placed.origin else { return None };
        let plain = placed.is_plain() && (!big_endian || entry.dtype.bits() == 8);
        Some((entry, places.get(*place)?, placed.span.start)).filter(|_| plain)
    }

    /// The bytes of a storage from `offset`.
    fn fetch_into(&self, place: &Place, offset: u64, out: &mut [u8]) -> Result<()> {
        match (&self.opened.content, place) {
            (Content::Zip(archive), &Place::Member(member)) => {
                let entry = member_of(archive, member)?;
                if !self.digests && entry.method() == Method::Stored {
                    return archive.section(entry)?.read_at(offset, out);
                }
                archive.read_into(entry, offset, out)
            }
            (Content::Plain(source), Place::Range(range)) => source.read_at(range.start + offset, out),
            _ => Err(lost()),
        }
    }

    /// The bytes of a storage from `offset`, as a tensor.
    fn fetch(&self, place: &Place, offset: u64, dtype: DType, shape: Shape, share: bool) -> Result<TensorData> {
        match (&self.opened.content, place) {
            (Content::Zip(archive), &Place::Member(member)) => {
                let entry = member_of(archive, member)?;
                if !self.digests && entry.method() == Method::Stored {
                    return source::read_tensor(&archive.section(entry)?, offset, dtype, shape, share);
                }
                archive.read_tensor(entry, offset, dtype, shape, share)
            }
            (Content::Plain(source), Place::Range(range)) => {
                source::read_tensor(source, range.start + offset, dtype, shape, share)
            }
            _ => Err(lost()),
        }
    }
}

fn member_of(archive: &Archive, member: usize) -> Result<&Entry> {
    archive.entries().get(member).ok_or_else(lost)
}

fn lost() -> Error {
    Error::corrupt("a storage is not in the file")
}

impl TensorFile for TorchFile {
    fn format(&self) -> &'static str {
        super::NAME
    }

    fn metadata(&self) -> &BTreeMap<String, String> {
        &self.opened.metadata
    }

    fn values(&self) -> &Value {
        &self.opened.values
    }

    fn tensors(&self) -> &[TensorEntry] {
        &self.opened.listing.entries
    }

    fn refusals(&self) -> &[(String, Error)] {
        &self.opened.listing.refusals
    }

    fn read(&self, index: usize) -> Result<TensorData> {
        self.read_view(index).map_err(|error| match self.tensors().get(index) {
            Some(entry) => error.in_tensor(&entry.name),
            None => error,
        })
    }

    fn plain_bytes(&self, index: usize) -> Option<PlainBytes<'_>> {
        let (entry, place, offset) = self.plain_place(index).filter(|_| !self.share)?;
        let len = entry.dtype.byte_len(entry.shape.num_elements())?;
        Some(PlainBytes::new(len, move |out| {
            self.fetch_into(place, offset, out).map_err(|error| error.in_tensor(&entry.name))
        }))
    }

    /// Checks the CRC of every member of a zip, code included; that nothing is behind the end of a legacy file.
    fn verify(&self) -> Result<()> {
        if let Content::Zip(archive) = &self.opened.content {
            for entry in archive.entries() {
                archive.check_crc(entry).map_err(|error| error.in_tensor(entry.name()))?;
            }
        }
        match &self.opened.trailing {
            Some(range) => Err(Error::corrupt("bytes behind the last storage").at(range.clone())),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for TorchFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TorchFile").field("tensors", &self.tensors()).finish_non_exhaustive()
    }
}

/// Nested keys are joined by dots, so that two tensors can come to one name.
fn check_names(entries: &[TensorEntry]) -> Result<()> {
    match flat::duplicate(entries.iter().map(|entry| entry.name.as_str())) {
        Some(name) => Err(Error::corrupt("two tensors are written by this name").in_tensor(name)),
        None => Ok(()),
    }
}
