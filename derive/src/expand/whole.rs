//! Whether a type can be taken apart.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};

use super::Print;
use crate::model::{Derive, Field};

impl Print<'_> {
    /// Asks of the type that it has no `Drop` of its own, unless all that is taken out of it is `Copy`: rustc says so of each variant.
    pub(super) fn whole(&self) -> TokenStream {
        let krate = self.krate;
        let parts = self.container.fields().filter(|field| field.is_saved()).map(|field| self.taken(field));
        let place = self.container.ident.span();
        let whole = Ident::new("__whole", place);
        let drops = quote_spanned!(place=> #whole.__drops());
        let take_apart = quote_spanned!(place=> <#krate::private::Whole<Self, ()>>::take_apart);
        // Their types are named outside of angle brackets, where rustc has no other advice on a type that it does not know.
        quote!(if false {
            use #krate::private::DropsParts as _;
            let #whole = <#krate::private::Whole<Self, _>>::of(|| -> (#(#parts,)*) { loop {} });
            #take_apart(#drops);
        })
    }

    /// The type of what is taken out.
    fn taken(&self, field: &Field<'_>) -> TokenStream {
        let module = self.container.derive == Derive::Module && field.is_part();
        if module { self.part_of(field) } else { self.type_of(field) }
    }
}
