//! The tests, by theme.

mod conversion;
mod foundation;
mod numpy;
