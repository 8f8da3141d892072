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
struct ModelRecord {
    /// Nothing of `a`.
    a: ::vellum::record::Skipped,
    /// Nothing of `b`.
    b: ::vellum::record::Skipped,
    #[cfg(doc)]
    /// The value of `c`.
    c: ::vellum::record::Constant<f64>,
    #[cfg(not(doc))]
    /// The value of `c`.
    c: <f64 as ::vellum::private::Same>::Constant,
    #[cfg(doc)]
    /// The value of `d`.
    d: ::vellum::record::Constant<f64>,
    #[cfg(not(doc))]
    /// The value of `d`.
    d: <f64 as ::vellum::private::Same>::Constant,
    #[cfg(doc)]
    /// The record of `e`.
    e: <Linear as ::vellum::module::Module>::Record,
    #[cfg(not(doc))]
    /// The record of `e`.
    e: <<(
        Linear,
        [(); {
            let _ = <<Linear as ::vellum::private::Same>::Type as ::vellum::module::Module>::tree;
            0
        }],
    ) as ::vellum::private::Proven>::Type as ::vellum::module::Module>::Record,
    #[cfg(doc)]
    /// The record of `g`.
    f: <Linear as ::vellum::module::Module>::Record,
    #[cfg(not(doc))]
    /// The record of `g`.
    f: <<(
        Linear,
        [(); {
            let _ = <<Linear as ::vellum::private::Same>::Type as ::vellum::module::Module>::tree;
            0
        }],
    ) as ::vellum::private::Proven>::Type as ::vellum::module::Module>::Record,
    #[cfg(doc)]
    /// The record of `type`.
    r#type: <Linear as ::vellum::module::Module>::Record,
    #[cfg(not(doc))]
    /// The record of `type`.
    r#type: <<(
        Linear,
        [(); {
            let _ = <<Linear as ::vellum::private::Same>::Type as ::vellum::module::Module>::tree;
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
        name: "Model",
        layer: ::vellum::record::LayerKind::Other,
        stateless: false,
        form: ::vellum::private::Form::Struct(
            &[
                ::vellum::private::DeclaredField {
                    name: "a",
                    aliases: &[],
                    optional: false,
                },
                ::vellum::private::DeclaredField {
                    name: "b",
                    aliases: &[],
                    optional: false,
                },
                ::vellum::private::DeclaredField {
                    name: "c",
                    aliases: &[],
                    optional: false,
                },
                ::vellum::private::DeclaredField {
                    name: "d",
                    aliases: &[],
                    optional: false,
                },
                ::vellum::private::DeclaredField {
                    name: "e",
                    aliases: &[],
                    optional: true,
                },
                ::vellum::private::DeclaredField {
                    name: "g",
                    aliases: &["h", "i"],
                    optional: true,
                },
                ::vellum::private::DeclaredField {
                    name: "type",
                    aliases: &[],
                    optional: false,
                },
            ],
        ),
    };
    trait __Parts {
        type Field4;
        type Field5;
        type Field6;
        type Held0;
    }
    impl __Parts for Model {
        type Held0 = [(); {
            let _ = <<Linear as ::vellum::private::Same>::Type as ::vellum::module::Module>::tree;
            let _ = <<Linear as ::vellum::private::Same>::Type as ::vellum::module::Module>::tree;
            let _ = <<Linear as ::vellum::private::Same>::Type as ::vellum::module::Module>::tree;
            0
        }];
        type Field4 = <(
            Linear,
            <Self as __Parts>::Held0,
        ) as ::vellum::private::Proven>::Type;
        type Field5 = <(
            Linear,
            <Self as __Parts>::Held0,
        ) as ::vellum::private::Proven>::Type;
        type Field6 = <(
            Linear,
            <Self as __Parts>::Held0,
        ) as ::vellum::private::Proven>::Type;
    }
    #[automatically_derived]
    impl ::vellum::module::Module for Model {
        type Record = ModelRecord;
        fn tree(&self) -> ::vellum::private::Tree<::vellum::private::LeafRef<'_>> {
            match self {
                Self { c: __2, d: __3, e: __4, f: __5, r#type: __6, .. } => {
                    <::vellum::private::Declaration>::tree(
                        &__TYPE,
                        0usize,
                        ::vellum::private::list([
                            <::vellum::private::Tree<_>>::Skipped,
                            <::vellum::private::Tree<_>>::Skipped,
                            <f64 as ::vellum::record::ConstantValue>::constant_tree(__2),
                            <f64 as ::vellum::record::ConstantValue>::constant_tree(__3),
                            <<Model as __Parts>::Field4 as ::vellum::module::Module>::tree(
                                __4,
                            ),
                            <<Model as __Parts>::Field5 as ::vellum::module::Module>::tree(
                                __5,
                            ),
                            <<Model as __Parts>::Field6 as ::vellum::module::Module>::tree(
                                __6,
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
                Self { c: __2, d: __3, e: __4, f: __5, r#type: __6, .. } => {
                    <::vellum::private::Declaration>::tree_mut(
                        &__TYPE,
                        0usize,
                        ::vellum::private::list([
                            <::vellum::private::Tree<_>>::Skipped,
                            <::vellum::private::Tree<_>>::Skipped,
                            <f64 as ::vellum::record::ConstantValue>::constant_tree(__2),
                            <f64 as ::vellum::record::ConstantValue>::constant_tree(__3),
                            <<Model as __Parts>::Field4 as ::vellum::module::Module>::tree_mut(
                                __4,
                            ),
                            <<Model as __Parts>::Field5 as ::vellum::module::Module>::tree_mut(
                                __5,
                            ),
                            <<Model as __Parts>::Field6 as ::vellum::module::Module>::tree_mut(
                                __6,
                            ),
                        ]),
                    )
                }
            }
        }
        fn record(&self) -> ModelRecord {
            match self {
                Self { c: __2, d: __3, e: __4, f: __5, r#type: __6, .. } => {
                    ModelRecord {
                        a: ::vellum::record::Skipped,
                        b: ::vellum::record::Skipped,
                        c: <f64 as ::vellum::record::ConstantValue>::constant_slot(__2),
                        d: <f64 as ::vellum::record::ConstantValue>::constant_slot(__3),
                        e: <<Model as __Parts>::Field4 as ::vellum::module::Module>::record(
                            __4,
                        ),
                        f: <<Model as __Parts>::Field5 as ::vellum::module::Module>::record(
                            __5,
                        ),
                        r#type: <<Model as __Parts>::Field6 as ::vellum::module::Module>::record(
                            __6,
                        ),
                    }
                }
            }
        }
        fn into_record(self) -> ModelRecord {
            if false {
                use ::vellum::private::DropsParts as _;
                let __whole = <::vellum::private::Whole<
                    Self,
                    _,
                >>::of(|| -> (
                    f64,
                    f64,
                    <Model as __Parts>::Field4,
                    <Model as __Parts>::Field5,
                    <Model as __Parts>::Field6,
                ) { loop {} });
                <::vellum::private::Whole<Self, ()>>::take_apart(__whole.__drops());
            }
            match self {
                Self { c: __2, d: __3, e: __4, f: __5, r#type: __6, .. } => {
                    ModelRecord {
                        a: ::vellum::record::Skipped,
                        b: ::vellum::record::Skipped,
                        c: ::vellum::record::Constant(::core::option::Option::Some(__2)),
                        d: ::vellum::record::Constant(::core::option::Option::Some(__3)),
                        e: <<Model as __Parts>::Field4 as ::vellum::module::Module>::into_record(
                            __4,
                        ),
                        f: <<Model as __Parts>::Field5 as ::vellum::module::Module>::into_record(
                            __5,
                        ),
                        r#type: <<Model as __Parts>::Field6 as ::vellum::module::Module>::into_record(
                            __6,
                        ),
                    }
                }
            }
        }
        fn clone_record(__record: &ModelRecord) -> ModelRecord {
            match __record {
                ModelRecord { c: __2, d: __3, e: __4, f: __5, r#type: __6, .. } => {
                    ModelRecord {
                        a: ::vellum::record::Skipped,
                        b: ::vellum::record::Skipped,
                        c: <f64 as ::vellum::record::ConstantValue>::clone_slot(__2),
                        d: <f64 as ::vellum::record::ConstantValue>::clone_slot(__3),
                        e: <<Model as __Parts>::Field4 as ::vellum::module::Module>::clone_record(
                            __4,
                        ),
                        f: <<Model as __Parts>::Field5 as ::vellum::module::Module>::clone_record(
                            __5,
                        ),
                        r#type: <<Model as __Parts>::Field6 as ::vellum::module::Module>::clone_record(
                            __6,
                        ),
                    }
                }
            }
        }
        fn build(
            __record: ModelRecord,
            __builder: &mut ::vellum::private::Builder,
        ) -> ::core::option::Option<Self> {
            match __record {
                ModelRecord { c: __2, d: __3, e: __4, f: __5, r#type: __6, .. } => {
                    let mut __parts = <::vellum::private::Builder>::declared(
                        __builder,
                        &__TYPE,
                        0usize,
                    );
                    let __2 = <::vellum::private::Parts<
                        '_,
                    >>::constant(&mut __parts, 2usize, __2);
                    let __3 = <::vellum::private::Parts<
                        '_,
                    >>::constant_or(&mut __parts, __3, || (|| -> f64 { 0.5 })());
                    let __4 = <::vellum::private::Parts<
                        '_,
                    >>::field(
                        &mut __parts,
                        4usize,
                        __4,
                        <<Model as __Parts>::Field4 as ::vellum::module::Module>::build,
                    );
                    let __5 = <::vellum::private::Parts<
                        '_,
                    >>::field(
                        &mut __parts,
                        5usize,
                        __5,
                        <<Model as __Parts>::Field5 as ::vellum::module::Module>::build,
                    );
                    let __6 = <::vellum::private::Parts<
                        '_,
                    >>::field(
                        &mut __parts,
                        6usize,
                        __6,
                        <<Model as __Parts>::Field6 as ::vellum::module::Module>::build,
                    );
                    <::vellum::private::Parts<'_>>::finish(__parts);
                    match (__2, __3, __4, __5, __6) {
                        (
                            ::core::option::Option::Some(__2),
                            ::core::option::Option::Some(__3),
                            ::core::option::Option::Some(__4),
                            ::core::option::Option::Some(__5),
                            ::core::option::Option::Some(__6),
                        ) => {
                            ::core::option::Option::Some(Self {
                                a: <Vec<f32> as ::vellum::private::Anew>::anew(),
                                b: (|| -> Vec<f32> { Vec::new() })(),
                                c: (__2,).0,
                                d: (__3,).0,
                                e: (__4,).0,
                                f: (__5,).0,
                                r#type: (__6,).0,
                            })
                        }
                        _ => ::core::option::Option::None,
                    }
                }
            }
        }
    }
    #[automatically_derived]
    impl ::vellum::record::Record for ModelRecord {
        fn schema() -> ::vellum::private::Schema {
            <::vellum::private::Declaration>::fields_schema(
                &__TYPE,
                0,
                ::core::any::type_name::<ModelRecord>(),
                &[
                    ::vellum::private::nil,
                    ::vellum::private::nil,
                    <f64 as ::vellum::record::ConstantValue>::slot_schema,
                    <f64 as ::vellum::record::ConstantValue>::slot_schema,
                    <<<Model as __Parts>::Field4 as ::vellum::module::Module>::Record as ::vellum::record::Record>::schema,
                    <<<Model as __Parts>::Field5 as ::vellum::module::Module>::Record as ::vellum::record::Record>::schema,
                    <<<Model as __Parts>::Field6 as ::vellum::module::Module>::Record as ::vellum::record::Record>::schema,
                ],
            )
        }
        fn tree(&self) -> ::vellum::private::Tree<::vellum::private::LeafRef<'_>> {
            match self {
                ModelRecord { c: __2, d: __3, e: __4, f: __5, r#type: __6, .. } => {
                    <::vellum::private::Declaration>::tree(
                        &__TYPE,
                        0usize,
                        ::vellum::private::list([
                            <::vellum::private::Tree<_>>::Skipped,
                            <::vellum::private::Tree<_>>::Skipped,
                            <f64 as ::vellum::record::ConstantValue>::slot_tree(__2),
                            <f64 as ::vellum::record::ConstantValue>::slot_tree(__3),
                            <<<Model as __Parts>::Field4 as ::vellum::module::Module>::Record as ::vellum::record::Record>::tree(
                                __4,
                            ),
                            <<<Model as __Parts>::Field5 as ::vellum::module::Module>::Record as ::vellum::record::Record>::tree(
                                __5,
                            ),
                            <<<Model as __Parts>::Field6 as ::vellum::module::Module>::Record as ::vellum::record::Record>::tree(
                                __6,
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
                    ModelRecord { c: __2, d: __3, e: __4, f: __5, r#type: __6, .. } => {
                        <::vellum::private::Declaration>::item(
                            &__TYPE,
                            0usize,
                            ::vellum::private::list([
                                <::vellum::private::Item>::Nil,
                                <::vellum::private::Item>::Nil,
                                <f64 as ::vellum::record::ConstantValue>::slot_item(__2)?,
                                <f64 as ::vellum::record::ConstantValue>::slot_item(__3)?,
                                <<<Model as __Parts>::Field4 as ::vellum::module::Module>::Record as ::vellum::record::Record>::into_item(
                                    __4,
                                )?,
                                <<<Model as __Parts>::Field5 as ::vellum::module::Module>::Record as ::vellum::record::Record>::into_item(
                                    __5,
                                )?,
                                <<<Model as __Parts>::Field6 as ::vellum::module::Module>::Record as ::vellum::record::Record>::into_item(
                                    __6,
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
                        true,
                        <::vellum::record::Skipped as ::vellum::record::Record>::bind,
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
                    let __2 = <::vellum::private::Fields<
                        '_,
                        '_,
                    >>::field(
                        &mut __fields,
                        2usize,
                        true,
                        <f64 as ::vellum::record::ConstantValue>::bind_slot,
                    );
                    let __3 = <::vellum::private::Fields<
                        '_,
                        '_,
                    >>::field(
                        &mut __fields,
                        3usize,
                        true,
                        <f64 as ::vellum::record::ConstantValue>::bind_slot,
                    );
                    let __4 = <::vellum::private::Fields<
                        '_,
                        '_,
                    >>::field_or(
                        &mut __fields,
                        4usize,
                        <<<Model as __Parts>::Field4 as ::vellum::module::Module>::Record as ::vellum::record::Record>::NIL_SAYS_NOTHING,
                        <<<Model as __Parts>::Field4 as ::vellum::module::Module>::Record as ::vellum::record::Record>::bind,
                        || <<Model as __Parts>::Field4 as ::vellum::module::Module>::into_record(
                            <Linear as ::vellum::private::Anew>::anew(),
                        ),
                    );
                    let __5 = <::vellum::private::Fields<
                        '_,
                        '_,
                    >>::field_or(
                        &mut __fields,
                        5usize,
                        <<<Model as __Parts>::Field5 as ::vellum::module::Module>::Record as ::vellum::record::Record>::NIL_SAYS_NOTHING,
                        <<<Model as __Parts>::Field5 as ::vellum::module::Module>::Record as ::vellum::record::Record>::bind,
                        || <<Model as __Parts>::Field5 as ::vellum::module::Module>::into_record(
                            (|| -> Linear { Linear::new() })(),
                        ),
                    );
                    let __6 = <::vellum::private::Fields<
                        '_,
                        '_,
                    >>::field(
                        &mut __fields,
                        6usize,
                        <<<Model as __Parts>::Field6 as ::vellum::module::Module>::Record as ::vellum::record::Record>::NEEDS_NOTHING,
                        <<<Model as __Parts>::Field6 as ::vellum::module::Module>::Record as ::vellum::record::Record>::bind,
                    );
                    <::vellum::private::Fields<'_, '_>>::finish(__fields);
                    match (__0, __1, __2, __3, __4, __5, __6) {
                        (
                            ::core::option::Option::Some(__0),
                            ::core::option::Option::Some(__1),
                            ::core::option::Option::Some(__2),
                            ::core::option::Option::Some(__3),
                            ::core::option::Option::Some(__4),
                            ::core::option::Option::Some(__5),
                            ::core::option::Option::Some(__6),
                        ) => {
                            ::core::option::Option::Some(ModelRecord {
                                a: __0,
                                b: __1,
                                c: __2,
                                d: __3,
                                e: __4,
                                f: __5,
                                r#type: __6,
                            })
                        }
                        _ => ::core::option::Option::None,
                    }
                }
            }
        }
    }
    #[automatically_derived]
    impl ::core::clone::Clone for ModelRecord {
        fn clone(&self) -> Self {
            <Model as ::vellum::module::Module>::clone_record(self)
        }
    }
    #[automatically_derived]
    impl ::core::fmt::Debug for ModelRecord {
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
    impl ::vellum::private::HasModule for Model {}
};
