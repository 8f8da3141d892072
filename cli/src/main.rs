//! `vellum`: shows, checks and converts the files that people keep model weights in.
//!
//! All work is in the library. Here is what was asked (`args`), which reader a file needs (`open`), how results are printed (`json`,
//! `text`), and one file for each command.
#![forbid(unsafe_code)]

mod adapt;
mod args;
mod command;
mod converted;
mod failure;
mod json;
mod open;
mod progress;
mod text;
mod write;

use std::io::Write;
use std::panic;
use std::process::ExitCode;

use clap::Parser;

use args::{Args, Command};
use failure::Failure;

/// A defect of the program itself (`EX_SOFTWARE` of `sysexits.h`), so that scripts tell it from a bad file.
const DEFECT: u8 = 70;

fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => return show(&error),
    };
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let _ = writeln!(
            std::io::stderr(),
            "vellum: internal error at {place}: please report it, with the file if you can"
        );
    }));
    match panic::catch_unwind(|| run(&args)) {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(failure)) => failure.report(),
        Err(_) => DEFECT.into(),
    }
}

/// Prints what the parser has to say: help that was asked for, or what is wrong with the arguments.
fn show(said: &clap::Error) -> ExitCode {
    let printed = said.print().and_then(|()| std::io::stdout().flush());
    match printed {
        _ if said.use_stderr() => Failure::USAGE.into(),
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => Failure::Output(error).report(),
    }
}

fn run(args: &Args) -> Result<(), Failure> {
    match &args.command {
        Command::Convert(convert) => command::convert::run(convert),
        Command::Inspect(inspect) => command::inspect::run(inspect),
        Command::Verify(verify) => command::verify::run(verify),
    }
}
