//! A load's result as a value, for programs.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::Value;
#[cfg(feature = "json")]
use crate::error::{Error, Result};
use crate::report::{Difference, LoadResult, Provenance};

impl LoadResult {
    /// [`LoadResult::to_value`] as JSON.
    ///
    /// # Errors
    /// None that this value can have; the encoder's type has them.
    #[cfg(feature = "json")]
    pub fn to_json(&self) -> Result<String> {
        serde_json::to_string(&self.to_value()).map_err(|error| Error::argument(error.to_string()))
    }

    /// The result as a value, for programs: every list by its name, differences as `path`, `kind` and `message`.
    pub fn to_value(&self) -> Value {
        let text = |text: &str| Value::Str(text.to_string());
        let texts = |names: &[String]| Value::List(names.iter().map(|name| text(name)).collect());
        let map = |entries: Vec<(&str, Value)>| {
            Value::Map(entries.into_iter().map(|(key, value)| (key.to_string(), value)).collect())
        };
        let differences = |all: &[Difference]| {
            let one = |difference: &Difference| {
                map(alloc::vec![
                    ("path", text(&difference.path().to_string())),
                    ("kind", text(difference.kind())),
                    ("message", text(&difference.to_string())),
                ])
            };
            Value::List(all.iter().map(one).collect())
        };
        let pairs = |all: &[(String, String)]| {
            Value::List(all.iter().map(|(a, b)| Value::List(alloc::vec![text(a), text(b)])).collect())
        };
        let converted = self.converted.iter().map(|one| {
            map(alloc::vec![
                ("path", text(&one.path.to_string())),
                ("from", text(one.from.name())),
                ("to", text(one.to.name())),
            ])
        });
        let provenance = self.provenance.iter().map(|(name, from)| {
            let from = match from {
                Provenance::File(names) => texts(names),
                Provenance::Implied => text("implied"),
                Provenance::Kept => Value::Null,
            };
            (name.clone(), from)
        });
        let remapping = self.remapping.as_ref().map_or(Value::Null, |remapping| {
            map(alloc::vec![
                ("rules", pairs(&remapping.rules)),
                ("from_pytorch", Value::Bool(remapping.from_pytorch)),
                ("ambiguous", Value::Bool(remapping.ambiguous)),
                ("applied", Value::Bool(remapping.applied)),
            ])
        });
        map(alloc::vec![
            ("success", Value::Bool(self.is_success())),
            ("file", self.file.as_deref().map_or(Value::Null, text)),
            ("format", text(&self.format)),
            ("applied", texts(&self.applied)),
            ("skipped", texts(&self.skipped)),
            ("missing", texts(&self.missing)),
            ("unused", texts(&self.unused)),
            ("dropped", texts(&self.dropped)),
            ("errors", differences(&self.errors)),
            ("warnings", differences(&self.warnings)),
            ("converted", Value::List(converted.collect())),
            ("notes", texts(&self.notes)),
            ("renumbered", pairs(&self.renumbered)),
            ("shared", Value::List(self.shared.iter().map(|names| texts(names)).collect())),
            ("provenance", Value::Map(provenance.collect())),
            ("similar", pairs(&self.similar.clone().into_iter().collect::<Vec<_>>())),
            ("remapping", remapping),
        ])
    }
}
