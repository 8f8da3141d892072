//! The pickle of a state dict, as `torch.save` writes it: protocol 2, and nothing that `weights_only=True` does not know.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::global::{DTYPES, UNTYPED_STORAGE};
use crate::error::{Error, ErrorKind, Result};
use crate::format::TensorEntry;
use crate::format::pickle::opcode as op;

/// Takes bytes, in pieces.
pub(super) type Put<'a> = dyn FnMut(&[u8]) -> Result<()> + 'a;

/// Writes an `OrderedDict` of the tensors. `storages` has the key of each tensor's storage: tied tensors have the same.
///
/// # Errors
/// [`ErrorKind::Unrepresentable`] for a dtype that PyTorch does not have, and a name of 4 GiB; those of `put`.
pub(super) fn write(entries: &[TensorEntry], storages: &[usize], put: &mut Put<'_>) -> Result<()> {
    let mut pickle = Pickler { put, memo: BTreeMap::new() };
    pickle.put(&[op::PROTO, 2])?;
    pickle.ordered_dict()?;
    pickle.put(&[op::MARK])?;
    for (entry, storage) in entries.iter().zip(storages) {
        pickle.text(&entry.name)?;
        pickle.tensor(entry, &storage.to_string())?;
    }
    pickle.put(&[op::SETITEMS, op::STOP])
}

struct Pickler<'a, 'p> {
    put: &'a mut Put<'p>,
    /// Where the memo keeps what is written once and read back: globals and words.
    memo: BTreeMap<String, u8>,
}

impl Pickler<'_, '_> {
    /// What PyTorch does: `_rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks)`; a dtype without a class of
    /// storages of its own goes behind, with a storage that is counted in bytes.
    fn tensor(&mut self, entry: &TensorEntry, key: &str) -> Result<()> {
        let unrepresentable =
            |what: String| Error::new(ErrorKind::Unrepresentable { format: super::TITLE, what }).in_tensor(&entry.name);
        let Some(&(dtype, class, _)) = DTYPES.iter().find(|(_, _, dtype)| *dtype == entry.dtype) else {
            return Err(unrepresentable(format!("dtype {}", entry.dtype)));
        };
        let is_typed = !class.is_empty();
        let elements = entry.shape.num_elements();
        let count = if is_typed { Some(elements) } else { entry.dtype.byte_len(elements) };
        let count = count.ok_or_else(|| unrepresentable(format!("shape {}", entry.shape)))?;

        self.global("torch._utils", if is_typed { "_rebuild_tensor_v2" } else { "_rebuild_tensor_v3" })?;
        self.put(&[op::MARK, op::MARK])?;
        self.word("storage")?;
        if is_typed {
            self.global("torch", class)?;
        } else {
            self.global("torch.storage", UNTYPED_STORAGE)?;
        }
        self.text(key)?;
        self.word("cpu")?;
        self.int(count)?;
        self.put(&[op::TUPLE, op::BINPERSID])?;
        self.int(0)?;
        self.ints(entry.shape.iter().copied())?;
        self.ints(row_major(&entry.shape).into_iter())?;
        self.put(&[op::NEWFALSE])?;
        self.ordered_dict()?;
        if !is_typed {
            self.global("torch", dtype)?;
        }
        self.put(&[op::TUPLE, op::REDUCE])
    }

    fn ordered_dict(&mut self) -> Result<()> {
        self.global("collections", "OrderedDict")?;
        self.put(&[op::EMPTY_TUPLE, op::REDUCE])
    }

    fn global(&mut self, module: &str, name: &str) -> Result<()> {
        let lines = format!("{module}\n{name}\n");
        self.memoized(&lines, |pickle| {
            pickle.put(&[op::GLOBAL])?;
            pickle.put(lines.as_bytes())
        })
    }

    /// Text that is written often.
    fn word(&mut self, word: &str) -> Result<()> {
        self.memoized(word, |pickle| pickle.text(word))
    }

    /// Writes what `key` stands for, or reads it back. There are some thirty globals and words, so that their number fits a byte.
    fn memoized(&mut self, key: &str, write: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        if let Some(&index) = self.memo.get(key) {
            return self.put(&[op::BINGET, index]);
        }
        write(self)?;
        let Ok(index) = u8::try_from(self.memo.len()) else { return Ok(()) };
        self.memo.insert(key.into(), index);
        self.put(&[op::BINPUT, index])
    }

    fn text(&mut self, text: &str) -> Result<()> {
        let Ok(len) = u32::try_from(text.len()) else {
            let what = "a name of 4 GiB".into();
            return Err(Error::new(ErrorKind::Unrepresentable { format: super::TITLE, what }));
        };
        self.put(&[op::BINUNICODE])?;
        self.put(&len.to_le_bytes())?;
        self.put(text.as_bytes())
    }

    fn int(&mut self, n: usize) -> Result<()> {
        if let Ok(n) = u8::try_from(n) {
            return self.put(&[op::BININT1, n]);
        }
        if let Ok(n) = i32::try_from(n) {
            self.put(&[op::BININT])?;
            return self.put(&n.to_le_bytes());
        }
        // The ninth byte keeps the sign clear.
        self.put(&[op::LONG1, 9])?;
        self.put(&(n as u64).to_le_bytes())?;
        self.put(&[0])
    }

    fn ints(&mut self, items: impl Iterator<Item = usize>) -> Result<()> {
        self.put(&[op::MARK])?;
        for n in items {
            self.int(n)?;
        }
        self.put(&[op::TUPLE])
    }

    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        (self.put)(bytes)
    }
}

/// How many elements apart the neighbours along each axis are. As PyTorch has it, an axis of no elements counts as one of one.
fn row_major(shape: &[usize]) -> Vec<usize> {
    let mut strides = alloc::vec![1usize; shape.len()];
    for axis in (1..shape.len()).rev() {
        // Bounded by the product of the lengths that are not zero, which a shape keeps in range.
        strides[axis - 1] = strides[axis].saturating_mul(shape[axis].max(1));
    }
    strides
}
