//! Types that have no size, or no end: what rustc refuses where it stands, and what it does not.
//!
//! Some are known by their names alone: if it is another type, what is left to rustc is an error all the same (`expand/asked.rs`).

use syn::{Data, DeriveInput, Ident, PathSegment, Type, TypePath};

use crate::bound::{arguments, named};

/// What holds only what has a size.
const HOLDERS: [&str; 8] = ["Option", "Vec", "Param", "Buffer", "Tied", "HashMap", "BTreeMap", "VecDeque"];
/// Where they are.
const CRATES: [&str; 4] = ["std", "core", "alloc", "vellum"];

/// Whether values of the type are of many sizes.
pub(crate) fn is_unsized(ty: &Type) -> bool {
    match plain(ty) {
        Type::Slice(_) | Type::TraitObject(_) => true,
        Type::Tuple(tuple) => tuple.elems.last().is_some_and(is_unsized),
        ty => is_text(ty),
    }
}

/// Whether the type ends in a trait object.
pub(crate) fn is_object(ty: &Type) -> bool {
    match plain(ty) {
        Type::Tuple(tuple) => tuple.elems.last().is_some_and(is_object),
        ty => matches!(ty, Type::TraitObject(_)),
    }
}

/// Whether something stands in the type that would have to have a size there.
pub(crate) fn lacks_size(ty: &Type) -> bool {
    let lacks = |ty: &Type| is_unsized(ty) || lacks_size(ty);
    match plain(ty) {
        Type::Array(array) => lacks(&array.elem),
        Type::Tuple(tuple) => tuple.elems.iter().rev().skip(1).any(lacks) || tuple.elems.last().is_some_and(lacks_size),
        ty => held_in(ty, &HOLDERS).any(lacks) || held_in(ty, &["Box"]).any(lacks_size),
    }
}

/// Whether a type contains the one that is called `own`, in which it stands, and so has no end.
pub(crate) fn contains(ty: &Type, own: &Ident) -> bool {
    match plain(ty) {
        Type::Array(array) => contains(&array.elem, own),
        Type::Tuple(tuple) => tuple.elems.iter().any(|ty| contains(ty, own)),
        ty => {
            let is = |path: &TypePath| {
                let names = &path.path.segments;
                path.qself.is_none() && names.len() == 1 && names[0].ident == *own
            };
            matches!(ty, Type::Path(path) if is(path)) || held_in(ty, &["Option"]).any(|ty| contains(ty, own))
        }
    }
}

/// What stands in a type that is known by its name.
fn held_in<'t>(ty: &'t Type, names: &[&str]) -> impl Iterator<Item = &'t Type> {
    known(ty, names).into_iter().flat_map(arguments)
}

/// The last name of a type, if it is one of `names` and none that another module gives: that may be the user's own.
fn known<'t>(ty: &'t Type, names: &[&str]) -> Option<&'t PathSegment> {
    let Type::Path(path) = ty else { return None };
    let first = &path.path.segments.first()?.ident;
    let alone = path.path.segments.len() == 1 || CRATES.iter().any(|own| first == own);
    named(ty, names).filter(|_| alone)
}

/// Whether the type is called `str`.
fn is_text(ty: &Type) -> bool {
    matches!(plain(ty), Type::Path(path) if path.path.is_ident("str"))
}

/// Without parentheses.
fn plain(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => plain(&group.elem),
        Type::Paren(paren) => plain(&paren.elem),
        ty => ty,
    }
}

/// Whether the struct is of many sizes: its last field is, which rustc does not mind.
pub(crate) fn of_many_sizes(input: &DeriveInput) -> bool {
    let Data::Struct(data) = &input.data else { return false };
    data.fields.iter().last().is_some_and(|last| is_unsized(&last.ty))
}
