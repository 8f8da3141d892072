//! Ids of parameters that are any text, as they were before Burn 0.15.

use alloc::string::ToString;

use crate::record::{Item, ParamId};
use crate::value::Value;

/// Gives every parameter of an item of a format that names what it holds an id as it is written since 0.15.
pub(super) fn settle(item: &mut Item) {
    if settle_param(item) {
        return;
    }
    match item {
        Item::Seq(items) => items.iter_mut().for_each(settle),
        Item::Map(entries) => entries.iter_mut().for_each(|(_, item)| settle(item)),
        _ => {}
    }
}

/// Does so for an item if it is a parameter itself, its tensor left in the file or not, and says whether it is. Twice does as once.
pub(super) fn settle_param(item: &mut Item) -> bool {
    let Item::Map(entries) = item else { return false };
    match entries.as_mut_slice() {
        [(id, Item::Value(Value::Str(text))), (param, Item::Map(_) | Item::Tensor(_))]
            if id == "id" && param == "param" =>
        {
            *text = ParamId::of_text(text).to_string();
            true
        }
        _ => false,
    }
}
