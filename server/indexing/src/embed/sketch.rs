//! A vector in 1,024 bits: on which side of fixed random planes it lies. Of two vectors at an angle, the share of
//! bits that differ is the angle's share of a half turn: sketches find the near ones, the vectors then say how near.

/// Bits of a sketch.
pub const SKETCH: usize = 1024;

/// The next power of two above the length of a vector.
const WIDTH: usize = 2048;

/// The sketch as Postgres reads a bit string: zeros and ones.
///
/// The planes are rows of a Hadamard matrix with columns of random signs: as good as random ones, and multiplied with in
/// 11 passes of additions instead of a million and a half products.
pub fn sketch(vector: &[f32]) -> String {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut turned = [0.0_f32; WIDTH];
    for (place, value) in turned.iter_mut().zip(vector) {
        // SplitMix64: the same signs on every machine, for ever.
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        *place = if mixed >> 63 == 0 { *value } else { -*value };
    }
    let mut half = 1;
    while half < WIDTH {
        for block in turned.chunks_exact_mut(half * 2) {
            let (left, right) = block.split_at_mut(half);
            for (a, b) in left.iter_mut().zip(right) {
                (*a, *b) = (*a + *b, *a - *b);
            }
        }
        half *= 2;
    }
    turned[..SKETCH].iter().map(|value| if *value > 0.0 { '1' } else { '0' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embed::builtin;

    fn differ(a: &str, b: &str) -> usize {
        sketch(&builtin(a)).bytes().zip(sketch(&builtin(b)).bytes()).filter(|(a, b)| a != b).count()
    }

    #[test]
    fn near_vectors_have_near_sketches() {
        let asked = "reset a password by email";
        assert_eq!(differ(asked, asked), 0);
        let near = differ(asked, "fn reset_password(email: Email)");
        let far = differ(asked, "draw a chart with axes and lines");
        assert!(near + 100 < far, "{near} {far}");
        // At a right angle, half of the bits.
        assert!((412..612).contains(&far), "{far}");
    }

    #[test]
    fn a_sketch_never_changes() {
        let sketch = sketch(&builtin("a stored sketch is compared with those of later years"));
        let ones = sketch.bytes().filter(|bit| *bit == b'1').count();
        assert_eq!((sketch.len(), &sketch[..16], ones), (1024, "1100010110111110", 508));
    }
}
