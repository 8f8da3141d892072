//! Replacing several files as one: shards, and the index that names them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::replace::AtomicFile;
use crate::error::{Error, ErrorKind, Result};

/// Files that take their places together, and last the index that names them.
///
/// A reader goes by the index, so its rename is the moment at which the whole set changes:
///
/// - The bytes of all files are on the disk before the first takes its place, and all names but the index's before the index does.
/// - If every part has a name that the old index does not use ([`free_name`](ReplaceSet::free_name)) and was opened with
///   [`new_only`](super::Replace::new_only), the old set stays whole and readable until the new one is. An error takes the parts
///   away that were placed already; a kill may leave some of them, which no index names.
/// - A part that replaces a file of the old set breaks that set from its rename to the index's. After a kill in between only digests in
///   the index can tell: whoever writes such sets keeps them there.
///
/// Every file stays open until the end, so that a set may have as many files as the process may open.
#[derive(Debug, Default)]
pub struct ReplaceSet {
    parts: Vec<AtomicFile>,
    superseded: Vec<PathBuf>,
}

impl ReplaceSet {
    /// A set without files.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file that is completely put.
    pub fn push(&mut self, part: AtomicFile) {
        self.parts.push(part);
    }

    /// Names a file of the old set, to be removed once the new index is in place. Ignored if a file of the new set has that name.
    pub fn supersede(&mut self, path: impl Into<PathBuf>) {
        self.superseded.push(path.into());
    }

    /// A name that nothing in `folder` has: `name` itself, or with `-2`, `-3`, .. before its extension.
    pub fn free_name(folder: &Path, name: &str) -> String {
        let (stem, extension) =
            name.rsplit_once('.').map_or((name, String::new()), |(stem, extension)| (stem, format!(".{extension}")));
        let numbered = (2u64..).map(|number| format!("{stem}-{number}{extension}"));
        let is_free = |name: &String| folder.join(name).symlink_metadata().is_err();
        std::iter::once(name.to_owned()).chain(numbered).find(is_free).unwrap_or_else(|| name.to_owned())
    }

    /// Gives all files their places, and last `index` its own.
    ///
    /// # Errors
    /// As [`AtomicFile::commit`]. [`ErrorKind::DurabilityUnknown`] alone means that the new set is in place; after any other error
    /// the old one is, within what the type's description says.
    pub fn commit(mut self, mut index: AtomicFile) -> Result<()> {
        for part in &mut self.parts {
            part.prepare().map_err(|error| error.in_file(part.target().display()))?;
        }
        index.prepare()?;
        self.place(&mut index)?;
        index.sync_folders()?;

        let new: BTreeSet<&Path> = self.parts.iter().chain([&index]).map(AtomicFile::target).collect();
        for old in self.superseded.iter().filter(|old| !new.contains(old.as_path())) {
            // The new set is complete without it: what cannot be removed takes space and does no harm.
            let _left_over = index.remove_beside(old);
        }
        Ok(())
    }

    /// Places the parts and the index, or takes away again what was placed.
    fn place(&mut self, index: &mut AtomicFile) -> Result<()> {
        let mut placed = 0;
        let result = (|| {
            for part in &mut self.parts {
                part.place().map_err(|error| error.in_file(part.target().display()))?;
                placed += 1;
            }
            for part in &self.parts {
                part.sync_folders().map_err(before_the_index)?;
            }
            index.place()
        })();
        if result.is_err() {
            for part in &self.parts[..placed] {
                part.withdraw();
            }
        }
        result
    }
}

/// A folder that cannot be flushed is an error like any other as long as the index is the old one.
fn before_the_index(error: Error) -> Error {
    match error.into_kind() {
        ErrorKind::DurabilityUnknown { source } => Error::io("flush folder", source),
        kind => Error::new(kind),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::Arc;

    use super::super::replace::Replace;
    use super::super::system::faulty::{Fault, Faulty};
    use super::super::system::{Os, System};
    use super::*;
    use crate::source::Sink;

    /// Saves a set of three shards whose bytes are `version`, as a store does.
    fn save(system: &Arc<dyn System>, folder: &Path, version: &str, old: &[String]) -> Result<()> {
        let mut set = ReplaceSet::new();
        let mut names = Vec::new();
        for number in 0..3 {
            let name = ReplaceSet::free_name(folder, &format!("shard-{number}.bin"));
            let mut part = Replace::new(folder.join(&name)).new_only().open_on(system.clone(), None)?;
            part.put(version.as_bytes())?;
            set.push(part);
            names.push(name);
        }
        for name in old {
            set.supersede(folder.join(name));
        }
        let mut index = Replace::new(folder.join("index")).open_on(system.clone(), None)?;
        index.put(names.join("\n").as_bytes())?;
        set.commit(index)
    }

    /// The shards that the index names, all of one version.
    fn load(folder: &Path) -> (Vec<String>, String) {
        let names: Vec<String> = fs::read_to_string(folder.join("index")).unwrap().lines().map(str::to_owned).collect();
        let versions: BTreeSet<String> =
            names.iter().map(|name| fs::read_to_string(folder.join(name)).unwrap()).collect();
        assert_eq!((names.len(), versions.len()), (3, 1), "a mix of two saves");
        (names, versions.into_iter().next().unwrap())
    }

    #[test]
    fn after_any_failure_the_index_names_one_whole_set() {
        for fault in [Fault::Once(std::io::ErrorKind::Other), Fault::Death] {
            for at in 1.. {
                let folder = tempfile::tempdir().unwrap();
                let folder = folder.path();
                let os: Arc<dyn System> = Arc::new(Os);
                save(&os, folder, "old", &[]).unwrap();
                let (old, _) = load(folder);
                let faulty = Arc::new(Faulty::new(fault, at));
                let system: Arc<dyn System> = faulty.clone();
                let result = save(&system, folder, "new", &old);
                let (names, version) = load(folder);
                match &result {
                    Ok(()) => assert_eq!(version, "new"),
                    Err(error) if matches!(error.kind(), ErrorKind::DurabilityUnknown { .. }) => {
                        assert_eq!(version, "new");
                    }
                    Err(_) => assert_eq!((names, version.as_str()), (old.clone(), "old")),
                }
                if let (Fault::Once(_), Err(error)) = (fault, &result) {
                    let durability = matches!(error.kind(), ErrorKind::DurabilityUnknown { .. });
                    let files = fs::read_dir(folder).unwrap().count();
                    assert_eq!(files, if durability { 7 } else { 4 }, "call {at}: {error}");
                }
                if faulty.is_past_the_end() {
                    assert_eq!(fs::read_dir(folder).unwrap().count(), 4, "the old shards are gone");
                    assert!(at > 15, "only {at} calls were tried");
                    break;
                }
            }
        }
    }

    #[test]
    fn a_free_name_is_one_that_nothing_has() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(ReplaceSet::free_name(folder.path(), "a.b.bin"), "a.b.bin");
        fs::write(folder.path().join("a.b.bin"), b"").unwrap();
        assert_eq!(ReplaceSet::free_name(folder.path(), "a.b.bin"), "a.b-2.bin");
        fs::write(folder.path().join("plain"), b"").unwrap();
        assert_eq!(ReplaceSet::free_name(folder.path(), "plain"), "plain-2");
    }
}
