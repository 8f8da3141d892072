//! `#[module(..)]` and `#[record(..)]` as typed values.

use syn::ext::IdentExt;
use syn::parse::{Parse as _, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, ExprLit, Ident, Lit, LitStr, Meta, Path, Token, WherePredicate};

use crate::context::Context;
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
}

/// What stands above a variant.
#[derive(Default)]
pub(crate) struct VariantAttributes {
    pub rename: Option<LitStr>,
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
struct Argument {
    word: Ident,
    value: Option<Expr>,
}

impl Argument {
    fn all(input: ParseStream<'_>, known: &[Symbol]) -> syn::Result<Vec<Self>> {
        let mut all = Vec::new();
        while !input.is_empty() {
            all.push(Self::parse(input, known)?);
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(all)
    }

    fn parse(input: ParseStream<'_>, known: &[Symbol]) -> syn::Result<Self> {
        let message = |_| input.error(format!("expected one of {}", words(known)));
        let word = input.call(Ident::parse_any).map_err(message)?;
        let value = if input.peek(Token![=]) {
            input.parse::<Token![=]>()?;
            Some(input.parse()?)
        } else if input.is_empty() || input.peek(Token![,]) {
            None
        } else {
            let form = if word == STATELESS || word == CONSTANT {
                format!("`{word}` alone, or a comma behind it")
            } else if word == SKIP || word == DEFAULT {
                format!("`{word}` alone or `{word} = ..`")
            } else {
                format!("`{word} = ..`")
            };
            return Err(input.error(format!("expected {form}")));
        };
        Ok(Self { word, value })
    }
}

/// Reads the arguments of our attributes and gives them to `take`, which says whether it knew the word. Gives whether all could be read.
fn read(
    context: &Context,
    attributes: &[Attribute],
    derive: Derive,
    mut take: impl FnMut(&Argument) -> bool,
    known: &[Symbol],
    place: &str,
) -> bool {
    let name = derive.attribute();
    let mut sound = true;
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident(name.0)) {
        let Meta::List(list) = &attribute.meta else {
            context.error(
                attribute,
                format!("`{name}` says nothing alone: write `#[{name}(..)]` with one of {}", words(known)),
            );
            sound = false;
            continue;
        };
        let arguments = match list.parse_args_with(|input: ParseStream<'_>| Argument::all(input, known)) {
            Ok(arguments) => arguments,
            Err(error) => {
                context.note(error);
                sound = false;
                continue;
            }
        };
        if arguments.is_empty() {
            context.error(
                attribute,
                format!("an empty `{name}` attribute says nothing: write one of {} into it", words(known)),
            );
        }
        for argument in &arguments {
            if !take(argument) {
                sound = false;
                let word = &argument.word;
                let elsewhere = |list: &[Symbol]| list.iter().any(|symbol| *word == *symbol);
                let message = if place != "a type" && derive == Derive::Module && elsewhere(ON_TYPES) {
                    format!("`{word}` is for types: write it above the `struct` or `enum`")
                } else if place != "a field" && elsewhere(ON_FIELDS) && derive.knows(word) {
                    format!("`{word}` is for fields: write it above the field")
                } else if derive == Derive::Record && (elsewhere(ON_TYPES) || elsewhere(ON_FIELDS)) {
                    format!("`{word}` is for modules: {place} of a plain record takes {}", words(known))
                } else {
                    format!("unknown word `{word}`: {place} takes {}", words(known))
                };
                context.error(word, message);
            }
        }
    }
    sound
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
        let take = |argument: &Argument| {
            let word = &argument.word;
            if !known.iter().any(|symbol| *word == *symbol) {
                return false;
            }
            if *word == STATELESS {
                if alone(context, argument) {
                    set(context, word, &mut own.stateless, word.clone());
                }
            } else if *word == CRATE {
                if let Some(path) = parsed(context, argument, "crate = \"path\"", Path::parse_mod_style) {
                    set(context, word, &mut own.krate, path);
                }
            } else if *word == RECORD {
                if let Some(ident) = parsed(context, argument, "record = \"Name\"", Ident::parse) {
                    set(context, word, &mut own.record, ident);
                }
            } else if *word == BOUND {
                let predicates = Punctuated::<WherePredicate, Token![,]>::parse_terminated;
                if let Some(bounds) = parsed(context, argument, "bound = \"T: Trait\"", predicates) {
                    set(context, word, &mut own.bound, bounds.into_iter().collect());
                }
            } else if let Some(layer) = layer(context, argument) {
                set(context, word, &mut own.layer, layer);
            }
            true
        };
        read(context, attributes, derive, take, known, "a type");
        own
    }
}

impl VariantAttributes {
    pub(crate) fn new(context: &Context, attributes: &[Attribute], derive: Derive) -> Self {
        let mut own = Self::default();
        let take = |argument: &Argument| {
            if argument.word != RENAME {
                return false;
            }
            if let Some(name) = text(context, argument) {
                set(context, &argument.word, &mut own.rename, name);
            }
            true
        };
        read(context, attributes, derive, take, &[RENAME], "a variant");
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
        let take = |argument: &Argument| {
            let Argument { word, value } = argument;
            if !known.iter().any(|symbol| *word == *symbol) {
                return false;
            }
            if *word == SKIP {
                set(context, word, &mut own.skip, (word.clone(), value.clone()));
            } else if *word == DEFAULT {
                set(context, word, &mut own.default, (word.clone(), value.clone()));
            } else if *word == CONSTANT {
                if alone(context, argument) {
                    set(context, word, &mut own.constant, word.clone());
                } else {
                    sound = false;
                }
            } else if let Some(name) = text(context, argument) {
                if *word == RENAME {
                    set(context, word, &mut own.rename, name);
                } else {
                    own.aliases.push(name);
                }
            }
            true
        };
        let read = read(context, attributes, derive, take, known, "a field");
        own.broken = !(read && sound);
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
fn alone(context: &Context, argument: &Argument) -> bool {
    let Argument { word, value } = argument;
    if let Some(value) = value {
        let more = if *word == CONSTANT {
            "for a value where a file has none write `constant, default = ..`"
        } else {
            "write it alone"
        };
        context.error(value, format!("`{word}` takes no value: {more}"));
    }
    value.is_none()
}

/// A word with a text.
fn text(context: &Context, argument: &Argument) -> Option<LitStr> {
    let word = &argument.word;
    match &argument.value {
        Some(Expr::Lit(ExprLit { lit: Lit::Str(text), .. })) => return Some(text.clone()),
        Some(other) => context.error(other, format!("expected a text: `{word} = \"name\"`")),
        None => context.error(word, format!("expected `{word} = \"name\"`")),
    }
    None
}

/// A word with a text that is Rust.
fn parsed<P: Parser>(context: &Context, argument: &Argument, form: &str, parser: P) -> Option<P::Output> {
    let word = &argument.word;
    match &argument.value {
        Some(Expr::Lit(ExprLit { lit: Lit::Str(text), .. })) => match text.parse_with(parser) {
            Ok(value) => return Some(value),
            Err(_) => context.error(text, format!("cannot be read as Rust: expected `{form}`")),
        },
        Some(other) => context.error(other, format!("expected a text: `{form}`")),
        None => context.error(word, format!("expected `{form}`")),
    }
    None
}

/// The name of a layer.
fn layer(context: &Context, argument: &Argument) -> Option<Ident> {
    match &argument.value {
        Some(Expr::Path(path)) if path.path.get_ident().is_some() => return path.path.get_ident().cloned(),
        Some(other) => context.error(other, "expected a variant of `LayerKind`: `layer = Linear`"),
        None => context.error(&argument.word, "expected a variant of `LayerKind`: `layer = Linear`"),
    }
    None
}
