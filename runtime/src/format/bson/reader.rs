//! From documents to a tree: what the tags mean.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::Range;

use half::f16;

use super::document::{self, Element};
use crate::dtype::DType;
use crate::error::{Error, ErrorKind, Result};
use crate::format::TensorEntry;
use crate::format::julia::{Columns, JuliaFile, Tree, assembled, short_name, singleton};
use crate::limits::Budget;
use crate::shape::Shape;
use crate::source::{self, Source};
use crate::value::Value;

/// The key of the values that are there more than once.
const SHARED: &str = "_backrefs";

/// Opens a file of BSON.jl's: reads all that is not array data.
///
/// # Errors
/// What is broken in the documents; [`ErrorKind::Limit`].
pub fn open(source: Arc<dyn Source>, budget: &Budget) -> Result<JuliaFile> {
    let mut entries = document::parse(&source, budget)?;
    let shared = match entries.iter().position(|(key, _)| key == SHARED) {
        Some(at) => match entries.remove(at).1 {
            Element::List(items) => items,
            _ => return Err(Error::corrupt(format!("`{SHARED}` is not a list"))),
        },
        None => Vec::new(),
    };
    let mut reader = Reader { source, shared: &shared, open: BTreeSet::new(), tree: Tree::new(budget) };
    let mut values = Vec::new();
    for (key, element) in &entries {
        values.push((key.clone(), reader.child(key, element)?));
    }
    Ok(reader.tree.finish("bson", BTreeMap::new(), Value::Map(values)))
}

struct Reader<'d> {
    source: Arc<dyn Source>,
    /// The values that references count from 1.
    shared: &'d [Element],
    /// Shared values on the way from the root to here: one of them again is a circle.
    open: BTreeSet<usize>,
    tree: Tree,
}

impl<'d> Reader<'d> {
    /// The value of a child, whose name is a step longer.
    fn child(&mut self, step: &str, element: &'d Element) -> Result<Value> {
        let above = self.tree.enter(step)?;
        let value = self.value(element)?;
        self.tree.leave(above);
        Ok(value)
    }

    /// The values of items, named from 1.
    fn children(&mut self, items: &'d [Element]) -> Result<Vec<(String, Value)>> {
        let child = |(i, item)| {
            let step = usize::to_string(&(i + 1));
            let value = self.child(&step, item)?;
            Ok((step, value))
        };
        items.iter().enumerate().map(child).collect()
    }

    fn value(&mut self, element: &'d Element) -> Result<Value> {
        Ok(match element {
            Element::Null => Value::Null,
            Element::Bool(truth) => Value::Bool(*truth),
            Element::Int(n) => Value::Int(*n),
            Element::Double(x) => Value::Float(*x),
            Element::Text(text) => Value::Str(text.clone()),
            Element::Binary(range) => Value::Bytes(self.bytes(range)?),
            Element::List(items) => assembled(Some("Tuple"), self.children(items)?),
            Element::Document(entries) => match element.get("tag").and_then(Element::text) {
                Some("array") => self.array(element)?,
                Some("struct") => self.structure(element)?,
                Some("tuple" | "svec") => {
                    assembled(Some("Tuple"), self.children(field(element, "data")?.list().unwrap_or_default())?)
                }
                Some("symbol") => Value::from(field(element, "name")?.text().unwrap_or_default()),
                Some("backref") => self.reference(element)?,
                Some("datatype" | "ref" | "unionall" | "jl_anonymous" | "jl_bottom_type") => Value::Object {
                    class: "Core.DataType".into(),
                    fields: alloc::vec![("name".into(), Value::Str(self.class(element)?))],
                },
                _ => {
                    let entries = entries.iter().map(|(key, element)| Ok((key.clone(), self.child(key, element)?)));
                    Value::Map(entries.collect::<Result<_>>()?)
                }
            },
        })
    }

    /// Bytes that become a value.
    fn bytes(&self, range: &Range<u64>) -> Result<Vec<u8>> {
        source::read_vec(&self.source, range.start, range.end - range.start)
    }

    /// The place in the list of shared values that a reference names.
    fn shared_index(&self, element: &Element) -> Result<usize> {
        let Element::Int(number) = field(element, "ref")? else {
            return Err(Error::corrupt("a reference to no number"));
        };
        let index = number.checked_sub(1).and_then(|index| usize::try_from(index).ok());
        let index = index.filter(|&index| index < self.shared.len());
        index.ok_or_else(|| Error::corrupt(format!("a reference to value {number} of {}", self.shared.len())))
    }

    fn reference(&mut self, element: &Element) -> Result<Value> {
        let index = self.shared_index(element)?;
        if !self.open.insert(index) {
            return Ok(self.tree.refuse(Error::refused("a value that holds itself")));
        }
        let shared = self.shared;
        let value = self.value(&shared[index])?;
        self.open.remove(&index);
        Ok(value)
    }

    /// What an element is: itself, or what it refers to.
    fn followed<'e>(&self, mut element: &'e Element) -> Result<&'e Element>
    where
        'd: 'e,
    {
        /// References to references: the writer makes none.
        const MAX_STEPS: usize = 8;
        for _ in 0..MAX_STEPS {
            if element.get("tag").and_then(Element::text) != Some("backref") {
                return Ok(element);
            }
            element = &self.shared[self.shared_index(element)?];
        }
        Err(Error::corrupt("references that refer to each other"))
    }

    /// The name of a type, without its parameters.
    fn class(&self, element: &Element) -> Result<String> {
        let element = self.followed(element)?;
        if let Some(body) = element.get("body") {
            // A type with a free parameter.
            let body = self.followed(body)?;
            return path(body.get("name"));
        }
        match element.get("tag").and_then(Element::text) {
            Some("jl_anonymous") => Ok("anonymous function".into()),
            Some("jl_bottom_type") => Ok("Union{}".into()),
            Some("ref") => path(element.get("path")),
            _ => path(element.get("name")),
        }
    }

    /// An array of numbers is a tensor; one of other plain data an object with its bytes; one of anything else a list.
    fn array(&mut self, element: &'d Element) -> Result<Value> {
        let mut dims = Vec::new();
        for length in field(element, "size")?.list().unwrap_or_default() {
            match length {
                Element::Int(n) if *n >= 0 => dims.push(n.unsigned_abs()),
                other => return Err(Error::corrupt(format!("an axis of length {other:?}"))),
            }
        }
        let range = match self.followed(field(element, "data")?)? {
            Element::Binary(range) => range.clone(),
            Element::List(items) => return Ok(assembled(Some("Tuple"), self.children(items)?)),
            _ => return Err(Error::corrupt("an array whose data are neither bytes nor a list")),
        };
        let eltype = self.followed(field(element, "type")?)?;
        let class = self.class(eltype)?;
        let Some(dtype) = self.dtype(&class, eltype)? else {
            let size = dims.iter().map(|&n| Value::from(n)).collect();
            let data = Value::Bytes(self.bytes(&range)?);
            let fields = [("eltype", Value::Str(class)), ("size", Value::List(size)), ("data", data)];
            let fields = fields.into_iter().map(|(name, value)| (name.to_string(), value)).collect();
            return Ok(Value::Object { class: "Core.Array".into(), fields });
        };
        let shape = Shape::from_u64(dims)?;
        let bytes = range.end - range.start;
        // Bytes that are missing would have to be invented, and more of them belong to nobody.
        if dtype.byte_len(shape.num_elements()).map(|len| len as u64) != Some(bytes) {
            return Err(Error::new(ErrorKind::ByteLength { shape, dtype, bytes }).at(range));
        }
        let (source, offset) = (Arc::clone(&self.source), range.start);
        let load = move |_: &TensorEntry| Ok(Columns::At(Arc::clone(&source), offset));
        // Arrays of no bytes lie nowhere, so that two of them share nothing.
        let storage = (bytes > 0).then_some(offset);
        self.tree.tensor(dtype, shape, storage, Box::new(load))
    }

    /// The dtype of elements of a type.
    fn dtype(&self, class: &str, eltype: &Element) -> Result<Option<DType>> {
        if short_name(class) != "Complex" {
            return Ok(number(class));
        }
        let part = eltype.get("params").and_then(Element::list).and_then(<[_]>::first);
        let part = part.map(|part| self.class(part)).transpose()?;
        Ok(match part.and_then(|part| number(&part)) {
            Some(DType::F32) => Some(DType::C64),
            Some(DType::F64) => Some(DType::C128),
            _ => None,
        })
    }

    fn structure(&mut self, element: &'d Element) -> Result<Value> {
        let of = self.followed(field(element, "type")?)?;
        let class = self.class(of)?;
        let items = match field(element, "data")? {
            Element::Binary(range) => return Ok(primitive(class, self.bytes(range)?)),
            Element::List(items) => items,
            _ => return Err(Error::corrupt(format!("a struct {class} whose data are neither bytes nor a list"))),
        };
        if short_name(&class).ends_with("Dict")
            && let [keys, values] = items.as_slice()
            && let (Some(keys), Some(values)) = (self.followed(keys)?.list(), self.followed(values)?.list())
        {
            return self.dictionary(keys, values);
        }
        if short_name(&class) == "NamedTuple" {
            let names = self.names(of)?;
            if names.len() != items.len() {
                return Err(Error::corrupt(format!(
                    "a named tuple of {} names and {} values",
                    names.len(),
                    items.len()
                )));
            }
            let fields = names.into_iter().zip(items).map(|(name, item)| {
                let value = self.child(&name, item)?;
                Ok((name, value))
            });
            return Ok(Value::Map(fields.collect::<Result<_>>()?));
        }
        if items.is_empty() {
            return Ok(singleton(&class));
        }
        Ok(Value::Object { class, fields: self.children(items)? })
    }

    /// The names of a named tuple: the first parameter of its type, a tuple of symbols.
    fn names(&self, of: &Element) -> Result<Vec<String>> {
        let unnamed = || Error::corrupt("a named tuple whose type does not name its fields");
        let names = of.get("params").and_then(Element::list).and_then(<[_]>::first).ok_or_else(unnamed)?;
        let names = self.followed(names)?.get("data").and_then(Element::list).ok_or_else(unnamed)?;
        let mut seen = BTreeSet::new();
        let name = |symbol: &Element| {
            let name = self.followed(symbol)?.get("name").and_then(Element::text).ok_or_else(unnamed)?;
            // With a name twice, one of the values could not be found.
            if seen.insert(name.to_string()) {
                Ok(name.to_string())
            } else {
                Err(Error::corrupt(format!("two fields `{name}`")))
            }
        };
        names.iter().map(name).collect()
    }

    /// A `Dict`: keys and values in two lists. Keys that are text, symbols or numbers become steps of the name.
    fn dictionary(&mut self, keys: &'d [Element], values: &'d [Element]) -> Result<Value> {
        if keys.len() != values.len() {
            return Err(Error::corrupt(format!("a dictionary of {} keys and {} values", keys.len(), values.len())));
        }
        let mut entries = Vec::new();
        let mut seen = BTreeSet::new();
        for (key, value) in keys.iter().zip(values) {
            let key = self.followed(key)?;
            let key = match key {
                Element::Text(text) => text.clone(),
                Element::Int(n) => n.to_string(),
                _ => match key.get("name").and_then(Element::text) {
                    Some(symbol) => symbol.to_string(),
                    None => {
                        return Ok(self
                            .tree
                            .refuse(Error::refused("a dictionary's key that is neither text nor a whole number")));
                    }
                },
            };
            if !seen.insert(key.clone()) {
                return Err(Error::corrupt(format!("a dictionary with two keys `{key}`")));
            }
            let value = self.child(&key, value)?;
            entries.push((key, value));
        }
        Ok(Value::Map(entries))
    }
}

/// An element that a document must have.
fn field<'e>(element: &'e Element, name: &str) -> Result<&'e Element> {
    element.get(name).ok_or_else(|| Error::corrupt(format!("a document of BSON.jl without `{name}`")))
}

/// The steps of a name, joined. Julia before 1.0 put `Main` before its own modules.
fn path(steps: Option<&Element>) -> Result<String> {
    let steps: Option<Vec<&str>> =
        steps.and_then(Element::list).map(|steps| steps.iter().filter_map(Element::text).collect());
    match steps.as_deref() {
        Some(["Main", rest @ ..]) if matches!(rest, ["Core" | "Base", ..]) => Ok(rest.join(".")),
        Some(steps) => Ok(steps.join(".")),
        None => Err(Error::corrupt("a type without a name")),
    }
}

/// The dtype of a number type of Julia's.
fn number(class: &str) -> Option<DType> {
    Some(match short_name(class) {
        "Float64" => DType::F64,
        "Float32" => DType::F32,
        "Float16" => DType::F16,
        "BFloat16" => DType::BF16,
        "Int64" => DType::I64,
        "Int32" => DType::I32,
        "Int16" => DType::I16,
        "Int8" => DType::I8,
        "UInt64" => DType::U64,
        "UInt32" => DType::U32,
        "UInt16" => DType::U16,
        "UInt8" => DType::U8,
        "Bool" => DType::Bool,
        _ => return None,
    })
}

/// A value of a primitive type, whose bytes the file has.
fn primitive(class: String, bytes: Vec<u8>) -> Value {
    let mut wide = [0; 8];
    let dtype = number(&class).filter(|dtype| dtype.size() == Some(bytes.len()));
    if let Some(low) = wide.get_mut(..bytes.len()) {
        low.copy_from_slice(&bytes);
    }
    let [a, b, c, d, ..] = wide;
    match dtype {
        Some(DType::F32) => Value::Float(f64::from(f32::from_le_bytes([a, b, c, d]))),
        Some(DType::F16) => Value::Float(f64::from(f16::from_le_bytes([a, b]))),
        Some(DType::F64) => Value::Float(f64::from_le_bytes(wide)),
        Some(DType::U64 | DType::U32 | DType::U16 | DType::U8) => Value::from(u64::from_le_bytes(wide)),
        Some(DType::I64) => Value::Int(i64::from_le_bytes(wide)),
        Some(DType::I32) => Value::Int(i64::from(i32::from_le_bytes([a, b, c, d]))),
        Some(DType::I16) => Value::Int(i64::from(i16::from_le_bytes([a, b]))),
        Some(DType::I8) => Value::Int(i64::from(i8::from_le_bytes([a]))),
        _ => Value::Object { class, fields: alloc::vec![("bits".into(), Value::Bytes(bytes))] },
    }
}
