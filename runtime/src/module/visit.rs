//! Visiting the tensors of a module by path.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use super::slot::LeafMut;
use crate::path::{PathPart, TensorPath};
use crate::record::{Content, Field, LayerKind, LeafRef, TieId, Tree, part_of};
use crate::value::Value;

/// The part of a module that holds a leaf or another part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Struct, enum, list or map.
    pub kind: OwnerKind,
    /// The type's name, without its path; `Vec`, `Array`, `Tuple` or `Map` for those.
    pub name: &'static str,
    /// Which layer it says it is.
    pub layer: LayerKind,
}

/// What kind of part an [`Owner`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OwnerKind {
    /// A struct, or the fields of a variant.
    Struct,
    /// An enum.
    Enum,
    /// A `Vec`, an array or a tuple.
    List,
    /// A map.
    Map,
}

impl Owner {
    fn new(kind: OwnerKind, name: &'static str) -> Self {
        Self { kind, name, layer: LayerKind::Other }
    }
}

/// Is shown every tensor of a module, in the order of declaration.
pub trait ModuleVisitor {
    /// A tensor at its path. `owners` are the parts that it is in, from the root.
    fn visit(&mut self, path: &TensorPath, leaf: &LeafRef<'_>, owners: &[Owner]);

    /// The walk enters a field, an item, a key or a variant of `owner`.
    fn enter(&mut self, _part: &PathPart, _owner: &Owner) {}

    /// The walk leaves it.
    fn exit(&mut self, _part: &PathPart, _owner: &Owner) {}
}

/// Is given every tensor of a module to change, in the order of declaration. What several places share it is given once, at the first of them.
pub trait ModuleVisitorMut {
    /// A tensor at its path. `owners` are the parts that it is in, from the root.
    fn visit_mut(&mut self, path: &TensorPath, leaf: &mut LeafMut<'_>, owners: &[Owner]);

    /// The walk enters a field, an item, a key or a variant of `owner`.
    fn enter(&mut self, _part: &PathPart, _owner: &Owner) {}

    /// The walk leaves it.
    fn exit(&mut self, _part: &PathPart, _owner: &Owner) {}
}

/// What happens along a walk over a tree.
pub(crate) trait Walker<L> {
    fn enter(&mut self, part: &PathPart, owner: &Owner);
    fn leaf(&mut self, path: &TensorPath, leaf: L, owners: &[Owner]);
    fn exit(&mut self, part: &PathPart, owner: &Owner);

    /// A hyperparameter at its path.
    fn constant(&mut self, _path: &TensorPath, _value: Value) {}
}

/// Walks a tree in the order of declaration.
pub(crate) fn walk<L>(tree: Tree<L>, walker: &mut impl Walker<L>) {
    Walk { path: TensorPath::root(), owners: Vec::new(), walker }.tree(tree);
}

struct Walk<'w, W> {
    path: TensorPath,
    owners: Vec<Owner>,
    walker: &'w mut W,
}

impl<W> Walk<'_, W> {
    fn tree<L>(&mut self, tree: Tree<L>)
    where
        W: Walker<L>,
    {
        match tree {
            Tree::Skipped | Tree::Constant(_) | Tree::Plain(_) | Tree::Numbers(_) | Tree::Option(None) => {}
            Tree::Leaf(leaf) => self.walker.leaf(&self.path, leaf, &self.owners),
            Tree::Option(Some(tree)) => self.tree(*tree),
            Tree::Struct(own) => {
                let owner = Owner { layer: own.layer, ..Owner::new(OwnerKind::Struct, own.name) };
                self.fields(owner, own.fields);
            }
            Tree::Variant(own) => {
                let owner = Owner::new(OwnerKind::Enum, own.name);
                self.step(owner, &PathPart::Variant(own.variant.into()), |walk| match *own.content {
                    Content::Unit => {}
                    Content::Newtype(tree) => walk.tree(tree),
                    Content::Fields(fields) => {
                        walk.fields(Owner::new(OwnerKind::Struct, own.variant), fields);
                    }
                });
            }
            Tree::Seq(container, trees) => {
                let owner = Owner::new(OwnerKind::List, container.name());
                for (i, tree) in trees.into_iter().enumerate() {
                    self.step(owner, &PathPart::Index(i), |walk| walk.tree(tree));
                }
            }
            Tree::Map(entries) => {
                let owner = Owner::new(OwnerKind::Map, "Map");
                for (key, tree) in entries {
                    self.step(owner, &PathPart::Key(key), |walk| walk.tree(tree));
                }
            }
        }
    }

    fn fields<L>(&mut self, owner: Owner, fields: Vec<Field<L>>)
    where
        W: Walker<L>,
    {
        for field in fields {
            if let Tree::Constant(Ok(Some(value))) = field.tree {
                self.path.push(part_of(field.name));
                self.walker.constant(&self.path, value);
                self.path.pop();
                continue;
            }
            // A slot that can hold no tensor is no step of a walk over tensors.
            if !field.tree.needs_nothing() {
                self.step(owner, &part_of(field.name), |walk| walk.tree(field.tree));
            }
        }
    }

    fn step<L>(&mut self, owner: Owner, part: &PathPart, walk: impl FnOnce(&mut Self))
    where
        W: Walker<L>,
    {
        self.walker.enter(part, &owner);
        self.owners.push(owner);
        self.path.push(part.clone());
        walk(self);
        self.path.pop();
        self.owners.pop();
        self.walker.exit(part, &owner);
    }
}

/// A [`ModuleVisitor`] as a walker.
pub(crate) struct Visiting<'v>(pub(crate) &'v mut dyn ModuleVisitor);

impl<'m> Walker<LeafRef<'m>> for Visiting<'_> {
    fn enter(&mut self, part: &PathPart, owner: &Owner) {
        self.0.enter(part, owner);
    }

    fn leaf(&mut self, path: &TensorPath, leaf: LeafRef<'m>, owners: &[Owner]) {
        self.0.visit(path, &leaf, owners);
    }

    fn exit(&mut self, part: &PathPart, owner: &Owner) {
        self.0.exit(part, owner);
    }
}

/// A [`ModuleVisitorMut`] as a walker.
pub(crate) struct VisitingMut<'v> {
    visitor: &'v mut dyn ModuleVisitorMut,
    /// What was visited of what several places share: a change is made once.
    tied: BTreeSet<TieId>,
}

impl<'v> VisitingMut<'v> {
    pub(crate) fn new(visitor: &'v mut dyn ModuleVisitorMut) -> Self {
        Self { visitor, tied: BTreeSet::new() }
    }
}

impl<'m> Walker<LeafMut<'m>> for VisitingMut<'_> {
    fn enter(&mut self, part: &PathPart, owner: &Owner) {
        self.visitor.enter(part, owner);
    }

    fn leaf(&mut self, path: &TensorPath, mut leaf: LeafMut<'m>, owners: &[Owner]) {
        if leaf.tie().is_none_or(|tie| self.tied.insert(tie)) {
            self.visitor.visit_mut(path, &mut leaf, owners);
        }
    }

    fn exit(&mut self, part: &PathPart, owner: &Owner) {
        self.visitor.exit(part, owner);
    }
}
