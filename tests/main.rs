//! The tests, by theme.

mod burnpack;
mod conversion;
mod derive;
mod digests;
mod foundation;
mod packs;
mod recorders;
mod safetensors;
