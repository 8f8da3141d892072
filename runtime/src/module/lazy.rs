//! A value that is made when it is first read.

use alloc::boxed::Box;
#[cfg(feature = "std")]
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
#[cfg(feature = "std")]
use std::thread::{self, ThreadId};

use once_cell::race::OnceBox;

/// A value that is made when it is first read: with `std` by one of those who read it at the same time, while the others wait; without, by
/// each of them, and the first that is ready is everybody's.
pub(super) struct Lazy<T> {
    value: OnceBox<T>,
    init: Box<dyn Fn() -> T + Send + Sync>,
    #[cfg(feature = "std")]
    turn: Turn,
}

impl<T> Lazy<T> {
    pub(super) fn new(init: impl Fn() -> T + Send + Sync + 'static) -> Self {
        Self {
            value: OnceBox::new(),
            init: Box::new(init),
            #[cfg(feature = "std")]
            turn: Turn::default(),
        }
    }

    /// The value, if it was made.
    pub(super) fn get(&self) -> Option<&T> {
        self.value.get()
    }

    pub(super) fn force(&self) -> &T {
        if let Some(value) = self.value.get() {
            return value;
        }
        #[cfg(feature = "std")]
        let _held = self.turn.take();
        // Whoever had the turn before has made it, or has panicked.
        self.value.get_or_init(|| Box::new((self.init)()))
    }
}

/// Whose turn it is to make a value.
///
/// Not a `Once`: that would wait for itself where making the value reads it, which need not be the initialiser's doing. A thread of a pool
/// that waits for parts of its work may do other work meanwhile, and that may read the same value.
#[cfg(feature = "std")]
#[derive(Default)]
struct Turn {
    maker: Mutex<Option<ThreadId>>,
    free: Condvar,
}

#[cfg(feature = "std")]
impl Turn {
    /// Waits while another thread has the turn, and takes it. Nothing if this thread has it already.
    fn take(&self) -> Option<Held<'_>> {
        let this = thread::current().id();
        let mut maker = self.maker();
        while let Some(other) = *maker {
            if other == this {
                return None;
            }
            maker = self.free.wait(maker).unwrap_or_else(PoisonError::into_inner);
        }
        *maker = Some(this);
        Some(Held(self))
    }

    fn maker(&self) -> MutexGuard<'_, Option<ThreadId>> {
        self.maker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The turn, until this is dropped: also by a panic.
#[cfg(feature = "std")]
struct Held<'a>(&'a Turn);

#[cfg(feature = "std")]
impl Drop for Held<'_> {
    fn drop(&mut self) {
        *self.0.maker() = None;
        self.0.free.notify_all();
    }
}
