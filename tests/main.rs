//! The tests, by theme.

mod conversion;
mod derive;
mod foundation;
mod recorders;
