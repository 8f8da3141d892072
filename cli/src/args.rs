//! What is asked of the program.

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use regex::Regex;
use vellum::DType;

/// Shows, checks and converts the files that people keep model weights in.
///
/// What a file is, its content says, never its name. Exit status: 0 good, 1 a file is bad, 2 wrong use.
#[derive(Debug, Parser)]
#[command(name = "vellum", version)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Convert(Convert),
    Inspect(Inspect),
    Verify(Verify),
}

/// Write the tensors of a file in another format, one tensor in memory at a time.
#[derive(Debug, clap::Args)]
pub(crate) struct Convert {
    /// The file to read; of a sharded set, its index.
    pub(crate) input: PathBuf,
    /// The file to write. Its extension says the format: safetensors, bpk, pt, pth, npy, npz, gguf, h5 (as HDF5; `.weights.h5` as Keras).
    pub(crate) output: PathBuf,
    /// Convert tensors of the same kind (floats, integers) to this type, such as F16. A number that it cannot represent is an error.
    #[arg(long)]
    pub(crate) dtype: Option<DType>,
    /// Rename tensors: every match of the expression becomes the replacement, in which `$1` or `${name}` is a group. In order, if several.
    #[arg(long, value_name = "REGEX=>REPLACEMENT", value_parser = Rename::parse)]
    pub(crate) map: Vec<Rename>,
    /// Write only tensors whose own name matches one of these expressions.
    #[arg(long, value_name = "REGEX")]
    pub(crate) filter: Vec<Regex>,
    /// Replace the output if it exists.
    #[arg(long)]
    pub(crate) force: bool,
    /// Print what was written as JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) open: Input,
}

/// A rule for names.
#[derive(Clone, Debug)]
pub(crate) struct Rename {
    pub(crate) pattern: Regex,
    pub(crate) replacement: String,
}

impl Rename {
    fn parse(rule: &str) -> Result<Self, String> {
        let (pattern, replacement) = rule.split_once("=>").ok_or("`=>` is missing")?;
        let pattern = Regex::new(pattern).map_err(|error| error.to_string())?;
        Ok(Self { pattern, replacement: replacement.into() })
    }
}

/// Show the format, the metadata and the tensors of a file.
#[derive(Debug, clap::Args)]
pub(crate) struct Inspect {
    /// The file; of a sharded set, its index.
    pub(crate) file: PathBuf,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
    /// Read every tensor and show the SHA-256 of its row-major little-endian bytes.
    #[arg(long)]
    pub(crate) digest: bool,
    /// Print only what this name has: the elements of a tensor, or a value beside the tensors.
    #[arg(long, value_name = "NAME", conflicts_with = "digest")]
    pub(crate) values: Option<String>,
    #[command(flatten)]
    pub(crate) input: Input,
}

/// Read every byte of files and check all that can be checked.
#[derive(Debug, clap::Args)]
pub(crate) struct Verify {
    /// The files; of a sharded set, its index.
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) input: Input,
}

/// How files are opened.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Input {
    /// Follow symbolic links to shards and external data, as the caches of downloads have them.
    #[arg(long)]
    pub(crate) allow_symlinks: bool,
    /// Open PyTorch files that were written without CRCs: damage to them cannot be seen.
    #[arg(long)]
    pub(crate) allow_missing_crcs: bool,
}
