//! Prints what it costs to compile 50 modules with Vellum's derive and with Burn's: `cargo run --release --bin compile -- [rounds]`.
//!
//! Two crates with the same types, and the functions that save and load the whole of them, are generated. Their dependencies are built
//! first; then only the crate itself is compiled again, in turns, and the processor time of the compiler counts.

use std::env;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

const TYPES: usize = 50;

struct Library {
    name: &'static str,
    dependency: String,
    head: &'static str,
    /// What a hyperparameter carries.
    constant: &'static str,
    derive: &'static str,
    /// Saves and loads `Root`.
    functions: &'static str,
}

fn libraries() -> [Library; 2] {
    let runtime = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../runtime");
    [
        Library {
            name: "vellum",
            dependency: format!("vellum = {{ path = {runtime:?}, features = [\"mpk\"] }}"),
            head: "use vellum::backend::{Backend, NdArray, Tensor};\nuse vellum::record::FullPrecisionSettings;\n\
                   use vellum::recorder::NamedMpkFileRecorder;\nuse vellum::{Device, Module, Param};\n",
            constant: "#[module(constant)] ",
            derive: "#[derive(Module, Clone, Debug)]",
            functions: "pub fn save(root: Root<NdArray<f32>>, path: &str) {
    root.save_file(path, &NamedMpkFileRecorder::<FullPrecisionSettings>::new()).unwrap();
}
pub fn load(root: Root<NdArray<f32>>, path: &str) -> Root<NdArray<f32>> {
    root.load_file(path, &NamedMpkFileRecorder::<FullPrecisionSettings>::new(), &Device::default()).unwrap()
}
",
        },
        Library {
            name: "burn",
            dependency: "burn = { version = \"=0.21.0\", default-features = false, features = [\"ndarray\", \"std\"] }"
                .into(),
            head: "use burn::backend::NdArray;\nuse burn::module::{Module, Param};\n\
                   use burn::record::{FullPrecisionSettings, NamedMpkFileRecorder};\n\
                   use burn::tensor::{backend::Backend, Tensor};\n",
            constant: "",
            derive: "#[derive(Module, Debug)]",
            functions: "pub fn save(root: Root<NdArray<f32>>, path: &str) {
    root.save_file(path, &NamedMpkFileRecorder::<FullPrecisionSettings>::new()).unwrap();
}
pub fn load(root: Root<NdArray<f32>>, path: &str) -> Root<NdArray<f32>> {
    root.load_file(path, &NamedMpkFileRecorder::<FullPrecisionSettings>::new(), &Default::default()).unwrap()
}
",
        },
    ]
}

impl Library {
    fn source(&self) -> String {
        let Self { head, constant, derive, functions, .. } = self;
        let mut source = format!(
            "#![allow(dead_code)]\n{head}
{derive}
pub struct Linear<B: Backend> {{ weight: Param<Tensor<B, 2>>, bias: Option<Param<Tensor<B, 1>>> }}
"
        );
        for number in 0..TYPES - 2 {
            write!(
                source,
                "{derive}
pub struct Block{number}<B: Backend> {{
    first: Linear<B>,
    second: Option<Linear<B>>,
    rest: Vec<Linear<B>>,
    pair: [Linear<B>; 2],
    scale: Param<Tensor<B, 1>>,
    {constant}width: usize,
    {constant}rate: f64,
}}
"
            )
            .expect("text grows");
        }
        write!(source, "{derive}\npub struct Root<B: Backend> {{\n").expect("text grows");
        for number in 0..TYPES - 2 {
            writeln!(source, "    block{number}: Block{number}<B>,").expect("text grows");
        }
        source + "}\n" + functions
    }

    fn write(&self, folder: &Path) {
        let Self { name, dependency, .. } = self;
        let manifest = format!(
            "[package]\nname = \"fifty-{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n{dependency}\n"
        );
        fs::create_dir_all(folder.join("src")).expect("a new folder");
        fs::write(folder.join("Cargo.toml"), manifest).expect("there is room");
        fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock"), folder.join("Cargo.lock"))
            .expect("it is there");
        self.touch(folder, 0);
    }

    /// Makes the crate one that was not compiled before.
    fn touch(&self, folder: &Path, round: usize) {
        let source = format!("{}pub const ROUND: usize = {round};\n", self.source());
        fs::write(folder.join("src/lib.rs"), source).expect("there is room");
    }
}

/// Runs Cargo, and gives the processor time of it and what it ran, in seconds.
fn cargo(command: &str, folder: &Path, target: &Path) -> f64 {
    let before = children_seconds();
    let status = Command::new("cargo")
        .args([command, "--quiet"])
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", target)
        .env("CARGO_INCREMENTAL", "0")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .status();
    assert!(status.expect("Cargo runs").success(), "{command} in {}", folder.display());
    children_seconds() - before
}

/// The processor time of all children that have ended.
fn children_seconds() -> f64 {
    /// Linux counts in hundredths of a second.
    const TICKS: f64 = 100.0;
    let stat = fs::read_to_string("/proc/self/stat").expect("Linux has it");
    let (_, fields) = stat.rsplit_once(')').expect("the name is in parentheses");
    let numbers = fields.split_whitespace().skip(13).take(2);
    numbers.map(|number| number.parse::<f64>().expect("a number of ticks")).sum::<f64>() / TICKS
}

fn main() {
    let rounds: usize = env::args().nth(1).map_or(5, |rounds| rounds.parse().expect("a number of rounds"));
    let scratch = tempfile::tempdir().expect("a folder to write to");
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| scratch.path().join("target"), Into::into);
    let libraries = libraries();
    let folders = libraries.each_ref().map(|library| scratch.path().join(library.name));
    println!("CPU s to compile {TYPES} modules, and a save and a load of them; medians of {rounds} rounds.\n");
    println!("| command | vellum | burn | ratio (least to most) |\n|---|---|---|---|");
    for (library, folder) in libraries.iter().zip(&folders) {
        library.write(folder);
    }
    for command in ["check", "build"] {
        let mut costs = [Vec::new(), Vec::new()];
        for round in 0..=rounds {
            for ((library, folder), costs) in libraries.iter().zip(&folders).zip(&mut costs) {
                library.touch(folder, round);
                let cost = cargo(command, folder, &target);
                // The first builds the dependencies too.
                if round > 0 {
                    costs.push(cost);
                }
            }
        }
        let [ours, theirs] = costs;
        let ratios = sorted(ours.iter().zip(&theirs).map(|(ours, theirs)| ours / theirs).collect());
        let (ours, theirs) = (middle(&sorted(ours)), middle(&sorted(theirs)));
        let (least, most) = (ratios[0], ratios[rounds - 1]);
        println!("| {command} | {ours:.2} | {theirs:.2} | {:.2} ({least:.2} to {most:.2}) |", middle(&ratios));
    }
}

fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values
}

fn middle(sorted: &[f64]) -> f64 {
    sorted[sorted.len() / 2]
}
