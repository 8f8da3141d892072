//! XXH3: the digest of files, tensors and headers.
//!
//! Made by a library that finds the processor's vector unit when it runs: one that knows it when it is compiled has, for all of x86-64, the
//! oldest, and takes more than twice the time.

use twox_hash::XxHash3_64;
use twox_hash::xxhash3_128::{DEFAULT_SECRET_LENGTH, RawHasher, SecretBuffer};

/// XXH3-128 of bytes that come in pieces.
#[derive(Clone)]
pub(crate) struct Xxh3(RawHasher<&'static [u8; DEFAULT_SECRET_LENGTH]>);

impl Xxh3 {
    pub(crate) fn new() -> Self {
        // With the secret in the program, nothing is allocated: there is a hasher for each tensor.
        Self(RawHasher::new(SecretBuffer::default()))
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.write(bytes);
    }

    /// The digest of all bytes so far.
    pub(crate) fn digest128(&self) -> u128 {
        self.0.finish_128()
    }
}

pub(crate) fn xxh3_64(bytes: &[u8]) -> u64 {
    XxHash3_64::oneshot(bytes)
}

pub(crate) fn xxh3_128(bytes: &[u8]) -> u128 {
    twox_hash::XxHash3_128::oneshot(bytes)
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    /// Files hold these digests: they may never change. The values are those of the reference implementation.
    #[test]
    fn digests_are_those_of_the_reference() {
        assert_eq!(xxh3_64(b""), 0x2d06_8005_38d3_94c2);
        assert_eq!(xxh3_128(b""), 0x99aa_06d3_0147_98d8_6001_c324_468d_497f);
        assert_eq!(xxh3_64(b"vellum"), 0xa052_fb93_289a_066a);
        let bytes: Vec<u8> = (0..=255).cycle().take(100_000).collect();
        assert_eq!(xxh3_128(&bytes), 0x077f_8d86_a61f_4d74_39cf_9d03_5d60_ad58);
    }

    #[test]
    fn pieces_have_the_digest_of_the_whole() {
        let bytes: Vec<u8> = (0..=255).cycle().take(5000).collect();
        for len in [0, 1, 16, 17, 128, 129, 240, 241, 255, 256, 257, 1024, 1025, 5000] {
            for size in [1, 63, 64, 256, 257, 4096] {
                let mut pieces = Xxh3::new();
                bytes[..len].chunks(size).for_each(|piece| pieces.update(piece));
                assert_eq!(pieces.digest128(), xxh3_128(&bytes[..len]), "{len} in pieces of {size}");
            }
        }
    }
}
