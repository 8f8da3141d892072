//! What is measured.

use std::path::{Path, PathBuf};

/// One line of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    pub action: Action,
    pub file: File,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// From `&model` to a new file.
    Save,
    /// From a file to a model of `f32` that owns its tensors.
    Load,
    /// From bytes that live as long as the program to a model of `f32`.
    LoadStatic,
    /// From a mapped file to the names of its tensors, which are not touched yet.
    Open,
    /// From a mapped file to a model whose tensors are the file, and are not touched yet.
    Map,
}

/// What a file has and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum File {
    /// A recorder's, of 25 layers.
    Record(Encoding, Precision),
    /// A store's, at full precision.
    Store(Format, Cut),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    Mpk,
    Bin,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    Full,
    Half,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Safetensors,
    Burnpack,
    Torch,
    Npz,
    Keras,
    Gguf,
    Joblib,
}

/// The tensors that 400 MB are cut into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// 25 of 2000 x 2000.
    Few,
    /// 10,000 of 100 x 100.
    Many,
}

/// All lines.
pub fn all() -> Vec<Row> {
    use Action::{Load, LoadStatic, Map, Open, Save};
    use Encoding::{Bin, Mpk};
    use Format::{Burnpack, Gguf, Joblib, Keras, Npz, Safetensors, Torch};
    use Precision::{Full, Half};

    let mut rows = Vec::new();
    for action in [Save, Load] {
        for (encoding, precision) in [(Mpk, Full), (Bin, Full), (Mpk, Half), (Bin, Half)] {
            rows.push(Row { action, file: File::Record(encoding, precision) });
        }
    }
    rows.push(Row { action: LoadStatic, file: File::Record(Bin, Full) });
    let own: &[Format] = &[Safetensors, Burnpack];
    let others: &[Format] = &[Torch, Npz, Keras, Gguf, Joblib];
    for (action, formats) in [(Save, own), (Load, own), (Load, others), (Open, own), (Map, own)] {
        for &format in formats {
            for cut in [Cut::Few, Cut::Many] {
                rows.push(Row { action, file: File::Store(format, cut) });
            }
        }
    }
    rows
}

impl Row {
    /// The row's name on the command line and in the table.
    pub fn name(self) -> String {
        let action = match self.action {
            Action::Save => "save",
            Action::Load => "load",
            Action::LoadStatic => "load-static",
            Action::Open => "open",
            Action::Map => "map",
        };
        format!("{action}-{}", self.file.name())
    }
}

impl File {
    /// Its path in a folder: what a load reads, and a save makes another one of.
    pub fn path(self, folder: &Path) -> PathBuf {
        folder.join(self.name())
    }

    fn name(self) -> String {
        let (stem, extension) = match self {
            Self::Record(encoding, precision) => {
                let stem = match precision {
                    Precision::Full => "full",
                    Precision::Half => "half",
                };
                let extension = match encoding {
                    Encoding::Mpk => "mpk",
                    Encoding::Bin => "bin",
                };
                (stem, extension)
            }
            Self::Store(format, cut) => {
                let stem = match cut {
                    Cut::Few => "25",
                    Cut::Many => "10000",
                };
                let extension = match format {
                    Format::Safetensors => "safetensors",
                    Format::Burnpack => "bpk",
                    Format::Torch => "pt",
                    Format::Npz => "npz",
                    Format::Keras => "weights.h5",
                    Format::Gguf => "gguf",
                    Format::Joblib => "joblib",
                };
                (stem, extension)
            }
        };
        format!("{stem}.{extension}")
    }

    /// The file of this encoding that has as many bytes as the model in memory.
    #[must_use]
    pub fn at_full_precision(self) -> Self {
        match self {
            Self::Record(encoding, _) => Self::Record(encoding, Precision::Full),
            store => store,
        }
    }
}
