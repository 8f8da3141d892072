use std::io::Write;

use super::super::system::faulty::{Fault, Faulty};
use super::*;

const OLD: &[u8] = b"the old file";

/// Bytes that take several writes: small ones, a large one, and a header that is known last.
fn new_bytes() -> Vec<u8> {
    let mut bytes: Vec<u8> = (0..200_000u32).map(|i| (i % 251).to_le_bytes()[0]).collect();
    bytes[..4].copy_from_slice(b"HEAD");
    bytes
}

/// Through the cache, and past it in blocks of a few pages.
const WAYS: [Option<usize>; 2] = [None, Some(16 << 10)];

fn save(replace: &Replace, system: Arc<dyn System>, direct: Option<usize>) -> Result<()> {
    let bytes = new_bytes();
    let mut file = replace.open_on(system, direct)?;
    file.put(b"????")?;
    file.put(&bytes[4..10])?;
    file.put(&bytes[10..150_000])?;
    for piece in bytes[150_000..].chunks(7) {
        file.put(piece)?;
    }
    file.put_at(0, b"HEAD")?;
    file.commit()
}

fn names(folder: &Path) -> Vec<OsString> {
    let mut names: Vec<OsString> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    names
}

/// Saves over an old file, or over none, with a fault at the first call, the second, .. until none is left to fail.
fn for_every_call(fault: Fault, old: Option<&[u8]>, check: impl Fn(&Path, Result<()>)) {
    for direct in WAYS {
        for_every_call_of(direct, fault, old, &check);
    }
}

fn for_every_call_of(direct: Option<usize>, fault: Fault, old: Option<&[u8]>, check: impl Fn(&Path, Result<()>)) {
    for at in 1.. {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.bin");
        let mut replace = Replace::new(&path).expecting(new_bytes().len() as u64);
        match old {
            Some(old) => fs::write(&path, old).unwrap(),
            None => replace = replace.new_only(),
        }
        let system = Arc::new(Faulty::new(fault, at));
        let result = save(&replace, system.clone(), direct);
        let found = fs::read(&path).ok();
        let durability = matches!(&result, Err(error) if matches!(error.kind(), ErrorKind::DurabilityUnknown { .. }));
        if result.is_ok() || durability {
            assert!(found.as_deref() == Some(&new_bytes()[..]), "call {at}: not the new file");
        } else {
            assert!(found.as_deref() == old, "call {at}: not the old file");
        }
        check(folder.path(), result);
        if system.is_past_the_end() {
            assert!(at > if direct.is_some() { 18 } else { 6 }, "only {at} calls were tried");
            return;
        }
    }
}

#[test]
fn after_any_failure_the_file_is_the_old_or_the_new_one_and_no_scratch_is_left() {
    for old in [Some(OLD), None] {
        for kind in [
            io::ErrorKind::Other,
            io::ErrorKind::StorageFull,
            io::ErrorKind::PermissionDenied,
            io::ErrorKind::InvalidInput,
        ] {
            for_every_call(Fault::Once(kind), old, |folder, result| {
                let there = old.is_some() || !matches!(&result, Err(error) if !is_in_place(error));
                assert_eq!(names(folder).len(), usize::from(there), "{result:?}");
            });
        }
    }
}

fn is_in_place(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::DurabilityUnknown { .. })
}

#[test]
fn a_full_disk_has_its_own_error() {
    for_every_call(Fault::Once(io::ErrorKind::StorageFull), Some(OLD), |_, result| {
        if let Err(error) = result {
            assert!(matches!(error.kind(), ErrorKind::NoSpace { .. }) || is_in_place(&error), "{error}");
        }
    });
}

#[test]
fn after_a_death_at_any_call_the_next_save_works_and_cleans_up() {
    for_every_call(Fault::Death, Some(OLD), |folder, _| {
        assert!(names(folder).len() <= 2, "more than one scratch file");
        save(&Replace::new(folder.join("model.bin")), Arc::new(Os), None).unwrap();
        if cfg!(unix) {
            assert_eq!(names(folder), ["model.bin"]);
        }
    });
}

#[test]
fn short_and_interrupted_writes_are_gone_on_with() {
    for (most, direct) in [1, 2, 3, 1000, 4096, 65_537].into_iter().flat_map(|most| WAYS.map(|way| (most, way))) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        let bytes: Vec<u8> = new_bytes().into_iter().cycle().take(if most < 10 { 5000 } else { 200_000 }).collect();
        let mut file = Replace::new(&path).open_on(Arc::new(Faulty::new(Fault::ShortWrites(most), 0)), direct).unwrap();
        for piece in bytes.chunks(999) {
            file.write_all(piece).unwrap();
        }
        file.put_at(17, &bytes[17..30]).unwrap();
        file.commit().unwrap();
        assert!(fs::read(&path).unwrap() == bytes);
    }
}

#[test]
fn a_large_file_goes_past_the_cache_in_whole_blocks_but_for_its_end() {
    for (len, block, writes) in [(200_000, 16 << 10, 12), (1 << 17, 1 << 16, 2), (4095, 4096, 0), (0, 4096, 0)] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        let bytes = &new_bytes()[..len];
        let system = Arc::new(Faulty::new(Fault::None, 0));
        let mut file = Replace::new(&path).expecting(len as u64).open_on(system.clone(), Some(block)).unwrap();
        for piece in bytes.chunks(70_000) {
            file.put(piece).unwrap();
        }
        assert_eq!((file.len(), system.direct_writes()), (len as u64, writes));
        file.commit().unwrap();
        assert!(fs::read(&path).unwrap() == bytes);
    }
}

#[test]
fn a_file_system_that_refuses_to_go_past_the_cache_is_written_through_it() {
    // Call 1 creates the file, 2 asks for the way past the cache, and those from 3 on write.
    for at in 2..5 {
        let folder = tempfile::tempdir().unwrap();
        let system = Arc::new(Faulty::new(Fault::Once(io::ErrorKind::InvalidInput), at));
        save(&Replace::new(folder.path().join("f")), system.clone(), Some(4096)).unwrap();
        assert_eq!(system.direct_writes(), at.saturating_sub(3));
        assert!(fs::read(folder.path().join("f")).unwrap() == new_bytes());
    }
}

#[test]
fn bytes_can_be_put_behind_others_that_were_replaced() {
    for direct in WAYS {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        let bytes = new_bytes();
        let mut file = Replace::new(&path).open_on(Arc::new(Os), direct).unwrap();
        file.put(b"????").unwrap();
        file.put(&bytes[4..100_000]).unwrap();
        file.put_at(0, &bytes[..4]).unwrap();
        for piece in bytes[100_000..].chunks(30_000) {
            file.put(piece).unwrap();
        }
        file.commit().unwrap();
        assert!(fs::read(&path).unwrap() == bytes);
    }
}

#[test]
fn nothing_is_written_or_committed_after_a_failed_write() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f");
    let system = Arc::new(Faulty::new(Fault::Once(io::ErrorKind::Other), 2));
    let mut file = Replace::new(&path).open_on(system, None).unwrap();
    assert!(file.put(&new_bytes()).is_err());
    assert!(file.put(&new_bytes()).is_err() && file.put(b"few").is_err());
    assert!(file.commit().is_err());
    assert!(names(folder.path()).is_empty());
}

#[test]
fn memory_that_runs_out_is_a_failed_write() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f");
    fs::write(&path, OLD).unwrap();
    // More than any process can have.
    let mut file =
        Replace::new(&path).open_on(Arc::new(Faulty::new(Fault::None, 0)), Some(1 << (usize::BITS - 3))).unwrap();
    let error = file.put(b"abc").unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::OutOfMemory { .. }), "{error}");
    assert!(file.put(b"def").is_err() && file.put_at(0, b"").is_err() && file.flush().is_err());
    assert!(file.commit().is_err());
    assert_eq!((names(folder.path()).len(), fs::read(&path).unwrap()), (1, OLD.to_vec()));
}

#[test]
fn a_folder_that_may_not_be_read_is_said_to_be_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f");
    // Calls 1 to 4 create the file, write it, flush it and rename it.
    let system = Arc::new(Faulty::new(Fault::Once(io::ErrorKind::PermissionDenied), 5));
    let mut file = Replace::new(&path).open_on(system, None).unwrap();
    file.put(b"new").unwrap();
    let error = file.commit().unwrap_err();
    let ErrorKind::DurabilityUnknown { source } = error.kind() else { panic!("{error}") };
    assert_eq!(source.kind(), io::ErrorKind::PermissionDenied);
    assert!(source.to_string().contains("only if it may be read"), "{source}");
    assert_eq!(fs::read(&path).unwrap(), b"new");
}

#[test]
fn dropping_leaves_the_old_file_and_no_scratch() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f");
    fs::write(&path, OLD).unwrap();
    let mut file = Replace::new(&path).open().unwrap();
    file.put(&new_bytes()).unwrap();
    assert_eq!(names(folder.path()).len(), 2);
    drop(file);
    assert_eq!((names(folder.path()).len(), fs::read(&path).unwrap()), (1, OLD.to_vec()));
}

#[test]
fn new_only_refuses_what_is_there_at_the_start_and_at_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f");
    let is_refused = |result: Result<()>| matches!(result.unwrap_err().kind(), ErrorKind::AlreadyExists);
    let file = Replace::new(&path).new_only().open().unwrap();
    fs::write(&path, OLD).unwrap();
    assert!(is_refused(file.commit()));
    assert!(is_refused(Replace::new(&path).new_only().open().map(drop)));
    assert_eq!((names(folder.path()).len(), fs::read(&path).unwrap()), (1, OLD.to_vec()));
}

#[test]
fn missing_folders_are_created() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a/b/c.bin");
    save(&Replace::new(&path), Arc::new(Os), None).unwrap();
    assert!(fs::read(path).unwrap() == new_bytes());
}

#[test]
fn a_folder_in_the_place_is_refused_and_a_path_without_a_name_too() {
    let folder = tempfile::tempdir().unwrap();
    let error = Replace::new(folder.path()).open().unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::NotAFile), "{error}");
    assert!(Replace::new("").open().is_err());
    assert!(Replace::new("..").open().is_err());
}

#[test]
fn only_bytes_that_were_put_can_be_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let mut file = Replace::new(folder.path().join("f")).open().unwrap();
    file.put(b"0123").unwrap();
    for (offset, len) in [(3, 2), (5, 0), (u64::MAX, 1)] {
        assert!(matches!(file.put_at(offset, &vec![0; len]).unwrap_err().kind(), ErrorKind::Argument { .. }));
    }
    file.put_at(2, b"xy").unwrap();
    file.put(b"45").unwrap();
    assert_eq!(file.len(), 6);
    file.commit().unwrap();
    assert_eq!(fs::read(folder.path().join("f")).unwrap(), b"01xy45");
}

#[test]
fn less_than_was_expected_leaves_no_tail() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f");
    let mut file = Replace::new(&path).expecting(1 << 20).open().unwrap();
    file.put(b"short").unwrap();
    file.commit().unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"short");
    #[cfg(unix)]
    assert!(std::os::unix::fs::MetadataExt::blocks(&fs::metadata(&path).unwrap()) <= 64);
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn permission_bits_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        fs::write(&path, OLD).unwrap();
        for mode in [0o600, 0o666, 0o444, 0o755] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let file = Replace::new(&path).open().unwrap();
            let scratch = fs::metadata(&file.writer.scratch.path).unwrap();
            assert_eq!(scratch.permissions().mode() & 0o777, mode);
            file.commit().unwrap();
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, mode);
        }
    }

    #[test]
    fn a_link_stays_and_what_it_leads_to_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let real = folder.path().join("real");
        fs::create_dir(&real).unwrap();
        fs::write(real.join("f"), OLD).unwrap();
        let link = folder.path().join("link");
        symlink("real/f", &link).unwrap();
        let dangling = folder.path().join("dangling");
        symlink("real/g", &dangling).unwrap();
        for (link, target) in [(&link, "f"), (&dangling, "g")] {
            save(&Replace::new(link), Arc::new(Os), None).unwrap();
            assert!(link.is_symlink() && fs::read(real.join(target)).unwrap() == new_bytes());
        }
        let circle = folder.path().join("circle");
        symlink("circle", &circle).unwrap();
        assert!(Replace::new(&circle).open().is_err());
        let error = Replace::new(&dangling).new_only().open().unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::AlreadyExists), "{error}");
    }

    #[test]
    fn a_device_is_not_replaced() {
        let error = Replace::new("/dev/null").open().unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::NotAFile), "{error}");
    }

    #[test]
    fn writers_of_one_path_do_not_mix_and_readers_see_one_version() {
        let folder = tempfile::tempdir().unwrap();
        let path = &folder.path().join("f");
        fs::write(path, vec![0; 100_000]).unwrap();
        std::thread::scope(|scope| {
            for writer in 1..=4u8 {
                scope.spawn(move || {
                    for _ in 0..25 {
                        let mut file = Replace::new(path).without_sync().open().unwrap();
                        for _ in 0..100 {
                            file.put(&[writer; 1000]).unwrap();
                        }
                        file.commit().unwrap();
                    }
                });
            }
            for _ in 0..200 {
                let bytes = fs::read(path).unwrap();
                assert!(bytes.len() == 100_000 && bytes.iter().all(|&byte| byte == bytes[0]));
            }
        });
        assert_eq!(names(folder.path()), ["f"]);
    }
}
