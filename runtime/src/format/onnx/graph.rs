//! `ModelProto`, `GraphProto` and `NodeProto`: where tensors are found.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use core::ops::Range;

use super::proto::{AttributeProto, FunctionProto, ModelProto, NodeProto};
use super::tensor::StoredTensor;
use super::wire::{self, Kept};
use crate::error::{Error, ErrorKind, Result};
use crate::format::input::{Input, push};
use crate::limits::Budget;
use crate::shape::Shape;
use crate::tensor::TensorData;
use crate::value::Value;

/// Graphs in nodes in graphs, whatever the limits allow: reading them recurs.
const MAX_DEPTH: u64 = 32;

/// What a model holds.
#[derive(Debug, Default)]
pub(super) struct Model {
    pub(super) tensors: Vec<Found>,
    pub(super) refusals: Vec<(String, Error)>,
    /// Version, producer, operator sets and the like.
    pub(super) values: Vec<(String, Value)>,
    pub(super) metadata: Vec<(String, String)>,
}

/// A tensor, under the name it is listed by.
#[derive(Debug)]
pub(super) enum Found {
    Stored(StoredTensor),
    /// The number or numbers of a `Constant` node.
    Made(String, TensorData),
}

impl Model {
    /// Walks the model in `input`, of `len` bytes.
    pub(super) fn read(input: &mut Input<'_>, len: u64, budget: &Budget) -> Result<Self> {
        let (mut kept, mut graph, mut functions) = (Kept::default(), None, Vec::new());
        wire::fields(input, 0..len, budget, |input, field| {
            match field.number {
                1..=5 => kept.one(input, &field, budget)?,
                8 | 14 => kept.listed(input, &field, budget)?,
                7 => {
                    let other = graph.replace(field.bytes()?);
                    // Protobuf would merge the two.
                    if other.is_some() {
                        return Err(Error::corrupt("the model has two graphs").at(field.range));
                    }
                }
                25 => push(&mut functions, field.bytes()?)?,
                _ => {}
            }
            Ok(())
        })?;
        let Some(graph) = graph else {
            return Err(Error::new(ErrorKind::WrongFormat { expected: "onnx", found: "no graph".into() }));
        };
        let mut model = Self::about(kept.decode(&(0..len))?);
        model.graph(input, graph, "", budget, 0)?;
        for function in functions {
            model.function(input, function, budget)?;
        }
        Ok(model)
    }

    /// What a model says of itself.
    fn about(model: ModelProto) -> Self {
        let number = |name: &str, value: Option<i64>| value.map(|value| (name.to_string(), Value::Int(value)));
        let text = |name: &str, value: Option<String>| value.map(|value| (name.to_string(), Value::Str(value)));
        let stated = [
            number("ir_version", model.ir_version),
            text("producer_name", model.producer_name),
            text("producer_version", model.producer_version),
            text("domain", model.domain),
            number("model_version", model.model_version),
        ];
        let opsets = model.opset_import.into_iter().map(|set| (set.domain, Value::Int(set.version))).collect();
        let opsets = ("opset_import".to_string(), Value::Map(opsets));
        Self {
            values: stated.into_iter().flatten().chain([opsets]).collect(),
            metadata: model.metadata_props.into_iter().map(|pair| (pair.key, pair.value)).collect(),
            ..Self::default()
        }
    }

    /// Lists the constants in a function of the model, behind `domain.name.`, or `domain.name:overload.`: its id.
    fn function(&mut self, input: &mut Input<'_>, range: Range<u64>, budget: &Budget) -> Result<()> {
        let (mut kept, mut nodes) = (Kept::default(), Vec::new());
        wire::fields(input, range.clone(), budget, |input, field| match field.number {
            1 | 10 | 13 => kept.one(input, &field, budget),
            7 => push(&mut nodes, field.bytes()?),
            _ => Ok(()),
        })?;
        let FunctionProto { name, domain, overload } = kept.decode(&range)?;
        let dot = if domain.is_empty() { "" } else { "." };
        let colon = if overload.is_empty() { "" } else { ":" };
        let prefix = format!("{domain}{dot}{name}{colon}{overload}.");
        for node in nodes {
            self.node(input, node, &prefix, budget, 0)?;
        }
        Ok(())
    }

    /// Lists the tensors of a graph; `prefix` stands before their names.
    fn graph(
        &mut self,
        input: &mut Input<'_>,
        range: Range<u64>,
        prefix: &str,
        budget: &Budget,
        depth: u64,
    ) -> Result<()> {
        budget.check_depth(depth)?;
        if depth > MAX_DEPTH {
            return Err(Error::refused("the model nests graphs too deeply").at(range));
        }
        wire::fields(input, range, budget, |input, field| match field.number {
            1 => self.node(input, field.bytes()?, prefix, budget, depth),
            5 => {
                let mut tensor = StoredTensor::read(input, field.bytes()?, budget)?;
                tensor.name = full_name(prefix, &tensor.name, budget)?;
                self.found(Found::Stored(tensor), budget)
            }
            15 => {
                let (name, error) = sparse(input, field.bytes()?, budget)?;
                self.refusals.push((full_name(prefix, &name, budget)?, error));
                Ok(())
            }
            _ => Ok(()),
        })
    }

    fn found(&mut self, found: Found, budget: &Budget) -> Result<()> {
        push(&mut self.tensors, found)?;
        budget.check_tensors(self.tensors.len() as u64)
    }

    /// Looks into a node: whether it is a constant, or holds graphs.
    fn node(
        &mut self,
        input: &mut Input<'_>,
        range: Range<u64>,
        prefix: &str,
        budget: &Budget,
        depth: u64,
    ) -> Result<()> {
        let (mut kept, mut has_output, mut attributes) = (Kept::default(), false, Vec::new());
        wire::fields(input, range.clone(), budget, |input, field| match field.number {
            // The first of several names the node.
            2 if has_output => Ok(()),
            2..=4 | 7 => {
                has_output |= field.number == 2;
                kept.one(input, &field, budget)
            }
            5 => push(&mut attributes, field.bytes()?),
            _ => Ok(()),
        })?;
        let NodeProto { output, name, op_type, domain } = kept.decode(&range)?;
        let is_constant = op_type == "Constant" && matches!(domain.as_str(), "" | "ai.onnx");
        let output = output.into_iter().next().unwrap_or_default();
        for range in attributes {
            if is_constant {
                self.constant(input, range, &full_name(prefix, &output, budget)?, budget)?;
                continue;
            }
            let (attribute, graphs) = graphs_of(input, range, budget)?;
            let several = graphs.len() > 1;
            for (index, graph) in graphs.into_iter().enumerate() {
                let node = if name.is_empty() { &output } else { &name };
                let index = if several { format!("{index}.") } else { String::new() };
                let prefix = full_name(prefix, &format!("{node}.{attribute}.{index}"), budget)?;
                self.graph(input, graph, &prefix, budget, depth + 1)?;
            }
        }
        Ok(())
    }

    /// Lists the value of a `Constant` node, which is named by the node's output.
    fn constant(&mut self, input: &mut Input<'_>, range: Range<u64>, output: &str, budget: &Budget) -> Result<()> {
        let (mut kept, mut tensor, mut refused) = (Kept::default(), None, None);
        wire::fields(input, range.clone(), budget, |input, field| {
            match field.number {
                1..=3 => kept.one(input, &field, budget)?,
                7 | 8 => {
                    // Each number takes a byte at least.
                    budget.charge_objects(field.len())?;
                    kept.many(input, &field, budget)?;
                }
                4 | 9 => refused = Some("text is no tensor"),
                22 => refused = Some("sparse tensors are not read"),
                5 => {
                    let other = tensor.replace(StoredTensor::read(input, field.bytes()?, budget)?);
                    if other.is_some() {
                        return Err(Error::corrupt("a constant has two values").at(field.range));
                    }
                }
                _ => {}
            }
            Ok(())
        })?;
        let AttributeProto { name: kind, f, i, floats, ints } = kept.decode(&range)?;
        let (float_count, int_count) = ([floats.len()], [ints.len()]);
        let made = match (kind.as_str(), &tensor) {
            ("value_float", None) => Some(TensorData::from_vec(vec![f], Shape::scalar())?),
            ("value_floats", None) => Some(TensorData::from_vec(floats, float_count)?),
            ("value_int", None) => Some(TensorData::from_vec(vec![i], Shape::scalar())?),
            ("value_ints", None) => Some(TensorData::from_vec(ints, int_count)?),
            _ => None,
        };
        let found = match (kind.as_str(), tensor, made) {
            ("value", Some(tensor), _) => Found::Stored(StoredTensor { name: output.to_string(), ..tensor }),
            (_, _, Some(made)) => Found::Made(output.to_string(), made),
            _ => {
                let why = refused.unwrap_or("the value of the constant is of an unknown kind");
                self.refusals.push((output.to_string(), Error::refused(why)));
                return Ok(());
            }
        };
        self.found(found, budget)
    }
}

/// A name in a graph of a node. Many short names behind a long prefix take far more memory than the file, which the budget bounds.
fn full_name(prefix: &str, name: &str, budget: &Budget) -> Result<String> {
    budget.check_name((prefix.len() + name.len()) as u64)?;
    budget.charge_expanded(prefix.len() as u64)?;
    Ok(format!("{prefix}{name}"))
}

/// The name of the attribute at `range`, and where its graphs are.
fn graphs_of(input: &mut Input<'_>, range: Range<u64>, budget: &Budget) -> Result<(String, Vec<Range<u64>>)> {
    let (mut kept, mut graphs) = (Kept::default(), Vec::new());
    wire::fields(input, range.clone(), budget, |input, field| match field.number {
        1 => kept.one(input, &field, budget),
        6 | 11 => push(&mut graphs, field.bytes()?),
        _ => Ok(()),
    })?;
    let AttributeProto { name, .. } = kept.decode(&range)?;
    Ok((name, graphs))
}

/// The name of a `SparseTensorProto`, which is that of its values.
fn sparse(input: &mut Input<'_>, range: Range<u64>, budget: &Budget) -> Result<(String, Error)> {
    let mut name = String::new();
    wire::fields(input, range, budget, |input, field| {
        if field.number == 1 {
            name = StoredTensor::read(input, field.bytes()?, budget)?.name;
        }
        Ok(())
    })?;
    Ok((name, Error::refused("sparse tensors are not read")))
}
