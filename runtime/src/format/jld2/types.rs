//! Julia's types, as committed datatypes tell of them.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::dtype::DType;
use crate::error::Result;
use crate::format::hdf5::{Attribute, Decoder, File};
use crate::format::julia::short_name;
use crate::value::Value;

/// A type of Julia's.
#[derive(Debug, Default)]
pub(super) struct JuliaType {
    /// Its name with its modules, such as `Flux.Dense`.
    pub(super) name: String,
    /// Its fields in order, those without data too, each with the address of its type where that is committed.
    pub(super) fields: Vec<(String, Option<u64>)>,
    /// Its parameters that are types or values in the file.
    pub(super) parameters: Vec<Option<u64>>,
}

/// The types that were met, by the address of their committed datatype.
#[derive(Default)]
pub(super) struct Types(BTreeMap<u64, Arc<JuliaType>>);

impl Types {
    /// The type that is committed at `address`; nothing is known of it if it does not say.
    pub(super) fn get(&mut self, file: &File, decoder: &mut Decoder<'_>, address: u64) -> Result<Arc<JuliaType>> {
        if let Some(known) = self.0.get(&address) {
            return Ok(Arc::clone(known));
        }
        let (name, parameters) = described(file, decoder, address)?;
        let mut fields = declared_fields(decoder, &file.object(address)?.attributes()?)?;
        if fields.is_empty() {
            fields = fields_of_parameters(file, decoder, &name, &parameters)?;
        }
        let found = Arc::new(JuliaType { name, fields, parameters });
        self.0.insert(address, Arc::clone(&found));
        Ok(found)
    }
}

/// The value of the attribute that is named so.
fn value_of(decoder: &mut Decoder<'_>, attributes: &[Attribute], name: &str) -> Result<Value> {
    match attributes.iter().find(|attribute| attribute.name == name) {
        Some(found) => decoder.all(&found.datatype, &found.dataspace, &found.data),
        None => Ok(Value::Null),
    }
}

/// The addresses of references; `None` for those that lead nowhere.
fn addresses(references: &Value) -> Vec<Option<u64>> {
    let address = |reference: &Value| match reference.get("address") {
        Some(Value::Int(address)) => u64::try_from(*address).ok(),
        Some(Value::UInt(address)) => Some(*address),
        _ => None,
    };
    references.as_list().unwrap_or_default().iter().map(address).collect()
}

fn strings(values: &Value) -> Vec<String> {
    match values {
        Value::List(items) => items.iter().filter_map(|item| Some(item.as_str()?.to_string())).collect(),
        Value::Map(items) => items.iter().filter_map(|(_, item)| Some(item.as_str()?.to_string())).collect(),
        _ => Vec::new(),
    }
}

/// Name and parameters of a type: the attribute `julia_type` of a committed datatype, or the value of a dataset, which is how a
/// type without a datatype of its own is written.
fn described(file: &File, decoder: &mut Decoder<'_>, address: u64) -> Result<(String, Vec<Option<u64>>)> {
    let object = file.object(address)?;
    let described = if object.is_dataset() {
        value_of_dataset(file, decoder, address)?
    } else {
        value_of(decoder, &object.attributes()?, "julia_type")?
    };
    let name = described.get("name").and_then(Value::as_str).unwrap_or_default().to_string();
    Ok((name, described.get("parameters").map(addresses).unwrap_or_default()))
}

/// What the dataset of a type or of a type's parameter holds.
fn value_of_dataset(file: &File, decoder: &mut Decoder<'_>, address: u64) -> Result<Value> {
    let dataset = file.object(address)?.dataset()?;
    file.medium.budget.charge_expanded(dataset.expanded_len()?)?;
    let bytes = dataset.read(&file.medium, DType::U8)?.freeze();
    decoder.all(&dataset.datatype, &dataset.dataspace, &bytes)
}

/// Names and types of fields: the attributes `field_names` and `field_types`, written where a field has no data or a committed type.
fn declared_fields(decoder: &mut Decoder<'_>, attributes: &[Attribute]) -> Result<Vec<(String, Option<u64>)>> {
    let names = strings(&value_of(decoder, attributes, "field_names")?);
    let mut types = addresses(&value_of(decoder, attributes, "field_types")?);
    types.resize(names.len(), None);
    Ok(names.into_iter().zip(types).collect())
}

/// The fields of a tuple or a named tuple, whose type's parameters are the names and the types of the fields.
fn fields_of_parameters(
    file: &File,
    decoder: &mut Decoder<'_>,
    name: &str,
    parameters: &[Option<u64>],
) -> Result<Vec<(String, Option<u64>)>> {
    match (short_name(name), parameters) {
        ("Tuple", types) => Ok((1..=types.len()).map(|i| i.to_string()).zip(types.iter().copied()).collect()),
        ("NamedTuple", &[Some(names), Some(types)]) => {
            if !file.object(names)?.is_dataset() {
                return Ok(Vec::new());
            }
            let names = strings(&value_of_dataset(file, decoder, names)?);
            // Only the parameters of the tuple's type are looked at, so that types in a circle are not followed.
            let (of, mut types) = described(file, decoder, types)?;
            if short_name(&of) == "NTuple" {
                // A count and the one type of all.
                types = alloc::vec![types.get(1).copied().flatten(); names.len()];
            }
            types.resize(names.len(), None);
            Ok(names.into_iter().zip(types).collect())
        }
        _ => Ok(Vec::new()),
    }
}
