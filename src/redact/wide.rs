//! UTF-16, as Windows nodes write it.

/// A text in UTF-16, narrowed.
pub(super) struct Wide {
    pub(super) text: String,
    little: bool,
}

impl Wide {
    /// `None` for a text that is not UTF-16 throughout.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        let little = is_little(bytes)?;
        let units = bytes.chunks_exact(2).map(|pair| match (pair, little) {
            ([a, b], true) => u16::from_le_bytes([*a, *b]),
            ([a, b], false) => u16::from_be_bytes([*a, *b]),
            _ => 0,
        });
        let text: String =
            char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
        Some(Self { text, little })
    }

    /// A changed text as UTF-16 again.
    pub(super) fn bytes(&self, narrow: &[u8]) -> Vec<u8> {
        let text = String::from_utf8_lossy(narrow);
        let unit = |unit: u16| if self.little { unit.to_le_bytes() } else { unit.to_be_bytes() };
        text.encode_utf16().flat_map(unit).collect()
    }
}

/// UTF-16 begins with a mark, or every other byte of its Latin letters is NUL.
fn is_little(bytes: &[u8]) -> Option<bool> {
    const SAMPLE: usize = 1024;
    match bytes {
        [0xff, 0xfe, ..] => return Some(true),
        [0xfe, 0xff, ..] => return Some(false),
        _ => {}
    }
    let sample = bytes.get(..SAMPLE).unwrap_or(bytes);
    let pairs = sample.len() / 2;
    let zeros = |odd: usize| sample.iter().skip(odd).step_by(2).filter(|b| **b == 0).count();
    let (high, low) = (zeros(0), zeros(1));
    match pairs >= 4 {
        true if low * 10 >= pairs * 7 && high * 20 <= pairs => Some(true),
        true if high * 10 >= pairs * 7 && low * 20 <= pairs => Some(false),
        _ => None,
    }
}
