//! The tree of a file's objects.

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::value::Value;

/// An object of a file and what lies below it: what [`Value`] says of it in less memory, for a reader that makes its own of it. As deep as the
/// budget let the file be.
pub(crate) struct Node {
    pub(crate) attributes: Vec<(String, Value)>,
    pub(super) holds: Holds,
}

/// What an object holds.
pub(super) enum Holds {
    /// Nothing that is given: it was refused, or is a group that was entered by another link.
    Nothing,
    /// A type that has a name.
    Datatype,
    /// Members, by name.
    Members(Vec<(String, Node)>),
    /// A tensor, by its place in the file's list.
    Tensor(usize),
    /// A dataset that is no tensor.
    Data(Box<Value>),
}

impl Node {
    /// What is not given.
    pub(super) const NOTHING: Self = Self { attributes: Vec::new(), holds: Holds::Nothing };

    /// Its attribute of this name.
    pub(crate) fn attribute(&self, name: &str) -> Option<&Value> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// What lies in it, if it is a group.
    pub(crate) fn members(&self) -> Option<&[(String, Self)]> {
        match &self.holds {
            Holds::Members(members) => Some(members),
            _ => None,
        }
    }

    /// Its member of this name.
    pub(crate) fn member(&self, name: &str) -> Option<&Self> {
        self.members()?.iter().find(|(key, _)| key == name).map(|(_, member)| member)
    }

    /// The tree without attributes: groups are maps.
    pub(crate) fn plain(&self) -> Value {
        match &self.holds {
            Holds::Nothing | Holds::Datatype => Value::Null,
            Holds::Members(members) => {
                Value::Map(members.iter().map(|(name, member)| (name.clone(), member.plain())).collect())
            }
            Holds::Tensor(place) => Value::Tensor(*place),
            Holds::Data(value) => (**value).clone(),
        }
    }

    /// The tree as [`Hdf5File`](super::Hdf5File) shows it.
    pub(super) fn into_value(self) -> Value {
        let (class, rest) = match self.holds {
            Holds::Nothing => return Value::Null,
            Holds::Datatype => ("datatype", None),
            Holds::Members(members) => {
                let members = members.into_iter().map(|(name, member)| (name, member.into_value()));
                ("group", Some(("members", Value::Map(members.collect()))))
            }
            Holds::Tensor(place) => ("dataset", Some(("value", Value::Tensor(place)))),
            Holds::Data(value) => ("dataset", Some(("value", *value))),
        };
        let mut fields = Vec::with_capacity(1 + usize::from(rest.is_some()));
        fields.push(("attributes".to_string(), Value::Map(self.attributes)));
        fields.extend(rest.map(|(name, value)| (name.to_string(), value)));
        Value::Object { class: class.to_string(), fields }
    }
}
