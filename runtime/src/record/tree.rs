//! The form of a module or a record: one tree, whatever its leaves are.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use super::bind::part_of;
use super::numbers::Numbers;
use crate::error::{Error, Result};
use crate::path::{PathPart, TensorPath};
use crate::value::Value;

/// What a module or a record is made of, in the order of its declaration.
///
/// The leaves differ with the use: borrowed tensors to save and to visit ([`LeafRef`](super::LeafRef)), slots to load into
/// ([`LeafMut`](crate::module::LeafMut)). Everything that walks a model (saving, loading in place, visiting, counting) is a function over this.
#[derive(Debug)]
pub enum Tree<L> {
    /// A field marked `#[module(skip)]`: a slot that is never saved.
    Skipped,
    /// A hyperparameter: saved beside the tensors, restored by `init_with`. `None` where a file had no value for it.
    Constant(Result<Option<Value>>),
    /// A parameter, a buffer, or a tensor of a plain record.
    Leaf(L),
    /// A number, a text or another value of a plain record.
    Plain(Plain),
    /// A list of numbers of a plain record.
    Numbers(Numbers),
    /// Something that may be absent.
    Option(Option<Box<Tree<L>>>),
    /// A struct.
    Struct(Struct<L>),
    /// An enum in one of its variants.
    Variant(Variant<L>),
    /// A `Vec`, an array or a tuple.
    Seq(Container, Vec<Tree<L>>),
    /// A map with text keys, sorted by key.
    Map(Vec<(String, Tree<L>)>),
}

impl<L> Tree<L> {
    /// Whether a file may say nothing about this.
    pub(crate) fn needs_nothing(&self) -> bool {
        match self {
            Self::Skipped | Self::Constant(_) => true,
            Self::Struct(own) => own.stateless,
            Self::Variant(own) => own.stateless,
            _ => false,
        }
    }

    /// Whether there is nothing of this in Burn's layout, so that an option of it looks absent where it is not.
    pub(crate) fn is_nil(&self) -> bool {
        match self {
            Self::Option(None) | Self::Plain(Plain::Unit) => true,
            Self::Option(Some(tree)) => tree.is_nil(),
            tree => tree.needs_nothing(),
        }
    }

    /// Gives `found` each constant that no value can be, with its path from `path` on.
    pub(crate) fn constant_errors(self, path: &mut TensorPath, found: &mut dyn FnMut(&TensorPath, Error)) {
        match self {
            Self::Constant(Err(error)) => found(path, error),
            Self::Skipped | Self::Constant(Ok(_)) | Self::Leaf(_) | Self::Plain(_) | Self::Numbers(_) => {}
            Self::Option(tree) => tree.into_iter().for_each(|tree| tree.constant_errors(path, found)),
            Self::Struct(own) => errors_of(own.fields.into_iter().map(Field::into_part), path, found),
            Self::Variant(own) => {
                path.push(PathPart::Variant(own.variant.into()));
                match *own.content {
                    Content::Unit => {}
                    Content::Newtype(tree) => tree.constant_errors(path, found),
                    Content::Fields(fields) => errors_of(fields.into_iter().map(Field::into_part), path, found),
                }
                path.pop();
            }
            Self::Seq(_, trees) => {
                let parts = trees.into_iter().enumerate().map(|(i, tree)| (PathPart::Index(i), tree));
                errors_of(parts, path, found);
            }
            Self::Map(entries) => {
                errors_of(entries.into_iter().map(|(key, tree)| (PathPart::Key(key), tree)), path, found);
            }
        }
    }

    /// Whether nothing is all that Burn's files ever hold of this. What is in an absent option is not known here.
    pub(crate) fn nil_says_nothing(&self) -> bool {
        match self {
            Self::Option(tree) => tree.as_ref().is_none_or(|tree| tree.nil_says_nothing()),
            tree => tree.needs_nothing(),
        }
    }
}

fn errors_of<L>(
    parts: impl Iterator<Item = (PathPart, Tree<L>)>,
    path: &mut TensorPath,
    found: &mut dyn FnMut(&TensorPath, Error),
) {
    for (part, tree) in parts {
        path.push(part);
        tree.constant_errors(path, found);
        path.pop();
    }
}

/// A struct with its fields in the order of declaration; tuple structs have the fields `0`, `1`, ...
#[derive(Debug)]
pub struct Struct<L> {
    /// The type's name, without its path.
    pub name: &'static str,
    /// Which layer the type says it is.
    pub layer: LayerKind,
    /// Whether its slot in a record is nil whatever its fields are.
    pub stateless: bool,
    /// The fields.
    pub fields: Vec<Field<L>>,
}

/// A field of a struct or of a variant.
#[derive(Debug)]
pub struct Field<L> {
    /// Its name in files and paths.
    pub name: &'static str,
    /// Names it had in older files.
    pub aliases: &'static [&'static str],
    /// Whether a file may lack it.
    pub optional: bool,
    /// What is in it.
    pub tree: Tree<L>,
}

impl<L> Field<L> {
    /// A field that files must have, under one name.
    pub fn new(name: &'static str, tree: Tree<L>) -> Self {
        Self { name, aliases: &[], optional: false, tree }
    }

    fn into_part(self) -> (PathPart, Tree<L>) {
        (part_of(self.name), self.tree)
    }

    /// With names that older files have for it.
    #[must_use]
    pub fn aliases(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    /// A field that older files may lack.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.optional = true;
        self
    }
}

/// An enum in one of its variants.
#[derive(Debug)]
pub struct Variant<L> {
    /// The enum's name, without its path.
    pub name: &'static str,
    /// The variant's name.
    pub variant: &'static str,
    /// The variant's place in the declaration.
    pub index: u32,
    /// Whether the enum's slot in a record is nil whatever its variant is.
    pub stateless: bool,
    /// What the variant holds: `Unit`, one tree, or a struct of its fields.
    pub content: Box<Content<L>>,
}

/// What a variant holds.
#[derive(Debug)]
pub enum Content<L> {
    /// Nothing.
    Unit,
    /// One unnamed field.
    Newtype(Tree<L>),
    /// Several unnamed fields (`0`, `1`, ...) or named ones.
    Fields(Vec<Field<L>>),
}

/// What holds the items of a [`Tree::Seq`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Container {
    /// A `Vec`: its length is part of the data.
    Vec,
    /// An array: its length is part of the type.
    Array,
    /// A tuple.
    Tuple,
}

/// Which layer a type is, for those who translate between frameworks. A type says it; it is never inferred from its name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LayerKind {
    /// No layer that other frameworks lay out differently.
    #[default]
    Other,
    /// `weight` of shape (input, output), `bias`.
    Linear,
    /// `weight` of shape (output, input / groups, kernel), `bias`.
    Conv1d,
    /// `weight` of shape (output, input / groups, kernel..), `bias`.
    Conv2d,
    /// `weight` of shape (output, input / groups, kernel..), `bias`.
    Conv3d,
    /// `weight` of shape (input, output / groups, kernel), `bias`.
    ConvTranspose1d,
    /// `weight` of shape (input, output / groups, kernel..), `bias`.
    ConvTranspose2d,
    /// `gamma`, `beta`, `running_mean`, `running_var`.
    BatchNorm,
    /// `gamma`, `beta`.
    LayerNorm,
    /// `gamma`, `beta`.
    GroupNorm,
    /// `gamma`, `beta`.
    InstanceNorm,
    /// `gamma`.
    RmsNorm,
    /// `weight` of shape (entries, width).
    Embedding,
    /// `alpha`.
    PRelu,
    /// Four gates of an input and a hidden [`LayerKind::Linear`].
    Lstm,
    /// A forward and a reverse [`LayerKind::Lstm`].
    BiLstm,
    /// Three gates of an input and a hidden [`LayerKind::Linear`].
    Gru,
    /// `query`, `key`, `value` and `output`, each a [`LayerKind::Linear`].
    MultiHeadAttention,
    /// `depthwise` and `pointwise`, each a convolution: the first without a bias and with as many groups as channels, the second with
    /// kernels of one element. Keras has it as one layer, `SeparableConv2D`.
    SeparableConv,
}

/// A value of a plain record, with the width that `bincode` writes it in.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "each variant is the type of its name")]
pub enum Plain {
    Unit,
    Bool(bool),
    I8(i8),
    I16(i16),
    I32(i32),
    I64(i64),
    U8(u8),
    U16(u16),
    U32(u32),
    U64(u64),
    F32(f32),
    F64(f64),
    Char(char),
    Str(String),
}

impl Container {
    /// `Vec`, `Array` or `Tuple`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Vec => "Vec",
            Self::Array => "Array",
            Self::Tuple => "Tuple",
        }
    }
}
