//! The wire format of bincode 2 with its standard configuration, which Burn's `.bin` files and byte recorders have.
//!
//! Source of the rules: `docs/spec.md` of bincode 2.0 (`config::standard()`: little-endian, variable-length integers). Nothing in it
//! says what a value is, so that reader and writer must agree on the type.
//!
//! | what | bytes |
//! |---|---|
//! | `bool`, tag of an option | one byte, 0 or 1 |
//! | `u8`, `i8` | one byte |
//! | wider unsigned integers, lengths, variant numbers (`u32`) | up to 250 the byte itself; `fb` + 2 bytes, `fc` + 4, `fd` + 8, `fe` + 16. Longer forms than needed are read, and never written |
//! | wider signed integers | the unsigned `(n << 1) ^ (n >> bits - 1)` |
//! | `f32`, `f64` | 4 or 8 bytes |
//! | `char` | its UTF-8, 1 to 4 bytes |
//! | text, bytes | length, then the bytes |
//! | sequence, map | length, then the elements, or keys and values in turn |
//! | tuple, struct | its fields, nothing else |
//! | enum | the variant's number, then as a tuple or struct |
//! | unit, unit struct | nothing |

mod de;
mod ser;
mod slice;
#[cfg(test)]
mod tests;

pub(crate) use de::Decoder;
pub(crate) use ser::{encode, to_vec};
pub(crate) use slice::{Slice, truncated};
