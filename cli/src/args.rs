//! What is asked of the program.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

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
    Inspect(Inspect),
    Verify(Verify),
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
