/// The record of [`Model`]: what is saved of it, field by field.
#[allow(
    dead_code,
    non_camel_case_types,
    non_snake_case,
    private_bounds,
    private_interfaces,
    unreachable_pub,
    unused_qualifications,
    deprecated,
    clippy::all,
    clippy::pedantic,
    clippy::nursery
)]
struct ModelRecord<B: Backend, M, Unused, const N: usize = 2>
where
    M: Clone,
    M: ::vellum::module::Module,
{
    /// The record of `inner`.
    inner: <M as ::vellum::module::Module>::Record,
    /// The record of `list`.
    list: <Vec<Option<M>> as ::vellum::module::Module>::Record,
    /// The record of `arrays`.
    arrays: <[Linear<B>; N] as ::vellum::module::Module>::Record,
    /// The record of `next`.
    next: <Option<Box<Model<B, M, Unused, N>>> as ::vellum::module::Module>::Record,
    /// Nothing of `skipped`.
    skipped: ::vellum::record::Skipped,
}
#[allow(
    deprecated,
    unreachable_code,
    unused_mut,
    unused_qualifications,
    clippy::all,
    clippy::pedantic,
    clippy::nursery
)]
const _: () = {
    static __TYPE: ::vellum::private::Declaration = ::vellum::private::Declaration {
        name: "Model",
        layer: ::vellum::record::LayerKind::Other,
        stateless: false,
        form: ::vellum::private::Form::Struct(
            &[
                ::vellum::private::DeclaredField {
                    name: "inner",
                    aliases: &[],
                    optional: false,
                },
                ::vellum::private::DeclaredField {
                    name: "list",
                    aliases: &[],
                    optional: false,
                },
                ::vellum::private::DeclaredField {
                    name: "arrays",
                    aliases: &[],
                    optional: false,
                },
                ::vellum::private::DeclaredField {
                    name: "next",
                    aliases: &[],
                    optional: false,
                },
                ::vellum::private::DeclaredField {
                    name: "skipped",
                    aliases: &[],
                    optional: false,
                },
            ],
        ),
    };
    #[automatically_derived]
    impl<B: Backend, M, Unused, const N: usize> ::vellum::module::Module
    for Model<B, M, Unused, N>
    where
        M: Clone,
        M: ::vellum::module::Module,
    {
        type Record = ModelRecord<B, M, Unused, N>;
        fn tree(&self) -> ::vellum::private::Tree<::vellum::private::LeafRef<'_>> {
            match self {
                Model { inner: __0, list: __1, arrays: __2, next: __3, .. } => {
                    ::vellum::private::Declaration::tree(
                        &__TYPE,
                        0usize,
                        ::vellum::private::vec![
                            < M as ::vellum::module::Module > ::tree(__0), < Vec < Option
                            < M > > as ::vellum::module::Module > ::tree(__1), < [Linear
                            < B >; N] as ::vellum::module::Module > ::tree(__2), < Option
                            < Box < Model:: < B, M, Unused, N > > > as
                            ::vellum::module::Module > ::tree(__3),
                            ::vellum::private::Tree::Skipped
                        ],
                    )
                }
            }
        }
        fn tree_mut(
            &mut self,
        ) -> ::vellum::private::Tree<::vellum::private::LeafMut<'_>> {
            match self {
                Model { inner: __0, list: __1, arrays: __2, next: __3, .. } => {
                    ::vellum::private::Declaration::tree_mut(
                        &__TYPE,
                        0usize,
                        ::vellum::private::vec![
                            < M as ::vellum::module::Module > ::tree_mut(__0), < Vec <
                            Option < M > > as ::vellum::module::Module > ::tree_mut(__1),
                            < [Linear < B >; N] as ::vellum::module::Module >
                            ::tree_mut(__2), < Option < Box < Model:: < B, M, Unused, N >
                            > > as ::vellum::module::Module > ::tree_mut(__3),
                            ::vellum::private::Tree::Skipped
                        ],
                    )
                }
            }
        }
        fn record(&self) -> ModelRecord<B, M, Unused, N> {
            match self {
                Model { inner: __0, list: __1, arrays: __2, next: __3, .. } => {
                    ModelRecord::<B, M, Unused, N> {
                        inner: <M as ::vellum::module::Module>::record(__0),
                        list: <Vec<Option<M>> as ::vellum::module::Module>::record(__1),
                        arrays: <[Linear<
                            B,
                        >; N] as ::vellum::module::Module>::record(__2),
                        next: <Option<
                            Box<Model<B, M, Unused, N>>,
                        > as ::vellum::module::Module>::record(__3),
                        skipped: ::vellum::record::Skipped,
                    }
                }
            }
        }
        fn into_record(self) -> ModelRecord<B, M, Unused, N> {
            match self {
                Model { inner: __0, list: __1, arrays: __2, next: __3, .. } => {
                    ModelRecord::<B, M, Unused, N> {
                        inner: <M as ::vellum::module::Module>::into_record(__0),
                        list: <Vec<
                            Option<M>,
                        > as ::vellum::module::Module>::into_record(__1),
                        arrays: <[Linear<
                            B,
                        >; N] as ::vellum::module::Module>::into_record(__2),
                        next: <Option<
                            Box<Model<B, M, Unused, N>>,
                        > as ::vellum::module::Module>::into_record(__3),
                        skipped: ::vellum::record::Skipped,
                    }
                }
            }
        }
        fn clone_record(
            __record: &ModelRecord<B, M, Unused, N>,
        ) -> ModelRecord<B, M, Unused, N> {
            match __record {
                ModelRecord::<B, M, Unused, N> {
                    inner: __0,
                    list: __1,
                    arrays: __2,
                    next: __3,
                    ..
                } => {
                    ModelRecord::<B, M, Unused, N> {
                        inner: <M as ::vellum::module::Module>::clone_record(&*__0),
                        list: <Vec<
                            Option<M>,
                        > as ::vellum::module::Module>::clone_record(&*__1),
                        arrays: <[Linear<
                            B,
                        >; N] as ::vellum::module::Module>::clone_record(&*__2),
                        next: <Option<
                            Box<Model<B, M, Unused, N>>,
                        > as ::vellum::module::Module>::clone_record(&*__3),
                        skipped: ::vellum::record::Skipped,
                    }
                }
            }
        }
        fn build(
            __record: ModelRecord<B, M, Unused, N>,
            __builder: &mut ::vellum::private::Builder,
        ) -> ::core::option::Option<Self> {
            match __record {
                ModelRecord::<B, M, Unused, N> {
                    inner: __0,
                    list: __1,
                    arrays: __2,
                    next: __3,
                    ..
                } => {
                    let mut __parts = ::vellum::private::Builder::declared(
                        __builder,
                        &__TYPE,
                        0usize,
                    );
                    let __0 = ::vellum::private::Parts::field(
                        &mut __parts,
                        0usize,
                        __0,
                        <M as ::vellum::module::Module>::build,
                    );
                    let __1 = ::vellum::private::Parts::field(
                        &mut __parts,
                        1usize,
                        __1,
                        <Vec<Option<M>> as ::vellum::module::Module>::build,
                    );
                    let __2 = ::vellum::private::Parts::field(
                        &mut __parts,
                        2usize,
                        __2,
                        <[Linear<B>; N] as ::vellum::module::Module>::build,
                    );
                    let __3 = ::vellum::private::Parts::field(
                        &mut __parts,
                        3usize,
                        __3,
                        <Option<
                            Box<Model<B, M, Unused, N>>,
                        > as ::vellum::module::Module>::build,
                    );
                    ::vellum::private::Parts::finish(__parts);
                    match (__0, __1, __2, __3) {
                        (
                            ::core::option::Option::Some(__0),
                            ::core::option::Option::Some(__1),
                            ::core::option::Option::Some(__2),
                            ::core::option::Option::Some(__3),
                        ) => {
                            ::core::option::Option::Some(Model {
                                inner: __0,
                                list: __1,
                                arrays: __2,
                                next: __3,
                                skipped: <PhantomData<
                                    Unused,
                                > as ::vellum::private::Anew>::anew(),
                            })
                        }
                        _ => ::core::option::Option::None,
                    }
                }
            }
        }
    }
    #[automatically_derived]
    impl<B: Backend, M, Unused, const N: usize> ::vellum::record::Record
    for ModelRecord<B, M, Unused, N>
    where
        M: Clone,
        M: ::vellum::module::Module,
    {
        fn schema() -> ::vellum::private::Schema {
            ::vellum::private::Declaration::fields_schema(
                &__TYPE,
                0,
                ::core::any::type_name::<ModelRecord<B, M, Unused, N>>(),
                &[
                    <<M as ::vellum::module::Module>::Record as ::vellum::record::Record>::schema,
                    <<Vec<
                        Option<M>,
                    > as ::vellum::module::Module>::Record as ::vellum::record::Record>::schema,
                    <<[Linear<
                        B,
                    >; N] as ::vellum::module::Module>::Record as ::vellum::record::Record>::schema,
                    <<Option<
                        Box<Model<B, M, Unused, N>>,
                    > as ::vellum::module::Module>::Record as ::vellum::record::Record>::schema,
                    ::vellum::private::nil,
                ],
            )
        }
        fn tree(
            self: &ModelRecord<B, M, Unused, N>,
        ) -> ::vellum::private::Tree<::vellum::private::LeafRef<'_>> {
            match self {
                ModelRecord::<B, M, Unused, N> {
                    inner: __0,
                    list: __1,
                    arrays: __2,
                    next: __3,
                    ..
                } => {
                    ::vellum::private::Declaration::tree(
                        &__TYPE,
                        0usize,
                        ::vellum::private::vec![
                            < < M as ::vellum::module::Module > ::Record as
                            ::vellum::record::Record > ::tree(__0), < < Vec < Option < M
                            > > as ::vellum::module::Module > ::Record as
                            ::vellum::record::Record > ::tree(__1), < < [Linear < B >; N]
                            as ::vellum::module::Module > ::Record as
                            ::vellum::record::Record > ::tree(__2), < < Option < Box <
                            Model:: < B, M, Unused, N > > > as ::vellum::module::Module >
                            ::Record as ::vellum::record::Record > ::tree(__3),
                            ::vellum::private::Tree::Skipped
                        ],
                    )
                }
            }
        }
        fn into_item(
            self: ModelRecord<B, M, Unused, N>,
        ) -> ::core::result::Result<::vellum::private::Item, ::vellum::Error> {
            ::core::result::Result::Ok(
                match self {
                    ModelRecord::<B, M, Unused, N> {
                        inner: __0,
                        list: __1,
                        arrays: __2,
                        next: __3,
                        ..
                    } => {
                        ::vellum::private::Declaration::item(
                            &__TYPE,
                            0usize,
                            ::vellum::private::vec![
                                < < M as ::vellum::module::Module > ::Record as
                                ::vellum::record::Record > ::into_item(__0) ?, < < Vec <
                                Option < M > > as ::vellum::module::Module > ::Record as
                                ::vellum::record::Record > ::into_item(__1) ?, < < [Linear <
                                B >; N] as ::vellum::module::Module > ::Record as
                                ::vellum::record::Record > ::into_item(__2) ?, < < Option <
                                Box < Model:: < B, M, Unused, N > > > as
                                ::vellum::module::Module > ::Record as
                                ::vellum::record::Record > ::into_item(__3) ?,
                                ::vellum::private::Item::Nil
                            ],
                        )
                    }
                },
            )
        }
        fn bind(
            __item: ::vellum::private::Item,
            __binder: &mut ::vellum::private::Binder<'_>,
        ) -> ::core::option::Option<ModelRecord<B, M, Unused, N>> {
            let ::core::option::Option::Some((__variant, mut __fields)) = ::vellum::private::Binder::declared(
                __binder,
                __item,
                &__TYPE,
            ) else {
                return ::core::option::Option::None;
            };
            match __variant {
                _ => {
                    let __0 = ::vellum::private::Fields::field(
                        &mut __fields,
                        0usize,
                        <<M as ::vellum::module::Module>::Record as ::vellum::record::Record>::NEEDS_NOTHING,
                        <<M as ::vellum::module::Module>::Record as ::vellum::record::Record>::bind,
                    );
                    let __1 = ::vellum::private::Fields::field(
                        &mut __fields,
                        1usize,
                        <<Vec<
                            Option<M>,
                        > as ::vellum::module::Module>::Record as ::vellum::record::Record>::NEEDS_NOTHING,
                        <<Vec<
                            Option<M>,
                        > as ::vellum::module::Module>::Record as ::vellum::record::Record>::bind,
                    );
                    let __2 = ::vellum::private::Fields::field(
                        &mut __fields,
                        2usize,
                        <<[Linear<
                            B,
                        >; N] as ::vellum::module::Module>::Record as ::vellum::record::Record>::NEEDS_NOTHING,
                        <<[Linear<
                            B,
                        >; N] as ::vellum::module::Module>::Record as ::vellum::record::Record>::bind,
                    );
                    let __3 = ::vellum::private::Fields::field(
                        &mut __fields,
                        3usize,
                        <<Option<
                            Box<Model<B, M, Unused, N>>,
                        > as ::vellum::module::Module>::Record as ::vellum::record::Record>::NEEDS_NOTHING,
                        <<Option<
                            Box<Model<B, M, Unused, N>>,
                        > as ::vellum::module::Module>::Record as ::vellum::record::Record>::bind,
                    );
                    let __4 = ::vellum::private::Fields::field(
                        &mut __fields,
                        4usize,
                        true,
                        <::vellum::record::Skipped as ::vellum::record::Record>::bind,
                    );
                    ::vellum::private::Fields::finish(__fields);
                    match (__0, __1, __2, __3, __4) {
                        (
                            ::core::option::Option::Some(__0),
                            ::core::option::Option::Some(__1),
                            ::core::option::Option::Some(__2),
                            ::core::option::Option::Some(__3),
                            ::core::option::Option::Some(__4),
                        ) => {
                            ::core::option::Option::Some(ModelRecord::<B, M, Unused, N> {
                                inner: __0,
                                list: __1,
                                arrays: __2,
                                next: __3,
                                skipped: __4,
                            })
                        }
                        _ => ::core::option::Option::None,
                    }
                }
            }
        }
    }
    #[automatically_derived]
    impl<B: Backend, M, Unused, const N: usize> ::core::clone::Clone
    for ModelRecord<B, M, Unused, N>
    where
        M: Clone,
        M: ::vellum::module::Module,
    {
        fn clone(self: &ModelRecord<B, M, Unused, N>) -> ModelRecord<B, M, Unused, N> {
            match self {
                ModelRecord::<B, M, Unused, N> {
                    inner: _,
                    list: _,
                    arrays: _,
                    next: _,
                    ..
                } => {}
            }
            <Model<B, M, Unused, N> as ::vellum::module::Module>::clone_record(self)
        }
    }
    #[automatically_derived]
    impl<B: Backend, M, Unused, const N: usize> ::core::fmt::Debug
    for ModelRecord<B, M, Unused, N>
    where
        M: Clone,
        M: ::vellum::module::Module,
    {
        fn fmt(
            self: &ModelRecord<B, M, Unused, N>,
            __formatter: &mut ::core::fmt::Formatter<'_>,
        ) -> ::core::fmt::Result {
            ::vellum::private::debug(
                &<ModelRecord<B, M, Unused, N> as ::vellum::record::Record>::tree(self),
                __formatter,
            )
        }
    }
};
