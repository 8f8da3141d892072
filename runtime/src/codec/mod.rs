//! Bytes to serde's data model and back, for the three encodings that Burn's recorders use: bincode, MessagePack and JSON, plain
//! or compressed by gzip.
//!
//! Encoding is done by the crates that Burn uses, so that the bytes are the same, behind checks for what they would write wrongly
//! ([`checked`]). Decoding is done here, because those crates believe lengths that a file states, and copy what could be read in
//! place: [`bincode::Decoder`] and `msgpack::Decoder` are serde deserializers over an [`input::Input`] under a
//! [`Budget`](crate::Budget), and give large blobs through a [`slot::BlobSlot`] straight into typed buffers. Blobs that are made while they
//! are written go past the encoders in a [`pieces::PieceSlot`].
//!
//! Nothing here knows of modules, records or files.

pub(crate) mod bincode;
#[cfg(any(feature = "json", feature = "safetensors"))]
pub(crate) mod brief;
pub(crate) mod charged;
#[cfg(any(feature = "mpk", feature = "json"))]
mod checked;
mod decoder;
pub(crate) mod digest;
#[cfg(feature = "gzip")]
pub(crate) mod gzip;
pub(crate) mod input;
#[cfg(feature = "json")]
pub(crate) mod json;
#[cfg(feature = "mpk")]
pub(crate) mod msgpack;
mod output;
pub(crate) mod pieces;
pub(crate) mod slot;

#[cfg(test)]
pub(crate) mod shapes;
