//! Attributes that were meant to be ours: rustc knows no attribute of their name, which is its error alone.
//!
//! What such an attribute says is not believed, because it may be another derive's: then what stands in for the impls is an error
//! (`expand/asked.rs`).

use syn::parse::ParseStream;
use syn::{Attribute, Meta};

use crate::attribute::Argument;
use crate::model::Derive;
use crate::symbol::Symbol;

/// Whether an attribute says one of `words`, and is called almost as those that speak to the derive.
pub(crate) fn says(attributes: &[Attribute], derive: Derive, words: &[Symbol]) -> bool {
    let list = |input: ParseStream<'_>| Ok(Argument::all(input, words));
    attributes.iter().any(|attribute| {
        let near = attribute.path().get_ident().is_some_and(|name| is_near(&name.to_string(), derive.name()));
        near && matches!(attribute.meta, Meta::List(_))
            && attribute.parse_args_with(list).is_ok_and(|(arguments, _)| arguments.iter().any(Argument::is_known))
    })
}

/// Whether a letter is missing, one too many or another, or two have changed places.
pub(crate) fn is_near(name: &str, meant: &str) -> bool {
    let (mut name, mut meant) = (name.as_bytes(), meant.as_bytes());
    while let ([a, name_left @ ..], [b, meant_left @ ..]) = (name, meant)
        && a == b
    {
        (name, meant) = (name_left, meant_left);
    }
    while let ([name_left @ .., a], [meant_left @ .., b]) = (name, meant)
        && a == b
    {
        (name, meant) = (name_left, meant_left);
    }
    match (name, meant) {
        ([a, b], [c, d]) => a == d && b == c,
        ([], []) => false,
        (name, meant) => name.len() <= 1 && meant.len() <= 1,
    }
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::is_near;
    use crate::derive;
    use crate::model::Derive;

    #[test]
    fn one_slip_is_near_and_two_are_not() {
        for name in ["modul", "odule", "modulee", "modules", "Module", "nodule", "mdoule", "moduel"] {
            assert!(is_near(name, "module"), "{name}");
        }
        for name in ["module", "model", "mod", "modul_", "medole", "mudole", "", "serde"] {
            assert_eq!(is_near(name, "module"), name == "modul_", "{name}");
        }
    }

    #[test]
    fn what_another_derive_knows_is_an_error_all_the_same() {
        let input = |attribute: syn::Attribute| parse_quote!(struct Model { #attribute name: String });
        let stands_in = |attribute| derive(&input(attribute), Derive::Module).to_string().contains("StandIn");
        assert!(stands_in(parse_quote!(#[modules(skip)])) && stands_in(parse_quote!(#[modul(rename = "a", constant)])));
        for attribute in
            [parse_quote!(#[modules(rename = "a")]), parse_quote!(#[modules(table)]), parse_quote!(#[models(skip)])]
        {
            assert!(!stands_in(attribute));
        }
    }
}
