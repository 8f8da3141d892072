//! What is derived for: a type, its variants and their fields. A struct is one variant.

use std::cell::Cell;

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{
    Attribute, Data, DeriveInput, Expr, Fields, Generics, Ident, Index, Member, Path, Type, Visibility, parse_quote,
};

use crate::attribute::{FieldAttributes, TypeAttributes, VariantAttributes};
use crate::bound;
use crate::context::Context;
use crate::misspelled;
use crate::symbol::{CONSTANT, SKIP, STATELESS};
use crate::tokens::{OwnName, grouped, mentions};

/// Which of the macros.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Derive {
    Module,
    Record,
}

impl Derive {
    /// Whether a word about fields is one for it.
    pub(crate) fn knows(self, word: &Ident) -> bool {
        self == Self::Module || *word != CONSTANT
    }
}

/// A struct or an enum.
pub(crate) struct Container<'a> {
    pub derive: Derive,
    /// Whether there can be impls: not if it borrows or has no values, which are errors already.
    pub possible: bool,
    pub ident: &'a Ident,
    pub vis: &'a Visibility,
    /// The name of the record type; of a plain record its own.
    pub record: Ident,
    pub krate: Path,
    pub is_enum: bool,
    /// One nil slot in a record, whatever the fields are.
    pub stateless: bool,
    pub layer: Option<Ident>,
    pub variants: Vec<Variant<'a>>,
    /// Generics of the record type: the user's, and what projections need. With defaults.
    pub record_generics: Generics,
    /// Generics of the impls. Without defaults.
    pub impl_generics: Generics,
    /// Type parameters that no slot of the record is made of.
    pub unused: Vec<Ident>,
    /// Type parameters of which nobody asks anything.
    pub free: Vec<&'a Ident>,
    /// Attributes that speak to the other derive, above the type or a variant.
    pub other: Vec<&'a Attribute>,
}

/// How the fields of a variant are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Named,
    Tuple,
    Unit,
}

/// A variant of an enum, or a struct.
pub(crate) struct Variant<'a> {
    /// `None` for a struct.
    pub ident: Option<&'a Ident>,
    /// The name in files.
    pub name: String,
    pub style: Style,
    pub fields: Vec<Field<'a>>,
    pub attributes: VariantAttributes,
}

/// A field.
pub(crate) struct Field<'a> {
    pub original: &'a syn::Field,
    pub member: Member,
    /// The variable that generated code binds it to.
    pub local: Ident,
    pub vis: &'a Visibility,
    /// Its type, with the type's name for `Self`: in a record `Self` is something else.
    pub ty: Type,
    /// Its number among the fields of all variants.
    pub number: usize,
    /// The name in files.
    pub name: String,
    pub role: Role,
    pub attributes: FieldAttributes,
    /// An attribute that speaks to the other derive.
    pub other: Option<&'a Attribute>,
    /// Whether what it is was meant to be said by an attribute that rustc does not know.
    pub misspelled: bool,
}

/// What a field is to its type.
pub(crate) enum Role {
    /// A module, or a field of a plain record. With what it is made of where a file lacks it.
    Part { default: Option<Make> },
    /// A hyperparameter. With its value where a file has none.
    Constant { default: Option<Make> },
    /// Not saved. With what it is made of.
    Skip(Make),
    /// Its attribute could not be read, which is an error already.
    Unknown,
}

/// How a value is made.
pub(crate) enum Make {
    Default,
    Expr(TokenStream),
}

impl<'a> Container<'a> {
    /// The model of what was written, or where the runtime is and what the record is called if there can be none.
    pub(crate) fn new(context: &Context, input: &'a DeriveInput, derive: Derive) -> Result<Self, (Path, Ident)> {
        let attributes = TypeAttributes::new(context, &input.attrs, derive);
        let krate = attributes.krate.clone().unwrap_or_else(|| parse_quote!(::vellum));
        let name = derive.name();
        let record = match derive {
            Derive::Module => {
                let default = || {
                    Ident::new(
                        &format!("{}Record", input.ident.unraw()),
                        Span::call_site().located_at(input.ident.span()),
                    )
                };
                match &attributes.record {
                    Some(name) if *name == input.ident => {
                        context.error(name, "the record is a type of its own: give it another name than the module's");
                        default()
                    }
                    Some(name) => name.clone(),
                    None => default(),
                }
            }
            Derive::Record => input.ident.clone(),
        };
        let mut possible = true;
        for lifetime in input.generics.lifetimes() {
            let message = format!(
                "a {name} owns what it holds, because loading makes it: use owned types instead of borrowed ones"
            );
            context.error(lifetime, message);
            possible = false;
        }
        let own_name = OwnName::of(input);
        let stateless_word = attributes.stateless.is_some();
        let reader = FieldReader {
            context,
            derive,
            stateless: stateless_word,
            misspelled: misspelled::says(&input.attrs, derive, &[STATELESS]),
            own_name: &own_name,
            count: Cell::new(0),
        };
        let (is_enum, variants) = match &input.data {
            Data::Struct(data) => {
                let variant = Variant {
                    ident: None,
                    name: input.ident.unraw().to_string(),
                    style: Style::of(&data.fields),
                    fields: reader.all(&data.fields, attributes.broken),
                    attributes: VariantAttributes::default(),
                };
                (false, vec![variant])
            }
            Data::Enum(data) => {
                let of_type = attributes.broken;
                let variant = |variant: &'a syn::Variant| {
                    let attributes = VariantAttributes::new(context, &variant.attrs, derive);
                    let name = attributes
                        .rename
                        .as_ref()
                        .map_or_else(|| variant.ident.unraw().to_string(), syn::LitStr::value);
                    Variant {
                        ident: Some(&variant.ident),
                        name,
                        style: Style::of(&variant.fields),
                        fields: reader.all(&variant.fields, of_type || attributes.broken),
                        attributes,
                    }
                };
                (true, data.variants.iter().map(variant).collect())
            }
            Data::Union(data) => {
                context.error(
                    data.union_token,
                    format!("a {name} is a struct or an enum: a union does not say which field it holds"),
                );
                return Err((krate, record));
            }
        };
        if is_enum && variants.is_empty() {
            context.error(
                &input.ident,
                format!("an enum without variants has no values, so there is no {name} to save: write a variant"),
            );
            possible = false;
        }
        let mut generics: Generics = own_name.replace(&input.generics);
        // It is not among the tokens of the generics.
        generics.where_clause = input.generics.where_clause.as_ref().map(|clause| own_name.replace(clause));
        // A unit struct has nothing to save, whatever its attributes say.
        let unit = !is_enum && derive == Derive::Module && variants[0].fields.is_empty();
        let unused = unused(&generics, &variants, derive);
        let bounds = bound::Bounds::of(&generics, &variants, &attributes, derive, &krate);
        let mut other: Vec<&Attribute> = derive.other().attributes(&input.attrs).collect();
        if let Data::Enum(data) = &input.data {
            other.extend(data.variants.iter().flat_map(|variant| derive.other().attributes(&variant.attrs)));
        }
        Ok(Self {
            derive,
            possible,
            other,
            ident: &input.ident,
            vis: &input.vis,
            record,
            is_enum,
            stateless: attributes.stateless.is_some() || unit,
            layer: attributes.layer.clone(),
            record_generics: bounds.on_record(&generics),
            impl_generics: bounds.on_impls(&generics),
            variants,
            krate,
            unused,
            free: bound::free(&input.generics, &attributes),
        })
    }

    /// All fields of all variants.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &Field<'a>> {
        self.variants.iter().flat_map(|variant| &variant.fields)
    }

    /// Whether the record of the type is wrapped, because a file may not say which variant it is.
    pub(crate) fn is_stateless_enum(&self) -> bool {
        self.is_enum && self.stateless
    }
}

impl Derive {
    /// What it makes, which is also the name of the attribute that speaks to it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Module => "module",
            Self::Record => "record",
        }
    }

    pub(crate) fn other(self) -> Self {
        match self {
            Self::Module => Self::Record,
            Self::Record => Self::Module,
        }
    }

    /// The attributes that speak to it.
    pub(crate) fn attributes(self, all: &[Attribute]) -> impl Iterator<Item = &Attribute> {
        all.iter().filter(move |attribute| attribute.path().is_ident(self.name()))
    }
}

impl Style {
    fn of(fields: &Fields) -> Self {
        match fields {
            Fields::Named(_) => Self::Named,
            Fields::Unnamed(_) => Self::Tuple,
            Fields::Unit => Self::Unit,
        }
    }
}

impl Variant<'_> {
    /// Whether it holds one thing without a name, which then stands for the variant itself.
    pub(crate) fn is_newtype(&self) -> bool {
        self.ident.is_some() && self.style == Style::Tuple && self.fields.len() == 1
    }
}

/// Reads the fields of a type.
struct FieldReader<'c> {
    context: &'c Context,
    derive: Derive,
    stateless: bool,
    misspelled: bool,
    own_name: &'c OwnName,
    /// How many were read.
    count: Cell<usize>,
}

impl FieldReader<'_> {
    /// If the attributes above them are `broken`, what they are stays unknown.
    fn all<'a>(&self, fields: &'a Fields, broken: bool) -> Vec<Field<'a>> {
        fields.iter().enumerate().map(|(place, field)| self.read(field, place, broken)).collect()
    }

    fn read<'a>(&self, original: &'a syn::Field, place: usize, broken: bool) -> Field<'a> {
        let Self { context, derive, stateless, misspelled, own_name, ref count } = *self;
        let attributes = FieldAttributes::new(context, &original.attrs, derive);
        let ty = own_name.replace(&original.ty);
        let member = match &original.ident {
            Some(ident) => Member::Named(ident.clone()),
            None => Member::Unnamed(Index::from(place)),
        };
        let own = match &member {
            Member::Named(ident) => ident.unraw().to_string(),
            Member::Unnamed(index) => index.index.to_string(),
        };
        let name = attributes.rename.as_ref().map_or(own, syn::LitStr::value);
        let make = |expr: &Option<Expr>| {
            expr.as_ref().map_or(Make::Default, |expr| Make::Expr(own_name.in_tokens(grouped(expr.to_token_stream()))))
        };
        let default = attributes.default.as_ref().map(|(_, expr)| make(expr));
        let role = match &attributes {
            FieldAttributes { broken: own, .. } if *own || broken => Role::Unknown,
            FieldAttributes { skip: Some((_, expr)), .. } => Role::Skip(make(expr)),
            FieldAttributes { constant: Some(_), .. } => Role::Constant { default },
            _ if stateless => Role::Constant { default },
            _ => Role::Part { default },
        };
        Field {
            original,
            member,
            local: Ident::new(&format!("__{place}"), Span::call_site()),
            number: count.replace(count.get() + 1),
            vis: &original.vis,
            ty,
            name,
            role,
            attributes,
            other: derive.other().attributes(&original.attrs).next(),
            misspelled: misspelled || misspelled::says(&original.attrs, derive, &[SKIP, CONSTANT]),
        }
    }
}

/// The type parameters that no slot of the record is made of.
fn unused(generics: &Generics, variants: &[Variant<'_>], derive: Derive) -> Vec<Ident> {
    if derive == Derive::Record || generics.type_params().next().is_none() {
        return Vec::new();
    }
    let fields = variants.iter().flat_map(|variant| &variant.fields).filter(|field| field.is_saved());
    let types: TokenStream = fields.map(|field| field.ty.to_token_stream()).collect();
    let parameters = generics.type_params().map(|parameter| &parameter.ident);
    parameters.filter(|parameter| !mentions(types.clone(), *parameter)).cloned().collect()
}

impl Field<'_> {
    /// Whether it is a module, or a field of a plain record.
    pub(crate) fn is_part(&self) -> bool {
        matches!(self.role, Role::Part { .. })
    }

    /// Whether something of it is in the record.
    pub(crate) fn is_saved(&self) -> bool {
        matches!(self.role, Role::Part { .. } | Role::Constant { .. })
    }
}
