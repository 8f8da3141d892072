//! The digest of what is read, made while it is read.

use alloc::boxed::Box;

use super::input::Input;
use crate::bytes::Bytes;
use crate::error::Result;
use crate::xxh3::Xxh3;

/// An input that digests every byte taken from it with XXH3-128, and none that is only buffered.
pub(crate) struct Digesting<I> {
    input: I,
    hasher: Box<Xxh3>,
}

impl<I: Input> Digesting<I> {
    /// Large reads are digested in pieces of this size, each while it is still in the processor's cache.
    const PIECE: usize = 256 << 10;

    pub(crate) fn new(input: I) -> Self {
        Self { input, hasher: Box::new(Xxh3::new()) }
    }

    /// The digest of all bytes taken so far.
    #[cfg(test)]
    pub(crate) fn digest(&self) -> u128 {
        self.hasher.digest128()
    }

    /// The input, for reading on without digesting, and what has been digested.
    pub(crate) fn into_parts(self) -> (I, Xxh3) {
        (self.input, *self.hasher)
    }
}

impl<I: Input> Input for Digesting<I> {
    fn read_exact(&mut self, buffer: &mut [u8]) -> Result<()> {
        for piece in buffer.chunks_mut(Self::PIECE) {
            self.input.read_exact(piece)?;
            self.hasher.update(piece);
        }
        Ok(())
    }

    fn read_some(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let len = buffer.len().min(Self::PIECE);
        let read = self.input.read_some(&mut buffer[..len])?;
        self.hasher.update(&buffer[..read]);
        Ok(read)
    }

    fn position(&self) -> u64 {
        self.input.position()
    }

    fn remaining(&self) -> Option<u64> {
        self.input.remaining()
    }

    fn at_end(&mut self) -> Result<bool> {
        self.input.at_end()
    }

    fn share(&mut self, len: u64) -> Option<Bytes> {
        let bytes = self.input.share(len)?;
        self.hasher.update(&bytes);
        Some(bytes)
    }
}
