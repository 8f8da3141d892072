//! Rules about a type as a whole, a function each.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::ext::IdentExt as _;
use syn::{Ident, LitStr, Type};

use crate::bound::{argument, backend, innermost, lifetimes};
use crate::context::Context;
use crate::model::{Container, Field, Role};
use crate::size;
use crate::tokens::mentions;

/// Checks every rule. Gives whether impls can be printed that are no further error.
pub(crate) fn check(context: &Context, container: &Container<'_>) -> bool {
    let rules = [check_skip, check_names, check_variant_names, check_newtype, check_layer];
    for rule in rules {
        rule(context, container);
    }
    let types: Vec<bool> = container.fields().map(|field| check_type(context, container, field)).collect();
    let refused = container.fields().any(|field| is_refused(container, field)) || has_twins(container);
    let bounds: Vec<bool> = container.free.iter().map(|parameter| check_bound(context, container, parameter)).collect();
    container.possible && !refused && !types.contains(&false) && !bounds.contains(&false)
}

/// Types that can be told from their form to be no module, and for which rustc has many errors or none that helps.
fn check_type(context: &Context, container: &Container<'_>, field: &Field<'_>) -> bool {
    let ty = &field.original.ty;
    refusal(container, field).inspect(|message| context.error(ty, message)).is_none()
}

/// What is said of a field's type for its form.
pub(crate) fn refusal(container: &Container<'_>, field: &Field<'_>) -> Option<&'static str> {
    let ty = &field.original.ty;
    if is_refused(container, field) {
        return None;
    }
    if size::is_unsized(ty) && !size::is_object(ty) {
        return Some("what is loaded has a size of its own: write `String` for `str`, and `Vec<..>` for a slice");
    }
    if matches!(field.role, Role::Constant { .. }) && matches!(ty, Type::Reference(_)) {
        return Some("a constant is made anew when it is loaded: use an owned type, such as `String` for `&str`");
    }
    let mut object = false;
    innermost(ty, &mut |ty, leaf| object |= matches!(ty, Type::TraitObject(_)) && !leaf);
    (object && field.is_part())
        .then_some("nothing in a file says what a trait object is: use an enum of the types that it can be")
}

/// Whether rustc refuses the type for its form where it stands, and would at each of ours, or an attribute that says what the field is. If it
/// does not, because a name is another type's or derive's, `asked` prints an error.
pub(crate) fn is_refused(container: &Container<'_>, field: &Field<'_>) -> bool {
    let ty = &field.original.ty;
    let is_last = !container.is_enum && field.number + 1 == container.fields().count();
    let mut is = field.misspelled || size::is_unsized(ty) && !is_last;
    is |= size::lacks_size(ty) || size::contains(&field.ty, container.ident);
    innermost(ty, &mut |ty, _| {
        is |= match ty {
            Type::Reference(reference) => reference.lifetime.as_ref().is_none_or(|own| own.ident != "static"),
            Type::Infer(_) | Type::ImplTrait(_) => true,
            ty => lifetimes(ty).any(|own| !["static", "_"].iter().any(|known| own.ident == known)),
        };
    });
    is
}

/// Whether two fields or variants have one name, which is rustc's error.
fn has_twins(container: &Container<'_>) -> bool {
    let variants = &container.variants;
    let of_fields = variants
        .iter()
        .any(|variant| (1..variant.fields.len()).any(|i| is_twin(&variant.fields[..i], &variant.fields[i])));
    of_fields
        || (1..variants.len()).any(|i| variants[..i].iter().any(|other| are_twins(other.ident, variants[i].ident)))
}

fn is_twin(others: &[Field<'_>], field: &Field<'_>) -> bool {
    others.iter().any(|other| are_twins(other.original.ident.as_ref(), field.original.ident.as_ref()))
}

/// Whether both are one name, as `a` and `r#a` are.
fn are_twins(one: Option<&Ident>, other: Option<&Ident>) -> bool {
    one.zip(other).is_some_and(|(one, other)| one.unraw() == other.unraw())
}

/// A tensor type that has a parameter asks something of it, because tensors can be sent between threads; rustc has an error for each use.
fn check_bound(context: &Context, container: &Container<'_>, parameter: &Ident) -> bool {
    let mut lacks = None;
    for field in container.fields().filter(|field| field.is_part()) {
        innermost(&field.original.ty, &mut |ty, leaf| {
            let alone = matches!(ty, Type::Path(path) if path.path.is_ident(parameter));
            // rustc says it, once.
            let said = backend(ty).is_some_and(|path| path.is_ident(parameter));
            if leaf && !alone && !said && mentions(ty.to_token_stream(), parameter) {
                lacks.get_or_insert_with(|| bound_of(ty, parameter));
            }
        });
    }
    if let Some(bound) = &lacks {
        context.error(parameter, format!("a tensor type asks for a bound on `{parameter}`: write {bound}"));
    }
    lacks.is_none()
}

/// What a tensor type asks of its parameter.
fn bound_of(ty: &Type, parameter: &Ident) -> String {
    let known = argument(ty, parameter).and_then(|(name, place)| {
        let name = name.to_string();
        let array = ["Array", "ArcArray"].iter().any(|array| name.starts_with(array));
        match place {
            0 if array || name == "Vec" => Some("vellum::Element"),
            1 if array => Some("ndarray::Dimension"),
            _ => None,
        }
    });
    known.map_or_else(
        || format!("`{parameter}: Backend`, or what its `impl Leaf` asks for"),
        |bound| format!("`{parameter}: {bound}`"),
    )
}

/// A skipped field is not in a file, so there is nothing to say about how it is there.
fn check_skip(context: &Context, container: &Container<'_>) {
    for field in container.fields().filter(|field| field.attributes.skip.is_some()) {
        if let Some(word) = &field.attributes.constant {
            context.error(word, "a skipped field is not saved and a constant is: keep one of the two");
        }
        if let Some((word, _)) = &field.attributes.default {
            context.error(word, "a skipped field is made anew at every load: write `skip = ..` for what it is made of");
        }
        if let Some(name) = &field.attributes.rename {
            context.error(name, "a skipped field is in no file, so it has no name there: remove `rename`");
        }
        if let Some(alias) = field.attributes.aliases.first() {
            context.error(alias, "a skipped field is in no file, so it has no older names there: remove `alias`");
        }
    }
}

/// Two fields under one name would be one in a file; a dot in a name would be a step of a path.
fn check_names(context: &Context, container: &Container<'_>) {
    for variant in &container.variants {
        let mut names: Vec<String> = variant.fields.iter().map(|field| field.name.clone()).collect();
        for (i, field) in variant.fields.iter().enumerate() {
            if names[..i].contains(&field.name) && !is_twin(&variant.fields[..i], field) {
                context.error(place_of(field), format!("two fields are called `{}` in files: rename one", field.name));
            }
            for alias in &field.attributes.aliases {
                let text = alias.value();
                if names.contains(&text) {
                    let message = format!(
                        "`{text}` is the name of a field already, or an older name of one: remove this `alias`, or rename \
                         the field"
                    );
                    context.error(alias, message);
                }
                check_spelling(context, alias);
                names.push(text);
            }
            field.attributes.rename.iter().for_each(|name| check_spelling(context, name));
        }
    }
}

/// As for fields: the name says which variant it is.
fn check_variant_names(context: &Context, container: &Container<'_>) {
    for (i, variant) in container.variants.iter().enumerate() {
        let same = container.variants[..i].iter().find(|other| other.name == variant.name);
        if same.is_some_and(|other| !are_twins(other.ident, variant.ident)) {
            let place = variant.attributes.rename.as_ref().map(ToTokens::to_token_stream);
            let place = place.unwrap_or_else(|| variant.ident.to_token_stream());
            context.error(place, format!("two variants are called `{}` in files: rename one", variant.name));
        }
        variant.attributes.rename.iter().for_each(|name| check_spelling(context, name));
    }
}

fn check_spelling(context: &Context, name: &LitStr) {
    let text = name.value();
    if text.is_empty() {
        context.error(name, "a name in a file cannot be empty: write one letter at least");
    } else if text.contains('.') {
        context.error(name, "a dot separates the steps of a path: use a name without one");
    }
}

/// The one unnamed field of a variant stands for the variant itself, so it has no name and cannot be missing.
fn check_newtype(context: &Context, container: &Container<'_>) {
    for field in container.variants.iter().filter(|variant| variant.is_newtype()).flat_map(|variant| &variant.fields) {
        for name in field.attributes.rename.iter().chain(&field.attributes.aliases) {
            context.error(name, "what a variant of one unnamed field holds has no name in files: rename the variant");
        }
        if let Some((word, _)) = field.attributes.default.as_ref().filter(|_| field.is_part()) {
            context
                .error(word, "what a variant of one unnamed field holds is never missing in a file: remove `default`");
        }
    }
}

/// What other frameworks lay out differently is a struct of parameters.
fn check_layer(context: &Context, container: &Container<'_>) {
    if let Some(layer) = container.layer.as_ref().filter(|_| container.is_enum) {
        context.error(layer, "an enum is no layer: write `layer` above the struct that holds the parameters");
    }
}

/// What to point at for the name of a field.
fn place_of(field: &Field<'_>) -> TokenStream {
    if let Some(name) = &field.attributes.rename {
        return name.to_token_stream();
    }
    field.original.ident.as_ref().map_or_else(|| field.original.ty.to_token_stream(), ToTokens::to_token_stream)
}
