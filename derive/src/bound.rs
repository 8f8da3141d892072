//! What generated impls ask of type parameters.
//!
//! The rule: a type parameter that is a field's type, alone or inside a container that Vellum knows, must be what the field must be.
//! Everything else is the user's own bounds. Field types themselves are never bounded: a recursive type would ask for itself, and rustc
//! does not see the end of that (E0275).
//!
//! Containers are known by their last name here. That is no guess about what a field is: a wrong one asks a bound too much or too little,
//! which rustc reports, and `#[module(bound = "..")]` then says it instead.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{
    GenericArgument, GenericParam, Generics, Ident, Lifetime, Path, PathArguments, PathSegment, Type, TypeParamBound,
    WherePredicate, parse_quote,
};

use crate::attribute::TypeAttributes;
use crate::model::{Derive, Make, Role, Variant};
use crate::tokens::mentions;

/// Where-clauses to be added.
pub(crate) struct Bounds {
    /// What the record type needs to be named.
    record: Vec<WherePredicate>,
    /// What only the impls need.
    impls: Vec<WherePredicate>,
}

/// What is asked of a type parameter.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    Module,
    Record,
    Leaf,
    Constant,
    Default,
    Backend,
    /// Tensors can be kept for ever, and so can all that they are made of. Dimensions of `ndarray` can, and do not say it.
    Static,
}

/// What stands around type parameters and asks the same of them as of itself.
const CONTAINERS: [&str; 4] = ["Option", "Vec", "Box", "Tied"];
/// What asks it of its second argument.
pub(crate) const MAPS: [&str; 2] = ["BTreeMap", "HashMap"];
/// What asks for tensors.
const LEAVES: [&str; 2] = ["Param", "Buffer"];
/// What has a backend as its first argument. Where the user bounds that by nothing, rustc has an error at the field, which says what to
/// write; asked of the impls too, it is the only one. Without that, a mistake costs more errors, and nothing else.
const BACKED: [&str; 20] = [
    "Tensor",
    "BatchNorm",
    "BiLstm",
    "Conv1d",
    "Conv2d",
    "Conv3d",
    "ConvTranspose1d",
    "ConvTranspose2d",
    "Embedding",
    "GateController",
    "GroupNorm",
    "Gru",
    "InstanceNorm",
    "LayerNorm",
    "Linear",
    "Lstm",
    "MultiHeadAttention",
    "PRelu",
    "RmsNorm",
    "SwiGlu",
];

/// What a backend is called. A module of the user's own is not in the list above; what it is given is taken for a backend by this name, if it is
/// a type's first parameter and bounded by nothing. By the form alone it could be any marker, of which nothing must be asked.
const BACKEND: &str = "B";

impl Bounds {
    pub(crate) fn of(
        generics: &Generics,
        variants: &[Variant<'_>],
        attributes: &TypeAttributes,
        derive: Derive,
        krate: &Path,
    ) -> Self {
        if let Some(explicit) = &attributes.bound {
            return Self { record: explicit.clone(), impls: Vec::new() };
        }
        let parameters: Vec<&Ident> = generics.type_params().map(|parameter| &parameter.ident).collect();
        let free = free(generics, attributes);
        let conventional = generics.type_params().next().map(|first| &first.ident).filter(|first| *first == BACKEND);
        let mut found = Vec::new();
        for field in variants.iter().flat_map(|variant| &variant.fields) {
            let asked = match (&field.role, derive) {
                (Role::Part { .. }, Derive::Module) => Some(Asked::Module),
                (Role::Part { .. }, Derive::Record) => Some(Asked::Record),
                (Role::Constant { .. }, _) => Some(Asked::Constant),
                (Role::Skip(Make::Default), _) => Some(Asked::Default),
                (Role::Skip(Make::Expr(_)) | Role::Unknown, _) => None,
            };
            if let Some(asked) = asked {
                search(&field.ty, &parameters, asked, &mut found);
            }
            innermost(&field.ty, &mut |ty, leaf| {
                let backend = free.iter().find(|parameter| {
                    backend(ty).is_some_and(|path| path.is_ident(**parameter))
                        || field.is_part() && conventional == Some(**parameter) && is_first_argument(ty, parameter)
                });
                found.extend(backend.map(|parameter| (*parameter, Asked::Backend)));
                let within = parameters.iter().filter(|parameter| leaf && argument(ty, parameter).is_some());
                let within = within.filter(|parameter| !is_backend(generics, parameter));
                found.extend(within.map(|parameter| (*parameter, Asked::Static)));
            });
        }
        // A backend is no tensor: what it is in has the name of a parameter or buffer, and is another type of the user's.
        found.retain(|(parameter, asked)| *asked != Asked::Leaf || !is_backend(generics, parameter));
        let mut bounds = Self { record: Vec::new(), impls: Vec::new() };
        for (i, (parameter, asked)) in found.iter().enumerate() {
            if found[..i].contains(&(*parameter, *asked)) {
                continue;
            }
            let of: TypeParamBound = match asked {
                Asked::Module => parse_quote!(#krate::module::Module),
                Asked::Record => parse_quote!(#krate::record::Record),
                Asked::Leaf => parse_quote!(#krate::record::Leaf),
                Asked::Constant => parse_quote!(#krate::record::ConstantValue),
                Asked::Default => parse_quote!(::core::default::Default),
                Asked::Backend => parse_quote!(#krate::backend::Backend),
                Asked::Static => parse_quote!('static),
            };
            let named = matches!(asked, Asked::Module | Asked::Leaf | Asked::Backend | Asked::Static);
            let list = if named { &mut bounds.record } else { &mut bounds.impls };
            list.push(parse_quote!(#parameter: #of));
        }
        bounds
    }

    pub(crate) fn on_record(&self, generics: &Generics) -> Generics {
        with(generics.clone(), &self.record)
    }

    pub(crate) fn on_impls(&self, generics: &Generics) -> Generics {
        let mut generics = with(with(generics.clone(), &self.record), &self.impls);
        for parameter in &mut generics.params {
            match parameter {
                GenericParam::Type(parameter) => {
                    parameter.default = None;
                }
                GenericParam::Const(parameter) => {
                    parameter.default = None;
                }
                GenericParam::Lifetime(_) => {}
            }
        }
        generics
    }
}

fn with(mut generics: Generics, predicates: &[WherePredicate]) -> Generics {
    if !predicates.is_empty() {
        generics.make_where_clause().predicates.extend(predicates.iter().cloned());
    }
    generics
}

/// Finds the parameters that are all of `ty`, or all that is in a container.
fn search<'p>(ty: &Type, parameters: &[&'p Ident], asked: Asked, found: &mut Vec<(&'p Ident, Asked)>) {
    let mut note = |ty: &Type, asked| {
        if let Type::Path(path) = ty
            && let Some(parameter) = parameters.iter().find(|parameter| path.path.is_ident(**parameter))
        {
            found.push((parameter, asked));
        }
    };
    if matches!(asked, Asked::Module | Asked::Record) {
        innermost(ty, &mut |ty, leaf| note(ty, if leaf { Asked::Leaf } else { asked }));
    } else {
        note(ty, asked);
    }
}

/// Shows what is in the containers that a field's type is, and whether it is what a parameter is made of.
pub(crate) fn innermost<'t>(ty: &'t Type, show: &mut dyn FnMut(&'t Type, bool)) {
    parts(ty, false, &mut |ty, _| match named(ty, &LEAVES) {
        Some(leaf) => arguments(leaf).for_each(|ty| show(ty, true)),
        None => show(ty, false),
    });
}

/// Shows what is in the containers that a field's type is, and whether it stands in angle brackets.
pub(crate) fn parts<'t>(ty: &'t Type, argument: bool, show: &mut dyn FnMut(&'t Type, bool)) {
    match ty {
        Type::Group(group) => parts(&group.elem, argument, show),
        Type::Paren(paren) => parts(&paren.elem, argument, show),
        Type::Array(array) => parts(&array.elem, argument, show),
        Type::Tuple(tuple) => tuple.elems.iter().for_each(|ty| parts(ty, argument, show)),
        ty => {
            if let Some(container) = named(ty, &CONTAINERS) {
                arguments(container).for_each(|ty| parts(ty, true, show));
            } else if let Some(map) = named(ty, &MAPS) {
                arguments(map).skip(1).take(1).for_each(|ty| parts(ty, true, show));
            } else {
                show(ty, argument);
            }
        }
    }
}

/// The last name of a type, if it is one of `names`.
pub(crate) fn named<'t>(ty: &'t Type, names: &[&str]) -> Option<&'t PathSegment> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last().filter(|_| path.qself.is_none())?;
    names.iter().any(|name| last.ident == name).then_some(last)
}

/// The backend of a tensor or layer of Vellum's.
pub(crate) fn backend(ty: &Type) -> Option<&Path> {
    first_argument(ty, |name| BACKED.iter().any(|backed| name == backed))
}

/// Whether a parameter is the first argument of a type that can ask something of it.
fn is_first_argument(ty: &Type, parameter: &Ident) -> bool {
    first_argument(ty, |name| name != "PhantomData").is_some_and(|path| path.is_ident(parameter))
}

/// The first argument of a type, if its last name is one that is meant.
fn first_argument(ty: &Type, meant: impl Fn(&Ident) -> bool) -> Option<&Path> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last().filter(|last| meant(&last.ident))?;
    if let Type::Path(first) = arguments(last).next()? { Some(&first.path) } else { None }
}

/// Of a type that a parameter is an argument of: its last name, and which argument.
pub(crate) fn argument<'t>(ty: &'t Type, parameter: &Ident) -> Option<(&'t Ident, usize)> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last()?;
    let is = |ty: &Type| matches!(ty, Type::Path(path) if path.path.is_ident(parameter));
    arguments(last).position(is).map(|place| (&last.ident, place))
}

/// The types in angle brackets.
pub(crate) fn arguments(segment: &PathSegment) -> impl Iterator<Item = &Type> {
    let arguments = if let PathArguments::AngleBracketed(own) = &segment.arguments { Some(&own.args) } else { None };
    arguments.into_iter().flatten().filter_map(|own| if let GenericArgument::Type(ty) = own { Some(ty) } else { None })
}

/// The lifetimes in a type's angle brackets.
pub(crate) fn lifetimes(ty: &Type) -> impl Iterator<Item = &Lifetime> {
    let segments = if let Type::Path(path) = ty { Some(&path.path.segments) } else { None };
    let arguments = segments.into_iter().flatten().filter_map(|segment| match &segment.arguments {
        PathArguments::AngleBracketed(own) => Some(&own.args),
        _ => None,
    });
    arguments.flatten().filter_map(|own| if let GenericArgument::Lifetime(own) = own { Some(own) } else { None })
}

/// Whether a type parameter is declared to be a backend.
fn is_backend(generics: &Generics, parameter: &Ident) -> bool {
    let inline = generics.type_params().filter(|own| own.ident == *parameter).flat_map(|own| &own.bounds);
    let predicates = generics.where_clause.iter().flat_map(|clause| &clause.predicates);
    let after = predicates.filter_map(|predicate| match predicate {
        WherePredicate::Type(asked) if matches!(&asked.bounded_ty, Type::Path(path) if path.path.is_ident(parameter)) => {
            Some(&asked.bounds)
        }
        _ => None,
    });
    inline.chain(after.flatten()).any(|bound| match bound {
        TypeParamBound::Trait(asked) => asked.path.segments.last().is_some_and(|last| last.ident == "Backend"),
        _ => false,
    })
}

/// The type parameters of which nobody asks anything.
pub(crate) fn free<'g>(generics: &'g Generics, attributes: &TypeAttributes) -> Vec<&'g Ident> {
    let asked = generics.where_clause.iter().flat_map(|clause| &clause.predicates);
    let asked = asked.chain(attributes.bound.iter().flatten());
    let asked: TokenStream = asked.map(ToTokens::to_token_stream).collect();
    let free = generics.type_params().filter(|parameter| parameter.bounds.is_empty());
    free.map(|parameter| &parameter.ident).filter(|parameter| !mentions(asked.clone(), *parameter)).collect()
}
