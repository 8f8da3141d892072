//! Attributes: small values that are attached to objects.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::btree2;
use super::dataspace::Dataspace;
use super::datatype::Datatype;
use super::fractal::FractalHeap;
use super::header::{Header, kind};
use super::medium::Medium;
use crate::error::{Error, Result};
use crate::format::cursor::Cursor;

/// B-tree records of attributes by the hash of their name: a heap's id, then flags, order and hash.
const ATTRIBUTES_BY_NAME: u8 = 8;

/// A named value of an object.
pub(crate) struct Attribute {
    pub(crate) name: String,
    pub(crate) datatype: Datatype,
    pub(crate) dataspace: Dataspace,
    /// The elements' bytes; those of variable length are in a global heap.
    pub(crate) data: Vec<u8>,
}

/// The attributes of an object. Names are unique.
pub(super) fn attributes(medium: &Medium, header: &Header) -> Result<Vec<Attribute>> {
    let mut attributes = Vec::new();
    for message in header.all(kind::ATTRIBUTE) {
        if message.is_shared() {
            return Err(Error::refused("messages shared through a heap"));
        }
        attributes.push(attribute(medium, &mut medium.cursor(&message.body, message.address))?);
    }
    if let Some(message) = header.only(kind::ATTRIBUTE_INFO, "attribute info")? {
        dense_attributes(medium, &mut medium.cursor(&message.body, message.address), &mut attributes)?;
    }
    let mut names = BTreeSet::new();
    for attribute in &attributes {
        medium.budget.check_name(attribute.name.len() as u64)?;
        if !names.insert(&*attribute.name) {
            return Err(Error::corrupt(format!("two attributes of an object are named `{}`", attribute.name)));
        }
    }
    Ok(attributes)
}

/// An attribute message.
fn attribute(medium: &Medium, cursor: &mut Cursor<'_>) -> Result<Attribute> {
    const DATATYPE_SHARED: u8 = 1;
    const DATASPACE_SHARED: u8 = 2;
    let place = cursor.clone();
    let (version, flags) = (cursor.u8()?, cursor.u8()?);
    if !(1..=3).contains(&version) {
        return Err(place.corrupt(format!("version {version} of an attribute")));
    }
    let [name_len, type_len, space_len] = [cursor.u16()?, cursor.u16()?, cursor.u16()?].map(usize::from);
    if version == 3 {
        cursor.skip(1)?;
    }
    // Version 1 has no flags, and pads each part to eight bytes.
    let flags = if version == 1 { 0 } else { flags };
    let mut part = |len: usize| {
        let origin = cursor.offset();
        let part = Cursor::new(cursor.take(len)?, origin);
        if version == 1 {
            cursor.skip((len.next_multiple_of(8) - len).min(cursor.remaining()))?;
        }
        Ok::<_, Error>(part)
    };
    let (mut name, mut datatype, mut dataspace) = (part(name_len)?, part(type_len)?, part(space_len)?);
    let name = name.until_zero().and_then(|text| name.text(text, "an attribute's name"))?;
    if flags & DATASPACE_SHARED != 0 {
        return Err(Error::refused("messages shared through a heap"));
    }
    let datatype = if flags & DATATYPE_SHARED == 0 {
        Datatype::parse(medium, &mut datatype, 0)?
    } else {
        Datatype::shared(medium, datatype)?
    };
    let dataspace = Dataspace::parse(medium, &mut dataspace)?;
    let len = dataspace.elements()?.saturating_mul(datatype.size as u64);
    // A value of another length would be read short or leave bytes that nobody looks at.
    let data = cursor
        .take(super::medium::to_usize(len)?)
        .map_err(|_| place.corrupt(format!("attribute `{name}` is cut off")))?;
    Ok(Attribute { name, datatype, dataspace, data: data.to_vec() })
}

/// Attributes in a fractal heap, found through a B-tree.
fn dense_attributes(medium: &Medium, cursor: &mut Cursor<'_>, attributes: &mut Vec<Attribute>) -> Result<()> {
    const ORDER_TRACKED: u8 = 1;
    const SHARED: u8 = 2;
    const HEAP_ID: usize = 8;
    let place = cursor.clone();
    if cursor.u8()? != 0 {
        return Err(place.corrupt("attribute info of another version"));
    }
    if cursor.u8()? & ORDER_TRACKED != 0 {
        cursor.skip(2)?;
    }
    let Some(heap) = medium.address(cursor)? else { return Ok(()) };
    let tree = medium.defined(cursor, "the B-tree of an object's attributes")?;
    let mut heap = FractalHeap::read(medium, heap)?;
    for record in btree2::records(medium, tree, ATTRIBUTES_BY_NAME)? {
        let mut cursor = Cursor::new(&record, 0);
        let id = cursor.take(HEAP_ID)?;
        if cursor.u8()? & SHARED != 0 {
            return Err(Error::refused("messages shared through a heap"));
        }
        let (object, address) = heap.object(id)?;
        attributes.push(attribute(medium, &mut medium.cursor(&object, address))?);
    }
    Ok(())
}
