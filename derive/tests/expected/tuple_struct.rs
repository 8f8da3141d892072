/// The record of [`Pair`]: what is saved of it, field by field.
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
struct PairRecord<M>(
    #[cfg(doc)]
    /// The record of `0`.
    pub <Linear as ::vellum::module::Module>::Record,
    #[cfg(not(doc))]
    /// The record of `0`.
    pub <<(
        Linear,
        [(); {
            use ::vellum::private::Unproven as _;
            struct __Proof<M: ?::core::marker::Sized>(
                ::core::marker::PhantomData<*const M>,
            );
            impl<M> __Proof<M>
            where
                M: ::vellum::module::Module,
            {
                const __HELD: ::core::primitive::usize = {
                    let _ = <<Linear as ::vellum::private::Same>::Type as ::vellum::module::Module>::tree;
                    0
                };
            }
            <__Proof<::vellum::module::Param<::core::primitive::f32>>>::__HELD
        }],
    ) as ::vellum::private::Proven>::Type as ::vellum::module::Module>::Record,
    #[cfg(doc)]
    /// The record of `1`.
    <M as ::vellum::module::Module>::Record,
    #[cfg(not(doc))]
    /// The record of `1`.
    <<(
        M,
        [(); {
            use ::vellum::private::Unproven as _;
            struct __Proof<M: ?::core::marker::Sized>(
                ::core::marker::PhantomData<*const M>,
            );
            impl<M> __Proof<M>
            where
                M: ::vellum::module::Module,
            {
                const __HELD: ::core::primitive::usize = {
                    let _ = <<M as ::vellum::private::Same>::Type as ::vellum::module::Module>::tree;
                    0
                };
            }
            <__Proof<::vellum::module::Param<::core::primitive::f32>>>::__HELD
        }],
    ) as ::vellum::private::Proven>::Type as ::vellum::module::Module>::Record,
)
where
    M: ::vellum::module::Module;
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
        name: "Pair",
        layer: ::vellum::record::LayerKind::Other,
        stateless: false,
        form: ::vellum::private::Form::Struct(
            &[
                ::vellum::private::DeclaredField {
                    name: "0",
                    aliases: &[],
                    optional: false,
                },
                ::vellum::private::DeclaredField {
                    name: "1",
                    aliases: &[],
                    optional: false,
                },
            ],
        ),
    };
    trait __Parts {
        type Field0;
        type Field1;
        type Held0;
    }
    impl<M> __Parts for Pair<M>
    where
        M: ::vellum::module::Module,
    {
        type Held0 = [(); {
            use ::vellum::private::Unproven as _;
            struct __Proof<M: ?::core::marker::Sized>(
                ::core::marker::PhantomData<*const M>,
            );
            impl<M> __Proof<M>
            where
                M: ::vellum::module::Module,
            {
                const __HELD: ::core::primitive::usize = {
                    let _ = <<Linear as ::vellum::private::Same>::Type as ::vellum::module::Module>::tree;
                    let _ = <<M as ::vellum::private::Same>::Type as ::vellum::module::Module>::tree;
                    0
                };
            }
            <__Proof<::vellum::module::Param<::core::primitive::f32>>>::__HELD
        }];
        type Field0 = <(
            Linear,
            <Self as __Parts>::Held0,
        ) as ::vellum::private::Proven>::Type;
        type Field1 = <(M, <Self as __Parts>::Held0) as ::vellum::private::Proven>::Type;
    }
    #[automatically_derived]
    impl<M> ::vellum::module::Module for Pair<M>
    where
        M: ::vellum::module::Module,
    {
        type Record = PairRecord<M>;
        fn tree(&self) -> ::vellum::private::Tree<::vellum::private::LeafRef<'_>> {
            match self {
                Self { 0: __0, 1: __1 } => {
                    <::vellum::private::Declaration>::tree(
                        &__TYPE,
                        0usize,
                        ::vellum::private::list([
                            <<Pair<
                                M,
                            > as __Parts>::Field0 as ::vellum::module::Module>::tree(
                                __0,
                            ),
                            <<Pair<
                                M,
                            > as __Parts>::Field1 as ::vellum::module::Module>::tree(__1),
                        ]),
                    )
                }
            }
        }
        fn tree_mut(
            &mut self,
        ) -> ::vellum::private::Tree<::vellum::private::LeafMut<'_>> {
            match self {
                Self { 0: __0, 1: __1 } => {
                    <::vellum::private::Declaration>::tree_mut(
                        &__TYPE,
                        0usize,
                        ::vellum::private::list([
                            <<Pair<
                                M,
                            > as __Parts>::Field0 as ::vellum::module::Module>::tree_mut(
                                __0,
                            ),
                            <<Pair<
                                M,
                            > as __Parts>::Field1 as ::vellum::module::Module>::tree_mut(
                                __1,
                            ),
                        ]),
                    )
                }
            }
        }
        fn record(&self) -> PairRecord<M> {
            match self {
                Self { 0: __0, 1: __1 } => {
                    PairRecord {
                        0: <<Pair<
                            M,
                        > as __Parts>::Field0 as ::vellum::module::Module>::record(__0),
                        1: <<Pair<
                            M,
                        > as __Parts>::Field1 as ::vellum::module::Module>::record(__1),
                    }
                }
            }
        }
        fn into_record(self) -> PairRecord<M> {
            if false {
                use ::vellum::private::DropsParts as _;
                let __whole = <::vellum::private::Whole<
                    Self,
                    _,
                >>::of(|| -> (
                    <Pair<M> as __Parts>::Field0,
                    <Pair<M> as __Parts>::Field1,
                ) { loop {} });
                <::vellum::private::Whole<Self, ()>>::take_apart(__whole.__drops());
            }
            match self {
                Self { 0: __0, 1: __1 } => {
                    PairRecord {
                        0: <<Pair<
                            M,
                        > as __Parts>::Field0 as ::vellum::module::Module>::into_record(
                            __0,
                        ),
                        1: <<Pair<
                            M,
                        > as __Parts>::Field1 as ::vellum::module::Module>::into_record(
                            __1,
                        ),
                    }
                }
            }
        }
        fn clone_record(__record: &PairRecord<M>) -> PairRecord<M> {
            match __record {
                PairRecord { 0: __0, 1: __1 } => {
                    PairRecord {
                        0: <<Pair<
                            M,
                        > as __Parts>::Field0 as ::vellum::module::Module>::clone_record(
                            __0,
                        ),
                        1: <<Pair<
                            M,
                        > as __Parts>::Field1 as ::vellum::module::Module>::clone_record(
                            __1,
                        ),
                    }
                }
            }
        }
        fn build(
            __record: PairRecord<M>,
            __builder: &mut ::vellum::private::Builder,
        ) -> ::core::option::Option<Self> {
            match __record {
                PairRecord { 0: __0, 1: __1 } => {
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
                        <<Pair<M> as __Parts>::Field0 as ::vellum::module::Module>::build,
                    );
                    let __1 = <::vellum::private::Parts<
                        '_,
                    >>::field(
                        &mut __parts,
                        1usize,
                        __1,
                        <<Pair<M> as __Parts>::Field1 as ::vellum::module::Module>::build,
                    );
                    <::vellum::private::Parts<'_>>::finish(__parts);
                    match (__0, __1) {
                        (
                            ::core::option::Option::Some(__0),
                            ::core::option::Option::Some(__1),
                        ) => {
                            ::core::option::Option::Some(Self {
                                0: (__0,).0,
                                1: (__1,).0,
                            })
                        }
                        _ => ::core::option::Option::None,
                    }
                }
            }
        }
    }
    #[automatically_derived]
    impl<M> ::vellum::record::Record for PairRecord<M>
    where
        M: ::vellum::module::Module,
    {
        fn schema() -> ::vellum::private::Schema {
            <::vellum::private::Declaration>::fields_schema(
                &__TYPE,
                0,
                ::core::any::type_name::<PairRecord<M>>(),
                &[
                    <<<Pair<
                        M,
                    > as __Parts>::Field0 as ::vellum::module::Module>::Record as ::vellum::record::Record>::schema,
                    <<<Pair<
                        M,
                    > as __Parts>::Field1 as ::vellum::module::Module>::Record as ::vellum::record::Record>::schema,
                ],
            )
        }
        fn tree(&self) -> ::vellum::private::Tree<::vellum::private::LeafRef<'_>> {
            match self {
                PairRecord { 0: __0, 1: __1 } => {
                    <::vellum::private::Declaration>::tree(
                        &__TYPE,
                        0usize,
                        ::vellum::private::list([
                            <<<Pair<
                                M,
                            > as __Parts>::Field0 as ::vellum::module::Module>::Record as ::vellum::record::Record>::tree(
                                __0,
                            ),
                            <<<Pair<
                                M,
                            > as __Parts>::Field1 as ::vellum::module::Module>::Record as ::vellum::record::Record>::tree(
                                __1,
                            ),
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
                    PairRecord { 0: __0, 1: __1 } => {
                        <::vellum::private::Declaration>::item(
                            &__TYPE,
                            0usize,
                            ::vellum::private::list([
                                <<<Pair<
                                    M,
                                > as __Parts>::Field0 as ::vellum::module::Module>::Record as ::vellum::record::Record>::into_item(
                                    __0,
                                )?,
                                <<<Pair<
                                    M,
                                > as __Parts>::Field1 as ::vellum::module::Module>::Record as ::vellum::record::Record>::into_item(
                                    __1,
                                )?,
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
                        <<<Pair<
                            M,
                        > as __Parts>::Field0 as ::vellum::module::Module>::Record as ::vellum::record::Record>::NEEDS_NOTHING,
                        <<<Pair<
                            M,
                        > as __Parts>::Field0 as ::vellum::module::Module>::Record as ::vellum::record::Record>::bind,
                    );
                    let __1 = <::vellum::private::Fields<
                        '_,
                        '_,
                    >>::field(
                        &mut __fields,
                        1usize,
                        <<<Pair<
                            M,
                        > as __Parts>::Field1 as ::vellum::module::Module>::Record as ::vellum::record::Record>::NEEDS_NOTHING,
                        <<<Pair<
                            M,
                        > as __Parts>::Field1 as ::vellum::module::Module>::Record as ::vellum::record::Record>::bind,
                    );
                    <::vellum::private::Fields<'_, '_>>::finish(__fields);
                    match (__0, __1) {
                        (
                            ::core::option::Option::Some(__0),
                            ::core::option::Option::Some(__1),
                        ) => ::core::option::Option::Some(PairRecord { 0: __0, 1: __1 }),
                        _ => ::core::option::Option::None,
                    }
                }
            }
        }
    }
    #[automatically_derived]
    impl<M> ::core::clone::Clone for PairRecord<M>
    where
        M: ::vellum::module::Module,
    {
        fn clone(&self) -> Self {
            <Pair<M> as ::vellum::module::Module>::clone_record(self)
        }
    }
    #[automatically_derived]
    impl<M> ::core::fmt::Debug for PairRecord<M>
    where
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
