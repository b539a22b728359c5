//! Long tables draw only the rows in sight.

/// From this many rows on, only those in sight are drawn.
pub const LONG: usize = 200;
/// How many the server draws of a long table.
pub const FIRST: usize = 60;
/// Rows above and below what is in sight.
const SPARE: usize = 12;

/// The rows to draw, as a half-open range, for a scroll position.
pub fn in_sight(scroll_top: f64, height: f64, row_height: f64, count: usize) -> (usize, usize) {
    if row_height <= 0.0 {
        return (0, count.min(FIRST));
    }
    let first = (scroll_top.max(0.0) / row_height) as usize;
    let seen = (height / row_height).ceil() as usize + 1;
    // In steps, so that a small scroll changes nothing.
    let start = first.saturating_sub(SPARE) / SPARE * SPARE;
    let end = (first + seen + 2 * SPARE) / SPARE * SPARE;
    (start.min(count), end.min(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_covers_what_is_in_sight() {
        assert_eq!(in_sight(0.0, 720.0, 36.0, 10_000), (0, 36));
        let (start, end) = in_sight(36.0 * 500.0, 720.0, 36.0, 10_000);
        assert!(start <= 488 && end >= 521, "{start}..{end}");
        assert_eq!(in_sight(36.0 * 9_990.0, 720.0, 36.0, 10_000).1, 10_000);
        assert_eq!(in_sight(0.0, 0.0, 0.0, 500), (0, FIRST));
    }
}
