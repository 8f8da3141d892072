//! Where rustc shows an error in what is printed.

use proc_macro2::{Ident, Punct, Spacing, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::Path;

use crate::model::Field;

/// `<ty as path>::name`.
pub(super) fn qualified(ty: &impl ToTokens, path: &TokenStream, name: &str) -> TokenStream {
    let name = Ident::new(name, Span::call_site());
    spanned_as(ty, quote!(<#ty as #path>::#name))
}

/// `name` of a field that is a module, or of which the runtime knows that it is none.
pub(super) fn part(field: &Field<'_>, krate: &Path, name: &str) -> TokenStream {
    let of = if field.often_unmarked { quote!(#krate::private::Part) } else { quote!(#krate::module::Module) };
    qualified(&field.ty, &of, name)
}

/// What is there only if the field is a module, where the runtime may know that it is none.
pub(super) fn proven(field: &Field<'_>, krate: &Path) -> Option<TokenStream> {
    let ty = &field.ty;
    let is = part(field, krate, "Is");
    field.often_unmarked.then(|| spanned_as(ty, quote!(<#is as #krate::private::IsModule<#ty>>::PROVEN)))
}

/// The spans of the first and of the last token.
pub(super) fn ends(ty: &impl ToTokens) -> (Span, Span) {
    let mut of = ty.to_token_stream().into_iter();
    let first = of.next().map_or_else(Span::call_site, |tree| tree.span());
    (first, of.last().map_or(first, |tree| tree.span()))
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
