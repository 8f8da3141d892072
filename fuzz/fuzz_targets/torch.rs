#![no_main]

use libfuzzer_sys::fuzz_target;
use vellum::format::torch::{TorchFile, TorchOptions};
use vellum_fuzz::{limits, read_all, source};

fuzz_target!(|bytes: &[u8]| read_all(TorchFile::open(source(bytes), &TorchOptions::new().limits(limits()))));
