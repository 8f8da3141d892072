//! Where rustc shows an error in what is printed.

use proc_macro2::{Ident, Punct, Spacing, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::Type;

use crate::bound::innermost;
use crate::model::Field;

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

/// A type that is shown at what is in it, if it is containers of one type: there rustc has its own errors about types that are not sound.
/// The names stay what they are.
pub(super) fn innermost_shown(ty: &Type) -> TokenStream {
    let mut found = Vec::new();
    innermost(ty, &mut |ty, _| found.push(ty));
    let (first, last) = if let [alone] = found.as_slice() { ends(alone) } else { ends(ty) };
    let mut trees: Vec<TokenTree> = ty.to_token_stream().into_iter().collect();
    // What is one token has one span.
    if let [start, .., end] = trees.as_mut_slice() {
        start.set_span(first.resolved_at(start.span()));
        end.set_span(last.resolved_at(end.span()));
    }
    trees.into_iter().collect()
}

/// A field's variable, in several tokens: so that it can have the span of a type of several.
pub(super) fn local_shown(field: &Field<'_>) -> TokenStream {
    let local = &field.local;
    spanned_as(&innermost_shown(&field.ty), quote!((#local,).0))
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
