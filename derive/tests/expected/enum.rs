/// The record of [`Mix`]: what is saved of it, field by field.
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
enum MixRecord {
    /// The record of [`Mix::Empty`].
    Empty,
    /// The record of [`Mix::One`].
    One(
        #[cfg(doc)]
        /// The record of `0`.
        <Linear as ::vellum::module::Module>::Record,
        #[cfg(not(doc))]
        /// The record of `0`.
        <<(
            Linear,
            [(); {
                let _ = <<Linear as ::vellum::private::Same>::Type as ::vellum::module::Module>::tree;
                0
            }],
        ) as ::vellum::private::Proven>::Type as ::vellum::module::Module>::Record,
    ),
    /// The record of [`Mix::Two`].
    Two(
        #[cfg(doc)]
        /// The record of `0`.
        <Linear as ::vellum::module::Module>::Record,
        #[cfg(not(doc))]
        /// The record of `0`.
        <<(
            Linear,
            [(); {
                let _ = <<Linear as ::vellum::private::Same>::Type as ::vellum::module::Module>::tree;
                0
            }],
        ) as ::vellum::private::Proven>::Type as ::vellum::module::Module>::Record,
        #[cfg(doc)]
        /// The record of `1`.
        <Norm as ::vellum::module::Module>::Record,
        #[cfg(not(doc))]
        /// The record of `1`.
        <<(
            Norm,
            [(); {
                let _ = <<Norm as ::vellum::private::Same>::Type as ::vellum::module::Module>::tree;
                0
            }],
        ) as ::vellum::private::Proven>::Type as ::vellum::module::Module>::Record,
    ),
    /// The record of [`Mix::Named`].
    Named {
        #[cfg(doc)]
        /// The record of `left`.
        left: <Box<Mix> as ::vellum::module::Module>::Record,
        #[cfg(not(doc))]
        /// The record of `left`.
        left: <<(
            Box<Mix>,
            [(); {
                let _ = <<Box<
                    Mix,
                > as ::vellum::private::Same>::Type as ::vellum::module::Module>::tree;
                0
            }],
        ) as ::vellum::private::Proven>::Type as ::vellum::module::Module>::Record,
    },
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
        name: "Mix",
        layer: ::vellum::record::LayerKind::Other,
        stateless: false,
        form: ::vellum::private::Form::Enum(
            &[
                ::vellum::private::DeclaredVariant {
                    name: "Empty",
                    content: ::vellum::private::DeclaredContent::Unit,
                },
                ::vellum::private::DeclaredVariant {
                    name: "One",
                    content: ::vellum::private::DeclaredContent::Newtype,
                },
                ::vellum::private::DeclaredVariant {
                    name: "Two",
                    content: ::vellum::private::DeclaredContent::Fields(
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
                },
                ::vellum::private::DeclaredVariant {
                    name: "other",
                    content: ::vellum::private::DeclaredContent::Fields(
                        &[
                            ::vellum::private::DeclaredField {
                                name: "left",
                                aliases: &[],
                                optional: false,
                            },
                        ],
                    ),
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
    impl __Parts for Mix {
        type Held0 = [(); {
            let _ = <<Linear as ::vellum::private::Same>::Type as ::vellum::module::Module>::tree;
            let _ = <<Linear as ::vellum::private::Same>::Type as ::vellum::module::Module>::tree;
            let _ = <<Norm as ::vellum::private::Same>::Type as ::vellum::module::Module>::tree;
            let _ = <<Box<
                Mix,
            > as ::vellum::private::Same>::Type as ::vellum::module::Module>::tree;
            0
        }];
        type Field0 = <(
            Linear,
            <Self as __Parts>::Held0,
        ) as ::vellum::private::Proven>::Type;
        type Field1 = <(
            Linear,
            <Self as __Parts>::Held0,
        ) as ::vellum::private::Proven>::Type;
        type Field2 = <(
            Norm,
            <Self as __Parts>::Held0,
        ) as ::vellum::private::Proven>::Type;
        type Field3 = <(
            Box<Mix>,
            <Self as __Parts>::Held0,
        ) as ::vellum::private::Proven>::Type;
    }
    #[automatically_derived]
    impl ::vellum::module::Module for Mix {
        type Record = MixRecord;
        fn tree(&self) -> ::vellum::private::Tree<::vellum::private::LeafRef<'_>> {
            match self {
                Self::Empty {} => {
                    <::vellum::private::Declaration>::tree(
                        &__TYPE,
                        0usize,
                        ::vellum::private::list([]),
                    )
                }
                Self::One { 0: __0 } => {
                    <::vellum::private::Declaration>::tree(
                        &__TYPE,
                        1usize,
                        ::vellum::private::list([
                            <<Mix as __Parts>::Field0 as ::vellum::module::Module>::tree(
                                __0,
                            ),
                        ]),
                    )
                }
                Self::Two { 0: __0, 1: __1 } => {
                    <::vellum::private::Declaration>::tree(
                        &__TYPE,
                        2usize,
                        ::vellum::private::list([
                            <<Mix as __Parts>::Field1 as ::vellum::module::Module>::tree(
                                __0,
                            ),
                            <<Mix as __Parts>::Field2 as ::vellum::module::Module>::tree(
                                __1,
                            ),
                        ]),
                    )
                }
                Self::Named { left: __0 } => {
                    <::vellum::private::Declaration>::tree(
                        &__TYPE,
                        3usize,
                        ::vellum::private::list([
                            <<Mix as __Parts>::Field3 as ::vellum::module::Module>::tree(
                                __0,
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
                Self::Empty {} => {
                    <::vellum::private::Declaration>::tree_mut(
                        &__TYPE,
                        0usize,
                        ::vellum::private::list([]),
                    )
                }
                Self::One { 0: __0 } => {
                    <::vellum::private::Declaration>::tree_mut(
                        &__TYPE,
                        1usize,
                        ::vellum::private::list([
                            <<Mix as __Parts>::Field0 as ::vellum::module::Module>::tree_mut(
                                __0,
                            ),
                        ]),
                    )
                }
                Self::Two { 0: __0, 1: __1 } => {
                    <::vellum::private::Declaration>::tree_mut(
                        &__TYPE,
                        2usize,
                        ::vellum::private::list([
                            <<Mix as __Parts>::Field1 as ::vellum::module::Module>::tree_mut(
                                __0,
                            ),
                            <<Mix as __Parts>::Field2 as ::vellum::module::Module>::tree_mut(
                                __1,
                            ),
                        ]),
                    )
                }
                Self::Named { left: __0 } => {
                    <::vellum::private::Declaration>::tree_mut(
                        &__TYPE,
                        3usize,
                        ::vellum::private::list([
                            <<Mix as __Parts>::Field3 as ::vellum::module::Module>::tree_mut(
                                __0,
                            ),
                        ]),
                    )
                }
            }
        }
        fn record(&self) -> MixRecord {
            match self {
                Self::Empty {} => MixRecord::Empty {},
                Self::One { 0: __0 } => {
                    MixRecord::One {
                        0: <<Mix as __Parts>::Field0 as ::vellum::module::Module>::record(
                            __0,
                        ),
                    }
                }
                Self::Two { 0: __0, 1: __1 } => {
                    MixRecord::Two {
                        0: <<Mix as __Parts>::Field1 as ::vellum::module::Module>::record(
                            __0,
                        ),
                        1: <<Mix as __Parts>::Field2 as ::vellum::module::Module>::record(
                            __1,
                        ),
                    }
                }
                Self::Named { left: __0 } => {
                    MixRecord::Named {
                        left: <<Mix as __Parts>::Field3 as ::vellum::module::Module>::record(
                            __0,
                        ),
                    }
                }
            }
        }
        fn into_record(self) -> MixRecord {
            if false {
                use ::vellum::private::DropsParts as _;
                let __whole = <::vellum::private::Whole<
                    Self,
                    _,
                >>::of(|| -> (
                    <Mix as __Parts>::Field0,
                    <Mix as __Parts>::Field1,
                    <Mix as __Parts>::Field2,
                    <Mix as __Parts>::Field3,
                ) { loop {} });
                <::vellum::private::Whole<Self, ()>>::take_apart(__whole.__drops());
            }
            match self {
                Self::Empty {} => MixRecord::Empty {},
                Self::One { 0: __0 } => {
                    MixRecord::One {
                        0: <<Mix as __Parts>::Field0 as ::vellum::module::Module>::into_record(
                            __0,
                        ),
                    }
                }
                Self::Two { 0: __0, 1: __1 } => {
                    MixRecord::Two {
                        0: <<Mix as __Parts>::Field1 as ::vellum::module::Module>::into_record(
                            __0,
                        ),
                        1: <<Mix as __Parts>::Field2 as ::vellum::module::Module>::into_record(
                            __1,
                        ),
                    }
                }
                Self::Named { left: __0 } => {
                    MixRecord::Named {
                        left: <<Mix as __Parts>::Field3 as ::vellum::module::Module>::into_record(
                            __0,
                        ),
                    }
                }
            }
        }
        fn clone_record(__record: &MixRecord) -> MixRecord {
            match __record {
                MixRecord::Empty {} => MixRecord::Empty {},
                MixRecord::One { 0: __0 } => {
                    MixRecord::One {
                        0: <<Mix as __Parts>::Field0 as ::vellum::module::Module>::clone_record(
                            __0,
                        ),
                    }
                }
                MixRecord::Two { 0: __0, 1: __1 } => {
                    MixRecord::Two {
                        0: <<Mix as __Parts>::Field1 as ::vellum::module::Module>::clone_record(
                            __0,
                        ),
                        1: <<Mix as __Parts>::Field2 as ::vellum::module::Module>::clone_record(
                            __1,
                        ),
                    }
                }
                MixRecord::Named { left: __0 } => {
                    MixRecord::Named {
                        left: <<Mix as __Parts>::Field3 as ::vellum::module::Module>::clone_record(
                            __0,
                        ),
                    }
                }
            }
        }
        fn build(
            __record: MixRecord,
            __builder: &mut ::vellum::private::Builder,
        ) -> ::core::option::Option<Self> {
            match __record {
                MixRecord::Empty {} => {
                    let mut __parts = <::vellum::private::Builder>::declared(
                        __builder,
                        &__TYPE,
                        0usize,
                    );
                    <::vellum::private::Parts<'_>>::finish(__parts);
                    ::core::option::Option::Some(Self::Empty {})
                }
                MixRecord::One { 0: __0 } => {
                    let mut __parts = <::vellum::private::Builder>::declared(
                        __builder,
                        &__TYPE,
                        1usize,
                    );
                    let __0 = <::vellum::private::Parts<
                        '_,
                    >>::field(
                        &mut __parts,
                        0usize,
                        __0,
                        <<Mix as __Parts>::Field0 as ::vellum::module::Module>::build,
                    );
                    <::vellum::private::Parts<'_>>::finish(__parts);
                    match (__0,) {
                        (::core::option::Option::Some(__0),) => {
                            ::core::option::Option::Some(Self::One { 0: (__0,).0 })
                        }
                        _ => ::core::option::Option::None,
                    }
                }
                MixRecord::Two { 0: __0, 1: __1 } => {
                    let mut __parts = <::vellum::private::Builder>::declared(
                        __builder,
                        &__TYPE,
                        2usize,
                    );
                    let __0 = <::vellum::private::Parts<
                        '_,
                    >>::field(
                        &mut __parts,
                        0usize,
                        __0,
                        <<Mix as __Parts>::Field1 as ::vellum::module::Module>::build,
                    );
                    let __1 = <::vellum::private::Parts<
                        '_,
                    >>::field(
                        &mut __parts,
                        1usize,
                        __1,
                        <<Mix as __Parts>::Field2 as ::vellum::module::Module>::build,
                    );
                    <::vellum::private::Parts<'_>>::finish(__parts);
                    match (__0, __1) {
                        (
                            ::core::option::Option::Some(__0),
                            ::core::option::Option::Some(__1),
                        ) => {
                            ::core::option::Option::Some(Self::Two {
                                0: (__0,).0,
                                1: (__1,).0,
                            })
                        }
                        _ => ::core::option::Option::None,
                    }
                }
                MixRecord::Named { left: __0 } => {
                    let mut __parts = <::vellum::private::Builder>::declared(
                        __builder,
                        &__TYPE,
                        3usize,
                    );
                    let __0 = <::vellum::private::Parts<
                        '_,
                    >>::field(
                        &mut __parts,
                        0usize,
                        __0,
                        <<Mix as __Parts>::Field3 as ::vellum::module::Module>::build,
                    );
                    <::vellum::private::Parts<'_>>::finish(__parts);
                    match (__0,) {
                        (::core::option::Option::Some(__0),) => {
                            ::core::option::Option::Some(Self::Named { left: (__0,).0 })
                        }
                        _ => ::core::option::Option::None,
                    }
                }
            }
        }
    }
    #[automatically_derived]
    impl ::vellum::record::Record for MixRecord {
        fn schema() -> ::vellum::private::Schema {
            <::vellum::private::Declaration>::enum_schema(
                &__TYPE,
                ::core::any::type_name::<Self>(),
                &[
                    ::vellum::private::nil,
                    <<<Mix as __Parts>::Field0 as ::vellum::module::Module>::Record as ::vellum::record::Record>::schema,
                    || <::vellum::private::Declaration>::fields_schema(
                        &__TYPE,
                        2usize,
                        ::core::any::type_name::<
                            ::vellum::private::VariantOf<Self, 2usize>,
                        >(),
                        &[
                            <<<Mix as __Parts>::Field1 as ::vellum::module::Module>::Record as ::vellum::record::Record>::schema,
                            <<<Mix as __Parts>::Field2 as ::vellum::module::Module>::Record as ::vellum::record::Record>::schema,
                        ],
                    ),
                    || <::vellum::private::Declaration>::fields_schema(
                        &__TYPE,
                        3usize,
                        ::core::any::type_name::<
                            ::vellum::private::VariantOf<Self, 3usize>,
                        >(),
                        &[
                            <<<Mix as __Parts>::Field3 as ::vellum::module::Module>::Record as ::vellum::record::Record>::schema,
                        ],
                    ),
                ],
            )
        }
        fn tree(&self) -> ::vellum::private::Tree<::vellum::private::LeafRef<'_>> {
            match self {
                MixRecord::Empty {} => {
                    <::vellum::private::Declaration>::tree(
                        &__TYPE,
                        0usize,
                        ::vellum::private::list([]),
                    )
                }
                MixRecord::One { 0: __0 } => {
                    <::vellum::private::Declaration>::tree(
                        &__TYPE,
                        1usize,
                        ::vellum::private::list([
                            <<<Mix as __Parts>::Field0 as ::vellum::module::Module>::Record as ::vellum::record::Record>::tree(
                                __0,
                            ),
                        ]),
                    )
                }
                MixRecord::Two { 0: __0, 1: __1 } => {
                    <::vellum::private::Declaration>::tree(
                        &__TYPE,
                        2usize,
                        ::vellum::private::list([
                            <<<Mix as __Parts>::Field1 as ::vellum::module::Module>::Record as ::vellum::record::Record>::tree(
                                __0,
                            ),
                            <<<Mix as __Parts>::Field2 as ::vellum::module::Module>::Record as ::vellum::record::Record>::tree(
                                __1,
                            ),
                        ]),
                    )
                }
                MixRecord::Named { left: __0 } => {
                    <::vellum::private::Declaration>::tree(
                        &__TYPE,
                        3usize,
                        ::vellum::private::list([
                            <<<Mix as __Parts>::Field3 as ::vellum::module::Module>::Record as ::vellum::record::Record>::tree(
                                __0,
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
                    MixRecord::Empty {} => {
                        <::vellum::private::Declaration>::item(
                            &__TYPE,
                            0usize,
                            ::vellum::private::list([]),
                        )
                    }
                    MixRecord::One { 0: __0 } => {
                        <::vellum::private::Declaration>::item(
                            &__TYPE,
                            1usize,
                            ::vellum::private::list([
                                <<<Mix as __Parts>::Field0 as ::vellum::module::Module>::Record as ::vellum::record::Record>::into_item(
                                    __0,
                                )?,
                            ]),
                        )
                    }
                    MixRecord::Two { 0: __0, 1: __1 } => {
                        <::vellum::private::Declaration>::item(
                            &__TYPE,
                            2usize,
                            ::vellum::private::list([
                                <<<Mix as __Parts>::Field1 as ::vellum::module::Module>::Record as ::vellum::record::Record>::into_item(
                                    __0,
                                )?,
                                <<<Mix as __Parts>::Field2 as ::vellum::module::Module>::Record as ::vellum::record::Record>::into_item(
                                    __1,
                                )?,
                            ]),
                        )
                    }
                    MixRecord::Named { left: __0 } => {
                        <::vellum::private::Declaration>::item(
                            &__TYPE,
                            3usize,
                            ::vellum::private::list([
                                <<<Mix as __Parts>::Field3 as ::vellum::module::Module>::Record as ::vellum::record::Record>::into_item(
                                    __0,
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
                0usize => {
                    <::vellum::private::Fields<'_, '_>>::finish(__fields);
                    ::core::option::Option::Some(MixRecord::Empty {})
                }
                1usize => {
                    let __0 = <::vellum::private::Fields<
                        '_,
                        '_,
                    >>::field(
                        &mut __fields,
                        0usize,
                        <<<Mix as __Parts>::Field0 as ::vellum::module::Module>::Record as ::vellum::record::Record>::NEEDS_NOTHING,
                        <<<Mix as __Parts>::Field0 as ::vellum::module::Module>::Record as ::vellum::record::Record>::bind,
                    );
                    <::vellum::private::Fields<'_, '_>>::finish(__fields);
                    match (__0,) {
                        (::core::option::Option::Some(__0),) => {
                            ::core::option::Option::Some(MixRecord::One { 0: __0 })
                        }
                        _ => ::core::option::Option::None,
                    }
                }
                2usize => {
                    let __0 = <::vellum::private::Fields<
                        '_,
                        '_,
                    >>::field(
                        &mut __fields,
                        0usize,
                        <<<Mix as __Parts>::Field1 as ::vellum::module::Module>::Record as ::vellum::record::Record>::NEEDS_NOTHING,
                        <<<Mix as __Parts>::Field1 as ::vellum::module::Module>::Record as ::vellum::record::Record>::bind,
                    );
                    let __1 = <::vellum::private::Fields<
                        '_,
                        '_,
                    >>::field(
                        &mut __fields,
                        1usize,
                        <<<Mix as __Parts>::Field2 as ::vellum::module::Module>::Record as ::vellum::record::Record>::NEEDS_NOTHING,
                        <<<Mix as __Parts>::Field2 as ::vellum::module::Module>::Record as ::vellum::record::Record>::bind,
                    );
                    <::vellum::private::Fields<'_, '_>>::finish(__fields);
                    match (__0, __1) {
                        (
                            ::core::option::Option::Some(__0),
                            ::core::option::Option::Some(__1),
                        ) => {
                            ::core::option::Option::Some(MixRecord::Two {
                                0: __0,
                                1: __1,
                            })
                        }
                        _ => ::core::option::Option::None,
                    }
                }
                _ => {
                    let __0 = <::vellum::private::Fields<
                        '_,
                        '_,
                    >>::field(
                        &mut __fields,
                        0usize,
                        <<<Mix as __Parts>::Field3 as ::vellum::module::Module>::Record as ::vellum::record::Record>::NEEDS_NOTHING,
                        <<<Mix as __Parts>::Field3 as ::vellum::module::Module>::Record as ::vellum::record::Record>::bind,
                    );
                    <::vellum::private::Fields<'_, '_>>::finish(__fields);
                    match (__0,) {
                        (::core::option::Option::Some(__0),) => {
                            ::core::option::Option::Some(MixRecord::Named { left: __0 })
                        }
                        _ => ::core::option::Option::None,
                    }
                }
            }
        }
    }
    #[automatically_derived]
    impl ::core::clone::Clone for MixRecord {
        fn clone(&self) -> Self {
            <Mix as ::vellum::module::Module>::clone_record(self)
        }
    }
    #[automatically_derived]
    impl ::core::fmt::Debug for MixRecord {
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
    impl ::vellum::private::HasModule for Mix {}
};
