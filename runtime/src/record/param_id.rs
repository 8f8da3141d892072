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
    /// An id that this process has neither made nor seen, be it in a file or in [`ParamId::from`], and that another process is unlikely
    /// to make.
    ///
    /// Without `std` there is no randomness to be had. The first id of every process is the same one then, unless it saw that before: models
    /// that were made in different processes have ids in common.
    pub fn unique() -> Self {
        Self(IDS.unique(process_seed()))
    }

    /// An id that is somebody's: none that is made from here on equals it.
    fn seen(id: u64) -> Self {
        IDS.skip(id, process_seed());
        Self(id)
    }

    /// A new id; Burn's name for [`ParamId::unique`].
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
            Self::seen(text.as_bytes().chunks(8).fold(text.len() as u64, |hash, bytes| mix(hash ^ word(bytes))))
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
        (held < 5 && bits == 0).then(|| Self::seen(u64::from_le_bytes(bytes)))
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
        Some(Self::seen(mix(high ^ mix(low))))
    }
}

/// The ids that this process makes: numbers from a seed on, mixed.
struct Ids {
    /// How many numbers were taken.
    taken: AtomicU64,
}

static IDS: Ids = Ids::new();

impl Ids {
    /// More than are made by counting. An id whose number is so far ahead comes from another seed, and is not met by going on.
    const REACH: u64 = 1 << 48;

    const fn new() -> Self {
        Self { taken: AtomicU64::new(0) }
    }

    fn unique(&self, seed: u64) -> u64 {
        mix(seed.wrapping_add(self.taken.fetch_add(1, Ordering::Relaxed)))
    }

    /// Goes on behind the number of this id, if it would be reached.
    fn skip(&self, id: u64, seed: u64) {
        let number = unmix(id).wrapping_sub(seed);
        if number.wrapping_sub(self.taken.load(Ordering::Relaxed)) < Self::REACH {
            self.taken.fetch_max(number.saturating_add(1), Ordering::Relaxed);
        }
    }
}

/// The finaliser of SplitMix64: a bijection that spreads every bit.
const fn mix(mut x: u64) -> u64 {
    x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// The number that `mix` makes this one of, by its steps from the last to the first.
const fn unmix(mut x: u64) -> u64 {
    x ^= (x >> 31) ^ (x >> 62);
    x = x.wrapping_mul(0x3196_42b2_d24d_8ec3);
    x ^= (x >> 27) ^ (x >> 54);
    x = x.wrapping_mul(0x96de_1b17_3f11_9089);
    x ^= (x >> 30) ^ (x >> 60);
    x.wrapping_sub(0x9e37_79b9_7f4a_7c15)
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
        Self::seen(id)
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

    #[test]
    fn a_new_id_is_none_that_was_seen_from_a_process_that_counts_alike() {
        for seed in [0, u64::MAX - 2, process_seed()] {
            let (other, this) = (Ids::new(), Ids::new());
            let theirs: [u64; 5] = core::array::from_fn(|_| other.unique(seed));
            for seen in [1, 4, 0] {
                this.skip(theirs[seen], seed);
            }
            assert!(!theirs.contains(&this.unique(seed)), "{seed}");
        }
    }

    #[test]
    fn ids_that_are_read_in_any_way_are_seen() {
        let taken = || IDS.taken.load(Ordering::Relaxed);
        let ways: [fn(ParamId) -> ParamId; 3] = [
            |id| ParamId::from(id.as_u64()),
            |id| ParamId::parse(&id.to_string()).unwrap(),
            |id| ParamId::of_text(&id.to_string()),
        ];
        for read in ways {
            // Other tests take numbers meanwhile, but not so many.
            let ahead = taken() + (1 << 20);
            let id = ParamId(mix(process_seed().wrapping_add(ahead)));
            assert_eq!(read(id), id);
            assert!(taken() > ahead);
        }
    }

    #[test]
    fn what_is_mixed_is_unmixed() {
        for number in [0, 1, u64::MAX, 0x0123_4567_89ab_cdef, 1 << 63] {
            assert_eq!(unmix(mix(number)), number);
        }
        // An id of another seed does not make this process jump.
        let ids = Ids::new();
        ids.skip(mix(Ids::REACH), 0);
        assert_eq!(ids.unique(0), mix(0));
    }

    #[test]
    fn the_next_id_is_not_one_that_was_seen_right_behind_another() {
        let ids = Ids::new();
        for number in [Ids::REACH - 1, Ids::REACH] {
            ids.skip(mix(number), 0);
        }
        assert_eq!(ids.unique(0), mix(Ids::REACH + 1));
    }
}
