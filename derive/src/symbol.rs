//! The words of the attributes, each once.

use core::fmt;

use syn::Ident;

/// A word of an attribute.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Symbol {
    pub word: &'static str,
    /// How it is written.
    pub form: &'static str,
}

pub(crate) const ALIAS: Symbol = Symbol { word: "alias", form: "`alias = \"name\"`" };
pub(crate) const BOUND: Symbol = Symbol { word: "bound", form: "`bound = \"T: Trait\"`" };
pub(crate) const CONSTANT: Symbol = Symbol { word: "constant", form: "`constant` alone" };
pub(crate) const CRATE: Symbol = Symbol { word: "crate", form: "`crate = \"path\"`" };
pub(crate) const DEFAULT: Symbol = Symbol { word: "default", form: "`default` alone or `default = expression`" };
pub(crate) const LAYER: Symbol = Symbol { word: "layer", form: "a variant of `LayerKind`: `layer = Linear`" };
pub(crate) const RECORD: Symbol = Symbol { word: "record", form: "`record = \"Name\"`" };
pub(crate) const RENAME: Symbol = Symbol { word: "rename", form: "`rename = \"name\"`" };
pub(crate) const SKIP: Symbol = Symbol { word: "skip", form: "`skip` alone or `skip = expression`" };
pub(crate) const STATELESS: Symbol = Symbol { word: "stateless", form: "`stateless` alone" };

impl PartialEq<Symbol> for Ident {
    fn eq(&self, symbol: &Symbol) -> bool {
        self == symbol.word
    }
}

impl fmt::Display for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word)
    }
}
