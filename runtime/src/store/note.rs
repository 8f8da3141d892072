//! What a caller should know before the values of a load are trusted.

use super::access::Opened;
use crate::record::LayerKind;
use crate::transform::{Layout, Slot};

/// A note if nothing shows that the weights of linear layers are not transposed, as PyTorch's are, and they were not `translated`: they are
/// square, and the file says that it is PyTorch's, or `may_be_pytorchs` because its names are inferred and its format is no framework's, and it
/// does not say whose it is.
pub(super) fn note(opened: &Opened, layout: &Layout, translated: bool, may_be_pytorchs: bool) -> Option<String> {
    let mut linear = layout.slots().iter().filter(|slot| slot.layer() == LayerKind::Linear && slot.shape.rank() == 2);
    let square = linear.clone().find(|slot| is_square(slot))?;
    let metadata = opened.file.metadata();
    let why = if metadata.get("format").is_some_and(|format| format == "pt") {
        "the file says that it is PyTorch's, whose linear weights are transposed"
    } else if may_be_pytorchs && !metadata.contains_key("producer") && linear.all(is_square) {
        "the file does not say whose it is, and the linear weights of PyTorch's are transposed"
    } else {
        return None;
    };
    (!translated).then(|| {
        format!(
            "{why}, and `{}` is square, so that its shape does not show it: `.with_from_adapter(PyTorchToBurnAdapter)` translates them",
            square.name
        )
    })
}

fn is_square(slot: &Slot) -> bool {
    matches!(slot.shape.dims(), [rows, columns] if rows == columns)
}
