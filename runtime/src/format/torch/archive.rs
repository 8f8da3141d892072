//! Zip files: what `torch.save` has written since version 1.6, and TorchScript.
//!
//! Members lie in one folder of any name: `data.pkl`, a pickle; `data/KEY`, the bytes of each storage; `version` and `byteorder`.
//! TorchScript adds `code/`, which is never looked at, and `constants.pkl` with `constants/KEY`.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::options::TorchOptions;
use super::reader::{Content, Opened, Place};
use super::storage::Storages;
use super::tree::{Listing, Walk};
use crate::error::{Error, ErrorKind, Result};
use crate::format::pickle;
use crate::format::zip::{Archive, Method};
use crate::limits::Budget;
use crate::source::Source;
use crate::value::Value;

const PICKLE: &str = "data.pkl";
const CONSTANTS: &str = "constants.pkl";
const BYTE_ORDER: &str = "byteorder";
const VERSION: &str = "version";
/// The folder of text that a TorchScript file may carry along.
const EXTRA: &str = "extra/";
/// What else PyTorch writes as zip, by a member that only this has.
const OTHERS: [(&str, &str); 3] = [
    ("/archive_format", "a program that `torch.export` saved"),
    ("/extern_modules", "a package of `torch.package`"),
    ("/model.json", "a TorchScript file of PyTorch 1.2 or older"),
];
/// Bytes that a member of one word may have.
const MAX_WORD_BYTES: u64 = 64;

pub(super) fn open(source: Arc<dyn Source>, options: &TorchOptions, budget: &Budget) -> Result<Opened> {
    let archive = Archive::open(source, budget)?;
    let folder = folder(&archive)?;
    let has_crcs = archive.entries().iter().all(|entry| entry.size() == 0)
        || archive.entries().iter().any(|entry| entry.crc32() != 0);
    if !has_crcs && !options.missing_crcs {
        return Err(Error::refused(
            "the zip was written without CRCs (PyTorch's `set_crc32_options(False)`), so that damage cannot be seen: \
             `TorchOptions::allow_missing_crcs(true)` opens it",
        ));
    }
    let archive = archive.with_crc_checks(has_crcs);
    let mut metadata = metadata(&archive, &folder, budget)?;
    let big_endian = match metadata.get(BYTE_ORDER).map(String::as_str) {
        None | Some("little") => false,
        Some("big") => true,
        Some(_) => return Err(Error::corrupt("the byte order is neither `little` nor `big`")),
    };

    let mut listing = Listing::default();
    let mut storages = Storages::default().with_prefix("data/");
    let values = read(&archive, &format!("{folder}{PICKLE}"), &mut storages, &mut listing, None, budget)?;
    if archive.find(&format!("{folder}{CONSTANTS}")).is_some() {
        metadata.insert("archive".into(), "torchscript".into());
        storages = storages.with_prefix("constants/");
        let name = format!("{folder}{CONSTANTS}");
        read(&archive, &name, &mut storages, &mut listing, Some("CONSTANTS"), budget)?;
    }

    let mut places = Vec::with_capacity(storages.list().len());
    for storage in storages.list() {
        let name = format!("{folder}{}", storage.key);
        let Some(member) = archive.position(&name) else {
            return Err(Error::corrupt(format!("storage `{}` is not in the file", storage.key)));
        };
        let entry = &archive.entries()[member];
        // A reader that believed the pickle would read past the storage, or leave a part of it unseen.
        if entry.size() != storage.bytes {
            let (key, held, stated) = (&storage.key, entry.size(), storage.bytes);
            let what = format!("storage `{key}` has {held} bytes and the pickle states {stated}");
            return Err(Error::corrupt(what).at(entry.data_range()));
        }
        places.push(Place::Member(member));
    }
    Ok(Opened { content: Content::Zip(archive), places, listing, values, metadata, big_endian, trailing: None })
}

/// The folder that holds the pickle, with its slash.
fn folder(archive: &Archive) -> Result<String> {
    let names = archive.entries().iter().filter_map(|entry| entry.name().strip_suffix(PICKLE));
    let mut folders = names.filter(|folder| folder.is_empty() || folder.find('/') == Some(folder.len() - 1));
    let folder = folders.next();
    if folders.next().is_some() {
        return Err(Error::corrupt("the zip has a `data.pkl` in several folders: readers differ in which they take"));
    }
    folder.map(ToString::to_string).ok_or_else(|| {
        let has = |member: &str| archive.entries().iter().any(|entry| entry.name().ends_with(member));
        let found = OTHERS.iter().find(|(member, _)| has(member)).map_or("a zip without `data.pkl`", |(_, what)| what);
        Error::new(ErrorKind::WrongFormat { expected: super::TITLE, found: found.into() })
    })
}

/// The members of one word, and the text that TorchScript carries along.
fn metadata(archive: &Archive, folder: &str, budget: &Budget) -> Result<BTreeMap<String, String>> {
    let mut metadata = BTreeMap::new();
    for entry in archive.entries() {
        let Some(name) = entry.name().strip_prefix(folder) else { continue };
        if name == BYTE_ORDER || name == VERSION {
            if entry.size() > MAX_WORD_BYTES {
                return Err(Error::corrupt(format!("`{name}` is no word")).at(entry.data_range()));
            }
        } else if !name.starts_with(EXTRA) {
            continue;
        }
        budget.check_header(entry.size())?;
        // Text that is carried along may be anything; what is no text is not listed.
        if let Ok(text) = core::str::from_utf8(&archive.read(entry)?) {
            metadata.insert(name.into(), text.trim_end().into());
        }
    }
    Ok(metadata)
}

/// Reads the pickle at `name`; its tensors go into the listing, under names that start with `path`.
fn read(
    archive: &Archive,
    name: &str,
    storages: &mut Storages,
    listing: &mut Listing,
    path: Option<&str>,
    budget: &Budget,
) -> Result<Value> {
    let Some(entry) = archive.find(name) else { return Ok(Value::Null) };
    budget.check_header(entry.size())?;
    let source: Box<dyn Source> = if entry.method() == Method::Stored {
        // It is read piece by piece: a copy in memory would be of no use beside what is made of it.
        archive.check_crc(entry)?;
        Box::new(archive.section(entry)?)
    } else {
        Box::new(archive.read(entry)?)
    };
    let end = source.len();
    let pickle = pickle::read(&*source, 0..end, storages, budget)?;
    if pickle.end != end {
        return Err(Error::corrupt(format!("bytes behind the pickle `{name}`")));
    }
    let mut walk = Walk::new(&pickle.graph, &*source, storages, listing, budget);
    walk.path = path.map(Into::into);
    walk.value(pickle.root)
}
