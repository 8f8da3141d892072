//! `vellum inspect`

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use serde::Serialize;
use sha2::{Digest, Sha256};
use vellum::format::{TensorEntry, TensorFile};
use vellum::{Error, Result, Value};

use crate::args::Inspect;
use crate::failure::{Failure, describe, tell};
use crate::json::{self, Elements, Refusal, Tensor, Tree};
use crate::open::{Opened, open, tensor_bytes};
use crate::progress;
use crate::text::{Escaped, NAME, VALUE, path};

/// Prints what the file holds. A tensor that cannot be read when its digest is asked for is listed with the refusals, and is a failure.
pub(crate) fn run(args: &Inspect) -> Result<(), Failure> {
    let opened = open(&args.file, args.input)?;
    let mut out = BufWriter::new(io::stdout().lock());
    if let Some(name) = &args.values {
        values(&*opened.tensors, name, args.json, &mut out).map_err(|failure| match failure {
            Failure::File(error) => Failure::File(error.in_file(args.file.display())),
            other => other,
        })?;
        return Ok(out.flush()?);
    }
    let digests = if args.digest { digests(&opened) } else { Vec::new() };
    let report = Report { file: &*opened.tensors, digests: &digests };
    let printed = if args.json { json::print(&report.json(), &mut out) } else { report.print(&mut out) };
    let printed = printed.and_then(|()| out.flush());
    Failure::end(found(&opened, digests, &args.file), printed)
}

/// What makes the file a bad one.
fn found(opened: &Opened, digests: Vec<Result<String>>, file: &Path) -> Result<(), Failure> {
    opened.check_unchanged().map_err(|error| error.in_file(file.display()))?;
    if let Some(error) = digests.into_iter().find_map(Result::err) {
        return Err(error.in_file(file.display()).into());
    }
    match opened.tensors.refusals().first() {
        // A file that is refused in part is still shown; here nothing is left.
        Some((name, error)) if opened.tensors.tensors().is_empty() => {
            tell(&format!("{}: `{}` is refused: {}", path(file), Escaped(name, NAME), describe(error)));
            Err(Failure::Told)
        }
        _ => Ok(()),
    }
}

/// The SHA-256 of each tensor, or why it cannot be read.
fn digests(opened: &Opened) -> Vec<Result<String>> {
    let bar = progress::bar(opened.bytes());
    let tensors = opened.tensors.tensors().iter().enumerate();
    let digests = tensors.map(|(index, entry)| {
        let data = opened.tensors.read(index).map_err(|error| error.in_tensor(&entry.name))?;
        bar.inc(tensor_bytes(entry));
        Ok(json::hex(&Sha256::digest(data.bytes())))
    });
    let digests = digests.collect();
    bar.finish_and_clear();
    digests
}

/// Bytes of metadata, of tensors and of refusals that people are shown.
const SHOWN: usize = 16 << 10;

/// What is printed.
struct Report<'a> {
    file: &'a dyn TensorFile,
    /// Of all tensors, or of none.
    digests: &'a [Result<String>],
}

/// The JSON contract.
#[derive(Serialize)]
struct Json<'a> {
    format: &'a str,
    metadata: &'a BTreeMap<String, String>,
    values: Tree<'a>,
    tensors: Vec<Tensor<'a>>,
    refusals: Vec<Refusal<'a>>,
}

impl<'a> Report<'a> {
    /// The file's own tensors: other names of them are in the metadata.
    fn tensors(&self) -> impl Iterator<Item = Tensor<'a>> {
        let digest = |index: usize| self.digests.get(index).and_then(|digest| digest.as_ref().ok()).map(String::as_str);
        let tensors = self.file.tensors().iter().enumerate();
        let own = tensors.filter(|(_, entry)| !self.is_alias(entry));
        own.map(move |(index, entry)| Tensor { entry, sha256: digest(index) })
    }

    /// Whether a tensor is another one under the name that SafeTensors' metadata gives it.
    fn is_alias(&self, entry: &TensorEntry) -> bool {
        let kept = self.file.metadata().get(&entry.name).filter(|_| self.file.format() == "safetensors");
        let mut tensors = self.file.tensors().iter().filter(|other| other.storage == entry.storage);
        entry.storage.is_some() && kept.is_some_and(|kept| tensors.any(|other| other.name == *kept))
    }

    /// What the file refuses, and which tensors could not be read.
    fn refusals(&self) -> impl Iterator<Item = (&'a str, &'a Error)> {
        let refused = self.file.refusals().iter().map(|(name, error)| (name.as_str(), error));
        let tensors = self.file.tensors().iter().zip(self.digests);
        refused.chain(tensors.filter_map(|(entry, digest)| Some((entry.name.as_str(), digest.as_ref().err()?))))
    }

    fn json(&self) -> Json<'a> {
        // One form for all formats: an object, also where there is nothing in it.
        static NOTHING: Value = Value::Map(Vec::new());
        let values = if *self.file.values() == Value::Null { &NOTHING } else { self.file.values() };
        Json {
            format: self.file.format(),
            metadata: self.file.metadata(),
            values: Tree { value: values, tensors: self.file.tensors() },
            tensors: self.tensors().collect(),
            refusals: self.refusals().map(|(name, error)| Refusal::new(name, error)).collect(),
        }
    }

    fn print(&self, out: &mut dyn Write) -> io::Result<()> {
        let total: u64 = self.tensors().map(|tensor| tensor_bytes(tensor.entry)).fold(0, u64::saturating_add);
        writeln!(out, "{}: {} tensors, {total} bytes", self.file.format(), self.tensors().count())?;
        let metadata = self.file.metadata().iter();
        some(out, metadata.map(|(key, value)| format!("  {} = {}", Escaped(key, NAME), Escaped(value, VALUE))))?;
        some(
            out,
            self.tensors().map(|Tensor { entry, sha256 }| {
                let shape = entry.shape.to_string();
                let line = format!("{}  {} {}", Escaped(&entry.name, NAME), entry.dtype, Escaped(&shape, VALUE));
                sha256.map_or_else(|| line.clone(), |sha256| format!("{line}  {sha256}"))
            }),
        )?;
        let refusals = self.refusals();
        some(out, refusals.map(|(name, error)| format!("refused: {}: {}", Escaped(name, NAME), describe(error))))
    }
}

/// Prints lines for as long as they are not too many for people, and says how many more there are.
fn some(out: &mut dyn Write, mut lines: impl Iterator<Item = String>) -> io::Result<()> {
    let mut room = SHOWN;
    while let Some(line) = lines.next() {
        room = match room.checked_sub(line.len()) {
            Some(room) => room,
            None => return writeln!(out, "and {} more: `--json` lists all", 1 + lines.count()),
        };
        writeln!(out, "{line}")?;
    }
    Ok(())
}

/// A tensor with its elements.
#[derive(Serialize)]
struct Elementwise<'a> {
    #[serde(flatten)]
    tensor: Tensor<'a>,
    elements: Elements<'a>,
}

/// Prints the elements of the tensor of this name, or the value at this dotted path.
fn values(file: &dyn TensorFile, name: &str, as_json: bool, out: &mut dyn Write) -> Result<(), Failure> {
    if let Some(index) = file.tensors().iter().position(|entry| entry.name == name) {
        let entry = &file.tensors()[index];
        let data = file.read(index).map_err(|error| error.in_tensor(name))?;
        let elements = Elements(&data);
        if as_json {
            json::print(&Elementwise { tensor: Tensor { entry, sha256: None }, elements }, out)?;
        } else {
            json::print(&elements, out)?;
        }
    } else if let Some((_, error)) = file.refusals().iter().find(|(refused, _)| refused == name) {
        let reason = describe(error);
        return Err(Failure::Usage(format!("`{}` is refused: {reason}", Escaped(name, NAME))));
    } else if let Some(value) = find(file.values(), name) {
        json::print(&Tree { value, tensors: file.tensors() }, out)?;
    } else {
        return Err(Failure::Usage(format!("the file has neither a tensor nor a value `{}`", Escaped(name, NAME))));
    }
    Ok(())
}

/// The value at a dotted path. Keys may hold dots themselves.
fn find<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    if let Value::List(items) = value {
        let (index, rest) = path.split_once('.').map_or((path, None), |(index, rest)| (index, Some(rest)));
        let item = items.get(index.parse::<usize>().ok()?)?;
        return rest.map_or(Some(item), |rest| find(item, rest));
    }
    value.get(path).or_else(|| {
        let mut dots = path.match_indices('.');
        dots.find_map(|(dot, _)| find(value.get(&path[..dot])?, &path[dot + 1..]))
    })
}
