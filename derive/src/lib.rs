//! The derive macros of Vellum.
//!
//! One stage a file: `attribute` and `model` turn the input into a model of our own, `check` looks at it as a whole, `bound` answers
//! what generics need, `expand` prints, `wrap` puts the print into the user's crate.

mod attribute;
mod bound;
mod check;
mod context;
mod expand;
#[cfg(test)]
mod golden;
mod misspelled;
mod model;
mod size;
mod symbol;
mod tokens;
mod wrap;

use proc_macro2::TokenStream;
use syn::{DeriveInput, parse_macro_input};

use crate::context::Context;
use crate::model::{Container, Derive};

/// Implements `vellum::Module` for a struct or an enum, and makes the type of its record.
///
/// The record of `Model` is `ModelRecord`: the same fields with the same names and visibility, each with its own record. Every field is
/// a module itself (a `Param`, a `Buffer`, another module, an option, a list, a tuple, a box or a map of them), or says what else it is.
///
/// # On a type
/// - `#[module(stateless)]`: nothing to train and nothing to save, like an activation: one nil slot in a record, which files may lack.
///   Its fields are constants, whose values ride beside the record where a format has room. A struct without fields is stateless.
/// - `#[module(layer = Linear)]`: which `vellum::record::LayerKind` the type is, for what translates between frameworks.
/// - `#[module(record = "Name")]`: the name of the record type.
/// - `#[module(bound = "T: Trait")]`: the bounds of the record type and the impls, beside the type's own, instead of those below.
/// - `#[module(crate = "path")]`: where `vellum` is, if not at `::vellum`.
///
/// # On a variant
/// - `#[module(rename = "name")]`: its name in files and paths.
///
/// # On a field
/// - `#[module(skip)]`, `#[module(skip = expression)]`: not saved, and made anew when a model is made from a record, by `Default` or
///   by the expression.
/// - `#[module(constant)]`, `#[module(constant, default = expression)]`: a hyperparameter: saved, restored by `init_with`, compared when
///   a model is loaded in place. The default is for files that have no value for it. Maps are equal in any order, lists are not: use a
///   `BTreeSet` for a `HashSet`, whose order is another each time.
/// - `#[module(default)]`, `#[module(default = expression)]`: a module that older files lack, or of which Burn's say nothing: an option of
///   a type without state, which may be there or not.
/// - `#[module(rename = "name")]`: its name in files and paths.
/// - `#[module(alias = "name")]`: a name that it has in older files. May be repeated.
///
/// # Bounds
/// The impls have the type's own bounds, and for a type parameter that is a field's whole type, alone or in an option, a list, an array,
/// a tuple, a box or the values of a map: `Module`. In `Param<T>` and `Buffer<T>` it is `Leaf`, unless it is declared a `Backend`, and `'static` for what
/// is an argument of `T`; for a constant `ConstantValue`, for a skipped field `Default`. A first type parameter that is called `B`, has no
/// bounds and is the first argument of another module is taken for a `Backend` whose bound was forgotten; `bound = ""` asks nothing. Field
/// types are never bounded, because a recursive type would ask for itself. Where a field's type has a parameter that only traits of your own
/// bound, the impls and the record have a where-clause about a hidden trait, which the type always meets.
///
/// A type with a `Drop` of its own cannot be taken apart into a record, unless all that is saved of it is `Copy`: let the field that needs it have
/// one. What is called `Option`, `Vec`, `VecDeque`, `HashMap`, `BTreeMap`, `Param`, `Buffer` or `Tied` is taken for that type where it holds what
/// has no size, and an `Option` also where it holds the type that it is in; of another one that is an error. So is an attribute of another derive
/// that says `skip`, `constant` or `stateless` and is called as `module` is but for one letter.
///
/// Attributes `record` are those of `derive(Record)`, which the type must have, too, if it has any.
#[proc_macro_derive(Module, attributes(module, record, vellum))]
pub fn derive_module(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    derive(&parse_macro_input!(input as DeriveInput), Derive::Module).into()
}

/// Implements `vellum::Record` for a plain data struct or enum, whose fields are all records: numbers, texts, tensors, parameters,
/// options, lists, tuples, maps, and the records of modules.
///
/// # On a type
/// - `#[record(bound = "T: Trait")]`: the bounds of the impl, instead of `Record` for each type parameter that is a field's whole type.
/// - `#[record(crate = "path")]`: where `vellum` is, if not at `::vellum`.
///
/// # On a variant
/// - `#[record(rename = "name")]`: its name in files.
///
/// # On a field
/// - `#[record(skip)]`, `#[record(skip = expression)]`: not saved, and made anew.
/// - `#[record(default)]`, `#[record(default = expression)]`: what it is where older files lack it.
/// - `#[record(rename = "name")]`, `#[record(alias = "name")]`: its name in files, and a name that it has in older files.
///
/// A type with a `Drop` of its own can be one if all that is saved of it is `Copy`. Attributes `module` are those of `derive(Module)`, which the
/// type must have, too, if it has any.
#[proc_macro_derive(Record, attributes(record, module, vellum))]
pub fn derive_record(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    derive(&parse_macro_input!(input as DeriveInput), Derive::Record).into()
}

/// The whole story: read, check, print. After a mistake the impls are there all the same, so that it is the only error.
fn derive(input: &DeriveInput, derive: Derive) -> TokenStream {
    let context = Context::new();
    let (mut code, krate) = match Container::new(&context, input, derive) {
        Ok(container) if check::check(&context, &container) => (expand::expand(&container), container.krate),
        Ok(container) => {
            let mut code = wrap::fallback(input, derive, &container.krate, &container.record);
            code.extend(expand::asked(&container));
            (code, container.krate)
        }
        Err((krate, record)) => (wrap::fallback(input, derive, &krate, &record), krate),
    };
    code.extend(expand::mark(input, derive, &krate));
    let errors = context.check().err();
    wrap::with_errors(&code, errors)
}
