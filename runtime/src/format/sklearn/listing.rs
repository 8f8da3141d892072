//! The names under which stores know the arrays of a tree, and the tree as a value.

use alloc::collections::BTreeSet;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use super::array::Array;
use super::tree::{Attribute, Estimator};
use crate::error::{Error, Result};
use crate::format::TensorEntry;
use crate::limits::Budget;
use crate::shape::Shape;
use crate::tensor::TensorData;
use crate::value::Value;

/// What a file lists.
pub(super) struct Listing<'a> {
    pub(super) entries: Vec<TensorEntry>,
    /// As many as entries.
    pub(super) arrays: Vec<Array>,
    pub(super) refusals: Vec<(String, Error)>,
    names: BTreeSet<String>,
    path: String,
    budget: &'a Budget,
}

impl<'a> Listing<'a> {
    pub(super) fn new(budget: &'a Budget) -> Self {
        let (entries, arrays, refusals) = (Vec::new(), Vec::new(), Vec::new());
        Self { entries, arrays, refusals, names: BTreeSet::new(), path: String::new(), budget }
    }

    /// Lists all that is at the path, and gives its value. The tree is no deeper than the limits allow: so it was made.
    pub(super) fn value(&mut self, attribute: &Attribute) -> Result<Value> {
        Ok(match attribute {
            Attribute::None => Value::Null,
            Attribute::Bool(value) => Value::Bool(*value),
            Attribute::Int(value) => Value::Int(*value),
            Attribute::BigInt(decimal) => match decimal.parse() {
                Ok(value) => Value::UInt(value),
                Err(_) => object("builtins.int", vec![("decimal".into(), Value::Str(decimal.clone()))]),
            },
            Attribute::Float(value) => Value::Float(*value),
            Attribute::Complex(re, im) => {
                let fields = vec![("real".into(), Value::Float(*re)), ("imag".into(), Value::Float(*im))];
                object("builtins.complex", fields)
            }
            Attribute::Text(text) => Value::Str(text.clone()),
            Attribute::Bytes(bytes) => Value::Bytes(bytes.clone()),
            Attribute::Array(array) => self.array(array)?,
            Attribute::Texts(texts) => {
                shaped(&texts.shape, texts.values.iter().map(|text| Value::Str(text.clone())).collect())
            }
            Attribute::Objects(objects) => shaped(&objects.shape, self.list(&objects.items)?),
            Attribute::Records(records) => Value::Map(self.fields(&records.fields)?),
            Attribute::List(items) | Attribute::Tuple(items) | Attribute::Set(items) => Value::List(self.list(items)?),
            Attribute::Dict(entries) => self.dict(entries)?,
            Attribute::Estimator(estimator) => self.estimator(estimator)?,
            Attribute::Global(name) => object(name, Vec::new()),
            Attribute::Refused(why) => {
                self.refuse(Error::refused(why.clone()))?;
                Value::Null
            }
        })
    }

    fn estimator(&mut self, estimator: &Estimator) -> Result<Value> {
        let mut fields = Vec::new();
        for (name, attribute) in &estimator.attributes {
            let value = match attribute {
                // scikit-learn's rule: what ends so was learnt. Whether that is a number of Python or of NumPy is chance.
                Attribute::Float(value) if name.ends_with('_') => {
                    self.inside(name, |listing| listing.array(&TensorData::scalar(*value).into()))?
                }
                attribute => self.inside(name, |listing| listing.value(attribute))?,
            };
            fields.push((name.clone(), value));
        }
        Ok(object(&estimator.class, fields))
    }

    fn fields(&mut self, fields: &[(String, Attribute)]) -> Result<Vec<(String, Value)>> {
        let field = |(name, field): &(String, Attribute)| {
            Ok((name.clone(), self.inside(name, |listing| listing.value(field))?))
        };
        fields.iter().map(field).collect()
    }

    fn list(&mut self, items: &[Attribute]) -> Result<Vec<Value>> {
        let numbered = items.iter().enumerate();
        numbered.map(|(place, item)| self.inside(&place.to_string(), |listing| listing.value(item))).collect()
    }

    /// A dict is a map if its keys are names: text and integers, no two written alike.
    fn dict(&mut self, entries: &[(Attribute, Attribute)]) -> Result<Value> {
        let name = |(key, _): &(Attribute, Attribute)| match key {
            Attribute::Text(text) => Some(text.clone()),
            Attribute::Int(n) => Some(n.to_string()),
            _ => None,
        };
        let names: Option<Vec<String>> = entries.iter().map(name).collect();
        let distinct = |names: &Vec<String>| names.iter().collect::<BTreeSet<_>>().len() == names.len();
        if let Some(names) = names.filter(distinct) {
            // As long as it gets: what grows would have room for up to twice as many.
            let mut map = Vec::with_capacity(entries.len());
            for (name, (_, value)) in names.into_iter().zip(entries) {
                let value = self.inside(&name, |listing| listing.value(value))?;
                map.push((name, value));
            }
            return Ok(Value::Map(map));
        }
        let mut pairs = Vec::new();
        for (place, (key, value)) in entries.iter().enumerate() {
            let pair = self.inside(&place.to_string(), |listing| {
                let key = listing.inside("key", |listing| listing.value(key))?;
                Ok(Value::List(vec![key, listing.inside("value", |listing| listing.value(value))?]))
            })?;
            pairs.push(pair);
        }
        Ok(object("builtins.dict", vec![("items".into(), Value::List(pairs))]))
    }

    /// Lists an array under the path.
    fn array(&mut self, array: &Array) -> Result<Value> {
        let index = self.entries.len();
        self.budget.check_tensors(index as u64 + 1)?;
        self.budget.charge_expanded(self.path.len() as u64)?;
        if !self.names.insert(self.path.clone()) {
            self.refuse(Error::refused("a second array of this name"))?;
            return Ok(Value::Null);
        }
        let (dtype, shape) = (array.dtype(), array.shape().clone());
        self.entries.push(TensorEntry {
            name: self.path.clone(),
            dtype,
            shape,
            param_id: None,
            storage: array.storage(),
        });
        self.arrays.push(array.clone());
        Ok(Value::Tensor(index))
    }

    fn refuse(&mut self, error: Error) -> Result<()> {
        self.budget.charge_expanded(self.path.len() as u64)?;
        self.refusals.push((self.path.clone(), error.in_tensor(&self.path)));
        Ok(())
    }

    fn inside<T>(&mut self, step: &str, go: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let outer = self.path.len();
        if outer > 0 {
            self.path.push('.');
        }
        self.path.push_str(step);
        let value = self.budget.check_name(self.path.len() as u64).and_then(|()| go(self));
        self.path.truncate(outer);
        value
    }
}

/// An array of values: a list where it has one axis.
fn shaped(shape: &Shape, items: Vec<Value>) -> Value {
    if shape.rank() == 1 {
        return Value::List(items);
    }
    let axes = shape.dims().iter().map(|&axis| Value::from(axis as u64)).collect();
    object("numpy.ndarray", vec![("shape".into(), Value::List(axes)), ("items".into(), Value::List(items))])
}

fn object(class: &str, fields: Vec<(String, Value)>) -> Value {
    Value::Object { class: class.into(), fields }
}
