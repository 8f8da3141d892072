#![no_main]

use libfuzzer_sys::fuzz_target;
use vellum::format::jld2;
use vellum_fuzz::{budget, read_all, source};

fuzz_target!(|bytes: &[u8]| read_all(jld2::open(source(bytes), &budget(bytes))));
