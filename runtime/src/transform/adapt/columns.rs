//! Weights that lie in columns.

use alloc::boxed::Box;

use super::{Direction, ModuleAdapter};
use crate::error::Result;
use crate::transform::layout::Layout;
use crate::transform::named::{NamedTensor, NamedTensors};

/// Exchanges the axes of the weights of layers of `LinearLayout::Col`, in both directions: in Burn's own files they are
/// `[d_output, d_input]`, and nothing there says so. Stores do this of themselves where Burn wrote the file.
#[derive(Clone, Copy, Debug, Default)]
pub struct ColumnsAdapter;

impl ModuleAdapter for ColumnsAdapter {
    fn adapt(&self, tensors: &mut NamedTensors<'_>, layout: &Layout, _direction: Direction) -> Result<()> {
        for slot in layout.slots().iter().filter(|slot| slot.is_in_columns()) {
            tensors.replace(&slot.name, |tensor| {
                // Another rank is for the load to report, as of any tensor that does not fit.
                if tensor.tensor.shape().rank() != 2 {
                    return Ok(tensor);
                }
                let in_columns = !tensor.in_columns;
                let turned = tensor.becomes(slot.name.as_str(), |tensor| tensor.transposed())?;
                Ok(NamedTensor { in_columns, ..turned })
            })?;
        }
        Ok(())
    }

    fn inverse(&self) -> Option<Box<dyn ModuleAdapter>> {
        Some(Box::new(*self))
    }
}
