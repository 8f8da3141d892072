//! Ids of parameters that are any text, as they were before Burn 0.15.

use alloc::string::ToString;

use crate::record::{Item, ParamId};
use crate::value::Value;

/// Gives every parameter of an item of a format that names what it holds an id as it is written since 0.15.
pub(super) fn settle(item: &mut Item) {
    match item {
        Item::Seq(items) => items.iter_mut().for_each(settle),
        Item::Map(entries) => match entries.as_mut_slice() {
            [(id, Item::Value(Value::Str(text))), (param, Item::Map(_))] if id == "id" && param == "param" => {
                *text = ParamId::of_text(text).to_string();
            }
            entries => entries.iter_mut().for_each(|(_, item)| settle(item)),
        },
        _ => {}
    }
}
