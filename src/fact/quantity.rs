//! Kubernetes quantities and Go durations, the two notations in which limits and times are written.

/// A Kubernetes quantity (`100m`, `1.5`, `128Mi`, `129e6`, `2k`) in thousandths of its base unit.
/// Source: `k8s.io/apimachinery/pkg/api/resource`.
pub fn quantity(text: &str) -> Option<i128> {
    let unit = text.find(|c: char| !c.is_ascii_digit() && !"+-.".contains(c)).unwrap_or(text.len());
    let (number, suffix) = text.split_at(unit);
    let thousandths: i128 = match suffix {
        "" => 1_000,
        "m" => 1,
        "k" => 1_000_000,
        "M" => 1_000_000_000,
        "G" => 1_000_000_000_000,
        "T" => 1_000_000_000_000_000,
        "P" => 1_000_000_000_000_000_000,
        "E" => 1_000_000_000_000_000_000_000,
        "Ki" => 1_000 << 10,
        "Mi" => 1_000 << 20,
        "Gi" => 1_000 << 30,
        "Ti" => 1_000 << 40,
        "Pi" => 1_000 << 50,
        "Ei" => 1_000 << 60,
        // Below a thousandth the API server rounds up.
        "u" | "n" => {
            let parts: i128 = if suffix == "u" { 1_000 } else { 1_000_000 };
            let whole: i128 = number.parse().ok()?;
            return Some((whole + parts - 1).div_euclid(parts));
        }
        _ => {
            let exponent: u32 = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
            1_000_i128.checked_mul(10_i128.checked_pow(exponent)?)?
        }
    };
    scaled(number, thousandths)
}

/// `number` times `unit`, for a decimal number; fractions of the result are cut off.
fn scaled(number: &str, unit: i128) -> Option<i128> {
    let (sign, digits) = match number.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, number.strip_prefix('+').unwrap_or(number)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && fraction.is_empty() || fraction.len() > 18 {
        return None;
    }
    let parse = |text: &str| if text.is_empty() { Some(0) } else { text.parse::<u64>().ok() };
    let whole = i128::from(parse(whole)?).checked_mul(unit)?;
    let scale = 10_i128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let fraction = i128::from(parse(fraction)?).checked_mul(unit)? / scale;
    Some(sign * (whole + fraction))
}

/// A Go duration (`1h30m`, `250ms`, `2m0s`) or an age as kubectl prints it (`5d3h`), in
/// nanoseconds. A bare number is none, because its unit is not known.
pub fn duration(text: &str) -> Option<i128> {
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    if rest.is_empty() {
        return None;
    }
    let mut total: i128 = 0;
    while !rest.is_empty() {
        let unit = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at(unit);
        let end = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
        let (name, tail) = tail.split_at(end);
        let nanoseconds = match name {
            "ns" => 1,
            "us" | "µs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            "d" => 86_400_000_000_000,
            "y" => 365 * 86_400_000_000_000,
            _ => return None,
        };
        total = total.checked_add(scaled(number, nanoseconds)?)?;
        rest = tail;
    }
    Some(sign * total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_of_one_size_are_equal() {
        assert_eq!(quantity("128974848"), quantity("123Mi"));
        assert_eq!(quantity("129e6"), quantity("129M"));
        assert_eq!(quantity("0.1"), quantity("100m"));
        assert_eq!(quantity("1500m"), Some(1_500));
        assert_eq!(quantity("100000u"), Some(100));
        assert_eq!(quantity("12 Mi"), None);
        assert_eq!(quantity("Mi"), None);
        assert_eq!(quantity("1e999999"), None);
    }

    #[test]
    fn durations_add_up() {
        assert_eq!(duration("1h30m"), duration("90m"));
        assert_eq!(duration("250ms"), Some(250_000_000));
        assert_eq!(duration("5d3h"), duration("123h"));
        assert_eq!(duration("90"), None);
        assert_eq!(duration("-1s"), Some(-1_000_000_000));
    }
}
