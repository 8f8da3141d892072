//! An item of a format that names nothing, by its schema.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::marker::PhantomData;

use serde::de::{self, DeserializeSeed, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::context::Context;
use super::plain::{Elements, decode_list, decode_plain};
use crate::codec::slot::BlobSeed;
use crate::dtype::DType;
use crate::error::{Error, ErrorKind};
use crate::limits::{put, room};
use crate::record::{FileData, FileTensor, Item, MatrixLayout, Precision, StoredDType, typed};
use crate::recorder::metadata::{BOOL_STORES, DTypeVariant, Era};
use crate::recorder::stored_schema::{Kind, Node, StoredSchema};
use crate::shape::Shape;

/// What a typed item is read by.
#[derive(Clone, Copy)]
pub(in crate::recorder) struct Typing<'a> {
    pub(in crate::recorder) schema: &'a StoredSchema,
    pub(in crate::recorder) era: Era,
    /// What the numbers are where tensors are lists of elements.
    pub(in crate::recorder) precision: Precision,
    pub(in crate::recorder) context: Context<'a>,
}

impl Typing<'_> {
    pub(super) fn fail<E: de::Error>(&self, error: Error) -> E {
        E::custom(self.context.errors.park(error))
    }

    /// Charges a node of the tree.
    fn charge<E: de::Error>(&self) -> Result<(), E> {
        self.context.charge_node(0)
    }

    /// Room for so many things, which the schema says that there are.
    fn room<T, E: de::Error>(&self, count: usize) -> Result<Vec<T>, E> {
        room(count, self.context.budget).map_err(|error| self.fail(error))
    }

    /// Puts an element behind the others.
    fn put<T, E: de::Error>(&self, list: &mut Vec<T>, element: T) -> Result<(), E> {
        put(list, element, self.context.budget).map_err(|error| self.fail(error))
    }
}

/// Reads the item that a node of the schema describes.
#[derive(Clone, Copy)]
pub(in crate::recorder) struct TypedItem<'a> {
    pub(in crate::recorder) typing: Typing<'a>,
    pub(in crate::recorder) node: u32,
}

impl<'de> DeserializeSeed<'de> for TypedItem<'_> {
    type Value = Item;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Item, D::Error> {
        let typing = self.typing;
        typing.charge()?;
        let at = |node: &u32| TypedItem { typing, node: *node };
        match typing.schema.node(self.node).map_err(|error| typing.fail(error))? {
            Node::Nil => deserializer.deserialize_option(Nil),
            Node::Param(kind) => deserializer.deserialize_tuple(2, Param { typing, kind: *kind }),
            Node::Tensor(kind) => Tensor { typing, kind: *kind }.deserialize(deserializer).map(Item::from),
            Node::Plain(plain) => decode_plain(*plain, typing.context, deserializer),
            Node::Option(inner) => deserializer.deserialize_option(Optional(at(inner))),
            Node::Vec(inner) => match typing.schema.node(*inner).map_err(|error| typing.fail(error))? {
                Node::Plain(plain) => decode_list(*plain, None, at(inner), deserializer),
                _ => deserializer.deserialize_seq(Items(at(inner))),
            },
            Node::Array(inner, len) => {
                let len = usize::try_from(*len).unwrap_or(usize::MAX);
                match typing.schema.node(*inner).map_err(|error| typing.fail(error))? {
                    Node::Plain(plain) => decode_list(*plain, Some(len), at(inner), deserializer),
                    _ => deserializer.deserialize_tuple(len, Items(at(inner))),
                }
            }
            // An empty slot in 0.7, which has no bytes.
            Node::Tuple(parts) if parts.is_empty() => Ok(Item::Nil),
            Node::Tuple(parts) => deserializer.deserialize_tuple(parts.len(), Tuple { typing, parts }),
            Node::Map(inner) => deserializer.deserialize_map(Entries(at(inner))),
            Node::Struct(fields) => deserializer.deserialize_tuple(fields.len(), Fields { typing, fields }),
            Node::Enum(variants) => deserializer.deserialize_enum("", &[], Variants { typing, variants }),
        }
    }
}

macro_rules! expecting {
    ($what:literal) => {
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str($what)
        }
    };
}

struct Nil;

impl Visitor<'_> for Nil {
    type Value = Item;

    expecting!("nothing");

    fn visit_none<E: de::Error>(self) -> Result<Item, E> {
        Ok(Item::Nil)
    }
}

struct Optional<'a>(TypedItem<'a>);

impl<'de> Visitor<'de> for Optional<'_> {
    type Value = Item;

    expecting!("something or nothing");

    fn visit_none<E: de::Error>(self) -> Result<Item, E> {
        Ok(Item::Nil)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Item, D::Error> {
        let item = self.0.deserialize(deserializer)?;
        if matches!(item, Item::Nil | Item::Some(_)) {
            self.0.typing.context.charge_bytes(size_of::<Item>())?;
        }
        Ok(item.some())
    }
}

/// A list, element by element.
pub(super) struct Items<'a>(pub(super) TypedItem<'a>);

impl<'de> Visitor<'de> for Items<'_> {
    type Value = Item;

    expecting!("a list");

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Item, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(self.0)? {
            self.0.typing.put(&mut items, item)?;
        }
        Ok(Item::Seq(items))
    }
}

/// The next part of a tuple, which is there: the caller said how many there are.
fn part<'de, A: SeqAccess<'de>, S: DeserializeSeed<'de>>(seq: &mut A, seed: S) -> Result<S::Value, A::Error> {
    seq.next_element_seed(seed)?.ok_or_else(|| de::Error::custom("a part is missing"))
}

struct Tuple<'a> {
    typing: Typing<'a>,
    parts: &'a [u32],
}

impl<'de> Visitor<'de> for Tuple<'_> {
    type Value = Item;

    expecting!("a tuple");

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Item, A::Error> {
        let mut items = self.typing.room(self.parts.len())?;
        for &node in self.parts {
            items.push(part(&mut seq, TypedItem { typing: self.typing, node })?);
        }
        Ok(Item::Seq(items))
    }
}

struct Fields<'a> {
    typing: Typing<'a>,
    fields: &'a [(String, u32)],
}

impl<'de> Visitor<'de> for Fields<'_> {
    type Value = Item;

    expecting!("a struct");

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Item, A::Error> {
        let mut fields = self.typing.room(self.fields.len())?;
        for (name, node) in self.fields {
            self.typing.context.charge_named(name, name.len())?;
            let item = part(&mut seq, TypedItem { typing: self.typing, node: *node })?;
            fields.push((name.clone(), item));
        }
        Ok(Item::Map(fields))
    }
}

struct Entries<'a>(TypedItem<'a>);

impl<'de> Visitor<'de> for Entries<'_> {
    type Value = Item;

    expecting!("a map");

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Item, A::Error> {
        let mut entries: Vec<(String, Item)> = Vec::new();
        let mut names = alloc::collections::BTreeSet::new();
        while let Some(name) = map.next_key::<String>()? {
            if !names.insert(name.clone()) {
                return Err(de::Error::custom(alloc::format!("the key `{name}` is there twice")));
            }
            self.0.typing.context.charge_named(&name, 2 * name.len() + size_of::<String>())?;
            let entry = (name, map.next_value_seed(self.0)?);
            self.0.typing.put(&mut entries, entry)?;
        }
        Ok(Item::Map(entries))
    }
}

struct Variants<'a> {
    typing: Typing<'a>,
    variants: &'a [(String, u32)],
}

impl<'de> Visitor<'de> for Variants<'_> {
    type Value = Item;

    expecting!("an enum");

    fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<Item, A::Error> {
        let (index, variant) = data.variant::<u32>()?;
        let known = usize::try_from(index).ok().and_then(|i| self.variants.get(i));
        let Some((name, node)) = known else {
            let known = self.variants.len();
            let text = alloc::format!(
                "variant number {index} of an enum that has {known}: the bytes are damaged, or of a type with more variants"
            );
            return Err(self.typing.fail(Error::corrupt(text)));
        };
        self.typing.context.charge_named(name, name.len() + size_of::<(String, Item)>())?;
        let item = variant.newtype_variant_seed(TypedItem { typing: self.typing, node: *node })?;
        Ok(Item::Map([(name.clone(), item)].into()))
    }
}

struct Param<'a> {
    typing: Typing<'a>,
    kind: Kind,
}

impl<'de> Visitor<'de> for Param<'_> {
    type Value = Item;

    expecting!("a parameter");

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Item, A::Error> {
        let id: String = part(&mut seq, PhantomData)?;
        let id = self.typing.era.param_id(&id).map_err(|error| self.typing.fail(error))?;
        let tensor = part(&mut seq, Tensor { typing: self.typing, kind: self.kind })?;
        Ok(FileTensor { id: Some(id), ..tensor }.into())
    }
}

#[derive(Clone, Copy)]
struct Tensor<'a> {
    typing: Typing<'a>,
    kind: Kind,
}

impl<'de> DeserializeSeed<'de> for Tensor<'_> {
    type Value = FileTensor;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<FileTensor, D::Error> {
        let parts = if self.typing.era.has_lists() { 2 } else { 3 };
        deserializer.deserialize_tuple(parts, self)
    }
}

impl<'de> Visitor<'de> for Tensor<'_> {
    type Value = FileTensor;

    expecting!("a tensor");

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<FileTensor, A::Error> {
        let Typing { context, era, .. } = self.typing;
        let start = context.blobs.start();
        context.count_tensor()?;
        let shape = |axes: Vec<u64>| Shape::from_u64(axes).map_err(|error| self.typing.fail(error));
        let data = if era.has_lists() {
            let numbers = part(&mut seq, Elements { kind: self.kind, typing: self.typing })?;
            FileData::Elements { numbers, shape: shape(part(&mut seq, PhantomData)?)? }
        } else {
            let bytes = part(&mut seq, BlobSeed { slot: context.blobs, hint: context.hint })?;
            let shape = shape(part(&mut seq, PhantomData)?)?;
            let dtype = part(&mut seq, NumberedDType(self.typing))?;
            FileData::Typed(typed(bytes, shape, dtype).map_err(|error| self.typing.fail(error))?)
        };
        // Not before: where a file is looked through, most of what could be a tensor is none.
        context.charge_tensor()?;
        let tensor = FileTensor { id: None, tie: None, layout: MatrixLayout::Rows, data };
        match context.lazy {
            Some(lazy) => lazy.leave_tensor(start, tensor, context.budget).map_err(|error| self.typing.fail(error)),
            None => Ok(tensor),
        }
    }
}

/// A dtype by the number that the file's version of Burn has for it.
struct NumberedDType<'a>(Typing<'a>);

impl<'de> DeserializeSeed<'de> for NumberedDType<'_> {
    type Value = StoredDType;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<StoredDType, D::Error> {
        deserializer.deserialize_enum("DType", &[], self)
    }
}

impl<'de> Visitor<'de> for NumberedDType<'_> {
    type Value = StoredDType;

    expecting!("a dtype");

    fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<StoredDType, A::Error> {
        let (index, variant) = data.variant::<u32>()?;
        let known = usize::try_from(index).ok().and_then(|i| self.0.era.dtypes().get(i));
        let unknown = |name: String| self.0.fail(Error::new(ErrorKind::UnknownDType { name }));
        match known {
            Some(DTypeVariant::Plain(dtype)) => variant.unit_variant().map(|()| StoredDType::Plain(*dtype)),
            Some(DTypeVariant::Bool) => variant.unit_variant().map(|()| StoredDType::Plain(DType::Bool)),
            Some(DTypeVariant::BoolIn) => {
                let store: BoolStore = variant.newtype_variant()?;
                let name = usize::try_from(store.0).ok().and_then(|i| BOOL_STORES.get(i)).copied();
                name.and_then(StoredDType::bool_in).ok_or_else(|| unknown(alloc::format!("Bool({})", store.0)))
            }
            Some(DTypeVariant::Quantized) => {
                Err(self.0.fail(Error::refused("a quantised tensor, whose scheme no recorder's file explains")))
            }
            None => Err(unknown(index.to_string())),
        }
    }
}

/// The number of a variant without content.
struct BoolStore(u32);

impl<'de> Deserialize<'de> for BoolStore {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Number;

        impl<'de> Visitor<'de> for Number {
            type Value = BoolStore;

            expecting!("how bools are stored");

            fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<BoolStore, A::Error> {
                let (index, variant) = data.variant::<u32>()?;
                variant.unit_variant()?;
                Ok(BoolStore(index))
            }
        }

        deserializer.deserialize_enum("BoolStore", &[], Number)
    }
}
