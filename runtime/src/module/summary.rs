//! What people look at first: the tensors of a model in a table.

use alloc::collections::BTreeSet;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use super::visit::{Owner, Walker, walk};
use crate::dtype::{DType, DTypeKind};
use crate::path::{PathPart, TensorPath};
use crate::record::{LeafRef, Role, TieId, Tree};
use crate::shape::Shape;

/// The tensors of a model, with totals. `Display` is a table. Making it makes no lazy parameter.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// A row a tensor, in the order of declaration.
    pub rows: Vec<SummaryRow>,
    /// Elements of float parameters that training changes; a tied parameter counts once.
    pub trainable: usize,
    /// Elements of all other tensors.
    pub not_trainable: usize,
    /// Elements of float parameters and buffers; a tied parameter counts once.
    pub floats: usize,
    /// Bytes of all tensors; a tied parameter counts once.
    pub bytes: u64,
}

/// A tensor of a model.
#[derive(Clone, Debug)]
pub struct SummaryRow {
    /// Its path.
    pub path: TensorPath,
    /// The type of the layer that holds it.
    pub layer: &'static str,
    /// The lengths of its axes.
    pub shape: Shape,
    /// The type of its elements.
    pub dtype: DType,
    /// Whether training changes it.
    pub trainable: bool,
    /// Whether an earlier row is the same parameter.
    pub tied: bool,
}

impl Summary {
    pub(crate) fn of(tree: Tree<LeafRef<'_>>) -> Self {
        let mut collector = Collector { summary: Self::default(), ties: BTreeSet::new() };
        walk(tree, &mut collector);
        collector.summary
    }

    /// Number of elements of all tensors; a tied parameter counts once.
    pub fn elements(&self) -> usize {
        self.trainable + self.not_trainable
    }
}

struct Collector {
    summary: Summary,
    ties: BTreeSet<TieId>,
}

impl Walker<LeafRef<'_>> for Collector {
    fn enter(&mut self, _part: &PathPart, _owner: &Owner) {}

    fn leaf(&mut self, path: &TensorPath, leaf: LeafRef<'_>, owners: &[Owner]) {
        let (dtype, shape) = (leaf.dtype(), leaf.shape());
        let tied = leaf.tie().is_some_and(|tie| !self.ties.insert(tie));
        let float = dtype.kind() == DTypeKind::Float;
        let trainable = float && leaf.role() == Role::Param && leaf.is_trainable();
        if !tied {
            let elements = shape.num_elements();
            *(if trainable { &mut self.summary.trainable } else { &mut self.summary.not_trainable }) += elements;
            self.summary.floats += if float { elements } else { 0 };
            self.summary.bytes += dtype.byte_len(elements).unwrap_or_default() as u64;
        }
        let layer = owners.last().map_or("", |owner| owner.name);
        self.summary.rows.push(SummaryRow { path: path.clone(), layer, shape, dtype, trainable, tied });
    }

    fn exit(&mut self, _part: &PathPart, _owner: &Owner) {}
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = ["path", "layer", "shape", "dtype", "parameters"].map(String::from);
        let body = self.rows.iter().map(|row| {
            let mark = match (row.tied, row.trainable) {
                (true, _) => " (tied)",
                (false, true) => "",
                (false, false) => " (not trained)",
            };
            [
                row.path.to_string(),
                row.layer.to_string(),
                row.shape.to_string(),
                row.dtype.to_string(),
                alloc::format!("{}{mark}", row.shape.num_elements()),
            ]
        });
        let arrays = self.rows.iter().filter(|row| !row.tied).count();
        let lines: Vec<[String; 5]> = core::iter::once(head).chain(body).collect();
        let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or_default();
        let widths = [0, 1, 2, 3].map(width);
        for [path, layer, shape, dtype, parameters] in &lines {
            let [a, b, c, d] = widths;
            writeln!(f, "{path:a$}  {layer:b$}  {shape:c$}  {dtype:d$}  {parameters}")?;
        }
        write!(
            f,
            "{arrays} arrays, {} parameters ({} trained, {} not), {} bytes",
            self.elements(),
            self.trainable,
            self.not_trainable,
            self.bytes
        )
    }
}
