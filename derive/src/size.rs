//! Types that have no size: what rustc refuses where it stands, and what it does not.

use syn::{Data, DeriveInput, Type};

/// Whether values of the type are of many sizes.
pub(crate) fn is_unsized(ty: &Type) -> bool {
    matches!(plain(ty), Type::Slice(_) | Type::TraitObject(_)) || is_text(ty)
}

/// Whether the type is called `str`.
pub(crate) fn is_text(ty: &Type) -> bool {
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
