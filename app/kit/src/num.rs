//! Numbers as people read them: grouped digits, short forms, sizes, durations.

/// `12345` as `12,345`.
pub fn group(n: i64) -> String {
    let digits = n.unsigned_abs().to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if n < 0 {
        out.push('−');
    }
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A figure for a tile or an axis: `950`, `1.2k`, `3.4M`.
pub fn short(n: f64) -> String {
    let a = n.abs();
    let (value, unit) = match a {
        _ if a >= 999_500_000.0 => (n / 1e9, "B"),
        _ if a >= 999_500.0 => (n / 1e6, "M"),
        _ if a >= 9_999.5 => (n / 1e3, "k"),
        _ if a >= 1000.0 => return group(n.round() as i64),
        _ => (n, ""),
    };
    format!("{}{unit}", trim(value, if value.abs() >= 100.0 { 0 } else { 1 }))
}

/// A number with at most `places` decimals and no trailing zeros.
pub fn trim(n: f64, places: usize) -> String {
    let text = format!("{n:.places$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if text == "-0" { "0".to_owned() } else { text.replace('-', "−") }
}

/// A share of a whole as `38 %`; one decimal below ten.
pub fn percent(part: f64, whole: f64) -> String {
    if whole <= 0.0 {
        return "–".to_owned();
    }
    let p = part / whole * 100.0;
    format!("{} %", trim(p, if p < 10.0 && p > 0.0 { 1 } else { 0 }))
}

/// Bytes as `1.4 MB`.
pub fn bytes(n: u64) -> String {
    let mut value = n as f64;
    for unit in ["B", "kB", "MB", "GB"] {
        if value < 999.5 {
            return format!("{} {unit}", trim(value, if unit == "B" || value >= 99.5 { 0 } else { 1 }));
        }
        value /= 1000.0;
    }
    format!("{} TB", trim(value, 1))
}

/// Milliseconds as `340 ms`, `2.4 s`, `3 min 20 s`, `2 h 5 min`.
pub fn duration_ms(ms: i64) -> String {
    match ms {
        i64::MIN..1000 => format!("{ms} ms"),
        1000..60_000 => format!("{} s", trim(ms as f64 / 1000.0, 1)),
        60_000..3_600_000 => format!("{} min {} s", ms / 60_000, ms / 1000 % 60),
        _ => format!("{} h {} min", ms / 3_600_000, ms / 60_000 % 60),
    }
}

/// `1 feature`, `2 features`, with grouped digits.
pub fn plural(n: i64, one: &str, many: &str) -> String {
    format!("{} {}", group(n), if n == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_shortened() {
        assert_eq!([group(0), group(999), group(1000), group(-1_234_567)], ["0", "999", "1,000", "−1,234,567"]);
        assert_eq!([short(0.25), short(950.0), short(1234.0), short(12_345.0), short(999_600.0)], ["0.2", "950", "1,234", "12.3k", "1M"]);
        assert_eq!([percent(3.0, 8.0), percent(1.0, 300.0), percent(1.0, 0.0)], ["38 %", "0.3 %", "–"]);
        assert_eq!([bytes(0), bytes(1536), bytes(2_000_000)], ["0 B", "1.5 kB", "2 MB"]);
        assert_eq!([duration_ms(340), duration_ms(2400), duration_ms(200_000)], ["340 ms", "2.4 s", "3 min 20 s"]);
        assert_eq!([plural(1, "row", "rows"), plural(1200, "row", "rows")], ["1 row", "1,200 rows"]);
    }
}
