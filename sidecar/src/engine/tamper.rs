//! Cheats for the adversaries of the test-suite, made from the real weights. Only in builds with the feature
//! `adversary`, which nothing that is shipped enables.

/// How a dishonest provider changes its model.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Tamper {
    /// Not at all.
    #[default]
    Honest,
    /// Matrices rounded to this many bits, symmetric, one scale for each 64 weights of a row.
    Quantise {
        /// Bits of a weight, 2..=8.
        bits: u32,
    },
    /// This block is left out.
    SkipLayer(usize),
}

impl Tamper {
    /// Changes the values of a matrix in place.
    pub(super) fn matrix(&self, values: &mut [f32], columns: usize) {
        let Tamper::Quantise { bits } = *self else { return };
        let levels = ((1u32 << (bits.clamp(2, 8) - 1)) - 1) as f32;
        for row in values.chunks_mut(columns.max(1)) {
            for block in row.chunks_mut(64) {
                let scale = block.iter().fold(0f32, |m, v| m.max(v.abs())) / levels;
                if scale > 0.0 {
                    block.iter_mut().for_each(|v| *v = (*v / scale).round() * scale);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantised_block_should_have_few_levels() {
        let mut values: Vec<f32> = (0..128).map(|i| (i as f32 * 0.37).sin()).collect();
        Tamper::Quantise { bits: 3 }.matrix(&mut values, 64);
        let mut levels: Vec<u32> = values.iter().take(64).map(|v| v.to_bits()).collect();
        levels.sort_unstable();
        levels.dedup();
        assert!(levels.len() <= 8, "{}", levels.len());
    }
}
