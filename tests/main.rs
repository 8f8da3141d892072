//! The tests, by theme.

mod burn_files;
mod burn_models;
mod conversion;
mod derive;
mod foundation;
mod nn;
mod recorders;
