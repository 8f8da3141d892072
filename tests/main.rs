//! The tests, by theme.

mod book;
mod burn_files;
mod burn_models;
mod burnpack;
mod constants;
mod conversion;
mod derive;
mod digests;
mod floors;
mod flux;
mod foundation;
mod gguf;
mod hdf5;
mod keras;
mod nn;
mod numpy;
mod onnx;
mod packs;
mod pytorch;
mod recorders;
mod safetensors;
mod sklearn;
mod sklearn_models;
mod store_pytorch;
mod stores;
