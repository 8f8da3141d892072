//! What a format is to a store.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::path::Path;
use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result};
use crate::format::{ReadOptions, TensorEntry, TensorFile, TensorSet};
use crate::io::Replace;
use crate::record::LayerKind;
use crate::source::{Sink, Source};
use crate::transform::{Framework, SaveSet};

/// A format that a [`Store`](super::Store) reads. Its value holds the settings that only this format has.
pub trait Format: Clone + Debug + Default + Send + Sync + 'static {
    /// What the file's name ends in if the caller does not say.
    const EXTENSION: Option<&'static str> = None;

    /// Opens a file: reads what it lists.
    ///
    /// # Errors
    /// What is wrong with it.
    fn open(&self, input: &Input<'_>) -> Result<Arc<dyn TensorFile>>;

    /// What files of this format need unless the caller says otherwise; `file` where one is open. By default what Burn's need, if it is one.
    fn habits(&self, file: Option<&dyn TensorFile>) -> Habits {
        if file.is_some_and(TensorFile::is_of_burn) { Habits::BURN } else { Habits::default() }
    }
}

/// A format that a [`Store`](super::Store) writes too.
pub trait WriteFormat: Format {
    /// Metadata that is written where the caller does not say otherwise; `None` where the format has no room for any.
    fn default_metadata(&self, translated: bool) -> Option<BTreeMap<String, String>> {
        let _ = translated;
        Some(BTreeMap::from([
            ("producer".into(), "vellum".into()),
            ("version".into(), env!("CARGO_PKG_VERSION").into()),
        ]))
    }

    /// Writes a file.
    ///
    /// # Errors
    /// What the format cannot hold; those of the tensors and of the sink.
    fn write(&self, output: &Output<'_>, sink: &mut dyn Sink) -> Result<()>;

    /// Extensions of files that are read and are of another form than what is written: nothing is saved under them.
    fn read_only_extensions(&self) -> &'static [&'static str] {
        &[]
    }

    /// About how long the file will be, where that is known before it is written.
    fn expected_len(&self, output: &Output<'_>) -> Option<u64> {
        Some(output.tensor_bytes())
    }

    /// Writes what is at `path`: one file, replaced as a whole, unless the format has sets of files.
    ///
    /// # Errors
    /// As [`WriteFormat::write`], and those of the file.
    fn write_file(&self, output: &Output<'_>, path: &Path, new_only: bool) -> Result<()> {
        let replace = Replace::new(path).expecting(self.expected_len(output).unwrap_or(0));
        let mut file = if new_only { replace.new_only() } else { replace }.open()?;
        self.write(output, &mut file)?;
        file.commit()
    }
}

/// What a format opens.
#[derive(Clone)]
#[non_exhaustive]
pub struct Input<'a> {
    /// The file's bytes.
    pub source: Arc<dyn Source>,
    /// Its path, where it has one: for the files that it names.
    pub path: Option<&'a Path>,
    /// How it is opened.
    pub options: &'a ReadOptions,
}

/// What a format writes.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Output<'a> {
    /// The tensors.
    pub set: &'a dyn TensorSet,
    /// Text beside them.
    pub metadata: &'a BTreeMap<String, String>,
    /// Whether digests are written where the format has room.
    pub digests: bool,
    /// The outermost layer that each tensor is in, in their order.
    pub layers: &'a [LayerKind],
    /// The names of the tensors that are given with their axes exchanged, as [`Framework::Burn`] has them.
    pub in_columns: &'a [String],
}

impl<'a> Output<'a> {
    pub(super) fn new(set: &'a SaveSet<'_>, metadata: &'a BTreeMap<String, String>, digests: bool) -> Self {
        Self { set, metadata, digests, layers: set.layers(), in_columns: set.in_columns() }
    }

    /// Bytes of all tensors, those that share a storage counted once.
    pub fn tensor_bytes(&self) -> u64 {
        let mut storages = BTreeSet::new();
        let alone = |entry: &&TensorEntry| entry.storage.is_none_or(|storage| storages.insert(storage));
        // What has no length cannot be written; writing it is the error.
        let bytes = |entry: &TensorEntry| entry.dtype.byte_len(entry.shape.num_elements()).unwrap_or(0) as u64;
        self.set.entries().iter().filter(alone).map(bytes).fold(0, u64::saturating_add)
    }

    /// For formats without room for text.
    ///
    /// # Errors
    /// [`ErrorKind::Unrepresentable`] if there is some.
    pub fn check_no_metadata(&self, format: &'static str) -> Result<()> {
        match self.metadata.keys().next() {
            Some(key) => {
                let what = format!("metadata, such as `{key}`");
                Err(Error::new(ErrorKind::Unrepresentable { format, what }))
            }
            None => Ok(()),
        }
    }
}

/// What files of a format need unless the caller says otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Habits {
    /// The framework whose layers it holds.
    pub framework: Option<Framework>,
    /// Enum variants are no part of its names.
    pub skip_enum_variants: bool,
    /// Its `Sequential`s may have gaps.
    pub map_indices_contiguous: bool,
}

impl Habits {
    /// Those of Burn's files.
    pub const BURN: Self =
        Self { framework: Some(Framework::Burn), skip_enum_variants: false, map_indices_contiguous: false };

    /// Those of PyTorch's files.
    pub const PYTORCH: Self =
        Self { framework: Some(Framework::PyTorch), skip_enum_variants: true, map_indices_contiguous: true };

    /// Those of Keras' files.
    pub const KERAS: Self =
        Self { framework: Some(Framework::Keras), skip_enum_variants: true, map_indices_contiguous: false };

    /// Those of Flux' files.
    pub const FLUX: Self =
        Self { framework: Some(Framework::Flux), skip_enum_variants: true, map_indices_contiguous: true };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dtype::DType;
    use crate::shape::Shape;
    use crate::store::Store;
    use crate::tensor::TensorData;

    #[test]
    fn a_format_that_lists_a_name_twice_is_refused() {
        #[derive(Clone, Debug, Default)]
        struct Twice;

        struct File(BTreeMap<String, String>, [TensorEntry; 2]);

        impl TensorFile for File {
            fn format(&self) -> &'static str {
                "twice"
            }

            fn metadata(&self) -> &BTreeMap<String, String> {
                &self.0
            }

            fn tensors(&self) -> &[TensorEntry] {
                &self.1
            }

            fn read(&self, _index: usize) -> Result<TensorData> {
                TensorData::from_vec(vec![0u8], [1])
            }
        }

        impl Format for Twice {
            fn open(&self, _input: &Input<'_>) -> Result<Arc<dyn TensorFile>> {
                let shape = Shape::new([1])?;
                let entry = TensorEntry { name: "a".into(), dtype: DType::U8, shape, param_id: None, storage: None };
                Ok(Arc::new(File(BTreeMap::new(), [entry.clone(), entry])))
            }
        }

        let error = Store::<Twice>::from_bytes(vec![0]).keys().unwrap_err();
        assert!(error.to_string().contains("two tensors of this name"), "{error}");
    }
}
