//! `ModelProto`, `GraphProto` and `NodeProto`: where tensors are found.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::ops::Range;

use super::tensor::{TensorProto, pair};
use super::wire::{self, Wire};
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
    Stored(TensorProto),
    /// The number or numbers of a `Constant` node.
    Made(String, TensorData),
}

impl Model {
    /// Walks the model in `input`, of `len` bytes.
    pub(super) fn read(input: &mut Input<'_>, len: u64, budget: &Budget) -> Result<Self> {
        let mut model = Self::default();
        let (mut graph, mut opsets, mut functions) = (None, Vec::new(), Vec::new());
        wire::fields(input, 0..len, budget, |input, field| {
            match field.number {
                1 => model.values.push(("ir_version".into(), Value::from(field.integer()?))),
                2 => model.values.push(("producer_name".into(), Value::Str(field.text(input, budget)?))),
                3 => model.values.push(("producer_version".into(), Value::Str(field.text(input, budget)?))),
                4 => model.values.push(("domain".into(), Value::Str(field.text(input, budget)?))),
                5 => model.values.push(("model_version".into(), Value::from(field.integer()?))),
                7 => {
                    let other = graph.replace(field.bytes()?);
                    // Protobuf would merge the two.
                    if other.is_some() {
                        return Err(Error::corrupt("the model has two graphs").at(field.range));
                    }
                }
                8 => {
                    let (mut domain, mut version) = (String::new(), 0);
                    wire::fields(input, field.bytes()?, budget, |input, field| {
                        match field.number {
                            1 => domain = field.text(input, budget)?,
                            2 => version = field.integer()?,
                            _ => {}
                        }
                        Ok(())
                    })?;
                    opsets.push((domain, Value::from(version)));
                }
                14 => model.metadata.push(pair(input, field.bytes()?, budget)?),
                25 => push(&mut functions, field.bytes()?)?,
                _ => {}
            }
            Ok(())
        })?;
        let Some(graph) = graph else {
            return Err(Error::new(ErrorKind::WrongFormat { expected: "onnx", found: "no graph".into() }));
        };
        model.values.push(("opset_import".into(), Value::Map(opsets)));
        model.graph(input, graph, "", budget, 0)?;
        for function in functions {
            model.function(input, function, budget)?;
        }
        Ok(model)
    }

    /// Lists the constants in a function of the model, behind `domain.name.`, or `domain.name:overload.`: its id.
    fn function(&mut self, input: &mut Input<'_>, range: Range<u64>, budget: &Budget) -> Result<()> {
        let (mut name, mut domain, mut overload, mut nodes) = (String::new(), String::new(), String::new(), Vec::new());
        wire::fields(input, range, budget, |input, field| {
            match field.number {
                1 => name = field.text(input, budget)?,
                7 => push(&mut nodes, field.bytes()?)?,
                10 => domain = field.text(input, budget)?,
                13 => overload = field.text(input, budget)?,
                _ => {}
            }
            Ok(())
        })?;
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
                let mut tensor = TensorProto::read(input, field.bytes()?, budget)?;
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
        let (mut output, mut name, mut op_type, mut domain) = (None, String::new(), String::new(), String::new());
        let mut attributes = Vec::new();
        wire::fields(input, range, budget, |input, field| {
            match field.number {
                2 if output.is_none() => output = Some(field.text(input, budget)?),
                3 => name = field.text(input, budget)?,
                4 => op_type = field.text(input, budget)?,
                5 => attributes.push(field.bytes()?),
                7 => domain = field.text(input, budget)?,
                _ => {}
            }
            Ok(())
        })?;
        let is_constant = op_type == "Constant" && matches!(domain.as_str(), "" | "ai.onnx");
        let output = output.unwrap_or_default();
        for range in attributes {
            if is_constant {
                self.constant(input, range, &full_name(prefix, &output, budget)?, budget)?;
                continue;
            }
            let Attribute { name: attribute, graphs } = Attribute::read(input, range, budget)?;
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
        let (mut floats, mut integers, mut kind, mut tensor) = (Vec::new(), Vec::new(), String::new(), None);
        let mut refused = None;
        wire::fields(input, range, budget, |input, field| {
            match (field.number, &field.wire) {
                (1, _) => kind = field.text(input, budget)?,
                (2 | 7, Wire::Fixed32(range) | Wire::Bytes(range)) => {
                    input.seek(range.start);
                    while input.position() < range.end {
                        budget.charge_objects(1)?;
                        push(&mut floats, f32::from_bits(input.u32()?))?;
                    }
                    // The last may have been taken from behind the field.
                    if input.position() > range.end {
                        return Err(field.mismatch());
                    }
                }
                (3 | 8, Wire::Varint(value)) => push(&mut integers, value.cast_signed())?,
                (8, Wire::Bytes(range)) => wire::packed(input, range, |value| {
                    budget.charge_objects(1)?;
                    push(&mut integers, value.cast_signed())
                })?,
                (4 | 9, _) => refused = Some("text is no tensor"),
                (22, _) => refused = Some("sparse tensors are not read"),
                (5, _) => {
                    let other = tensor.replace(TensorProto::read(input, field.bytes()?, budget)?);
                    if other.is_some() {
                        return Err(Error::corrupt("a constant has two values").at(field.range));
                    }
                }
                (2 | 3 | 7 | 8, _) => return Err(field.mismatch()),
                _ => {}
            }
            Ok(())
        })?;
        let found = match (kind.as_str(), tensor) {
            ("value", Some(tensor)) => Found::Stored(TensorProto { name: output.to_string(), ..tensor }),
            ("value_float" | "value_floats", None) => {
                let shape = if kind == "value_float" { Shape::scalar() } else { Shape::new([floats.len()])? };
                Found::Made(output.to_string(), TensorData::from_vec(floats, shape)?)
            }
            ("value_int" | "value_ints", None) => {
                let shape = if kind == "value_int" { Shape::scalar() } else { Shape::new([integers.len()])? };
                Found::Made(output.to_string(), TensorData::from_vec(integers, shape)?)
            }
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

/// The graphs of an `AttributeProto`.
struct Attribute {
    name: String,
    graphs: Vec<Range<u64>>,
}

impl Attribute {
    fn read(input: &mut Input<'_>, range: Range<u64>, budget: &Budget) -> Result<Self> {
        let (mut name, mut graphs) = (String::new(), Vec::new());
        wire::fields(input, range, budget, |input, field| {
            match field.number {
                1 => name = field.text(input, budget)?,
                6 | 11 => graphs.push(field.bytes()?),
                _ => {}
            }
            Ok(())
        })?;
        Ok(Self { name, graphs })
    }
}

/// The name of a `SparseTensorProto`, which is that of its values.
fn sparse(input: &mut Input<'_>, range: Range<u64>, budget: &Budget) -> Result<(String, Error)> {
    let mut name = String::new();
    wire::fields(input, range, budget, |input, field| {
        if field.number == 1 {
            name = TensorProto::read(input, field.bytes()?, budget)?.name;
        }
        Ok(())
    })?;
    Ok((name, Error::refused("sparse tensors are not read")))
}
