//! The commands, a file each.

pub(crate) mod inspect;
pub(crate) mod verify;
