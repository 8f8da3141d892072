//! What tells the files of this process from those of others.

/// A number that processes which run at the same time do not share: its own where it has one, and otherwise a random one (WebAssembly's std
/// panics when it is asked).
pub(super) fn number() -> u32 {
    #[cfg(not(target_family = "wasm"))]
    return std::process::id();
    #[cfg(target_family = "wasm")]
    {
        use std::hash::{BuildHasher, RandomState};
        use std::sync::OnceLock;
        static NUMBER: OnceLock<u32> = OnceLock::new();
        *NUMBER.get_or_init(|| (RandomState::new().hash_one(0) >> 32) as u32)
    }
}
