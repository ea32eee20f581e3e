//! The walls of the house: which room may look into which, and what no room may do.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// What each room may use of the others.
const WALLS: [(&str, &[&str]); 14] = [
    ("text", &[]),
    ("bundle", &["text"]),
    ("fact", &["text"]),
    ("redact", &[]),
    ("format", &["text", "bundle", "fact", "redact"]),
    ("kube", &["text", "fact"]),
    ("rule", &["text", "fact"]),
    ("solve", &["text", "fact", "rule"]),
    ("cause", &["text", "fact", "rule", "solve"]),
    ("report", &["text", "fact", "format", "rule", "solve", "cause"]),
    ("fixture", &["text", "bundle", "fact", "rule", "solve", "report"]),
    ("lint", &["text", "rule", "fixture"]),
    (
        "cli",
        &[
            "text", "bundle", "fact", "format", "redact", "rule", "solve", "report", "fixture",
            "lint",
        ],
    ),
    (
        "lib.rs",
        &["text", "bundle", "fact", "redact", "format", "kube", "rule", "solve", "cause", "report"],
    ),
];

/// Words that only the hand may say: it alone prints, exits, and knows clock and environment.
const HANDS: [&str; 7] =
    ["println!", "eprintln!", "std::env", "stdout()", "stderr()", "SystemTime", "Instant::now"];

#[test]
fn no_room_looks_through_a_wall() {
    let walls: BTreeMap<&str, BTreeSet<&str>> =
        WALLS.iter().map(|(room, may)| (*room, may.iter().copied().collect())).collect();
    for (room, path, text) in sources() {
        let Some(may) = walls.get(room.as_str()) else {
            assert_eq!(room, "main.rs", "{room} is a room without walls: {}", path.display());
            continue;
        };
        for used in used(&text) {
            assert!(
                used == room || may.contains(used.as_str()),
                "{} looks into {used}",
                path.display()
            );
        }
    }
}

#[test]
fn only_the_hand_prints_exits_or_looks_around() {
    for (room, path, text) in sources() {
        if room != "cli" && room != "main.rs" {
            for word in HANDS {
                let said = text
                    .lines()
                    .any(|line| line.contains(word) && !line.trim_start().starts_with("//"));
                assert!(!said, "{} says {word}", path.display());
            }
        }
    }
}

#[test]
fn every_module_says_what_it_is_for() {
    for (_, path, text) in sources() {
        assert!(text.starts_with("//!"), "{} has no //! line", path.display());
    }
}

#[test]
fn a_file_is_a_chapter_and_no_book() {
    for (_, path, text) in sources() {
        assert!(text.len() < 40_000, "{} has {} bytes", path.display(), text.len());
    }
}

#[test]
fn no_hash_map_is_printed() {
    // A hash map has no order of its own; where one is needed it is for looking up.
    for (room, path, text) in sources() {
        if ["report", "cli", "cause"].contains(&room.as_str()) && !path.ends_with("graph.rs") {
            assert!(
                !text.contains("HashMap") && !text.contains("HashSet"),
                "{} holds a hash map",
                path.display()
            );
        }
    }
}

/// The rooms that a file names by `crate::`.
fn used(text: &str) -> BTreeSet<String> {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let names =
        code.flat_map(|line| line.split("crate::").skip(1).map(str::to_string).collect::<Vec<_>>());
    let rooms = WALLS.map(|(room, _)| room);
    names
        .map(|rest| rest.chars().take_while(|c| c.is_ascii_lowercase()).collect::<String>())
        .filter(|name| rooms.contains(&name.as_str()))
        .collect()
}

/// All source files: their room, path and text.
fn sources() -> Vec<(String, PathBuf, String)> {
    fn walk(folder: &Path, out: &mut Vec<PathBuf>) {
        for item in fs::read_dir(folder).expect("the sources can be listed") {
            let path = item.expect("the sources can be listed").path();
            if path.is_dir() {
                walk(&path, out);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                out.push(path);
            }
        }
    }
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    walk(&src, &mut paths);
    paths.sort();
    let room = |path: &Path| {
        let first = path.strip_prefix(&src).expect("it is below src").components().next();
        first.expect("a file has a name").as_os_str().to_string_lossy().into_owned()
    };
    paths
        .into_iter()
        .map(|path| {
            (room(&path), path.clone(), fs::read_to_string(&path).expect("a source can be read"))
        })
        .collect()
}
