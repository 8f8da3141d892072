//! JLD2: what Julia's package of that name saves, such as `jldsave("model.jld2"; model_state = Flux.state(model))`.
//!
//! A JLD2 file is an HDF5 file behind a user block that names it. Julia's types are committed datatypes with attributes that say
//! which; immutable values are compounds, inlined into each other; arrays, strings and mutable values are objects that references lead to, so that
//! one array at two places is stored once. Fields without data are in no compound: the type's attributes (or, before
//! format 0.2, the parameters of a named tuple's type) tell of them.
//!
//! Numbers, in compounds or alone, are listed as tensors of no axes and are numbers in the tree; a `Bool` is a bit field of eight bits,
//! listed as `U8` and a truth value in the tree. The source of the rules is JLD2.jl 0.6; Julia itself was not run.

mod reader;
mod types;

pub use reader::{is_jld2, open};
