//! What is asked of the program.

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use regex::Regex;
use vellum::DType;
use vellum::format::gguf::GgmlType;

use crate::adapt::{Adapt, Layers};

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
    /// The file to write. Its extension says the format: safetensors, bpk, pt, pth, npy, npz, gguf, h5, hdf5 (HDF5; `.weights.h5`
    /// Keras), mpk, mpk.gz, json, json.gz (Burn's records); `.safetensors.index.json` is a set of shards.
    pub(crate) output: PathBuf,
    /// Convert tensors of the same kind (floats, integers) to this type, such as F16. A number that it cannot represent is an error.
    #[arg(long)]
    pub(crate) dtype: Option<DType>,
    /// Leave tensors whose own name matches one of these expressions in the type they have.
    #[arg(long, value_name = "REGEX", requires = "dtype")]
    pub(crate) keep: Vec<Regex>,
    /// Lay out layers as the other framework does. `--layer` says which they are.
    #[arg(long, value_enum)]
    pub(crate) adapt: Option<Adapt>,
    /// Which layers are `linear`, `norm`, `prelu`, or `other` that both lay out alike: those whose name, without the last part of
    /// their tensors' names, matches. Of several rules the first that matches.
    #[arg(long, value_name = "KIND=REGEX", value_parser = Layers::parse, requires = "adapt")]
    pub(crate) layer: Vec<Layers>,
    /// Rename tensors: every match of the expression becomes the replacement, in which `$1` or `${name}` is a group. In order, if several.
    #[arg(long, value_name = "REGEX=>REPLACEMENT", value_parser = Rename::parse)]
    pub(crate) map: Vec<Rename>,
    /// Write only tensors whose own name matches one of these expressions.
    #[arg(long, value_name = "REGEX")]
    pub(crate) filter: Vec<Regex>,
    /// Write SafeTensors as a set of shards of at most so many bytes, such as 5GB or 512MiB, with an index.
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(crate) max_shard_size: Option<u64>,
    /// Quantise the matrices of floats in a GGUF file, those in rows of whole blocks of 32: Q8_0 or Q4_0. They lose precision.
    #[arg(long, value_name = "TYPE", value_parser = quantized)]
    pub(crate) quantize: Option<GgmlType>,
    /// Replace the output if it exists.
    #[arg(long)]
    pub(crate) force: bool,
    /// Print what was written as JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) open: Input,
}

/// A number of bytes, perhaps with a unit.
fn size(text: &str) -> Result<u64, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| "a number of bytes is wanted, such as 5GB")?;
    let unit = match unit.trim().to_ascii_uppercase().as_str() {
        "" | "B" => 1,
        "KB" => 1000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "KIB" => 1 << 10,
        "MIB" => 1 << 20,
        "GIB" => 1 << 30,
        _ => return Err("the units are B, KB, MB, GB, KiB, MiB and GiB".into()),
    };
    number.checked_mul(unit).filter(|&bytes| bytes > 0).ok_or_else(|| "no such number of bytes".into())
}

/// A type that tensors can be quantised to.
fn quantized(text: &str) -> Result<GgmlType, &'static str> {
    let kinds = [GgmlType::Q8_0, GgmlType::Q4_0];
    kinds.into_iter().find(|kind| kind.name().eq_ignore_ascii_case(text)).ok_or("the types are Q8_0 and Q4_0")
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
    /// Follow links to shards and external data, symbolic and hard ones, as the caches of downloads have them.
    #[arg(long)]
    pub(crate) allow_symlinks: bool,
    /// Open PyTorch files that were written without CRCs: damage to them cannot be seen.
    #[arg(long)]
    pub(crate) allow_missing_crcs: bool,
}
