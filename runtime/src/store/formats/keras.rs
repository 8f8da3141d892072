//! Keras.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result};
use crate::format::julia::is_plain;
use crate::format::keras::{KerasFile, write_model, write_model_weights};
use crate::format::{TensorEntry, TensorFile};
use crate::io::Replace;
use crate::limits::Budget;
use crate::record::LayerKind;
use crate::source::Sink;
use crate::store::{Format, Habits, Input, Output, Store, WriteFormat};

/// Keras' models and weights, `.h5`, `.keras` and `.weights.h5`. Layers are translated unless the caller says otherwise.
///
/// A file is listed as it is, by HDF5 paths; a load sees the weights of the model by the names of their layers, `dense_1.kernel`, whichever kind of
/// file it is ([`TensorFile::model_names`]). What is no part of the model, such as the optimizer's state, takes no part in a load.
///
/// Written: `.weights.h5` where the file's name ends so, else an `.h5` of weights, which Keras loads by the order of layers (that of the
/// module must be the model's). With `.metadata("model_config", text)`, the text of another `.h5`, it is a whole model.
#[derive(Clone, Copy, Debug, Default)]
pub struct Keras;

/// A store of Keras' files.
pub type KerasStore = Store<Keras>;

/// Reads a file of Keras', or any HDF5.
pub(super) fn read(input: &Input<'_>) -> Result<KerasFile> {
    let budget = Budget::new(input.options.limits.clone(), input.source.len());
    KerasFile::open(Arc::clone(&input.source), &budget)
}

impl Format for Keras {
    fn open(&self, input: &Input<'_>) -> Result<Arc<dyn TensorFile>> {
        let file = read(input)?;
        if is_plain(file.metadata()) {
            let found = "HDF5 for Julia, which `FluxStore` reads".into();
            return Err(Error::new(ErrorKind::WrongFormat { expected: "keras", found }));
        }
        Ok(Arc::new(file))
    }

    fn habits(&self, _file: Option<&dyn TensorFile>) -> Habits {
        Habits::KERAS
    }
}

impl WriteFormat for Keras {
    /// Keras' own attributes say what is to be said.
    fn default_metadata(&self, _translated: bool) -> Option<BTreeMap<String, String>> {
        None
    }

    /// A zip archive with a configuration.
    fn read_only_extensions(&self) -> &'static [&'static str] {
        &["keras"]
    }

    fn write(&self, output: &Output<'_>, sink: &mut dyn Sink) -> Result<()> {
        write_model(output.set, output.metadata, sink)
    }

    fn write_file(&self, output: &Output<'_>, path: &Path, new_only: bool) -> Result<()> {
        let replace = Replace::new(path);
        let mut file = if new_only { replace.new_only() } else { replace }.open()?;
        if path.as_os_str().to_string_lossy().ends_with(".weights.h5") {
            output.check_no_metadata("Keras .weights.h5")?;
            let entries = output.set.entries();
            let depthwise = |entry: &'_ TensorEntry| {
                Some((entry.name.strip_suffix(".depthwise_kernel")?.to_string(), entry.shape.rank()))
            };
            let depthwise: BTreeMap<String, usize> = entries.iter().filter_map(depthwise).collect();
            let class = |(kind, entry): (&LayerKind, &TensorEntry)| {
                let (layer, _) = entry.name.rsplit_once('.')?;
                class_of(*kind, depthwise.get(layer).copied())
            };
            let classes: Vec<_> = output.layers.iter().zip(entries).map(class).collect();
            write_model_weights(output.set, &classes, &mut file)?;
        } else {
            self.write(output, &mut file)?;
        }
        file.commit()
    }
}

/// What Keras calls the group of a layer; `depthwise` is the rank of its depthwise kernel, if it has one.
fn class_of(kind: LayerKind, depthwise: Option<usize>) -> Option<&'static str> {
    let (depthwise, one_axis) = (depthwise.is_some(), depthwise == Some(3));
    Some(match kind {
        LayerKind::Linear => "dense",
        LayerKind::Conv1d if depthwise => "depthwise_conv1d",
        LayerKind::Conv1d => "conv1d",
        LayerKind::Conv2d if depthwise => "depthwise_conv2d",
        LayerKind::Conv2d => "conv2d",
        LayerKind::Conv3d => "conv3d",
        LayerKind::ConvTranspose1d => "conv1d_transpose",
        LayerKind::ConvTranspose2d => "conv2d_transpose",
        LayerKind::BatchNorm => "batch_normalization",
        LayerKind::LayerNorm => "layer_normalization",
        LayerKind::GroupNorm => "group_normalization",
        LayerKind::RmsNorm => "rms_normalization",
        LayerKind::Embedding => "embedding",
        LayerKind::Lstm => "lstm",
        LayerKind::BiLstm => "bidirectional",
        LayerKind::Gru => "gru",
        LayerKind::MultiHeadAttention => "multi_head_attention",
        LayerKind::SeparableConv if one_axis => "separable_conv1d",
        LayerKind::SeparableConv => "separable_conv2d",
        _ => return None,
    })
}
