//! What Burn 0.22 reads of a file that Vellum wrote, tensor by tensor.

use std::path::Path;
use std::sync::Arc;

use burn_store_newer::ModuleStore;
use vellum::format::burnpack::BurnpackFile;
use vellum::format::safetensors::SafetensorsFile;
use vellum::format::{ReadOptions, TensorFile};
use vellum::io::FileSource;
use vellum::TensorData;

/// Compares what Burn 0.22 finds in a file with what is there: names, ids, dtypes, shapes and bytes.
pub fn check<S: ModuleStore<Error: ToString>>(mut store: S, path: &Path) -> Result<(), String> {
    let theirs = store.get_all_tensors().map_err(|error| format!("Burn 0.22: {}", error.to_string()))?;
    let file = open(path).map_err(|error| format!("Vellum: {error}"))?;
    if theirs.len() != file.tensors().len() {
        return Err(format!("Burn 0.22 finds {} tensors of {}", theirs.len(), file.tensors().len()));
    }
    for (index, entry) in file.tensors().iter().enumerate() {
        let name = &entry.name;
        let Some(theirs) = theirs.get(name) else {
            return Err(format!("Burn 0.22 does not find {name}"));
        };
        let bytes = theirs.to_bytes().map_err(|error| format!("Burn 0.22: {name}: {error}"))?;
        let data = file.read(index).map_err(|error| format!("Vellum: {error}"))?;
        let lies_as = |data: &TensorData| *theirs.shape == *data.shape().dims() && *bytes == **data.bytes();
        // What lies in columns comes from Vellum in rows.
        let in_columns = data.shape().rank() == 2 && lies_as(&data.view().transposed().expect("a matrix is turned"));
        // Theirs says more of a truth value: `Bool(Native)`.
        let dtype = format!("{:?}", theirs.dtype).to_uppercase();
        let same = theirs.param_id == entry.param_id && dtype.starts_with(&entry.dtype.name().to_uppercase());
        if !same || !(lies_as(&data) || in_columns) {
            return Err(format!("Burn 0.22: {name} is another tensor: {dtype} {:?}", theirs.shape));
        }
    }
    Ok(())
}

fn open(path: &Path) -> vellum::Result<Box<dyn TensorFile>> {
    let (source, options) = (Arc::new(FileSource::open(path)?), ReadOptions::default());
    Ok(if path.extension().is_some_and(|extension| extension == "bpk") {
        Box::new(BurnpackFile::open(source, &options)?)
    } else {
        Box::new(SafetensorsFile::open(source, &options)?)
    })
}
