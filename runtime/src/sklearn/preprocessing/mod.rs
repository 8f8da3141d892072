//! Features to features.

mod encoders;
mod scalers;

pub use encoders::{OneHotEncoder, OneHotEncoderRecord, OrdinalEncoder, OrdinalEncoderRecord, Unknown};
pub use scalers::{MinMaxScaler, MinMaxScalerRecord, StandardScaler, StandardScalerRecord};
