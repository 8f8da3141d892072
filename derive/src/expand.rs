//! Prints a model. Decides nothing: what is printed follows from the model alone.
//!
//! Every path is absolute and every method is called through its trait or type, because a field's type may have methods of the same
//! names and the user's crate may have types called `Option`. What names a field's type has that type's span, all in the same form: if
//! the type is no module, all uses give one and the same error, which rustc shows once.

use proc_macro2::{Delimiter, Group, Ident, Punct, Spacing, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::Path;

use crate::model::{Container, Derive, Field, Make, Role, Style, Variant};
use crate::wrap;

/// The record type and all impls.
pub(crate) fn expand(container: &Container<'_>) -> TokenStream {
    let print = Print { container, krate: &container.krate };
    let declaration = print.declaration();
    match container.derive {
        Derive::Module => {
            let record_type = print.record_type();
            let (module, record) = (print.module_impl(), print.record_impl());
            let (clone, debug) = (print.clone_impl(), print.debug_impl());
            let block = wrap::block(&quote!(#declaration #module #record #clone #debug));
            quote!(#record_type #block)
        }
        Derive::Record => {
            let record = print.record_impl();
            wrap::block(&quote!(#declaration #record))
        }
    }
}

struct Print<'c> {
    container: &'c Container<'c>,
    krate: &'c Path,
}

impl Print<'_> {
    /// `static __TYPE`: names, aliases and marks, in one table that all methods use.
    fn declaration(&self) -> TokenStream {
        let krate = self.krate;
        let Container { stateless, is_enum, .. } = *self.container;
        let name = syn::ext::IdentExt::unraw(self.container.ident).to_string();
        let other = Ident::new("Other", Span::call_site());
        let layer = self.container.layer.as_ref().unwrap_or(&other);
        let layer = quote!(#krate::record::LayerKind::#layer);
        let form = if is_enum {
            let variants = self.container.variants.iter().map(|variant| {
                let name = &variant.name;
                let content = if variant.is_newtype() {
                    quote!(Newtype)
                } else if variant.style == Style::Unit {
                    quote!(Unit)
                } else {
                    let fields = self.declared_fields(variant);
                    quote!(Fields(&[#fields]))
                };
                quote!(#krate::private::DeclaredVariant { name: #name, content: #krate::private::DeclaredContent::#content })
            });
            quote!(Enum(&[#(#variants),*]))
        } else {
            let fields = self.declared_fields(&self.container.variants[0]);
            quote!(Struct(&[#fields]))
        };
        quote! {
            static __TYPE: #krate::private::Declaration = #krate::private::Declaration {
                name: #name,
                layer: #layer,
                stateless: #stateless,
                form: #krate::private::Form::#form,
            };
        }
    }

    fn declared_fields(&self, variant: &Variant<'_>) -> TokenStream {
        let krate = self.krate;
        let fields = variant.fields.iter().map(|field| {
            let Field { name, attributes, .. } = field;
            let aliases = &attributes.aliases;
            let optional = matches!(field.role, Role::Part { default: Some(_) });
            quote!(#krate::private::DeclaredField { name: #name, aliases: &[#(#aliases),*], optional: #optional })
        });
        quote!(#(#fields),*)
    }

    /// `struct ModelRecord` or `enum ModelRecord`.
    fn record_type(&self) -> TokenStream {
        let Container { vis, record, record_generics, ident, .. } = self.container;
        let parameters = record_generics.params.iter();
        let parameters = quote!(<#(#parameters),*>);
        let where_clause = self.record_where();
        let doc = format!(" The record of [`{ident}`]: what is saved of it, field by field.");
        let lints = wrap::type_lints();
        let phantom = self.phantom();
        let head = quote!(#[doc = #doc] #lints);
        if self.container.is_enum {
            let variants = self.container.variants.iter().map(|variant| {
                let ident = variant.ident;
                let fields = self.record_fields(variant, None);
                quote!(#ident #fields)
            });
            let phantom =
                phantom.map(|phantom| quote!(#[doc(hidden)] __Phantom(::core::convert::Infallible, #phantom),));
            return quote!(#head #vis enum #record #parameters #where_clause { #(#variants,)* #phantom });
        }
        let variant = &self.container.variants[0];
        let fields = self.record_fields(variant, phantom);
        match variant.style {
            Style::Named => {
                let item = self.sized(quote!(#vis struct #record #parameters #where_clause #fields));
                quote!(#head #item)
            }
            Style::Tuple | Style::Unit => {
                let item = self.sized(quote!(#vis struct #record #parameters #fields #where_clause;));
                quote!(#head #item)
            }
        }
    }

    /// The where-clause of the record type.
    ///
    /// The last field decides whether a struct has a size, and all code that handles a record by value asks for that. Said here, it is asked
    /// of the field's record wherever the record type is named; otherwise of the record type, and a field that is no module would be a dozen
    /// errors about the record beside the one about the field.
    fn record_where(&self) -> TokenStream {
        let predicates = self.container.record_generics.where_clause.iter().flat_map(|clause| &clause.predicates);
        let sized = self.tail().map(|field| {
            let slot = self.slot(field);
            spanned_as(&field.ty, quote!(#slot: ::core::marker::Sized))
        });
        let mut predicates = predicates.map(ToTokens::to_token_stream).chain(sized).peekable();
        if predicates.peek().is_none() {
            return TokenStream::new();
        }
        quote!(where #(#predicates),*)
    }

    /// The last field of a struct, if the record of its type is the last of the record's fields.
    fn tail(&self) -> Option<&Field<'_>> {
        let Container { is_enum, unused, variants, derive, .. } = self.container;
        if *is_enum || !unused.is_empty() || *derive == Derive::Record {
            return None;
        }
        variants[0].fields.last().filter(|field| field.is_part())
    }

    /// The record type, from the first to the last token of the type that decides whether it is sound.
    fn record_named(&self, turbofish: bool) -> TokenStream {
        let Container { record, impl_generics, derive, .. } = self.container;
        let colons = turbofish.then(|| quote!(::));
        if *derive == Derive::Record {
            let (_, arguments, _) = impl_generics.split_for_impl();
            return if turbofish { record.to_token_stream() } else { quote!(#record #arguments) };
        }
        let arguments = self.arguments();
        let named = quote!(#record #colons <#arguments>);
        self.sized(named)
    }

    /// Tokens that handle the record by value, with the span of the type that decides whether it has a size.
    fn sized(&self, tokens: TokenStream) -> TokenStream {
        match self.tail() {
            Some(field) => spanned_as(&field.ty, tokens),
            None => tokens,
        }
    }

    /// An impl. Its methods' bodies end where the type that decides whether the record has a size does, as their heads do.
    fn derived(&self, item: TokenStream) -> TokenStream {
        let Some(tail) = self.tail() else { return quote!(#[automatically_derived] #item) };
        let end = ends(&tail.ty).1;
        let methods = |tree| match tree {
            TokenTree::Group(impl_body) if impl_body.delimiter() == Delimiter::Brace => {
                let body = impl_body.stream().into_iter().map(|mut tree| {
                    if matches!(&tree, TokenTree::Group(body) if body.delimiter() == Delimiter::Brace) {
                        tree.set_span(end);
                    }
                    tree
                });
                TokenTree::Group(Group::new(Delimiter::Brace, body.collect()))
            }
            tree => tree,
        };
        let item = self.sized(item.into_iter().map(methods).collect());
        quote!(#[automatically_derived] #item)
    }

    /// A parameter that is the record by value. Two tokens, so that the parameter can have the span of a type of several.
    fn by_value(&self, parameter: &TokenStream) -> TokenStream {
        if self.tail().is_some() { self.sized(quote!(mut #parameter)) } else { parameter.clone() }
    }

    /// `Some(value)` if what was made of each field is there. No `?`: what it expands to has spans of its own.
    fn if_all<'f>(&self, fields: impl Iterator<Item = &'f Field<'f>>, value: &TokenStream) -> TokenStream {
        let locals: Vec<&Ident> = fields.map(|field| &field.local).collect();
        let (some, none) = (self.sized(quote!(::core::option::Option::Some)), self.none());
        let value = self.sized(quote!(#some(#value)));
        if locals.is_empty() {
            return value;
        }
        quote! {
            match (#(#locals,)*) {
                (#(::core::option::Option::Some(#locals),)*) => #value,
                _ => #none,
            }
        }
    }

    fn none(&self) -> TokenStream {
        self.sized(quote!(::core::option::Option::None))
    }

    /// The generic arguments, without the brackets.
    fn arguments(&self) -> TokenStream {
        let arguments = self.container.impl_generics.params.iter().map(|parameter| match parameter {
            syn::GenericParam::Type(parameter) => parameter.ident.to_token_stream(),
            syn::GenericParam::Const(parameter) => parameter.ident.to_token_stream(),
            syn::GenericParam::Lifetime(parameter) => parameter.lifetime.to_token_stream(),
        });
        quote!(#(#arguments),*)
    }

    fn record_fields(&self, variant: &Variant<'_>, phantom: Option<TokenStream>) -> TokenStream {
        let fields = variant.fields.iter().map(|field| {
            let (vis, slot) = (field.vis, self.slot(field));
            let name = field.original.ident.iter();
            quote!(#vis #(#name:)* #slot)
        });
        match variant.style {
            Style::Named => {
                let phantom = phantom.map(|phantom| quote!(#[doc(hidden)] __phantom: #phantom,));
                quote!({ #(#fields,)* #phantom })
            }
            Style::Tuple => {
                let phantom = phantom.map(|phantom| quote!(#[doc(hidden)] #phantom,));
                quote!((#(#fields,)* #phantom))
            }
            Style::Unit => TokenStream::new(),
        }
    }

    /// What the record holds for a field.
    fn slot(&self, field: &Field<'_>) -> TokenStream {
        let (krate, ty) = (self.krate, &field.ty);
        match (&field.role, self.container.derive) {
            (Role::Part { .. }, Derive::Module) => qualified(ty, &quote!(#krate::module::Module), "Record"),
            (Role::Part { .. }, Derive::Record) => ty.to_token_stream(),
            (Role::Constant { .. }, _) => quote!(#krate::record::Constant<#ty>),
            (Role::Skip(_) | Role::Unknown, _) => quote!(#krate::record::Skipped),
        }
    }

    /// The type that uses the parameters of which no slot is made, or `None` where there are none.
    fn phantom(&self) -> Option<TokenStream> {
        let unused = &self.container.unused;
        (!unused.is_empty()).then(|| quote!(::core::marker::PhantomData<(#(fn() -> #unused,)*)>))
    }

    /// `impl Module for Model`.
    fn module_impl(&self) -> TokenStream {
        let krate = self.krate;
        let Container { ident, record, impl_generics, .. } = self.container;
        let (parameters, arguments, where_clause) = impl_generics.split_for_impl();
        let known = self.container.is_stateless_enum();
        let named = self.record_named(false);
        let record_type = if known { quote!(#krate::record::Known<#named>) } else { named };
        let module = |field: &Field<'_>, method| qualified(&field.ty, &quote!(#krate::module::Module), method);
        let constant = |field: &Field<'_>, method| qualified(&field.ty, &quote!(#krate::record::ConstantValue), method);
        let trees = |method: &'static str| {
            self.arms(ident, |index, variant| {
                let trees = variant.fields.iter().map(|field| {
                    let local = &field.local;
                    match &field.role {
                        Role::Part { .. } => {
                            let tree = module(field, method);
                            quote!(#tree(#local))
                        }
                        Role::Constant { .. } => {
                            let tree = constant(field, "constant_tree");
                            quote!(#tree(#local))
                        }
                        Role::Skip(_) | Role::Unknown => quote!(#krate::private::Tree::Skipped),
                    }
                });
                let method = Ident::new(method, Span::call_site());
                quote!(#krate::private::Declaration::#method(&__TYPE, #index, #krate::private::vec![#(#trees),*]))
            })
        };
        let (tree, tree_mut) = (trees("tree"), trees("tree_mut"));
        let wrap = |value: TokenStream| {
            if known { quote!(#krate::record::Known(::core::option::Option::Some(#value))) } else { value }
        };
        let slots = |method: &'static str| {
            self.arms(ident, |_, variant| {
                wrap(self.value(record, variant, true, |field| {
                    let local = &field.local;
                    match &field.role {
                        Role::Part { .. } => {
                            let slot = module(field, method);
                            quote!(#slot(#local))
                        }
                        Role::Constant { .. } if method == "into_record" => {
                            quote!(#krate::record::Constant(::core::option::Option::Some(#local)))
                        }
                        Role::Constant { .. } => {
                            let slot = constant(field, "constant_slot");
                            quote!(#slot(#local))
                        }
                        Role::Skip(_) | Role::Unknown => quote!(#krate::record::Skipped),
                    }
                }))
            })
        };
        let (record_body, into_record) = (slots("record"), slots("into_record"));
        let clone_record = if known {
            quote!(#krate::record::Known(::core::clone::Clone::clone(&__record.0)))
        } else {
            let arms = self.clone_arms();
            quote!(match __record { #arms })
        };
        let build_arms = self.arms(record, |index, variant| self.build(index, variant));
        let build = if known {
            quote! {
                match __record.0 {
                    ::core::option::Option::None => #krate::private::Builder::unknown_variant(__builder),
                    ::core::option::Option::Some(__record) => match __record { #build_arms },
                }
            }
        } else {
            quote!(match __record { #build_arms })
        };
        let parameter = self.by_value(&quote!(__record));
        let associated = self.sized(quote!(type Record = #record_type;));
        let record_head = self.sized(quote!(fn record(&self) -> #record_type));
        let into_head = self.sized(quote!(fn into_record(self) -> #record_type));
        let borrowed = self.sized(quote!(&#record_type));
        let clone_head = self.sized(quote!(fn clone_record(__record: #borrowed) -> #record_type));
        let build_head = self.sized(quote!(
            fn build(#parameter: #record_type, __builder: &mut #krate::private::Builder) -> ::core::option::Option<Self>
        ));
        self.derived(quote! {
            impl #parameters #krate::module::Module for #ident #arguments #where_clause {
                #associated

                fn tree(&self) -> #krate::private::Tree<#krate::private::LeafRef<'_>> {
                    match self { #tree }
                }

                fn tree_mut(&mut self) -> #krate::private::Tree<#krate::private::LeafMut<'_>> {
                    match self { #tree_mut }
                }

                #record_head {
                    match self { #record_body }
                }

                #into_head {
                    match self { #into_record }
                }

                #clone_head {
                    #clone_record
                }

                #build_head {
                    #build
                }
            }
        })
    }

    fn clone_arms(&self) -> TokenStream {
        let krate = self.krate;
        let record = &self.container.record;
        self.arms(record, |_, variant| {
            self.value(record, variant, true, |field| {
                let local = &field.local;
                let clone = match &field.role {
                    Role::Part { .. } => qualified(&field.ty, &quote!(#krate::module::Module), "clone_record"),
                    Role::Constant { .. } => qualified(&field.ty, &quote!(#krate::record::ConstantValue), "clone_slot"),
                    Role::Skip(_) | Role::Unknown => return quote!(#krate::record::Skipped),
                };
                let place = spanned_as(&field.ty, quote!(*#local));
                let argument = spanned_as(&field.ty, quote!(&#place));
                quote!(#clone(#argument))
            })
        })
    }

    /// Builds all parts, then the value of them: so that what every part lacks is noted.
    fn build(&self, index: usize, variant: &Variant<'_>) -> TokenStream {
        let krate = self.krate;
        let parts = variant.fields.iter().enumerate().filter_map(|(place, field)| {
            let (local, ty) = (&field.local, &field.ty);
            let part = match &field.role {
                Role::Part { .. } => {
                    let build = qualified(ty, &quote!(#krate::module::Module), "build");
                    quote!(field(&mut __parts, #place, #local, #build))
                }
                Role::Constant { default: None } => quote!(constant(&mut __parts, #place, #local)),
                Role::Constant { default: Some(make) } => {
                    let default = self.make(field, make);
                    quote!(constant_or(&mut __parts, #local, || #default))
                }
                Role::Skip(_) | Role::Unknown => return None,
            };
            let part = spanned_as(ty, quote!(#krate::private::Parts::#part));
            Some(quote!(let #local = #part;))
        });
        let value = self.value(self.container.ident, variant, false, |field| {
            let local = &field.local;
            match &field.role {
                Role::Part { .. } | Role::Constant { .. } => local.to_token_stream(),
                Role::Skip(make) => self.make(field, make),
                Role::Unknown => quote!(::core::unreachable!()),
            }
        });
        let value = self.if_all(variant.fields.iter().filter(|field| field.is_saved()), &value);
        quote!({
            let mut __parts = #krate::private::Builder::declared(__builder, &__TYPE, #index);
            #(#parts)*
            #krate::private::Parts::finish(__parts);
            #value
        })
    }

    /// A value of a field's type. In a closure that says its type, so that the user's expression is where a value is expected.
    fn make(&self, field: &Field<'_>, make: &Make) -> TokenStream {
        let krate = self.krate;
        let ty = &field.ty;
        match make {
            Make::Default => {
                let anew = qualified(ty, &quote!(#krate::private::Anew), "anew");
                quote!(#anew())
            }
            Make::Expr(expr) => quote!((|| -> #ty { #expr })()),
        }
    }

    /// `impl Record` for the record type.
    fn record_impl(&self) -> TokenStream {
        let krate = self.krate;
        let Container { record, impl_generics, stateless, .. } = self.container;
        let (parameters, _, where_clause) = impl_generics.split_for_impl();
        let named = self.record_named(false);
        let schema = self.schema();
        let skipped = quote!(#krate::record::Skipped);
        let constant = |field: &Field<'_>, method| qualified(&field.ty, &quote!(#krate::record::ConstantValue), method);
        let part = |field: &Field<'_>, method| self.record_of(field, method);
        let tree = self.arms(record, |index, variant| {
            let trees = variant.fields.iter().map(|field| {
                let local = &field.local;
                let tree = match &field.role {
                    Role::Part { .. } => part(field, "tree"),
                    Role::Constant { .. } => constant(field, "slot_tree"),
                    Role::Skip(_) | Role::Unknown => return quote!(#krate::private::Tree::Skipped),
                };
                quote!(#tree(#local))
            });
            quote!(#krate::private::Declaration::tree(&__TYPE, #index, #krate::private::vec![#(#trees),*]))
        });
        let into_item = self.arms(record, |index, variant| {
            let items = variant.fields.iter().map(|field| {
                let local = &field.local;
                let item = match &field.role {
                    Role::Part { .. } => part(field, "into_item"),
                    Role::Constant { .. } => constant(field, "slot_item"),
                    Role::Skip(_) | Role::Unknown => return quote!(#krate::private::Item::Nil),
                };
                quote!(#item(#local)?)
            });
            quote!(#krate::private::Declaration::item(&__TYPE, #index, #krate::private::vec![#(#items),*]))
        });
        let last = self.container.variants.len() - 1;
        let bind = self.container.variants.iter().enumerate().map(|(index, variant)| {
            let fields = variant.fields.iter().enumerate().map(|(place, field)| {
                let local = &field.local;
                let bound = match &field.role {
                    Role::Part { default: None } => {
                        let (needs, bind) = (part(field, "NEEDS_NOTHING"), part(field, "bind"));
                        quote!(field(&mut __fields, #place, #needs, #bind))
                    }
                    Role::Part { default: Some(make) } => {
                        let (bind, default) = (part(field, "bind"), self.make(field, make));
                        let default = match self.container.derive {
                            Derive::Record => default,
                            Derive::Module => {
                                let into = qualified(&field.ty, &quote!(#krate::module::Module), "into_record");
                                quote!(#into(#default))
                            }
                        };
                        let default = spanned_as(&field.ty, quote!(|| #default));
                        quote!(field_or(&mut __fields, #place, #bind, #default))
                    }
                    Role::Constant { .. } => {
                        let bind = constant(field, "bind_slot");
                        quote!(field(&mut __fields, #place, true, #bind))
                    }
                    Role::Skip(_) | Role::Unknown => {
                        quote!(field(&mut __fields, #place, true, <#skipped as #krate::record::Record>::bind))
                    }
                };
                let bound = spanned_as(&field.ty, quote!(#krate::private::Fields::#bound));
                quote!(let #local = #bound;)
            });
            let value = self.value(record, variant, true, |field| {
                let local = &field.local;
                match (&field.role, self.container.derive) {
                    (Role::Skip(make), Derive::Record) => self.make(field, make),
                    (Role::Unknown, Derive::Record) => quote!(::core::unreachable!()),
                    _ => local.to_token_stream(),
                }
            });
            let value = self.if_all(variant.fields.iter(), &value);
            let pattern = if index == last { quote!(_) } else { quote!(#index) };
            quote! {
                #pattern => {
                    #(#fields)*
                    #krate::private::Fields::finish(__fields);
                    #value
                }
            }
        });
        let (borrowed, optional) = (self.sized(quote!(&#named)), self.sized(quote!(::core::option::Option<#named>)));
        let receiver = self.by_value(&quote!(self));
        let schema_head = self.sized(quote!(fn schema() -> #krate::private::Schema));
        let tree_head =
            self.sized(quote!(fn tree(self: #borrowed) -> #krate::private::Tree<#krate::private::LeafRef<'_>>));
        let item_head = self.sized(
            quote!(fn into_item(#receiver: #named) -> ::core::result::Result<#krate::private::Item, #krate::Error>),
        );
        let bind_head = self.sized(quote!(
            fn bind(
                __item: #krate::private::Item,
                __binder: &mut #krate::private::Binder<'_>,
            ) -> #optional
        ));
        let none = self.none();
        let declared = self.sized(quote!(#krate::private::Binder::declared(__binder, __item, &__TYPE)));
        let needs_nothing = stateless.then(|| {
            quote!(
                const NEEDS_NOTHING: bool = true;
            )
        });
        self.derived(quote! {
            impl #parameters #krate::record::Record for #named #where_clause {
                #needs_nothing

                #schema_head {
                    #schema
                }

                #tree_head {
                    match self { #tree }
                }

                #item_head {
                    ::core::result::Result::Ok(match self { #into_item })
                }

                #bind_head {
                    let ::core::option::Option::Some((__variant, mut __fields)) = #declared else {
                        return #none;
                    };
                    match __variant { #(#bind)* }
                }
            }
        })
    }

    /// `<Slot as Record>::method`.
    fn record_of(&self, field: &Field<'_>, method: &str) -> TokenStream {
        let krate = self.krate;
        let slot = match self.container.derive {
            Derive::Module => qualified(&field.ty, &quote!(#krate::module::Module), "Record"),
            Derive::Record => field.ty.to_token_stream(),
        };
        qualified(&slot, &quote!(#krate::record::Record), method)
    }

    fn schema(&self) -> TokenStream {
        let krate = self.krate;
        if self.container.stateless {
            return quote!(#krate::private::Schema::Nil);
        }
        let fields = |variant: &Variant<'_>| {
            let schemas: Vec<TokenStream> = variant
                .fields
                .iter()
                .map(|field| match &field.role {
                    Role::Part { .. } => self.record_of(field, "schema"),
                    Role::Constant { .. } => {
                        qualified(&field.ty, &quote!(#krate::record::ConstantValue), "slot_schema")
                    }
                    Role::Skip(_) | Role::Unknown => quote!(#krate::private::nil),
                })
                .collect();
            schemas
        };
        let name = |of: TokenStream| quote!(::core::any::type_name::<#of>());
        if !self.container.is_enum {
            let (name, schemas) = (name(self.record_named(false)), fields(&self.container.variants[0]));
            return quote!(#krate::private::Declaration::fields_schema(&__TYPE, 0, #name, &[#(#schemas),*]));
        }
        let variants = self.container.variants.iter().enumerate().map(|(index, variant)| {
            let schemas = fields(variant);
            if variant.style == Style::Unit {
                quote!(#krate::private::nil)
            } else if variant.is_newtype() {
                quote!(#(#schemas)*)
            } else {
                let name = name(quote!(#krate::private::VariantOf<Self, #index>));
                quote!(|| #krate::private::Declaration::fields_schema(&__TYPE, #index, #name, &[#(#schemas),*]))
            }
        });
        let name = name(quote!(Self));
        quote!(#krate::private::Declaration::enum_schema(&__TYPE, #name, &[#(#variants),*]))
    }

    fn clone_impl(&self) -> TokenStream {
        let krate = self.krate;
        let Container { ident, record, impl_generics, .. } = self.container;
        let (parameters, arguments, where_clause) = impl_generics.split_for_impl();
        let named = self.record_named(false);
        let body = if self.container.is_stateless_enum() {
            let arms = self.clone_arms();
            quote!(match self { #arms })
        } else {
            // The patterns name the fields' types, so that the body is in error where one of them is: a body that is not would have
            // errors of its own about the record's size and drop.
            let touched = self.arms_with(record, |_| quote!(_), |_, _| quote!({}));
            let clone = self.sized(quote!(<#ident #arguments as #krate::module::Module>::clone_record));
            let clone = self.sized(quote!(#clone(self)));
            quote! {
                match self { #touched }
                #clone
            }
        };
        let borrowed = self.sized(quote!(&#named));
        let head = self.sized(quote!(fn clone(self: #borrowed) -> #named));
        self.derived(quote! {
            impl #parameters ::core::clone::Clone for #named #where_clause {
                #head {
                    #body
                }
            }
        })
    }

    fn debug_impl(&self) -> TokenStream {
        let krate = self.krate;
        let (parameters, _, where_clause) = self.container.impl_generics.split_for_impl();
        let named = self.record_named(false);
        let borrowed = self.sized(quote!(&#named));
        let head = self.sized(quote!(
            fn fmt(self: #borrowed, __formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result
        ));
        let tree = self.sized(quote!(<#named as #krate::record::Record>::tree));
        let tree = self.sized(quote!(#tree(self)));
        self.derived(quote! {
            impl #parameters ::core::fmt::Debug for #named #where_clause {
                #head {
                    #krate::private::debug(&#tree, __formatter)
                }
            }
        })
    }

    /// An arm for each variant of `ty`, the module's type or the record's.
    fn arms(&self, ty: &Ident, arm: impl Fn(usize, &Variant<'_>) -> TokenStream) -> TokenStream {
        self.arms_with(ty, |field| field.local.to_token_stream(), arm)
    }

    fn arms_with(
        &self,
        ty: &Ident,
        pattern: impl Fn(&Field<'_>) -> TokenStream,
        arm: impl Fn(usize, &Variant<'_>) -> TokenStream,
    ) -> TokenStream {
        let of_record = *ty == self.container.record && self.container.derive == Derive::Module;
        let arms = self.container.variants.iter().enumerate().map(|(index, variant)| {
            let path = self.path(ty, variant);
            let saved =
                variant.fields.iter().filter(|field| matches!(field.role, Role::Part { .. } | Role::Constant { .. }));
            let bindings = saved.clone().map(|field| {
                let (member, pattern) = (&field.member, pattern(field));
                spanned_as(&field.ty, quote!(#member: #pattern))
            });
            let phantom = of_record && !self.container.is_enum && !self.container.unused.is_empty();
            let rest = (phantom || saved.clone().count() < variant.fields.len()).then(|| quote!(..));
            let arm = arm(index, variant);
            let pattern = quote!(#path { #(#bindings,)* #rest });
            let pattern = if of_record { self.sized(pattern) } else { pattern };
            quote!(#pattern => #arm,)
        });
        let phantom = (of_record && self.container.is_enum && !self.container.unused.is_empty())
            .then(|| quote!(#ty::__Phantom(__never, _) => match __never {},));
        quote!(#(#arms)* #phantom)
    }

    fn path(&self, ty: &Ident, variant: &Variant<'_>) -> TokenStream {
        match variant.ident {
            Some(variant) => quote!(#ty::#variant),
            None if *ty == self.container.record => self.record_named(true),
            None => ty.to_token_stream(),
        }
    }

    /// A value of a variant of `ty`.
    fn value(
        &self,
        ty: &Ident,
        variant: &Variant<'_>,
        of_record: bool,
        value: impl Fn(&Field<'_>) -> TokenStream,
    ) -> TokenStream {
        let path = self.path(ty, variant);
        let fields = variant.fields.iter().map(|field| {
            let (member, value) = (&field.member, value(field));
            spanned_as(&field.ty, quote!(#member: #value))
        });
        let phantom = (of_record && !self.container.is_enum && !self.container.unused.is_empty()).then(|| {
            let member = match variant.style {
                Style::Named => quote!(__phantom),
                _ => syn::Index::from(variant.fields.len()).to_token_stream(),
            };
            quote!(#member: ::core::marker::PhantomData)
        });
        let value = quote!(#path { #(#fields,)* #phantom });
        if of_record { self.sized(value) } else { value }
    }
}

/// `<ty as path>::name`.
fn qualified(ty: &impl ToTokens, path: &TokenStream, name: &str) -> TokenStream {
    let name = Ident::new(name, Span::call_site());
    spanned_as(ty, quote!(<#ty as #path>::#name))
}

/// The spans of the first and of the last token.
fn ends(ty: &impl ToTokens) -> (Span, Span) {
    let mut of = ty.to_token_stream().into_iter();
    let first = of.next().map_or_else(Span::call_site, |tree| tree.span());
    (first, of.last().map_or(first, |tree| tree.span()))
}

/// `tokens` from the first to the last token of `ty`.
fn spanned_as(ty: &impl ToTokens, tokens: TokenStream) -> TokenStream {
    let (first, last) = ends(ty);
    let mut trees: Vec<TokenTree> = tokens.into_iter().collect();
    // Of `>>` the parser makes one token, and gives its halves a span of its own.
    if let [.., TokenTree::Punct(before), TokenTree::Punct(_)] = trees.as_mut_slice() {
        *before = Punct::new(before.as_char(), Spacing::Alone);
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
