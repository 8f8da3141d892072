//! Types that have no size: what rustc refuses where it stands, and what it does not.

use syn::{Data, DeriveInput, Type};

use crate::bound::{arguments, named};

/// What asks for a size of what is in it.
const SIZED: [&str; 7] = ["Option", "Vec", "Param", "Buffer", "Tied", "BTreeMap", "HashMap"];

/// Whether values of the type are of many sizes.
pub(crate) fn is_unsized(ty: &Type) -> bool {
    match ty {
        Type::Group(group) => is_unsized(&group.elem),
        Type::Paren(paren) => is_unsized(&paren.elem),
        Type::Path(path) => path.path.is_ident("str"),
        Type::Slice(_) | Type::TraitObject(_) => true,
        _ => false,
    }
}

/// Whether the type is one of many sizes where one is asked for.
pub(crate) fn has_unsized(ty: &Type) -> bool {
    let refused = |ty| is_unsized(ty) || has_unsized(ty);
    match ty {
        Type::Group(group) => has_unsized(&group.elem),
        Type::Paren(paren) => has_unsized(&paren.elem),
        Type::Array(array) => refused(&array.elem),
        Type::Tuple(tuple) => tuple.elems.iter().any(refused),
        ty => named(ty, &SIZED).is_some_and(|container| arguments(container).any(refused)),
    }
}

/// Whether the struct is of many sizes: its last field is, which rustc does not mind.
pub(crate) fn of_many_sizes(input: &DeriveInput) -> bool {
    let Data::Struct(data) = &input.data else { return false };
    data.fields.iter().last().is_some_and(|last| is_unsized(&last.ty))
}
