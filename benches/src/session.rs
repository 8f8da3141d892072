//! Rounds of measurements, each in a process of its own.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::phase::Cost;
use crate::rows::{self, Action, Row};
use crate::table::Table;
use crate::{ours, raw};

/// Something that saves and loads.
#[derive(Clone, Copy)]
pub struct Subject {
    pub name: &'static str,
    /// Which rows it is measured in.
    pub takes: fn(Row) -> bool,
    /// Writes the files that a row reads into a folder.
    pub prepare: fn(Row, &Path),
    /// Measures a row: the folder of its files, and the path of a file to save to.
    pub run: fn(Row, &Path, &Path) -> Cost,
    /// Whose files it reads, if not its own.
    pub reads: Option<&'static str>,
    /// Whether the targets are for it.
    pub held_to_targets: bool,
}

/// The raw operations, and Vellum.
pub const RAW_AND_OURS: [Subject; 4] = {
    const fn nothing(_: Row, _: &Path) {}
    const fn all(_: Row) -> bool {
        true
    }
    let vellum = Subject {
        name: "vellum",
        takes: all,
        prepare: ours::prepare,
        run: ours::run,
        reads: None,
        held_to_targets: true,
    };
    let raw = Subject {
        name: "raw",
        prepare: nothing,
        run: raw::run,
        reads: Some("vellum"),
        held_to_targets: false,
        ..vellum
    };
    let raw_synced =
        Subject { name: "raw and sync", takes: |row| matches!(row.action, Action::Save), run: raw::run_synced, ..raw };
    let unsynced = Subject {
        name: "vellum without sync",
        takes: ours::can_leave_sync,
        run: ours::run_unsynced,
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

/// Runs the program of a benchmark: `[rounds] [parts of rows' names]`. The first subject is what the others are held against.
///
/// `--child SUBJECT ROW FOLDER NEW` is one measurement, and `--child SUBJECT prepare ROW FOLDER` writes the files that a row reads.
pub fn main(subjects: &[Subject]) {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [CHILD, subject, PREPARE, row, folder] => (find(subjects, subject).prepare)(row_named(row), folder.as_ref()),
        [CHILD, subject, row, folder, new] => {
            child(find(subjects, subject), row_named(row), folder.as_ref(), new.as_ref())
        }
        [] => parent(subjects, 5, &[]),
        [rounds, ref parts @ ..] => parent(subjects, rounds.parse().expect("a number of rounds"), parts),
    }
}

const PREPARE: &str = "prepare";

fn find<'a>(subjects: &'a [Subject], name: &str) -> &'a Subject {
    subjects.iter().find(|known| known.name == name).expect("a subject")
}

fn row_named(name: &str) -> Row {
    rows::all().into_iter().find(|known| known.name() == name).expect("a row")
}

fn child(subject: &Subject, row: Row, folder: &Path, new: &Path) {
    // Twice, and the first does not count: on a virtual machine the host may have to give the memory first, which takes several times
    // longer than any of this, and would fall on whoever comes first.
    let first = (subject.run)(row, folder, &new.join("warm-up"));
    empty(new);
    let Cost { cpu, wall, peak, cached } = (subject.run)(row, folder, &new.join("measured"));
    // But for memory: the allocator may have kept some of the first, and what is resident already is not above.
    let peak = peak.max(first.peak);
    println!("{cpu} {wall} {peak} {cached}");
}

fn parent(subjects: &[Subject], rounds: usize, parts: &[&str]) {
    let scratch = tempfile::Builder::new().prefix("vellum-bench").tempdir_in(".").expect("a folder to write to");
    let scratch = scratch.path().canonicalize().expect("it is there");
    let new = scratch.join("new");
    fs::create_dir(&new).expect("a new folder");
    let named = |row: &Row| parts.is_empty() || parts.iter().any(|part| row.name().contains(part));
    let mut table = Table::new(rounds);
    for row in rows::all().into_iter().filter(named) {
        let mut series: Vec<Series> = subjects
            .iter()
            .filter(|subject| (subject.takes)(row))
            .map(|&subject| Series { subject, costs: Vec::new() })
            .collect();
        for Series { subject, .. } in series.iter().filter(|series| series.subject.reads.is_none()) {
            let folder = scratch.join(subject.name);
            fs::create_dir(&folder).expect("a new folder");
            spawn(subject, &[PREPARE.as_ref(), row.name().as_ref(), folder.as_os_str()]);
        }
        for round in 0..rounds {
            // Each begins once: whoever runs first finds the disk quieter.
            let count = series.len();
            for place in 0..count {
                let Series { subject, costs } = &mut series[(round + place) % count];
                let folder = scratch.join(subject.reads.unwrap_or(subject.name));
                costs.push(parse(&spawn(subject, &[row.name().as_ref(), folder.as_os_str(), new.as_os_str()])));
                empty(&new);
            }
        }
        table.row(row, &series);
        for Series { subject, .. } in series.iter().filter(|series| series.subject.reads.is_none()) {
            fs::remove_dir_all(scratch.join(subject.name)).expect("it is ours");
        }
    }
    table.end();
}

fn spawn(subject: &Subject, arguments: &[&OsStr]) -> String {
    let program = env::current_exe().expect("this program has a path");
    let output = Command::new(program).args([CHILD, subject.name]).args(arguments).output();
    let output = output.expect("this program runs again");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{} {arguments:?}: {errors}", subject.name);
    String::from_utf8(output.stdout).expect("numbers")
}

fn parse(line: &str) -> Cost {
    let numbers: Vec<&str> = line.split_whitespace().collect();
    match numbers[..] {
        [cpu, wall, peak, cached] => Cost {
            cpu: cpu.parse().expect("seconds"),
            wall: wall.parse().expect("seconds"),
            peak: peak.parse().expect("bytes"),
            cached: cached.parse().expect("bytes"),
        },
        _ => panic!("a measurement prints four numbers, not {line:?}"),
    }
}

fn empty(folder: &Path) {
    for entry in fs::read_dir(folder).expect("it is there").flatten() {
        fs::remove_file(entry.path()).expect("it is ours");
    }
}
