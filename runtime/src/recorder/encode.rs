//! A borrowed tree as Burn lays out a record, through serde.

use alloc::borrow::Cow;
use alloc::string::ToString;
use alloc::vec::Vec;
use core::cell::RefCell;

use serde::ser::{SerializeMap, SerializeSeq, SerializeStruct, SerializeTuple};
use serde::{Serialize, Serializer};

use super::metadata::RecordMetadata;
use crate::bytes::zeroed;
use crate::codec::slot::ErrorSlot;
use crate::convert::{Conversion, convert_elements};
use crate::dtype::{DType, DTypeKind};
use crate::error::{Error, ErrorKind, Result};
use crate::path::{PathPart, TensorPath};
use crate::record::{Container, Content, Field, LeafRef, Numbers, Plain, Precision, Role, Tree, each_numbers, part_of};
use crate::tensor::TensorView;

/// What travels beside the tree while it is written.
pub(super) struct Context {
    pub(super) precision: Precision,
    pub(super) conversion: Conversion,
    pub(super) errors: ErrorSlot,
    path: RefCell<TensorPath>,
    /// Where each tensor that has to be converted is, one after the other: fresh memory costs more than the conversion.
    converted: RefCell<Vec<u8>>,
}

impl Context {
    pub(super) fn new(precision: Precision, conversion: Conversion) -> Self {
        let (path, converted) = (RefCell::default(), RefCell::default());
        Self { precision, conversion, errors: ErrorSlot::default(), path, converted }
    }

    fn within<T>(&self, part: PathPart, encode: impl FnOnce() -> T) -> T {
        self.path.borrow_mut().push(part);
        let encoded = encode();
        self.path.borrow_mut().pop();
        encoded
    }

    /// Keeps a typed error, and gives the encoder's.
    fn fail<E: serde::ser::Error>(&self, error: Error) -> E {
        E::custom(self.errors.park(error.in_tensor(&*self.path.borrow())))
    }
}

/// A whole record: metadata, item, and the empty struct that Burn's reader asks for.
pub(super) struct Record<'a> {
    pub(super) metadata: &'a RecordMetadata,
    pub(super) tree: &'a Tree<LeafRef<'a>>,
    pub(super) context: &'a Context,
}

/// Serde writes Burn's `PhantomData` as a unit struct.
#[derive(Serialize)]
pub(super) struct PhantomData;

impl Serialize for Record<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut record = serializer.serialize_struct("BurnRecord", 3)?;
        record.serialize_field("metadata", self.metadata)?;
        record.serialize_field("item", &self.item())?;
        record.serialize_field("_b", &PhantomData)?;
        record.end()
    }
}

impl<'a> Record<'a> {
    pub(super) fn item(&self) -> impl Serialize + 'a {
        Item { tree: self.tree, context: self.context }
    }
}

struct Item<'a> {
    tree: &'a Tree<LeafRef<'a>>,
    context: &'a Context,
}

impl<'a> Item<'a> {
    fn of(&self, tree: &'a Tree<LeafRef<'a>>) -> Self {
        Item { tree, context: self.context }
    }
}

impl Serialize for Item<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let context = self.context;
        match self.tree {
            Tree::Skipped | Tree::Constant(_) | Tree::Option(None) => serializer.serialize_none(),
            Tree::Leaf(leaf) => encode_leaf(leaf, context, serializer),
            Tree::Plain(plain) => encode_plain(plain, serializer),
            Tree::Numbers(numbers) => encode_numbers(numbers, serializer),
            // A field of a type without state is one nil in Burn's layout, also in an option: the trailer says that it is there.
            Tree::Option(Some(tree)) if tree.needs_nothing() => serializer.serialize_none(),
            Tree::Option(Some(tree)) => serializer.serialize_some(&self.of(tree)),
            Tree::Struct(own) if own.stateless => serializer.serialize_none(),
            Tree::Variant(own) if own.stateless => serializer.serialize_none(),
            Tree::Struct(own) => NamedFields { name: own.name, fields: &own.fields, context }.serialize(serializer),
            Tree::Variant(own) => context.within(PathPart::Variant(own.variant.into()), || {
                let (name, index, variant) = (own.name, own.index, own.variant);
                match &*own.content {
                    Content::Unit => serializer.serialize_newtype_variant(name, index, variant, &None::<()>),
                    Content::Newtype(tree) => {
                        serializer.serialize_newtype_variant(name, index, variant, &self.of(tree))
                    }
                    Content::Fields(fields) => {
                        let fields = NamedFields { name: variant, fields, context };
                        serializer.serialize_newtype_variant(name, index, variant, &fields)
                    }
                }
            }),
            Tree::Seq(Container::Vec, items) => {
                let mut seq = serializer.serialize_seq(Some(items.len()))?;
                for (i, tree) in items.iter().enumerate() {
                    context.within(PathPart::Index(i), || seq.serialize_element(&self.of(tree)))?;
                }
                seq.end()
            }
            Tree::Seq(Container::Array | Container::Tuple, items) => {
                let mut tuple = serializer.serialize_tuple(items.len())?;
                for (i, tree) in items.iter().enumerate() {
                    context.within(PathPart::Index(i), || tuple.serialize_element(&self.of(tree)))?;
                }
                tuple.end()
            }
            Tree::Map(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for (key, tree) in entries {
                    context.within(PathPart::Key(key.clone()), || map.serialize_entry(key, &self.of(tree)))?;
                }
                map.end()
            }
        }
    }
}

struct NamedFields<'a> {
    name: &'static str,
    fields: &'a [Field<LeafRef<'a>>],
    context: &'a Context,
}

impl Serialize for NamedFields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct(self.name, self.fields.len())?;
        for field in self.fields {
            let item = Item { tree: &field.tree, context: self.context };
            self.context.within(part_of(field.name), || fields.serialize_field(field.name, &item))?;
        }
        fields.end()
    }
}

fn encode_plain<S: Serializer>(plain: &Plain, serializer: S) -> Result<S::Ok, S::Error> {
    match plain {
        Plain::Unit => serializer.serialize_unit(),
        Plain::Bool(b) => serializer.serialize_bool(*b),
        Plain::I8(n) => serializer.serialize_i8(*n),
        Plain::I16(n) => serializer.serialize_i16(*n),
        Plain::I32(n) => serializer.serialize_i32(*n),
        Plain::I64(n) => serializer.serialize_i64(*n),
        Plain::U8(n) => serializer.serialize_u8(*n),
        Plain::U16(n) => serializer.serialize_u16(*n),
        Plain::U32(n) => serializer.serialize_u32(*n),
        Plain::U64(n) => serializer.serialize_u64(*n),
        Plain::F32(x) => serializer.serialize_f32(*x),
        Plain::F64(x) => serializer.serialize_f64(*x),
        Plain::Char(c) => serializer.serialize_char(*c),
        Plain::Str(text) => serializer.serialize_str(text),
    }
}

fn encode_numbers<S: Serializer>(numbers: &Numbers, serializer: S) -> Result<S::Ok, S::Error> {
    each_numbers!(numbers, list => {
        let mut seq = serializer.serialize_seq(Some(list.len()))?;
        for number in list {
            seq.serialize_element(number)?;
        }
        seq.end()
    })
}

fn encode_leaf<S: Serializer>(leaf: &LeafRef<'_>, context: &Context, serializer: S) -> Result<S::Ok, S::Error> {
    let mut buffer = context.converted.borrow_mut();
    let turned = leaf.is_in_columns().then(|| leaf.view()?.transposed()).transpose();
    let turned = turned.map_err(|error| context.fail(error))?;
    let view = turned.as_ref().map_or_else(|| leaf.view(), |turned| Ok(turned.view()));
    let view = view.and_then(|view| in_precision(view, context, &mut buffer));
    let tensor = Tensor(view.map_err(|error| context.fail(error))?);
    match (leaf.role(), leaf.id()) {
        (Role::Tensor, _) | (_, None) => tensor.serialize(serializer),
        (_, Some(id)) => {
            let mut param = serializer.serialize_struct("ParamSerde", 2)?;
            param.serialize_field("id", &id.to_string())?;
            param.serialize_field("param", &tensor)?;
            param.end()
        }
    }
}

/// The dtype that the settings save a dtype's kind in.
fn saved_as(dtype: DType, precision: Precision) -> Result<DType> {
    Ok(match dtype.kind() {
        DTypeKind::Float => precision.float,
        DTypeKind::Integer => precision.int,
        DTypeKind::Bool => DType::Bool,
        DTypeKind::Complex => {
            let what = "complex numbers, which Burn's records have not".into();
            return Err(Error::new(ErrorKind::Unrepresentable { format: "a Burn record", what }));
        }
    })
}

/// The bytes of all tensors as they are saved: the least that an uncompressed record takes.
#[cfg(feature = "std")]
pub(super) fn tensor_bytes(tree: &Tree<LeafRef<'_>>, precision: Precision) -> u64 {
    let fields = |fields: &[Field<LeafRef<'_>>]| fields.iter().map(|field| tensor_bytes(&field.tree, precision)).sum();
    match tree {
        Tree::Skipped | Tree::Constant(_) | Tree::Plain(_) | Tree::Numbers(_) | Tree::Option(None) => 0,
        Tree::Leaf(leaf) => {
            // What cannot be saved takes nothing; saving it is the error.
            let len = saved_as(leaf.dtype(), precision).map(|dtype| dtype.byte_len(leaf.shape().num_elements()));
            len.ok().flatten().unwrap_or_default() as u64
        }
        Tree::Option(Some(tree)) => tensor_bytes(tree, precision),
        Tree::Struct(own) => fields(&own.fields),
        Tree::Variant(own) => match &*own.content {
            Content::Unit => 0,
            Content::Newtype(tree) => tensor_bytes(tree, precision),
            Content::Fields(own) => fields(own),
        },
        Tree::Seq(_, items) => items.iter().map(|tree| tensor_bytes(tree, precision)).sum(),
        Tree::Map(entries) => entries.iter().map(|(_, tree)| tensor_bytes(tree, precision)).sum(),
    }
}

/// The tensor in the dtype that the settings save its kind in: the view itself where it has that, otherwise one of `buffer`.
fn in_precision<'a>(view: TensorView<'a>, context: &Context, buffer: &'a mut Vec<u8>) -> Result<TensorView<'a>> {
    let (from, to) = (view.dtype(), saved_as(view.dtype(), context.precision)?);
    if from == to {
        return Ok(view);
    }
    let too_long = || Error::new(ErrorKind::OutOfMemory { bytes: u64::MAX });
    let len = to.byte_len(view.shape().num_elements()).ok_or_else(too_long)?;
    if buffer.len() < len {
        // Not grown: what it holds is of no use.
        *buffer = Vec::new();
        *buffer = zeroed(len)?;
    }
    let output = &mut buffer[..len];
    convert_elements(from, view.bytes(), to, output, 0, &context.conversion)?;
    TensorView::new(Cow::Borrowed(output), view.shape().clone(), to)
}

struct Tensor<'a>(TensorView<'a>);

impl Serialize for Tensor<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut tensor = serializer.serialize_struct("TensorData", 3)?;
        tensor.serialize_field("bytes", &Blob(self.0.bytes()))?;
        tensor.serialize_field("shape", self.0.shape().dims())?;
        tensor.serialize_field("dtype", &BurnDType(self.0.dtype()))?;
        tensor.end()
    }
}

struct Blob<'a>(&'a [u8]);

impl Serialize for Blob<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

/// A dtype as a variant of Burn 0.21's enum: by name where names are written, by its number where not.
struct BurnDType(DType);

#[derive(Serialize)]
enum BoolStore {
    Native,
}

impl Serialize for BurnDType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (index, name) = match self.0 {
            DType::F64 => (0, "F64"),
            DType::F32 => (1, "F32"),
            DType::F16 => (3, "F16"),
            DType::BF16 => (4, "BF16"),
            DType::I64 => (5, "I64"),
            DType::I32 => (6, "I32"),
            DType::I16 => (7, "I16"),
            DType::I8 => (8, "I8"),
            DType::U64 => (9, "U64"),
            DType::U32 => (10, "U32"),
            DType::U16 => (11, "U16"),
            DType::U8 => (12, "U8"),
            DType::Bool => return serializer.serialize_newtype_variant("DType", 13, "Bool", &BoolStore::Native),
            other => {
                let text = alloc::format!("Burn's records have no dtype {other}");
                return Err(serde::ser::Error::custom(text));
            }
        };
        serializer.serialize_unit_variant("DType", index, name)
    }
}
