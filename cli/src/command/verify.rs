//! `vellum verify`

use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;
use vellum::{Error, Result};

use crate::args::{Input, Verify};
use crate::failure::{Failure, describe, tell};
use crate::json;
use crate::open::{open, tensor_bytes};
use crate::progress;
use crate::text::{self, Escaped, NAME};

/// Errors of one file that people are shown.
const SHOWN: usize = 10;

/// What is known of a file that was checked.
#[derive(Serialize)]
struct Verdict {
    file: String,
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tensors: Option<usize>,
    /// What is wrong: the first thing that makes the file bad, or all that it refuses to give.
    errors: Vec<String>,
}

/// Checks each file and says of each whether it is good. If that cannot be printed the others are checked nevertheless: the status is
/// about all of them.
pub(crate) fn run(args: &Verify) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    let (mut bad, mut printed) = (false, Ok(()));
    let mut verdicts = Vec::new();
    for path in &args.files {
        let file = text::path(path);
        let verdict = match check(path, args.input) {
            Ok(Checked { format, tensors, refusals }) => {
                let ok = refusals.is_empty();
                Verdict { file, ok, format: Some(format), tensors: Some(tensors), errors: refusals }
            }
            Err(error) => {
                let errors = vec![describe(&error.in_file(path.display()))];
                Verdict { file, ok: false, format: None, tensors: None, errors }
            }
        };
        bad |= !verdict.ok;
        if args.json {
            verdicts.push(verdict);
        } else if verdict.ok {
            let (format, tensors) = (verdict.format.unwrap_or_default(), verdict.tensors.unwrap_or_default());
            let line = format!("{}: good ({format}, {tensors} tensors)", verdict.file);
            printed = printed.and_then(|()| writeln!(out, "{line}"));
        } else {
            verdict.errors.iter().take(SHOWN).for_each(|error| tell(error));
            if let Some(more @ 1..) = verdict.errors.len().checked_sub(SHOWN) {
                tell(&format!("{}: and {more} more", verdict.file));
            }
        }
    }
    if args.json {
        printed = json::print(&verdicts, &mut out);
    }
    Failure::end(if bad { Err(Failure::Told) } else { Ok(()) }, printed)
}

/// What is known of a file whose every byte that can be read was read.
struct Checked {
    format: &'static str,
    tensors: usize,
    /// What of it cannot be read.
    refusals: Vec<String>,
}

/// Reads all of a file.
fn check(path: &Path, input: Input) -> Result<Checked> {
    let opened = open(path, input)?;
    let file = &opened.tensors;
    let bar = progress::bar(opened.bytes());
    for (index, entry) in file.tensors().iter().enumerate() {
        file.read(index).map_err(|error| error.in_tensor(&entry.name))?;
        bar.inc(tensor_bytes(entry));
    }
    bar.finish_and_clear();
    file.verify()?;
    opened.check_unchanged()?;
    let file_name = text::path(path);
    let refusal = |(name, error): &(String, Error)| {
        format!("{file_name}: `{}` is refused: {}", Escaped(name, NAME), describe(error))
    };
    let refusals = file.refusals().iter().map(refusal).collect();
    Ok(Checked { format: file.format(), tensors: file.tensors().len(), refusals })
}
