//! Options, lists, tuples, boxes and maps of records.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::marker::PhantomData;

use super::Record;
use super::bind::Binder;
use super::item::Item;
use super::leaf::LeafRef;
use super::plain::unpack;
use super::schema::Schema;
use super::tree::{Container, Tree};
use crate::error::Result;
use crate::path::PathPart;
use crate::report::Difference;

impl<R: Record> Record for Option<R> {
    const NIL_SAYS_NOTHING: bool = R::NIL_SAYS_NOTHING;

    fn schema() -> Schema {
        Schema::Option(R::schema)
    }

    fn tree(&self) -> Tree<LeafRef<'_>> {
        Tree::Option(self.as_ref().map(|record| Box::new(record.tree())))
    }

    fn into_item(self) -> Result<Item> {
        self.map_or(Ok(Item::Nil), |record| record.into_item().map(Item::some))
    }

    fn bind(item: Item, binder: &mut Binder<'_>) -> Option<Self> {
        match item {
            Item::Nil if R::NIL_SAYS_NOTHING => binder.maybe_absent().then_some(None),
            Item::Nil => Some(None),
            item => R::bind(item.inside(), binder).map(Some),
        }
    }
}

impl<R: Record> Record for Box<R> {
    const NEEDS_NOTHING: bool = R::NEEDS_NOTHING;
    const NIL_SAYS_NOTHING: bool = R::NIL_SAYS_NOTHING;

    fn schema() -> Schema {
        R::schema()
    }

    fn tree(&self) -> Tree<LeafRef<'_>> {
        (**self).tree()
    }

    fn into_item(self) -> Result<Item> {
        (*self).into_item()
    }

    fn bind(item: Item, binder: &mut Binder<'_>) -> Option<Self> {
        R::bind(item, binder).map(Self::new)
    }
}

/// The items of a list, whatever form the file gave it.
fn list(item: Item, binder: &mut Binder<'_>) -> Option<Vec<Item>> {
    match item {
        Item::Seq(items) => Some(items),
        Item::Numbers(numbers) => Some(unpack(&numbers)),
        item => binder.wrong_form("a list", &item),
    }
}

/// Binds each item at its index. All are bound before the first failure is given, so that all differences are noted.
fn bind_items<R: Record>(items: Vec<Item>, binder: &mut Binder<'_>) -> Option<Vec<R>> {
    let bind = |(i, item)| binder.within(PathPart::Index(i), |binder| R::bind(item, binder));
    let bound: Vec<Option<R>> = items.into_iter().enumerate().map(bind).collect();
    bound.into_iter().collect()
}

impl<R: Record> Record for Vec<R> {
    fn schema() -> Schema {
        Schema::Vec(R::schema)
    }

    fn tree(&self) -> Tree<LeafRef<'_>> {
        match R::list_numbers(self) {
            Some(numbers) => Tree::Numbers(numbers),
            None => Tree::Seq(Container::Vec, self.iter().map(R::tree).collect()),
        }
    }

    fn into_item(self) -> Result<Item> {
        match R::list_numbers(&self) {
            Some(numbers) => Ok(Item::Numbers(numbers)),
            None => Ok(Item::Seq(self.into_iter().map(R::into_item).collect::<Result<_>>()?)),
        }
    }

    fn bind(item: Item, binder: &mut Binder<'_>) -> Option<Self> {
        if let Item::Numbers(numbers) = item {
            return match R::list_from_numbers(numbers.clone()) {
                Some(records) => Some(records),
                None => bind_items(unpack(&numbers), binder),
            };
        }
        let items = list(item, binder)?;
        bind_items(items, binder)
    }
}

impl<R: Record, const N: usize> Record for [R; N] {
    fn schema() -> Schema {
        Schema::Array(R::schema, N)
    }

    fn tree(&self) -> Tree<LeafRef<'_>> {
        Tree::Seq(Container::Array, self.iter().map(R::tree).collect())
    }

    fn into_item(self) -> Result<Item> {
        Ok(Item::Seq(self.into_iter().map(R::into_item).collect::<Result<_>>()?))
    }

    fn bind(item: Item, binder: &mut Binder<'_>) -> Option<Self> {
        let items = list(item, binder)?;
        let found = items.len();
        if found != N {
            binder.differ(Difference::Length { path: binder.path().clone(), expected: N, found });
            return None;
        }
        bind_items(items, binder)?.try_into().ok()
    }
}

macro_rules! tuples {
    ($(($count:literal $($name:ident $index:tt)+))+) => {$(
        impl<$($name: Record),+> Record for ($($name,)+) {
            fn schema() -> Schema {
                Schema::Tuple(alloc::vec![$($name::schema),+])
            }

            fn tree(&self) -> Tree<LeafRef<'_>> {
                Tree::Seq(Container::Tuple, alloc::vec![$(self.$index.tree()),+])
            }

            fn into_item(self) -> Result<Item> {
                Ok(Item::Seq(alloc::vec![$(self.$index.into_item()?),+]))
            }

            #[allow(non_snake_case, reason = "the type parameters name the items")]
            fn bind(item: Item, binder: &mut Binder<'_>) -> Option<Self> {
                let items = list(item, binder)?;
                let found = items.len();
                if found != $count {
                    binder.differ(Difference::Length { path: binder.path().clone(), expected: $count, found });
                    return None;
                }
                let mut items = items.into_iter();
                $(let $name = binder.within(PathPart::Index($index), |binder| {
                    $name::bind(items.next().unwrap_or_default(), binder)
                });)+
                Some(($($name?,)+))
            }
        }
    )+};
}

tuples! {
    (1 A 0)
    (2 A 0 B 1)
    (3 A 0 B 1 C 2)
    (4 A 0 B 1 C 2 D 3)
    (5 A 0 B 1 C 2 D 3 E 4)
    (6 A 0 B 1 C 2 D 3 E 4 F 5)
    (7 A 0 B 1 C 2 D 3 E 4 F 5 G 6)
    (8 A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7)
    (9 A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8)
    (10 A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9)
    (11 A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10)
    (12 A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11)
}

/// Binds the entries of a map, each at its key.
fn bind_entries<R: Record>(item: Item, binder: &mut Binder<'_>) -> Option<Vec<(String, R)>> {
    let entries = match item {
        Item::Map(entries) => entries,
        item => return binder.wrong_form("a map", &item),
    };
    let bound: Vec<Option<(String, R)>> = entries
        .into_iter()
        .map(|(key, item)| {
            let record = binder.within(PathPart::Key(key.clone()), |binder| R::bind(item, binder));
            record.map(|record| (key, record))
        })
        .collect();
    bound.into_iter().collect()
}

impl<R: Record> Record for BTreeMap<String, R> {
    fn schema() -> Schema {
        Schema::Map(R::schema)
    }

    fn tree(&self) -> Tree<LeafRef<'_>> {
        Tree::Map(self.iter().map(|(key, record)| (key.clone(), record.tree())).collect())
    }

    fn into_item(self) -> Result<Item> {
        let entries = self.into_iter().map(|(key, record)| Ok((key, record.into_item()?)));
        Ok(Item::Map(entries.collect::<Result<_>>()?))
    }

    fn bind(item: Item, binder: &mut Binder<'_>) -> Option<Self> {
        Some(bind_entries(item, binder)?.into_iter().collect())
    }
}

#[cfg(feature = "std")]
impl<R: Record, S: std::hash::BuildHasher + Default> Record for std::collections::HashMap<String, R, S> {
    fn schema() -> Schema {
        Schema::Map(R::schema)
    }

    fn tree(&self) -> Tree<LeafRef<'_>> {
        let mut entries: Vec<_> = self.iter().map(|(key, record)| (key.clone(), record.tree())).collect();
        entries.sort_by(|(a, _), (b, _)| a.cmp(b));
        Tree::Map(entries)
    }

    fn into_item(self) -> Result<Item> {
        let entries = self.into_iter().map(|(key, record)| Ok((key, record.into_item()?)));
        let mut entries = entries.collect::<Result<Vec<_>>>()?;
        entries.sort_by(|(a, _), (b, _)| a.cmp(b));
        Ok(Item::Map(entries))
    }

    fn bind(item: Item, binder: &mut Binder<'_>) -> Option<Self> {
        Some(bind_entries(item, binder)?.into_iter().collect())
    }
}

impl<T: ?Sized> Record for PhantomData<T> {
    const NEEDS_NOTHING: bool = true;

    fn schema() -> Schema {
        Schema::Nil
    }

    fn tree(&self) -> Tree<LeafRef<'_>> {
        Tree::Skipped
    }

    fn into_item(self) -> Result<Item> {
        Ok(Item::Nil)
    }

    fn bind(item: Item, binder: &mut Binder<'_>) -> Option<Self> {
        match item {
            Item::Nil => Some(Self),
            // Serde writes `PhantomData` as a unit struct, which MessagePack shows as an empty list.
            Item::Seq(items) if items.is_empty() => Some(Self),
            item => binder.wrong_form("nothing", &item),
        }
    }
}
