//! Values, their types, and how two values of a type compare.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use super::quantity::{duration, quantity};

/// A known value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Anything else, in its canonical notation.
    Text(Arc<str>),
}

impl Value {
    /// An address in its canonical notation (`FD00:0::1` is `fd00::1`), so that equal addresses are
    /// equal values; other text stays as it is.
    pub fn address(text: &str) -> Self {
        match text.parse::<IpAddr>() {
            Ok(address) => Self::from(address.to_canonical().to_string()),
            Err(_) => Self::from(text),
        }
    }

    /// The value as text.
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Bool(b) => Cow::Borrowed(if *b { "true" } else { "false" }),
            Self::Int(n) => Cow::Owned(n.to_string()),
            Self::Text(text) => Cow::Borrowed(text),
        }
    }

    /// The value as a whole number, if it is one.
    pub fn int(&self) -> Option<i64> {
        match self {
            Self::Int(n) => Some(*n),
            Self::Text(text) => text.parse().ok(),
            Self::Bool(_) => None,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl From<i64> for Value {
    fn from(n: i64) -> Self {
        Self::Int(n)
    }
}

impl From<bool> for Value {
    fn from(b: bool) -> Self {
        Self::Bool(b)
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

/// What the values of a column are, which decides how they compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// Names, reasons, messages: compared as text.
    Text,
    /// Whole numbers.
    Int,
    /// `true` or `false`.
    Bool,
    /// An IP address; `in` takes a CIDR.
    Address,
    /// A Kubernetes quantity.
    Quantity,
    /// A Go duration or a kubectl age.
    Duration,
    /// A dotted version, with or without a leading `v`.
    Version,
    /// A time stamp, RFC 3339 in UTC.
    Time,
}

impl Type {
    /// The type's name in documentation and messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Int => "int",
            Self::Bool => "bool",
            Self::Address => "address",
            Self::Quantity => "quantity",
            Self::Duration => "duration",
            Self::Version => "version",
            Self::Time => "time",
        }
    }

    /// The value that a rule's author means by `text` in a column of this type, or why none.
    pub fn parse(self, text: &str) -> Result<Value, String> {
        let ok = match self {
            Self::Text => true,
            Self::Int => return text.parse().map(Value::Int).map_err(|_| self.refusal(text)),
            Self::Bool => return text.parse().map(Value::Bool).map_err(|_| self.refusal(text)),
            Self::Address => return Ok(Value::address(text)),
            Self::Quantity => quantity(text).is_some(),
            Self::Duration => duration(text).is_some(),
            Self::Version => version(text).is_some(),
            Self::Time => time(text).is_some(),
        };
        if ok { Ok(Value::from(text)) } else { Err(self.refusal(text)) }
    }

    fn refusal(self, text: &str) -> String {
        format!("`{text}` is no {}", self.name())
    }
}

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `==`
    Equal,
    /// `!=`
    Unequal,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `>=`
    AtLeast,
    /// `in`: an address in a CIDR, a text among the words of another.
    In,
    /// `not in`
    NotIn,
    /// `within D of`: two times at most a duration apart, in nanoseconds.
    Within(i128),
}

/// Compares two values as their type demands. `None`: one of them cannot be read as that type, so
/// that nothing can be said.
pub fn compare(left: &Value, how: Comparison, right: &Value, as_type: Type) -> Option<bool> {
    use Comparison::{AtLeast, AtMost, Equal, In, Less, More, NotIn, Unequal, Within};
    match how {
        In => contains(&right.text(), &left.text(), as_type),
        NotIn => contains(&right.text(), &left.text(), as_type).map(|is| !is),
        Within(most) => {
            let apart = time(&left.text())?.as_nanosecond() - time(&right.text())?.as_nanosecond();
            Some(apart.abs() <= most)
        }
        Equal | Unequal | Less | AtMost | More | AtLeast => {
            let order = order(left, right, as_type)?;
            Some(match how {
                Equal => order == Ordering::Equal,
                Unequal => order != Ordering::Equal,
                Less => order == Ordering::Less,
                AtMost => order != Ordering::Greater,
                More => order == Ordering::Greater,
                _ => order != Ordering::Less,
            })
        }
    }
}

fn order(left: &Value, right: &Value, as_type: Type) -> Option<Ordering> {
    let (a, b) = (left.text(), right.text());
    Some(match as_type {
        Type::Text => a.cmp(&b),
        Type::Int => left.int()?.cmp(&right.int()?),
        Type::Bool => left.cmp(right),
        Type::Address => match (a.parse::<IpAddr>(), b.parse::<IpAddr>()) {
            (Ok(a), Ok(b)) => a.to_canonical().cmp(&b.to_canonical()),
            _ => a.cmp(&b),
        },
        Type::Quantity => quantity(&a)?.cmp(&quantity(&b)?),
        Type::Duration => duration(&a)?.cmp(&duration(&b)?),
        Type::Version => version(&a)?.cmp(&version(&b)?),
        Type::Time => time(&a)?.cmp(&time(&b)?),
    })
}

fn contains(whole: &str, part: &str, as_type: Type) -> Option<bool> {
    match as_type {
        Type::Address => cidr_contains(whole, part.parse().ok()?),
        _ => Some(whole.split([',', ' ']).any(|word| word == part)),
    }
}

/// Whether an address lies in a CIDR (or is the single address that is written instead).
fn cidr_contains(cidr: &str, address: IpAddr) -> Option<bool> {
    let (network, bits) = match cidr.split_once('/') {
        Some((network, bits)) => (network, Some(bits.parse::<u32>().ok()?)),
        None => (cidr, None),
    };
    let shifted = |address: u128, width: u32| -> Option<u128> {
        let bits = bits.unwrap_or(width);
        (bits <= width).then(|| address.checked_shr(width - bits).unwrap_or(0))
    };
    match (network.parse::<IpAddr>().ok()?, address.to_canonical()) {
        (IpAddr::V4(n), IpAddr::V4(a)) => {
            Some(shifted(u128::from(u32::from(n)), 32)? == shifted(u128::from(u32::from(a)), 32)?)
        }
        (IpAddr::V6(n), IpAddr::V6(a)) => {
            Some(shifted(u128::from(n), 128)? == shifted(u128::from(a), 128)?)
        }
        _ => Some(false),
    }
}

/// The numbers of a version, and whether it is a release: `1.24.0-rc.1` comes before `1.24.0`.
fn version(text: &str) -> Option<(Vec<u64>, bool, String)> {
    let text = text.strip_prefix('v').unwrap_or(text);
    let (numbers, rest) = match text.find(['-', '+']) {
        Some(at) => (&text[..at], &text[at..]),
        None => (text, ""),
    };
    let mut numbers: Vec<u64> =
        numbers.split('.').map(str::parse).collect::<Result<_, _>>().ok()?;
    while numbers.last() == Some(&0) {
        numbers.pop();
    }
    let before = rest.starts_with("-alpha") || rest.starts_with("-beta") || rest.starts_with("-rc");
    Some((numbers, !before, if before { rest.to_string() } else { String::new() }))
}

fn time(text: &str) -> Option<jiff::Timestamp> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(left: &str, how: Comparison, right: &str, as_type: Type) -> Option<bool> {
        compare(&Value::from(left), how, &Value::from(right), as_type)
    }

    #[test]
    fn addresses_lie_in_cidrs() {
        use Comparison::{In, NotIn};
        assert_eq!(holds("169.254.20.10", In, "169.254.0.0/16", Type::Address), Some(true));
        assert_eq!(holds("10.0.0.1", In, "169.254.0.0/16", Type::Address), Some(false));
        assert_eq!(holds("10.0.0.1", In, "0.0.0.0/0", Type::Address), Some(true));
        assert_eq!(holds("fd00::10", In, "fd00::/8", Type::Address), Some(true));
        assert_eq!(holds("10.0.0.1", NotIn, "fd00::/8", Type::Address), Some(true));
        assert_eq!(holds("10.0.0.1", In, "10.0.0.0/99", Type::Address), None);
        assert_eq!(holds("host", In, "10.0.0.0/8", Type::Address), None);
    }

    #[test]
    fn versions_compare_by_number() {
        use Comparison::{Equal, Less};
        assert_eq!(holds("1.9.0", Less, "v1.10", Type::Version), Some(true));
        assert_eq!(holds("1.24.0-rc.1", Less, "1.24.0", Type::Version), Some(true));
        assert_eq!(holds("v1.14.8-aliyun.1", Equal, "1.14.8", Type::Version), Some(true));
    }

    #[test]
    fn times_lie_within() {
        let minute = Comparison::Within(60_000_000_000);
        let (a, b) = ("2019-08-30T16:43:50Z", "2019-08-30T18:44:40+02:00");
        assert_eq!(holds(a, minute, b, Type::Time), Some(true));
        assert_eq!(holds(a, minute, "2019-08-30T16:45:00Z", Type::Time), Some(false));
        assert_eq!(holds(a, minute, "yesterday", Type::Time), None);
    }

    #[test]
    fn equal_addresses_are_equal_values() {
        assert_eq!(Value::address("FD00:0:0::1"), Value::address("fd00::1"));
        assert_eq!(Value::address("::ffff:10.0.0.1"), Value::address("10.0.0.1"));
        assert_eq!(Value::address("None"), Value::from("None"));
    }
}
