/// The record of [`Linear`]: what is saved of it, field by field.
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
pub struct LinearRecord {
    #[cfg(doc)]
    /// The record of `weight`.
    pub weight: <Param<Array2<f32>> as ::vellum::module::Module>::Record,
    #[cfg(not(doc))]
    /// The record of `weight`.
    pub weight: <<(
        Param<Array2<f32>>,
        [(); {
            let _ = <<Param<
                Array2<f32>,
            > as ::vellum::private::Same>::Type as ::vellum::module::Module>::tree;
            0
        }],
    ) as ::vellum::private::Proven>::Type as ::vellum::module::Module>::Record,
    #[cfg(doc)]
    /// The record of `bias`.
    bias: <Option<Param<Array1<f32>>> as ::vellum::module::Module>::Record,
    #[cfg(not(doc))]
    /// The record of `bias`.
    bias: <<(
        Option<Param<Array1<f32>>>,
        [(); {
            let _ = <<Option<
                Param<Array1<f32>>,
            > as ::vellum::private::Same>::Type as ::vellum::module::Module>::tree;
            0
        }],
    ) as ::vellum::private::Proven>::Type as ::vellum::module::Module>::Record,
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
        name: "Linear",
        layer: ::vellum::record::LayerKind::Other,
        stateless: false,
        form: ::vellum::private::Form::Struct(
            &[
                ::vellum::private::DeclaredField {
                    name: "weight",
                    aliases: &[],
                    optional: false,
                },
                ::vellum::private::DeclaredField {
                    name: "bias",
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
    impl __Parts for Linear {
        type Held0 = [(); {
            let _ = <<Param<
                Array2<f32>,
            > as ::vellum::private::Same>::Type as ::vellum::module::Module>::tree;
            let _ = <<Option<
                Param<Array1<f32>>,
            > as ::vellum::private::Same>::Type as ::vellum::module::Module>::tree;
            0
        }];
        type Field0 = <(
            Param<Array2<f32>>,
            <Self as __Parts>::Held0,
        ) as ::vellum::private::Proven>::Type;
        type Field1 = <(
            Option<Param<Array1<f32>>>,
            <Self as __Parts>::Held0,
        ) as ::vellum::private::Proven>::Type;
    }
    #[automatically_derived]
    impl ::vellum::module::Module for Linear {
        type Record = LinearRecord;
        fn tree(&self) -> ::vellum::private::Tree<::vellum::private::LeafRef<'_>> {
            match self {
                Self { weight: __0, bias: __1 } => {
                    <::vellum::private::Declaration>::tree(
                        &__TYPE,
                        0usize,
                        ::vellum::private::list([
                            <<Linear as __Parts>::Field0 as ::vellum::module::Module>::tree(
                                __0,
                            ),
                            <<Linear as __Parts>::Field1 as ::vellum::module::Module>::tree(
                                __1,
                            ),
                        ]),
                    )
                }
            }
        }
        fn tree_mut(
            &mut self,
        ) -> ::vellum::private::Tree<::vellum::private::LeafMut<'_>> {
            match self {
                Self { weight: __0, bias: __1 } => {
                    <::vellum::private::Declaration>::tree_mut(
                        &__TYPE,
                        0usize,
                        ::vellum::private::list([
                            <<Linear as __Parts>::Field0 as ::vellum::module::Module>::tree_mut(
                                __0,
                            ),
                            <<Linear as __Parts>::Field1 as ::vellum::module::Module>::tree_mut(
                                __1,
                            ),
                        ]),
                    )
                }
            }
        }
        fn record(&self) -> LinearRecord {
            match self {
                Self { weight: __0, bias: __1 } => {
                    LinearRecord {
                        weight: <<Linear as __Parts>::Field0 as ::vellum::module::Module>::record(
                            __0,
                        ),
                        bias: <<Linear as __Parts>::Field1 as ::vellum::module::Module>::record(
                            __1,
                        ),
                    }
                }
            }
        }
        fn into_record(self) -> LinearRecord {
            if false {
                use ::vellum::private::DropsParts as _;
                let __whole = <::vellum::private::Whole<
                    Self,
                    _,
                >>::of(|| -> (<Linear as __Parts>::Field0, <Linear as __Parts>::Field1) {
                    loop {}
                });
                <::vellum::private::Whole<Self, ()>>::take_apart(__whole.__drops());
            }
            match self {
                Self { weight: __0, bias: __1 } => {
                    LinearRecord {
                        weight: <<Linear as __Parts>::Field0 as ::vellum::module::Module>::into_record(
                            __0,
                        ),
                        bias: <<Linear as __Parts>::Field1 as ::vellum::module::Module>::into_record(
                            __1,
                        ),
                    }
                }
            }
        }
        fn clone_record(__record: &LinearRecord) -> LinearRecord {
            match __record {
                LinearRecord { weight: __0, bias: __1 } => {
                    LinearRecord {
                        weight: <<Linear as __Parts>::Field0 as ::vellum::module::Module>::clone_record(
                            __0,
                        ),
                        bias: <<Linear as __Parts>::Field1 as ::vellum::module::Module>::clone_record(
                            __1,
                        ),
                    }
                }
            }
        }
        fn build(
            __record: LinearRecord,
            __builder: &mut ::vellum::private::Builder,
        ) -> ::core::option::Option<Self> {
            match __record {
                LinearRecord { weight: __0, bias: __1 } => {
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
                        <<Linear as __Parts>::Field0 as ::vellum::module::Module>::build,
                    );
                    let __1 = <::vellum::private::Parts<
                        '_,
                    >>::field(
                        &mut __parts,
                        1usize,
                        __1,
                        <<Linear as __Parts>::Field1 as ::vellum::module::Module>::build,
                    );
                    <::vellum::private::Parts<'_>>::finish(__parts);
                    match (__0, __1) {
                        (
                            ::core::option::Option::Some(__0),
                            ::core::option::Option::Some(__1),
                        ) => {
                            ::core::option::Option::Some(Self {
                                weight: (__0,).0,
                                bias: (__1,).0,
                            })
                        }
                        _ => ::core::option::Option::None,
                    }
                }
            }
        }
    }
    #[automatically_derived]
    impl ::vellum::record::Record for LinearRecord {
        fn schema() -> ::vellum::private::Schema {
            <::vellum::private::Declaration>::fields_schema(
                &__TYPE,
                0,
                ::core::any::type_name::<LinearRecord>(),
                &[
                    <<<Linear as __Parts>::Field0 as ::vellum::module::Module>::Record as ::vellum::record::Record>::schema,
                    <<<Linear as __Parts>::Field1 as ::vellum::module::Module>::Record as ::vellum::record::Record>::schema,
                ],
            )
        }
        fn tree(&self) -> ::vellum::private::Tree<::vellum::private::LeafRef<'_>> {
            match self {
                LinearRecord { weight: __0, bias: __1 } => {
                    <::vellum::private::Declaration>::tree(
                        &__TYPE,
                        0usize,
                        ::vellum::private::list([
                            <<<Linear as __Parts>::Field0 as ::vellum::module::Module>::Record as ::vellum::record::Record>::tree(
                                __0,
                            ),
                            <<<Linear as __Parts>::Field1 as ::vellum::module::Module>::Record as ::vellum::record::Record>::tree(
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
                    LinearRecord { weight: __0, bias: __1 } => {
                        <::vellum::private::Declaration>::item(
                            &__TYPE,
                            0usize,
                            ::vellum::private::list([
                                <<<Linear as __Parts>::Field0 as ::vellum::module::Module>::Record as ::vellum::record::Record>::into_item(
                                    __0,
                                )?,
                                <<<Linear as __Parts>::Field1 as ::vellum::module::Module>::Record as ::vellum::record::Record>::into_item(
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
                        <<<Linear as __Parts>::Field0 as ::vellum::module::Module>::Record as ::vellum::record::Record>::NEEDS_NOTHING,
                        <<<Linear as __Parts>::Field0 as ::vellum::module::Module>::Record as ::vellum::record::Record>::bind,
                    );
                    let __1 = <::vellum::private::Fields<
                        '_,
                        '_,
                    >>::field(
                        &mut __fields,
                        1usize,
                        <<<Linear as __Parts>::Field1 as ::vellum::module::Module>::Record as ::vellum::record::Record>::NEEDS_NOTHING,
                        <<<Linear as __Parts>::Field1 as ::vellum::module::Module>::Record as ::vellum::record::Record>::bind,
                    );
                    <::vellum::private::Fields<'_, '_>>::finish(__fields);
                    match (__0, __1) {
                        (
                            ::core::option::Option::Some(__0),
                            ::core::option::Option::Some(__1),
                        ) => {
                            ::core::option::Option::Some(LinearRecord {
                                weight: __0,
                                bias: __1,
                            })
                        }
                        _ => ::core::option::Option::None,
                    }
                }
            }
        }
    }
    #[automatically_derived]
    impl ::core::clone::Clone for LinearRecord {
        fn clone(&self) -> Self {
            <Linear as ::vellum::module::Module>::clone_record(self)
        }
    }
    #[automatically_derived]
    impl ::core::fmt::Debug for LinearRecord {
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
