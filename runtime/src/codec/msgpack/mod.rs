//! MessagePack as rmp-serde writes it with named fields, which Burn's `.mpk` files have.
//!
//! Source of the rules: the MessagePack specification (github.com/msgpack/msgpack, `spec.md`) for the bytes, and rmp-serde 1.3 for how
//! serde's data model is laid on them:
//!
//! | what | MessagePack |
//! |---|---|
//! | `bool`, integers, `f32`, `f64` | bool, the shortest integer, float 32, float 64 |
//! | `i128`, `u128` | bin of 16 bytes, big-endian |
//! | `char`, text | str, which must be UTF-8 |
//! | bytes | bin |
//! | `None`, unit | nil |
//! | `Some(x)`, newtype struct | as `x` |
//! | unit struct | array of 0 |
//! | sequence, tuple, tuple struct | array |
//! | map, struct | map; the keys of a struct are its fields' names |
//! | unit variant | its name as str |
//! | other variants | map of 1, from the name to the content: a value, an array, or a map |
//!
//! Also read: variants by number, a struct as an array of its fields, integers longer than needed. The extension types have no meaning
//! here and are refused.

mod de;
mod marker;
mod ser;
#[cfg(test)]
mod tests;

pub(crate) use de::Decoder;
pub(crate) use ser::encode_named;
#[cfg(test)]
pub(crate) use ser::to_vec_named;
