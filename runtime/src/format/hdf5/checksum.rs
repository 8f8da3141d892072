//! The two checksums of HDF5: Jenkins' lookup3 over metadata, Fletcher's over chunks of data.

use crate::error::{Error, ErrorKind, Result};
use crate::format::cursor::Cursor;

/// Bob Jenkins' lookup3 (`hashlittle`, initial value 0) over `bytes`.
#[expect(clippy::many_single_char_names, reason = "the names of the algorithm's own text")]
pub(super) fn lookup3(bytes: &[u8]) -> u32 {
    // The length enters modulo 2^32, as in the original, whose length is mixed as a 32-bit number.
    let start = 0xdead_beef_u32.wrapping_add(u32::try_from(bytes.len() & 0xffff_ffff).unwrap_or_default());
    let (mut a, mut b, mut c) = (start, start, start);
    let mut rest = bytes;
    while rest.len() > 12 {
        let (block, tail) = rest.split_at(12);
        let [x, y, z] = words(block);
        (a, b, c) = mix(a.wrapping_add(x), b.wrapping_add(y), c.wrapping_add(z));
        rest = tail;
    }
    if rest.is_empty() {
        return c;
    }
    let [x, y, z] = words(rest);
    last(a.wrapping_add(x), b.wrapping_add(y), c.wrapping_add(z))
}

/// Up to twelve bytes as three words, zeros after the end.
fn words(bytes: &[u8]) -> [u32; 3] {
    let mut words = [0; 3];
    for (i, &byte) in bytes.iter().enumerate() {
        words[i / 4] |= u32::from(byte) << (8 * (i % 4));
    }
    words
}

fn mix(mut a: u32, mut b: u32, mut c: u32) -> (u32, u32, u32) {
    a = a.wrapping_sub(c) ^ c.rotate_left(4);
    c = c.wrapping_add(b);
    b = b.wrapping_sub(a) ^ a.rotate_left(6);
    a = a.wrapping_add(c);
    c = c.wrapping_sub(b) ^ b.rotate_left(8);
    b = b.wrapping_add(a);
    a = a.wrapping_sub(c) ^ c.rotate_left(16);
    c = c.wrapping_add(b);
    b = b.wrapping_sub(a) ^ a.rotate_left(19);
    a = a.wrapping_add(c);
    c = c.wrapping_sub(b) ^ b.rotate_left(4);
    b = b.wrapping_add(a);
    (a, b, c)
}

fn last(mut a: u32, mut b: u32, mut c: u32) -> u32 {
    c = (c ^ b).wrapping_sub(b.rotate_left(14));
    a = (a ^ c).wrapping_sub(c.rotate_left(11));
    b = (b ^ a).wrapping_sub(a.rotate_left(25));
    c = (c ^ b).wrapping_sub(b.rotate_left(16));
    a = (a ^ c).wrapping_sub(c.rotate_left(4));
    b = (b ^ a).wrapping_sub(a.rotate_left(14));
    (c ^ b).wrapping_sub(b.rotate_left(24))
}

/// Checks that the last four of `bytes` are the lookup3 of those before, and gives those before.
pub(super) fn verified(bytes: &[u8], offset: u64) -> Result<&[u8]> {
    let Some((body, stored)) = bytes.split_last_chunk::<4>() else {
        let available = bytes.len() as u64;
        return Err(Error::new(ErrorKind::Truncated { needed: 4, available }).at(offset..offset.saturating_add(4)));
    };
    let expected = u32::from_le_bytes(*stored);
    check(expected, lookup3(body)).map_err(|e| e.at(offset..offset.saturating_add(bytes.len() as u64)))?;
    Ok(body)
}

/// As [`verified`], with a cursor at the start of the bytes.
pub(super) fn verified_cursor(bytes: &[u8], offset: u64) -> Result<Cursor<'_>> {
    Ok(Cursor::new(verified(bytes, offset)?, offset))
}

/// Fletcher's checksum as HDF5's filter takes it: over 16-bit words, high byte first.
pub(super) fn fletcher32(bytes: &[u8]) -> u32 {
    /// Words that can be summed before the second sum could pass 32 bits.
    const WORDS: usize = 360;
    let fold = |sum: u32| (sum & 0xffff) + (sum >> 16);
    let (mut first, mut second) = (0u32, 0u32);
    for block in bytes.chunks(2 * WORDS) {
        for pair in block.chunks(2) {
            let low = pair.get(1).copied().unwrap_or_default();
            first += u32::from(u16::from_be_bytes([pair[0], low]));
            second += first;
        }
        (first, second) = (fold(first), fold(second));
    }
    (fold(second) << 16) | fold(first)
}

/// An error unless both are the same.
pub(super) fn check(expected: u32, found: u32) -> Result<()> {
    if expected == found {
        return Ok(());
    }
    let hex = |sum: u32| alloc::format!("{sum:08x}");
    Err(Error::new(ErrorKind::Digest { expected: hex(expected), found: hex(found) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lookup3_gives_the_values_that_its_author_published() {
        assert_eq!(lookup3(b""), 0xdead_beef);
        assert_eq!(lookup3(b"Four score and seven years ago"), 0x1777_0551);
    }

    #[test]
    fn fletcher_pads_an_odd_byte_on_the_right() {
        assert_eq!(fletcher32(&[1, 2]), 0x0102_0102);
        assert_eq!(fletcher32(&[1]), fletcher32(&[1, 0]));
    }
}
