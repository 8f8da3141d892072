//! `#[module(..)]` and `#[record(..)]` as typed values.

use proc_macro2::TokenTree;
use syn::ext::IdentExt;
use syn::parse::{Parse as _, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Attribute, Error, Expr, ExprLit, Ident, Lit, LitStr, Meta, Path, Token, WherePredicate};

use crate::context::Context;
use crate::misspelled::is_near;
use crate::model::Derive;
use crate::symbol::{ALIAS, BOUND, CONSTANT, CRATE, DEFAULT, LAYER, RECORD, RENAME, SKIP, STATELESS, Symbol};

/// What stands above a type.
#[derive(Default)]
pub(crate) struct TypeAttributes {
    pub stateless: Option<Ident>,
    pub krate: Option<Path>,
    pub record: Option<Ident>,
    pub layer: Option<Ident>,
    pub bound: Option<Vec<WherePredicate>>,
    /// Whether something could not be read: then what the fields are stays unknown.
    pub broken: bool,
}

/// What stands above a variant.
#[derive(Default)]
pub(crate) struct VariantAttributes {
    pub rename: Option<LitStr>,
    /// Whether something could not be read: then what its fields are stays unknown.
    pub broken: bool,
}

/// What stands above a field.
#[derive(Default)]
pub(crate) struct FieldAttributes {
    pub skip: Option<(Ident, Option<Expr>)>,
    pub constant: Option<Ident>,
    pub default: Option<(Ident, Option<Expr>)>,
    pub rename: Option<LitStr>,
    pub aliases: Vec<LitStr>,
    /// Whether an attribute could not be read: then what the field is stays unknown.
    pub broken: bool,
}

const ON_TYPES: &[Symbol] = &[STATELESS, RECORD, LAYER, BOUND, CRATE];
const ON_FIELDS: &[Symbol] = &[SKIP, CONSTANT, DEFAULT, RENAME, ALIAS];

/// `word` or `word = value`.
pub(crate) struct Argument {
    word: Ident,
    /// `None` if the word is unknown where it stands.
    symbol: Option<Symbol>,
    value: Option<Expr>,
}

impl Argument {
    /// All that can be read of a list, and an error for each that cannot.
    pub(crate) fn all(input: ParseStream<'_>, known: &[Symbol]) -> (Vec<Self>, Vec<Error>) {
        let (mut all, mut errors) = (Vec::new(), Vec::new());
        while !input.is_empty() {
            match Self::parse(input, known) {
                Ok(argument) => all.push(argument),
                Err(error) => {
                    errors.push(error);
                    Self::skip(input, known);
                }
            }
            // Either leaves a comma, or the end.
            let _: Option<Token![,]> = input.parse().ok();
        }
        (all, errors)
    }

    /// Whether the word is known where it stands.
    pub(crate) fn is_known(&self) -> bool {
        self.symbol.is_some()
    }

    /// Whether it has a value as the word has one, so that taking it for the word is no further error.
    fn is_written_as(&self, symbol: &Symbol) -> bool {
        let is_text = matches!(self.value(), Some(Expr::Lit(ExprLit { lit: Lit::Str(_), .. })));
        match *symbol {
            STATELESS | CONSTANT => self.value.is_none(),
            SKIP | DEFAULT => true,
            LAYER => matches!(self.value(), Some(Expr::Path(_))),
            _ => is_text,
        }
    }

    /// The value, without what stands around one that a macro was given.
    fn value(&self) -> Option<&Expr> {
        let mut value = self.value.as_ref()?;
        while let Expr::Group(group) = value {
            value = &group.expr;
        }
        Some(value)
    }

    fn parse(input: ParseStream<'_>, known: &[Symbol]) -> syn::Result<Self> {
        let word =
            input.call(Ident::parse_any).map_err(|_| input.error(format!("expected one of {}", words(known))))?;
        let symbol = known.iter().find(|symbol| word == **symbol).copied();
        let value = input.parse::<Token![=]>().is_ok().then(|| input.parse::<Expr>()).transpose();
        let ends = input.is_empty() || input.peek(Token![,]);
        match (symbol, value) {
            (_, Ok(value)) if ends => Ok(Self { word, symbol, value }),
            // That the word is unknown is the mistake.
            (None, _) => {
                Self::skip(input, known);
                Ok(Self { word, symbol, value: None })
            }
            (Some(symbol), Ok(_)) => {
                let comma = if input.peek(Ident::peek_any) { "a comma, or " } else { "" };
                Err(input.error(format!("expected {comma}{}", symbol.form)))
            }
            (Some(symbol), Err(error)) => Err(Error::new(error.span(), format!("{error}: write {}", symbol.form))),
        }
    }

    /// Goes to the comma before the next known word, because what cannot be read may have commas of its own.
    fn skip(input: ParseStream<'_>, known: &[Symbol]) {
        while !input.is_empty() {
            let ahead = input.fork();
            let comma = ahead.parse::<Token![,]>().is_ok();
            let word = ahead.call(Ident::parse_any).ok();
            if comma && word.is_some_and(|word| known.iter().any(|symbol| word == *symbol)) {
                return;
            }
            let _: syn::Result<TokenTree> = input.parse();
        }
    }
}

/// What of our attributes was in error already.
struct Faults {
    /// Something could not be read at all.
    unread: bool,
    /// A word is unknown where it stands.
    unknown: bool,
}

/// Reads the arguments of our attributes and gives them to `take` with the word they are known by, or meant.
fn read(
    context: &Context,
    attributes: &[Attribute],
    derive: Derive,
    mut take: impl FnMut(Symbol, &Argument),
    known: &[Symbol],
    place: &str,
) -> Faults {
    let name = derive.name();
    let mut faults = Faults { unread: false, unknown: false };
    for argument in misnamed(context, attributes, known) {
        argument.symbol.into_iter().for_each(|symbol| take(symbol, &argument));
    }
    for attribute in derive.attributes(attributes) {
        let Meta::List(_) = &attribute.meta else {
            context.error(
                attribute,
                format!("`{name}` says nothing alone: write `#[{name}(..)]` with one of {}", words(known)),
            );
            faults.unread = true;
            continue;
        };
        let list = |input: ParseStream<'_>| Ok(Argument::all(input, known));
        let (arguments, errors) = attribute.parse_args_with(list).unwrap_or_else(|error| (Vec::new(), vec![error]));
        if arguments.is_empty() && errors.is_empty() {
            context.error(
                attribute,
                format!("an empty `{name}` attribute says nothing: write one of {} into it", words(known)),
            );
        }
        faults.unread |= !errors.is_empty();
        faults.unknown |= !arguments.iter().all(Argument::is_known);
        for error in errors {
            context.note(error);
        }
        for argument in &arguments {
            if let Some(symbol) = argument.symbol {
                take(symbol, argument);
                continue;
            }
            let meant = known.iter().find(|symbol| is_near(&argument.word.to_string(), symbol.word));
            context.error(&argument.word, unknown(&argument.word, derive, meant, known, place));
            if let Some(meant) = meant.filter(|meant| argument.is_written_as(meant)) {
                take(*meant, argument);
            }
        }
    }
    faults
}

/// What attributes say that are called as the crate: an error, and meant as ours, so that no field is an error for want of it. Both derives
/// say the same, so that it is one error of a type that has both.
fn misnamed(context: &Context, attributes: &[Attribute], known: &[Symbol]) -> Vec<Argument> {
    let attributes = attributes.iter().filter(|attribute| attribute.path().is_ident("vellum"));
    let read = |attribute: &Attribute| {
        let forms = "write `#[module(..)]` for `derive(Module)`, and `#[record(..)]` for `derive(Record)`";
        context.error(attribute.path(), format!("`vellum` is no attribute: {forms}"));
        let list = |input: ParseStream<'_>| Ok(Argument::all(input, known).0);
        attribute.parse_args_with(list).unwrap_or_default()
    };
    attributes.flat_map(read).collect()
}

/// What to write for a word that is unknown where it stands.
fn unknown(word: &Ident, derive: Derive, meant: Option<&Symbol>, known: &[Symbol], place: &str) -> String {
    let elsewhere = |list: &[Symbol]| list.iter().any(|symbol| *word == *symbol);
    if place != "a type" && derive == Derive::Module && elsewhere(ON_TYPES) {
        format!("`{word}` is for types: write it above the `struct` or `enum`")
    } else if place != "a field" && elsewhere(ON_FIELDS) && derive.knows(word) {
        format!("`{word}` is for fields: write it above the field")
    } else if derive == Derive::Record && (elsewhere(ON_TYPES) || elsewhere(ON_FIELDS)) {
        format!("`{word}` is for modules: {place} of a plain record takes {}", words(known))
    } else if let Some(meant) = meant {
        format!("unknown word `{word}`, which is almost `{meant}`: {place} takes {}", words(known))
    } else {
        format!("unknown word `{word}`: {place} takes {}", words(known))
    }
}

fn words(known: &[Symbol]) -> String {
    known.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

impl TypeAttributes {
    pub(crate) fn new(context: &Context, attributes: &[Attribute], derive: Derive) -> Self {
        let mut own = Self::default();
        let known: &[Symbol] = match derive {
            Derive::Module => ON_TYPES,
            Derive::Record => &[BOUND, CRATE],
        };
        // What was meant for `stateless` is an error already: whether fields are modules is not asked then.
        let mut broken = false;
        let take = |symbol: Symbol, argument: &Argument| {
            let word = &argument.word;
            if symbol == STATELESS {
                if alone(context, symbol, argument) && *word == STATELESS {
                    set(context, word, &mut own.stateless, word.clone());
                } else {
                    broken = true;
                }
            } else if symbol == CRATE {
                if let Some(path) = parsed(context, symbol, argument, Path::parse_mod_style) {
                    set(context, word, &mut own.krate, path);
                }
            } else if symbol == RECORD {
                if let Some(ident) = parsed(context, symbol, argument, Ident::parse) {
                    set(context, word, &mut own.record, ident);
                }
            } else if symbol == BOUND {
                let predicates = Punctuated::<WherePredicate, Token![,]>::parse_terminated;
                if let Some(bounds) = parsed(context, symbol, argument, predicates) {
                    set(context, word, &mut own.bound, bounds.into_iter().collect());
                }
            } else if let Some(layer) = layer(context, symbol, argument) {
                set(context, word, &mut own.layer, layer);
            }
        };
        own.broken = read(context, attributes, derive, take, known, "a type").unread || broken;
        own
    }
}

impl VariantAttributes {
    pub(crate) fn new(context: &Context, attributes: &[Attribute], derive: Derive) -> Self {
        let mut own = Self::default();
        let take = |symbol: Symbol, argument: &Argument| {
            if let Some(name) = text(context, symbol, argument) {
                set(context, &argument.word, &mut own.rename, name.clone());
            }
        };
        let faults = read(context, attributes, derive, take, &[RENAME], "a variant");
        own.broken = faults.unread || faults.unknown;
        own
    }
}

impl FieldAttributes {
    pub(crate) fn new(context: &Context, attributes: &[Attribute], derive: Derive) -> Self {
        let mut own = Self::default();
        let known: &[Symbol] = match derive {
            Derive::Module => ON_FIELDS,
            Derive::Record => &[SKIP, DEFAULT, RENAME, ALIAS],
        };
        let mut sound = true;
        let take = |symbol: Symbol, argument: &Argument| {
            let Argument { word, value, .. } = argument;
            if symbol == SKIP {
                set(context, word, &mut own.skip, (word.clone(), value.clone()));
            } else if symbol == DEFAULT {
                set(context, word, &mut own.default, (word.clone(), value.clone()));
            } else if symbol == CONSTANT {
                if alone(context, symbol, argument) {
                    set(context, word, &mut own.constant, word.clone());
                } else {
                    sound = false;
                }
            } else if let Some(name) = text(context, symbol, argument) {
                if symbol == RENAME {
                    set(context, word, &mut own.rename, name.clone());
                } else {
                    own.aliases.push(name.clone());
                }
            }
        };
        let faults = read(context, attributes, derive, take, known, "a field");
        own.broken = faults.unread || faults.unknown || !sound;
        own
    }
}

/// Sets what may be said once.
fn set<T>(context: &Context, word: &Ident, slot: &mut Option<T>, value: T) {
    if slot.is_some() {
        context.error(word, format!("`{word}` is written twice: keep one of them"));
    } else {
        *slot = Some(value);
    }
}

/// A word without a value.
fn alone(context: &Context, symbol: Symbol, argument: &Argument) -> bool {
    if let Some(value) = &argument.value {
        let more = if symbol == CONSTANT {
            "for a value where a file has none write `constant, default = ..`"
        } else {
            "write it alone"
        };
        context.error(value, format!("`{symbol}` takes no value: {more}"));
    }
    argument.value.is_none()
}

/// A word with a text.
fn text<'a>(context: &Context, symbol: Symbol, argument: &'a Argument) -> Option<&'a LitStr> {
    match argument.value() {
        Some(Expr::Lit(ExprLit { lit: Lit::Str(text), .. })) => return Some(text),
        Some(other) => context.error(other, format!("expected a text: {}", symbol.form)),
        None => context.error(&argument.word, format!("expected {}", symbol.form)),
    }
    None
}

/// A word with a text that is Rust.
fn parsed<P: Parser>(context: &Context, symbol: Symbol, argument: &Argument, parser: P) -> Option<P::Output> {
    let text = text(context, symbol, argument)?;
    let value = text.parse_with(parser).ok();
    if value.is_none() {
        context.error(text, format!("cannot be read as Rust: expected {}", symbol.form));
    }
    value
}

/// The name of a layer.
fn layer(context: &Context, symbol: Symbol, argument: &Argument) -> Option<Ident> {
    match argument.value() {
        Some(Expr::Path(path)) if path.path.get_ident().is_some() => return path.path.get_ident().cloned(),
        Some(other) => context.error(other, format!("expected {}", symbol.form)),
        None => context.error(&argument.word, format!("expected {}", symbol.form)),
    }
    None
}
