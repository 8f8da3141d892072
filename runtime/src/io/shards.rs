//! A set of SafeTensors shards on the disk.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::replace::{AtomicFile, Replace};
use super::scratch::remove_left_overs_of;
use super::set::ReplaceSet;
use super::system::{Os, System};
use crate::error::{Error, ErrorKind, Result};
use crate::format::TensorSet;
use crate::format::safetensors::{self, PutShard, ShardedWriter};
use crate::limits::Limits;
use crate::source::Sink;

/// Saves tensors as a set of shards with an index, in place of the set that is there.
///
/// The set changes as one, when its index does. An error, a kill or a power cut at any moment leaves the old set or the new one, whole:
/// what holds for [`ReplaceSet`]. Of several saves at once the last to place its index wins, whole, and each returns `Ok`. Shards that the
/// index named before are removed at the end.
///
/// The first set of a folder has the names that readers know (`model-00001-of-00002.safetensors`). One that replaces another has 16 digits
/// more (`model-00001-of-00002-0f1e2d3c4b5a6978.safetensors`), which no other save gives.
#[derive(Debug)]
#[must_use]
pub struct ShardSet {
    index: PathBuf,
    stem: String,
    new_only: bool,
}

impl ShardSet {
    /// The set that is saved as `path`: `model.safetensors`, or `model.safetensors.index.json`, which is its index; the extensions in
    /// upper or lower case. The index itself has them in lower case.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for a path that names no file, or not in Unicode.
    pub fn new(path: &Path) -> Result<Self> {
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.ok_or_else(|| Error::argument("the path names no file, or not in Unicode"))?;
        let stem = without(without(name, ".index.json"), ".safetensors").to_owned();
        let index = path.with_file_name(format!("{stem}.safetensors.index.json"));
        Ok(Self { index, stem, new_only: false })
    }

    /// The path of the index, which the set is read by.
    pub fn index(&self) -> &Path {
        &self.index
    }

    /// Fails with [`ErrorKind::AlreadyExists`] if there is an index.
    pub fn new_only(mut self) -> Self {
        self.new_only = true;
        self
    }

    /// Writes the tensors, and gives the index's path.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for an index that is a symbolic link: the shards would be beside what it leads to, and readers look beside
    /// the link. As [`ShardedWriter::write`] and [`ReplaceSet::commit`].
    pub fn write(self, writer: &ShardedWriter, tensors: &dyn TensorSet) -> Result<PathBuf> {
        self.write_on(Arc::new(Os), writer, tensors)
    }

    fn write_on(self, system: Arc<dyn System>, writer: &ShardedWriter, tensors: &dyn TensorSet) -> Result<PathBuf> {
        if self.index.is_symlink() {
            let what =
                "the index is a symbolic link, beside which its shards would not be: name the file that it leads to";
            return Err(Error::argument(what).in_file(self.index.display()));
        }
        let first = !self.index.exists();
        match self.attempt(Arc::clone(&system), writer, tensors, first) {
            // Another save made the first set meanwhile, or has placed shards of one: this one replaces that.
            Err(error) if first && !self.new_only && matches!(error.kind(), ErrorKind::AlreadyExists) => {
                self.attempt(system, writer, tensors, false)?;
            }
            result => result?,
        }
        Ok(self.index)
    }

    /// Saves the set with the names that readers know if it is to be the `first`, and then only if no other is there at the end: those
    /// names must not be given twice.
    fn attempt(
        &self,
        system: Arc<dyn System>,
        writer: &ShardedWriter,
        tensors: &dyn TensorSet,
        first: bool,
    ) -> Result<()> {
        let Self { index, stem, new_only } = self;
        let replace = Replace::new(index);
        let replace = if *new_only || first { replace.new_only() } else { replace };
        // Before the shards, so that an index that must not be replaced is told at once.
        let file = replace.open_on(Arc::clone(&system), None)?;
        let folder = file.target().parent().unwrap_or(Path::new("")).to_path_buf();
        // A save that was killed may have had another number of shards, and so other names.
        remove_left_overs_of(&folder, |name| is_shard_of(name, stem));
        let mut files = Files { folder, system, index: file, set: ReplaceSet::new(), first };
        writer.write(tensors, stem, &mut files)?;
        // As late as can be: what another save places between this look and the commit is left behind.
        for old in shards_of(files.index.target(), stem) {
            files.set.supersede(files.folder.join(old));
        }
        files.set.commit(files.index)
    }
}

/// A name without an extension, in whichever case.
fn without<'a>(name: &'a str, extension: &str) -> &'a str {
    match name.len().checked_sub(extension.len()).and_then(|len| name.split_at_checked(len)) {
        Some((stem, end)) if end.eq_ignore_ascii_case(extension) => stem,
        _ => name,
    }
}

/// Where the files of a set are put.
struct Files {
    folder: PathBuf,
    system: Arc<dyn System>,
    index: AtomicFile,
    set: ReplaceSet,
    first: bool,
}

impl PutShard for Files {
    fn put_shard(&mut self, name: &str, body: &mut dyn FnMut(&mut dyn Sink) -> Result<()>) -> Result<String> {
        // Of a first save that was killed there may be shards.
        let is_free = || self.folder.join(name).symlink_metadata().is_err();
        let name = if self.first && is_free() { name.to_owned() } else { self.set.unique_name(name) };
        let mut file = Replace::new(self.folder.join(&name)).new_only().open_on(Arc::clone(&self.system), None)?;
        body(&mut file)?;
        self.set.push(file);
        Ok(name)
    }

    fn put_index(&mut self, _name: &str, bytes: &[u8]) -> Result<()> {
        self.index.put(bytes)
    }
}

/// The shards that the index at `path` names and that have the names of shards of `stem`. A set of others keeps its files.
fn shards_of(path: &Path, stem: &str) -> BTreeSet<String> {
    let named = old_index(path).and_then(|bytes| safetensors::shard_names(&bytes).ok());
    named.unwrap_or_default().into_iter().filter(|name| is_shard_of(name, stem)).collect()
}

/// The bytes of an index that is no longer than one may be that is read.
fn old_index(path: &Path) -> Option<Vec<u8>> {
    let limit = Limits::default().max_header_bytes;
    let mut bytes = Vec::new();
    std::fs::File::open(path).ok()?.take(limit + 1).read_to_end(&mut bytes).ok()?;
    (bytes.len() as u64 <= limit).then_some(bytes)
}

/// Whether this is a name that [`ShardSet`] gives to shards of `stem`.
fn is_shard_of(name: &str, stem: &str) -> bool {
    let numbers = name.strip_prefix(stem).and_then(|name| name.strip_suffix(".safetensors"));
    let Some(numbers) = numbers.and_then(|numbers| numbers.strip_prefix('-')) else { return false };
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_unique = |text: &str| text.len() == 16 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    match *numbers.split('-').collect::<Vec<_>>() {
        [number, "of", count] => is_number(number) && is_number(count),
        [number, "of", count, unique] => is_number(number) && is_number(count) && is_unique(unique),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::system::faulty::{Fault, Faulty};
    use super::*;
    use crate::format::safetensors::ShardedFile;
    use crate::format::{ReadOptions, TensorFile, TensorList};
    use crate::io::{FileSource, Links, open_beneath};
    use crate::source::Source;
    use crate::tensor::TensorData;

    /// Tensors whose elements are all `value`.
    fn tensors(count: usize, value: u32) -> TensorList {
        let mut list = TensorList::default();
        for number in 0..count {
            list.push(format!("t{number}"), TensorData::from_vec(vec![value; 4], [4]).unwrap());
        }
        list
    }

    fn save(system: Arc<dyn System>, folder: &Path, count: usize, value: u32) -> Result<PathBuf> {
        let set = ShardSet::new(&folder.join("m.safetensors"))?;
        set.write_on(system, &ShardedWriter::new(16), &tensors(count, value))
    }

    /// How many tensors the set on the disk has, and the one value of their elements.
    fn load(folder: &Path) -> (usize, u32) {
        let index = FileSource::open(folder.join("m.safetensors.index.json")).unwrap();
        let shards = |name: &str| Ok(Arc::new(open_beneath(folder, name, Links::Refuse)?) as Arc<dyn Source>);
        let file = ShardedFile::open(&index, &shards, &ReadOptions::default()).unwrap();
        let count = file.tensors().len();
        let data = (0..count).map(|index| file.read(index).unwrap());
        let values: BTreeSet<u32> = data.flat_map(|data| data.to_vec::<u32>().unwrap()).collect();
        assert_eq!(values.len(), 1, "a mix of two saves");
        (count, values.into_iter().next().unwrap())
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_failure_at_any_call_leaves_the_old_set_or_the_new_one() {
        // As many shards, fewer, and more: names that the old set has, and names that are free.
        for (new, fault) in
            [2, 1, 3].into_iter().flat_map(|new| [(new, Fault::Once(std::io::ErrorKind::Other)), (new, Fault::Death)])
        {
            for at in 1.. {
                let folder = tempfile::tempdir().unwrap();
                let folder = folder.path();
                save(Arc::new(Os), folder, 2, 1).unwrap();
                let faulty = Arc::new(Faulty::new(fault, at));
                let result = save(faulty.clone(), folder, new, 2);
                let in_place = match &result {
                    Ok(_) => true,
                    Err(error) => matches!(error.kind(), ErrorKind::DurabilityUnknown { .. }),
                };
                assert_eq!(load(folder), if in_place { (new, 2) } else { (2, 1) }, "call {at}");
                if matches!(fault, Fault::Once(_)) && !in_place {
                    assert_eq!(names(folder).len(), 3, "call {at} left something");
                }
                if faulty.is_past_the_end() {
                    assert_eq!(names(folder).len(), new + 1, "the old shards are gone");
                    assert!(at > 10, "only {at} calls were tried");
                    break;
                }
                // Whatever was left, the next save is not in its way.
                save(Arc::new(Os), folder, 2, 3).unwrap();
                assert_eq!(load(folder), (2, 3));
            }
        }
    }

    #[test]
    fn whatever_saves_come_between_two_calls_of_another_the_index_names_a_whole_set() {
        // Two others come, each before any call, while one saves into an empty folder, and in place of a set.
        for old in [false, true] {
            for first in 1.. {
                let mut is_past_the_end = false;
                for second in first.. {
                    let folder = tempfile::tempdir().unwrap();
                    let path = folder.path().to_owned();
                    if old {
                        save(Arc::new(Os), &path, 1, 1).unwrap();
                    }
                    let system = Arc::new(Faulty::interrupted(move |call| {
                        for (_, value) in [(first, 3), (second, 4)].iter().filter(|(at, _)| *at == call) {
                            save(Arc::new(Os), &path, 1, *value).unwrap();
                        }
                    }));
                    let folder = folder.path();
                    save(system.clone(), folder, 1, 2).unwrap();
                    if system.calls() < second {
                        is_past_the_end = first == second;
                        assert!(second > 8, "only {second} calls were tried");
                        break;
                    }
                    let (_, value) = load(folder);
                    assert!([2, 4].contains(&value), "before {first} and {second}: {value} is not of the last save");
                    // The set of a save may stay that came between another's look at the index and its own.
                    assert!(names(folder).len() <= 3, "before {first} and {second}: {:?}", names(folder));
                    let first_name = folder.join("m-00001-of-00001.safetensors");
                    assert!(!first_name.exists(), "before {first} and {second}: a name that was free again was taken");
                }
                if is_past_the_end {
                    break;
                }
            }
        }
    }

    #[test]
    fn a_failure_at_any_call_of_a_first_save_leaves_no_set_or_a_whole_one() {
        for fault in [Fault::Once(std::io::ErrorKind::Other), Fault::Death] {
            for at in 1.. {
                let folder = tempfile::tempdir().unwrap();
                let folder = folder.path();
                let faulty = Arc::new(Faulty::new(fault, at));
                let in_place = match save(faulty.clone(), folder, 2, 1) {
                    Ok(_) => true,
                    Err(error) => matches!(error.kind(), ErrorKind::DurabilityUnknown { .. }),
                };
                if in_place {
                    assert_eq!(load(folder), (2, 1), "call {at}");
                } else {
                    assert!(!folder.join("m.safetensors.index.json").exists(), "call {at}");
                    assert!(names(folder).is_empty() || matches!(fault, Fault::Death), "call {at} left something");
                }
                if faulty.is_past_the_end() {
                    assert!(at > 10, "only {at} calls were tried");
                    break;
                }
                save(Arc::new(Os), folder, 2, 3).unwrap();
                assert_eq!(load(folder), (2, 3));
            }
        }
    }

    #[test]
    fn only_shards_of_the_sets_own_name_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        fs::write(folder.join("notes.safetensors"), b"mine").unwrap();
        let index = r#"{"metadata":{},"weight_map":{"a":"notes.safetensors","b":"m-00001-of-00001.safetensors"}}"#;
        fs::write(folder.join("m.safetensors.index.json"), index).unwrap();
        fs::write(folder.join("m-00001-of-00001.safetensors"), b"old").unwrap();
        save(Arc::new(Os), folder, 1, 5).unwrap();
        let left = names(folder);
        assert_eq!(left[1..], ["m.safetensors.index.json", "notes.safetensors"]);
        assert!(is_shard_of(&left[0], "m") && left[0] != "m-00001-of-00001.safetensors", "{left:?}");
        save(Arc::new(Os), folder, 1, 6).unwrap();
        assert_eq!((load(folder), names(folder).len()), ((1, 6), 3));
        assert!(!names(folder).contains(&left[0]), "the name of a set is given once");
    }

    #[test]
    fn the_first_set_of_a_folder_has_the_names_that_everybody_knows() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        save(Arc::new(Os), folder, 2, 1).unwrap();
        let known = ["m-00001-of-00002.safetensors", "m-00002-of-00002.safetensors", "m.safetensors.index.json"];
        assert_eq!(names(folder), known);
        save(Arc::new(Os), folder, 2, 2).unwrap();
        let of_one_save: BTreeSet<String> = names(folder)[..2].iter().map(|name| name[16..].to_owned()).collect();
        assert_eq!((load(folder), of_one_save.len()), ((2, 2), 1), "{:?}", names(folder));
    }

    #[test]
    fn what_a_killed_save_of_another_number_of_shards_left_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let (left, mine) = (".m-00002-of-00005.safetensors.vellum-7-1.tmp", ".m-notes.safetensors.vellum-7-1.tmp");
        fs::write(folder.join(left), b"left").unwrap();
        fs::write(folder.join(mine), b"mine").unwrap();
        save(Arc::new(Os), folder, 2, 1).unwrap();
        assert!(!folder.join(left).exists() && folder.join(mine).exists());
    }

    #[test]
    fn an_index_is_only_replaced_where_it_may_be() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m.safetensors.index.json");
        let write = || ShardSet::new(&path).unwrap().new_only().write(&ShardedWriter::new(16), &tensors(2, 1));
        assert_eq!(write().unwrap(), path);
        assert!(matches!(write().unwrap_err().kind(), ErrorKind::AlreadyExists));
        assert_eq!(names(folder.path()).len(), 3);
        assert!(ShardSet::new(Path::new("/")).is_err());
    }

    #[test]
    fn extensions_may_be_in_either_case() {
        for name in ["m.safetensors", "m.SafeTensors", "m.safetensors.index.json", "m.SAFETENSORS.Index.JSON", "m"] {
            let set = ShardSet::new(Path::new(name)).unwrap();
            assert_eq!(set.index(), Path::new("m.safetensors.index.json"), "{name}");
        }
        assert_eq!(ShardSet::new(Path::new("é.é")).unwrap().index(), Path::new("é.é.safetensors.index.json"));
    }

    #[cfg(unix)]
    #[test]
    fn an_index_that_is_a_link_is_refused_and_nothing_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let (here, there) = (folder.path().join("here"), folder.path().join("there"));
        fs::create_dir(&here).unwrap();
        fs::create_dir(&there).unwrap();
        save(Arc::new(Os), &there, 2, 1).unwrap();
        let before = names(&there);
        let index = "m.safetensors.index.json";
        std::os::unix::fs::symlink(there.join(index), here.join(index)).unwrap();
        let error = save(Arc::new(Os), &here, 3, 2).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Argument { .. }), "{error}");
        assert_eq!((names(&here), names(&there)), (vec![index.to_owned()], before));
        assert_eq!(load(&there), (2, 1));
    }
}
