//! Text without definitions, cut into windows of lines.
use std::ops::Range;

/// Lines of a window, and how many of them the next one repeats.
const LINES: usize = 80;
const OVERLAP: usize = 10;
/// Windows of very long lines are cut again, so that no chunk grows without bound.
pub const MOST_BYTES: usize = 8_000;

/// The windows over a range of lines (from 0): 200 lines give 0..80, 70..150, 140..200.
pub fn windows(lines: Range<usize>) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = lines.start;
    while start < lines.end {
        let end = lines.end.min(start + LINES);
        found.push(start..end);
        if end == lines.end {
            break;
        }
        start = end - OVERLAP;
    }
    found
}

/// A window's lines in pieces of at most `MOST_BYTES` bytes, each with the lines it covers. Cuts between lines where that
/// is possible, inside of a line that alone is too long.
pub fn pieces<'a>(lines: &[&'a str], window: Range<usize>, text_of: impl Fn(Range<usize>) -> &'a str) -> Vec<(Range<usize>, &'a str)> {
    let mut found = Vec::new();
    let mut start = window.start;
    while start < window.end {
        let mut end = start + 1;
        let mut size = lines[start].len();
        if size > MOST_BYTES {
            found.extend(slices(lines[start]).map(|slice| (start..end, slice)));
            start = end;
            continue;
        }
        while end < window.end && size + lines[end].len() <= MOST_BYTES {
            size += lines[end].len();
            end += 1;
        }
        found.push((start..end, text_of(start..end)));
        start = end;
    }
    found
}

/// A line in slices that end where a character ends.
fn slices(mut line: &str) -> impl Iterator<Item = &str> {
    std::iter::from_fn(move || {
        let mut cut = line.len().min(MOST_BYTES);
        while !line.is_char_boundary(cut) {
            cut -= 1;
        }
        let (slice, rest) = line.split_at(cut);
        line = rest;
        (!slice.is_empty()).then_some(slice)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_those_of_the_chapter() {
        assert_eq!(windows(0..200), [0..80, 70..150, 140..200]);
        assert_eq!(windows(0..150), [0..80, 70..150]);
        assert_eq!(windows(0..79).len(), 1);
        assert_eq!(windows(0..80).len(), 1);
        assert_eq!(windows(0..81), [0..80, 70..81]);
        assert_eq!(windows(5..5), [] as [Range<usize>; 0]);
    }

    #[test]
    fn a_line_without_end_is_cut_where_characters_end() {
        let line = "ß".repeat(10_000);
        let found = pieces(&[&line], 0..1, |_| &line);
        assert_eq!(
            found.iter().map(|(lines, text)| (lines.clone(), text.len())).collect::<Vec<_>>(),
            [(0..1, 8000), (0..1, 8000), (0..1, 4000)]
        );
    }
}
