//! The tensors of ONNX models: initializers and the values of `Constant` nodes.
//!
//! An ONNX file is one protobuf message. A walk over the wire format (`wire`) finds where its tensors lie, so that opening a
//! model reads none, and `raw_data` goes from the file straight into the tensor. The small fields on the way are kept and decoded
//! by prost, into the messages of `proto.rs`. Those are generated from `onnx.proto`, which has the fields that matter here, and
//! committed; `tests/interop/protobuf/run --write` makes them anew. Field numbers and rules are ONNX' own (IR versions up to 13).

mod external;
mod graph;
#[allow(unreachable_pub, reason = "generated")]
mod proto;
mod reader;
mod tensor;
mod wire;

pub use external::{ExternalData, Location};
pub use reader::OnnxFile;
