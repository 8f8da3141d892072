//! The tests, by theme.

mod conversion;
mod foundation;
mod gguf;
mod numpy;
mod onnx;
mod pytorch;
