//! The longest common subsequence, on which diff and minimal updates stand.
use similar::algorithms::{DiffHook, myers};
use std::collections::HashMap;
use std::hash::Hash;

/// Up to this many items the answer is the longest one; beyond it may be a little shorter and stays fast.
const EXACT: usize = 8_000;
/// More pairs than this are compared in their order only.
const ALIGNED: usize = 10_000;

/// The pairs of positions of a longest common subsequence, ascending.
pub fn pairs<T: Eq + Hash>(a: &[T], b: &[T]) -> Vec<(usize, usize)> {
    let (a, b) = numbered(a, b);
    let mut found = Pairs(vec![]);
    let all = (0..a.len(), 0..b.len());
    let Ok(()) = if a.len() + b.len() <= EXACT {
        myers::diff_deadline_raw(&mut found, &a[..], all.0, &b[..], all.1, None)
    } else {
        myers::diff(&mut found, &a[..], all.0, &b[..], all.1)
    };
    found.0
}

/// Small numbers compare faster than blocks.
fn numbered<T: Eq + Hash>(a: &[T], b: &[T]) -> (Vec<u32>, Vec<u32>) {
    let mut numbers = HashMap::new();
    let mut number = |item| {
        let next = numbers.len() as u32;
        *numbers.entry(item).or_insert(next)
    };
    let a = a.iter().map(&mut number).collect();
    (a, b.iter().map(number).collect())
}

struct Pairs(Vec<(usize, usize)>);

impl DiffHook for Pairs {
    type Error = std::convert::Infallible;

    fn equal(&mut self, old: usize, new: usize, len: usize) -> Result<(), Self::Error> {
        self.0.extend((0..len).map(|i| (old + i, new + i)));
        Ok(())
    }
}

/// The stretches between matched pairs: what is left of both sides before each pair and after the last.
pub fn gaps(pairs: &[(usize, usize)], a: usize, b: usize) -> Vec<(std::ops::Range<usize>, std::ops::Range<usize>)> {
    let mut gaps = Vec::with_capacity(pairs.len() + 1);
    let (mut i, mut j) = (0, 0);
    for &(x, y) in pairs {
        gaps.push((i..x, j..y));
        (i, j) = (x + 1, y + 1);
    }
    gaps.push((i..a, j..b));
    gaps
}

/// Pairs of two rows that belong together, ascending, with the greatest weight in total. A weight of 0 is no pair.
pub fn align(n: usize, m: usize, weight: impl Fn(usize, usize) -> f64) -> Vec<(usize, usize, f64)> {
    if n * m > ALIGNED {
        return (0..n.min(m)).map(|i| (i, i, weight(i, i))).filter(|pair| pair.2 > 0.0).collect();
    }
    let weights: Vec<Vec<f64>> = (0..n).map(|i| (0..m).map(|j| weight(i, j)).collect()).collect();
    // `best[i][j]` is the greatest total of the first i and j.
    let mut best = vec![vec![0.0_f64; m + 1]; n + 1];
    for i in 1..=n {
        for j in 1..=m {
            let with = if weights[i - 1][j - 1] > 0.0 { best[i - 1][j - 1] + weights[i - 1][j - 1] } else { 0.0 };
            best[i][j] = with.max(best[i - 1][j]).max(best[i][j - 1]);
        }
    }
    let (mut i, mut j, mut pairs) = (n, m, vec![]);
    while i > 0 && j > 0 {
        if best[i][j] == best[i - 1][j] {
            i -= 1;
        } else if best[i][j] == best[i][j - 1] {
            j -= 1;
        } else {
            (i, j) = (i - 1, j - 1);
            pairs.push((i, j, weights[i][j]));
        }
    }
    pairs.reverse();
    pairs
}
