//! What the configurations of all layers have in common: `new` with what must be said, `with_..` for the rest.

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

/// `init_with` and `try_init_with` of a configuration: the layer of a record, checked against the configuration.
macro_rules! init_with {
    ($config:ident: $record:ident => $layer:ident) => {
        impl $config {
            /// The layer with the tensors of `record` and the hyperparameters of this configuration.
            ///
            /// # Panics
            /// If the record does not fit, with the report of `try_init_with`.
            pub fn init_with<B: crate::backend::Backend>(&self, record: $record<B>) -> $layer<B> {
                match self.try_init_with(record) {
                    Ok(layer) => layer,
                    Err(error) => panic!("{error}"),
                }
            }

            /// The layer with the tensors of `record` and the hyperparameters of this configuration.
            ///
            /// # Errors
            /// Every difference between the two: a shape, a bias that only one of them has, a hyperparameter that the record states.
            pub fn try_init_with<B: crate::backend::Backend>(
                &self,
                record: $record<B>,
            ) -> Result<$layer<B>, crate::report::LoadError> {
                let mut layer = self.init(crate::device::Device::default());
                crate::module::Module::try_load_record(&mut layer, record)?;
                Ok(layer)
            }
        }
    };
}

pub(super) use {config, init_with};
