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
pub struct ModelRecord<A: Own>
where
    A: ::vellum::module::Module,
    Model<A>: __ModelParts<A>,
{
    #[cfg(doc)]
    /// The record of `act`.
    act: <A as ::vellum::module::Module>::Record,
    #[cfg(not(doc))]
    /// The record of `act`.
    act: <<Model<A> as __ModelParts<A>>::Field0 as ::vellum::module::Module>::Record,
    #[cfg(doc)]
    /// The record of `layer`.
    layer: <Layer<A> as ::vellum::module::Module>::Record,
    #[cfg(not(doc))]
    /// The record of `layer`.
    layer: <<Model<A> as __ModelParts<A>>::Field1 as ::vellum::module::Module>::Record,
    #[cfg(doc)]
    /// The record of `weight`.
    weight: <Linear as ::vellum::module::Module>::Record,
    #[cfg(not(doc))]
    /// The record of `weight`.
    weight: <<Model<A> as __ModelParts<A>>::Field2 as ::vellum::module::Module>::Record,
}
#[doc(hidden)]
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
trait __ModelParts<A: Own>
where
    A: ::vellum::module::Module,
{
    type Field0: ::vellum::module::Module;
    fn __same0() -> (
        for<'__a> fn(&'__a A) -> &'__a Self::Field0,
        for<'__a> fn(&'__a mut A) -> &'__a mut Self::Field0,
        fn(A) -> Self::Field0,
        fn(Self::Field0) -> A,
    );
    type Field1: ::vellum::module::Module;
    fn __same1() -> (
        for<'__a> fn(&'__a Layer<A>) -> &'__a Self::Field1,
        for<'__a> fn(&'__a mut Layer<A>) -> &'__a mut Self::Field1,
        fn(Layer<A>) -> Self::Field1,
        fn(Self::Field1) -> Layer<A>,
    );
    type Field2: ::vellum::module::Module;
    fn __same2() -> (
        for<'__a> fn(&'__a Linear) -> &'__a Self::Field2,
        for<'__a> fn(&'__a mut Linear) -> &'__a mut Self::Field2,
        fn(Linear) -> Self::Field2,
        fn(Self::Field2) -> Linear,
    );
    type Held0;
    type Held1;
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
                    name: "act",
                    aliases: &[],
                    optional: false,
                },
                ::vellum::private::DeclaredField {
                    name: "layer",
                    aliases: &[],
                    optional: false,
                },
                ::vellum::private::DeclaredField {
                    name: "weight",
                    aliases: &[],
                    optional: false,
                },
            ],
        ),
    };
    impl<A: Own> __ModelParts<A> for Model<A>
    where
        A: ::vellum::module::Module,
    {
        fn __same0() -> (
            for<'__a> fn(&'__a A) -> &'__a Self::Field0,
            for<'__a> fn(&'__a mut A) -> &'__a mut Self::Field0,
            fn(A) -> Self::Field0,
            fn(Self::Field0) -> A,
        ) {
            ::vellum::private::same()
        }
        fn __same1() -> (
            for<'__a> fn(&'__a Layer<A>) -> &'__a Self::Field1,
            for<'__a> fn(&'__a mut Layer<A>) -> &'__a mut Self::Field1,
            fn(Layer<A>) -> Self::Field1,
            fn(Self::Field1) -> Layer<A>,
        ) {
            ::vellum::private::same()
        }
        type Field1 = Layer<A>;
        fn __same2() -> (
            for<'__a> fn(&'__a Linear) -> &'__a Self::Field2,
            for<'__a> fn(&'__a mut Linear) -> &'__a mut Self::Field2,
            fn(Linear) -> Self::Field2,
            fn(Self::Field2) -> Linear,
        ) {
            ::vellum::private::same()
        }
        type Held0 = [(); {
            use ::vellum::private::Unproven as _;
            struct __Proof<A: ?::core::marker::Sized>(
                ::core::marker::PhantomData<*const A>,
            );
            impl<A: Own> __Proof<A>
            where
                A: ::vellum::module::Module,
            {
                const __HELD: ::core::primitive::usize = {
                    let _ = <<A as ::vellum::private::Same>::Type as ::vellum::module::Module>::tree;
                    0
                };
            }
            <__Proof<::vellum::private::Unknown>>::__HELD
        }];
        type Field0 = <(
            A,
            <Self as __ModelParts<A>>::Held0,
        ) as ::vellum::private::Proven>::Type;
        type Held1 = [(); {
            let _ = <<Linear as ::vellum::private::Same>::Type as ::vellum::module::Module>::tree;
            0
        }];
        type Field2 = <(
            Linear,
            <Self as __ModelParts<A>>::Held1,
        ) as ::vellum::private::Proven>::Type;
    }
    #[automatically_derived]
    impl<A: Own> ::vellum::module::Module for Model<A>
    where
        A: ::vellum::module::Module,
        Model<A>: __ModelParts<A>,
    {
        type Record = ModelRecord<A>;
        fn tree(&self) -> ::vellum::private::Tree<::vellum::private::LeafRef<'_>> {
            match self {
                Self { act: __0, layer: __1, weight: __2 } => {
                    <::vellum::private::Declaration>::tree(
                        &__TYPE,
                        0usize,
                        ::vellum::private::list([
                            <<Model<
                                A,
                            > as __ModelParts<
                                A,
                            >>::Field0 as ::vellum::module::Module>::tree(
                                (<Model<A> as __ModelParts<A>>::__same0().0)(__0),
                            ),
                            <<Model<
                                A,
                            > as __ModelParts<
                                A,
                            >>::Field1 as ::vellum::module::Module>::tree(
                                (<Model<A> as __ModelParts<A>>::__same1().0)(__1),
                            ),
                            <<Model<
                                A,
                            > as __ModelParts<
                                A,
                            >>::Field2 as ::vellum::module::Module>::tree(
                                (<Model<A> as __ModelParts<A>>::__same2().0)(__2),
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
                Self { act: __0, layer: __1, weight: __2 } => {
                    <::vellum::private::Declaration>::tree_mut(
                        &__TYPE,
                        0usize,
                        ::vellum::private::list([
                            <<Model<
                                A,
                            > as __ModelParts<
                                A,
                            >>::Field0 as ::vellum::module::Module>::tree_mut(
                                (<Model<A> as __ModelParts<A>>::__same0().1)(__0),
                            ),
                            <<Model<
                                A,
                            > as __ModelParts<
                                A,
                            >>::Field1 as ::vellum::module::Module>::tree_mut(
                                (<Model<A> as __ModelParts<A>>::__same1().1)(__1),
                            ),
                            <<Model<
                                A,
                            > as __ModelParts<
                                A,
                            >>::Field2 as ::vellum::module::Module>::tree_mut(
                                (<Model<A> as __ModelParts<A>>::__same2().1)(__2),
                            ),
                        ]),
                    )
                }
            }
        }
        fn record(&self) -> ModelRecord<A> {
            match self {
                Self { act: __0, layer: __1, weight: __2 } => {
                    ModelRecord {
                        act: <<Model<
                            A,
                        > as __ModelParts<
                            A,
                        >>::Field0 as ::vellum::module::Module>::record(
                            (<Model<A> as __ModelParts<A>>::__same0().0)(__0),
                        ),
                        layer: <<Model<
                            A,
                        > as __ModelParts<
                            A,
                        >>::Field1 as ::vellum::module::Module>::record(
                            (<Model<A> as __ModelParts<A>>::__same1().0)(__1),
                        ),
                        weight: <<Model<
                            A,
                        > as __ModelParts<
                            A,
                        >>::Field2 as ::vellum::module::Module>::record(
                            (<Model<A> as __ModelParts<A>>::__same2().0)(__2),
                        ),
                    }
                }
            }
        }
        fn into_record(self) -> ModelRecord<A> {
            if false {
                use ::vellum::private::DropsParts as _;
                let __whole = <::vellum::private::Whole<
                    Self,
                    _,
                >>::of(|| -> (
                    <Model<A> as __ModelParts<A>>::Field0,
                    <Model<A> as __ModelParts<A>>::Field1,
                    <Model<A> as __ModelParts<A>>::Field2,
                ) { loop {} });
                <::vellum::private::Whole<Self, ()>>::take_apart(__whole.__drops());
            }
            match self {
                Self { act: __0, layer: __1, weight: __2 } => {
                    ModelRecord {
                        act: <<Model<
                            A,
                        > as __ModelParts<
                            A,
                        >>::Field0 as ::vellum::module::Module>::into_record(
                            (<Model<A> as __ModelParts<A>>::__same0().2)(__0),
                        ),
                        layer: <<Model<
                            A,
                        > as __ModelParts<
                            A,
                        >>::Field1 as ::vellum::module::Module>::into_record(
                            (<Model<A> as __ModelParts<A>>::__same1().2)(__1),
                        ),
                        weight: <<Model<
                            A,
                        > as __ModelParts<
                            A,
                        >>::Field2 as ::vellum::module::Module>::into_record(
                            (<Model<A> as __ModelParts<A>>::__same2().2)(__2),
                        ),
                    }
                }
            }
        }
        fn clone_record(__record: &ModelRecord<A>) -> ModelRecord<A> {
            match __record {
                ModelRecord { act: __0, layer: __1, weight: __2 } => {
                    ModelRecord {
                        act: <<Model<
                            A,
                        > as __ModelParts<
                            A,
                        >>::Field0 as ::vellum::module::Module>::clone_record(__0),
                        layer: <<Model<
                            A,
                        > as __ModelParts<
                            A,
                        >>::Field1 as ::vellum::module::Module>::clone_record(__1),
                        weight: <<Model<
                            A,
                        > as __ModelParts<
                            A,
                        >>::Field2 as ::vellum::module::Module>::clone_record(__2),
                    }
                }
            }
        }
        fn build(
            __record: ModelRecord<A>,
            __builder: &mut ::vellum::private::Builder,
        ) -> ::core::option::Option<Self> {
            match __record {
                ModelRecord { act: __0, layer: __1, weight: __2 } => {
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
                            A,
                        > as __ModelParts<A>>::Field0 as ::vellum::module::Module>::build,
                    );
                    let __1 = <::vellum::private::Parts<
                        '_,
                    >>::field(
                        &mut __parts,
                        1usize,
                        __1,
                        <<Model<
                            A,
                        > as __ModelParts<A>>::Field1 as ::vellum::module::Module>::build,
                    );
                    let __2 = <::vellum::private::Parts<
                        '_,
                    >>::field(
                        &mut __parts,
                        2usize,
                        __2,
                        <<Model<
                            A,
                        > as __ModelParts<A>>::Field2 as ::vellum::module::Module>::build,
                    );
                    <::vellum::private::Parts<'_>>::finish(__parts);
                    match (__0, __1, __2) {
                        (
                            ::core::option::Option::Some(__0),
                            ::core::option::Option::Some(__1),
                            ::core::option::Option::Some(__2),
                        ) => {
                            ::core::option::Option::Some(Self {
                                act: (<Model<A> as __ModelParts<A>>::__same0().3)((__0,).0),
                                layer: (<Model<A> as __ModelParts<A>>::__same1()
                                    .3)((__1,).0),
                                weight: (<Model<A> as __ModelParts<A>>::__same2()
                                    .3)((__2,).0),
                            })
                        }
                        _ => ::core::option::Option::None,
                    }
                }
            }
        }
    }
    #[automatically_derived]
    impl<A: Own> ::vellum::record::Record for ModelRecord<A>
    where
        A: ::vellum::module::Module,
        Model<A>: __ModelParts<A>,
    {
        fn schema() -> ::vellum::private::Schema {
            <::vellum::private::Declaration>::fields_schema(
                &__TYPE,
                0,
                ::core::any::type_name::<ModelRecord<A>>(),
                &[
                    <<<Model<
                        A,
                    > as __ModelParts<
                        A,
                    >>::Field0 as ::vellum::module::Module>::Record as ::vellum::record::Record>::schema,
                    <<<Model<
                        A,
                    > as __ModelParts<
                        A,
                    >>::Field1 as ::vellum::module::Module>::Record as ::vellum::record::Record>::schema,
                    <<<Model<
                        A,
                    > as __ModelParts<
                        A,
                    >>::Field2 as ::vellum::module::Module>::Record as ::vellum::record::Record>::schema,
                ],
            )
        }
        fn tree(&self) -> ::vellum::private::Tree<::vellum::private::LeafRef<'_>> {
            match self {
                ModelRecord { act: __0, layer: __1, weight: __2 } => {
                    <::vellum::private::Declaration>::tree(
                        &__TYPE,
                        0usize,
                        ::vellum::private::list([
                            <<<Model<
                                A,
                            > as __ModelParts<
                                A,
                            >>::Field0 as ::vellum::module::Module>::Record as ::vellum::record::Record>::tree(
                                __0,
                            ),
                            <<<Model<
                                A,
                            > as __ModelParts<
                                A,
                            >>::Field1 as ::vellum::module::Module>::Record as ::vellum::record::Record>::tree(
                                __1,
                            ),
                            <<<Model<
                                A,
                            > as __ModelParts<
                                A,
                            >>::Field2 as ::vellum::module::Module>::Record as ::vellum::record::Record>::tree(
                                __2,
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
                    ModelRecord { act: __0, layer: __1, weight: __2 } => {
                        <::vellum::private::Declaration>::item(
                            &__TYPE,
                            0usize,
                            ::vellum::private::list([
                                <<<Model<
                                    A,
                                > as __ModelParts<
                                    A,
                                >>::Field0 as ::vellum::module::Module>::Record as ::vellum::record::Record>::into_item(
                                    __0,
                                )?,
                                <<<Model<
                                    A,
                                > as __ModelParts<
                                    A,
                                >>::Field1 as ::vellum::module::Module>::Record as ::vellum::record::Record>::into_item(
                                    __1,
                                )?,
                                <<<Model<
                                    A,
                                > as __ModelParts<
                                    A,
                                >>::Field2 as ::vellum::module::Module>::Record as ::vellum::record::Record>::into_item(
                                    __2,
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
                        <<<Model<
                            A,
                        > as __ModelParts<
                            A,
                        >>::Field0 as ::vellum::module::Module>::Record as ::vellum::record::Record>::NEEDS_NOTHING,
                        <<<Model<
                            A,
                        > as __ModelParts<
                            A,
                        >>::Field0 as ::vellum::module::Module>::Record as ::vellum::record::Record>::bind,
                    );
                    let __1 = <::vellum::private::Fields<
                        '_,
                        '_,
                    >>::field(
                        &mut __fields,
                        1usize,
                        <<<Model<
                            A,
                        > as __ModelParts<
                            A,
                        >>::Field1 as ::vellum::module::Module>::Record as ::vellum::record::Record>::NEEDS_NOTHING,
                        <<<Model<
                            A,
                        > as __ModelParts<
                            A,
                        >>::Field1 as ::vellum::module::Module>::Record as ::vellum::record::Record>::bind,
                    );
                    let __2 = <::vellum::private::Fields<
                        '_,
                        '_,
                    >>::field(
                        &mut __fields,
                        2usize,
                        <<<Model<
                            A,
                        > as __ModelParts<
                            A,
                        >>::Field2 as ::vellum::module::Module>::Record as ::vellum::record::Record>::NEEDS_NOTHING,
                        <<<Model<
                            A,
                        > as __ModelParts<
                            A,
                        >>::Field2 as ::vellum::module::Module>::Record as ::vellum::record::Record>::bind,
                    );
                    <::vellum::private::Fields<'_, '_>>::finish(__fields);
                    match (__0, __1, __2) {
                        (
                            ::core::option::Option::Some(__0),
                            ::core::option::Option::Some(__1),
                            ::core::option::Option::Some(__2),
                        ) => {
                            ::core::option::Option::Some(ModelRecord {
                                act: __0,
                                layer: __1,
                                weight: __2,
                            })
                        }
                        _ => ::core::option::Option::None,
                    }
                }
            }
        }
    }
    #[automatically_derived]
    impl<A: Own> ::core::clone::Clone for ModelRecord<A>
    where
        A: ::vellum::module::Module,
        Model<A>: __ModelParts<A>,
    {
        fn clone(&self) -> Self {
            <Model<A> as ::vellum::module::Module>::clone_record(self)
        }
    }
    #[automatically_derived]
    impl<A: Own> ::core::fmt::Debug for ModelRecord<A>
    where
        A: ::vellum::module::Module,
        Model<A>: __ModelParts<A>,
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
