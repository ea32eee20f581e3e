//! Embeds the rule book: every YAML file below `rules/`, sorted by path; and captures of a cluster in which
//! nothing is wrong, by which users' rules are measured.

use std::path::{Path, PathBuf};
use std::{env, fs};

const HEALTHY: &str = "testdata/bundles/one-half-ready-recovered";

fn main() {
    println!("cargo::rerun-if-changed=rules");
    println!("cargo::rerun-if-changed={HEALTHY}");
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let mut files = Vec::new();
    collect(&root.join("rules"), &mut files);
    files.retain(|path| path.extension().is_some_and(|ending| ending == "yaml"));
    files.sort();
    let mut book = String::from("const BOOK: &[(&str, &str)] = &[\n");
    for file in &files {
        let name = file.strip_prefix(&root).expect("it was found below the root");
        let name = name.to_string_lossy().replace('\\', "/");
        book.push_str(&format!(
            "    ({name:?}, include_str!({:?})),\n",
            file.display().to_string()
        ));
    }
    book.push_str("];\n");
    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo sets it"));
    book.push_str(&healthy(&root.join(HEALTHY)));
    fs::write(out.join("book.rs"), book).expect("the output folder can be written");
}

/// The files of a bundle as a table of names and bytes.
fn healthy(folder: &Path) -> String {
    let mut files = Vec::new();
    collect(folder, &mut files);
    files.sort();
    let mut table = String::from("const HEALTHY: &[(&str, &[u8])] = &[\n");
    for file in &files {
        let name = file.strip_prefix(folder).expect("it was found below the folder");
        let name = name.to_string_lossy().replace('\\', "/");
        table.push_str(&format!(
            "    ({name:?}, include_bytes!({:?})),\n",
            file.display().to_string()
        ));
    }
    table + "];\n"
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for item in fs::read_dir(folder).expect("the folder is part of the repository") {
        let path = item.expect("the folder can be listed").path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.push(path);
        }
    }
}
