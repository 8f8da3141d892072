//! Dataspaces: how many elements, along which axes.

use alloc::format;
use alloc::vec::Vec;

use super::header::Message;
use super::medium::Medium;
use crate::error::{Error, Result};
use crate::format::cursor::Cursor;

/// The axes of a dataset or an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Dataspace {
    /// Nothing is there, not even one element.
    Null,
    /// Lengths of axes, outermost first, and what they may grow to; no axes for a scalar.
    Simple { dims: Vec<u64>, most: Vec<u64> },
}

impl Dataspace {
    pub(super) fn of_message(medium: &Medium, message: &Message) -> Result<Self> {
        if message.is_shared() {
            return Err(Error::refused("messages shared through a heap"));
        }
        Self::parse(medium, &mut medium.cursor(&message.body, message.address))
    }

    pub(super) fn parse(medium: &Medium, cursor: &mut Cursor<'_>) -> Result<Self> {
        const NULL: u8 = 2;
        const HAS_MOST: u8 = 1;
        let place = cursor.clone();
        let (version, rank, flags) = (cursor.u8()?, cursor.u8()?, cursor.u8()?);
        match version {
            1 => cursor.skip(5)?,
            2 if cursor.u8()? == NULL => return Ok(Self::Null),
            2 => {}
            _ => return Err(place.corrupt(format!("version {version} of a dataspace"))),
        }
        let dims = (0..rank).map(|_| medium.length(cursor)).collect::<Result<Vec<_>>>()?;
        let most = match flags & HAS_MOST {
            0 => dims.clone(),
            _ => (0..rank).map(|_| medium.length(cursor)).collect::<Result<_>>()?,
        };
        Ok(Self::Simple { dims, most })
    }

    /// The lengths of the axes; none where there is no element.
    pub(crate) fn dims(&self) -> &[u64] {
        if let Self::Simple { dims, .. } = self { dims } else { &[] }
    }

    /// What the axes may grow to, all bits of a length set where there is no end.
    pub(super) fn most(&self) -> &[u64] {
        if let Self::Simple { most, .. } = self { most } else { &[] }
    }

    /// Number of elements.
    pub(crate) fn elements(&self) -> Result<u64> {
        match self {
            Self::Null => Ok(0),
            Self::Simple { dims, .. } => product(dims),
        }
    }
}

/// The product of lengths, which must be counted in 64 bits.
pub(super) fn product(dims: &[u64]) -> Result<u64> {
    if dims.contains(&0) {
        return Ok(0);
    }
    dims.iter()
        .try_fold(1u64, |product, &dim| product.checked_mul(dim))
        .ok_or_else(|| Error::new(crate::error::ErrorKind::ShapeOverflow { shape: dims.to_vec() }))
}
