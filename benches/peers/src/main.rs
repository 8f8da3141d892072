//! Prints what the saves and loads of other libraries cost beside Vellum's and beside what the bytes cost:
//! `cargo run --release -- [rounds] [parts of rows' names]`.

mod burn_recorders;
mod burn_stores;
mod candle;
mod safetensors_crate;

use std::path::Path;

use vellum_benches::phase::Cost;
use vellum_benches::rows::{Action, Cut, File, Format, Row};
use vellum_benches::session::{self, RAW_AND_OURS, Subject};

fn main() {
    let [raw, vellum, ..] = RAW_AND_OURS;
    let peer = Subject { held_to_targets: false, ..vellum };
    session::main(&[
        raw,
        vellum,
        Subject {
            name: "burn 0.21.0",
            takes: |row| match row.file {
                File::Record(..) => true,
                // It opens the archive again for each tensor: loading 10,000 takes minutes.
                File::Store(Format::Torch, Cut::Many) => false,
                File::Store(format, cut) => burn_takes(row.action, format, cut),
            },
            prepare: |row, folder| match row.file {
                File::Record(encoding, precision) => {
                    burn_recorders::prepare((encoding, precision), &row.file.path(folder));
                }
                File::Store(format, cut) => prepare(burn_stores::v021::prepare, row, format, cut, folder),
            },
            run: |row, folder, new| match row.file {
                File::Record(encoding, precision) => {
                    burn_recorders::run(row.action, (encoding, precision), &row.file.path(folder), new)
                }
                File::Store(format, cut) => {
                    burn_stores::v021::run(row.action, format, cut, &row.file.path(folder), new)
                }
            },
            ..peer
        },
        Subject {
            name: "burn 0.21.0, model kept",
            takes: |row| matches!((row.action, row.file), (Action::Save, File::Record(..))),
            run: |row, _, new| match row.file {
                File::Record(encoding, precision) => burn_recorders::run_kept((encoding, precision), new),
                File::Store(..) => unreachable!("stores borrow the model"),
            },
            reads: Some("burn 0.21.0"),
            ..peer
        },
        Subject {
            name: "burn 0.22.1",
            takes: |row| matches!(row.file, File::Store(format, cut) if burn_takes(row.action, format, cut)),
            prepare: |row, folder| {
                let (format, cut) = store(row);
                prepare(burn_stores::v022::prepare, row, format, cut, folder);
            },
            run: |row, folder, new| {
                let (format, cut) = store(row);
                burn_stores::v022::run(row.action, format, cut, &row.file.path(folder), new)
            },
            ..peer
        },
        Subject {
            name: "candle 0.11.1",
            takes: |row| match (row.action, row.file) {
                (Action::Save, File::Store(Format::Safetensors, _)) => true,
                // It opens the archive again for each tensor: loading 10,000 takes half a minute.
                (Action::Load, File::Store(Format::Torch, Cut::Many)) => false,
                (Action::Load, File::Store(Format::Safetensors | Format::Torch | Format::Npz, _)) => true,
                _ => false,
            },
            prepare: |row, folder| {
                let (format, cut) = store(row);
                prepare(|_, cut, path| candle::prepare(cut, path), row, format, cut, folder);
            },
            run: |row, folder, new| {
                let (format, cut) = store(row);
                candle::run(row.action, format, cut, &row.file.path(folder), new)
            },
            ..peer
        },
        Subject {
            name: "safetensors 0.8.0",
            takes: |row| {
                let moves = matches!(row.action, Action::Save | Action::Load);
                moves && matches!(row.file, File::Store(Format::Safetensors, _))
            },
            prepare: |row, folder| safetensors_crate::prepare(store(row).1, &row.file.path(folder)),
            run: |row: Row, folder: &Path, new: &Path| -> Cost {
                safetensors_crate::run(row.action, store(row).1, &row.file.path(folder), new)
            },
            ..peer
        },
    ]);
}

/// What both versions of Burn's stores do.
fn burn_takes(action: Action, format: Format, cut: Cut) -> bool {
    match format {
        // For each tensor the whole header is read again: loading 10,000 takes minutes.
        Format::Safetensors if action == Action::Load => matches!(cut, Cut::Few),
        Format::Safetensors | Format::Burnpack => action != Action::Map,
        Format::Torch => action == Action::Load,
        Format::Npz | Format::Keras | Format::Gguf | Format::Joblib => false,
    }
}

fn store(row: Row) -> (Format, Cut) {
    match row.file {
        File::Store(format, cut) => (format, cut),
        File::Record(..) => unreachable!("it takes no part in the recorders' rows"),
    }
}

/// Lets a library write its own file, and Vellum those that it only reads.
fn prepare(own: fn(Format, Cut, &Path), row: Row, format: Format, cut: Cut, folder: &Path) {
    match format {
        Format::Safetensors | Format::Burnpack => own(format, cut, &row.file.path(folder)),
        _ => vellum_benches::ours::prepare(row, folder),
    }
}
