//! Options, lists, tuples, boxes and maps of modules.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::marker::PhantomData;

use super::Module;
use super::build::Builder;
use super::slot::LeafMut;
use crate::path::PathPart;
use crate::record::{Container, LeafRef, Tree};

impl<M: Module> Module for Option<M> {
    type Record = Option<M::Record>;

    fn tree(&self) -> Tree<LeafRef<'_>> {
        Tree::Option(self.as_ref().map(|module| Box::new(module.tree())))
    }

    fn tree_mut(&mut self) -> Tree<LeafMut<'_>> {
        Tree::Option(self.as_mut().map(|module| Box::new(module.tree_mut())))
    }

    fn record(&self) -> Self::Record {
        self.as_ref().map(M::record)
    }

    fn into_record(self) -> Self::Record {
        self.map(M::into_record)
    }

    fn clone_record(record: &Self::Record) -> Self::Record {
        record.as_ref().map(M::clone_record)
    }

    fn build(record: Self::Record, builder: &mut Builder) -> Option<Self> {
        match record {
            Some(record) => M::build(record, builder).map(Some),
            None => Some(None),
        }
    }
}

impl<M: Module> Module for Box<M> {
    type Record = Box<M::Record>;

    fn tree(&self) -> Tree<LeafRef<'_>> {
        (**self).tree()
    }

    fn tree_mut(&mut self) -> Tree<LeafMut<'_>> {
        (**self).tree_mut()
    }

    fn record(&self) -> Self::Record {
        Box::new((**self).record())
    }

    fn into_record(self) -> Self::Record {
        Box::new((*self).into_record())
    }

    fn clone_record(record: &Self::Record) -> Self::Record {
        Box::new(M::clone_record(record))
    }

    fn build(record: Self::Record, builder: &mut Builder) -> Option<Self> {
        M::build(*record, builder).map(Self::new)
    }
}

/// Builds each item at its index. All are built before the first failure is given, so that all differences are noted.
fn build_items<M: Module>(records: impl IntoIterator<Item = M::Record>, builder: &mut Builder) -> Option<Vec<M>> {
    let build = |(i, record)| builder.within(PathPart::Index(i), |builder| M::build(record, builder));
    let built: Vec<Option<M>> = records.into_iter().enumerate().map(build).collect();
    built.into_iter().collect()
}

impl<M: Module> Module for Vec<M> {
    type Record = Vec<M::Record>;

    fn tree(&self) -> Tree<LeafRef<'_>> {
        Tree::Seq(Container::Vec, self.iter().map(M::tree).collect())
    }

    fn tree_mut(&mut self) -> Tree<LeafMut<'_>> {
        Tree::Seq(Container::Vec, self.iter_mut().map(M::tree_mut).collect())
    }

    fn record(&self) -> Self::Record {
        self.iter().map(M::record).collect()
    }

    fn into_record(self) -> Self::Record {
        self.into_iter().map(M::into_record).collect()
    }

    fn clone_record(record: &Self::Record) -> Self::Record {
        record.iter().map(M::clone_record).collect()
    }

    fn build(record: Self::Record, builder: &mut Builder) -> Option<Self> {
        build_items(record, builder)
    }
}

impl<M: Module, const N: usize> Module for [M; N] {
    type Record = [M::Record; N];

    fn tree(&self) -> Tree<LeafRef<'_>> {
        Tree::Seq(Container::Array, self.iter().map(M::tree).collect())
    }

    fn tree_mut(&mut self) -> Tree<LeafMut<'_>> {
        Tree::Seq(Container::Array, self.iter_mut().map(M::tree_mut).collect())
    }

    fn record(&self) -> Self::Record {
        self.each_ref().map(M::record)
    }

    fn into_record(self) -> Self::Record {
        self.map(M::into_record)
    }

    fn clone_record(record: &Self::Record) -> Self::Record {
        record.each_ref().map(M::clone_record)
    }

    fn build(record: Self::Record, builder: &mut Builder) -> Option<Self> {
        build_items(record, builder)?.try_into().ok()
    }
}

macro_rules! tuples {
    ($(($($name:ident $index:tt)+))+) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($name: Module),+> Module for ($($name,)+) {
            type Record = ($($name::Record,)+);

            fn tree(&self) -> Tree<LeafRef<'_>> {
                Tree::Seq(Container::Tuple, alloc::vec![$(self.$index.tree()),+])
            }

            fn tree_mut(&mut self) -> Tree<LeafMut<'_>> {
                Tree::Seq(Container::Tuple, alloc::vec![$(self.$index.tree_mut()),+])
            }

            fn record(&self) -> Self::Record {
                ($(self.$index.record(),)+)
            }

            fn into_record(self) -> Self::Record {
                ($(self.$index.into_record(),)+)
            }

            fn clone_record(record: &Self::Record) -> Self::Record {
                ($($name::clone_record(&record.$index),)+)
            }

            #[allow(non_snake_case, reason = "the type parameters name the items")]
            fn build(record: Self::Record, builder: &mut Builder) -> Option<Self> {
                $(let $name = builder.within(PathPart::Index($index), |builder| $name::build(record.$index, builder));)+
                Some(($($name?,)+))
            }
        }
    )+};
}

tuples! {
    (A 0)
    (A 0 B 1)
    (A 0 B 1 C 2)
    (A 0 B 1 C 2 D 3)
    (A 0 B 1 C 2 D 3 E 4)
    (A 0 B 1 C 2 D 3 E 4 F 5)
    (A 0 B 1 C 2 D 3 E 4 F 5 G 6)
    (A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7)
    (A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8)
    (A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9)
    (A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10)
    (A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11)
}

/// Builds the entries of a map, each at its key.
fn build_entries<M: Module>(
    records: impl IntoIterator<Item = (String, M::Record)>,
    builder: &mut Builder,
) -> Option<Vec<(String, M)>> {
    let built: Vec<Option<(String, M)>> = records
        .into_iter()
        .map(|(key, record)| {
            let module = builder.within(PathPart::Key(key.clone()), |builder| M::build(record, builder));
            module.map(|module| (key, module))
        })
        .collect();
    built.into_iter().collect()
}

impl<M: Module> Module for BTreeMap<String, M> {
    type Record = BTreeMap<String, M::Record>;

    fn tree(&self) -> Tree<LeafRef<'_>> {
        Tree::Map(self.iter().map(|(key, module)| (key.clone(), module.tree())).collect())
    }

    fn tree_mut(&mut self) -> Tree<LeafMut<'_>> {
        Tree::Map(self.iter_mut().map(|(key, module)| (key.clone(), module.tree_mut())).collect())
    }

    fn record(&self) -> Self::Record {
        self.iter().map(|(key, module)| (key.clone(), module.record())).collect()
    }

    fn into_record(self) -> Self::Record {
        self.into_iter().map(|(key, module)| (key, module.into_record())).collect()
    }

    fn clone_record(record: &Self::Record) -> Self::Record {
        record.iter().map(|(key, record)| (key.clone(), M::clone_record(record))).collect()
    }

    fn build(record: Self::Record, builder: &mut Builder) -> Option<Self> {
        Some(build_entries(record, builder)?.into_iter().collect())
    }
}

#[cfg(feature = "std")]
impl<M: Module, S: std::hash::BuildHasher + Default> Module for std::collections::HashMap<String, M, S> {
    type Record = std::collections::HashMap<String, M::Record, S>;

    fn tree(&self) -> Tree<LeafRef<'_>> {
        let mut entries: Vec<_> = self.iter().map(|(key, module)| (key.clone(), module.tree())).collect();
        entries.sort_by(|(a, _), (b, _)| a.cmp(b));
        Tree::Map(entries)
    }

    fn tree_mut(&mut self) -> Tree<LeafMut<'_>> {
        let mut entries: Vec<_> = self.iter_mut().map(|(key, module)| (key.clone(), module.tree_mut())).collect();
        entries.sort_by(|(a, _), (b, _)| a.cmp(b));
        Tree::Map(entries)
    }

    fn record(&self) -> Self::Record {
        self.iter().map(|(key, module)| (key.clone(), module.record())).collect()
    }

    fn into_record(self) -> Self::Record {
        self.into_iter().map(|(key, module)| (key, module.into_record())).collect()
    }

    fn clone_record(record: &Self::Record) -> Self::Record {
        record.iter().map(|(key, record)| (key.clone(), M::clone_record(record))).collect()
    }

    fn build(record: Self::Record, builder: &mut Builder) -> Option<Self> {
        // Differences are told in the order of the keys.
        let sorted: BTreeMap<_, _> = record.into_iter().collect();
        Some(build_entries(sorted, builder)?.into_iter().collect())
    }
}

impl<T: ?Sized> Module for PhantomData<T> {
    type Record = Self;

    fn tree(&self) -> Tree<LeafRef<'_>> {
        Tree::Skipped
    }

    fn tree_mut(&mut self) -> Tree<LeafMut<'_>> {
        Tree::Skipped
    }

    fn record(&self) -> Self {
        Self
    }

    fn into_record(self) -> Self {
        self
    }

    fn clone_record(_record: &Self) -> Self {
        Self
    }

    fn build(record: Self, _builder: &mut Builder) -> Option<Self> {
        Some(record)
    }
}
