//! The parameters of a record of Burn's own in bincode, found without the type that tells where they are.
//!
//! Nothing in such a file is named or marked; but a parameter begins with its id, a text of one length whose every character is one of
//! a few, and a tensor follows whose shape, dtype and bytes must agree. An optimizer's state of a parameter begins with that id too;
//! the numbers of its version and of the parameter's rank follow, and tensors of that rank, or none. A text of that form and nothing of
//! this behind it is taken for a parameter that was damaged: it is an error, not skipped. A text of letters alone is rather a word: of the
//! ids that Burn makes, one in a hundred has no digit. Not if more bytes seem to belong to it than there are, as in a file that was cut.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

use serde::de::DeserializeSeed;

use crate::codec::bincode::{Decoder, Slice};
use crate::codec::input::{Input, SourceInput};
use crate::codec::slot::{BlobSlot, ErrorSlot, Hint};
use crate::dtype::DType;
use crate::error::{Error, ErrorKind, Result};
use crate::limits::Budget;
use crate::record::{FileData, FileTensor, Item, ParamId, Precision, Schema, SchemaFn};
use crate::recorder::decode::{Context, Lazy, TypedItem, Typing};
use crate::recorder::metadata::{DTypeVariant, Era, RecordMetadata};
use crate::recorder::stored_schema::StoredSchema;
use crate::source::Source;

/// The highest rank that Burn's optimizers have states for.
const MAX_RANK: u64 = 8;

/// Bytes that are looked through at a time.
const PIECE: usize = 16 << 10;

/// Bytes of the longest number.
const NUMBER: usize = 9;

/// Bytes of the numbers and tags that may be between two tensors of a state, and behind the last.
const BETWEEN: u64 = 64;

/// The parameters from the byte at `start` on and the tensors of their states, in their order. Parameters since 0.14 and the tensors of
/// states are left where they are.
///
/// # Errors
/// A parameter's id with nothing of a parameter behind it, and more bytes of a state than numbers take, each at its bytes; a limit,
/// a failure of the source.
pub(super) fn parameters(
    source: &Arc<dyn Source>,
    start: u64,
    metadata: &RecordMetadata,
    budget: &Budget,
) -> Result<Vec<FileTensor>> {
    let (era, precision) = (metadata.era()?, metadata.precision());
    let lazy = Lazy::default();
    lazy.know(metadata)?;
    let scan = Scan { source, piece: RefCell::default(), era, precision, lazy: &lazy, budget };
    let mut found = Vec::new();
    let mut at = start;
    while at < source.len() {
        let Some(id) = scan.id(at)? else {
            at += 1;
            continue;
        };
        // The numbers before a state's first tensor can pass for a parameter without elements.
        let parameter = if scan.begins_state(at)? { Err(Error::corrupt("a state")) } else { scan.parameter(at) };
        at = match parameter {
            Ok((tensor, end)) => {
                // So could those of weight decay while it was a part of the state.
                let mut state = Vec::new();
                let is_state = era < Era::V10 && tensor.shape().num_elements() == 0;
                match if is_state { scan.state(at, id, &mut state) } else { Ok(end) } {
                    Err(error) if !is_damage(&error) => return Err(error),
                    Ok(behind) if !state.is_empty() => {
                        found.append(&mut state);
                        behind
                    }
                    _ => {
                        found.push(tensor);
                        end
                    }
                }
            }
            Err(error) if !is_damage(&error) => return Err(error),
            Err(error) => {
                let before = found.len();
                let end = scan.state(at, id, &mut found)?;
                if found.len() > before {
                    end
                } else if let Some(behind) = scan.behind_nothing(at)? {
                    behind
                } else {
                    let what = alloc::format!("a parameter's id, and no tensor behind it: {error}");
                    return Err(Error::corrupt(what).at(at..source.len()));
                }
            }
        };
        budget.check_tensors(found.len() as u64)?;
    }
    Ok(found)
}

/// Whether an error says that bytes are not what was looked for. Others say nothing of them.
fn is_damage(error: &Error) -> bool {
    !matches!(
        error.kind(),
        ErrorKind::Limit { .. } | ErrorKind::Io { .. } | ErrorKind::OutOfMemory { .. } | ErrorKind::Changed
    )
}

/// What is looked through.
struct Scan<'a> {
    source: &'a Arc<dyn Source>,
    /// Where the bytes that were read last stand, and these bytes.
    piece: RefCell<(u64, Vec<u8>)>,
    era: Era,
    precision: Precision,
    lazy: &'a Lazy,
    budget: &'a Budget,
}

impl Scan<'_> {
    /// What `see` makes of the bytes at `at`: `len` of them, or fewer at the end.
    fn look<T>(&self, at: u64, len: usize, see: impl FnOnce(&[u8]) -> T) -> Result<T> {
        let left = usize::try_from(self.source.len().saturating_sub(at)).unwrap_or(usize::MAX);
        let len = len.min(left);
        let mut piece = self.piece.borrow_mut();
        let (start, bytes) = &mut *piece;
        let there = |start: u64, bytes: &[u8]| {
            let from = usize::try_from(at.checked_sub(start)?).ok()?;
            (from.checked_add(len)? <= bytes.len()).then_some(from)
        };
        let from = match there(*start, bytes) {
            Some(from) => from,
            None => {
                bytes.resize(left.min(PIECE.max(len)), 0);
                *start = at;
                self.source.read_at(at, bytes)?;
                0
            }
        };
        Ok(see(bytes.get(from..from + len).unwrap_or_default()))
    }

    /// The number at `at`, which is moved behind it.
    fn number(&self, at: &mut u64) -> Result<Option<u64>> {
        let (number, taken) = self.look(*at, NUMBER, |bytes| {
            let mut ahead = Slice(bytes);
            (ahead.number().ok(), bytes.len() - ahead.0.len())
        })?;
        *at += taken as u64;
        Ok(number)
    }

    /// The id that stands at `at`, if one does.
    fn id(&self, at: u64) -> Result<Option<ParamId>> {
        let len = self.era.id_len();
        self.look(at, 1 + len, |bytes| {
            let (&first, id) = bytes.split_first()?;
            if usize::from(first) != len || id.len() != len {
                return None;
            }
            core::str::from_utf8(id).ok().and_then(|text| ParamId::parse(text).ok())
        })
    }

    /// Where what follows the id at `at` begins.
    fn behind_id(&self, at: u64) -> u64 {
        at + 1 + self.era.id_len() as u64
    }

    /// The variant of the state that may begin at `at`: its version comes first.
    fn variant(&self, at: u64) -> Result<Option<u8>> {
        self.look(at, 2, |bytes| if let [0, variant] = *bytes { Some(variant) } else { None })
    }

    /// Where what begins at `at` as an id does ends, if it is a word, or the id of a state that holds nothing.
    fn behind_nothing(&self, at: u64) -> Result<Option<u64>> {
        let behind = self.behind_id(at);
        if self.look(at + 1, self.era.id_len(), |text| text.iter().all(u8::is_ascii_alphabetic))? {
            let mut start = behind;
            let len = self.number(&mut start)?.unwrap_or(0);
            let is_cut = start.checked_add(len).is_none_or(|end| end > self.source.len());
            return Ok(Some(behind).filter(|_| !is_cut));
        }
        let is_empty = |state: &[u8]| matches!(*state, [0, rank, 0] if u64::from(rank) <= MAX_RANK);
        Ok(self.look(behind, 3, is_empty)?.then_some(behind + 3))
    }

    /// Whether a state whose first part is a tensor belongs to the id at `at`.
    fn begins_state(&self, at: u64) -> Result<bool> {
        let start = self.behind_id(at);
        match self.variant(start)? {
            Some(variant) => self.is_of_rank(start + 2, variant),
            None => Ok(false),
        }
    }

    /// Whether a tensor of the rank that a variant of a state stands for seems to be at `at`. Until 0.12 there was no rank 0, and the
    /// numbers of the others were one less.
    fn is_of_rank(&self, at: u64, variant: u8) -> Result<bool> {
        let above = self.rank_at(at)?.and_then(|rank| rank.checked_sub(variant.into()));
        Ok(above == Some(0) || above == Some(1) && self.era.has_lists())
    }

    /// Adds the tensors of the state of `id`, which stands at `at`, to `found`, and gives its end: the next id, or that of the bytes.
    ///
    /// # Errors
    /// More bytes behind a tensor of the state than numbers take: a tensor that was damaged or cut.
    fn state(&self, at: u64, id: ParamId, found: &mut Vec<FileTensor>) -> Result<u64> {
        let start = self.behind_id(at);
        let Some(variant) = self.variant(start)? else { return Ok(start) };
        let before = found.len();
        let mut at = start + 2;
        let mut behind = at;
        while at < self.source.len() && self.id(at)?.is_none() {
            if at - behind > BETWEEN {
                if found.len() == before {
                    break;
                }
                let what = "behind a tensor of an optimizer's state, no tensor and no parameter";
                return Err(Error::corrupt(what).at(behind..at));
            }
            if !self.is_of_rank(at, variant)? {
                at += 1;
                continue;
            }
            match self.tensor(at, || Schema::Tensor(None), Some(self.lazy)) {
                Ok((tensor, end)) => {
                    found.push(FileTensor { id: Some(id), ..tensor });
                    self.budget.check_tensors(found.len() as u64)?;
                    (at, behind) = (end, end);
                }
                Err(error) if is_damage(&error) => at += 1,
                Err(error) => return Err(error),
            }
        }
        Ok(at)
    }

    /// The rank of the tensor that seems to stand at `at`: its bytes, as many as its shape and dtype take. Nothing is allocated, and
    /// nothing but the lengths is looked at.
    fn rank_at(&self, mut at: u64) -> Result<Option<u64>> {
        let Some(len) = self.number(&mut at)?.filter(|&len| len > 0) else { return Ok(None) };
        let Some(behind) = self.behind_elements(len, at)? else { return Ok(None) };
        at = behind;
        let Some(rank) = self.number(&mut at)?.filter(|&rank| rank <= MAX_RANK) else { return Ok(None) };
        let mut expected = Some(1u64);
        for _ in 0..rank {
            let axis = self.number(&mut at)?;
            expected = expected.zip(axis).and_then(|(expected, axis)| expected.checked_mul(axis));
        }
        if !self.era.has_lists() {
            let variant = self.number(&mut at)?.and_then(|variant| usize::try_from(variant).ok());
            let dtype = variant.and_then(|variant| self.era.dtypes().get(variant));
            let Some(DTypeVariant::Plain(dtype)) = dtype else { return Ok(None) };
            expected = expected.zip(dtype.size()).and_then(|(expected, size)| expected.checked_mul(size as u64));
        }
        Ok((expected == Some(len)).then_some(rank))
    }

    /// Where `len` bytes end that begin at `at`, or before 0.14 `len` floats, which were written one by one: the bits of halves are
    /// integers of one to three bytes.
    fn behind_elements(&self, len: u64, mut at: u64) -> Result<Option<u64>> {
        let size = match self.precision.float {
            _ if !self.era.has_lists() => Some(1),
            DType::F16 | DType::BF16 => None,
            float => float.size().map(|size| size as u64),
        };
        let end = if let Some(size) = size {
            len.checked_mul(size).and_then(|len| at.checked_add(len))
        } else {
            for _ in 0..len {
                self.budget.charge_objects(1)?;
                if self.number(&mut at)?.is_none() {
                    return Ok(None);
                }
            }
            Some(at)
        };
        Ok(end.filter(|end| *end <= self.source.len()))
    }

    /// The parameter at `at`, and where it ends.
    fn parameter(&self, at: u64) -> Result<(FileTensor, u64)> {
        // Nothing says of what kind elements are, but as many as the shape has are there only if they are read as what they are.
        // Bools are integers too.
        const KINDS: [SchemaFn; 3] = [
            || Schema::Param(Some(DType::F32)),
            || Schema::Param(Some(DType::Bool)),
            || Schema::Param(Some(DType::I64)),
        ];
        if !self.era.has_lists() {
            return self.tensor(at, || Schema::Param(None), Some(self.lazy));
        }
        let mut first = None;
        for kind in KINDS {
            match self.tensor(at, kind, None) {
                Ok(found) => return Ok(found),
                Err(error) if !is_damage(&error) => return Err(error),
                Err(error) => first = first.or(Some(error)),
            }
        }
        Err(first.unwrap_or_else(|| Error::corrupt("something else")))
    }

    /// The tensor at `at`, or the parameter, and where it ends. As many elements as its shape has are there. With `lazy` it is left
    /// there, and is then read again as a tensor whose dtype the file or its precision states.
    fn tensor(&self, at: u64, schema: SchemaFn, lazy: Option<&Lazy>) -> Result<(FileTensor, u64)> {
        let mut input = SourceInput::at(Arc::clone(self.source), at);
        let (blobs, errors) = (BlobSlot::default(), ErrorSlot::default());
        let hint = Hint::Elements(self.precision.float);
        // Those that are found are counted by who asks for them.
        let tensors = Cell::new(0);
        let context = Context {
            blobs: &blobs,
            errors: &errors,
            budget: self.budget,
            hint,
            float: None,
            lazy,
            tensors: &tensors,
            depth: 0,
        };
        let schema = StoredSchema::of(schema);
        let typing = Typing { schema: &schema, era: self.era, precision: self.precision, context };
        let item = TypedItem { typing, node: schema.root() };
        let item = item.deserialize(&mut Decoder::new(&mut input, self.budget, Some(&blobs)));
        let Item::Tensor(tensor) = item.map_err(|error| errors.recover(error))? else {
            return Err(Error::corrupt("something else"));
        };
        match &tensor.data {
            FileData::Elements { numbers, shape } if numbers.len() != shape.num_elements() => {
                Err(Error::corrupt("more or fewer elements than the shape has"))
            }
            _ => Ok((*tensor, input.position())),
        }
    }
}
