//! The tests, by theme.

mod conversion;
mod derive;
mod foundation;
mod gguf;
mod numpy;
mod onnx;
mod recorders;
