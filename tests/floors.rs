//! The code is built as `docs/architecture.md` says: a file uses only floors below its own.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A floor as the table names it: `0`, `2a`.
type Floor = (u32, String);

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// The floor of each room, from the table.
fn floors() -> BTreeMap<String, Floor> {
    let text = fs::read_to_string(repository().join("docs/architecture.md")).unwrap();
    let mut floors = BTreeMap::new();
    for row in text.lines() {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let [_, floor, rooms, ..] = cells.as_slice() else { continue };
        let digits = floor.trim_end_matches(char::is_alphabetic);
        let Ok(number) = digits.parse() else { continue };
        for room in rooms.split('`').skip(1).step_by(2) {
            let flat = floor[digits.len()..].to_string();
            assert!(floors.insert(room.to_string(), (number, flat)).is_none(), "{room} is on two floors");
        }
    }
    assert!(floors.len() > 20, "the table was read: {floors:?}");
    floors
}

fn may_use(user: &Floor, used: &Floor) -> bool {
    user == used || used.0 < user.0 || (user.0, user.1.as_str(), used.1.as_str()) == (used.0, "c", "a")
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The rooms that a file names, without its unit tests and comments. What the crate's root re-exports has no room: it is `None`.
fn used_rooms(text: &str) -> BTreeSet<Option<String>> {
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let code: String = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let mut rooms = BTreeSet::new();
    let mut note = |path: &str| {
        let name: String = path.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        rooms.insert(name.starts_with(char::is_lowercase).then_some(name));
    };
    for (place, prefix) in code.match_indices("crate::") {
        // `$crate::`, names that only end so, and who may see an item.
        let before = &code[..place];
        if before.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$') || before.ends_with("(in ") {
            continue;
        }
        let path = &code[place + prefix.len()..];
        match path.strip_prefix('{') {
            None => note(path),
            Some(list) => {
                let mut depth = 0;
                let mut start = true;
                for (i, c) in list.char_indices() {
                    if start && c.is_alphabetic() {
                        note(&list[i..]);
                        start = false;
                    }
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => start = true,
                        _ => {}
                    }
                }
            }
        }
    }
    rooms
}

#[test]
fn a_file_uses_only_floors_below_its_own() {
    let (floors, root) = (floors(), repository().join("runtime/src"));
    let mut files = Vec::new();
    sources(&root, &mut files);
    assert!(files.len() > 100);
    let mut wrong = Vec::new();
    for file in files {
        let path = file.strip_prefix(&root).unwrap();
        let first = path.components().next().unwrap().as_os_str().to_str().unwrap();
        let room = first.trim_end_matches(".rs");
        if room == "lib" || path.ends_with("tests.rs") {
            continue;
        }
        let Some(own) = floors.get(room) else {
            wrong.push(format!("{}: `{room}` is not in the table of docs/architecture.md", path.display()));
            continue;
        };
        for used in used_rooms(&fs::read_to_string(&file).unwrap()) {
            match used.as_ref().map(|used| floors.get(used)) {
                Some(Some(floor)) if may_use(own, floor) => {}
                Some(Some((number, flat))) => {
                    let used = used.unwrap_or_default();
                    wrong.push(format!(
                        "{}: floor {}{} uses `{used}` on floor {number}{flat}",
                        path.display(),
                        own.0,
                        own.1
                    ));
                }
                // What the root has itself.
                Some(None) | None if own.0 == 6 => {}
                Some(None) => wrong.push(format!("{}: `{}` has no floor", path.display(), used.unwrap_or_default())),
                None => {
                    wrong.push(format!("{}: names something by the crate's root, which is above it", path.display()))
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_rooms_a_file_names_are_found() {
    let rooms = |text| used_rooms(text).into_iter().map(Option::unwrap_or_default).collect::<Vec<_>>();
    assert_eq!(rooms("use crate::a::B;\nfn f() -> crate::c::D {}"), ["a", "c"]);
    assert_eq!(rooms("use crate::{a::{B, b::C}, d::E, F};"), ["", "a", "d"]);
    assert_eq!(rooms("// crate::a::B\npub(crate) use x::y; pub(in crate::v) w; $crate::z::q!(); crate::Result"), [""]);
    assert_eq!(rooms("use crate::a::B;\n#[cfg(test)]\nmod tests {\n use crate::t::T;\n}"), ["a"]);
}
