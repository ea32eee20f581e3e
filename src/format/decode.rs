//! Bytes to text: UTF-8, UTF-16 of Windows nodes, and bytes that are neither.

use std::borrow::Cow;

/// The text of a file.
pub(super) struct Decoded<'a> {
    pub(super) text: Cow<'a, str>,
    /// The numbers of its lines as `sed` counts them in the bytes, where they differ from a plain count.
    pub(super) numbers: Option<Vec<u32>>,
}

/// The order of bytes in UTF-16.
#[derive(Clone, Copy)]
enum Order {
    Little,
    Big,
}

/// Bytes that are looked at to find out about UTF-16.
const SAMPLE: usize = 1024;

/// Decodes the bytes of a file.
pub(super) fn decoded(bytes: &[u8]) -> Decoded<'_> {
    match utf_16(bytes) {
        Some(order) => from_utf_16(bytes, order),
        None => Decoded { text: from_utf_8(bytes), numbers: None },
    }
}

/// UTF-16 begins with a mark, or every other byte of its Latin letters is NUL.
fn utf_16(bytes: &[u8]) -> Option<Order> {
    match bytes {
        [0xff, 0xfe, ..] => return Some(Order::Little),
        [0xfe, 0xff, ..] => return Some(Order::Big),
        _ => {}
    }
    let sample = bytes.get(..SAMPLE).unwrap_or(bytes);
    let pairs = sample.len() / 2;
    let nul = |odd: usize| sample.iter().skip(odd).step_by(2).filter(|b| **b == 0).count();
    let (high, low) = (nul(0), nul(1));
    // In a text nearly all letters are Latin, and none is NUL itself.
    match pairs >= 4 {
        true if low * 10 >= pairs * 7 && high * 20 <= pairs => Some(Order::Little),
        true if high * 10 >= pairs * 7 && low * 20 <= pairs => Some(Order::Big),
        _ => None,
    }
}

fn from_utf_16(bytes: &[u8], order: Order) -> Decoded<'_> {
    let units = bytes.chunks(2).map(|pair| match (pair, order) {
        ([a, b], Order::Little) => u16::from_le_bytes([*a, *b]),
        ([a, b], Order::Big) => u16::from_be_bytes([*a, *b]),
        // Half a character at the end of a file that was cut.
        _ => u16::from(b'?'),
    });
    let text: String =
        char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    // Not every byte 0x0A is a line feed: it may be half of another character, and `sed` counts it.
    let mut numbers = vec![1];
    let mut seen = 1;
    for pair in bytes.chunks(2) {
        seen += pair.iter().filter(|b| **b == b'\n').count() as u32;
        let feed = match order {
            Order::Little => pair == [b'\n', 0],
            Order::Big => pair == [0, b'\n'],
        };
        if feed {
            numbers.push(seen);
        }
    }
    Decoded { text: text.into(), numbers: Some(numbers) }
}

/// Bytes that are not UTF-8 are taken for Latin-1, one by one.
fn from_utf_8(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.into();
    }
    let mut out = String::with_capacity(bytes.len() + bytes.len() / 8);
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        out.extend(chunk.invalid().iter().map(|b| match b {
            0xa0..=0xff => char::from(*b),
            _ => char::REPLACEMENT_CHARACTER,
        }));
    }
    out.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wide(text: &str, order: Order, mark: bool) -> Vec<u8> {
        let mark = if mark { "\u{feff}" } else { "" };
        let units = mark.encode_utf16().chain(text.encode_utf16()).collect::<Vec<_>>();
        let bytes = units.iter().map(|unit| match order {
            Order::Little => unit.to_le_bytes(),
            Order::Big => unit.to_be_bytes(),
        });
        bytes.flatten().collect()
    }

    #[test]
    fn utf_16_is_read_with_and_without_its_mark() {
        let said = "nameserver 10.0.0.10\r\nsearch localdomain\r\n";
        for order in [Order::Little, Order::Big] {
            for mark in [true, false] {
                let bytes = wide(said, order, mark);
                assert_eq!(decoded(&bytes).text.trim_start_matches('\u{feff}'), said);
            }
        }
    }

    #[test]
    fn half_a_character_counts_as_sed_counts_it() {
        // U+010A has the byte 0x0A in it.
        let bytes = wide("a\u{10a}\nb\nc", Order::Little, true);
        assert_eq!(decoded(&bytes).numbers, Some(vec![1, 3, 4]));
    }

    #[test]
    fn other_bytes_are_latin() {
        assert_eq!(decoded(b"gr\xfc\xdfe, \x80\n").text, "gr\u{fc}\u{df}e, \u{fffd}\n");
        assert_eq!(decoded(b"us-east-1:\0:b").text, "us-east-1:\0:b");
    }
}
