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
struct ListRecord();
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
    #[automatically_derived]
    impl ::vellum::record::Record for ListRecord {
        fn schema() -> ::vellum::private::Schema {
            ::core::unreachable!()
        }
        fn tree(&self) -> ::vellum::private::Tree<::vellum::private::LeafRef<'_>> {
            ::core::unreachable!()
        }
        fn into_item(
            self,
        ) -> ::core::result::Result<::vellum::private::Item, ::vellum::Error> {
            ::core::unreachable!()
        }
        fn bind(
            _: ::vellum::private::Item,
            _: &mut ::vellum::private::Binder<'_>,
        ) -> ::core::option::Option<Self> {
            ::core::unreachable!()
        }
    }
    #[automatically_derived]
    impl ::core::clone::Clone for ListRecord {
        fn clone(&self) -> Self {
            ::core::unreachable!()
        }
    }
    #[automatically_derived]
    impl ::core::fmt::Debug for ListRecord {
        fn fmt(&self, _: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
            ::core::unreachable!()
        }
    }
    #[automatically_derived]
    impl ::vellum::module::Module for List {
        type Record = ListRecord;
        fn tree(&self) -> ::vellum::private::Tree<::vellum::private::LeafRef<'_>> {
            ::core::unreachable!()
        }
        fn tree_mut(
            &mut self,
        ) -> ::vellum::private::Tree<::vellum::private::LeafMut<'_>> {
            ::core::unreachable!()
        }
        fn record(&self) -> Self::Record {
            ::core::unreachable!()
        }
        fn into_record(self) -> Self::Record {
            ::core::unreachable!()
        }
        fn clone_record(_: &Self::Record) -> Self::Record {
            ::core::unreachable!()
        }
        fn build(
            _: Self::Record,
            _: &mut ::vellum::private::Builder,
        ) -> ::core::option::Option<Self> {
            ::core::unreachable!()
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
    const _: () = {
        #[allow(dead_code)]
        #[deny(unused_must_use)]
        fn asked() {
            (<::vellum::private::StandIn>::IS,);
        }
    };
    const _: () = {
        #[allow(dead_code)]
        fn asked() {
            let _ = <<Param<
                f32,
            > as ::vellum::private::Same>::Type as ::vellum::module::Module>::tree;
        }
    };
};
