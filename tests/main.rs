//! The tests, by theme.

mod foundation;
