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
    static __TYPE: my::vellum::private::Declaration = my::vellum::private::Declaration {
        name: "State",
        layer: my::vellum::record::LayerKind::Other,
        stateless: false,
        form: my::vellum::private::Form::Enum(
            &[
                my::vellum::private::DeclaredVariant {
                    name: "Fresh",
                    content: my::vellum::private::DeclaredContent::Unit,
                },
                my::vellum::private::DeclaredVariant {
                    name: "Step",
                    content: my::vellum::private::DeclaredContent::Newtype,
                },
                my::vellum::private::DeclaredVariant {
                    name: "Pair",
                    content: my::vellum::private::DeclaredContent::Fields(
                        &[
                            my::vellum::private::DeclaredField {
                                name: "0",
                                aliases: &[],
                                optional: false,
                            },
                            my::vellum::private::DeclaredField {
                                name: "1",
                                aliases: &[],
                                optional: false,
                            },
                        ],
                    ),
                },
            ],
        ),
    };
    #[automatically_derived]
    impl my::vellum::record::Record for State {
        fn schema() -> my::vellum::private::Schema {
            <my::vellum::private::Declaration>::enum_schema(
                &__TYPE,
                ::core::any::type_name::<Self>(),
                &[
                    my::vellum::private::nil,
                    <u64 as my::vellum::record::Record>::schema,
                    || <my::vellum::private::Declaration>::fields_schema(
                        &__TYPE,
                        2usize,
                        ::core::any::type_name::<
                            my::vellum::private::VariantOf<Self, 2usize>,
                        >(),
                        &[
                            <bool as my::vellum::record::Record>::schema,
                            <f32 as my::vellum::record::Record>::schema,
                        ],
                    ),
                ],
            )
        }
        fn tree(&self) -> my::vellum::private::Tree<my::vellum::private::LeafRef<'_>> {
            match self {
                Self::Fresh {} => {
                    <my::vellum::private::Declaration>::tree(
                        &__TYPE,
                        0usize,
                        my::vellum::private::list([]),
                    )
                }
                Self::Step { 0: __0 } => {
                    <my::vellum::private::Declaration>::tree(
                        &__TYPE,
                        1usize,
                        my::vellum::private::list([
                            <u64 as my::vellum::record::Record>::tree(__0),
                        ]),
                    )
                }
                Self::Pair { 0: __0, 1: __1 } => {
                    <my::vellum::private::Declaration>::tree(
                        &__TYPE,
                        2usize,
                        my::vellum::private::list([
                            <bool as my::vellum::record::Record>::tree(__0),
                            <f32 as my::vellum::record::Record>::tree(__1),
                        ]),
                    )
                }
            }
        }
        fn into_item(
            self,
        ) -> ::core::result::Result<my::vellum::private::Item, my::vellum::Error> {
            if false {
                use my::vellum::private::DropsParts as _;
                let __whole = <my::vellum::private::Whole<
                    Self,
                    _,
                >>::of(|| -> (u64, bool, f32) { loop {} });
                <my::vellum::private::Whole<Self, ()>>::take_apart(__whole.__drops());
            }
            ::core::result::Result::Ok(
                match self {
                    Self::Fresh {} => {
                        <my::vellum::private::Declaration>::item(
                            &__TYPE,
                            0usize,
                            my::vellum::private::list([]),
                        )
                    }
                    Self::Step { 0: __0 } => {
                        <my::vellum::private::Declaration>::item(
                            &__TYPE,
                            1usize,
                            my::vellum::private::list([
                                <u64 as my::vellum::record::Record>::into_item(__0)?,
                            ]),
                        )
                    }
                    Self::Pair { 0: __0, 1: __1 } => {
                        <my::vellum::private::Declaration>::item(
                            &__TYPE,
                            2usize,
                            my::vellum::private::list([
                                <bool as my::vellum::record::Record>::into_item(__0)?,
                                <f32 as my::vellum::record::Record>::into_item(__1)?,
                            ]),
                        )
                    }
                },
            )
        }
        fn bind(
            __item: my::vellum::private::Item,
            __binder: &mut my::vellum::private::Binder<'_>,
        ) -> ::core::option::Option<Self> {
            let ::core::option::Option::Some((__variant, mut __fields)) = <my::vellum::private::Binder<
                '_,
            >>::declared(__binder, __item, &__TYPE) else {
                return ::core::option::Option::None;
            };
            match __variant {
                0usize => {
                    <my::vellum::private::Fields<'_, '_>>::finish(__fields);
                    ::core::option::Option::Some(Self::Fresh {})
                }
                1usize => {
                    let __0 = <my::vellum::private::Fields<
                        '_,
                        '_,
                    >>::field(
                        &mut __fields,
                        0usize,
                        <u64 as my::vellum::record::Record>::NEEDS_NOTHING,
                        <u64 as my::vellum::record::Record>::bind,
                    );
                    <my::vellum::private::Fields<'_, '_>>::finish(__fields);
                    match (__0,) {
                        (::core::option::Option::Some(__0),) => {
                            ::core::option::Option::Some(Self::Step { 0: (__0,).0 })
                        }
                        _ => ::core::option::Option::None,
                    }
                }
                _ => {
                    let __0 = <my::vellum::private::Fields<
                        '_,
                        '_,
                    >>::field(
                        &mut __fields,
                        0usize,
                        <bool as my::vellum::record::Record>::NEEDS_NOTHING,
                        <bool as my::vellum::record::Record>::bind,
                    );
                    let __1 = <my::vellum::private::Fields<
                        '_,
                        '_,
                    >>::field(
                        &mut __fields,
                        1usize,
                        <f32 as my::vellum::record::Record>::NEEDS_NOTHING,
                        <f32 as my::vellum::record::Record>::bind,
                    );
                    <my::vellum::private::Fields<'_, '_>>::finish(__fields);
                    match (__0, __1) {
                        (
                            ::core::option::Option::Some(__0),
                            ::core::option::Option::Some(__1),
                        ) => {
                            ::core::option::Option::Some(Self::Pair {
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
    impl my::vellum::private::HasRecord for State {}
};
