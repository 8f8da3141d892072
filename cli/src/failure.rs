//! How a run fails, and what the shell is told.

use std::error::Error as _;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::process::ExitCode;

/// Why a run failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A file is bad.
    File(vellum::Error),
    /// Files are bad, and which ones was said.
    Told,
    /// The program was used wrongly.
    Usage(String),
    /// The results could not be written.
    Output(io::Error),
}

impl Failure {
    pub(crate) const BAD: u8 = 1;
    pub(crate) const USAGE: u8 = 2;

    /// What a run ends with: what it found, whether or not anybody read it, and then whether it could be printed.
    pub(crate) fn end(found: Result<(), Self>, printed: io::Result<()>) -> Result<(), Self> {
        match (found, printed) {
            (Err(found), Err(error)) => {
                // Both are told, and the status is that of what was found.
                Self::Output(error).report();
                Err(found)
            }
            (found, printed) => found.and(printed.map_err(Self::Output)),
        }
    }

    /// Says on standard error what is wrong, and gives the exit status. Nobody reading on is no failure.
    pub(crate) fn report(self) -> ExitCode {
        let (text, status) = match self {
            Self::File(error) => (describe(&error), Self::BAD),
            Self::Told => return Self::BAD.into(),
            Self::Usage(text) => (text, Self::USAGE),
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => return ExitCode::SUCCESS,
            Self::Output(error) => (format!("the output cannot be written: {error}"), Self::BAD),
        };
        tell(&text);
        status.into()
    }
}

impl From<vellum::Error> for Failure {
    fn from(error: vellum::Error) -> Self {
        Self::File(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

/// Says something on standard error.
pub(crate) fn tell(text: &str) {
    // If that cannot be written either, there is nobody to tell.
    let _ = writeln!(io::stderr(), "vellum: {text}");
}

/// Bytes of a message, whatever names are in it.
const LONGEST: usize = 2000;

/// What the library's errors advise, and the options that do it here.
const ADVICE: [(&str, &str); 2] = [
    ("`TorchOptions::allow_missing_crcs(true)`", "`--allow-missing-crcs`"),
    ("`allow_symlinks`", "`--allow-symlinks`"),
];

/// An error with its causes, on one line.
pub(crate) fn describe(error: &vellum::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let _ = write!(text, ": {error}");
        cause = error.source();
    }
    for (call, option) in ADVICE {
        text = text.replace(call, option);
    }
    if text.len() > LONGEST {
        let whole = (0..=LONGEST).rev().find(|&end| text.is_char_boundary(end));
        text.truncate(whole.unwrap_or_default());
        text.push('…');
    }
    text
}
