//! The words of the attributes, each once.

use core::fmt;

use syn::Ident;

/// A word of an attribute.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Symbol(pub &'static str);

pub(crate) const ALIAS: Symbol = Symbol("alias");
pub(crate) const BOUND: Symbol = Symbol("bound");
pub(crate) const CONSTANT: Symbol = Symbol("constant");
pub(crate) const CRATE: Symbol = Symbol("crate");
pub(crate) const DEFAULT: Symbol = Symbol("default");
pub(crate) const LAYER: Symbol = Symbol("layer");
pub(crate) const MODULE: Symbol = Symbol("module");
pub(crate) const RECORD: Symbol = Symbol("record");
pub(crate) const RENAME: Symbol = Symbol("rename");
pub(crate) const SKIP: Symbol = Symbol("skip");
pub(crate) const STATELESS: Symbol = Symbol("stateless");

impl PartialEq<Symbol> for Ident {
    fn eq(&self, word: &Symbol) -> bool {
        self == word.0
    }
}

impl fmt::Display for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}
