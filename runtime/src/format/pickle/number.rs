//! Integers of any length, without arithmetic that grows faster than they do.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write;

use super::graph::Node;
use crate::error::{Error, Result};

/// Decimal digits of the longest integer that is converted from or to text. Conversion takes time that grows with the square of the
/// length; this is where CPython stops too.
const MAX_DIGITS: usize = 4300;
/// Bytes that an integer of so many digits takes at most.
const MAX_BYTES: usize = 1788;

/// Nine digits at a time.
const CHUNK: usize = 9;
const BASE: u64 = 1_000_000_000;

/// An integer on its way into a graph.
pub(super) enum Integer {
    Small(i64),
    /// As [`Node::BigInt`].
    Big(Vec<u8>),
}

impl Integer {
    pub(super) fn node<G>(&self) -> Node<'_, G> {
        match self {
            Self::Small(n) => Node::Int(*n),
            Self::Big(bytes) => Node::BigInt(bytes),
        }
    }
}

/// The integer that `text` writes in decimal.
pub(super) fn from_decimal(text: &[u8]) -> Result<Integer> {
    let malformed = || Error::corrupt("a decimal integer is malformed");
    let text = core::str::from_utf8(text).map_err(|_| malformed())?;
    if let Ok(n) = text.parse::<i64>() {
        return Ok(Integer::Small(n));
    }
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(malformed());
    }
    if digits.len() > MAX_DIGITS {
        return Err(Error::refused(format!("a decimal integer of more than {MAX_DIGITS} digits")));
    }
    let mut limbs: Vec<u32> = Vec::new();
    let first = digits.len() % CHUNK;
    let chunks = core::iter::once(&digits[..first]).filter(|part| !part.is_empty());
    for chunk in chunks.chain((first..digits.len()).step_by(CHUNK).map(|at| &digits[at..at + CHUNK])) {
        let mut carry: u64 = chunk.parse().map_err(|_| malformed())?;
        for limb in &mut limbs {
            let product = u64::from(*limb) * BASE + carry;
            *limb = low(product);
            carry = product >> 32;
        }
        if carry > 0 {
            limbs.push(low(carry));
        }
    }
    let mut bytes: Vec<u8> = limbs.iter().flat_map(|limb| limb.to_le_bytes()).collect();
    bytes.push(0);
    if negative {
        negate(&mut bytes);
    }
    Ok(from_bytes(&bytes))
}

/// The integer that two's complement, little-endian bytes hold; none are zero.
pub(super) fn from_bytes(bytes: &[u8]) -> Integer {
    let negative = bytes.last().is_some_and(|byte| byte >> 7 == 1);
    let fill = if negative { 0xff } else { 0 };
    let mut len = bytes.len();
    // A top byte that only repeats the sign says nothing.
    while len > 1 && bytes[len - 1] == fill && bytes[len - 2] >> 7 == fill >> 7 {
        len -= 1;
    }
    if len <= size_of::<i64>() {
        let mut wide = [fill; size_of::<i64>()];
        wide[..len].copy_from_slice(&bytes[..len]);
        return Integer::Small(i64::from_le_bytes(wide));
    }
    Integer::Big(bytes[..len].to_vec())
}

/// An integer of [`Node::BigInt`] in decimal; `None` for one that is too long for that.
pub(crate) fn to_decimal(bytes: &[u8]) -> Option<String> {
    if bytes.len() > MAX_BYTES {
        return None;
    }
    let negative = bytes.last().is_some_and(|byte| byte >> 7 == 1);
    let mut magnitude = bytes.to_vec();
    if negative {
        negate(&mut magnitude);
    }
    // The most negative number of a length is its own negation: read as unsigned, that is its magnitude.
    magnitude.resize(magnitude.len().next_multiple_of(4), 0);
    let mut limbs: Vec<u32> =
        magnitude.chunks_exact(4).map(|limb| u32::from_le_bytes([limb[0], limb[1], limb[2], limb[3]])).collect();
    let mut chunks = Vec::new();
    while limbs.iter().any(|&limb| limb != 0) {
        let mut rest = 0u64;
        for limb in limbs.iter_mut().rev() {
            let wide = rest << 32 | u64::from(*limb);
            *limb = low(wide / BASE);
            rest = wide % BASE;
        }
        chunks.push(rest);
    }
    let mut text = String::from(if negative { "-" } else { "" });
    let width = |place: usize| if place == 0 { 0 } else { CHUNK };
    for (place, chunk) in chunks.iter().rev().enumerate() {
        write!(text, "{chunk:0width$}", width = width(place)).ok()?;
    }
    Some(text)
}

/// The lower half.
fn low(wide: u64) -> u32 {
    (wide & u64::from(u32::MAX)).try_into().unwrap_or(u32::MAX)
}

/// Two's complement negation in place.
fn negate(bytes: &mut [u8]) {
    let mut carry = true;
    for byte in bytes {
        (*byte, carry) = (!*byte).overflowing_add(u8::from(carry));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Integer {
        from_decimal(text.as_bytes()).unwrap()
    }

    #[test]
    fn integers_of_any_length_come_from_text_and_go_back() {
        for text in ["0", "-1", "9223372036854775807", "-9223372036854775808"] {
            assert!(matches!(decimal(text), Integer::Small(n) if n.to_string() == text));
        }
        for text in [
            "9223372036854775808",
            "-9223372036854775809",
            "1180591620717411303424",
            "-1180591620717411303424",
            "18446744073709551616",
            "1000000000000000000000000000000000000000000",
        ] {
            let Integer::Big(bytes) = decimal(text) else { panic!("{text} fits") };
            assert_eq!(to_decimal(&bytes).unwrap(), text);
        }
    }

    #[test]
    fn bytes_are_twos_complement_and_redundant_ones_are_dropped() {
        for (bytes, value) in [
            (&[][..], 0),
            (&[0], 0),
            (&[255], -1),
            (&[255, 0], 255),
            (&[0, 128], -32768),
            (&[1, 0, 0, 0, 0, 0, 0, 0, 0, 0], 1),
        ] {
            assert!(matches!(from_bytes(bytes), Integer::Small(n) if n == value), "{bytes:?}");
        }
        assert!(matches!(from_bytes(&[0, 0, 0, 0, 0, 0, 0, 128, 0]), Integer::Big(_)));
    }

    #[test]
    fn a_million_digits_are_refused_before_any_work() {
        assert!(from_decimal("9".repeat(1_000_000).as_bytes()).is_err());
        assert!(from_decimal("9".repeat(MAX_DIGITS).as_bytes()).is_ok());
        for text in ["", "-", "1x", "--1", "1_0", " 1"] {
            assert!(from_decimal(text.as_bytes()).is_err(), "{text:?}");
        }
        let longest = decimal(&"9".repeat(MAX_DIGITS));
        let Integer::Big(bytes) = longest else { panic!() };
        assert!(bytes.len() <= MAX_BYTES && to_decimal(&bytes).is_some());
    }
}
