//! The elements of arrays: numbers are left where they are, text and objects are read.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use super::array::{Array, Layout, Place};
use super::global::Global;
use super::tree::{Attribute, Objects, Records, Texts};
use super::walk::Walk;
use crate::bytes::Bytes;
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::format::order::{self, Part};
use crate::format::pickle::numpy::{Elements, Field, Parts};
use crate::format::pickle::{Node, NodeId};
use crate::shape::Shape;
use crate::source::{self, Source};

/// The bytes of an array, and how its elements lie in them.
struct Data {
    place: Place,
    shape: Shape,
    fortran: bool,
    storage: u64,
}

impl Walk<'_> {
    /// The array of these parts; `id` is its node, and `start` where its bytes are if joblib keeps them in the file.
    pub(super) fn array(&mut self, id: NodeId, parts: &Parts, start: Option<u64>) -> Result<Attribute> {
        if let Some(class) = parts.subclass
            && !["numpy.matrix", "numpy.memmap"].contains(&self.graph.type_name(class))
        {
            return Ok(Attribute::Refused(format!("an array of the class `{}`", self.graph.type_name(class))));
        }
        let made = self.elements_of(id, parts, start);
        made.map_err(|error| self.here(error))
    }

    fn elements_of(&mut self, id: NodeId, parts: &Parts, start: Option<u64>) -> Result<Attribute> {
        let elements = Elements::find(self.graph, parts.dtype, Global::numpy, self.file.budget)?;
        let shape = parts.shape(self.graph)?;
        let count = shape.num_elements() as u64;
        if let Elements::Objects = elements {
            return self.objects(parts.data, shape);
        }
        let needed = elements.size().and_then(|size| size.checked_mul(count));
        let (place, len) = match start {
            // joblib's bytes are as many as these: the reader of the pickle passed over them.
            Some(offset) => (self.in_source(offset), needed),
            None => match self.graph.node(parts.data) {
                Node::Bytes(bytes) => (Place::Memory(self.copy(parts.data, bytes)), Some(bytes.len() as u64)),
                Node::Blob(range) => (self.in_source(range.start), Some(range.end - range.start)),
                _ => return Err(Error::corrupt("an array of NumPy without bytes")),
            },
        };
        if needed.is_some() && needed != len {
            let len = len.unwrap_or_default();
            return Err(Error::corrupt(format!("an array of NumPy of shape {shape} has {len} bytes")));
        }
        let data = Data { place, shape, fortran: parts.fortran, storage: self.storage(id) };
        // Nothing else is one object in several places: small byte strings are shared by Python itself.
        let tied = parts.shape.is_some();
        match elements {
            Elements::Number { dtype, big_endian } => Ok(Attribute::Array(data.numbers(dtype, big_endian, tied))),
            Elements::Text { chars, big_endian } => self.texts(&data, chars, big_endian, parts.shape.is_none()),
            Elements::Bytes { len } => self.byte_strings(&data, len, parts.shape.is_none()),
            Elements::Records { size, fields } => data.records(size, fields),
            Elements::Refused { why, .. } => Ok(Attribute::Refused(why)),
            Elements::Objects => Err(Error::corrupt("an array of objects without its list")),
        }
    }

    /// Truth values that are a byte each.
    pub(super) fn bools(&mut self, bytes: NodeId, shape: Shape, fortran: bool) -> Result<Attribute> {
        let (place, len) = match self.graph.node(bytes) {
            Node::Bytes(inline) => (Place::Memory(self.copy(bytes, inline)), inline.len() as u64),
            Node::Blob(range) => (self.in_source(range.start), range.end - range.start),
            _ => return Err(self.here(Error::corrupt("a mask without bytes"))),
        };
        if len != shape.num_elements() as u64 {
            return Err(self.here(Error::corrupt(format!("a mask of shape {shape} has {len} bytes"))));
        }
        let data = Data { place, shape, fortran, storage: 0 };
        Ok(Attribute::Array(data.numbers(DType::Bool, false, false)))
    }

    fn in_source(&self, offset: u64) -> Place {
        Place::Source { source: self.file.source.clone(), offset, share: self.file.share }
    }

    /// The bytes of a node, copied out of the graph once.
    fn copy(&mut self, id: NodeId, bytes: &[u8]) -> Bytes {
        self.copied.entry(id).or_insert_with(|| Bytes::from(bytes.to_vec())).clone()
    }

    /// An array of objects, whose data is a list of them in row-major order.
    fn objects(&mut self, data: NodeId, shape: Shape) -> Result<Attribute> {
        let Node::List(nodes) = self.graph.node(data) else {
            return Err(Error::corrupt("an array of objects without its list"));
        };
        if nodes.len() != shape.num_elements() {
            let len = nodes.len();
            return Err(Error::corrupt(format!("an array of objects of shape {shape} has {len} of them")));
        }
        let items = self.items(nodes)?;
        let is_text = |item: &Attribute| matches!(item, Attribute::Text(_));
        if items.is_empty() || !items.iter().all(is_text) {
            return Ok(Attribute::Objects(Objects { shape, items }));
        }
        let text = |item| if let Attribute::Text(text) = item { Some(text) } else { None };
        Ok(Attribute::Texts(Texts { shape, values: items.into_iter().filter_map(text).collect() }))
    }

    /// Text of at most `chars` characters of four bytes, filled up with zeros.
    fn texts(&mut self, data: &Data, chars: u64, big_endian: bool, scalar: bool) -> Result<Attribute> {
        let mut values = Vec::new();
        for element in self.pieces(data, chars.saturating_mul(4))? {
            let characters = element
                .as_chunks::<4>()
                .0
                .iter()
                .map(|&unit| if big_endian { u32::from_be_bytes(unit) } else { u32::from_le_bytes(unit) });
            let text: Option<String> = characters.map(char::from_u32).collect();
            let text = text.ok_or_else(|| Error::corrupt("an array of text holds what is no character"))?;
            values.push(text.trim_end_matches('\0').into());
        }
        Ok(match (scalar, values.pop()) {
            (true, Some(text)) => Attribute::Text(text),
            (_, last) => {
                values.extend(last);
                Attribute::Texts(Texts { shape: data.shape.clone(), values })
            }
        })
    }

    /// Byte strings of at most `len` bytes, filled up with zeros.
    fn byte_strings(&mut self, data: &Data, len: u64, scalar: bool) -> Result<Attribute> {
        let mut items = Vec::new();
        for element in self.pieces(data, len)? {
            let end = element.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
            items.push(Attribute::Bytes(element[..end].to_vec()));
        }
        Ok(match (scalar, items.pop()) {
            (true, Some(bytes)) => bytes,
            (_, last) => {
                items.extend(last);
                Attribute::Objects(Objects { shape: data.shape.clone(), items })
            }
        })
    }

    /// The bytes of each element in row-major order. What is made of them is charged, as they may be short, or none.
    fn pieces(&mut self, data: &Data, size: u64) -> Result<impl Iterator<Item = Vec<u8>>> {
        let count = data.shape.num_elements() as u64;
        let out_of_range = || Error::corrupt("an array of text is too large to address");
        let len = size.checked_mul(count).ok_or_else(out_of_range)?;
        self.file.budget.charge_expanded(count.saturating_mul(size_of::<Attribute>() as u64).saturating_add(len))?;
        let mut bytes = match &data.place {
            Place::Memory(bytes) => bytes.to_vec(),
            Place::Source { source, offset, .. } => source::read_vec(source, *offset, len)?,
        };
        let size = usize::try_from(size).map_err(|_| out_of_range())?;
        if data.fortran && data.shape.rank() > 1 && size > 0 {
            let rows = vec![0; bytes.len()];
            let columns = Bytes::from(core::mem::replace(&mut bytes, rows));
            let mut position = 0;
            let part = Part { record: size, offset: 0, len: size };
            order::transpose(data.shape.dims(), &part, &mut bytes, &mut |band| {
                columns.read_at(position, band)?;
                position += band.len() as u64;
                Ok(())
            })?;
        }
        let count = data.shape.num_elements();
        Ok((0..count).map(move |place| bytes[place * size..(place + 1) * size].to_vec()))
    }
}

impl Data {
    fn numbers(self, dtype: DType, big_endian: bool, tied: bool) -> Array {
        let layout = Layout { big_endian, fortran: self.fortran_axes(), part: None };
        Array::new(dtype, self.shape, layout, self.place, tied.then_some(self.storage))
    }

    /// How many axes change fastest at the first of them.
    fn fortran_axes(&self) -> usize {
        if self.fortran && self.shape.rank() > 1 { self.shape.rank() } else { 0 }
    }

    /// An array for each field of records of `size` bytes.
    fn records(self, size: u64, fields: Vec<Field>) -> Result<Attribute> {
        let too_large = || Error::corrupt("a record is too large to address");
        let mut named = Vec::new();
        for Field { name, offset, axes, number } in fields {
            let (dtype, big_endian) = match number {
                Ok(number) => number,
                Err(why) => {
                    named.push((name, Attribute::Refused(why)));
                    continue;
                }
            };
            let own = Shape::from_u64(axes)?;
            let part = Part {
                record: usize::try_from(size).map_err(|_| too_large())?,
                offset: usize::try_from(offset).map_err(|_| too_large())?,
                len: dtype.byte_len(own.num_elements()).ok_or_else(too_large)?,
            };
            let layout = Layout { big_endian, fortran: self.fortran_axes(), part: Some(Box::new(part)) };
            let shape = Shape::new([self.shape.dims(), own.dims()].concat())?;
            let array = Array::new(dtype, shape, layout, self.place.clone(), Some(self.storage));
            named.push((name, Attribute::Array(array)));
        }
        Ok(Attribute::Records(Records { shape: self.shape, fields: named }))
    }
}
