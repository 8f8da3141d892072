//! Parameters and buffers as modules, and as records.

use super::Module;
use super::build::Builder;
use super::param::{Buffer, Param};
use super::slot::{LeafMut, ParamSlot};
use crate::error::Result;
use crate::record::{
    Binder, FileData, FileTensor, Item, Leaf, LeafRef, MatrixLayout, ParamId, Record, Role, Schema, Tree,
};

impl<T: Leaf> Record for Param<T> {
    fn schema() -> Schema {
        Schema::Param(T::DTYPE)
    }

    fn tree(&self) -> Tree<LeafRef<'_>> {
        Tree::Leaf(LeafRef::new(Role::Param, self).param(self.id(), self.is_require_grad()).lying(self.layout()))
    }

    fn into_item(self) -> Result<Item> {
        let (id, layout) = (Some(self.id()), self.layout());
        Ok(FileTensor { id, tie: None, layout, data: FileData::Typed(self.into_data()?) }.into())
    }

    fn bind(item: Item, binder: &mut Binder<'_>) -> Option<Self> {
        let (id, layout, value) = binder.matrix(item)?;
        Some(Self::initialized(id.unwrap_or_else(ParamId::unique), value).lying(layout))
    }
}

impl<T: Leaf> Module for Param<T> {
    type Record = Self;

    fn tree(&self) -> Tree<LeafRef<'_>> {
        Record::tree(self)
    }

    fn tree_mut(&mut self) -> Tree<LeafMut<'_>> {
        let (id, trainable, layout) = (self.id(), self.is_require_grad(), self.layout());
        Tree::Leaf(LeafMut::new(Role::Param, id, trainable, ParamSlot::new(self)).lying(layout))
    }

    fn record(&self) -> Self {
        self.clone()
    }

    fn into_record(self) -> Self {
        self
    }

    fn clone_record(record: &Self) -> Self {
        record.clone()
    }

    fn build(record: Self, _builder: &mut Builder) -> Option<Self> {
        let layout = if record.layout() == MatrixLayout::Unsaid { MatrixLayout::Rows } else { record.layout() };
        Some(record.lying(layout))
    }
}

impl<T: Leaf> Record for Buffer<T> {
    fn schema() -> Schema {
        Schema::Param(T::DTYPE)
    }

    fn tree(&self) -> Tree<LeafRef<'_>> {
        Tree::Leaf(LeafRef::new(Role::Buffer, self.as_param()).param(self.id(), false))
    }

    fn into_item(self) -> Result<Item> {
        self.into_param().into_item()
    }

    fn bind(item: Item, binder: &mut Binder<'_>) -> Option<Self> {
        // No layer has a buffer in columns.
        Param::<T>::bind(item, binder).map(|param| Self::from_param(param.lying(MatrixLayout::Rows)))
    }
}

impl<T: Leaf> Module for Buffer<T> {
    type Record = Self;

    fn tree(&self) -> Tree<LeafRef<'_>> {
        Record::tree(self)
    }

    fn tree_mut(&mut self) -> Tree<LeafMut<'_>> {
        let id = self.id();
        Tree::Leaf(LeafMut::new(Role::Buffer, id, false, ParamSlot::new(self.as_param_mut())))
    }

    fn record(&self) -> Self {
        self.clone()
    }

    fn into_record(self) -> Self {
        self
    }

    fn clone_record(record: &Self) -> Self {
        record.clone()
    }

    fn build(record: Self, _builder: &mut Builder) -> Option<Self> {
        Some(record)
    }
}
