//! Axes with round numbers.

/// Round ticks that cover the values, from at most zero.
pub fn ticks(min: f64, max: f64, wanted: usize) -> Vec<f64> {
    let (min, max) = (min.min(0.0), if max > min.min(0.0) { max } else { min.min(0.0) + 1.0 });
    let raw = (max - min) / wanted.max(1) as f64;
    let power = 10f64.powf(raw.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().map(|m| m * power).find(|s| *s >= raw * 0.999).unwrap_or(power * 10.0);
    let first = (min / step).floor() as i64;
    let last = (max / step - 1e-9).ceil() as i64;
    (first..=last).map(|i| i as f64 * step).collect()
}

/// Which of `count` labels to write when about `room` fit: evenly, always the first.
pub fn label_step(count: usize, room: usize) -> usize {
    count.div_ceil(room.max(1)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_cover() {
        assert_eq!(ticks(0.0, 97.0, 4), [0.0, 25.0, 50.0, 75.0, 100.0]);
        assert_eq!(ticks(0.0, 0.0, 4).first(), Some(&0.0));
        assert_eq!(ticks(0.0, 3.0, 4), [0.0, 1.0, 2.0, 3.0]);
        let below = ticks(-12.0, 30.0, 4);
        assert!(below[0] <= -12.0 && *below.last().unwrap() >= 30.0);
    }
}
