//! Shows what is in a Burnpack file: its metadata, its tensors with their ids, and where its bytes are. Makes a small one first if there
//! is none of that name; without a name one that is gone afterwards.
//!
//! `cargo run --example burnpack_inspect model.bpk`

use std::error::Error;
use std::path::PathBuf;

use vellum::backend::{Backend, NdArray};
use vellum::nn::{Linear, LinearConfig};
use vellum::store::{BurnpackStore, ModuleSnapshot};
use vellum::{Device, Module};

#[derive(Module, Debug)]
struct Model<B: Backend> {
    linear_in: Linear<B>,
    linear_out: Linear<B>,
}

/// The first ten bytes: `NRUB`, the version, and the length of the CBOR header behind them.
const PREFIX: usize = 10;

fn main() -> Result<(), Box<dyn Error>> {
    let scratch = tempfile::tempdir()?;
    let path = std::env::args().nth(1).map_or_else(|| scratch.path().join("sample.bpk"), PathBuf::from);
    if !path.exists() {
        let device = Device::default();
        let model = Model::<NdArray> {
            linear_in: LinearConfig::new(10, 64).init(&device),
            linear_out: LinearConfig::new(64, 2).init(device),
        };
        let mut store = BurnpackStore::from_file(&path).metadata("description", "A sample model");
        model.save_into(&mut store)?;
        println!("made {}", path.display());
    }

    let store = BurnpackStore::from_file(&path);
    println!("{}: {}", path.display(), store.format_name()?);
    for (key, text) in store.read_metadata()? {
        println!("  {key} = {text:?}");
    }
    let mut bytes = 0;
    for (name, snapshot) in store.get_all_snapshots()? {
        let id = snapshot.param_id.map(|id| id.to_string()).unwrap_or_default();
        println!("  {name}: {} {} {id}", snapshot.dtype, snapshot.shape);
        bytes += snapshot.to_data()?.bytes().len();
    }

    let file = std::fs::read(&path)?;
    let header = match file.get(6..PREFIX) {
        Some(&[a, b, c, d]) => u32::from_le_bytes([a, b, c, d]),
        _ => return Err("the file ends within its prefix".into()),
    };
    println!("{PREFIX} bytes of prefix, {header} of header, {bytes} of tensors, {} in all", file.len());
    println!("look at it: hexdump -C {} | head -20", path.display());
    Ok(())
}
