//! Rules about a type as a whole, a function each.

use std::collections::HashMap;

use crate::context::Context;
use crate::model::{Container, Role};

pub(crate) fn check(context: &Context, container: &Container<'_>) {
    for rule in [check_skip_alone] {
        rule(context, container);
    }
    let _ = HashMap::<u8, u8>::new();
    let _ = |r: &Role| matches!(r, Role::Unknown);
}

/// A skipped field is not saved, so nothing can be said about how it is.
fn check_skip_alone(context: &Context, container: &Container<'_>) {
    for field in container.fields() {
        if field.attributes.skip.is_none() {
            continue;
        }
        if let Some(word) = &field.attributes.constant {
            context.error(word, "a skipped field is not saved, a constant is: keep one of them");
        }
        if let Some((word, _)) = &field.attributes.default {
            context.error(word, "a skipped field is made anew at every load: write `skip = ..` for what it is made of");
        }
    }
}
