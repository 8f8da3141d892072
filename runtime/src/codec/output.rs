//! Where the encoders of other crates put bytes.

use alloc::vec::Vec;

use bincode::enc::write::Writer;
use bincode::error::EncodeError;

use super::pieces::PieceSlot;
use crate::error::{Error, Result};
use crate::source::Sink;

/// A buffer before a [`Sink`], in the forms that encoders ask for, keeping the sink's error as it was.
pub(super) struct Output<'a, 'p> {
    sink: &'a mut dyn Sink,
    pieces: Option<&'a PieceSlot<'p>>,
    buffer: Vec<u8>,
    error: Option<Error>,
}

impl<'a, 'p> Output<'a, 'p> {
    const CAPACITY: usize = 16 << 10;

    /// An output that takes the blobs of `pieces` for their stand-ins, if there is such a slot.
    pub(super) fn new(sink: &'a mut dyn Sink, pieces: Option<&'a PieceSlot<'p>>) -> Self {
        const { assert!(PieceSlot::LEAST > Self::CAPACITY, "what goes past the buffer is seen by itself") }
        if let Some(pieces) = pieces {
            pieces.set_output();
        }
        Self { sink, pieces, buffer: Vec::with_capacity(Self::CAPACITY), error: None }
    }

    /// Takes `bytes`; an error is kept for [`Output::finish`].
    #[inline]
    fn put(&mut self, bytes: &[u8]) -> core::result::Result<(), Failed> {
        // Most writes are of a few bytes that have room. After an error there is none.
        if bytes.len() <= self.buffer.capacity() - self.buffer.len() {
            self.buffer.extend_from_slice(bytes);
            return Ok(());
        }
        self.put_past(bytes)
    }

    /// Takes `bytes` that the buffer has no room for.
    #[cold]
    fn put_past(&mut self, bytes: &[u8]) -> core::result::Result<(), Failed> {
        self.drain();
        // Blobs go past the buffer.
        if self.error.is_none() {
            if bytes.len() < self.buffer.capacity() {
                self.buffer.extend_from_slice(bytes);
            } else {
                let sink = &mut *self.sink;
                let written = self.pieces.and_then(|pieces| pieces.write(bytes, &mut |piece| sink.put(piece)));
                self.error = written.unwrap_or_else(|| sink.put(bytes)).err();
            }
        }
        if self.error.is_some() {
            self.buffer = Vec::new();
            return Err(Failed);
        }
        Ok(())
    }

    fn drain(&mut self) {
        if self.error.is_none() && !self.buffer.is_empty() {
            self.error = self.sink.put(&self.buffer).err();
        }
        self.buffer.clear();
    }

    /// Gives the sink what is buffered, if encoding went well; the sink's error comes before the encoder's, which only follows
    /// from it.
    pub(super) fn finish<E>(
        mut self,
        encoded: core::result::Result<(), E>,
        error: impl FnOnce(E) -> Error,
    ) -> Result<()> {
        if encoded.is_ok() {
            self.drain();
        }
        match (self.error, encoded) {
            (Some(sink), _) => Err(sink),
            (None, encoded) => encoded.map_err(error),
        }
    }
}

/// The sink failed, and [`Output`] has its error.
struct Failed;

impl Writer for &mut Output<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> core::result::Result<(), EncodeError> {
        self.put(bytes).map_err(|Failed| EncodeError::Other("the sink failed"))
    }
}

#[cfg(feature = "std")]
impl std::io::Write for Output<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.write_all(bytes).map(|()| bytes.len())
    }

    #[inline]
    fn write_all(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.put(bytes).map_err(|Failed| std::io::Error::other("the sink failed"))
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
