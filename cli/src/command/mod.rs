//! The commands, a file each.

pub(crate) mod convert;
pub(crate) mod inspect;
pub(crate) mod verify;
