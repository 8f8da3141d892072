//! Plain HDF5 as Julia has it: the layout that `HDF5.jl` reads without JLD2.
//!
//! A tensor `layers.0.weight` is the dataset `layers/1/weight`. HDF5 counts axes from the other end than Julia does, which is all that tells
//! column-major from row-major: a dataset `[3, 2]` is an array `(2, 3)` there.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::{Columns, JuliaFile};
use crate::bytes::BytesMut;
use crate::convert::permute;
use crate::error::{Error, Result};
use crate::format::hdf5::{Hdf5File, Hdf5Writer};
use crate::format::{TensorEntry, TensorFile, TensorSet};
use crate::limits::Budget;
use crate::source::{Sink, Source};
use crate::tensor::TensorData;
use crate::value::Value;

/// The text of the root that tells these files from other HDF5: their shapes can be those of Vellum's layers where kernels are turned around.
const LAYOUT: (&str, &str) = ("vellum_layout", "julia");

/// Whether a file with these texts at its root has this layout.
#[cfg(feature = "store")]
pub(crate) fn is_plain(metadata: &BTreeMap<String, String>) -> bool {
    metadata.get(LAYOUT.0).is_some_and(|layout| layout == LAYOUT.1)
}

/// Writes tensors, whose names count places from 0, as plain HDF5 for Julia, where they count from 1: `read(file["layers/1/weight"])` of `HDF5.jl` is an
/// array of the tensor's shape. `attributes` become texts of the root.
///
/// Read back by this library; no program of Julia's was run.
///
/// # Errors
/// Those of [`Hdf5Writer::write`].
pub fn write_plain(set: &dyn TensorSet, attributes: &BTreeMap<String, String>, sink: &mut dyn Sink) -> Result<()> {
    let mut writer = Hdf5Writer::default();
    writer = writer.attribute("", LAYOUT.0, Value::from(LAYOUT.1));
    for (name, text) in attributes.iter().filter(|(name, _)| *name != LAYOUT.0) {
        writer = writer.attribute("", name, Value::from(text.as_str()));
    }
    let entry = |entry: &TensorEntry| {
        let name = renumbered(&entry.name, '.', "/", |place| place.checked_add(1));
        TensorEntry { name, shape: entry.shape.reversed(), ..entry.clone() }
    };
    let entries = set.entries().iter().map(entry).collect();
    writer.write(&Turned { set, entries }, sink)
}

/// Opens plain HDF5 as Julia has it.
///
/// # Errors
/// Those of [`Hdf5File::open`].
pub fn open_plain(source: Arc<dyn Source>, budget: &Budget) -> Result<JuliaFile> {
    let mut file = Hdf5File::open(source, budget)?;
    let refusals = file.take_refusals().into_iter().map(|(name, error)| (name.replace('/', "."), error)).collect();
    let mut read = JuliaFile {
        format: "hdf5",
        metadata: file.metadata().clone(),
        values: file.take_values(),
        entries: Vec::new(),
        model_names: Vec::new(),
        loads: Vec::new(),
        refusals,
    };
    let file = Arc::new(file);
    for (index, entry) in file.tensors().iter().enumerate() {
        let shape = entry.shape.reversed();
        read.entries.push(TensorEntry { name: entry.name.replace('/', "."), shape: shape.clone(), ..entry.clone() });
        read.model_names.push(Some(renumbered(&entry.name, '/', ".", |place| place.checked_sub(1))));
        let file = Arc::clone(&file);
        read.loads.push(Box::new(move |entry| {
            let data = file.read(index)?;
            Ok(Columns::Data(TensorData::new(data.bytes().clone(), shape.clone(), entry.dtype)?))
        }));
    }
    Ok(read)
}

/// A name with other separators and other numbers.
fn renumbered(name: &str, from: char, to: &str, number: impl Fn(usize) -> Option<usize>) -> String {
    // `01` is a name: written back as a number it would be another one.
    let place = |step: &str| step.parse().ok().filter(|place: &usize| place.to_string() == step);
    let step = |step: &str| match place(step).and_then(&number) {
        Some(number) => number.to_string(),
        None => step.to_string(),
    };
    name.split(from).map(step).collect::<Vec<_>>().join(to)
}

/// Tensors with their axes in the opposite order.
struct Turned<'s> {
    set: &'s dyn TensorSet,
    entries: Vec<TensorEntry>,
}

impl TensorSet for Turned<'_> {
    fn entries(&self) -> &[TensorEntry] {
        &self.entries
    }

    fn write_to(&self, index: usize, sink: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let Some((rows, entry)) = self.set.entries().get(index).zip(self.entries.get(index)) else {
            return Err(Error::argument("a tensor that the set has not"));
        };
        if entry.shape.iter().filter(|&&axis| axis > 1).count() < 2 {
            return self.set.write_to(index, sink);
        }
        let len = entry.dtype.byte_len(entry.shape.num_elements()).unwrap_or_default();
        let mut whole = BytesMut::zeroed(entry.dtype, len)?;
        let mut rest = whole.as_mut_slice();
        self.set.write_to(index, &mut |bytes| {
            let (head, tail) = core::mem::take(&mut rest)
                .split_at_mut_checked(bytes.len())
                .ok_or_else(|| Error::argument("the tensor gave more bytes than it has").in_tensor(&rows.name))?;
            head.copy_from_slice(bytes);
            rest = tail;
            Ok(())
        })?;
        let axes: Vec<usize> = (0..entry.shape.rank()).rev().collect();
        let data = TensorData::new(whole.freeze(), rows.shape.clone(), entry.dtype)?;
        sink(permute(&data.view(), &axes, &entry.shape)?.bytes())
    }
}
