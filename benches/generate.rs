//! Writes the inputs that whole runs are measured on: `cargo bench --bench generate -- pods 20000`
//! prints a dump, `… -- log 1000000 3` a log of so many bytes and the third seed.

mod inputs;

use std::io::{self, BufWriter, Write};

fn main() -> io::Result<()> {
    // `cargo bench` adds a flag of its own.
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let number = |n: usize| words.get(n).and_then(|word| word.parse().ok()).unwrap_or(1);
    let mut out = BufWriter::with_capacity(1 << 20, io::stdout().lock());
    match words.first().map(String::as_str) {
        Some("pods") => inputs::pods(&mut out, number(1))?,
        Some("log") => inputs::log(&mut out, number(1), number(2))?,
        // `cargo test --benches` runs it without a word.
        None => {}
        Some(other) => return Err(io::Error::other(format!("`{other}` is neither pods nor log"))),
    }
    out.flush()
}
