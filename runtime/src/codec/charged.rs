//! A deserializer under which whatever a type keeps is charged to a budget before it is kept.
//!
//! A derived `Deserialize` puts element behind element into a `Vec`, and one of them may take thirty times the bytes that it has in a file. What
//! it keeps can be seen from outside: the elements' type, and how many there were. So this stands between the type and the format's own
//! deserializer, and no type needs seeds of its own.

use alloc::string::String;
use alloc::vec::Vec;
use core::cell::Cell;
use core::fmt;

use serde::Deserializer;
use serde::de::{self, DeserializeSeed, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor};

use super::slot::ErrorSlot;
use crate::error::Result as OwnResult;
use crate::limits::Budget;

/// What the allocator takes for a block beside its bytes: of short texts it is most.
const BLOCK: usize = 24;

/// Charges what is kept, and knows how much that is.
pub(crate) struct Meter<'a> {
    budget: &'a Budget,
    errors: &'a ErrorSlot,
    held: Cell<u64>,
    /// Options and newtypes in each other, of which a value need not have a byte for each.
    depth: Cell<u64>,
}

impl<'a> Meter<'a> {
    /// A meter that charges `budget`. An error at a limit is text in the format's error, and whole in `errors`.
    pub(crate) fn new(budget: &'a Budget, errors: &'a ErrorSlot) -> Self {
        Self { budget, errors, held: Cell::new(0), depth: Cell::new(0) }
    }

    /// A deserializer, or a seed, of which all is charged.
    pub(crate) fn over<T>(&self, inner: T) -> Charged<'_, T> {
        Charged { inner, meter: self }
    }

    /// How many bytes are charged.
    pub(crate) fn held(&self) -> u64 {
        self.held.get()
    }

    fn charge<E: de::Error>(&self, bytes: usize) -> Result<(), E> {
        self.held.set(self.held.get().saturating_add(bytes as u64));
        self.told(self.budget.charge_held(bytes as u64))
    }

    fn refund(&self, bytes: usize) {
        self.held.set(self.held.get().saturating_sub(bytes as u64));
        self.budget.refund_held(bytes as u64);
    }

    /// Runs `inner` one option or newtype deeper: a recursive type may be made of these alone.
    fn deeper<T, E: de::Error>(&self, inner: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let outside = self.depth.get();
        self.told(self.budget.check_depth(outside + 1))?;
        self.depth.set(outside + 1);
        let result = inner();
        self.depth.set(outside);
        result
    }

    fn told<E: de::Error>(&self, charged: OwnResult<()>) -> Result<(), E> {
        charged.map_err(|error| E::custom(self.errors.park(error)))
    }

    fn visiting<V>(&self, inner: V, grows: bool) -> Visiting<'_, V> {
        Visiting { inner, meter: self, grows }
    }
}

/// A deserializer, a seed, or the access to a variant, with the meter that all inside of it goes through.
pub(crate) struct Charged<'a, T> {
    inner: T,
    meter: &'a Meter<'a>,
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Charged<'_, S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        self.inner.deserialize(self.meter.over(deserializer))
    }
}

/// Methods for values of fixed size, which are charged with what they stand in, and for names, which are not kept.
macro_rules! fixed {
    ($($method:ident($($name:ident: $type:ty),*);)*) => {$(
        fn $method<V: Visitor<'de>>(self, $($name: $type,)* visitor: V) -> Result<V::Value, D::Error> {
            self.inner.$method($($name,)* visitor)
        }
    )*};
}

/// Methods for values with something inside: `$grows` if that is as much as the file says.
macro_rules! compound {
    ($($method:ident($($name:ident: $type:ty),*), $grows:literal;)*) => {$(
        fn $method<V: Visitor<'de>>(self, $($name: $type,)* visitor: V) -> Result<V::Value, D::Error> {
            self.inner.$method($($name,)* self.meter.visiting(visitor, $grows))
        }
    )*};
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Charged<'_, D> {
    type Error = D::Error;

    fixed! {
        deserialize_bool();
        deserialize_i8();
        deserialize_i16();
        deserialize_i32();
        deserialize_i64();
        deserialize_i128();
        deserialize_u8();
        deserialize_u16();
        deserialize_u32();
        deserialize_u64();
        deserialize_u128();
        deserialize_f32();
        deserialize_f64();
        deserialize_char();
        deserialize_unit();
        deserialize_unit_struct(name: &'static str);
        deserialize_identifier();
        deserialize_ignored_any();
    }

    compound! {
        deserialize_any(), true;
        deserialize_str(), true;
        deserialize_string(), true;
        deserialize_bytes(), true;
        deserialize_byte_buf(), true;
        deserialize_seq(), true;
        deserialize_map(), true;
        deserialize_option(), false;
        deserialize_newtype_struct(name: &'static str), false;
        deserialize_tuple(len: usize), false;
        deserialize_tuple_struct(name: &'static str, len: usize), false;
        deserialize_struct(name: &'static str, fields: &'static [&'static str]), false;
        deserialize_enum(name: &'static str, variants: &'static [&'static str]), false;
    }

    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }
}

/// A visitor whose value is charged.
struct Visiting<'a, V> {
    inner: V,
    meter: &'a Meter<'a>,
    /// Whether elements are put one behind the other, and not each into its own field.
    grows: bool,
}

impl<'a, V> Visiting<'a, V> {
    fn parts<A>(&self, access: A) -> Parts<'a, A> {
        Parts { inner: access, meter: self.meter, room: self.grows.then(Room::default), key: 0 }
    }
}

macro_rules! scalars {
    ($($method:ident: $type:ty;)*) => {$(
        fn $method<E: de::Error>(self, value: $type) -> Result<V::Value, E> {
            self.inner.$method(value)
        }
    )*};
}

/// Texts and bytes, of which a copy is kept.
macro_rules! copied {
    ($($method:ident: $type:ty;)*) => {$(
        fn $method<E: de::Error>(self, value: $type) -> Result<V::Value, E> {
            if !value.is_empty() {
                self.meter.charge(value.len() + BLOCK)?;
            }
            self.inner.$method(value)
        }
    )*};
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Visiting<'_, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.expecting(f)
    }

    scalars! {
        visit_bool: bool;
        visit_i8: i8;
        visit_i16: i16;
        visit_i32: i32;
        visit_i64: i64;
        visit_i128: i128;
        visit_u8: u8;
        visit_u16: u16;
        visit_u32: u32;
        visit_u64: u64;
        visit_u128: u128;
        visit_f32: f32;
        visit_f64: f64;
        visit_char: char;
    }

    copied! {
        visit_str: &str;
        visit_borrowed_str: &'de str;
        visit_string: String;
        visit_bytes: &[u8];
        visit_borrowed_bytes: &'de [u8];
        visit_byte_buf: Vec<u8>;
    }

    fn visit_none<E: de::Error>(self) -> Result<V::Value, E> {
        self.inner.visit_none()
    }

    fn visit_unit<E: de::Error>(self) -> Result<V::Value, E> {
        self.inner.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        self.meter.deeper(|| self.inner.visit_some(self.meter.over(deserializer)))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        self.meter.deeper(|| self.inner.visit_newtype_struct(self.meter.over(deserializer)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<V::Value, A::Error> {
        let parts = self.parts(seq);
        self.inner.visit_seq(parts)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        let parts = self.parts(map);
        self.inner.visit_map(parts)
    }

    fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<V::Value, A::Error> {
        self.inner.visit_enum(self.meter.over(data))
    }
}

/// The room of a `Vec` that nobody told how many elements there will be: it doubles.
#[derive(Default)]
struct Room {
    len: usize,
    capacity: usize,
    /// The bytes of the smaller room from which the elements were moved last.
    outgrown: usize,
}

impl Room {
    /// What a `Vec` takes at first: fewer than this are not worth an allocation.
    const FIRST: usize = 8;

    /// Charges what it takes to put one more element of this size behind the others.
    fn put<E: de::Error>(&mut self, size: usize, meter: &Meter<'_>) -> Result<(), E> {
        self.settle(meter);
        if self.len == self.capacity {
            let held = self.capacity.saturating_mul(size);
            if self.capacity == 0 && size > 0 {
                meter.charge(BLOCK)?;
            }
            self.capacity = self.capacity.saturating_mul(2).max(if size > 1 { Self::FIRST / 2 } else { Self::FIRST });
            meter.charge(self.capacity.saturating_mul(size))?;
            self.outgrown = held;
        }
        self.len += 1;
        // Bytes are no objects.
        if size > 1 { meter.told(meter.budget.charge_objects(1)) } else { Ok(()) }
    }

    /// Gives back the smaller room, which is left once an element stands in the larger one.
    fn settle(&mut self, meter: &Meter<'_>) {
        meter.refund(core::mem::take(&mut self.outgrown));
    }
}

/// The elements of a sequence, the entries of a map, or the fields of a struct. It keeps from the visitor how many the file says there
/// are, so that none reserves room for elements that are not there.
struct Parts<'a, A> {
    inner: A,
    meter: &'a Meter<'a>,
    /// `None` for fields.
    room: Option<Room>,
    /// The size of the key that was read last.
    key: usize,
}

impl<A> Parts<'_, A> {
    /// Charges a part that is about to be kept, or notes that there was none.
    fn keep<T, E: de::Error>(&mut self, part: Option<T>, size: usize) -> Result<Option<T>, E> {
        match (&mut self.room, &part) {
            (Some(room), Some(_)) => room.put(size, self.meter)?,
            (Some(room), None) => room.settle(self.meter),
            (None, _) => {}
        }
        Ok(part)
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Parts<'_, A> {
    type Error = A::Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        let element = self.inner.next_element_seed(self.meter.over(seed))?;
        self.keep(element, size_of::<S::Value>())
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Parts<'_, A> {
    type Error = A::Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        self.key = size_of::<S::Value>();
        match self.inner.next_key_seed(self.meter.over(seed))? {
            Some(key) => Ok(Some(key)),
            None => self.keep(None, 0),
        }
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        // Whoever keeps entries looks whether a key is there twice, in a table of references.
        let entry = self.key + size_of::<S::Value>() + 2 * size_of::<&str>();
        let value = self.inner.next_value_seed(self.meter.over(seed))?;
        self.keep(Some(()), entry)?;
        Ok(value)
    }
}

impl<'a, 'de, A: EnumAccess<'de>> EnumAccess<'de> for Charged<'a, A> {
    type Error = A::Error;
    type Variant = Charged<'a, A::Variant>;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self::Variant), A::Error> {
        let (value, variant) = self.inner.variant_seed(seed)?;
        Ok((value, self.meter.over(variant)))
    }
}

impl<'de, A: VariantAccess<'de>> VariantAccess<'de> for Charged<'_, A> {
    type Error = A::Error;

    fn unit_variant(self) -> Result<(), A::Error> {
        self.inner.unit_variant()
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, A::Error> {
        self.inner.newtype_variant_seed(self.meter.over(seed))
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, A::Error> {
        self.inner.tuple_variant(len, self.meter.visiting(visitor, false))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        self.inner.struct_variant(fields, self.meter.visiting(visitor, false))
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use proptest::prelude::*;
    use serde::de::DeserializeOwned;

    use super::*;
    use crate::codec::bincode;
    use crate::codec::input::SourceInput;
    use crate::codec::shapes::{Everything, everything, finite_float};
    use crate::error::{ErrorKind, Result};
    use crate::limits::Limits;

    fn read<T: DeserializeOwned>(bytes: Vec<u8>, grace: u64) -> Result<(T, u64)> {
        let budget = Budget::new(Limits { record_grace_bytes: grace, ..Limits::default() }, 0);
        let errors = ErrorSlot::default();
        let meter = Meter::new(&budget, &errors);
        let mut input = SourceInput::from_bytes(bytes.into());
        let value = T::deserialize(meter.over(&mut bincode::Decoder::new(&mut input, &budget, None)));
        value.map(|value| (value, meter.held())).map_err(|error| errors.recover(error))
    }

    proptest! {
        #[test]
        fn what_is_charged_is_read_as_what_is_not(value in everything(finite_float())) {
            let bytes = bincode::to_vec(&value).unwrap();
            prop_assert_eq!(&read::<Everything>(bytes, 1 << 20).unwrap().0, &value);
        }
    }

    #[test]
    fn lists_in_lists_are_charged_as_a_vec_takes_them() {
        let lists: Vec<Vec<String>> = vec![vec!["12345".into()], vec![], vec![], vec![], vec![]];
        let (read_again, held) = read::<Vec<Vec<String>>>(bincode::to_vec(&lists).unwrap(), 1 << 20).unwrap();
        assert_eq!(read_again, lists);
        assert_eq!(held, 8 * 24 + 4 * 24 + 5 + 3 * BLOCK as u64);
        let error = read::<Vec<Vec<String>>>(bincode::to_vec(&lists).unwrap(), 8 * 24).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Limit { setting: "record_grace_bytes", .. }), "{error}");
    }
}
