//! A value that is made when it is first read.

use alloc::boxed::Box;

use once_cell::race::OnceBox;

#[cfg(feature = "std")]
use super::turn::Turn;

/// A value that is made when it is first read: with `std` by one of those who read it at the same time, while the others wait; without, by
/// each of them, and the first that is ready is everybody's.
pub(super) struct Lazy<T> {
    value: OnceBox<T>,
    init: Box<dyn Fn() -> T + Send + Sync>,
    /// Not a `Once`: that would wait for itself where making the value reads it, which need not be the initialiser's doing. A thread of a
    /// pool that waits for parts of its work may do other work meanwhile, and that may read the same value.
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
