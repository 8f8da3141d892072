//! What tells the files of this process from those of others.

use std::hash::{BuildHasher, RandomState};

/// A number that nobody else is likely to have: 64 bits that are random in each thread and differ from call to call, also in a process
/// that was forked from this one and has the same seed.
pub(super) fn unique() -> u64 {
    RandomState::new().hash_one(number())
}

/// A number that processes which run at the same time do not share: its own where it has one, and otherwise a random one (WebAssembly's std
/// panics when it is asked).
pub(super) fn number() -> u32 {
    #[cfg(not(target_family = "wasm"))]
    return std::process::id();
    #[cfg(target_family = "wasm")]
    {
        use std::sync::OnceLock;
        static NUMBER: OnceLock<u32> = OnceLock::new();
        *NUMBER.get_or_init(|| (RandomState::new().hash_one(0) >> 32) as u32)
    }
}
