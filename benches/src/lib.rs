//! What saving and loading a model costs, as ratios to what moving the same bytes costs.
//!
//! Each measurement is a process of its own ([`session`]), so that no row sees the memory of another. Within it only the save or the load
//! counts ([`phase`]), not the making of the model. [`raw`] and [`ours`] are the subjects; `peers/` adds other libraries, and
//! `python/` those of Python.

mod joblib;
pub mod model;
pub mod ours;
pub mod phase;
pub mod raw;
mod recorders;
pub mod rows;
pub mod session;
mod stores;
mod table;
mod target;
