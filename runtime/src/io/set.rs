//! Replacing several files as one: shards, and the index that names them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::process;
use super::replace::AtomicFile;
use crate::error::{Error, ErrorKind, Result};

/// Files that take their places together, and last the index that names them.
///
/// A reader goes by the index, so its rename is the moment at which the whole set changes:
///
/// - The bytes of all files are on the disk before the first takes its place, and all names but the index's before the index does.
/// - If every part has a name that the old index does not use ([`unique_name`](ReplaceSet::unique_name)) and was opened with
///   [`new_only`](super::Replace::new_only), the old set stays whole and readable until the new one is. An error takes the parts
///   away that were placed already; a kill may leave some of them, which no index names.
/// - A part that replaces a file of the old set breaks that set from its rename to the index's. After a kill in between only digests in
///   the index can tell: whoever writes such sets keeps them there.
/// - Who has read the old index and not opened its parts may find them gone, and reads the index again. With names that are given once it
///   never finds parts of another set in their place.
///
/// # Several saves at once
/// The last whose index takes its place wins, whole, if all of them keep to this:
///
/// - The parts have names that no other save gives: [`unique_name`](ReplaceSet::unique_name). A name that is free is not enough. It may be
///   that of a set which was replaced, and a save that read the index of that set removes it when it is done, though by then another index
///   names it. Other names, which readers know, are for the first set of a folder: then the index is opened with
///   [`new_only`](super::Replace::new_only), so that of several first sets one takes its place and the others are
///   [`ErrorKind::AlreadyExists`].
/// - What is [superseded](ReplaceSet::supersede) was named by an index that was in the place before.
///
/// An index that was replaced before another save had looked at it leaves its parts behind, which take space and do no harm.
///
/// In a folder that may be written and not read, which cannot be flushed, every set that is to be flushed is an error, and the old one stays.
///
/// Every file stays open until the end, so that a set may have as many files as the process may open.
#[derive(Debug)]
pub struct ReplaceSet {
    parts: Vec<AtomicFile>,
    superseded: Vec<PathBuf>,
    /// What is in the names that no other set gives.
    number: u64,
}

impl Default for ReplaceSet {
    fn default() -> Self {
        Self::new()
    }
}

impl ReplaceSet {
    /// A set without files.
    pub fn new() -> Self {
        Self { parts: Vec::new(), superseded: Vec::new(), number: process::unique() }
    }

    /// Adds a file that is completely put.
    pub fn push(&mut self, part: AtomicFile) {
        self.parts.push(part);
    }

    /// Names a file of the old set, to be removed once the new index is in place. Ignored if a file of the new set has that name.
    pub fn supersede(&mut self, path: impl Into<PathBuf>) {
        self.superseded.push(path.into());
    }

    /// `name` with 16 lower-case hexadecimal digits before its extension: random ones, the same for all names of this set, which no other
    /// set has.
    pub fn unique_name(&self, name: &str) -> String {
        let number = self.number;
        match name.rsplit_once('.') {
            Some((stem, extension)) => format!("{stem}-{number:016x}.{extension}"),
            None => format!("{name}-{number:016x}"),
        }
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
            let name = set.unique_name(&format!("shard-{number}.bin"));
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
    fn a_name_of_one_set_is_none_of_another() {
        let sets: Vec<ReplaceSet> = (0..1000).map(|_| ReplaceSet::new()).collect();
        let names: BTreeSet<String> = sets.iter().map(|set| set.unique_name("a.b.bin")).collect();
        assert_eq!(names.len(), sets.len());
        for name in &names {
            let digits = name.strip_prefix("a.b-").and_then(|name| name.strip_suffix(".bin")).unwrap();
            assert!(digits.len() == 16 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()), "{name}");
        }
        let plain = sets[0].unique_name("plain");
        assert!(plain.starts_with("plain-") && plain.len() == "plain-".len() + 16, "{plain}");
    }
}
