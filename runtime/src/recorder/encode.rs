//! A borrowed tree as Burn lays out a record, through serde.

use alloc::borrow::Cow;
use alloc::rc::Rc;
use alloc::string::ToString;
use alloc::vec::Vec;
use core::cell::RefCell;

use serde::ser::{Error as _, SerializeMap, SerializeSeq, SerializeStruct, SerializeTuple};
use serde::{Serialize, Serializer};

use super::metadata::RecordMetadata;
use crate::bytes::zeroed;
use crate::codec::pieces::{PieceSlot, Pieces};
use crate::codec::slot::ErrorSlot;
use crate::convert::{Conversion, convert_elements};
use crate::dtype::{DType, DTypeKind};
use crate::error::{Error, ErrorKind, Result};
use crate::path::{PathPart, TensorPath};
use crate::record::{Container, Content, Field, LeafRef, Numbers, Plain, Precision, Role, Tree, each_numbers, part_of};
use crate::shape::Shape;
use crate::tensor::TensorView;

/// What travels beside the tree while it is written.
pub(super) struct Context<'a> {
    pub(super) precision: Precision,
    pub(super) conversion: Conversion,
    pub(super) errors: ErrorSlot,
    path: RefCell<TensorPath>,
    /// Where each tensor that has to be converted is, or a piece of it, one after the other: fresh memory costs more than the conversion.
    converted: Rc<RefCell<Vec<u8>>>,
    /// For tensors that are converted while they are written.
    pieces: PieceSlot<'a>,
}

impl Context<'_> {
    pub(super) fn new(precision: Precision, conversion: Conversion) -> Self {
        let (path, converted) = (RefCell::default(), Rc::default());
        Self { precision, conversion, errors: ErrorSlot::default(), path, converted, pieces: PieceSlot::default() }
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

fn encode_leaf<'a, S: Serializer>(
    leaf: &'a LeafRef<'a>,
    context: &Context<'a>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    if leaf.is_in_columns() {
        let turned = leaf.view().and_then(|view| view.transposed()).map_err(|error| context.fail(error))?;
        return encode_whole(leaf, turned.view(), context, serializer);
    }
    let view = leaf.view().map_err(|error| context.fail(error))?;
    match Converted::of(view, context).map_err(|error| context.fail(error))? {
        Ok(converted) => encode_tensor(leaf, &Tensor::converted(converted, &context.pieces), serializer),
        Err(view) => encode_whole(leaf, view, context, serializer),
    }
}

/// Encodes the tensor of a leaf, converted at once if need be.
fn encode_whole<S: Serializer>(
    leaf: &LeafRef<'_>,
    view: TensorView<'_>,
    context: &Context<'_>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut buffer = context.converted.borrow_mut();
    let view = in_precision(view, context, &mut buffer).map_err(|error| context.fail(error))?;
    encode_tensor(leaf, &Tensor::whole(view), serializer)
}

fn encode_tensor<S: Serializer>(leaf: &LeafRef<'_>, tensor: &Tensor<'_, '_>, serializer: S) -> Result<S::Ok, S::Error> {
    match (leaf.role(), leaf.id()) {
        (Role::Tensor, _) | (_, None) => tensor.serialize(serializer),
        (_, Some(id)) => {
            let mut param = serializer.serialize_struct("ParamSerde", 2)?;
            param.serialize_field("id", &id.to_string())?;
            param.serialize_field("param", tensor)?;
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
fn in_precision<'a>(view: TensorView<'a>, context: &Context<'_>, buffer: &'a mut Vec<u8>) -> Result<TensorView<'a>> {
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

/// A tensor that is converted to fewer bytes while it is written, so that they go from one cache to the next.
struct Converted<'a> {
    view: TensorView<'a>,
    to: DType,
    len: usize,
    conversion: Conversion,
    path: TensorPath,
    piece: Rc<RefCell<Vec<u8>>>,
}

impl<'a> Converted<'a> {
    /// The tensor, if it has to be converted and can be while it is written; the view itself if not.
    fn of(view: TensorView<'a>, context: &Context<'a>) -> Result<core::result::Result<Self, TensorView<'a>>> {
        let (from, to) = (view.dtype(), saved_as(view.dtype(), context.precision)?);
        let len = to.byte_len(view.shape().num_elements()).filter(|len| {
            from != to && (PieceSlot::LEAST..=view.bytes().len()).contains(len) && context.pieces.has_output()
        });
        let Some(len) = len else { return Ok(Err(view)) };
        let (conversion, path, piece) =
            (context.conversion, context.path.borrow().clone(), Rc::clone(&context.converted));
        Ok(Ok(Self { view, to, len, conversion, path, piece }))
    }
}

impl Pieces for Converted<'_> {
    fn stand_in(&self) -> &[u8] {
        self.view.bytes().get(..self.len).unwrap_or_default()
    }

    fn write_to(&self, put: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        /// Elements that are converted at a time: with what is made of them they are a part of the second-level cache.
        const PIECE: usize = 64 << 10;

        let from = self.view.dtype();
        let (Some(from_size), Some(to_size)) = (from.size(), self.to.size()) else {
            return Err(Error::new(ErrorKind::NoConversion { from, to: self.to }).in_tensor(&self.path));
        };
        let mut buffer = self.piece.borrow_mut();
        if buffer.len() < PIECE * to_size {
            *buffer = zeroed(PIECE * to_size)?;
        }
        for (number, input) in self.view.bytes().chunks(PIECE * from_size).enumerate() {
            let output = &mut buffer[..input.len() / from_size * to_size];
            convert_elements(from, input, self.to, output, number * PIECE, &self.conversion)
                .map_err(|error| error.in_tensor(&self.path))?;
            put(output)?;
        }
        Ok(())
    }
}

/// A tensor as Burn lays it out.
struct Tensor<'t, 'a> {
    blob: Blob<'t, 'a>,
    shape: Shape,
    dtype: DType,
}

impl<'t, 'a> Tensor<'t, 'a> {
    fn whole(view: TensorView<'t>) -> Self {
        Self { shape: view.shape().clone(), dtype: view.dtype(), blob: Blob::Whole(view) }
    }

    fn converted(converted: Converted<'a>, slot: &'t PieceSlot<'a>) -> Self {
        let (shape, dtype) = (converted.view.shape().clone(), converted.to);
        Self { blob: Blob::Converted(Rc::new(converted), slot), shape, dtype }
    }
}

impl Serialize for Tensor<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut tensor = serializer.serialize_struct("TensorData", 3)?;
        tensor.serialize_field("bytes", &self.blob)?;
        tensor.serialize_field("shape", self.shape.dims())?;
        tensor.serialize_field("dtype", &BurnDType(self.dtype))?;
        tensor.end()
    }
}

enum Blob<'t, 'a> {
    Whole(TensorView<'t>),
    Converted(Rc<Converted<'a>>, &'t PieceSlot<'a>),
}

impl Serialize for Blob<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Whole(view) => serializer.serialize_bytes(view.bytes()),
            Self::Converted(converted, slot) => slot.serialize(converted, serializer),
        }
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
                return Err(S::Error::custom(text));
            }
        };
        serializer.serialize_unit_variant("DType", index, name)
    }
}
