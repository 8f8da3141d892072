//! Digests in a file's text metadata, found by Vellum and passed over by every other reader.
//!
//! Two metadata entries carry them, and each demands the other, so that a damaged key is noticed:
//! [`TENSORS_KEY`] holds the XXH3-128 of each tensor's bytes, in the order of their place in the file (32 lower-case hexadecimal
//! digits each, nothing between them); [`HEADER_KEY`] holds the XXH3-128 of what the header says, its own value left out.
//! It is taken over the meaning of the header and not over its bytes, so that a program that copies tensors and metadata
//! faithfully into a new file does not break it.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::dtype::DType;
use crate::error::{Error, ErrorKind, Result};
use crate::shape::Shape;
use crate::xxh3::Xxh3;

/// XXH3-128 of some bytes.
pub(in crate::format) type Digest = u128;

pub(in crate::format) const HEADER_KEY: &str = "vellum.xxh3-128.header";
pub(in crate::format) const TENSORS_KEY: &str = "vellum.xxh3-128.tensors";

/// Hexadecimal digits of a digest.
const DIGITS: usize = 32;
/// Bytes that a header's hasher is given at a time.
const PENDING: usize = 4 << 10;

/// What is wrong, if a digest is not the expected one.
pub(in crate::format) fn check(expected: Digest, found: Digest) -> Result<()> {
    if expected == found {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Digest { expected: hex(expected), found: hex(found) }))
}

pub(in crate::format) fn hex(digest: Digest) -> String {
    format!("{digest:032x}")
}

/// The digests of tensors as the value of [`TENSORS_KEY`].
pub(in crate::format) fn join(digests: impl Iterator<Item = Digest>) -> String {
    digests.flat_map(digits).map(char::from).collect()
}

/// The digits of a digest, from the highest.
fn digits(digest: Digest) -> [u8; DIGITS] {
    let bytes = digest.to_be_bytes();
    core::array::from_fn(|place| {
        let byte = bytes[place / 2];
        b"0123456789abcdef"[usize::from(if place % 2 == 0 { byte >> 4 } else { byte & 0xf })]
    })
}

/// What a file states of its bytes.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::format) struct Digests {
    /// Of what the header says; already checked.
    pub(in crate::format) header: Digest,
    /// Of each tensor, in the order of their bytes.
    pub(in crate::format) tensors: Vec<Digest>,
}

/// The digests that `metadata` carries for `count` tensors, taken out of it; `None` if it carries none. The header's own is checked
/// against `header`, which hashes what the header says with [`TENSORS_KEY`] in its metadata.
pub(in crate::format) fn take(
    metadata: &mut BTreeMap<String, String>,
    count: usize,
    header: impl FnOnce(&BTreeMap<String, String>) -> Digest,
) -> Result<Option<Digests>> {
    let (header_text, tensors) = match (metadata.remove(HEADER_KEY), metadata.get(TENSORS_KEY)) {
        (None, None) => return Ok(None),
        (Some(header), Some(tensors)) => (header, split(tensors)?),
        // One without the other means that a key was damaged or an entry was lost.
        (Some(_), None) => return Err(lost(TENSORS_KEY)),
        (None, Some(_)) => return Err(lost(HEADER_KEY)),
    };
    let stated = parse(&header_text)?;
    check(stated, header(metadata))?;
    metadata.remove(TENSORS_KEY);
    if tensors.len() != count {
        return Err(Error::corrupt(format!("there are digests of {} tensors, and {count} tensors", tensors.len())));
    }
    Ok(Some(Digests { header: stated, tensors }))
}

/// Refuses metadata with keys that are ours to set.
pub(in crate::format) fn check_keys(metadata: &BTreeMap<String, String>) -> Result<()> {
    match [HEADER_KEY, TENSORS_KEY].into_iter().find(|&key| metadata.contains_key(key)) {
        Some(key) => Err(Error::argument(format!("the metadata key `{key}` is set by the writer"))),
        None => Ok(()),
    }
}

fn lost(key: &str) -> Error {
    Error::corrupt(format!("the metadata has digests without their other half, `{key}`"))
}

fn malformed() -> Error {
    Error::corrupt("a digest is not 32 lower-case hexadecimal digits")
}

fn split(text: &str) -> Result<Vec<Digest>> {
    let (digests, rest) = text.as_bytes().as_chunks::<DIGITS>();
    if !rest.is_empty() {
        return Err(malformed());
    }
    digests.iter().map(|digits| value(digits).ok_or_else(malformed)).collect()
}

/// A digest from its digits.
fn value(digits: &[u8; DIGITS]) -> Option<Digest> {
    // Upper case stands for nothing, because it would be a changed byte with the same meaning.
    let values = digits.map(|digit| match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        _ => u8::MAX,
    });
    // Looked at once for all, so that the processor can take many digits in one step.
    let seen = values.iter().fold(0, |seen, value| seen | value);
    let bytes = core::array::from_fn(|place| values[2 * place] << 4 | values[2 * place + 1]);
    (seen < 16).then(|| Digest::from_be_bytes(bytes))
}

/// A digest from its 32 digits.
pub(in crate::format) fn parse(text: &str) -> Result<Digest> {
    let [digest] = split(text)?[..] else {
        return Err(malformed());
    };
    Ok(digest)
}

/// Hashes what a header says: numbers as eight little-endian bytes, text as its length and its bytes, so that no two headers feed
/// the same bytes.
pub(in crate::format) struct HeaderHasher {
    hasher: Xxh3,
    /// Bytes that the hasher has not seen yet: it takes many at once far faster than few at a time.
    pending: Vec<u8>,
}

impl HeaderHasher {
    /// Starts with the format's name: no header of one format has the digest of another's.
    pub(in crate::format) fn new(format: &str) -> Self {
        let mut hasher = Self { hasher: Xxh3::new(), pending: Vec::new() };
        hasher.text(format);
        hasher
    }

    pub(in crate::format) fn number(&mut self, number: u64) {
        self.pending.extend_from_slice(&number.to_le_bytes());
        if self.pending.len() >= PENDING {
            self.flush();
        }
    }

    pub(in crate::format) fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        if text.len() < PENDING {
            self.pending.extend_from_slice(text.as_bytes());
        } else {
            self.flush();
            self.hasher.update(text.as_bytes());
        }
    }

    fn flush(&mut self) {
        self.hasher.update(&self.pending);
        self.pending.clear();
    }

    pub(in crate::format) fn tensor(&mut self, name: &str, dtype: DType, shape: &Shape, start: u64, end: u64) {
        self.text(name);
        self.text(dtype.name());
        self.number(shape.rank() as u64);
        shape.iter().for_each(|&axis| self.number(axis as u64));
        self.number(start);
        self.number(end);
    }

    pub(in crate::format) fn metadata(&mut self, metadata: &BTreeMap<String, String>) {
        self.number(metadata.len() as u64);
        for (key, value) in metadata {
            self.text(key);
            self.text(value);
        }
    }

    pub(in crate::format) fn finish(mut self) -> Digest {
        self.flush();
        self.hasher.digest128()
    }
}

/// The metadata with digests in it: what a writer writes.
pub(in crate::format) fn with(
    metadata: &BTreeMap<String, String>,
    digests: impl Iterator<Item = Digest>,
    header: impl FnOnce(&BTreeMap<String, String>) -> Digest,
) -> BTreeMap<String, String> {
    let mut metadata = metadata.clone();
    metadata.insert(TENSORS_KEY.to_string(), join(digests));
    let header = header(&metadata);
    metadata.insert(HEADER_KEY.to_string(), hex(header));
    metadata
}

/// The metadata with zeros where [`with`] puts the digests of `count` tensors and of the header.
pub(in crate::format) fn with_room(metadata: &BTreeMap<String, String>, count: usize) -> BTreeMap<String, String> {
    let mut metadata = metadata.clone();
    metadata.insert(TENSORS_KEY.to_string(), "0".repeat(count * DIGITS));
    metadata.insert(HEADER_KEY.to_string(), "0".repeat(DIGITS));
    metadata
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(metadata: &BTreeMap<String, String>) -> Digest {
        let mut hasher = HeaderHasher::new("test");
        hasher.metadata(metadata);
        hasher.finish()
    }

    #[test]
    fn digests_come_back_and_leave_no_trace_in_the_metadata() {
        let plain = BTreeMap::from([("note".to_string(), "x".to_string())]);
        let mut carried = with(&plain, [1, u128::MAX].into_iter(), header);
        assert_eq!(take(&mut carried, 2, header).unwrap().unwrap().tensors, [1, u128::MAX]);
        assert_eq!(carried, plain);
        assert_eq!(take(&mut carried, 2, header).unwrap(), None);
    }

    #[test]
    fn room_for_digests_is_as_long_as_they_are() {
        let plain = BTreeMap::from([("note".to_string(), "x".to_string())]);
        let lengths = |metadata: BTreeMap<String, String>| -> Vec<(String, usize)> {
            metadata.into_iter().map(|(key, value)| (key, value.len())).collect()
        };
        let stated = with(&plain, [u128::MAX, 0, 0xa5].into_iter(), header);
        assert_eq!(stated[TENSORS_KEY], [u128::MAX, 0, 0xa5].map(hex).concat());
        assert_eq!(lengths(with_room(&plain, 3)), lengths(stated));
    }

    #[test]
    fn only_lower_case_digits_are_a_digest() {
        assert_eq!(parse("0123456789abcdef00ff000000000001").unwrap(), 0x0123_4567_89ab_cdef_00ff_0000_0000_0001);
        let digits = [b'0'; DIGITS];
        for place in 0..DIGITS {
            for byte in 0..=u8::MAX {
                let mut digits = digits;
                digits[place] = byte;
                assert_eq!(value(&digits).is_some(), matches!(byte, b'0'..=b'9' | b'a'..=b'f'), "{byte} at {place}");
            }
        }
        assert!(
            parse(&"0".repeat(DIGITS - 1)).is_err() && parse(&"0".repeat(DIGITS + 1)).is_err() && parse("").is_err()
        );
    }

    #[test]
    fn a_header_is_hashed_the_same_in_whatever_pieces() {
        let mut whole = Xxh3::new();
        let mut hasher = HeaderHasher { hasher: Xxh3::new(), pending: Vec::new() };
        for len in [0, 1, PENDING - 9, 3, PENDING - 1, PENDING, PENDING + 1, 7, 3 * PENDING, 0, 5] {
            let text = "x".repeat(len);
            hasher.text(&text);
            whole.update(&(len as u64).to_le_bytes());
            whole.update(text.as_bytes());
        }
        assert_eq!(hasher.finish(), whole.digest128());
    }

    #[test]
    fn each_half_demands_the_other() {
        for key in [HEADER_KEY, TENSORS_KEY] {
            let mut metadata = with(&BTreeMap::new(), [7].into_iter(), header);
            metadata.remove(key);
            assert!(take(&mut metadata, 1, header).unwrap_err().to_string().contains(key));
        }
    }

    #[test]
    fn a_changed_header_or_a_changed_digest_is_found() {
        let whole = with(&BTreeMap::from([("a".to_string(), "b".to_string())]), [7].into_iter(), header);
        let mut changed = whole.clone();
        changed.insert("a".to_string(), "c".to_string());
        assert!(matches!(take(&mut changed, 1, header).unwrap_err().kind(), ErrorKind::Digest { .. }));
        let mut changed = whole.clone();
        changed.insert(TENSORS_KEY.to_string(), join([8].into_iter()));
        assert!(matches!(take(&mut changed, 1, header).unwrap_err().kind(), ErrorKind::Digest { .. }));
        let mut upper = whole;
        upper.insert(TENSORS_KEY.to_string(), join([0xa].into_iter()).to_uppercase());
        assert!(matches!(take(&mut upper, 1, header).unwrap_err().kind(), ErrorKind::Corrupt { .. }));
    }
}
