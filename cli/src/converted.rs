//! The tensors of a file under other names, in other dtypes and other layouts.

use std::collections::BTreeMap;

use indicatif::ProgressBar;
use regex::Regex;
use vellum::format::{TensorEntry, TensorFile, TensorSet};
use vellum::{Conversion, DType, DTypeKind, Error, ErrorKind, Result, Shape, TensorData, convert_elements};

use crate::adapt::{Adapted, adapt};
use crate::args::Convert;
use crate::failure::Failure;
use crate::open::tensor_bytes;
use crate::text::{Escaped, NAME};

/// The tensors of a file as they are to be written, each read when it is.
pub(crate) struct Converted<'a> {
    file: &'a dyn TensorFile,
    entries: Vec<TensorEntry>,
    origins: Vec<Origin>,
    bar: &'a ProgressBar,
}

/// Where a tensor comes from.
struct Origin {
    /// Its place in the file.
    place: usize,
    /// Whether its two axes are exchanged.
    transposed: bool,
}

/// Elements that are converted at a time.
const PIECE: usize = 1 << 18;

impl<'a> Converted<'a> {
    /// The tensors of `file` that `chosen` takes, as `args` asks for them.
    pub(crate) fn new(
        file: &'a dyn TensorFile,
        chosen: impl Fn(&str) -> bool,
        args: &Convert,
        bar: &'a ProgressBar,
    ) -> Result<Self, Failure> {
        let taken: Vec<_> = file.tensors().iter().enumerate().filter(|(_, entry)| chosen(&entry.name)).collect();
        let unmatched = |pattern: &&Regex| !taken.iter().any(|(_, entry)| pattern.is_match(&entry.name));
        if taken.is_empty() && !args.filter.is_empty() && !file.tensors().is_empty() {
            return Err(Failure::Usage("no tensor matches `--filter`".into()));
        }
        if let Some(pattern) = args.keep.iter().find(unmatched) {
            return Err(Failure::Usage(format!("no tensor that is written matches `--keep {pattern}`")));
        }
        let adapted = match args.adapt {
            Some(direction) => adapt(direction, &args.layer, taken.iter().map(|(_, entry)| *entry))?,
            None => {
                let same = |name: &String| Some(Adapted { name: name.clone(), transposed: false });
                taken.iter().map(|(_, entry)| same(&entry.name)).collect()
            }
        };
        let mut set = Self { file, entries: Vec::new(), origins: Vec::new(), bar };
        let mut names: BTreeMap<String, &str> = BTreeMap::new();
        let mut idle: Vec<_> = args.map.iter().map(|rename| Some(&rename.pattern)).collect();
        for ((place, entry), adapted) in taken.into_iter().zip(adapted) {
            let Some(Adapted { name, transposed }) = adapted else { continue };
            let renames = args.map.iter().zip(&mut idle);
            let name = renames.fold(name, |name, (rename, idle)| {
                idle.take_if(|pattern| pattern.is_match(&name));
                rename.pattern.replace_all(&name, &rename.replacement).into_owned()
            });
            if let Some(other) = names.insert(name.clone(), &entry.name) {
                return Err(Failure::Usage(format!(
                    "`{}` and `{}` would both be named `{}`",
                    Escaped(other, NAME),
                    Escaped(&entry.name, NAME),
                    Escaped(&name, NAME)
                )));
            }
            let dtype = match args.dtype {
                Some(dtype) if !args.keep.iter().any(|kept| kept.is_match(&entry.name)) => {
                    target_dtype(entry.dtype, dtype)
                }
                _ => entry.dtype,
            };
            let shape = if transposed { exchanged(&entry.shape)? } else { entry.shape.clone() };
            // What lies in the same bytes of the file does not once it is laid out anew.
            let storage = entry.storage.filter(|_| !transposed);
            set.entries.push(TensorEntry { name, dtype, shape, storage, ..entry.clone() });
            set.origins.push(Origin { place, transposed });
        }
        if let Some(pattern) = idle.into_iter().flatten().next() {
            return Err(Failure::Usage(format!("no name matches `--map {pattern}=>..`")));
        }
        Ok(set)
    }

    /// Gives the elements from `first` on in the dtype that is written.
    fn put(&self, from: DType, bytes: &[u8], index: usize, first: usize, sink: Take<'_>) -> Result<()> {
        let to = self.entries[index].dtype;
        if from == to {
            return sink(bytes);
        }
        let (Some(from_size), Some(to_size)) = (from.size(), to.size()) else {
            return Err(Error::new(ErrorKind::NoConversion { from, to }));
        };
        let mut converted = vec![0; to_size * PIECE.min(bytes.len() / from_size)];
        for (number, piece) in bytes.chunks(from_size * PIECE).enumerate() {
            let output = &mut converted[..piece.len() / from_size * to_size];
            convert_elements(from, piece, to, output, first + number * PIECE, &Conversion::default())?;
            sink(output)?;
        }
        Ok(())
    }

    /// Gives the rows of the matrix that `data` becomes when its axes are exchanged, some at a time.
    fn put_transposed(&self, data: &TensorData, index: usize, sink: Take<'_>) -> Result<()> {
        let (&[rows, columns], Some(size)) = (data.shape().dims(), data.dtype().size()) else {
            let (from, to) = (data.dtype(), data.dtype());
            return Err(Error::new(ErrorKind::NoConversion { from, to }));
        };
        if rows == 0 || columns == 0 {
            return Ok(());
        }
        let bytes = data.bytes();
        let (row, step) = (columns * size, (PIECE / rows).max(1));
        let mut turned = Vec::new();
        for first in (0..columns).step_by(step) {
            let count = step.min(columns - first);
            turned.clear();
            turned.resize(count * rows * size, 0);
            for (number, part) in bytes.chunks_exact(row).map(|row| &row[first * size..][..count * size]).enumerate() {
                for (column, element) in part.chunks_exact(size).enumerate() {
                    turned[(column * rows + number) * size..][..size].copy_from_slice(element);
                }
            }
            self.put(data.dtype(), &turned, index, first * rows, sink)?;
        }
        Ok(())
    }
}

/// Takes bytes in order.
type Take<'a> = &'a mut dyn FnMut(&[u8]) -> Result<()>;

/// The dtype that a tensor is written in: the one asked for if that is of its kind, else its own.
fn target_dtype(own: DType, asked: DType) -> DType {
    if asked.kind() == own.kind() && own.kind() != DTypeKind::Bool { asked } else { own }
}

fn exchanged(shape: &Shape) -> Result<Shape> {
    Shape::new(shape.dims().iter().rev().copied().collect::<Vec<_>>())
}

impl TensorSet for Converted<'_> {
    fn entries(&self) -> &[TensorEntry] {
        &self.entries
    }

    fn write_to(&self, index: usize, sink: Take<'_>) -> Result<()> {
        let Origin { place, transposed } = self.origins[index];
        let in_tensor = |error: Error| error.in_tensor(&self.file.tensors()[place].name);
        let data = self.file.read(place).map_err(in_tensor)?;
        let put = if transposed {
            self.put_transposed(&data, index, sink)
        } else {
            self.put(data.dtype(), data.bytes(), index, 0, sink)
        };
        put.map_err(in_tensor)?;
        self.bar.inc(tensor_bytes(&self.file.tensors()[place]));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_dtype_of_a_kind_changes() {
        assert_eq!(target_dtype(DType::F32, DType::F16), DType::F16);
        assert_eq!(target_dtype(DType::I64, DType::F16), DType::I64);
        assert_eq!(target_dtype(DType::I64, DType::I32), DType::I32);
        assert_eq!(target_dtype(DType::Bool, DType::U8), DType::Bool);
    }
}
