#![no_main]

use libfuzzer_sys::fuzz_target;
use vellum::format::hdf5::Hdf5File;
use vellum_fuzz::{budget, read_all, source};

fuzz_target!(|bytes: &[u8]| read_all(Hdf5File::open(source(bytes), &budget(bytes))));
