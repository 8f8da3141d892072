//! What a recorder is told beside the precision.

use alloc::sync::Arc;
use core::fmt;

use crate::convert::{Conversion, Overflow};
use crate::error::Result;
use crate::limits::Limits;
use crate::record::Allowed;
use crate::source::{Sink, Source};

/// What a recorder is told beside the precision.
#[derive(Clone, Default)]
pub(crate) struct Options {
    pub(super) limits: Limits,
    pub(super) allowed: Allowed,
    pub(super) progress: Option<Progress>,
}

/// Is told after each step how many bytes it was.
pub(super) type Progress = Arc<dyn Fn(u64) + Send + Sync>;

impl Options {
    pub(super) fn conversion(&self) -> Conversion {
        self.allowed.conversion
    }

    pub(super) fn set_overflow(&mut self, overflow: Overflow) {
        self.allowed.conversion = self.allowed.conversion.with_overflow(overflow);
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { limits, allowed, progress } = self;
        f.debug_struct("Options")
            .field("limits", limits)
            .field("allowed", allowed)
            .field("progress", &progress.is_some())
            .finish()
    }
}

/// A sink that tells of its progress.
pub(super) struct WatchedSink<'a> {
    pub(super) sink: &'a mut dyn Sink,
    pub(super) progress: &'a Progress,
}

impl Sink for WatchedSink<'_> {
    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.sink.put(bytes)?;
        (self.progress)(bytes.len() as u64);
        Ok(())
    }
}

/// A source that tells of its progress.
pub(super) struct WatchedSource {
    pub(super) source: Arc<dyn Source>,
    pub(super) progress: Progress,
}

impl Source for WatchedSource {
    fn len(&self) -> u64 {
        self.source.len()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<()> {
        self.source.read_at(offset, buffer)?;
        (self.progress)(buffer.len() as u64);
        Ok(())
    }
}
