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
        name: "Data",
        layer: ::vellum::record::LayerKind::Other,
        stateless: false,
        form: ::vellum::private::Form::Struct(
            &[
                ::vellum::private::DeclaredField {
                    name: "n",
                    aliases: &[],
                    optional: false,
                },
                ::vellum::private::DeclaredField {
                    name: "k",
                    aliases: &["m"],
                    optional: true,
                },
                ::vellum::private::DeclaredField {
                    name: "cache",
                    aliases: &[],
                    optional: false,
                },
                ::vellum::private::DeclaredField {
                    name: "any",
                    aliases: &[],
                    optional: false,
                },
            ],
        ),
    };
    #[automatically_derived]
    impl<T> ::vellum::record::Record for Data<T>
    where
        T: ::vellum::record::Record,
    {
        fn schema() -> ::vellum::private::Schema {
            <::vellum::private::Declaration>::fields_schema(
                &__TYPE,
                0,
                ::core::any::type_name::<Data<T>>(),
                &[
                    <usize as ::vellum::record::Record>::schema,
                    <u32 as ::vellum::record::Record>::schema,
                    ::vellum::private::nil,
                    <T as ::vellum::record::Record>::schema,
                ],
            )
        }
        fn tree(&self) -> ::vellum::private::Tree<::vellum::private::LeafRef<'_>> {
            match self {
                Self { n: __0, k: __1, any: __3, .. } => {
                    <::vellum::private::Declaration>::tree(
                        &__TYPE,
                        0usize,
                        ::vellum::private::list([
                            <usize as ::vellum::record::Record>::tree(__0),
                            <u32 as ::vellum::record::Record>::tree(__1),
                            <::vellum::private::Tree<_>>::Skipped,
                            <T as ::vellum::record::Record>::tree(__3),
                        ]),
                    )
                }
            }
        }
        fn into_item(
            self,
        ) -> ::core::result::Result<::vellum::private::Item, ::vellum::Error> {
            if false {
                use ::vellum::private::DropsParts as _;
                let __whole = <::vellum::private::Whole<
                    Self,
                    _,
                >>::of(|| -> (usize, u32, T) { loop {} });
                <::vellum::private::Whole<Self, ()>>::take_apart(__whole.__drops());
            }
            ::core::result::Result::Ok(
                match self {
                    Self { n: __0, k: __1, any: __3, .. } => {
                        <::vellum::private::Declaration>::item(
                            &__TYPE,
                            0usize,
                            ::vellum::private::list([
                                <usize as ::vellum::record::Record>::into_item(__0)?,
                                <u32 as ::vellum::record::Record>::into_item(__1)?,
                                <::vellum::private::Item>::Nil,
                                <T as ::vellum::record::Record>::into_item(__3)?,
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
                        <usize as ::vellum::record::Record>::NEEDS_NOTHING,
                        <usize as ::vellum::record::Record>::bind,
                    );
                    let __1 = <::vellum::private::Fields<
                        '_,
                        '_,
                    >>::field_or(
                        &mut __fields,
                        1usize,
                        <u32 as ::vellum::record::Record>::NIL_SAYS_NOTHING,
                        <u32 as ::vellum::record::Record>::bind,
                        || (|| -> u32 { 3 })(),
                    );
                    let __2 = <::vellum::private::Fields<
                        '_,
                        '_,
                    >>::field(
                        &mut __fields,
                        2usize,
                        true,
                        <::vellum::record::Skipped as ::vellum::record::Record>::bind,
                    );
                    let __3 = <::vellum::private::Fields<
                        '_,
                        '_,
                    >>::field(
                        &mut __fields,
                        3usize,
                        <T as ::vellum::record::Record>::NEEDS_NOTHING,
                        <T as ::vellum::record::Record>::bind,
                    );
                    <::vellum::private::Fields<'_, '_>>::finish(__fields);
                    match (__0, __1, __2, __3) {
                        (
                            ::core::option::Option::Some(__0),
                            ::core::option::Option::Some(__1),
                            ::core::option::Option::Some(__2),
                            ::core::option::Option::Some(__3),
                        ) => {
                            ::core::option::Option::Some(Self {
                                n: (__0,).0,
                                k: (__1,).0,
                                cache: <Vec<u8> as ::vellum::private::Anew>::anew(),
                                any: (__3,).0,
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
    impl<T> ::vellum::private::HasRecord for Data<T> {}
};
