//! The parameters of a record of Burn's own in bincode, found without the type that tells where they are.
//!
//! Nothing in such a file is named or marked; but a parameter begins with its id, a text of one length whose every character is one of
//! a few, and a tensor follows whose shape, dtype and bytes must agree. An optimizer's state of a parameter begins with that id too;
//! the numbers of its version and of the parameter's rank follow, and tensors of that rank. A text of that form and nothing of
//! this behind it is taken for a parameter that was damaged: it is an error, not skipped.

use alloc::vec::Vec;

use serde::de::DeserializeSeed;

use crate::bytes::Bytes;
use crate::codec::bincode::{Ahead, Decoder};
use crate::codec::input::{Input, SourceInput};
use crate::codec::slot::{BlobSlot, ErrorSlot};
use crate::dtype::{DType, DTypeKind};
use crate::error::{Error, Result};
use crate::limits::Budget;
use crate::record::{FileData, FileTensor, Item, ParamId, Precision, Schema, SchemaFn};
use crate::recorder::decode::{Context, TypedItem, Typing};
use crate::recorder::metadata::{DTypeVariant, Era};
use crate::recorder::stored_schema::StoredSchema;

/// The highest rank that Burn's optimizers have states for.
const MAX_RANK: u64 = 8;

/// What is looked through.
struct Scan<'a> {
    bytes: &'a Bytes,
    era: Era,
    precision: Precision,
    budget: &'a Budget,
}

/// The parameters in `bytes` and the tensors of their states, in their order.
///
/// # Errors
/// A parameter's id with nothing of a parameter behind it, at its bytes.
pub(super) fn parameters(bytes: &Bytes, era: Era, precision: Precision, budget: &Budget) -> Result<Vec<FileTensor>> {
    let scan = Scan { bytes, era, precision, budget };
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let Some(id) = scan.id(at) else {
            at += 1;
            continue;
        };
        // The numbers before a state's first tensor can pass for a parameter without elements.
        let parameter = if scan.begins_state(at) { Err(Error::corrupt("a state")) } else { scan.parameter(at) };
        at = match parameter {
            Ok((tensor, taken)) => {
                found.push(tensor);
                at + taken
            }
            Err(error) => {
                let before = found.len();
                let end = scan.state(at, id, &mut found)?;
                if found.len() == before {
                    let what = alloc::format!("a parameter's id, and no tensor behind it: {error}");
                    return Err(Error::corrupt(what).at(at as u64..bytes.len() as u64));
                }
                end
            }
        };
        budget.check_tensors(found.len() as u64)?;
    }
    Ok(found)
}

impl Scan<'_> {
    /// The id that stands at `at`, if one does.
    fn id(&self, at: usize) -> Option<ParamId> {
        let len = self.era.id_len();
        let (&first, rest) = self.bytes.get(at..)?.split_first()?;
        let text = core::str::from_utf8(rest.get(..len)?).ok()?;
        if usize::from(first) == len { ParamId::parse(text).ok() } else { None }
    }

    /// Whether a state whose first part is a tensor belongs to the id at `at`.
    fn begins_state(&self, at: usize) -> bool {
        let start = at + 1 + self.era.id_len();
        matches!(self.bytes.get(start..start + 2), Some(&[0, variant]) if self.is_of_rank(start + 2, variant))
    }

    /// Whether a tensor of the rank that a variant of a state stands for seems to be at `at`. In 0.12 there was no rank 0, and the
    /// numbers of the others were one less.
    fn is_of_rank(&self, at: usize, variant: u8) -> bool {
        let above = self.rank_at(at).and_then(|rank| rank.checked_sub(variant.into()));
        matches!((above, self.era), (Some(0), _) | (Some(1), Era::Elements))
    }

    /// Adds the tensors of the state of `id`, which stands at `at`, to `found`, and gives its end: the next id, or that of the bytes.
    fn state(&self, at: usize, id: ParamId, found: &mut Vec<FileTensor>) -> Result<usize> {
        let start = at + 1 + self.era.id_len();
        let Some(&[0, variant]) = self.bytes.get(start..start + 2) else { return Ok(start) };
        let mut at = start + 2;
        while at < self.bytes.len() && self.id(at).is_none() {
            if !self.is_of_rank(at, variant) {
                at += 1;
                continue;
            }
            match self.tensor(at, || Schema::Tensor(None)) {
                Ok((tensor, taken)) => {
                    found.push(FileTensor { id: Some(id), ..tensor });
                    self.budget.check_tensors(found.len() as u64)?;
                    at += taken;
                }
                Err(_) => at += 1,
            }
        }
        Ok(at)
    }

    /// The rank of the tensor that seems to stand at `at`: its bytes, as many as its shape and dtype take. Nothing is allocated, and
    /// nothing but the lengths is looked at.
    fn rank_at(&self, at: usize) -> Option<u64> {
        let mut ahead = Ahead(self.bytes.get(at..)?);
        let len = ahead.number().filter(|&len| len > 0)?;
        if self.era < Era::V14 {
            self.skip_elements(len, &mut ahead)?;
        } else {
            ahead.skip(len)?;
        }
        let rank = ahead.number().filter(|&rank| rank <= MAX_RANK)?;
        let mut expected = 1u64;
        for _ in 0..rank {
            expected = expected.checked_mul(ahead.number()?)?;
        }
        if self.era >= Era::V14 {
            let dtype = self.era.dtypes().get(usize::try_from(ahead.number()?).ok()?)?;
            let DTypeVariant::Plain(dtype) = dtype else { return None };
            expected = expected.checked_mul(dtype.size()? as u64)?;
        }
        (expected == len).then_some(rank)
    }

    /// Skips `len` floats as they were written one by one; the bits of halves are integers of one to three bytes.
    fn skip_elements(&self, len: u64, ahead: &mut Ahead<'_>) -> Option<()> {
        match self.precision.float {
            DType::F16 | DType::BF16 => {
                self.budget.charge_objects(len.min(ahead.0.len() as u64)).ok()?;
                (0..len).try_for_each(|_| ahead.number().map(drop))
            }
            float => ahead.skip(len.checked_mul(float.size()? as u64)?),
        }
    }

    /// The parameter at `at`, and how many bytes it takes.
    fn parameter(&self, at: usize) -> Result<(FileTensor, usize)> {
        // Nothing says of what kind elements are, but as many as the shape has are there only if they are read as what they are.
        // Bools are integers too.
        const KINDS: [SchemaFn; 3] = [
            || Schema::Param(Some(DTypeKind::Float)),
            || Schema::Param(Some(DTypeKind::Bool)),
            || Schema::Param(Some(DTypeKind::Integer)),
        ];
        if self.era >= Era::V14 {
            return self.tensor(at, || Schema::Param(None));
        }
        let fits = |found: &(FileTensor, usize)| match &found.0.data {
            FileData::Elements { numbers, shape } => numbers.len() == shape.num_elements(),
            FileData::Typed(_) => true,
        };
        let [float, others @ ..] = KINDS;
        let found = self.tensor(at, float);
        if found.as_ref().is_ok_and(fits) {
            return found;
        }
        let other = others.into_iter().filter_map(|kind| self.tensor(at, kind).ok()).find(fits);
        other.map_or_else(|| found.and(Err(Error::corrupt("more or fewer elements than the shape has"))), Ok)
    }

    /// The tensor at `at`, or the parameter, and how many bytes it takes.
    fn tensor(&self, at: usize, schema: SchemaFn) -> Result<(FileTensor, usize)> {
        let rest = self.bytes.slice(at..self.bytes.len()).ok_or_else(|| Error::corrupt("the end"))?;
        let mut input = SourceInput::from_bytes(rest);
        let (blobs, errors) = (BlobSlot::default(), ErrorSlot::default());
        let context = Context { blobs: &blobs, errors: &errors, budget: self.budget, hint: self.precision.float };
        let schema = StoredSchema::of(schema);
        let typing = Typing { schema: &schema, era: self.era, precision: self.precision, context };
        let item = TypedItem { typing, node: schema.root() };
        let item = item.deserialize(&mut Decoder::new(&mut input, self.budget, Some(&blobs)));
        let Item::Tensor(tensor) = item.map_err(|error| errors.recover(error))? else {
            return Err(Error::corrupt("something else"));
        };
        // No more than the bytes there are.
        Ok((tensor, usize::try_from(input.position()).unwrap_or(usize::MAX)))
    }
}
