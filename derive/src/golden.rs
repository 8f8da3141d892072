//! What the macros print, beside what is expected: a change of the generated code is seen in review. `VELLUM_BLESS=1` writes it anew.

use std::path::Path;
use std::{env, fs};

use proc_macro2::{Spacing, TokenStream, TokenTree};

use crate::derive;
use crate::model::Derive;

const CASES: [(&str, Derive, &str); 12] = [
    ("plain", Derive::Module, "pub struct Linear { pub weight: Param<Array2<f32>>, bias: Option<Param<Array1<f32>>> }"),
    (
        "generics",
        Derive::Module,
        "struct Model<B: Backend, M, Unused, const N: usize = 2> where M: Clone {
            inner: M, list: Vec<Option<M>>, arrays: [Linear<B>; N], next: Option<Box<Self>>,
            #[module(skip)] skipped: PhantomData<Unused>,
        }",
    ),
    (
        "enum",
        Derive::Module,
        "enum Mix { Empty, One(Linear), Two(Linear, Norm), #[module(rename = \"other\")] Named { left: Box<Mix> } }",
    ),
    (
        "fields",
        Derive::Module,
        "struct Model {
            #[module(skip)] a: Vec<f32>,
            #[module(skip = Vec::new())] b: Vec<f32>,
            #[module(constant)] c: f64,
            #[module(constant, default = 0.5)] d: f64,
            #[module(default)] e: Linear,
            #[module(default = Linear::new(), rename = \"g\", alias = \"h\", alias = \"i\")] f: Linear,
            r#type: Linear,
        }",
    ),
    ("own_trait", Derive::Module, "pub struct Model<A: Own> { act: A, layer: Layer<A>, weight: Linear }"),
    ("stateless_struct", Derive::Module, "#[module(stateless)] struct Relu { slope: f64 }"),
    ("stateless_enum", Derive::Module, "#[module(stateless)] enum Activation { Relu, Leaky { slope: f64 } }"),
    ("tuple_struct", Derive::Module, "struct Pair<M>(pub Linear, M);"),
    (
        "record",
        Derive::Record,
        "struct Data<T> { n: usize, #[record(default = 3, alias = \"m\")] k: u32, #[record(skip)] cache: Vec<u8>, any: T }",
    ),
    (
        "record_enum",
        Derive::Record,
        "#[record(crate = \"my::vellum\")] enum State { Fresh, Step(u64), Pair(bool, f32) }",
    ),
    (
        "both_derives",
        Derive::Module,
        "struct Both<M: Clone> { #[record(alias = \"a\")] inner: M, #[module(skip)] #[record(skip)] cache: Vec<u8> }",
    ),
    ("refused", Derive::Module, "struct List { weight: Param<f32>, next: Option<List> }"),
];

fn expanded(kind: Derive, input: &str) -> TokenStream {
    derive(&syn::parse_str(input).expect("the case is Rust"), kind)
}

#[test]
fn what_is_printed_is_what_is_expected() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/expected");
    for (name, kind, input) in CASES {
        let file = syn::parse2(expanded(kind, input)).expect("what is printed is Rust");
        let printed = prettyplease::unparse(&file);
        let path = folder.join(name).with_extension("rs");
        if env::var_os("VELLUM_BLESS").is_some() {
            fs::write(&path, &printed).expect("the folder can be written to");
        }
        let expected = fs::read_to_string(&path).unwrap_or_default();
        assert!(printed == expected, "`{name}` is printed as\n{printed}\n`VELLUM_BLESS=1 cargo test` accepts it");
    }
}

/// Keywords, and the tool whose lints are allowed.
const BEFORE_A_PATH: [&str; 9] = ["as", "clippy", "else", "for", "impl", "let", "mut", "return", "use"];

/// A path that begins with a lower-case word is looked up in the user's module, where it may be anything.
#[test]
fn every_path_of_ours_is_absolute() {
    for (name, kind, input) in CASES {
        let krate = if input.contains("crate") { "my" } else { "" };
        relative_paths(expanded(kind, input), &mut |word| {
            assert!(
                word == krate || BEFORE_A_PATH.contains(&word) || word.starts_with(char::is_uppercase),
                "`{name}` prints the relative path `{word}::..`"
            );
        });
    }
}

/// Gives every word that is followed by `::` and not preceded by it.
fn relative_paths(tokens: TokenStream, found: &mut impl FnMut(&str)) {
    let trees: Vec<TokenTree> = tokens.into_iter().collect();
    let separator = |i: usize| matches!(trees.get(i), Some(TokenTree::Punct(punct)) if punct.as_char() == ':' && punct.spacing() == Spacing::Joint);
    for (i, tree) in trees.iter().enumerate() {
        match tree {
            TokenTree::Group(group) => relative_paths(group.stream(), found),
            TokenTree::Ident(word) if separator(i + 1) && !(i > 1 && separator(i - 2)) => {
                found(&word.to_string());
            }
            _ => {}
        }
    }
}
