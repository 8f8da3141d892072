//! Prints what Vellum's saves and loads cost beside what the bytes cost: `cargo run --release -- [rounds] [part of a row's name]`.

use vellum_benches::session;

fn main() {
    session::main(&session::RAW_AND_OURS);
}
