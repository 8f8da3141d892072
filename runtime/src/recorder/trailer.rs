//! What a file of ours holds beside Burn's record: constants, marks of options that look absent, ties, the schema, and a digest of all of it.
//!
//! In `.mpk` and `.bin` it stands behind the value, where Burn does not look:
//!
//! | bytes | content |
//! |---|---|
//! | n | [`Contents`], in bincode |
//! | 8 | n, little-endian |
//! | 16 | XXH3-128 of everything before, little-endian |
//! | 8 | [`MAGIC`], or [`MAGIC_2`] if the contents say of which matrices nothing is known |
//!
//! In JSON it is the last key ([`json_trailer`](super::json_trailer)).

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::place::{Said, place};
use super::presence::mark_absent;
use super::stored_schema::StoredSchema;
use crate::bytes::Bytes;
use crate::codec::bincode::{self, Slice};
use crate::codec::charged::Meter;
use crate::codec::input::{Input, SourceInput};
use crate::codec::slot::ErrorSlot;
use crate::error::{Error, ErrorKind, Result};
use crate::limits::{Budget, put};
use crate::path::{PathPart, TensorPath};
use crate::record::{Content, Field, FileTensor, Item, LeafRef, Plain, TieId, Tree, Variant, part_of};
use crate::source::{Sink, Source, read_vec};
use crate::value::{Packed, Value};
use crate::xxh3::Xxh3;

/// The last bytes of a file of ours.
const MAGIC: [u8; 8] = *b"VELLUM\x01\n";
/// The same of a file whose contents end with a part that a first reader has not known.
const MAGIC_2: [u8; 8] = *b"VELLUM\x02\n";
const LENGTH_SIZE: usize = 8;
const DIGEST_SIZE: usize = 16;
/// What stands behind the contents.
const FOOTER_SIZE: usize = LENGTH_SIZE + DIGEST_SIZE + MAGIC.len();

/// What a file of ours holds beside the record.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Contents {
    /// The constants, by the path of their field.
    constants: Vec<(String, Stored)>,
    /// The paths of the options that are there and are nothing in Burn's layout, each as often as options are in each other.
    present: Vec<String>,
    /// The paths of the matrices that are transposed in Burn's layout.
    columns: Vec<String>,
    /// The paths of each parameter that is in several places.
    ties: Vec<Vec<String>>,
    /// The fields and their types.
    schema: StoredSchema,
    /// The paths of the matrices of which nobody said how they lie: they came with a record of Burn's, and were never in a model.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    unsaid: Vec<String>,
}

impl Contents {
    /// What is to be written beside a tree.
    ///
    /// # Errors
    /// A constant that has no value, such as an integer of more than 64 bits; what would come to another place than it is of, or to one of
    /// two, because maps have keys with dots: [`place`] goes by the path alone. Of a tensor that is so only if something is said of it.
    pub(super) fn of(tree: &Tree<LeafRef<'_>>, schema: StoredSchema) -> Result<Self> {
        let mut collector = Collector::default();
        collector.tree(tree)?;
        collector.check_slots()?;
        let Collector { constants, present, columns, unsaid, ties, twice, .. } = collector;
        let constants = constants.into_iter().map(|(path, value)| (path, Stored::Tree(value))).collect();
        let ties: Vec<Vec<String>> = ties.into_values().filter(|paths| paths.len() > 1).collect();
        if let Some(path) = ties.iter().flatten().chain(&columns).chain(&unsaid).find(|path| twice.contains(*path)) {
            return Err(unrepresentable("two tensors under one path".into()).in_tensor(path));
        }
        Ok(Self { constants, present, columns, ties, schema, unsaid })
    }

    /// The record's item with the constants in their slots, the options that are there, and the ties at their parameters.
    ///
    /// # Errors
    /// A constant, a mark or a tie for a place that the record has not; a tensor that is broken; a limit.
    pub(super) fn into_item(self, item: Item, budget: &Budget) -> Result<Item> {
        let Self { constants, present, columns, ties, unsaid, schema } = self;
        let mut item = place(item, Said { constants, present, columns, unsaid, ties }, budget)?;
        mark_absent(&mut item, &schema, budget)?;
        Ok(item)
    }

    /// Writes the trailer behind what `sink` digested.
    pub(super) fn write(&self, sink: &mut DigestingSink<'_>) -> Result<()> {
        let contents = bincode::to_vec(self)?;
        sink.put(&contents)?;
        sink.put(&(contents.len() as u64).to_le_bytes())?;
        let digest = sink.digest();
        sink.sink.put(&digest.to_le_bytes())?;
        sink.sink.put(if self.unsaid.is_empty() { &MAGIC } else { &MAGIC_2 })
    }

    /// The contents of the trailer that `rest`, all that is behind the value, is, from the byte `start` on; `None` if nothing is there. They
    /// are charged, and stay so: constants go from here into the item.
    ///
    /// # Errors
    /// Bytes that are no trailer, or whose digest, together with what `hasher` has seen, is not the one stated; a limit.
    pub(super) fn read(rest: &Bytes, start: u64, mut hasher: Xxh3, budget: &Budget) -> Result<Option<Self>> {
        if rest.is_empty() {
            return Ok(None);
        }
        let unknown = || Error::corrupt(format!("{} bytes behind the record that are no trailer of ours", rest.len()));
        let (before, magic) = rest.split_last_chunk::<{ MAGIC.len() }>().ok_or_else(unknown)?;
        let says_unsaid = says_unsaid(*magic).ok_or_else(unknown)?;
        let (digested, stated) = before.split_last_chunk::<DIGEST_SIZE>().ok_or_else(unknown)?;
        hasher.update(digested);
        check_digest(&format!("{:032x}", u128::from_le_bytes(*stated)), hasher.digest128())?;
        let (contents, len) = digested.split_last_chunk::<LENGTH_SIZE>().ok_or_else(unknown)?;
        if u64::from_le_bytes(*len) != contents.len() as u64 {
            return Err(unknown());
        }
        budget.check_header(contents.len() as u64)?;
        let contents = rest.slice(0..contents.len()).ok_or_else(unknown)?;
        Self::decode(&contents, start, says_unsaid, budget).map(|(contents, _)| Some(contents))
    }

    /// The schema in the trailer at the end of a source, if there is one; the digest is not checked. Of what this takes the schema alone stays
    /// charged.
    pub(super) fn peek(source: &dyn Source, budget: &Budget) -> Result<Option<StoredSchema>> {
        let Some(start) = source.len().checked_sub(FOOTER_SIZE as u64) else { return Ok(None) };
        let footer = read_vec(source, start, FOOTER_SIZE as u64)?;
        let (Some(len), Some(magic)) = (footer.first_chunk::<LENGTH_SIZE>(), footer.last_chunk()) else {
            return Ok(None);
        };
        let Some(says_unsaid) = says_unsaid(*magic) else { return Ok(None) };
        let len = u64::from_le_bytes(*len);
        budget.check_header(len)?;
        let Some(start) = start.checked_sub(len) else {
            return Err(Error::corrupt("the trailer is longer than the file").at(start..source.len()));
        };
        budget.charge_held(len)?;
        let (contents, held) = Self::decode(&read_vec(source, start, len)?.into(), start, says_unsaid, budget)?;
        budget.refund_held(held + len);
        budget.charge_held(contents.schema.memory())?;
        Ok(Some(contents.schema))
    }

    /// The contents, which stand at `start` in the file, and how many bytes were charged for them. The constants stay in these bytes, which are
    /// charged if there are any.
    fn decode(contents: &Bytes, start: u64, says_unsaid: bool, budget: &Budget) -> Result<(Self, u64)> {
        let Constants { list: constants, end, held } = Constants::read(contents, start, budget)?;
        let rest = contents.slice(end..contents[..].len()).unwrap_or_else(|| Bytes::from_static(&[]));
        let mut input = SourceInput::from_bytes_at(rest, start + end as u64);
        let errors = ErrorSlot::default();
        let meter = Meter::new(budget, &errors);
        let rest = Deserialize::deserialize(meter.over(&mut bincode::Decoder::new(&mut input, budget, None)));
        let (present, columns, ties, schema) = rest.map_err(|error| errors.recover(error))?;
        let unsaid = if says_unsaid {
            let last = Deserialize::deserialize(meter.over(&mut bincode::Decoder::new(&mut input, budget, None)));
            last.map_err(|error| errors.recover(error))?
        } else {
            Vec::new()
        };
        if input.at_end()? {
            Ok((Self { constants, present, columns, ties, schema, unsaid }, meter.held() + held))
        } else {
            Err(Error::corrupt("the trailer holds more than its contents"))
        }
    }
}

/// The constants at the start of the contents of a trailer.
struct Constants {
    list: Vec<(String, Stored)>,
    /// Where they end.
    end: usize,
    /// How many bytes were charged.
    held: u64,
}

impl Constants {
    /// Those in contents that stand at `position` in the file.
    fn read(contents: &Bytes, position: u64, budget: &Budget) -> Result<Self> {
        let here = |start: usize| position + start as u64..position + contents[..].len() as u64;
        let mut rest = Slice(contents);
        let count = rest.number().map_err(|error| error.at(here(0)))?;
        let mut end = contents[..].len() - rest.0.len();
        let mut held = if count == 0 { 0 } else { contents[..].len() as u64 };
        budget.charge_held(held)?;
        let mut list = Vec::new();
        for _ in 0..count {
            let mut rest = Slice(contents.get(end..).unwrap_or_default());
            let path = rest.text().map_err(|error| error.at(here(end)))?;
            budget.charge_held(path.len() as u64)?;
            held += path.len() as u64;
            let start = contents[..].len() - rest.0.len();
            let (packed, behind) = Packed::read(contents, start, position, budget)?;
            put(&mut list, (path.to_string(), Stored::Packed(packed)), budget)?;
            end = behind;
        }
        held += (list.capacity() * size_of::<(String, Stored)>()) as u64;
        Ok(Self { list, end, held })
    }
}

/// A constant of a trailer: one that is written, or that JSON has, is a tree.
#[derive(Clone, Debug)]
pub(super) enum Stored {
    Tree(Value),
    Packed(Packed),
}

impl Stored {
    /// What goes into its slot.
    pub(super) fn into_item(self) -> Item {
        match self {
            Self::Tree(value) => Item::Value(value),
            Self::Packed(packed) => packed.alone().map_or(Item::Packed(packed), Item::Value),
        }
    }
}

impl Serialize for Stored {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Tree(value) => value.serialize(serializer),
            Self::Packed(_) => Err(serde::ser::Error::custom("a constant that was read is not written again")),
        }
    }
}

impl<'de> Deserialize<'de> for Stored {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(Self::Tree)
    }
}

/// Whether the contents of a trailer with this end say of which matrices nothing is known; `None` if it is none of ours.
fn says_unsaid(magic: [u8; 8]) -> Option<bool> {
    match magic {
        MAGIC => Some(false),
        MAGIC_2 => Some(true),
        _ => None,
    }
}

pub(super) fn check_digest(stated: &str, found: u128) -> Result<()> {
    let found = format!("{found:032x}");
    if stated == found {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Digest { expected: stated.into(), found }))
}

/// Collects by path what the trailer says.
#[derive(Default)]
struct Collector {
    path: TensorPath,
    constants: Vec<(String, Value)>,
    /// The path of the slot that each of them is in.
    slots_of_constants: Vec<String>,
    present: Vec<String>,
    columns: Vec<String>,
    unsaid: Vec<String>,
    ties: BTreeMap<TieId, Vec<String>>,
    /// The paths of all that is nothing in Burn's layout, each with how often it is there.
    slots: BTreeMap<String, usize>,
    /// The path of the slot that the tree is in: a stateless type's, which all of its own is in.
    slot: Option<String>,
    /// The paths of all tensors, and of what would be taken for one, and those that several have.
    leaves: BTreeSet<String>,
    twice: BTreeSet<String>,
}

impl Collector {
    fn tree(&mut self, tree: &Tree<LeafRef<'_>>) -> Result<()> {
        match tree {
            Tree::Plain(Plain::Unit) | Tree::Skipped | Tree::Option(None) => self.slot(|_| Ok(())),
            Tree::Plain(_) | Tree::Numbers(_) => Ok(()),
            Tree::Constant(Ok(value)) => self.slot(|own| {
                if let Some(value) = value {
                    own.constant(value.clone());
                }
                Ok(())
            }),
            Tree::Constant(Err(error)) => Err(unrepresentable(format!("this constant: {error}")).in_place(&self.path)),
            Tree::Leaf(leaf) => {
                let path = self.path.to_string();
                if leaf.is_in_columns() {
                    self.columns.push(path.clone());
                }
                if leaf.is_unsaid() {
                    self.unsaid.push(path.clone());
                }
                if let Some(tie) = leaf.tie() {
                    self.ties.entry(tie).or_default().push(path.clone());
                }
                self.leaf(path);
                Ok(())
            }
            Tree::Option(Some(tree)) => {
                if tree.is_nil() {
                    self.present.push(self.path.to_string());
                }
                self.tree(tree)
            }
            Tree::Struct(own) if own.stateless => self.slot(|collector| collector.fields(&own.fields)),
            Tree::Struct(own) => self.fields(&own.fields),
            Tree::Variant(own) if own.stateless => self.slot(|collector| {
                collector.constant(Value::Str(own.variant.to_string()));
                collector.content(own)
            }),
            Tree::Variant(own) => self.content(own),
            Tree::Seq(_, items) => {
                let mut items = items.iter().enumerate();
                items.try_for_each(|(i, tree)| self.within(PathPart::Index(i), |own| own.tree(tree)))
            }
            Tree::Map(entries) => {
                self.like_a_leaf(entries.len(), |name| entries.iter().any(|(key, _)| key == name));
                let mut entries = entries.iter();
                entries.try_for_each(|(key, tree)| self.within(PathPart::Key(key.clone()), |own| own.tree(tree)))
            }
        }
    }

    fn leaf(&mut self, path: String) {
        if let Some(path) = self.leaves.replace(path) {
            self.twice.insert(path);
        }
    }

    /// Notes what has the names of a tensor's parts, which would be taken for one of which something is said.
    fn like_a_leaf(&mut self, parts: usize, has: impl Fn(&str) -> bool) {
        if FileTensor::has_form(parts, has) {
            self.leaf(self.path.to_string());
        }
    }

    fn content(&mut self, own: &Variant<LeafRef<'_>>) -> Result<()> {
        self.within(PathPart::Variant(own.variant.into()), |collector| match &*own.content {
            Content::Unit => collector.slot(|_| Ok(())),
            Content::Newtype(tree) => collector.tree(tree),
            Content::Fields(fields) => collector.fields(fields),
        })
    }

    /// Collects what is in a slot: there is nothing here in Burn's layout.
    fn slot(&mut self, collect: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        if self.slot.is_some() {
            return collect(self);
        }
        let path = self.path.to_string();
        *self.slots.entry(path.clone()).or_default() += 1;
        self.slot = Some(path);
        collect(self)?;
        self.slot = None;
        Ok(())
    }

    fn constant(&mut self, value: Value) {
        self.slots_of_constants.extend(self.slot.clone());
        self.constants.push((self.path.to_string(), value));
    }

    /// Checks that each constant and each mark comes to its own slot again.
    fn check_slots(&self) -> Result<()> {
        let slots = self.constants.iter().map(|(path, _)| path).zip(&self.slots_of_constants);
        for (path, slot) in slots.chain(self.present.iter().map(|path| (path, path))) {
            if self.slots.get(slot) != Some(&1) {
                return Err(unrepresentable("two slots under one path".into()).in_place(slot));
            }
            let ends = path.match_indices('.').map(|(end, _)| end).chain([path.len()]);
            let mut further = ends.filter(|end| *end > slot.len()).filter_map(|end| path.get(..end));
            if let Some(other) = further.find(|path| self.slots.contains_key(*path)) {
                let what = format!("a constant of `{slot}` whose path leads to `{other}`, too");
                return Err(unrepresentable(what).in_place(path));
            }
        }
        Ok(())
    }

    fn fields(&mut self, fields: &[Field<LeafRef<'_>>]) -> Result<()> {
        if self.slot.is_none() {
            self.like_a_leaf(fields.len(), |name| fields.iter().any(|field| field.name == name));
        }
        fields.iter().try_for_each(|field| self.within(part_of(field.name), |own| own.tree(&field.tree)))
    }

    fn within(&mut self, part: PathPart, walk: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        self.path.push(part);
        let walked = walk(self);
        self.path.pop();
        walked
    }
}

fn unrepresentable(what: String) -> Error {
    Error::new(ErrorKind::Unrepresentable { format: "a record", what })
}

/// A sink that digests what goes through it.
pub(super) struct DigestingSink<'a> {
    sink: &'a mut dyn Sink,
    hasher: Xxh3,
    /// How many bytes of the current piece went through.
    into_piece: usize,
}

impl<'a> DigestingSink<'a> {
    /// Large writes are passed on in pieces of this size, each digested while the processor's cache still has it. They end at multiples
    /// of it: a system keeps a piece in one run of pages if it is as aligned as it is long.
    const PIECE: usize = 256 << 10;

    pub(super) fn new(sink: &'a mut dyn Sink) -> Self {
        Self { sink, hasher: Xxh3::new(), into_piece: 0 }
    }

    #[cfg(feature = "json")]
    /// XXH3-128 of all that went through and of what is to follow.
    pub(super) fn digest_with(&self, next: &[u8]) -> u128 {
        let mut hasher = self.hasher.clone();
        hasher.update(next);
        hasher.digest128()
    }

    /// XXH3-128 of all that went through.
    pub(super) fn digest(&self) -> u128 {
        self.hasher.digest128()
    }
}

impl Sink for DigestingSink<'_> {
    fn put(&mut self, mut bytes: &[u8]) -> Result<()> {
        while !bytes.is_empty() {
            let (piece, rest) = bytes.split_at(bytes.len().min(Self::PIECE - self.into_piece));
            // In this order: a copy reads memory faster than a digest does, and leaves it in the cache.
            self.sink.put(piece)?;
            self.hasher.update(piece);
            self.into_piece = (self.into_piece + piece.len()) % Self::PIECE;
            bytes = rest;
        }
        Ok(())
    }
}
