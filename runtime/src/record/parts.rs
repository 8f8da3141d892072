//! How many slots a constant had before Burn 0.21.
//!
//! A constant was a module there, and so were lists, arrays, options and tuples of constants, each with the record of its parts:
//! `[usize; 2]` was two empty slots, and a vector its length and as many. Since 0.21 a constant is one empty slot, whatever it is.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::Cell;
use core::fmt;

use serde::Deserializer;
use serde::de::{self, DeserializeOwned, DeserializeSeed, SeqAccess, Visitor};

/// The slots of a constant before Burn 0.21.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parts {
    /// One empty slot: a number, a text, a type of the user's.
    One,
    /// Those of what may be absent.
    Option(Box<Parts>),
    /// As many as the vector is long.
    List(Box<Parts>),
    /// Those of each item of an array or tuple.
    Each(Vec<Parts>),
}

impl Parts {
    /// The parts of a type, by what it asks of a deserializer. One that asks for itself again, as `struct Outline(Vec<Outline>)` may, was
    /// no constant of several parts then.
    pub(crate) fn of<T: DeserializeOwned>() -> Self {
        let left = Cell::new(PARTS);
        let mut parts = Self::One;
        // What goes wrong in it is a value that we made up, and the parts are known by then.
        let _ = T::deserialize(Trace { parts: &mut parts, depth: 0, left: &left });
        if left.get() == 0 { Self::One } else { parts }
    }
}

/// More parts, and deeper ones, than types have that do not contain themselves.
const PARTS: usize = 1 << 18;
const DEPTH: usize = 64;

/// Gives made-up values, and notes what it is asked for.
struct Trace<'a> {
    parts: &'a mut Parts,
    /// How many parts this one is in.
    depth: usize,
    /// How many more may be found; none once the type is known to contain itself.
    left: &'a Cell<usize>,
}

impl<'a> Trace<'a> {
    /// The place of the parts, and those that are in this one.
    fn enter<'b>(self, parts: &'b mut [Parts]) -> Result<(&'a mut Parts, Items<'b>), Stop>
    where
        'a: 'b,
    {
        let left = if self.depth < DEPTH { self.left.get().saturating_sub(parts.len()) } else { 0 };
        self.left.set(left);
        if left == 0 {
            return Err(Stop);
        }
        Ok((self.parts, Items { parts: parts.iter_mut(), depth: self.depth + 1, left: self.left }))
    }
}

/// There is nothing to say: the parts are what a failed trace leaves.
#[derive(Debug)]
struct Stop;

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a constant of several parts")
    }
}

impl core::error::Error for Stop {}

impl de::Error for Stop {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

macro_rules! made_up {
    ($($method:ident $visit:ident $($value:expr)?;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
            visitor.$visit($($value)?)
        }
    )*};
}

impl<'de> Deserializer<'de> for Trace<'_> {
    type Error = Stop;

    made_up! {
        deserialize_bool visit_bool false;
        deserialize_i8 visit_i8 0;
        deserialize_i16 visit_i16 0;
        deserialize_i32 visit_i32 0;
        deserialize_i64 visit_i64 0;
        deserialize_u8 visit_u8 0;
        deserialize_u16 visit_u16 0;
        deserialize_u32 visit_u32 0;
        deserialize_u64 visit_u64 0;
        deserialize_f32 visit_f32 0.0;
        deserialize_f64 visit_f64 0.0;
        deserialize_char visit_char '0';
        deserialize_str visit_str "";
        deserialize_string visit_string String::new();
        deserialize_unit visit_unit;
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Stop> {
        Err(Stop)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        let mut inner = Box::new(Parts::One);
        let (own, mut items) = self.enter(core::slice::from_mut(&mut *inner))?;
        let value = items.next().ok_or(Stop).and_then(|inner| visitor.visit_some(inner));
        *own = Parts::Option(inner);
        value
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        let mut item = Box::new(Parts::One);
        let (own, items) = self.enter(core::slice::from_mut(&mut *item))?;
        let value = visitor.visit_seq(items);
        *own = Parts::List(item);
        value
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Stop> {
        let mut parts = alloc::vec![Parts::One; len];
        let (own, items) = self.enter(&mut parts)?;
        let value = visitor.visit_seq(items);
        *own = Parts::Each(parts);
        value
    }

    serde::forward_to_deserialize_any! {
        i128 u128 bytes byte_buf unit_struct newtype_struct tuple_struct map struct enum identifier ignored_any
    }
}

/// Parts that are in one, each of which is asked for in turn.
struct Items<'a> {
    parts: core::slice::IterMut<'a, Parts>,
    depth: usize,
    left: &'a Cell<usize>,
}

impl<'a> Items<'a> {
    fn next(&mut self) -> Option<Trace<'a>> {
        let &mut Self { ref mut parts, depth, left } = self;
        parts.next().map(|parts| Trace { parts, depth, left })
    }
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Stop;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Stop> {
        self.next().map(|item| seed.deserialize(item)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    #[expect(dead_code, reason = "only its form is looked at")]
    enum Padding {
        Same,
        Explicit(usize),
    }

    #[test]
    fn the_parts_are_those_of_the_type() {
        let list = |parts| Parts::List(Box::new(parts));
        let option = |parts| Parts::Option(Box::new(parts));
        let pair = || Parts::Each(vec![Parts::One; 2]);
        assert_eq!(Parts::of::<usize>(), Parts::One);
        assert_eq!(Parts::of::<String>(), Parts::One);
        assert_eq!(Parts::of::<Padding>(), Parts::One);
        assert_eq!(Parts::of::<[bool; 2]>(), pair());
        assert_eq!(Parts::of::<Vec<f64>>(), list(Parts::One));
        assert_eq!(Parts::of::<Option<[usize; 2]>>(), option(pair()));
        assert_eq!(Parts::of::<[[char; 2]; 2]>(), Parts::Each(vec![pair(), pair()]));
        assert_eq!(Parts::of::<[Padding; 2]>(), pair());
        assert_eq!(Parts::of::<(Vec<Option<u8>>, f32)>(), Parts::Each(vec![list(option(Parts::One)), Parts::One]));
    }
    #[test]
    fn a_type_that_contains_itself_is_one_part() {
        #[derive(Deserialize)]
        #[expect(dead_code, reason = "only its form is looked at")]
        #[serde(transparent)]
        struct Outline(Vec<Outline>);
        #[derive(Deserialize)]
        #[expect(dead_code, reason = "only its form is looked at")]
        #[serde(transparent)]
        struct Twins(Option<Box<(Twins, Twins)>>);

        assert_eq!(Parts::of::<Outline>(), Parts::One);
        assert_eq!(Parts::of::<Twins>(), Parts::One);
    }
}
