//! One thread after the other.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

/// Whose turn it is. Others wait for theirs, but a thread that has it is told so and does not wait for itself.
#[derive(Debug, Default)]
pub(super) struct Turn {
    holder: Mutex<Option<ThreadId>>,
    free: Condvar,
}

impl Turn {
    /// Waits while another thread has the turn, and takes it. Nothing if this thread has it already.
    pub(super) fn take(&self) -> Option<Held<'_>> {
        let this = thread::current().id();
        let mut holder = self.holder();
        while let Some(other) = *holder {
            if other == this {
                return None;
            }
            holder = self.free.wait(holder).unwrap_or_else(PoisonError::into_inner);
        }
        *holder = Some(this);
        Some(Held(self))
    }

    fn holder(&self) -> MutexGuard<'_, Option<ThreadId>> {
        self.holder.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The turn, until this is dropped: also by a panic.
#[derive(Debug)]
pub(super) struct Held<'a>(&'a Turn);

impl Drop for Held<'_> {
    fn drop(&mut self) {
        *self.0.holder() = None;
        self.0.free.notify_all();
    }
}
