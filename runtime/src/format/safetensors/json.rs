//! JSON as the format's header and index have it: objects that must not say anything twice.

use alloc::borrow::Cow;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::marker::PhantomData;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, MapAccess, Visitor};

use crate::codec::brief::Brief;
use crate::error::{Error, Result};

/// Parses all of `bytes` with `seed`.
///
/// # Errors
/// [`ErrorKind::Corrupt`](crate::ErrorKind::Corrupt) with what `what` is and why it is not that.
pub(super) fn parse<'de, S: DeserializeSeed<'de>>(what: &str, bytes: &'de [u8], seed: S) -> Result<S::Value> {
    let refuse = |why: &dyn fmt::Display| Error::corrupt(format!("{what} is not the JSON that it should be: {why}"));
    // As a whole, which takes far less than each text by itself.
    let text = core::str::from_utf8(bytes).map_err(|error| refuse(&error))?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let parsed = seed.deserialize(Brief(&mut deserializer)).and_then(|value| deserializer.end().map(|()| value));
    parsed.map_err(|error| refuse(&error))
}

/// Reads an object entry by entry, telling `take` each key: no map in between, and nothing lost before it is looked at.
pub(super) struct Object<F> {
    what: &'static str,
    take: F,
}

impl<F> Object<F> {
    pub(super) fn new(what: &'static str, take: F) -> Self {
        Self { what, take }
    }
}

/// The value of the entry whose key was just told.
pub(super) struct Entry<'a, A>(&'a mut A);

impl<'de, A: MapAccess<'de>> Entry<'_, A> {
    pub(super) fn value<T: Deserialize<'de>>(self) -> core::result::Result<T, A::Error> {
        self.0.next_value()
    }

    pub(super) fn seed<S: DeserializeSeed<'de>>(self, seed: S) -> core::result::Result<S::Value, A::Error> {
        self.0.next_value_seed(seed)
    }
}

/// Text, borrowed where it has no escapes.
pub(super) struct Text<'de>(pub(super) Cow<'de, str>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> core::result::Result<Self, D::Error> {
        struct Whole;

        impl<'de> Visitor<'de> for Whole {
            type Value = Cow<'de, str>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> core::result::Result<Self::Value, E> {
                Ok(Cow::Borrowed(text))
            }

            fn visit_str<E>(self, text: &str) -> core::result::Result<Self::Value, E> {
                Ok(Cow::Owned(text.into()))
            }
        }

        deserializer.deserialize_str(Whole).map(Self)
    }
}

/// What [`Object`] tells each entry to. A trait and not a closure, because it takes any deserializer's entry.
pub(super) trait TakeEntry<'de> {
    fn entry<A: MapAccess<'de>>(
        &mut self,
        key: Cow<'de, str>,
        value: Entry<'_, A>,
    ) -> core::result::Result<(), A::Error>;
}

impl<'de, F: TakeEntry<'de>> DeserializeSeed<'de> for Object<F> {
    type Value = F;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> core::result::Result<F, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, F: TakeEntry<'de>> Visitor<'de> for Object<F> {
    type Value = F;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.what)
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> core::result::Result<F, A::Error> {
        while let Some(Text(key)) = map.next_key()? {
            self.take.entry(key, Entry(&mut map))?;
        }
        Ok(self.take)
    }
}

/// An object of unique keys to values of one type.
pub(super) struct Unique<T>(pub(super) &'static str, pub(super) PhantomData<T>);

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for Unique<T> {
    type Value = BTreeMap<String, T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> core::result::Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Unique<T> {
    type Value = BTreeMap<String, T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> core::result::Result<Self::Value, A::Error> {
        let mut entries = BTreeMap::new();
        while let Some((key, value)) = map.next_entry::<String, T>()? {
            if entries.contains_key(&key) {
                return Err(twice(&key));
            }
            entries.insert(key, value);
        }
        Ok(entries)
    }
}

/// The error of a key that comes twice, where two readers would see two files.
pub(super) fn twice<E: serde::de::Error>(key: &str) -> E {
    E::custom(format_args!("the key `{key}` comes twice"))
}

/// Sets `slot`, once.
pub(super) fn set<T, E: serde::de::Error>(slot: &mut Option<T>, key: &str, value: T) -> core::result::Result<(), E> {
    if slot.replace(value).is_some() { Err(twice(key)) } else { Ok(()) }
}

/// Appends `text` as a JSON string.
pub(super) fn put_string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let mut rest = text.as_bytes();
    while let Some(at) = rest.iter().position(|&c| c < 0x20 || matches!(c, b'"' | b'\\')) {
        let (plain, special) = rest.split_at(at);
        out.extend_from_slice(plain);
        match special[0] {
            c @ (b'"' | b'\\') => out.extend_from_slice(&[b'\\', c]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            0x08 => out.extend_from_slice(b"\\b"),
            0x0c => out.extend_from_slice(b"\\f"),
            c => out.extend_from_slice(format!("\\u{c:04x}").as_bytes()),
        }
        rest = &special[1..];
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

/// Appends a number, without a text of its own: headers have many.
pub(super) fn put_number(number: u64, out: &mut Vec<u8>) {
    let start = out.len();
    let mut rest = number;
    loop {
        // A digit fits.
        out.push(b'0' + (rest % 10) as u8);
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out[start..].reverse();
}

/// Appends the entries of an object, and the braces around them; `put` appends a value.
pub(super) fn put_object<'a, K: AsRef<str> + 'a, V>(
    entries: impl IntoIterator<Item = (K, V)>,
    out: &mut Vec<u8>,
    mut put: impl FnMut(V, &mut Vec<u8>),
) {
    out.push(b'{');
    let mut first = true;
    for (key, value) in entries {
        if !core::mem::take(&mut first) {
            out.push(b',');
        }
        put_string(key.as_ref(), out);
        out.push(b':');
        put(value, out);
    }
    out.push(b'}');
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn strings_are_written_as_serde_json_writes_them() {
        let mut all: String = (0u32..0x300).filter_map(char::from_u32).collect();
        all.push('\u{2028}');
        all.push('𝄞');
        for text in ["", "plain", "\"\\", all.as_str()] {
            let mut out = Vec::new();
            put_string(text, &mut out);
            assert_eq!(out, serde_json::to_vec(text).unwrap());
        }
    }

    #[test]
    fn a_key_that_is_escaped_the_second_time_is_still_the_same_key() {
        let seed = || Unique::<String>("an object of text", PhantomData);
        assert!(parse("it", br#"{"a":"1","b":"2"}"#, seed()).is_ok());
        let error = parse("it", br#"{"a":"1","\u0061":"2"}"#, seed()).unwrap_err();
        assert!(error.to_string().contains("`a` comes twice"), "{error}");
    }
}
