//! Prints what the saves and loads of Burn 0.21 cost beside Vellum's and beside what the bytes cost:
//! `cargo run --release -- [rounds] [part of a row's name]`.

mod burn;

use vellum_benches::session::{self, RAW_AND_OURS, Subject};

fn main() {
    let [raw, vellum, ..] = RAW_AND_OURS;
    let burn = Subject { name: "burn", prepare: burn::prepare, run: burn::run, held_to_targets: false, ..vellum };
    session::main(&[raw, vellum, burn]);
}
