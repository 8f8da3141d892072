//! What scikit-learn's users save: pickles (`.pkl`) and joblib's files (`.joblib`), plain and compressed, as a tree of estimators.
//!
//! An estimator is its class and its attributes: arrays, numbers, text, and further estimators. Reading goes in steps, a file each:
//! the bytes are unpacked if they are compressed; the pickle machine (`format/pickle`), which runs nothing, turns them into a graph of
//! inert nodes; a walk of bounded depth turns that into an [`Estimator`] with all that it holds ([`Attribute`]); and a listing gives its
//! arrays the names under which stores know them. Arrays stay where they are until they are asked for ([`Array`]).
//!
//! Rules and names are those of scikit-learn 0.2x to 1.9, joblib 0.10 to 1.6 and NumPy's pickles.

mod access;
mod array;
mod decision_tree;
mod elements;
mod global;
mod joblib;
mod listing;
mod reader;
mod tree;
mod unpack;
mod walk;

pub use array::Array;
pub use reader::SklearnFile;
pub use tree::{Attribute, Estimator, Objects, Records, Texts};
pub use unpack::is_compressed_pickle;

/// The format's name.
const NAME: &str = "sklearn";
