//! What is measured.

use std::path::{Path, PathBuf};

/// Layers of the model: `Linear` with a bias.
pub const LAYERS: usize = 25;
/// Inputs and outputs of each layer.
pub const WIDTH: usize = 2000;
/// Bytes of the model's parameters in memory.
pub const MODEL_BYTES: u64 = (LAYERS * (WIDTH * WIDTH + WIDTH) * size_of::<f32>()) as u64;

/// A number of the model, by its place: all are different, none is special, and half precision holds them all.
pub fn number(layer: usize, index: usize) -> f32 {
    let hash = ((layer * WIDTH * WIDTH + index) as u32).wrapping_mul(0x9E37_79B1);
    f32::from_bits(0x3F80_0000 | hash >> 9) - 1.5
}

/// One line of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    pub action: Action,
    pub format: Format,
    pub precision: Precision,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// From `&model` to a new file.
    Save,
    /// From a file to a model of `f32`.
    Load,
    /// From bytes that live as long as the program to a model of `f32`.
    LoadStatic,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Mpk,
    Bin,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    Full,
    Half,
}

/// All lines.
pub const ROWS: [Row; 9] = {
    use Action::{Load, LoadStatic, Save};
    use Format::{Bin, Mpk};
    use Precision::{Full, Half};
    const fn row(action: Action, format: Format, precision: Precision) -> Row {
        Row { action, format, precision }
    }
    [
        row(Save, Mpk, Full),
        row(Save, Bin, Full),
        row(Save, Mpk, Half),
        row(Save, Bin, Half),
        row(Load, Mpk, Full),
        row(Load, Bin, Full),
        row(Load, Mpk, Half),
        row(Load, Bin, Half),
        row(LoadStatic, Bin, Full),
    ]
};

impl Row {
    /// The row's name on the command line and in the table.
    pub fn name(self) -> String {
        let action = match self.action {
            Action::Save => "save",
            Action::Load => "load",
            Action::LoadStatic => "load-static",
        };
        format!("{action}-{}", self.file_name())
    }

    /// The file in `folder` that a load reads and a save makes another one of.
    pub fn file(self, folder: &Path) -> PathBuf {
        folder.join(self.file_name())
    }

    fn file_name(self) -> String {
        let precision = match self.precision {
            Precision::Full => "full",
            Precision::Half => "half",
        };
        let extension = match self.format {
            Format::Mpk => "mpk",
            Format::Bin => "bin",
        };
        format!("{precision}.{extension}")
    }

    /// What ours may cost in processor time, as a ratio to the raw operation.
    pub fn target(self) -> f64 {
        match (self.action, self.precision) {
            (Action::Save, Precision::Full) => 1.25,
            (Action::Save, Precision::Half) => 2.0,
            (Action::Load, _) => 1.0,
            (Action::LoadStatic, _) => 1.1,
        }
    }

    /// What ours may take in memory, in bytes above what was there before.
    pub fn memory_target(self) -> u64 {
        const ROOM: u64 = 16 << 20;
        match (self.action, self.precision) {
            (Action::Save, Precision::Full) => ROOM,
            (Action::Save, Precision::Half) => ROOM + (WIDTH * WIDTH * 2) as u64,
            _ => MODEL_BYTES / 50 * 51 + ROOM,
        }
    }
}
