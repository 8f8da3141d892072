/// The record of [`Relu`]: what is saved of it, field by field.
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
struct ReluRecord {
    #[cfg(doc)]
    /// The value of `slope`.
    slope: ::vellum::record::Constant<f64>,
    #[cfg(not(doc))]
    /// The value of `slope`.
    slope: <f64 as ::vellum::private::Same>::Constant,
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
        name: "Relu",
        layer: ::vellum::record::LayerKind::Other,
        stateless: true,
        form: ::vellum::private::Form::Struct(
            &[
                ::vellum::private::DeclaredField {
                    name: "slope",
                    aliases: &[],
                    optional: false,
                },
            ],
        ),
    };
    #[automatically_derived]
    impl ::vellum::module::Module for Relu {
        type Record = ReluRecord;
        fn tree(&self) -> ::vellum::private::Tree<::vellum::private::LeafRef<'_>> {
            match self {
                Self { slope: __0 } => {
                    <::vellum::private::Declaration>::tree(
                        &__TYPE,
                        0usize,
                        ::vellum::private::list([
                            <f64 as ::vellum::record::ConstantValue>::constant_tree(__0),
                        ]),
                    )
                }
            }
        }
        fn tree_mut(
            &mut self,
        ) -> ::vellum::private::Tree<::vellum::private::LeafMut<'_>> {
            match self {
                Self { slope: __0 } => {
                    <::vellum::private::Declaration>::tree_mut(
                        &__TYPE,
                        0usize,
                        ::vellum::private::list([
                            <f64 as ::vellum::record::ConstantValue>::constant_tree(__0),
                        ]),
                    )
                }
            }
        }
        fn record(&self) -> ReluRecord {
            match self {
                Self { slope: __0 } => {
                    ReluRecord {
                        slope: <f64 as ::vellum::record::ConstantValue>::constant_slot(
                            __0,
                        ),
                    }
                }
            }
        }
        fn into_record(self) -> ReluRecord {
            if false {
                use ::vellum::private::DropsParts as _;
                let __whole = <::vellum::private::Whole<
                    Self,
                    _,
                >>::of(|| -> (f64,) { loop {} });
                <::vellum::private::Whole<Self, ()>>::take_apart(__whole.__drops());
            }
            match self {
                Self { slope: __0 } => {
                    ReluRecord {
                        slope: ::vellum::record::Constant(
                            ::core::option::Option::Some(__0),
                        ),
                    }
                }
            }
        }
        fn clone_record(__record: &ReluRecord) -> ReluRecord {
            match __record {
                ReluRecord { slope: __0 } => {
                    ReluRecord {
                        slope: <f64 as ::vellum::record::ConstantValue>::clone_slot(__0),
                    }
                }
            }
        }
        fn build(
            __record: ReluRecord,
            __builder: &mut ::vellum::private::Builder,
        ) -> ::core::option::Option<Self> {
            match __record {
                ReluRecord { slope: __0 } => {
                    let mut __parts = <::vellum::private::Builder>::declared(
                        __builder,
                        &__TYPE,
                        0usize,
                    );
                    let __0 = <::vellum::private::Parts<
                        '_,
                    >>::constant(&mut __parts, 0usize, __0);
                    <::vellum::private::Parts<'_>>::finish(__parts);
                    match (__0,) {
                        (::core::option::Option::Some(__0),) => {
                            ::core::option::Option::Some(Self { slope: (__0,).0 })
                        }
                        _ => ::core::option::Option::None,
                    }
                }
            }
        }
    }
    #[automatically_derived]
    impl ::vellum::record::Record for ReluRecord {
        const NEEDS_NOTHING: ::core::primitive::bool = true;
        fn schema() -> ::vellum::private::Schema {
            <::vellum::private::Schema>::Stateless(
                ::core::any::type_name::<ReluRecord>(),
            )
        }
        fn tree(&self) -> ::vellum::private::Tree<::vellum::private::LeafRef<'_>> {
            match self {
                ReluRecord { slope: __0 } => {
                    <::vellum::private::Declaration>::tree(
                        &__TYPE,
                        0usize,
                        ::vellum::private::list([
                            <f64 as ::vellum::record::ConstantValue>::slot_tree(__0),
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
                    ReluRecord { slope: __0 } => {
                        <::vellum::private::Declaration>::item(
                            &__TYPE,
                            0usize,
                            ::vellum::private::list([
                                <f64 as ::vellum::record::ConstantValue>::slot_item(__0)?,
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
                        true,
                        <f64 as ::vellum::record::ConstantValue>::bind_slot,
                    );
                    <::vellum::private::Fields<'_, '_>>::finish(__fields);
                    match (__0,) {
                        (::core::option::Option::Some(__0),) => {
                            ::core::option::Option::Some(ReluRecord { slope: __0 })
                        }
                        _ => ::core::option::Option::None,
                    }
                }
            }
        }
    }
    #[automatically_derived]
    impl ::core::clone::Clone for ReluRecord {
        fn clone(&self) -> Self {
            <Relu as ::vellum::module::Module>::clone_record(self)
        }
    }
    #[automatically_derived]
    impl ::core::fmt::Debug for ReluRecord {
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
    impl ::vellum::private::HasModule for Relu {}
};
