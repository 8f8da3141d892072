//! `vellum convert`

use std::io::{self, Write};

use serde::Serialize;
use vellum::format::TensorSet;
use vellum::{Error, ErrorKind};

use crate::args::Convert;
use crate::converted::Converted;
use crate::failure::{Failure, describe, tell};
use crate::json;
use crate::open::open;
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
    let target = Target::of(&args.output, args.max_shard_size, args.quantize)
        .map_err(|why| Failure::Usage(format!("{}: {why}", text::path(&args.output))))?;
    let output = text::path(&target.path(&args.output)?);
    let opened = open(&args.input, args.open)?;
    let in_input = |error: Error| Failure::File(error.in_file(args.input.display()));
    let file = &*opened.tensors;
    let chosen = |name: &str| args.filter.is_empty() || args.filter.iter().any(|filter| filter.is_match(name));
    if let Some((name, error)) = file.refusals().iter().find(|(name, _)| chosen(name)) {
        let (input, name, reason) = (text::path(&args.input), Escaped(name, NAME), describe(error));
        tell(&format!("{input}: `{name}` cannot be read, and is to be written (`--filter` leaves it out): {reason}"));
        return Err(Failure::Told);
    }
    let bar = progress::bar(opened.bytes());
    let set = Converted::new(file, chosen, args, &bar)?;
    let unchanged = || opened.check_unchanged();
    target.write(&set, file, &args.output, args.force, &unchanged).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists if !args.force => Failure::Usage(format!("{output} exists: `--force` replaces it")),
        _ => Failure::File(error.in_file(args.output.display())),
    })?;
    unchanged().map_err(in_input)?;
    bar.finish_and_clear();
    let tensors = set.entries().len();
    let mut out = io::stdout().lock();
    if args.json {
        json::print(&Written { output, format: target.name(), tensors }, &mut out)?;
    } else {
        writeln!(out, "{output}: {tensors} tensors, as {}", target.name())?;
    }
    Ok(())
}
