/// The record of [`Both`]: what is saved of it, field by field.
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
struct BothRecord<M: Clone>
where
    M: ::vellum::module::Module,
{
    #[cfg(doc)]
    /// The record of `inner`.
    inner: <M as ::vellum::module::Module>::Record,
    #[cfg(not(doc))]
    /// The record of `inner`.
    inner: <<(
        <(
            M,
            [(); {
                use ::vellum::private::Unproven as _;
                struct __Proof<M: ?::core::marker::Sized>(
                    ::core::marker::PhantomData<*const M>,
                );
                impl<M: Clone> __Proof<M>
                where
                    M: ::vellum::module::Module,
                {
                    const __HELD: ::core::primitive::usize = {
                        let _ = <Both<M> as ::vellum::private::HasRecord>::IS;
                        0
                    };
                }
                <__Proof<::vellum::module::Param<::core::primitive::f32>>>::__HELD
            }],
        ) as ::vellum::private::Proven>::Type,
        [(); {
            use ::vellum::private::Unproven as _;
            struct __Proof<M: ?::core::marker::Sized>(
                ::core::marker::PhantomData<*const M>,
            );
            impl<M: Clone> __Proof<M>
            where
                M: ::vellum::module::Module,
            {
                const __HELD: ::core::primitive::usize = {
                    let _ = <<<(
                        M,
                        [(); {
                            use ::vellum::private::Unproven as _;
                            struct __Proof<M: ?::core::marker::Sized>(
                                ::core::marker::PhantomData<*const M>,
                            );
                            impl<M: Clone> __Proof<M>
                            where
                                M: ::vellum::module::Module,
                            {
                                const __HELD: ::core::primitive::usize = {
                                    let _ = <Both<M> as ::vellum::private::HasRecord>::IS;
                                    0
                                };
                            }
                            <__Proof<
                                ::vellum::module::Param<::core::primitive::f32>,
                            >>::__HELD
                        }],
                    ) as ::vellum::private::Proven>::Type as ::vellum::private::Same>::Type as ::vellum::module::Module>::tree;
                    0
                };
            }
            <__Proof<::vellum::module::Param<::core::primitive::f32>>>::__HELD
        }],
    ) as ::vellum::private::Proven>::Type as ::vellum::module::Module>::Record,
    /// Nothing of `cache`.
    cache: ::vellum::record::Skipped,
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
        name: "Both",
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
                    name: "cache",
                    aliases: &[],
                    optional: false,
                },
            ],
        ),
    };
    trait __Parts {
        type Field0;
        type Held0;
    }
    impl<M: Clone> __Parts for Both<M>
    where
        M: ::vellum::module::Module,
    {
        type Held0 = [(); {
            use ::vellum::private::Unproven as _;
            struct __Proof<M: ?::core::marker::Sized>(
                ::core::marker::PhantomData<*const M>,
            );
            impl<M: Clone> __Proof<M>
            where
                M: ::vellum::module::Module,
            {
                const __HELD: ::core::primitive::usize = {
                    let _ = <<<(
                        M,
                        [(); {
                            use ::vellum::private::Unproven as _;
                            struct __Proof<M: ?::core::marker::Sized>(
                                ::core::marker::PhantomData<*const M>,
                            );
                            impl<M: Clone> __Proof<M>
                            where
                                M: ::vellum::module::Module,
                            {
                                const __HELD: ::core::primitive::usize = {
                                    let _ = <Both<M> as ::vellum::private::HasRecord>::IS;
                                    0
                                };
                            }
                            <__Proof<
                                ::vellum::module::Param<::core::primitive::f32>,
                            >>::__HELD
                        }],
                    ) as ::vellum::private::Proven>::Type as ::vellum::private::Same>::Type as ::vellum::module::Module>::tree;
                    0
                };
            }
            <__Proof<::vellum::module::Param<::core::primitive::f32>>>::__HELD
        }];
        type Field0 = <(
            <(
                M,
                [(); {
                    use ::vellum::private::Unproven as _;
                    struct __Proof<M: ?::core::marker::Sized>(
                        ::core::marker::PhantomData<*const M>,
                    );
                    impl<M: Clone> __Proof<M>
                    where
                        M: ::vellum::module::Module,
                    {
                        const __HELD: ::core::primitive::usize = {
                            let _ = <Both<M> as ::vellum::private::HasRecord>::IS;
                            0
                        };
                    }
                    <__Proof<::vellum::module::Param<::core::primitive::f32>>>::__HELD
                }],
            ) as ::vellum::private::Proven>::Type,
            <Self as __Parts>::Held0,
        ) as ::vellum::private::Proven>::Type;
    }
    #[automatically_derived]
    impl<M: Clone> ::vellum::module::Module for Both<M>
    where
        M: ::vellum::module::Module,
    {
        type Record = BothRecord<M>;
        fn tree(&self) -> ::vellum::private::Tree<::vellum::private::LeafRef<'_>> {
            match self {
                Self { inner: __0, .. } => {
                    <::vellum::private::Declaration>::tree(
                        &__TYPE,
                        0usize,
                        ::vellum::private::list([
                            <<Both<
                                M,
                            > as __Parts>::Field0 as ::vellum::module::Module>::tree(
                                __0,
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
                Self { inner: __0, .. } => {
                    <::vellum::private::Declaration>::tree_mut(
                        &__TYPE,
                        0usize,
                        ::vellum::private::list([
                            <<Both<
                                M,
                            > as __Parts>::Field0 as ::vellum::module::Module>::tree_mut(
                                __0,
                            ),
                            <::vellum::private::Tree<_>>::Skipped,
                        ]),
                    )
                }
            }
        }
        fn record(&self) -> BothRecord<M> {
            match self {
                Self { inner: __0, .. } => {
                    BothRecord {
                        inner: <<Both<
                            M,
                        > as __Parts>::Field0 as ::vellum::module::Module>::record(__0),
                        cache: ::vellum::record::Skipped,
                    }
                }
            }
        }
        fn into_record(self) -> BothRecord<M> {
            if false {
                use ::vellum::private::DropsParts as _;
                let __whole = <::vellum::private::Whole<
                    Self,
                    _,
                >>::of(|| -> (<Both<M> as __Parts>::Field0,) { loop {} });
                <::vellum::private::Whole<Self, ()>>::take_apart(__whole.__drops());
            }
            match self {
                Self { inner: __0, .. } => {
                    BothRecord {
                        inner: <<Both<
                            M,
                        > as __Parts>::Field0 as ::vellum::module::Module>::into_record(
                            __0,
                        ),
                        cache: ::vellum::record::Skipped,
                    }
                }
            }
        }
        fn clone_record(__record: &BothRecord<M>) -> BothRecord<M> {
            match __record {
                BothRecord { inner: __0, .. } => {
                    BothRecord {
                        inner: <<Both<
                            M,
                        > as __Parts>::Field0 as ::vellum::module::Module>::clone_record(
                            __0,
                        ),
                        cache: ::vellum::record::Skipped,
                    }
                }
            }
        }
        fn build(
            __record: BothRecord<M>,
            __builder: &mut ::vellum::private::Builder,
        ) -> ::core::option::Option<Self> {
            match __record {
                BothRecord { inner: __0, .. } => {
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
                        <<Both<M> as __Parts>::Field0 as ::vellum::module::Module>::build,
                    );
                    <::vellum::private::Parts<'_>>::finish(__parts);
                    match (__0,) {
                        (::core::option::Option::Some(__0),) => {
                            ::core::option::Option::Some(Self {
                                inner: (__0,).0,
                                cache: <<(
                                    Vec<u8>,
                                    [(); {
                                        use ::vellum::private::Unproven as _;
                                        struct __Proof<M: ?::core::marker::Sized>(
                                            ::core::marker::PhantomData<*const M>,
                                        );
                                        impl<M: Clone> __Proof<M>
                                        where
                                            M: ::vellum::module::Module,
                                        {
                                            const __HELD: ::core::primitive::usize = {
                                                let _ = <Both<M> as ::vellum::private::HasRecord>::IS;
                                                0
                                            };
                                        }
                                        <__Proof<
                                            ::vellum::module::Param<::core::primitive::f32>,
                                        >>::__HELD
                                    }],
                                ) as ::vellum::private::Proven>::Type as ::vellum::private::Anew>::anew(),
                            })
                        }
                        _ => ::core::option::Option::None,
                    }
                }
            }
        }
    }
    #[automatically_derived]
    impl<M: Clone> ::vellum::record::Record for BothRecord<M>
    where
        M: ::vellum::module::Module,
    {
        fn schema() -> ::vellum::private::Schema {
            <::vellum::private::Declaration>::fields_schema(
                &__TYPE,
                0,
                ::core::any::type_name::<BothRecord<M>>(),
                &[
                    <<<Both<
                        M,
                    > as __Parts>::Field0 as ::vellum::module::Module>::Record as ::vellum::record::Record>::schema,
                    ::vellum::private::nil,
                ],
            )
        }
        fn tree(&self) -> ::vellum::private::Tree<::vellum::private::LeafRef<'_>> {
            match self {
                BothRecord { inner: __0, .. } => {
                    <::vellum::private::Declaration>::tree(
                        &__TYPE,
                        0usize,
                        ::vellum::private::list([
                            <<<Both<
                                M,
                            > as __Parts>::Field0 as ::vellum::module::Module>::Record as ::vellum::record::Record>::tree(
                                __0,
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
                    BothRecord { inner: __0, .. } => {
                        <::vellum::private::Declaration>::item(
                            &__TYPE,
                            0usize,
                            ::vellum::private::list([
                                <<<Both<
                                    M,
                                > as __Parts>::Field0 as ::vellum::module::Module>::Record as ::vellum::record::Record>::into_item(
                                    __0,
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
                        <<<Both<
                            M,
                        > as __Parts>::Field0 as ::vellum::module::Module>::Record as ::vellum::record::Record>::NEEDS_NOTHING,
                        <<<Both<
                            M,
                        > as __Parts>::Field0 as ::vellum::module::Module>::Record as ::vellum::record::Record>::bind,
                    );
                    let __1 = <::vellum::private::Fields<
                        '_,
                        '_,
                    >>::field(
                        &mut __fields,
                        1usize,
                        true,
                        <::vellum::record::Skipped as ::vellum::record::Record>::bind,
                    );
                    <::vellum::private::Fields<'_, '_>>::finish(__fields);
                    match (__0, __1) {
                        (
                            ::core::option::Option::Some(__0),
                            ::core::option::Option::Some(__1),
                        ) => {
                            ::core::option::Option::Some(BothRecord {
                                inner: __0,
                                cache: __1,
                            })
                        }
                        _ => ::core::option::Option::None,
                    }
                }
            }
        }
    }
    #[automatically_derived]
    impl<M: Clone> ::core::clone::Clone for BothRecord<M>
    where
        M: ::vellum::module::Module,
    {
        fn clone(&self) -> Self {
            <Both<M> as ::vellum::module::Module>::clone_record(self)
        }
    }
    #[automatically_derived]
    impl<M: Clone> ::core::fmt::Debug for BothRecord<M>
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
    const _: () = {
        #[allow(dead_code)]
        fn asked<M: Clone>()
        where
            M: ::vellum::module::Module,
        {
            let _ = <Both<M> as ::vellum::private::HasRecord>::IS;
        }
    };
    const _: () = {
        #[allow(dead_code)]
        fn asked<M: Clone>()
        where
            M: ::vellum::module::Module,
        {
            let _ = <Both<M> as ::vellum::private::HasRecord>::IS;
        }
    };
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
    impl<M: Clone> ::vellum::private::HasModule for Both<M> {}
};
