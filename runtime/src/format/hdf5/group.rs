//! Groups: names that lead to objects.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::btree1;
use super::btree2;
use super::fractal::FractalHeap;
use super::header::{Header, kind};
use super::heap::LocalHeap;
use super::medium::Medium;
use crate::error::{Error, Result};
use crate::format::cursor::Cursor;

/// B-tree records of links by the hash of their name: the hash, then a heap's id.
const LINKS_BY_NAME: u8 = 5;

/// A name in a group.
pub(crate) struct Link {
    pub(crate) name: String,
    pub(crate) target: Target,
    /// The order of creation, where it is kept.
    order: Option<u64>,
}

/// What a link leads to.
pub(crate) enum Target {
    /// An object's header in this file.
    Object(u64),
    /// A path, which may lead anywhere or nowhere.
    Soft(String),
    /// Another file, or what a program of the user's makes of it.
    Outside,
}

/// Whether the header is a group's.
pub(super) fn is_group(header: &Header) -> bool {
    [kind::SYMBOL_TABLE, kind::LINK_INFO, kind::LINK, kind::GROUP_INFO].iter().any(|&k| header.find(k).is_some())
}

/// The links of a group, in the order of creation where the file keeps it, and otherwise in the file's. Names are unique.
pub(super) fn links(medium: &Medium, header: &Header) -> Result<Vec<Link>> {
    let mut links = Vec::new();
    if let Some(message) = header.only(kind::SYMBOL_TABLE, "symbol table")? {
        let mut cursor = medium.cursor(&message.body, message.address);
        let tree = medium.defined(&mut cursor, "a group's B-tree")?;
        let heap = medium.defined(&mut cursor, "a group's heap")?;
        old_links(medium, tree, heap, &mut links)?;
    }
    for message in header.all(kind::LINK) {
        links.push(link(medium, &mut medium.cursor(&message.body, message.address))?);
    }
    if let Some(message) = header.only(kind::LINK_INFO, "link info")? {
        let mut cursor = medium.cursor(&message.body, message.address);
        dense_links(medium, &mut cursor, &mut links)?;
    }
    if links.iter().all(|link| link.order.is_some()) {
        links.sort_by_key(|link| link.order);
    }
    let mut names = BTreeSet::new();
    for link in &links {
        medium.budget.check_name(link.name.len() as u64)?;
        // Paths are joined by slashes: with one in a name, two objects could have the same path.
        if link.name.is_empty() || link.name.contains('/') || link.name == "." {
            return Err(Error::corrupt(format!("a link named `{}`", link.name)));
        }
        if !names.insert(&*link.name) {
            return Err(Error::corrupt(format!("two links of a group are named `{}`", link.name)));
        }
    }
    Ok(links)
}

/// The links of a symbol table: a B-tree of nodes, names in a local heap.
fn old_links(medium: &Medium, tree: u64, heap: u64, links: &mut Vec<Link>) -> Result<()> {
    const SOFT: u32 = 2;
    let heap = LocalHeap::read(medium, heap)?;
    let mut seen = BTreeSet::new();
    for (_, address) in btree1::entries(medium, tree, btree1::Kind::Group, medium.length_size)? {
        if !seen.insert(address) {
            return Err(Error::corrupt(format!("the symbol table node at address {address} is in its group twice")));
        }
        let head = medium.block(address, 8)?;
        let mut cursor = medium.cursor(&head, address);
        cursor.signature(*b"SNOD", "a symbol table node")?;
        cursor.skip(2)?;
        let count = u64::from(cursor.u16()?);
        medium.budget.charge_objects(count)?;
        // Name, header, kind of cache, a reserved word, and 16 bytes whose use the kind tells.
        let entry = (2 * medium.offset_size + 4 + 4 + 16) as u64;
        let body_at = address.saturating_add(8);
        let body = medium.block(body_at, count * entry)?;
        let mut cursor = medium.cursor(&body, body_at);
        for _ in 0..count {
            let name = cursor.uint(medium.offset_size)?;
            let header = medium.address(&mut cursor)?;
            let cache = cursor.u32()?;
            cursor.skip(4)?;
            let mut scratch = Cursor::new(cursor.take(16)?, 0);
            let target = match header {
                _ if cache == SOFT => Target::Soft(heap.text(medium, u64::from(scratch.u32()?))?),
                Some(address) => Target::Object(address),
                None => return Err(cursor.corrupt("a link that leads nowhere")),
            };
            links.push(Link { name: heap.text(medium, name)?, target, order: None });
        }
    }
    Ok(())
}

/// A link message.
fn link(medium: &Medium, cursor: &mut Cursor<'_>) -> Result<Link> {
    const HAS_KIND: u8 = 0x08;
    const HAS_ORDER: u8 = 0x04;
    const HAS_CHARACTER_SET: u8 = 0x10;
    const HARD: u8 = 0;
    const SOFT: u8 = 1;
    let place = cursor.clone();
    if cursor.u8()? != 1 {
        return Err(place.corrupt("a link of another version"));
    }
    let flags = cursor.u8()?;
    let kind = if flags & HAS_KIND == 0 { HARD } else { cursor.u8()? };
    let order = if flags & HAS_ORDER == 0 { None } else { Some(cursor.u64()?) };
    if flags & HAS_CHARACTER_SET != 0 {
        cursor.skip(1)?;
    }
    let len = super::medium::to_usize(cursor.uint(1 << (flags & 3))?)?;
    let name = cursor.take(len)?;
    let name = cursor.text(name, "a link's name")?;
    let target = match kind {
        HARD => Target::Object(medium.defined(cursor, "a link's object")?),
        SOFT => {
            let len = usize::from(cursor.u16()?);
            let path = cursor.take(len)?;
            Target::Soft(cursor.text(path, "a soft link")?)
        }
        _ => Target::Outside,
    };
    Ok(Link { name, target, order })
}

/// Links in a fractal heap, found through a B-tree.
fn dense_links(medium: &Medium, cursor: &mut Cursor<'_>, links: &mut Vec<Link>) -> Result<()> {
    const ORDER_TRACKED: u8 = 1;
    const HASH: usize = 4;
    let place = cursor.clone();
    if cursor.u8()? != 0 {
        return Err(place.corrupt("link info of another version"));
    }
    if cursor.u8()? & ORDER_TRACKED != 0 {
        cursor.skip(8)?;
    }
    let Some(heap) = medium.address(cursor)? else { return Ok(()) };
    let tree = medium.defined(cursor, "the B-tree of a group's links")?;
    let mut heap = FractalHeap::read(medium, heap)?;
    for record in btree2::records(medium, tree, LINKS_BY_NAME)? {
        let (object, address) = heap.object(record.get(HASH..).unwrap_or_default())?;
        links.push(link(medium, &mut medium.cursor(&object, address))?);
    }
    Ok(())
}
