//! What a recorder is told beside the precision.

use alloc::sync::Arc;
use core::fmt;

use crate::convert::{Conversion, Overflow};
use crate::error::Result;
use crate::limits::Limits;
use crate::record::Allowed;
use crate::source::Sink;
#[cfg(feature = "std")]
use crate::source::Source;

/// What a recorder is told beside the precision.
#[derive(Clone, Default)]
pub(crate) struct Options {
    pub(super) limits: Limits,
    pub(super) allowed: Allowed,
    pub(super) progress: Option<Progress>,
    /// Whether a save of a file may return before the disk has it.
    #[cfg(feature = "std")]
    pub(super) unsynced: bool,
}

/// Is told after each step how many bytes it was.
pub(super) type Progress = Arc<dyn Fn(u64) + Send + Sync>;

impl Options {
    pub(super) fn conversion(&self) -> Conversion {
        self.allowed.conversion
    }

    /// Gives `write` the sink, or one before it that tells of the progress.
    pub(super) fn watch(&self, sink: &mut dyn Sink, write: impl FnOnce(&mut dyn Sink) -> Result<()>) -> Result<()> {
        match &self.progress {
            Some(progress) => write(&mut WatchedSink { sink, progress }),
            None => write(sink),
        }
    }

    /// The source, or one before it that tells of the progress.
    #[cfg(feature = "std")]
    pub(super) fn watch_source(&self, source: Arc<dyn Source>) -> Arc<dyn Source> {
        match &self.progress {
            Some(progress) => Arc::new(WatchedSource { source, progress: Arc::clone(progress) }),
            None => source,
        }
    }

    /// Tells of a step.
    pub(super) fn tell(&self, bytes: u64) {
        if let Some(progress) = &self.progress {
            progress(bytes);
        }
    }

    pub(super) fn set_overflow(&mut self, overflow: Overflow) {
        self.allowed.conversion = self.allowed.conversion.with_overflow(overflow);
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("limits", &self.limits)
            .field("allowed", &self.allowed)
            .field("progress", &self.progress.is_some())
            .finish_non_exhaustive()
    }
}

/// A sink that tells of its progress.
struct WatchedSink<'a> {
    sink: &'a mut dyn Sink,
    progress: &'a Progress,
}

impl Sink for WatchedSink<'_> {
    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.sink.put(bytes)?;
        (self.progress)(bytes.len() as u64);
        Ok(())
    }
}

/// A source that tells of its progress.
#[cfg(feature = "std")]
struct WatchedSource {
    source: Arc<dyn Source>,
    progress: Progress,
}

#[cfg(feature = "std")]
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
