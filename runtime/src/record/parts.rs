//! How many slots a constant had before Burn 0.21.
//!
//! A constant was a module there, and so were lists, arrays, options and tuples of constants, each with the record of its parts:
//! `[usize; 2]` was two empty slots, and a vector its length and as many. Since 0.21 a constant is one empty slot, whatever it is.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
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
    /// The parts of a type, by what it asks of a deserializer.
    pub(crate) fn of<T: DeserializeOwned>() -> Self {
        let mut parts = Self::One;
        // What goes wrong in it is a value that we made up, and the parts are known by then.
        let _ = T::deserialize(Trace(&mut parts));
        parts
    }
}

/// Gives made-up values, and notes what it is asked for.
struct Trace<'a>(&'a mut Parts);

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
        let value = visitor.visit_some(Trace(&mut inner));
        *self.0 = Parts::Option(inner);
        value
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        let mut item = Box::new(Parts::One);
        let value = visitor.visit_seq(Items(core::slice::from_mut(&mut *item).iter_mut()));
        *self.0 = Parts::List(item);
        value
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Stop> {
        let mut items = alloc::vec![Parts::One; len];
        let value = visitor.visit_seq(Items(items.iter_mut()));
        *self.0 = Parts::Each(items);
        value
    }

    serde::forward_to_deserialize_any! {
        i128 u128 bytes byte_buf unit_struct newtype_struct tuple_struct map struct enum identifier ignored_any
    }
}

struct Items<'a>(core::slice::IterMut<'a, Parts>);

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Stop;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Stop> {
        self.0.next().map(|parts| seed.deserialize(Trace(parts))).transpose()
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
}
