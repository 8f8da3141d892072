//! Arrays that joblib keeps as raw bytes between the opcodes of a pickle.
//!
//! In place of an array is a `NumpyArrayWrapper` with the state `{subclass, shape, order, dtype, allow_mmap}`. Right behind the opcode that
//! gives it that state are the array's bytes; where the state has `numpy_array_alignment_bytes` (since joblib 1.1), before them a byte and
//! as many bytes of padding as it says. An array of objects is a pickle of its own there.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::global::Global;
use crate::error::{Error, Result};
use crate::format::input::Input;
use crate::format::pickle::numpy::{Elements, Parts};
use crate::format::pickle::{self, Dialect, Graph, Node, NodeId, Pickle};
use crate::limits::Budget;
use crate::source::Source;

/// Notes what is kept between the opcodes.
pub(super) struct Joblib<'a> {
    source: &'a dyn Source,
    budget: &'a Budget,
    /// What is behind each wrapper.
    pub(super) behind: BTreeMap<NodeId, Behind>,
    /// The pickles among it.
    pub(super) pickles: Vec<Pickle<Global>>,
}

/// What is behind a wrapper.
#[derive(Clone, Copy, Debug)]
pub(super) enum Behind {
    /// Bytes from here on, as many as dtype and shape take.
    Bytes(u64),
    /// A pickle, by its place in [`Joblib::pickles`].
    Pickle(usize),
}

impl<'a> Joblib<'a> {
    pub(super) fn new(source: &'a dyn Source, budget: &'a Budget) -> Self {
        Self { source, budget, behind: BTreeMap::new(), pickles: Vec::new() }
    }
}

impl Dialect for Joblib<'_> {
    type Global = Global;

    fn built(&mut self, graph: &Graph<Global>, call: NodeId, input: &mut Input<'_>) -> Result<()> {
        let Some((parts, padded)) = wrapped(graph, call)? else { return Ok(()) };
        let elements = Elements::find(graph, parts.dtype, Global::numpy, self.budget)?;
        if let Elements::Objects = elements {
            let start = input.position();
            let range = start..start.saturating_add(input.remaining());
            let pickle = pickle::read(self.source, range, &mut Inner, self.budget)?;
            input.skip(pickle.end - start)?;
            self.behind.insert(call, Behind::Pickle(self.pickles.len()));
            self.pickles.push(pickle);
            return Ok(());
        }
        let count = parts.shape(graph)?.num_elements() as u64;
        let len = elements.size().and_then(|size| size.checked_mul(count));
        let len = len.ok_or_else(|| Error::corrupt("an array of joblib has no length that can be told"))?;
        if padded {
            let padding = input.u8()?;
            input.skip(padding.into())?;
        }
        self.behind.insert(call, Behind::Bytes(input.position()));
        input.skip(len)
    }
}

/// The pickle of an array of objects, which joblib leaves to Python.
struct Inner;

impl Dialect for Inner {
    type Global = Global;

    fn built(&mut self, graph: &Graph<Global>, call: NodeId, _: &mut Input<'_>) -> Result<()> {
        match graph.node(call) {
            Node::Call { function: Global::JoblibArray, .. } => {
                Err(Error::refused("an array of joblib inside of an array of objects"))
            }
            _ => Ok(()),
        }
    }
}

/// The parts of the array that the wrapper at `call` stands for, and whether there is padding before its bytes; `None` if it is no
/// wrapper. Its data is behind it, and the node that the parts name for it is the wrapper itself.
pub(super) fn wrapped(graph: &Graph<Global>, call: NodeId) -> Result<Option<(Parts, bool)>> {
    let Node::Call { function: Global::JoblibArray, state: Some(state), .. } = graph.node(call) else {
        return Ok(None);
    };
    let malformed = || Error::corrupt("an array of joblib is malformed");
    let part = |name| graph.get(state, name).ok_or_else(malformed);
    let (shape, dtype, order) = (part("shape")?, part("dtype")?, part("order")?);
    let fortran = match graph.text(order) {
        Some("C") => false,
        Some("F") => true,
        _ => return Err(malformed()),
    };
    let alignment = graph.get(state, "numpy_array_alignment_bytes");
    let padded = alignment.is_some_and(|alignment| !matches!(graph.node(alignment), Node::None));
    Ok(Some((Parts { dtype, shape: Some(shape), fortran, data: call, subclass: None }, padded)))
}
