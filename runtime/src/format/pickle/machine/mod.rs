//! The machine: opcodes to nodes.

mod memo;
mod object;
mod operand;

use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;
use core::fmt::Debug;
use core::ops::Range;

use self::memo::Memo;
use super::builtin::Builtin;
use super::graph::{Graph, Node, NodeId};
use super::{number, opcode as op, text};
use crate::error::{Error, ErrorKind, Result};
use crate::format::input::Input;
use crate::limits::Budget;
use crate::source::Source;

/// The last protocol there is.
const MAX_PROTOCOL: u8 = 5;

/// The globals that a format knows, as values of an enum: nothing is ever looked up or called.
pub(crate) trait KnownGlobal: Copy + Debug {
    /// The global of this name.
    fn find(module: &str, name: &str) -> Option<Self>;

    /// The one of Python's own classes that a class of the format is a kind of and is read as: a dict with a name.
    fn plain(_module: &str, _name: &str) -> Option<Builtin> {
        None
    }

    /// Whether it may be applied to arguments. The result is [`Node::Call`], which the format interprets.
    fn is_callable(self) -> bool;

    /// Whether what it makes may be given state.
    fn takes_state(self) -> bool;
}

/// What a format adds to the machine.
pub(crate) trait Dialect {
    /// Its globals.
    type Global: KnownGlobal;

    /// Says which node a persistent id stands for; `None` leaves it a [`Node::Persistent`]. Without this they are refused.
    fn persistent(&mut self, _graph: &Graph<Self::Global>, _id: NodeId) -> Result<Option<NodeId>> {
        Err(Error::refused("a persistent id: the object is not in the file"))
    }

    /// Is called after a call was given its state by BUILD. `input` is behind that opcode: a format that keeps raw bytes or another
    /// pickle there notes where they are ([`Input::position`]) and moves past them.
    fn built(&mut self, _graph: &Graph<Self::Global>, _call: NodeId, _input: &mut Input<'_>) -> Result<()> {
        Ok(())
    }
}

/// What [`read`] gives.
#[derive(Debug)]
pub(crate) struct Pickle<G> {
    pub(crate) graph: Graph<G>,
    /// What the pickle is of.
    pub(crate) root: NodeId,
    /// The offset of the byte behind the pickle.
    pub(crate) end: u64,
}

/// Reads the one pickle that starts at `range.start` of `source` and lies within `range`; what is behind it is the caller's.
///
/// # Errors
/// [`ErrorKind::Refused`] for what would run code; [`ErrorKind::Corrupt`] for all that a pickle cannot hold; both with the range of
/// the opcode. [`ErrorKind::Truncated`], [`ErrorKind::Limit`], [`ErrorKind::UnknownVersion`].
pub(crate) fn read<D: Dialect>(
    source: &dyn Source,
    range: Range<u64>,
    dialect: &mut D,
    budget: &Budget,
) -> Result<Pickle<D::Global>> {
    let mut machine = Machine {
        input: Input::new(source, range)?,
        dialect,
        budget,
        graph: Graph::new(),
        stack: Vec::new(),
        marks: Vec::new(),
        memo: Memo::default(),
    };
    loop {
        let start = machine.input.position();
        let step = machine.input.u8().and_then(|opcode| machine.step(opcode));
        let root = step.map_err(|error| error.at(start..machine.input.position()))?;
        if let Some(root) = root {
            // The memo is as large as the graph, and done with.
            let (graph, end) = (machine.graph, machine.input.position());
            drop(machine.memo);
            graph.check_keys(budget)?;
            return Ok(Pickle { graph, root, end });
        }
    }
}

struct Machine<'a, D: Dialect> {
    input: Input<'a>,
    dialect: &'a mut D,
    budget: &'a Budget,
    graph: Graph<D::Global>,
    stack: Vec<NodeId>,
    /// Where the stack was at each mark: no value, so that no file can spell one.
    marks: Vec<usize>,
    memo: Memo,
}

impl<D: Dialect> Machine<'_, D> {
    /// Does one opcode. Gives the pickle's value at its end.
    fn step(&mut self, opcode: u8) -> Result<Option<NodeId>> {
        match opcode {
            op::STOP => return self.stop().map(Some),
            op::PROTO => {
                let version = self.input.u8()?;
                if version > MAX_PROTOCOL {
                    let version = version.to_string();
                    return Err(Error::new(ErrorKind::UnknownVersion { format: "pickle", version }));
                }
            }
            op::FRAME => {
                let len = self.input.u64()?;
                if len > self.input.remaining() {
                    let (position, available) = (self.input.position(), self.input.position() + self.input.remaining());
                    let needed = position.saturating_add(len);
                    return Err(Error::new(ErrorKind::Truncated { needed, available }));
                }
            }

            op::MARK => {
                self.budget.charge_objects(1)?;
                self.marks.push(self.stack.len());
            }
            op::POP => {
                if self.marks.last() == Some(&self.stack.len()) {
                    self.marks.pop();
                } else {
                    self.pop()?;
                }
            }
            op::POP_MARK => {
                self.pop_mark()?;
            }
            op::DUP => self.push(self.top()?)?,

            op::PUT | op::BINPUT | op::LONG_BINPUT => {
                let index = self.memo_index(opcode)?;
                self.memoize(index)?;
            }
            op::MEMOIZE => {
                let index = u32::try_from(self.memo.len()).map_err(|_| Error::corrupt("the memo is full"))?;
                self.memoize(index)?;
            }
            op::GET | op::BINGET | op::LONG_BINGET => {
                let index = self.memo_index(opcode)?;
                let Some(id) = self.memo.get(index) else {
                    return Err(Error::corrupt(format!("memo entry {index} is read and was never made")));
                };
                self.push(id)?;
            }

            op::NONE => self.push(NodeId::NONE)?,
            op::NEWTRUE => self.push(NodeId::TRUE)?,
            op::NEWFALSE => self.push(NodeId::FALSE)?,
            op::INT => match &*self.line()? {
                b"00" => self.push(NodeId::FALSE)?,
                b"01" => self.push(NodeId::TRUE)?,
                digits => self.make(number::from_decimal(digits)?.node())?,
            },
            op::LONG => {
                let line = self.line()?;
                self.make(number::from_decimal(line.strip_suffix(b"L").unwrap_or(&line))?.node())?;
            }
            op::BININT => {
                let n = self.input.u32()?.cast_signed();
                self.make(Node::Int(n.into()))?;
            }
            op::BININT1 => {
                let n = self.input.u8()?;
                self.push(NodeId::small_int(n))?;
            }
            op::BININT2 => {
                let n = self.input.u16()?;
                self.make(Node::Int(n.into()))?;
            }
            op::LONG1 => {
                let len = self.input.u8()?;
                let bytes = self.input.vec(len.into())?;
                self.make(number::from_bytes(&bytes).node())?;
            }
            op::LONG4 => {
                let len = self.signed_len()?;
                let bytes = self.input.vec(len)?;
                self.make(number::from_bytes(&bytes).node())?;
            }
            op::FLOAT => {
                let line = self.line()?;
                let x = core::str::from_utf8(&line).ok().and_then(|line| line.parse().ok());
                self.make(Node::Float(x.ok_or_else(|| Error::corrupt("a decimal float is malformed"))?))?;
            }
            op::BINFLOAT => {
                let bytes = self.input.array()?;
                self.make(Node::Float(f64::from_be_bytes(bytes)))?;
            }

            op::STRING => {
                let line = self.input_line(u64::MAX)?;
                let bytes = text::unquote(&line)?;
                self.python2_string(&bytes)?;
            }
            op::BINSTRING | op::SHORT_BINSTRING => {
                let len = if opcode == op::BINSTRING { self.signed_len()? } else { self.input.u8()?.into() };
                let bytes = self.input.vec(len)?;
                self.python2_string(&bytes)?;
            }
            op::UNICODE => {
                let line = self.input_line(u64::MAX)?;
                let text = text::raw_unicode(&line)?;
                self.make(Node::Str(&text))?;
            }
            op::SHORT_BINUNICODE | op::BINUNICODE | op::BINUNICODE8 => {
                let len = match opcode {
                    op::SHORT_BINUNICODE => self.input.u8()?.into(),
                    op::BINUNICODE => self.input.u32()?.into(),
                    _ => self.input.u64()?,
                };
                let text = self.input.text(len, "a text of the pickle")?;
                self.make(Node::Str(&text))?;
            }
            op::SHORT_BINBYTES | op::BINBYTES | op::BINBYTES8 | op::BYTEARRAY8 => {
                let len = match opcode {
                    op::SHORT_BINBYTES => self.input.u8()?.into(),
                    op::BINBYTES => self.input.u32()?.into(),
                    _ => self.input.u64()?,
                };
                self.bytes(len)?;
            }
            op::NEXT_BUFFER | op::READONLY_BUFFER => {
                return Err(Error::refused("an out-of-band buffer: its bytes are not in the file"));
            }

            op::EMPTY_TUPLE => self.push(NodeId::EMPTY_TUPLE)?,
            op::TUPLE => {
                let items = self.pop_mark()?;
                self.make(Node::Tuple(&items))?;
            }
            op::TUPLE1 | op::TUPLE2 | op::TUPLE3 => {
                let count = usize::from(opcode - op::TUPLE1) + 1;
                let mut items = [NodeId::NONE; 3];
                for item in items[..count].iter_mut().rev() {
                    *item = self.pop()?;
                }
                self.make(Node::Tuple(&items[..count]))?;
            }
            op::EMPTY_LIST => self.make(Node::List(&[]))?,
            op::LIST => {
                let items = self.pop_mark()?;
                self.make(Node::List(&items))?;
            }
            op::APPEND => {
                let item = self.pop()?;
                self.append(&[item])?;
            }
            op::APPENDS => {
                let items = self.pop_mark()?;
                self.append(&items)?;
            }
            op::EMPTY_SET => self.make(Node::Set(&[]))?,
            op::FROZENSET => {
                let items = self.pop_mark()?;
                self.make(Node::Set(&items))?;
            }
            op::ADDITEMS => {
                let items = self.pop_mark()?;
                let set = self.top()?;
                if !self.graph.add_members(set, &items) {
                    return Err(self.mistyped("ADDITEMS", set));
                }
            }
            op::EMPTY_DICT => self.make(Node::Dict { entries: &[], attributes: None })?,
            op::DICT => {
                let items = self.pop_mark()?;
                self.make(Node::Dict { entries: &[], attributes: None })?;
                self.set_items(&items)?;
            }
            op::SETITEM => {
                let (value, key) = (self.pop()?, self.pop()?);
                self.set_items(&[key, value])?;
            }
            op::SETITEMS => {
                let items = self.pop_mark()?;
                self.set_items(&items)?;
            }

            op::GLOBAL => {
                let (module, name) = (self.name_line()?, self.name_line()?);
                let global = self.global(&module, &name)?;
                self.push(global)?;
            }
            op::STACK_GLOBAL => {
                let (name, module) = (self.pop()?, self.pop()?);
                let (Some(module), Some(name)) = (self.graph.text(module), self.graph.text(name)) else {
                    return Err(Error::corrupt("a global is named by something that is not text"));
                };
                self.budget.check_name(module.len().max(name.len()) as u64)?;
                let (module, name) = (module.to_string(), name.to_string());
                let global = self.global(&module, &name)?;
                self.push(global)?;
            }
            op::EXT1 | op::EXT2 | op::EXT4 => {
                return Err(Error::refused(
                    "a number of Python's extension registry: what it names is not in the file",
                ));
            }
            op::PERSID => {
                let line = self.name_line()?;
                let id = self.graph.add(Node::Str(&line))?;
                self.persistent(id)?;
            }
            op::BINPERSID => {
                let id = self.pop()?;
                self.persistent(id)?;
            }

            op::REDUCE => {
                let (args, function) = (self.pop()?, self.pop()?);
                self.call(function, args)?;
            }
            op::INST => {
                let (module, name) = (self.name_line()?, self.name_line()?);
                let args = self.pop_mark()?;
                let (function, args) = (self.global(&module, &name)?, self.graph.add(Node::Tuple(&args))?);
                self.call(function, args)?;
            }
            op::OBJ => {
                let items = self.pop_mark()?;
                let (&class, args) = items.split_first().ok_or_else(|| Error::corrupt("OBJ names no class"))?;
                let args = self.graph.add(Node::Tuple(args))?;
                self.call(class, args)?;
            }
            op::NEWOBJ => {
                let (args, class) = (self.pop()?, self.pop()?);
                self.new_object(class, args)?;
            }
            op::NEWOBJ_EX => {
                let (kwargs, args, class) = (self.pop()?, self.pop()?, self.pop()?);
                if self.graph.entries(kwargs).is_none_or(|entries| !entries.is_empty()) {
                    let class = self.graph.type_name(class);
                    return Err(Error::refused(format!("`{class}` is made with named arguments")));
                }
                self.new_object(class, args)?;
            }
            op::BUILD => self.build()?,

            _ => return Err(Error::corrupt(format!("{opcode:#04x} is no opcode"))),
        }
        Ok(None)
    }

    fn stop(&mut self) -> Result<NodeId> {
        match (&*self.stack, &*self.marks) {
            (&[root], []) => Ok(root),
            _ => Err(Error::corrupt("the pickle ends with more or less than one value on its stack")),
        }
    }

    // The stack and the memo.

    fn push(&mut self, id: NodeId) -> Result<()> {
        self.budget.charge_objects(1)?;
        self.stack.push(id);
        Ok(())
    }

    fn make(&mut self, node: Node<'_, D::Global>) -> Result<()> {
        let id = self.graph.add(node)?;
        self.push(id)
    }

    /// The top; what lies beneath the last mark cannot be reached.
    fn top(&self) -> Result<NodeId> {
        let floor = self.marks.last().copied().unwrap_or(0);
        match self.stack.last() {
            Some(&id) if self.stack.len() > floor => Ok(id),
            _ => Err(Error::corrupt("the stack of the pickle is empty")),
        }
    }

    fn pop(&mut self) -> Result<NodeId> {
        let id = self.top()?;
        self.stack.pop();
        Ok(id)
    }

    fn pop_mark(&mut self) -> Result<Vec<NodeId>> {
        let mark = self.marks.pop().ok_or_else(|| Error::corrupt("the pickle has no mark here"))?;
        Ok(self.stack.split_off(mark))
    }

    fn memoize(&mut self, index: u32) -> Result<()> {
        let id = self.top()?;
        self.budget.charge_objects(1)?;
        self.memo.insert(index, id);
        Ok(())
    }

    // Containers.

    fn append(&mut self, added: &[NodeId]) -> Result<()> {
        let list = self.top()?;
        if self.graph.append(list, added) { Ok(()) } else { Err(self.mistyped("APPEND", list)) }
    }

    fn set_items(&mut self, items: &[NodeId]) -> Result<()> {
        let dict = self.top()?;
        let (pairs, []) = items.as_chunks::<2>() else {
            return Err(Error::corrupt("a dict is given a key without a value"));
        };
        if self.graph.add_entries(dict, pairs) { Ok(()) } else { Err(self.mistyped("SETITEM", dict)) }
    }

    fn mistyped(&self, opcode: &str, id: NodeId) -> Error {
        Error::corrupt(format!("{opcode} on `{}`", self.graph.type_name(id)))
    }
}
