//! The cost of one phase of this process.

use std::fs;
use std::time::Instant;

use rustix::time::{ClockId, clock_gettime};

/// What a phase cost.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// Seconds of processor time, the system's on behalf of the process included.
    pub cpu: f64,
    /// Seconds on the wall.
    pub wall: f64,
    /// By how many bytes the phase's peak of resident memory was above what was resident before it.
    pub peak: u64,
    /// By how many bytes the system's cache of files has grown: memory too, of which a container's limit counts what its processes wrote.
    pub cached: u64,
}

/// Bytes as MiB.
pub fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

/// Runs `phase` and gives its cost; what it returns is dropped after the clocks were read.
pub fn measure<T>(phase: impl FnOnce() -> T) -> Cost {
    // Makes what is resident now the new peak.
    fs::write("/proc/self/clear_refs", "5").expect("Linux lets a process reset its own peak");
    let before = resident("VmRSS:");
    let cached = cached_files();
    let (cpu, wall) = (cpu_seconds(), Instant::now());
    let result = std::hint::black_box(phase());
    let cost = Cost {
        cpu: cpu_seconds() - cpu,
        wall: wall.elapsed().as_secs_f64(),
        peak: resident("VmHWM:").saturating_sub(before),
        cached: cached_files().saturating_sub(cached),
    };
    drop(result);
    cost
}

fn cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// A line of this process's status, in bytes.
fn resident(line: &str) -> u64 {
    bytes("/proc/self/status", line)
}

fn cached_files() -> u64 {
    bytes("/proc/meminfo", "Cached:")
}

/// A line of what Linux says, in bytes.
fn bytes(file: &str, line: &str) -> u64 {
    let status = fs::read_to_string(file).expect("Linux has it");
    let value = status.lines().find_map(|text| text.strip_prefix(line)).expect("it has the line");
    let kib: u64 = value.trim().trim_end_matches(" kB").parse().expect("a number of KiB");
    kib << 10
}
