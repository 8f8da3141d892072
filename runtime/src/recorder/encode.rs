//! A borrowed tree as Burn lays out a record, through serde.

mod tensor;

use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::RefCell;

use serde::ser::{SerializeMap, SerializeSeq, SerializeStruct, SerializeTuple};
use serde::{Serialize, Serializer};

use self::tensor::encode_leaf;
use super::metadata::RecordMetadata;
use crate::codec::pieces::PieceSlot;
use crate::codec::slot::ErrorSlot;
use crate::convert::Conversion;
use crate::error::{Error, ErrorKind, Result};
use crate::path::{PathPart, TensorPath};
use crate::record::{Container, Content, Field, LeafRef, Numbers, Plain, Precision, Tree, each_numbers, part_of};

/// What travels beside the tree while it is written.
pub(super) struct Context<'a> {
    pub(super) precision: Precision,
    pub(super) conversion: Conversion,
    pub(super) errors: ErrorSlot,
    path: RefCell<TensorPath>,
    /// Where encoding failed.
    failed: RefCell<Option<TensorPath>>,
    /// Where each tensor that has to be converted is, or a piece of it, one after the other: fresh memory costs more than the conversion.
    converted: Rc<RefCell<Vec<u8>>>,
    /// For tensors that are converted while they are written.
    pieces: PieceSlot<'a>,
}

impl Context<'_> {
    pub(super) fn new(precision: Precision, conversion: Conversion) -> Self {
        let (path, failed, converted) = (RefCell::default(), RefCell::default(), Rc::default());
        let (errors, pieces) = (ErrorSlot::default(), PieceSlot::default());
        Self { precision, conversion, errors, path, failed, converted, pieces }
    }

    fn within<T, E>(&self, part: PathPart, encode: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        self.path.borrow_mut().push(part);
        let encoded = encode();
        let mut path = self.path.borrow_mut();
        if encoded.is_err() {
            self.failed.borrow_mut().get_or_insert_with(|| path.clone());
        }
        path.pop();
        encoded
    }

    /// The error of encoding, with the place that it is of.
    pub(super) fn recover(&self, error: Error) -> Error {
        let error = self.errors.recover(error);
        match error.kind() {
            ErrorKind::Unrepresentable { .. } => error.in_place(self.failed.take().unwrap_or_default()),
            _ => error,
        }
    }

    /// Keeps a typed error of a tensor, and gives the encoder's.
    fn fail<E: serde::ser::Error>(&self, error: Error) -> E {
        let path = self.path.borrow();
        let error = if path.is_root() { error.in_place(&*path) } else { error.in_tensor(&*path) };
        E::custom(self.errors.park(error))
    }
}

/// A whole record: metadata, item, and the empty struct that Burn's reader asks for.
pub(super) struct Record<'c, 'a> {
    pub(super) metadata: &'c RecordMetadata,
    pub(super) tree: &'a Tree<LeafRef<'a>>,
    pub(super) context: &'c Context<'a>,
}

/// Serde writes Burn's `PhantomData` as a unit struct.
#[derive(Serialize)]
pub(super) struct PhantomData;

impl Serialize for Record<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut record = serializer.serialize_struct("BurnRecord", 3)?;
        record.serialize_field("metadata", self.metadata)?;
        record.serialize_field("item", &self.item())?;
        record.serialize_field("_b", &PhantomData)?;
        record.end()
    }
}

impl<'c, 'a> Record<'c, 'a> {
    pub(super) fn item(&self) -> impl Serialize + use<'c, 'a> {
        Item { tree: self.tree, context: self.context }
    }

    /// For the output that the record is written to.
    pub(super) fn pieces(&self) -> &'c PieceSlot<'a> {
        &self.context.pieces
    }
}

struct Item<'c, 'a> {
    tree: &'a Tree<LeafRef<'a>>,
    context: &'c Context<'a>,
}

impl<'a> Item<'_, 'a> {
    fn of(&self, tree: &'a Tree<LeafRef<'a>>) -> Self {
        Item { tree, context: self.context }
    }
}

impl Serialize for Item<'_, '_> {
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

struct NamedFields<'c, 'a> {
    name: &'static str,
    fields: &'a [Field<LeafRef<'a>>],
    context: &'c Context<'a>,
}

impl Serialize for NamedFields<'_, '_> {
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

/// The bytes of all tensors as they are saved: the least that an uncompressed record takes.
#[cfg(feature = "std")]
pub(super) fn tensor_bytes(tree: &Tree<LeafRef<'_>>, precision: Precision) -> u64 {
    let fields = |fields: &[Field<LeafRef<'_>>]| fields.iter().map(|field| tensor_bytes(&field.tree, precision)).sum();
    match tree {
        Tree::Skipped | Tree::Constant(_) | Tree::Plain(_) | Tree::Numbers(_) | Tree::Option(None) => 0,
        Tree::Leaf(leaf) => {
            // What cannot be saved takes nothing; saving it is the error.
            let len =
                tensor::saved_as(leaf.dtype(), precision).map(|dtype| dtype.byte_len(leaf.shape().num_elements()));
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
