//! Rounds of measurements, each in a process of its own.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::phase::Cost;
use crate::rows::{Action, ROWS, Row};
use crate::{ours, raw, table};

/// Something that saves and loads.
#[derive(Clone, Copy)]
pub struct Subject {
    pub name: &'static str,
    /// Writes the files that its loads read into a folder.
    pub prepare: fn(&Path),
    /// Measures a row: the folder of its files, and the path of a file to save to.
    pub run: fn(Row, &Path, &Path) -> Cost,
    /// Whether it is measured in the rows of saves only.
    pub saves_only: bool,
    /// Whose files it reads, if not its own.
    pub reads: Option<&'static str>,
    /// Whether the targets are for it.
    pub held_to_targets: bool,
}

/// The raw operations, and Vellum.
pub const RAW_AND_OURS: [Subject; 4] = {
    const fn nothing(_: &Path) {}
    let raw = Subject {
        name: "raw",
        prepare: nothing,
        run: raw::run,
        saves_only: false,
        reads: Some("vellum"),
        held_to_targets: false,
    };
    let vellum = Subject {
        name: "vellum",
        prepare: ours::prepare,
        run: ours::run,
        saves_only: false,
        reads: None,
        held_to_targets: true,
    };
    let raw_synced = Subject { name: "raw and sync", run: raw::run_synced, saves_only: true, ..raw };
    let unsynced = Subject {
        name: "vellum without sync",
        run: ours::run_unsynced,
        saves_only: true,
        reads: Some("vellum"),
        ..vellum
    };
    [raw, vellum, raw_synced, unsynced]
};

/// The costs of one subject in one row, a round each.
pub struct Series {
    pub subject: Subject,
    pub costs: Vec<Cost>,
}

const CHILD: &str = "--child";

/// Runs the program of a benchmark: `[rounds] [part of a row's name]`. The first subject is what the others are held against.
pub fn main(subjects: &[Subject]) {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [CHILD, subject, row, folder, new] => child(subjects, subject, row, folder.as_ref(), new.as_ref()),
        [] => parent(subjects, 5, ""),
        [rounds] => parent(subjects, rounds.parse().expect("a number of rounds"), ""),
        [rounds, row] => parent(subjects, rounds.parse().expect("a number of rounds"), row),
        _ => panic!("usage: [rounds] [part of a row's name]"),
    }
}

const PREPARE: &str = "prepare";

fn child(subjects: &[Subject], subject: &str, row: &str, folder: &Path, new: &Path) {
    let subject = subjects.iter().find(|known| known.name == subject).expect("a subject");
    if row == PREPARE {
        return (subject.prepare)(folder);
    }
    let row = ROWS.into_iter().find(|known| known.name() == row).expect("a row");
    // Twice, and the first does not count: on a virtual machine the host may have to give the memory first, which takes several times
    // longer than any of this, and would fall on whoever comes first.
    (subject.run)(row, folder, &new.join("warm-up"));
    empty(new);
    let Cost { cpu, wall, peak } = (subject.run)(row, folder, &new.join("measured"));
    println!("{cpu} {wall} {peak}");
}

fn parent(subjects: &[Subject], rounds: usize, part: &str) {
    let scratch = tempfile::Builder::new().prefix("vellum-bench").tempdir_in(".").expect("a folder to write to");
    let scratch = scratch.path().canonicalize().expect("it is there");
    for subject in subjects.iter().filter(|subject| subject.reads.is_none()) {
        let folder = scratch.join(subject.name);
        fs::create_dir(&folder).expect("a new folder");
        spawn(subject, PREPARE, &folder, &folder);
    }
    let new = scratch.join("new");
    fs::create_dir(&new).expect("a new folder");
    table::head(rounds);
    for row in ROWS.into_iter().filter(|row| row.name().contains(part)) {
        let takes_part = |subject: &&Subject| row.action == Action::Save || !subject.saves_only;
        let mut series: Vec<Series> =
            subjects.iter().filter(takes_part).map(|&subject| Series { subject, costs: Vec::new() }).collect();
        for round in 0..rounds {
            // Each begins once: whoever runs first finds the disk quieter.
            let count = series.len();
            for place in 0..count {
                let Series { subject, costs } = &mut series[(round + place) % count];
                let folder = scratch.join(subject.reads.unwrap_or(subject.name));
                costs.push(parse(&spawn(subject, &row.name(), &folder, &new)));
                empty(&new);
            }
        }
        table::row(row, &series);
    }
}

fn spawn(subject: &Subject, row: &str, folder: &Path, new: &Path) -> String {
    let program = env::current_exe().expect("this program has a path");
    let output = Command::new(program).args([CHILD, subject.name, row]).args([folder, new]).output();
    let output = output.expect("this program runs again");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{} {row}: {errors}", subject.name);
    String::from_utf8(output.stdout).expect("numbers")
}

fn parse(line: &str) -> Cost {
    let numbers: Vec<&str> = line.split_whitespace().collect();
    match numbers[..] {
        [cpu, wall, peak] => Cost {
            cpu: cpu.parse().expect("seconds"),
            wall: wall.parse().expect("seconds"),
            peak: peak.parse().expect("bytes"),
        },
        _ => panic!("a measurement prints three numbers, not {line:?}"),
    }
}

fn empty(folder: &Path) {
    for entry in fs::read_dir(folder).expect("it is there").flatten() {
        fs::remove_file(entry.path()).expect("it is ours");
    }
}
