//! Where rustc shows an error in what is printed.

use proc_macro2::{Ident, Punct, Spacing, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::Type;

use crate::bound::{MAPS, innermost};
use crate::model::Field;
use crate::tokens::mentions;

/// `<ty as path>::name`.
pub(super) fn qualified(ty: &impl ToTokens, path: &TokenStream, name: &str) -> TokenStream {
    let name = Ident::new(name, Span::call_site());
    spanned_as(ty, quote!(<#ty as #path>::#name))
}

/// The spans of the first and of the last token.
fn ends(ty: &impl ToTokens) -> (Span, Span) {
    let mut of = ty.to_token_stream().into_iter();
    let first = of.next().map_or_else(Span::call_site, |tree| tree.span());
    (first, of.last().map_or(first, |tree| tree.span()))
}

/// What is in the containers that a type is, if it is one type, and no map, whose keys may be wrong.
pub(super) fn innermost_alone(ty: &Type) -> &Type {
    let mut found = Vec::new();
    innermost(ty, &mut |ty, _| found.push(ty));
    let map = MAPS.iter().any(|map| mentions(ty.to_token_stream(), *map));
    if let ([alone], false) = (found.as_slice(), map) { alone } else { ty }
}

/// A field's variable, in several tokens: so that it can have the span of a type of several.
pub(super) fn local_shown(field: &Field<'_>) -> TokenStream {
    let local = &field.local;
    spanned_as(innermost_alone(&field.ty), quote!((#local,).0))
}

/// `tokens` from the first to the last token of `ty`.
pub(super) fn spanned_as(ty: &impl ToTokens, tokens: TokenStream) -> TokenStream {
    let (first, last) = ends(ty);
    let mut trees: Vec<TokenTree> = tokens.into_iter().collect();
    // Of `>>` the parser makes one token, and gives its halves a span of its own.
    if let [.., TokenTree::Punct(before), TokenTree::Punct(_)] = trees.as_mut_slice() {
        let span = before.span();
        *before = Punct::new(before.as_char(), Spacing::Alone);
        before.set_span(span);
    }
    // So it does of a leading `::`.
    let leading = if matches!(&trees[..], [TokenTree::Punct(colon), ..] if colon.as_char() == ':') { 2 } else { 1 };
    for tree in trees.iter_mut().take(leading) {
        tree.set_span(first);
    }
    if let Some(tree) = trees.last_mut() {
        tree.set_span(last);
    }
    trees.into_iter().collect()
}
