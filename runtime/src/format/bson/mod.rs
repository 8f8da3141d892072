//! BSON as Julia's BSON.jl writes it: `Flux.state`, whole models and checkpoints.
//!
//! A document of nine kinds of element; Julia's values are documents with a `tag`: arrays (their bytes as one binary), tuples, structs
//! (fields in order, without names), symbols, types, and references into a list of values that are there more than once.
//! Nothing is ever constructed or called: a type is only a name.
//!
//! Numbers are BSON's own and become values; arrays of numbers are tensors. Fields of structs are numbered from 1. The source of the
//! rules is the BSON specification 1.1 and BSON.jl 0.3.

mod document;
mod reader;

pub use reader::open;
