//! The id of a parameter.

use alloc::string::String;
use core::fmt;

use portable_atomic::{AtomicU64, Ordering};

use crate::error::{Error, Result};

/// The id of a parameter: what an optimizer's state knows it by. Saved with it, and restored.
///
/// Written as Burn writes it since 0.14: the eight little-endian bytes in base 32 (RFC 4648's "extended hex" alphabet in lower case,
/// no padding), 13 characters.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ParamId(u64);

/// The digits of base32hex, in lower case.
const DIGITS: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";
/// Digits that 64 bits take, five each.
const TEXT_LEN: usize = 13;

impl ParamId {
    /// An id that no other parameter of this process has, and that another process's is unlikely to have.
    pub fn unique() -> Self {
        static COUNTER: AtomicU64 = AtomicU64::new(0);
        Self(mix(process_seed().wrapping_add(COUNTER.fetch_add(1, Ordering::Relaxed))))
    }

    /// An id that no other parameter has; Burn's name for [`ParamId::unique`].
    #[expect(clippy::new_without_default, reason = "a default that differs at each call would surprise")]
    pub fn new() -> Self {
        Self::unique()
    }

    /// The id as a number, as Burnpack files hold it.
    pub const fn as_u64(self) -> u64 {
        self.0
    }

    /// The id that a record's text states: Burn's base 32 of up to eight bytes, or the UUID that Burn wrote before 0.14, which becomes
    /// a number by a fixed hash.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`](crate::ErrorKind::Corrupt) for any other text.
    pub fn parse(text: &str) -> Result<Self> {
        Self::from_base32(text)
            .or_else(|| Self::from_uuid(text))
            .ok_or_else(|| Error::corrupt(alloc::format!("`{text}` is not the id of a parameter")))
    }

    /// The id that any text is, as Burn had them before 0.15: as [`ParamId::parse`] has it, or else a number by a fixed hash.
    pub(crate) fn of_text(text: &str) -> Self {
        Self::parse(text).unwrap_or_else(|_| {
            let word = |bytes: &[u8]| bytes.iter().fold(0, |word, &byte| (word << 8) | u64::from(byte));
            Self(text.as_bytes().chunks(8).fold(text.len() as u64, |hash, bytes| mix(hash ^ word(bytes))))
        })
    }

    fn from_base32(text: &str) -> Option<Self> {
        if text.is_empty() || text.len() > TEXT_LEN {
            return None;
        }
        let mut bytes = [0u8; 8];
        let (mut bits, mut held, mut filled) = (0u32, 0u32, 0usize);
        for c in text.bytes() {
            let digit = DIGITS.iter().position(|&d| d == c)?;
            bits = (bits << 5) | u32::try_from(digit).ok()?;
            held += 5;
            if held >= 8 {
                held -= 8;
                *bytes.get_mut(filled)? = u8::try_from(bits >> held).ok()?;
                filled += 1;
                bits &= (1 << held) - 1;
            }
        }
        // Left-over bits are padding: fewer than a digit, all zero. Otherwise two texts would be one id.
        (held < 5 && bits == 0).then_some(Self(u64::from_le_bytes(bytes)))
    }

    fn from_uuid(text: &str) -> Option<Self> {
        let groups = [8, 4, 4, 4, 12];
        let parts = text.split('-');
        let hex = |part: &str| part.bytes().all(|c| c.is_ascii_hexdigit());
        if parts.clone().count() != groups.len() || !parts.zip(groups).all(|(part, n)| part.len() == n && hex(part)) {
            return None;
        }
        let mut high = 0u64;
        let mut low = 0u64;
        for digit in text.chars().filter_map(|c| c.to_digit(16)) {
            high = (high << 4) | (low >> 60);
            low = (low << 4) | u64::from(digit);
        }
        Some(Self(mix(high ^ mix(low))))
    }
}

/// The finaliser of SplitMix64: a bijection that spreads every bit.
const fn mix(mut x: u64) -> u64 {
    x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// Differs between processes where the system gives randomness; without `std` there is none to be had.
#[cfg(feature = "std")]
fn process_seed() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    use std::sync::OnceLock;
    static SEED: OnceLock<u64> = OnceLock::new();
    *SEED.get_or_init(|| RandomState::new().hash_one(0))
}

#[cfg(not(feature = "std"))]
fn process_seed() -> u64 {
    0
}

impl From<u64> for ParamId {
    fn from(id: u64) -> Self {
        Self(id)
    }
}

impl fmt::Display for ParamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::with_capacity(TEXT_LEN);
        let (mut bits, mut held) = (0u32, 0u32);
        for byte in self.0.to_le_bytes() {
            bits = (bits << 8) | u32::from(byte);
            held += 8;
            while held >= 5 {
                held -= 5;
                text.push(char::from(DIGITS[(bits >> held) as usize & 31]));
            }
            bits &= (1 << held) - 1;
        }
        text.push(char::from(DIGITS[(bits << (5 - held)) as usize & 31]));
        f.write_str(&text)
    }
}

impl fmt::Debug for ParamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ParamId({self})")
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn ids_are_written_as_burn_writes_them() {
        // Pairs from files of Burn 0.21.
        for (id, text) in [
            (3_912_240_169_596_321_687, "itvsrk5k255jc"),
            (18_019_560_524_778_410_538, "5a912m6jao9fk"),
            (123_456_789, "2n6lm1o000000"),
            (42, "5800000000000"),
        ] {
            assert_eq!(ParamId::from(id).to_string(), text);
            assert_eq!(ParamId::parse(text).unwrap().as_u64(), id);
        }
    }

    #[test]
    fn a_short_id_is_extended_with_zeros() {
        assert_eq!(ParamId::parse("58").unwrap().as_u64(), 42);
    }

    #[test]
    fn a_uuid_becomes_the_same_number_each_time_and_another_uuid_another() {
        let id = |text| ParamId::parse(text).unwrap();
        let a = id("4f8dc6d4-6d3b-4a51-8d4b-3b1a7b8f2f10");
        assert_eq!(a, id("4F8DC6D4-6D3B-4A51-8D4B-3B1A7B8F2F10"));
        assert_ne!(a, id("4f8dc6d4-6d3b-4a51-8d4b-3b1a7b8f2f11"));
        assert_ne!(a, id("5f8dc6d4-6d3b-4a51-8d4b-3b1a7b8f2f10"));
    }

    #[test]
    fn any_other_text_is_an_error() {
        for text in ["", "!!!!!!!!!!!!!", "zzzz", "0000000000001", "00000000000000", "1", "4f8d-c6d4", "é"] {
            assert!(ParamId::parse(text).is_err(), "{text}");
        }
        assert!(ParamId::parse(&"0".repeat(1 << 20)).is_err());
    }

    #[test]
    fn before_0_15_any_text_is_an_id() {
        let id = ParamId::of_text;
        assert_eq!(id("58").as_u64(), 42);
        let texts = ["", "encoder.weight", "encoder.weighu", "!!!!!!!!!!!!!", "w", "w\0"];
        let ids: alloc::collections::BTreeSet<ParamId> = texts.into_iter().map(id).collect();
        assert_eq!(ids.len(), texts.len());
        assert_eq!(id("encoder.weight"), id("encoder.weight"));
    }

    #[test]
    fn ids_are_unique() {
        assert_ne!(ParamId::unique(), ParamId::unique());
    }
}
