//! Models made of models.

mod columns;
mod model;
mod pipeline;

pub use columns::{ColumnTransformer, ColumnTransformerRecord, Columns, Part, PartRecord};
pub use model::{Model, ModelRecord};
pub use pipeline::{Pipeline, PipelineRecord};
