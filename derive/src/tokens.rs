//! What is done to tokens that the user wrote.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{DeriveInput, Type, parse2};

/// The name that stands for `Self` where `Self` would be another type.
pub(crate) struct OwnName(TokenStream);

impl OwnName {
    pub(crate) fn of(input: &DeriveInput) -> Self {
        let ident = &input.ident;
        let (_, arguments, _) = input.generics.split_for_impl();
        let arguments = arguments.as_turbofish();
        Self(quote!(#ident #arguments))
    }

    /// `value` with the type's name for `Self`.
    pub(crate) fn replace<T: ToTokens + Clone + syn::parse::Parse>(&self, value: &T) -> T {
        let tokens = value.to_token_stream();
        if !mentions(tokens.clone(), "Self") {
            return value.clone();
        }
        parse2(self.in_tokens(tokens)).unwrap_or_else(|_| value.clone())
    }

    pub(crate) fn in_tokens(&self, tokens: TokenStream) -> TokenStream {
        let replace = |tree| match tree {
            TokenTree::Ident(ident) if ident == "Self" => placed(self.0.clone(), ident.span()),
            TokenTree::Group(group) => {
                let mut replaced = Group::new(group.delimiter(), self.in_tokens(group.stream()));
                replaced.set_span(group.span());
                TokenStream::from(TokenTree::Group(replaced))
            }
            tree => TokenStream::from(tree),
        };
        tokens.into_iter().map(replace).collect()
    }
}

/// Whether an identifier is among the tokens.
pub(crate) fn mentions<I: ?Sized>(tokens: TokenStream, word: &I) -> bool
where
    Ident: PartialEq<I>,
{
    tokens.into_iter().any(|tree| match tree {
        TokenTree::Ident(ident) => ident == *word,
        TokenTree::Group(group) => mentions(group.stream(), word),
        _ => false,
    })
}

/// An expression in which what a macro was given for `$e:expr` stays together: rustc forgets such groups in what a derive prints.
pub(crate) fn grouped(tokens: TokenStream) -> TokenStream {
    let group = |tree| match tree {
        TokenTree::Group(group) => {
            let inside = grouped(group.stream());
            // A type is no less one without them, and a path has nothing to keep together.
            let alone = group.delimiter() != Delimiter::None || matches!(parse2(inside.clone()), Ok(Type::Path(_)));
            let delimiter = if alone { group.delimiter() } else { Delimiter::Parenthesis };
            let mut grouped = Group::new(delimiter, inside);
            grouped.set_span(group.span());
            TokenTree::Group(grouped)
        }
        tree => tree,
    };
    tokens.into_iter().map(group).collect()
}

/// All of `tokens` at one place.
pub(crate) fn placed(tokens: TokenStream, place: Span) -> TokenStream {
    let at = |mut tree: TokenTree| {
        tree.set_span(place);
        tree
    };
    tokens.into_iter().map(at).collect()
}
