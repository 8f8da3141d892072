//! `vellum convert`

use std::collections::BTreeMap;
use std::io::{self, Write};

use indicatif::ProgressBar;
use serde::Serialize;
use vellum::format::{TensorEntry, TensorFile, TensorSet};
use vellum::io::Replace;
use vellum::{Conversion, DType, DTypeKind, Error, ErrorKind, Result, convert};

use crate::args::Convert;
use crate::failure::{Failure, describe};
use crate::json;
use crate::open::{open, tensor_bytes};
use crate::progress;
use crate::text::{self, Escaped, NAME};
use crate::write::Target;

/// What was written.
#[derive(Serialize)]
struct Written<'a> {
    output: String,
    format: &'a str,
    tensors: usize,
}

/// Writes the tensors of one file to another, which is in place as a whole or not at all.
pub(crate) fn run(args: &Convert) -> Result<(), Failure> {
    let output = text::path(&args.output);
    let target = Target::of(&args.output).ok_or_else(|| {
        Failure::Usage(format!(
            "{output}: the extension names no format that can be written: \
             safetensors, bpk, pt, pth, npy, npz, gguf, h5 or weights.h5"
        ))
    })?;
    let opened = open(&args.input, args.open)?;
    let in_input = |error: Error| Failure::File(error.in_file(args.input.display()));
    let file = &*opened.tensors;
    let chosen = |name: &str| args.filter.is_empty() || args.filter.iter().any(|filter| filter.is_match(name));
    if let Some((name, error)) = file.refusals().iter().find(|(name, _)| chosen(name)) {
        let (input, name, reason) = (text::path(&args.input), Escaped(name, NAME), describe(error));
        let what =
            format!("{input}: `{name}` cannot be read, and is to be written (`--filter` leaves it out): {reason}");
        crate::failure::tell(&what);
        return Err(Failure::Told);
    }
    let bar = progress::bar(opened.bytes());
    let set = Converted::new(file, chosen, args, &bar)?;
    let replace = Replace::new(&args.output);
    let replace = if args.force { replace } else { replace.new_only() };
    let in_output = |error: Error| match error.kind() {
        ErrorKind::AlreadyExists => Failure::Usage(format!("{output} exists: `--force` replaces it")),
        _ => Failure::File(error.in_file(args.output.display())),
    };
    let mut out = replace.open().map_err(in_output)?;
    target.write(&set, file, &mut out).map_err(in_output)?;
    opened.check_unchanged().map_err(in_input)?;
    out.commit().map_err(in_output)?;
    bar.finish_and_clear();
    let mut out = io::stdout().lock();
    let tensors = set.entries.len();
    if args.json {
        json::print(&Written { output, format: target.name(), tensors }, &mut out)?;
    } else {
        writeln!(out, "{output}: {tensors} tensors, as {}", target.name())?;
    }
    Ok(())
}

/// The tensors of a file under other names and in other dtypes, each read when it is written.
struct Converted<'a> {
    file: &'a dyn TensorFile,
    entries: Vec<TensorEntry>,
    /// Where each is in the file.
    places: Vec<usize>,
    bar: &'a ProgressBar,
}

impl<'a> Converted<'a> {
    fn new(
        file: &'a dyn TensorFile,
        chosen: impl Fn(&str) -> bool,
        args: &Convert,
        bar: &'a ProgressBar,
    ) -> Result<Self, Failure> {
        let (mut entries, mut places) = (Vec::new(), Vec::new());
        let mut origins: BTreeMap<String, &str> = BTreeMap::new();
        for (place, entry) in file.tensors().iter().enumerate().filter(|(_, entry)| chosen(&entry.name)) {
            let renamed = args.map.iter().fold(entry.name.clone(), |name, rename| {
                rename.pattern.replace_all(&name, &rename.replacement).into_owned()
            });
            if let Some(other) = origins.insert(renamed.clone(), &entry.name) {
                return Err(Failure::Usage(format!(
                    "`{}` and `{}` would both be named `{}`",
                    Escaped(other, NAME),
                    Escaped(&entry.name, NAME),
                    Escaped(&renamed, NAME)
                )));
            }
            let dtype = target_dtype(entry.dtype, args.dtype);
            entries.push(TensorEntry { name: renamed, dtype, ..entry.clone() });
            places.push(place);
        }
        Ok(Self { file, entries, places, bar })
    }
}

/// The dtype that a tensor is written in: the one asked for if that is of its kind, else its own.
fn target_dtype(own: DType, asked: Option<DType>) -> DType {
    match asked {
        Some(asked) if asked.kind() == own.kind() && own.kind() != DTypeKind::Bool => asked,
        _ => own,
    }
}

impl TensorSet for Converted<'_> {
    fn entries(&self) -> &[TensorEntry] {
        &self.entries
    }

    fn write_to(&self, index: usize, sink: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let (entry, place) = (&self.entries[index], self.places[index]);
        let data = self.file.read(place).map_err(|error| error.in_tensor(&entry.name))?;
        let data = convert(data, entry.dtype, &Conversion::default()).map_err(|error| error.in_tensor(&entry.name))?;
        sink(data.bytes())?;
        self.bar.inc(tensor_bytes(&self.file.tensors()[place]));
        Ok(())
    }
}
