//! What the configurations of all layers have in common: `new` with what must be said, `with_..` for the rest.

use std::fmt::Display;

use crate::error::{Error, Result};
use crate::path::TensorPath;
use crate::report::{Difference, LoadError};

/// A configuration: `new` takes the required fields in their order, `with { setter => field = default }` the others.
macro_rules! config {
    (
        $(#[$meta:meta])*
        $name:ident {
            $($(#[$required_meta:meta])* $required:ident: $required_type:ty,)*
        } with {
            $($(#[$optional_meta:meta])* $setter:ident => $optional:ident: $optional_type:ty = $default:expr,)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        pub struct $name {
            $($(#[$required_meta])* pub $required: $required_type,)*
            $($(#[$optional_meta])* pub $optional: $optional_type,)*
        }

        impl $name {
            /// The configuration with the defaults for everything else.
            #[allow(clippy::new_without_default, reason = "only some have nothing that must be said")]
            pub fn new($($required: $required_type),*) -> Self {
                $(let $optional: $optional_type = $default;)*
                Self { $($required,)* $($optional,)* }
            }

            $(
                $(#[$optional_meta])*
                #[must_use]
                pub fn $setter(mut self, $optional: $optional_type) -> Self {
                    self.$optional = $optional;
                    self
                }
            )*
        }
    };
}

/// What a configuration makes: `init`, a layer with first values, and `init_with` and `try_init_with`, that of a record, checked against the
/// configuration. The configuration's own `try_init` says of which values no layer can be made; documentation in front says it of `init`.
macro_rules! init {
    ($(#[$panics:meta])* $config:ident: $record:ident => $layer:ident) => {
        impl $config {
            /// A new layer. Its values are made when they are first read.
            ///
            /// # Panics
            /// If a tensor would have more elements than can be addressed.
            $(#[$panics])*
            pub fn init<B: crate::backend::Backend>(
                &self,
                device: impl std::borrow::Borrow<crate::device::Device>,
            ) -> $layer<B> {
                crate::nn::config::or_panic(self.try_init(device.borrow()))
            }

            /// The layer with the tensors of `record` and the hyperparameters of this configuration.
            ///
            /// # Panics
            /// If `try_init_with` is an error, with its report.
            pub fn init_with<B: crate::backend::Backend>(&self, record: $record<B>) -> $layer<B> {
                crate::nn::config::or_panic(self.try_init_with(record))
            }

            /// The layer with the tensors of `record` and the hyperparameters of this configuration.
            ///
            /// # Errors
            /// Every difference between the two: a shape, a bias that only one of them has, a hyperparameter that the record states. If `init`
            /// would panic, what it says, as [`Difference::Data`](crate::Difference::Data) of the root.
            pub fn try_init_with<B: crate::backend::Backend>(
                &self,
                record: $record<B>,
            ) -> Result<$layer<B>, crate::report::LoadError> {
                let made = self.try_init(&crate::device::Device::default());
                let mut layer = made.map_err(crate::nn::config::no_layer)?;
                crate::module::Module::try_load_record(&mut layer, record)?;
                Ok(layer)
            }
        }
    };
}

pub(super) use {config, init};

/// Refuses a configuration of which no layer can be made.
pub(super) fn ensure(can_be: bool, why_not: impl FnOnce() -> String) -> Result<()> {
    if can_be { Ok(()) } else { Err(Error::argument(why_not())) }
}

/// The error of a configuration of which no layer can be made, whatever the record holds.
pub(super) fn no_layer(error: Error) -> LoadError {
    LoadError::new(vec![Difference::Data { path: TensorPath::root(), error }]).of_record()
}

/// For the methods that panic where others give an error.
pub(super) fn or_panic<T, E: Display>(made: Result<T, E>) -> T {
    match made {
        Ok(made) => made,
        Err(error) => panic!("{error}"),
    }
}
