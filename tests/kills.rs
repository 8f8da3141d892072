//! A save that is killed leaves the old file or the new one, whole.

use std::env;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use ndarray::Array1;
use vellum::record::{FileRecorder, FullPrecisionSettings};
use vellum::recorder::{BinFileRecorder, NamedMpkFileRecorder};
use vellum::{Device, Module, Param};

/// Numbers that are all one: two saves that are mixed up would show.
type Model = Vec<Param<Array1<f32>>>;

/// Where the other process saves to. Unset in all but that one.
const FOLDER: &str = "VELLUM_TEST_SAVES_UNTIL_KILLED";

fn model(of: f32) -> Model {
    (0..8).map(|_| Param::new(Array1::from_elem(50_000, of))).collect()
}

fn save(model: &Model, folder: &Path, round: usize) {
    let path = folder.join("model");
    if round.is_multiple_of(2) {
        model.save_file(path, &NamedMpkFileRecorder::<FullPrecisionSettings>::new()).unwrap();
    } else {
        model.save_file(path, &BinFileRecorder::<FullPrecisionSettings>::new()).unwrap();
    }
}

/// Not a test where the variable is unset: what the other process runs.
#[test]
fn saves_until_it_is_killed() {
    let Some(folder) = env::var_os(FOLDER) else { return };
    for round in 0.. {
        save(&model(round as f32), folder.as_ref(), round);
    }
}

fn spawn(folder: &Path) -> Child {
    let mut command = Command::new(env::current_exe().unwrap());
    let command = command.args(["--exact", "kills::saves_until_it_is_killed"]).env(FOLDER, folder);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn loads_whole<R: FileRecorder>(folder: &Path, recorder: &R) -> f32 {
    let loaded: Model = recorder.load(folder.join("model"), Device::default()).unwrap();
    let of = loaded[0][0];
    assert!(loaded.iter().flat_map(|param| param.iter()).all(|x| *x == of), "a file of two saves");
    of
}

#[test]
fn a_save_that_is_killed_leaves_a_whole_file() {
    let folder = tempfile::tempdir().unwrap();
    for round in 0..2 {
        save(&model(-1.0), folder.path(), round);
    }
    let mut replaced = 0;
    for kill in 0..12 {
        let mut child = spawn(folder.path());
        // At another moment of a save each time, once the process has begun to save.
        let begun = Instant::now();
        let before = std::fs::metadata(folder.path().join("model.mpk")).unwrap().modified().unwrap();
        while std::fs::metadata(folder.path().join("model.mpk")).unwrap().modified().unwrap() == before
            && begun.elapsed() < Duration::from_secs(20)
        {
            sleep(Duration::from_millis(1));
        }
        sleep(Duration::from_micros(700 * kill));
        child.kill().unwrap();
        child.wait().unwrap();
        let mpk = loads_whole(folder.path(), &NamedMpkFileRecorder::<FullPrecisionSettings>::new());
        loads_whole(folder.path(), &BinFileRecorder::<FullPrecisionSettings>::new());
        replaced += usize::from(mpk >= 0.0);
    }
    assert_eq!(replaced, 12, "each process saved something before it was killed");
    // What a killed save leaves behind is taken by the next.
    for round in 0..2 {
        save(&model(-1.0), folder.path(), round);
    }
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
}
