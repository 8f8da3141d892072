//! What the bytes themselves cost.

use std::fs;
use std::path::Path;

use crate::phase::{Cost, measure};
use crate::rows::{Action, Row};

/// The operation that a row is held against, on the file that Vellum wrote.
pub fn run(row: Row, folder: &Path, new: &Path) -> Cost {
    match row.action {
        Action::Save => {
            let bytes = fs::read(row.file.path(folder)).expect("the file is there");
            measure(|| fs::write(new, &bytes).expect("there is room"))
        }
        Action::Load | Action::Open | Action::Map => {
            // A load at half precision makes as many bytes as one at full precision.
            let path = row.file.at_full_precision().path(folder);
            measure(|| fs::read(path).expect("the file is there"))
        }
        Action::LoadStatic => {
            let bytes = fs::read(row.file.path(folder)).expect("the file is there");
            measure(|| bytes.to_vec())
        }
    }
}

/// A write that the disk has confirmed, as a save of Vellum's is.
pub fn run_synced(row: Row, folder: &Path, new: &Path) -> Cost {
    let bytes = fs::read(row.file.path(folder)).expect("the file is there");
    measure(|| {
        fs::write(new, &bytes).expect("there is room");
        fs::File::open(new).and_then(|file| file.sync_all()).expect("the disk takes it");
    })
}
