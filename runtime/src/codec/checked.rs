//! Checks before an encoder of another crate that would write something wrong without a word.

use alloc::format;
use alloc::string::String;
use core::fmt::Display;
use core::marker::PhantomData;

use serde::ser::{
    Error as _, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

/// What an encoding cannot hold: each check gives the words of the refusal.
pub(super) trait Check {
    /// The bytes of text or of a blob, the elements of a sequence or tuple, the entries of a map.
    fn length(_len: usize) -> Result<(), String> {
        Ok(())
    }

    /// Levels of sequences, maps and variants with content, one around the other.
    fn depth(_levels: u32) -> Result<(), String> {
        Ok(())
    }

    /// A floating-point number.
    fn float(_value: f64) -> Result<(), String> {
        Ok(())
    }
}

/// A value whose every part is checked by `C` before the encoder sees it; also the encoder that does so, and its compounds.
pub(super) struct Checked<T, C> {
    inner: T,
    /// Levels around this.
    depth: u32,
    /// Elements given so far, for sequences and maps that do not state how many they have.
    count: usize,
    check: PhantomData<C>,
}

impl<T, C: Check> Checked<T, C> {
    pub(super) fn new(inner: T) -> Self {
        Self::at(0, inner)
    }

    fn at(depth: u32, inner: T) -> Self {
        Self { inner, depth, count: 0, check: PhantomData }
    }

    /// The depth `levels` below this, if that is allowed.
    fn below<E: serde::ser::Error>(&self, levels: u32) -> Result<u32, E> {
        let depth = self.depth.saturating_add(levels);
        C::depth(depth).map_err(E::custom)?;
        Ok(depth)
    }

    fn count<E: serde::ser::Error>(&mut self) -> Result<(), E> {
        self.count += 1;
        C::length(self.count).map_err(E::custom)
    }
}

impl<T: Serialize + ?Sized, C: Check> Serialize for Checked<&T, C> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.inner.serialize(Checked::<S, C>::at(self.depth, serializer))
    }
}

/// Methods that pass a scalar on.
macro_rules! scalars {
    ($($method:ident: $type:ty;)*) => {$(
        fn $method(self, value: $type) -> Result<S::Ok, S::Error> {
            self.inner.$method(value)
        }
    )*};
}

impl<S: Serializer, C: Check> Serializer for Checked<S, C> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Checked<S::SerializeSeq, C>;
    type SerializeTuple = Checked<S::SerializeTuple, C>;
    type SerializeTupleStruct = Checked<S::SerializeTupleStruct, C>;
    type SerializeTupleVariant = Checked<S::SerializeTupleVariant, C>;
    type SerializeMap = Checked<S::SerializeMap, C>;
    type SerializeStruct = Checked<S::SerializeStruct, C>;
    type SerializeStructVariant = Checked<S::SerializeStructVariant, C>;

    scalars! {
        serialize_bool: bool;
        serialize_i8: i8;
        serialize_i16: i16;
        serialize_i32: i32;
        serialize_i64: i64;
        serialize_i128: i128;
        serialize_u8: u8;
        serialize_u16: u16;
        serialize_u32: u32;
        serialize_u64: u64;
        serialize_u128: u128;
        serialize_char: char;
        serialize_unit_struct: &'static str;
    }

    fn serialize_f32(self, value: f32) -> Result<S::Ok, S::Error> {
        C::float(value.into()).map_err(S::Error::custom)?;
        self.inner.serialize_f32(value)
    }

    fn serialize_f64(self, value: f64) -> Result<S::Ok, S::Error> {
        C::float(value).map_err(S::Error::custom)?;
        self.inner.serialize_f64(value)
    }

    fn serialize_str(self, value: &str) -> Result<S::Ok, S::Error> {
        C::length(value.len()).map_err(S::Error::custom)?;
        self.inner.serialize_str(value)
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<S::Ok, S::Error> {
        C::length(value.len()).map_err(S::Error::custom)?;
        self.inner.serialize_bytes(value)
    }

    fn serialize_none(self) -> Result<S::Ok, S::Error> {
        self.inner.serialize_none()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.inner.serialize_some(&Checked::<_, C>::at(self.depth, value))
    }

    fn serialize_unit(self) -> Result<S::Ok, S::Error> {
        self.inner.serialize_unit()
    }

    fn serialize_unit_variant(self, name: &'static str, index: u32, variant: &'static str) -> Result<S::Ok, S::Error> {
        self.inner.serialize_unit_variant(name, index, variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> Result<S::Ok, S::Error> {
        self.inner.serialize_newtype_struct(name, &Checked::<_, C>::at(self.depth, value))
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        let depth = self.below(1)?;
        self.inner.serialize_newtype_variant(name, index, variant, &Checked::<_, C>::at(depth, value))
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<Self::SerializeSeq, S::Error> {
        C::length(len.unwrap_or(0)).map_err(S::Error::custom)?;
        let depth = self.below(1)?;
        self.inner.serialize_seq(len).map(|inner| Checked::at(depth, inner))
    }

    fn serialize_tuple(self, len: usize) -> Result<Self::SerializeTuple, S::Error> {
        C::length(len).map_err(S::Error::custom)?;
        let depth = self.below(1)?;
        self.inner.serialize_tuple(len).map(|inner| Checked::at(depth, inner))
    }

    fn serialize_tuple_struct(self, name: &'static str, len: usize) -> Result<Self::SerializeTupleStruct, S::Error> {
        let depth = self.below(1)?;
        self.inner.serialize_tuple_struct(name, len).map(|inner| Checked::at(depth, inner))
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Self::SerializeTupleVariant, S::Error> {
        let depth = self.below(2)?;
        self.inner.serialize_tuple_variant(name, index, variant, len).map(|inner| Checked::at(depth, inner))
    }

    fn serialize_map(self, len: Option<usize>) -> Result<Self::SerializeMap, S::Error> {
        C::length(len.unwrap_or(0)).map_err(S::Error::custom)?;
        let depth = self.below(1)?;
        self.inner.serialize_map(len).map(|inner| Checked::at(depth, inner))
    }

    fn serialize_struct(self, name: &'static str, len: usize) -> Result<Self::SerializeStruct, S::Error> {
        let depth = self.below(1)?;
        self.inner.serialize_struct(name, len).map(|inner| Checked::at(depth, inner))
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Self::SerializeStructVariant, S::Error> {
        let depth = self.below(2)?;
        self.inner.serialize_struct_variant(name, index, variant, len).map(|inner| Checked::at(depth, inner))
    }

    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.serialize_str(&format!("{value}"))
    }

    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }
}

impl<S: SerializeSeq, C: Check> SerializeSeq for Checked<S, C> {
    type Ok = S::Ok;
    type Error = S::Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), S::Error> {
        self.count()?;
        self.inner.serialize_element(&Checked::<_, C>::at(self.depth, value))
    }

    fn end(self) -> Result<S::Ok, S::Error> {
        self.inner.end()
    }
}

impl<S: SerializeMap, C: Check> SerializeMap for Checked<S, C> {
    type Ok = S::Ok;
    type Error = S::Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), S::Error> {
        self.count()?;
        self.inner.serialize_key(&Checked::<_, C>::at(self.depth, key))
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), S::Error> {
        self.inner.serialize_value(&Checked::<_, C>::at(self.depth, value))
    }

    fn end(self) -> Result<S::Ok, S::Error> {
        self.inner.end()
    }
}

/// The compounds whose number of fields is a type's own.
macro_rules! fields {
    ($($trait:ident::$method:ident($($key:ident: $type:ty)?);)*) => {$(
        impl<S: $trait, C: Check> $trait for Checked<S, C> {
            type Ok = S::Ok;
            type Error = S::Error;

            fn $method<T: Serialize + ?Sized>(&mut self, $($key: $type,)? value: &T) -> Result<(), S::Error> {
                self.inner.$method($($key,)? &Checked::<_, C>::at(self.depth, value))
            }

            fn end(self) -> Result<S::Ok, S::Error> {
                self.inner.end()
            }
        }
    )*};
}

fields! {
    SerializeTuple::serialize_element();
    SerializeTupleStruct::serialize_field();
    SerializeTupleVariant::serialize_field();
    SerializeStruct::serialize_field(key: &'static str);
    SerializeStructVariant::serialize_field(key: &'static str);
}
