//! Types that are left unmarked more often than not, by their form.
//!
//! Which form it is decides only how much rustc has to say, never what a field is: the runtime has `Part` for these types and for every
//! module, so that a module of the user's own with one of these names is a module.

use quote::ToTokens;
use syn::{GenericArgument, PathArguments, Type};

/// Of these the runtime says that they are no modules, alone and in the forms below.
const VALUES: [&str; 18] = [
    "bool", "char", "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize", "f32",
    "f64", "String", "Duration",
];
/// Of these alone, whatever they are of.
const WHOLE: [&str; 20] = [
    "Array",
    "Array0",
    "Array1",
    "Array2",
    "Array3",
    "Array4",
    "Array5",
    "Array6",
    "ArrayD",
    "ArcArray",
    "ArcArray1",
    "ArcArray2",
    "ArrayBase",
    "Arc",
    "Cell",
    "Rc",
    "RefCell",
    "Tensor",
    "TensorData",
    "PathBuf",
];

/// Whether the runtime has a record for the type although it is no module.
pub(crate) fn is_often(ty: &Type) -> bool {
    match ty {
        Type::Group(group) => is_often(&group.elem),
        Type::Paren(paren) => is_often(&paren.elem),
        Type::Reference(reference) => matches!(&*reference.elem, Type::Path(path) if path.path.is_ident("str")),
        Type::Path(path)
            if path.path.segments.last().is_some_and(|last| WHOLE.iter().any(|name| last.ident == name)) =>
        {
            true
        }
        ty => is_value(ty) || is_pair(ty) || is_in(ty, &|ty| is_value(ty) || is_pair(ty) || is_in(ty, &is_value)),
    }
}

fn is_value(ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if VALUES.iter().any(|name| path.path.is_ident(name)))
}

/// Two of one value.
fn is_pair(ty: &Type) -> bool {
    match ty {
        Type::Tuple(tuple) => {
            let name = |place: usize| tuple.elems[place].to_token_stream().to_string();
            tuple.elems.len() == 2 && tuple.elems.iter().all(is_value) && name(0) == name(1)
        }
        _ => false,
    }
}

/// An option, a list or an array.
fn is_in(ty: &Type, of: &dyn Fn(&Type) -> bool) -> bool {
    let path = match ty {
        Type::Array(array) => return is_value(&array.elem),
        Type::Path(path) => path,
        _ => return false,
    };
    let Some(last) = path.path.segments.last() else { return false };
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return false };
    let mut arguments = arguments.args.iter();
    let (Some(GenericArgument::Type(ty)), None) = (arguments.next(), arguments.next()) else { return false };
    ["Option", "Vec"].iter().any(|name| last.ident == name) && of(ty)
}
