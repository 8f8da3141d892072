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
    #[cfg(doc)]
    /// The record of `inner`.
    inner: <M as ::vellum::module::Module>::Record,
    #[cfg(not(doc))]
    /// The record of `inner`.
    inner: <<(
        M,
        [(); {
            use ::vellum::private::Unproven as _;
            struct __Proof<
                B: ?::core::marker::Sized,
                M: ?::core::marker::Sized,
                Unused: ?::core::marker::Sized,
                const N: usize,
            >(
                ::core::marker::PhantomData<*const B>,
                ::core::marker::PhantomData<*const M>,
                ::core::marker::PhantomData<*const Unused>,
            );
            impl<B: Backend, M, Unused, const N: usize> __Proof<B, M, Unused, N>
            where
                M: Clone,
                M: ::vellum::module::Module,
            {
                const __HELD: ::core::primitive::usize = {
                    let _ = <<M as ::vellum::private::Same>::Type as ::vellum::module::Module>::tree;
                    0
                };
            }
            <__Proof<
                ::vellum::backend::NdArray,
                ::vellum::module::Param<::core::primitive::f32>,
                ::core::primitive::f32,
                { <_ as ::vellum::private::Example>::VALUE },
            >>::__HELD
        }],
    ) as ::vellum::private::Proven>::Type as ::vellum::module::Module>::Record,
    #[cfg(doc)]
    /// The record of `list`.
    list: <Vec<Option<M>> as ::vellum::module::Module>::Record,
    #[cfg(not(doc))]
    /// The record of `list`.
    list: <<(
        Vec<Option<M>>,
        [(); {
            use ::vellum::private::Unproven as _;
            struct __Proof<
                B: ?::core::marker::Sized,
                M: ?::core::marker::Sized,
                Unused: ?::core::marker::Sized,
                const N: usize,
            >(
                ::core::marker::PhantomData<*const B>,
                ::core::marker::PhantomData<*const M>,
                ::core::marker::PhantomData<*const Unused>,
            );
            impl<B: Backend, M, Unused, const N: usize> __Proof<B, M, Unused, N>
            where
                M: Clone,
                M: ::vellum::module::Module,
            {
                const __HELD: ::core::primitive::usize = {
                    let _ = <<Vec<
                        Option<M>,
                    > as ::vellum::private::Same>::Type as ::vellum::module::Module>::tree;
                    0
                };
            }
            <__Proof<
                ::vellum::backend::NdArray,
                ::vellum::module::Param<::core::primitive::f32>,
                ::core::primitive::f32,
                { <_ as ::vellum::private::Example>::VALUE },
            >>::__HELD
        }],
    ) as ::vellum::private::Proven>::Type as ::vellum::module::Module>::Record,
    #[cfg(doc)]
    /// The record of `arrays`.
    arrays: <[Linear<B>; N] as ::vellum::module::Module>::Record,
    #[cfg(not(doc))]
    /// The record of `arrays`.
    arrays: <<(
        [Linear<B>; N],
        [(); {
            use ::vellum::private::Unproven as _;
            struct __Proof<
                B: ?::core::marker::Sized,
                M: ?::core::marker::Sized,
                Unused: ?::core::marker::Sized,
                const N: usize,
            >(
                ::core::marker::PhantomData<*const B>,
                ::core::marker::PhantomData<*const M>,
                ::core::marker::PhantomData<*const Unused>,
            );
            impl<B: Backend, M, Unused, const N: usize> __Proof<B, M, Unused, N>
            where
                M: Clone,
                M: ::vellum::module::Module,
            {
                const __HELD: ::core::primitive::usize = {
                    let _ = <<[Linear<
                        B,
                    >; N] as ::vellum::private::Same>::Type as ::vellum::module::Module>::tree;
                    0
                };
            }
            <__Proof<
                ::vellum::backend::NdArray,
                ::vellum::module::Param<::core::primitive::f32>,
                ::core::primitive::f32,
                { <_ as ::vellum::private::Example>::VALUE },
            >>::__HELD
        }],
    ) as ::vellum::private::Proven>::Type as ::vellum::module::Module>::Record,
    #[cfg(doc)]
    /// The record of `next`.
    next: <Option<Box<Model<B, M, Unused, N>>> as ::vellum::module::Module>::Record,
    #[cfg(not(doc))]
    /// The record of `next`.
    next: <<(
        Option<Box<Model<B, M, Unused, N>>>,
        [(); {
            use ::vellum::private::Unproven as _;
            struct __Proof<
                B: ?::core::marker::Sized,
                M: ?::core::marker::Sized,
                Unused: ?::core::marker::Sized,
                const N: usize,
            >(
                ::core::marker::PhantomData<*const B>,
                ::core::marker::PhantomData<*const M>,
                ::core::marker::PhantomData<*const Unused>,
            );
            impl<B: Backend, M, Unused, const N: usize> __Proof<B, M, Unused, N>
            where
                M: Clone,
                M: ::vellum::module::Module,
            {
                const __HELD: ::core::primitive::usize = {
                    let _ = <<Option<
                        Box<Model<B, M, Unused, N>>,
                    > as ::vellum::private::Same>::Type as ::vellum::module::Module>::tree;
                    0
                };
            }
            <__Proof<
                ::vellum::backend::NdArray,
                ::vellum::module::Param<::core::primitive::f32>,
                ::core::primitive::f32,
                { <_ as ::vellum::private::Example>::VALUE },
            >>::__HELD
        }],
    ) as ::vellum::private::Proven>::Type as ::vellum::module::Module>::Record,
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
    trait __Parts {
        type Field0;
        type Field1;
        type Field2;
        type Field3;
        type Held0;
    }
    impl<B: Backend, M, Unused, const N: usize> __Parts for Model<B, M, Unused, N>
    where
        M: Clone,
        M: ::vellum::module::Module,
    {
        type Held0 = [(); {
            use ::vellum::private::Unproven as _;
            struct __Proof<
                B: ?::core::marker::Sized,
                M: ?::core::marker::Sized,
                Unused: ?::core::marker::Sized,
                const N: usize,
            >(
                ::core::marker::PhantomData<*const B>,
                ::core::marker::PhantomData<*const M>,
                ::core::marker::PhantomData<*const Unused>,
            );
            impl<B: Backend, M, Unused, const N: usize> __Proof<B, M, Unused, N>
            where
                M: Clone,
                M: ::vellum::module::Module,
            {
                const __HELD: ::core::primitive::usize = {
                    let _ = <<M as ::vellum::private::Same>::Type as ::vellum::module::Module>::tree;
                    let _ = <<Vec<
                        Option<M>,
                    > as ::vellum::private::Same>::Type as ::vellum::module::Module>::tree;
                    let _ = <<[Linear<
                        B,
                    >; N] as ::vellum::private::Same>::Type as ::vellum::module::Module>::tree;
                    let _ = <<Option<
                        Box<Model<B, M, Unused, N>>,
                    > as ::vellum::private::Same>::Type as ::vellum::module::Module>::tree;
                    0
                };
            }
            <__Proof<
                ::vellum::backend::NdArray,
                ::vellum::module::Param<::core::primitive::f32>,
                ::core::primitive::f32,
                { <_ as ::vellum::private::Example>::VALUE },
            >>::__HELD
        }];
        type Field0 = <(M, <Self as __Parts>::Held0) as ::vellum::private::Proven>::Type;
        type Field1 = <(
            Vec<Option<M>>,
            <Self as __Parts>::Held0,
        ) as ::vellum::private::Proven>::Type;
        type Field2 = <(
            [Linear<B>; N],
            <Self as __Parts>::Held0,
        ) as ::vellum::private::Proven>::Type;
        type Field3 = <(
            Option<Box<Model<B, M, Unused, N>>>,
            <Self as __Parts>::Held0,
        ) as ::vellum::private::Proven>::Type;
    }
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
                Self { inner: __0, list: __1, arrays: __2, next: __3, .. } => {
                    <::vellum::private::Declaration>::tree(
                        &__TYPE,
                        0usize,
                        ::vellum::private::list([
                            <<Model<
                                B,
                                M,
                                Unused,
                                N,
                            > as __Parts>::Field0 as ::vellum::module::Module>::tree(
                                __0,
                            ),
                            <<Model<
                                B,
                                M,
                                Unused,
                                N,
                            > as __Parts>::Field1 as ::vellum::module::Module>::tree(
                                __1,
                            ),
                            <<Model<
                                B,
                                M,
                                Unused,
                                N,
                            > as __Parts>::Field2 as ::vellum::module::Module>::tree(
                                __2,
                            ),
                            <<Model<
                                B,
                                M,
                                Unused,
                                N,
                            > as __Parts>::Field3 as ::vellum::module::Module>::tree(
                                __3,
                            ),
                            <::vellum::private::Tree<_>>::Skipped,
                        ]),
                    )
                }
            }
        }
        fn tree_mut(
            &mut self,
        ) -> ::vellum::private::Tree<::vellum::private::LeafMut<'_>> {
            match self {
                Self { inner: __0, list: __1, arrays: __2, next: __3, .. } => {
                    <::vellum::private::Declaration>::tree_mut(
                        &__TYPE,
                        0usize,
                        ::vellum::private::list([
                            <<Model<
                                B,
                                M,
                                Unused,
                                N,
                            > as __Parts>::Field0 as ::vellum::module::Module>::tree_mut(
                                __0,
                            ),
                            <<Model<
                                B,
                                M,
                                Unused,
                                N,
                            > as __Parts>::Field1 as ::vellum::module::Module>::tree_mut(
                                __1,
                            ),
                            <<Model<
                                B,
                                M,
                                Unused,
                                N,
                            > as __Parts>::Field2 as ::vellum::module::Module>::tree_mut(
                                __2,
                            ),
                            <<Model<
                                B,
                                M,
                                Unused,
                                N,
                            > as __Parts>::Field3 as ::vellum::module::Module>::tree_mut(
                                __3,
                            ),
                            <::vellum::private::Tree<_>>::Skipped,
                        ]),
                    )
                }
            }
        }
        fn record(&self) -> ModelRecord<B, M, Unused, N> {
            match self {
                Self { inner: __0, list: __1, arrays: __2, next: __3, .. } => {
                    ModelRecord {
                        inner: <<Model<
                            B,
                            M,
                            Unused,
                            N,
                        > as __Parts>::Field0 as ::vellum::module::Module>::record(__0),
                        list: <<Model<
                            B,
                            M,
                            Unused,
                            N,
                        > as __Parts>::Field1 as ::vellum::module::Module>::record(__1),
                        arrays: <<Model<
                            B,
                            M,
                            Unused,
                            N,
                        > as __Parts>::Field2 as ::vellum::module::Module>::record(__2),
                        next: <<Model<
                            B,
                            M,
                            Unused,
                            N,
                        > as __Parts>::Field3 as ::vellum::module::Module>::record(__3),
                        skipped: ::vellum::record::Skipped,
                    }
                }
            }
        }
        fn into_record(self) -> ModelRecord<B, M, Unused, N> {
            if false {
                use ::vellum::private::DropsParts as _;
                let __whole = <::vellum::private::Whole<
                    Self,
                    _,
                >>::of(|| -> (
                    <Model<B, M, Unused, N> as __Parts>::Field0,
                    <Model<B, M, Unused, N> as __Parts>::Field1,
                    <Model<B, M, Unused, N> as __Parts>::Field2,
                    <Model<B, M, Unused, N> as __Parts>::Field3,
                ) { loop {} });
                <::vellum::private::Whole<Self, ()>>::take_apart(__whole.__drops());
            }
            match self {
                Self { inner: __0, list: __1, arrays: __2, next: __3, .. } => {
                    ModelRecord {
                        inner: <<Model<
                            B,
                            M,
                            Unused,
                            N,
                        > as __Parts>::Field0 as ::vellum::module::Module>::into_record(
                            __0,
                        ),
                        list: <<Model<
                            B,
                            M,
                            Unused,
                            N,
                        > as __Parts>::Field1 as ::vellum::module::Module>::into_record(
                            __1,
                        ),
                        arrays: <<Model<
                            B,
                            M,
                            Unused,
                            N,
                        > as __Parts>::Field2 as ::vellum::module::Module>::into_record(
                            __2,
                        ),
                        next: <<Model<
                            B,
                            M,
                            Unused,
                            N,
                        > as __Parts>::Field3 as ::vellum::module::Module>::into_record(
                            __3,
                        ),
                        skipped: ::vellum::record::Skipped,
                    }
                }
            }
        }
        fn clone_record(
            __record: &ModelRecord<B, M, Unused, N>,
        ) -> ModelRecord<B, M, Unused, N> {
            match __record {
                ModelRecord { inner: __0, list: __1, arrays: __2, next: __3, .. } => {
                    ModelRecord {
                        inner: <<Model<
                            B,
                            M,
                            Unused,
                            N,
                        > as __Parts>::Field0 as ::vellum::module::Module>::clone_record(
                            __0,
                        ),
                        list: <<Model<
                            B,
                            M,
                            Unused,
                            N,
                        > as __Parts>::Field1 as ::vellum::module::Module>::clone_record(
                            __1,
                        ),
                        arrays: <<Model<
                            B,
                            M,
                            Unused,
                            N,
                        > as __Parts>::Field2 as ::vellum::module::Module>::clone_record(
                            __2,
                        ),
                        next: <<Model<
                            B,
                            M,
                            Unused,
                            N,
                        > as __Parts>::Field3 as ::vellum::module::Module>::clone_record(
                            __3,
                        ),
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
                ModelRecord { inner: __0, list: __1, arrays: __2, next: __3, .. } => {
                    let mut __parts = <::vellum::private::Builder>::declared(
                        __builder,
                        &__TYPE,
                        0usize,
                    );
                    let __0 = <::vellum::private::Parts<
                        '_,
                    >>::field(
                        &mut __parts,
                        0usize,
                        __0,
                        <<Model<
                            B,
                            M,
                            Unused,
                            N,
                        > as __Parts>::Field0 as ::vellum::module::Module>::build,
                    );
                    let __1 = <::vellum::private::Parts<
                        '_,
                    >>::field(
                        &mut __parts,
                        1usize,
                        __1,
                        <<Model<
                            B,
                            M,
                            Unused,
                            N,
                        > as __Parts>::Field1 as ::vellum::module::Module>::build,
                    );
                    let __2 = <::vellum::private::Parts<
                        '_,
                    >>::field(
                        &mut __parts,
                        2usize,
                        __2,
                        <<Model<
                            B,
                            M,
                            Unused,
                            N,
                        > as __Parts>::Field2 as ::vellum::module::Module>::build,
                    );
                    let __3 = <::vellum::private::Parts<
                        '_,
                    >>::field(
                        &mut __parts,
                        3usize,
                        __3,
                        <<Model<
                            B,
                            M,
                            Unused,
                            N,
                        > as __Parts>::Field3 as ::vellum::module::Module>::build,
                    );
                    <::vellum::private::Parts<'_>>::finish(__parts);
                    match (__0, __1, __2, __3) {
                        (
                            ::core::option::Option::Some(__0),
                            ::core::option::Option::Some(__1),
                            ::core::option::Option::Some(__2),
                            ::core::option::Option::Some(__3),
                        ) => {
                            ::core::option::Option::Some(Self {
                                inner: (__0,).0,
                                list: (__1,).0,
                                arrays: (__2,).0,
                                next: (__3,).0,
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
            <::vellum::private::Declaration>::fields_schema(
                &__TYPE,
                0,
                ::core::any::type_name::<ModelRecord<B, M, Unused, N>>(),
                &[
                    <<<Model<
                        B,
                        M,
                        Unused,
                        N,
                    > as __Parts>::Field0 as ::vellum::module::Module>::Record as ::vellum::record::Record>::schema,
                    <<<Model<
                        B,
                        M,
                        Unused,
                        N,
                    > as __Parts>::Field1 as ::vellum::module::Module>::Record as ::vellum::record::Record>::schema,
                    <<<Model<
                        B,
                        M,
                        Unused,
                        N,
                    > as __Parts>::Field2 as ::vellum::module::Module>::Record as ::vellum::record::Record>::schema,
                    <<<Model<
                        B,
                        M,
                        Unused,
                        N,
                    > as __Parts>::Field3 as ::vellum::module::Module>::Record as ::vellum::record::Record>::schema,
                    ::vellum::private::nil,
                ],
            )
        }
        fn tree(&self) -> ::vellum::private::Tree<::vellum::private::LeafRef<'_>> {
            match self {
                ModelRecord { inner: __0, list: __1, arrays: __2, next: __3, .. } => {
                    <::vellum::private::Declaration>::tree(
                        &__TYPE,
                        0usize,
                        ::vellum::private::list([
                            <<<Model<
                                B,
                                M,
                                Unused,
                                N,
                            > as __Parts>::Field0 as ::vellum::module::Module>::Record as ::vellum::record::Record>::tree(
                                __0,
                            ),
                            <<<Model<
                                B,
                                M,
                                Unused,
                                N,
                            > as __Parts>::Field1 as ::vellum::module::Module>::Record as ::vellum::record::Record>::tree(
                                __1,
                            ),
                            <<<Model<
                                B,
                                M,
                                Unused,
                                N,
                            > as __Parts>::Field2 as ::vellum::module::Module>::Record as ::vellum::record::Record>::tree(
                                __2,
                            ),
                            <<<Model<
                                B,
                                M,
                                Unused,
                                N,
                            > as __Parts>::Field3 as ::vellum::module::Module>::Record as ::vellum::record::Record>::tree(
                                __3,
                            ),
                            <::vellum::private::Tree<_>>::Skipped,
                        ]),
                    )
                }
            }
        }
        fn into_item(
            self,
        ) -> ::core::result::Result<::vellum::private::Item, ::vellum::Error> {
            ::core::result::Result::Ok(
                match self {
                    ModelRecord { inner: __0, list: __1, arrays: __2, next: __3, .. } => {
                        <::vellum::private::Declaration>::item(
                            &__TYPE,
                            0usize,
                            ::vellum::private::list([
                                <<<Model<
                                    B,
                                    M,
                                    Unused,
                                    N,
                                > as __Parts>::Field0 as ::vellum::module::Module>::Record as ::vellum::record::Record>::into_item(
                                    __0,
                                )?,
                                <<<Model<
                                    B,
                                    M,
                                    Unused,
                                    N,
                                > as __Parts>::Field1 as ::vellum::module::Module>::Record as ::vellum::record::Record>::into_item(
                                    __1,
                                )?,
                                <<<Model<
                                    B,
                                    M,
                                    Unused,
                                    N,
                                > as __Parts>::Field2 as ::vellum::module::Module>::Record as ::vellum::record::Record>::into_item(
                                    __2,
                                )?,
                                <<<Model<
                                    B,
                                    M,
                                    Unused,
                                    N,
                                > as __Parts>::Field3 as ::vellum::module::Module>::Record as ::vellum::record::Record>::into_item(
                                    __3,
                                )?,
                                <::vellum::private::Item>::Nil,
                            ]),
                        )
                    }
                },
            )
        }
        fn bind(
            __item: ::vellum::private::Item,
            __binder: &mut ::vellum::private::Binder<'_>,
        ) -> ::core::option::Option<Self> {
            let ::core::option::Option::Some((__variant, mut __fields)) = <::vellum::private::Binder<
                '_,
            >>::declared(__binder, __item, &__TYPE) else {
                return ::core::option::Option::None;
            };
            match __variant {
                _ => {
                    let __0 = <::vellum::private::Fields<
                        '_,
                        '_,
                    >>::field(
                        &mut __fields,
                        0usize,
                        <<<Model<
                            B,
                            M,
                            Unused,
                            N,
                        > as __Parts>::Field0 as ::vellum::module::Module>::Record as ::vellum::record::Record>::NEEDS_NOTHING,
                        <<<Model<
                            B,
                            M,
                            Unused,
                            N,
                        > as __Parts>::Field0 as ::vellum::module::Module>::Record as ::vellum::record::Record>::bind,
                    );
                    let __1 = <::vellum::private::Fields<
                        '_,
                        '_,
                    >>::field(
                        &mut __fields,
                        1usize,
                        <<<Model<
                            B,
                            M,
                            Unused,
                            N,
                        > as __Parts>::Field1 as ::vellum::module::Module>::Record as ::vellum::record::Record>::NEEDS_NOTHING,
                        <<<Model<
                            B,
                            M,
                            Unused,
                            N,
                        > as __Parts>::Field1 as ::vellum::module::Module>::Record as ::vellum::record::Record>::bind,
                    );
                    let __2 = <::vellum::private::Fields<
                        '_,
                        '_,
                    >>::field(
                        &mut __fields,
                        2usize,
                        <<<Model<
                            B,
                            M,
                            Unused,
                            N,
                        > as __Parts>::Field2 as ::vellum::module::Module>::Record as ::vellum::record::Record>::NEEDS_NOTHING,
                        <<<Model<
                            B,
                            M,
                            Unused,
                            N,
                        > as __Parts>::Field2 as ::vellum::module::Module>::Record as ::vellum::record::Record>::bind,
                    );
                    let __3 = <::vellum::private::Fields<
                        '_,
                        '_,
                    >>::field(
                        &mut __fields,
                        3usize,
                        <<<Model<
                            B,
                            M,
                            Unused,
                            N,
                        > as __Parts>::Field3 as ::vellum::module::Module>::Record as ::vellum::record::Record>::NEEDS_NOTHING,
                        <<<Model<
                            B,
                            M,
                            Unused,
                            N,
                        > as __Parts>::Field3 as ::vellum::module::Module>::Record as ::vellum::record::Record>::bind,
                    );
                    let __4 = <::vellum::private::Fields<
                        '_,
                        '_,
                    >>::field(
                        &mut __fields,
                        4usize,
                        true,
                        <::vellum::record::Skipped as ::vellum::record::Record>::bind,
                    );
                    <::vellum::private::Fields<'_, '_>>::finish(__fields);
                    match (__0, __1, __2, __3, __4) {
                        (
                            ::core::option::Option::Some(__0),
                            ::core::option::Option::Some(__1),
                            ::core::option::Option::Some(__2),
                            ::core::option::Option::Some(__3),
                            ::core::option::Option::Some(__4),
                        ) => {
                            ::core::option::Option::Some(ModelRecord {
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
        fn clone(&self) -> Self {
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
            &self,
            __formatter: &mut ::core::fmt::Formatter<'_>,
        ) -> ::core::fmt::Result {
            ::vellum::private::debug(
                &<Self as ::vellum::record::Record>::tree(self),
                __formatter,
            )
        }
    }
};
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
    impl<B: Backend, M, Unused, const N: usize> ::vellum::private::HasModule
    for Model<B, M, Unused, N>
    where
        M: Clone,
    {}
};
