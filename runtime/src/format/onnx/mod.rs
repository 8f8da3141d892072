//! The tensors of ONNX models: initializers and the values of `Constant` nodes.
//!
//! An ONNX file is one protobuf message. It is walked by a small reader of the wire format that knows the few fields that matter
//! and passes over all others, so that opening a model reads no tensor, and `raw_data` goes from the file straight into the
//! tensor. Field numbers and rules are those of `onnx.proto` (IR versions up to 13).

mod external;
mod graph;
mod reader;
mod tensor;
mod wire;

pub use external::{ExternalData, Location};
pub use reader::OnnxFile;
