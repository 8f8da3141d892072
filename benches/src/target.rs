//! What a row may cost.

use std::fmt::Write;

use crate::model;
use crate::phase::{Cost, mib};
use crate::rows::{Action, Cut, File, Format, Precision, Row};

const MIB: u64 = 1 << 20;

/// What Vellum may cost in a row.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Processor time, as a ratio to the raw operation's.
    pub cpu: Option<f64>,
    /// Milliseconds on the wall.
    pub wall: Option<f64>,
    /// Bytes above what was resident before.
    pub memory: Option<u64>,
}

impl Row {
    pub fn target(self) -> Target {
        // What is loaded, with a fiftieth and a bit for the rest.
        let loaded = model::BYTES / 50 * 51 + 16 * MIB;
        let converted = (model::WIDTH * model::WIDTH * 2) as u64;
        let (cpu, memory) = match (self.action, self.file) {
            (Action::Save, File::Record(_, Precision::Full)) => (1.25, 16 * MIB),
            (Action::Save, File::Record(_, Precision::Half)) => (2.0, 16 * MIB + converted),
            (Action::Save, File::Store(..)) => (1.25, 64 * MIB),
            (Action::Load, File::Record(..) | File::Store(Format::Safetensors | Format::Burnpack, _)) => (1.0, loaded),
            (Action::Load, File::Store(Format::Torch, _)) => (1.2, loaded),
            (Action::Load, File::Store(Format::Npz | Format::Keras | Format::Gguf | Format::Joblib, _)) => {
                (1.3, loaded)
            }
            (Action::LoadStatic, _) => (1.1, loaded),
            (Action::Open, file) => {
                let many = matches!(file, File::Store(_, Cut::Many));
                return Target { cpu: None, wall: Some(if many { 10.0 } else { 1.0 }), memory: Some(8 * MIB) };
            }
            // Nobody asked for one: it is there to be seen.
            (Action::Map, _) => return Target { cpu: None, wall: None, memory: None },
        };
        Target { cpu: Some(cpu), wall: None, memory: Some(memory) }
    }
}

impl Target {
    /// What of it is missed by a ratio of processor time and a cost, in words; nothing if it is met.
    pub fn missed(self, cpu_ratio: f64, cost: Cost) -> String {
        let mut missed = String::new();
        let mut compare = |what: &str, found: f64, allowed: f64| {
            if found > allowed {
                let comma = if missed.is_empty() { "" } else { ", " };
                write!(missed, "{comma}{what} {found:.2} > {allowed:.2}").expect("text grows");
            }
        };
        self.cpu.into_iter().for_each(|allowed| compare("CPU ratio", cpu_ratio, allowed));
        self.wall.into_iter().for_each(|allowed| compare("wall ms", cost.wall * 1e3, allowed));
        self.memory.into_iter().for_each(|allowed| compare("MiB", mib(cost.peak), mib(allowed)));
        missed
    }
}
