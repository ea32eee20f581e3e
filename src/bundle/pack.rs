//! Compression, in the kinds that are read.

use std::io::{self, Write};

use rayon::prelude::*;

use super::archive::Kind;

/// Writes what `content` writes, compressed.
pub(super) fn packed(
    kind: Kind,
    to: &mut dyn Write,
    content: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    match kind {
        Kind::Gzip => {
            let mut gzip = Gzip::new(to);
            content(&mut gzip)?;
            gzip.finish()
        }
        Kind::Xz => {
            let mut xz = liblzma::write::XzEncoder::new(to, 6);
            content(&mut xz)?;
            xz.finish().map(drop)
        }
        Kind::Bzip2 => {
            let mut bzip2 = bzip2::write::BzEncoder::new(to, bzip2::Compression::default());
            content(&mut bzip2)?;
            bzip2.finish().map(drop)
        }
        Kind::Zstd => {
            let mut whole = Vec::new();
            content(&mut whole)?;
            let level = ruzstd::encoding::CompressionLevel::Fastest;
            to.write_all(&ruzstd::encoding::compress_to_vec(whole.as_slice(), level))
        }
        Kind::Zip | Kind::Tar => content(to),
    }
}

/// Bytes that become one member of a gzip stream.
const BLOCK: usize = 1 << 20;
/// Blocks that are compressed together, by all threads.
const BLOCKS: usize = 16;

/// A gzip stream of several members, which any reader takes for one. Where one ends does not depend on the
/// number of threads.
struct Gzip<'a> {
    to: &'a mut dyn Write,
    held: Vec<u8>,
    is_begun: bool,
}

impl<'a> Gzip<'a> {
    fn new(to: &'a mut dyn Write) -> Self {
        Self { to, held: Vec::new(), is_begun: false }
    }

    fn flush_blocks(&mut self, len: usize) -> io::Result<()> {
        let blocks: Vec<&[u8]> = self.held.get(..len).unwrap_or_default().chunks(BLOCK).collect();
        let packed: Vec<io::Result<Vec<u8>>> = blocks.into_par_iter().map(compressed).collect();
        for block in packed {
            self.to.write_all(&block?)?;
            self.is_begun = true;
        }
        self.held.drain(..len);
        Ok(())
    }

    fn finish(mut self) -> io::Result<()> {
        self.flush_blocks(self.held.len())?;
        if !self.is_begun {
            self.to.write_all(&compressed(&[])?)?;
        }
        Ok(())
    }
}

fn compressed(block: &[u8]) -> io::Result<Vec<u8>> {
    let room = Vec::with_capacity(block.len() / 4);
    let mut gzip = flate2::write::GzEncoder::new(room, flate2::Compression::default());
    gzip.write_all(block)?;
    gzip.finish()
}

impl Write for Gzip<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.held.extend_from_slice(bytes);
        if self.held.len() >= BLOCK * BLOCKS {
            self.flush_blocks(self.held.len() / BLOCK * BLOCK)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
