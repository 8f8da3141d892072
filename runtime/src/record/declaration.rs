//! What the derive knows of a type, and what follows from that: one table instead of code.

use alloc::boxed::Box;
use alloc::string::ToString;
use alloc::vec::Vec;

use super::item::Item;
use super::leaf::LeafRef;
use super::schema::{Schema, SchemaFn};
use super::tree::{Content, Field, LayerKind, Struct, Tree, Variant};
use crate::module::LeafMut;

/// A struct or an enum, as it was declared.
#[derive(Debug)]
pub struct Declaration {
    /// The type's name, without its path.
    pub name: &'static str,
    /// Which layer the type says it is.
    pub layer: LayerKind,
    /// Whether its slot in a record is nil.
    pub stateless: bool,
    /// Its fields or variants.
    pub form: Form,
}

/// The parts of a type.
#[derive(Debug)]
pub enum Form {
    /// A struct.
    Struct(&'static [DeclaredField]),
    /// An enum.
    Enum(&'static [DeclaredVariant]),
}

/// A field of a struct or of a variant.
#[derive(Debug)]
pub struct DeclaredField {
    /// Its name in files and paths.
    pub name: &'static str,
    /// Names it had in older files.
    pub aliases: &'static [&'static str],
    /// Whether a file may lack it.
    pub optional: bool,
}

/// A variant of an enum.
#[derive(Debug)]
pub struct DeclaredVariant {
    /// Its name in files and paths.
    pub name: &'static str,
    /// What it holds.
    pub content: DeclaredContent,
}

/// What a variant holds.
#[derive(Clone, Copy, Debug)]
pub enum DeclaredContent {
    /// Nothing.
    Unit,
    /// One thing without a name.
    Newtype,
    /// Fields.
    Fields(&'static [DeclaredField]),
}

/// The type whose name stands for the fields of the `N`th variant of `T`.
pub struct VariantOf<T, const N: usize>(core::marker::PhantomData<T>);

impl Declaration {
    /// What variant number `variant` holds; a struct counts as one variant.
    pub(crate) fn content(&self, variant: usize) -> (Option<&'static str>, DeclaredContent) {
        match self.form {
            Form::Struct(fields) => (None, DeclaredContent::Fields(fields)),
            Form::Enum(variants) => (Some(variants[variant].name), variants[variant].content),
        }
    }

    /// The tree of a value, from those of its fields.
    pub fn tree<'a>(&self, variant: usize, trees: Vec<Tree<LeafRef<'a>>>) -> Tree<LeafRef<'a>> {
        self.tree_of(variant, trees)
    }

    /// The slots of a value, from those of its fields.
    pub fn tree_mut<'a>(&self, variant: usize, trees: Vec<Tree<LeafMut<'a>>>) -> Tree<LeafMut<'a>> {
        self.tree_of(variant, trees)
    }

    fn tree_of<L>(&self, index: usize, mut trees: Vec<Tree<L>>) -> Tree<L> {
        let Self { name, layer, stateless, .. } = *self;
        let (variant, content) = self.content(index);
        let Some(variant) = variant else {
            let DeclaredContent::Fields(fields) = content else { unreachable!("a struct has fields") };
            return Tree::Struct(Struct { name, layer, stateless, fields: with_trees(fields, trees) });
        };
        let content = match content {
            DeclaredContent::Unit => Content::Unit,
            DeclaredContent::Newtype => trees.pop().map_or(Content::Unit, Content::Newtype),
            DeclaredContent::Fields(fields) => Content::Fields(with_trees(fields, trees)),
        };
        #[expect(clippy::cast_possible_truncation, reason = "no enum has 2^32 variants")]
        let index = index as u32;
        Tree::Variant(Variant { name, variant, index, stateless, content: Box::new(content) })
    }

    /// What a file would hold of a value, from what it would hold of its fields.
    pub fn item(&self, variant: usize, mut items: Vec<Item>) -> Item {
        let named = |fields: &[DeclaredField], items: Vec<Item>| {
            Item::Map(fields.iter().map(|field| field.name.to_string()).zip(items).collect())
        };
        match self.content(variant) {
            (None, DeclaredContent::Fields(fields)) => named(fields, items),
            (name, content) => {
                let item = match content {
                    DeclaredContent::Unit => Item::Nil,
                    DeclaredContent::Newtype => items.pop().unwrap_or_default(),
                    DeclaredContent::Fields(fields) => named(fields, items),
                };
                Item::Map(alloc::vec![(name.unwrap_or_default().to_string(), item)])
            }
        }
    }

    /// The schema of a struct, or of a variant that has fields.
    pub fn fields_schema(&self, variant: usize, type_name: &'static str, schemas: &[SchemaFn]) -> Schema {
        let DeclaredContent::Fields(fields) = self.content(variant).1 else { return Schema::Nil };
        let names = fields.iter().map(|field| field.name);
        Schema::Struct { type_name, fields: names.zip(schemas.iter().copied()).collect() }
    }

    /// The schema of an enum.
    pub fn enum_schema(&self, type_name: &'static str, schemas: &[SchemaFn]) -> Schema {
        let Form::Enum(variants) = self.form else { return Schema::Nil };
        let names = variants.iter().map(|variant| variant.name);
        Schema::Enum { type_name, variants: names.zip(schemas.iter().copied()).collect() }
    }
}

fn with_trees<L>(fields: &'static [DeclaredField], trees: Vec<Tree<L>>) -> Vec<Field<L>> {
    let field = |(field, tree): (&DeclaredField, _)| Field {
        name: field.name,
        aliases: field.aliases,
        optional: field.optional,
        tree,
    };
    fields.iter().zip(trees).map(field).collect()
}
