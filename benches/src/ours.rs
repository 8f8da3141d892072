//! What Vellum costs.

use std::path::Path;

use crate::phase::Cost;
use crate::rows::{Action, File, Row};
use crate::{recorders, stores};

/// Writes the files that a row reads.
pub fn prepare(row: Row, folder: &Path) {
    let raw = row.file.at_full_precision();
    for file in [Some(row.file), (raw != row.file).then_some(raw)].into_iter().flatten() {
        match file {
            File::Record(encoding, precision) => recorders::prepare((encoding, precision), &file.path(folder)),
            File::Store(format, cut) => stores::prepare(format, cut, &file.path(folder)),
        }
    }
}

/// A save or a load as users get it.
pub fn run(row: Row, folder: &Path, new: &Path) -> Cost {
    let path = row.file.path(folder);
    match row.file {
        File::Record(encoding, precision) => recorders::run(row.action, (encoding, precision), &path, new),
        File::Store(format, cut) => stores::run(row.action, format, cut, &path, new),
    }
}

/// Whether a save can be told not to wait for the disk.
pub fn can_leave_sync(row: Row) -> bool {
    row.action == Action::Save && matches!(row.file, File::Record(..))
}

/// A save that does not wait for the disk.
pub fn run_unsynced(row: Row, _folder: &Path, new: &Path) -> Cost {
    match row.file {
        File::Record(encoding, precision) => recorders::run_unsynced((encoding, precision), new),
        File::Store(..) => unreachable!("stores always wait"),
    }
}
