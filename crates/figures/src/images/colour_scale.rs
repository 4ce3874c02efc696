//! Sequential colour scales. Their luminance rises evenly, so they are readable in greyscale and by colour-blind
//! people.

use super::palette::{Rgb, mix, rounded};

/// The number of distinct colours of a scale.
pub(super) const STEPS: usize = 10;

/// For text on a dark background: violet, blue, green, yellow, as viridis with a lighter dark end.
pub(super) const CONFIDENCE: ColourScale = ColourScale([
    [0x91, 0x7c, 0xd8],
    [0x62, 0x9f, 0xe0],
    [0x38, 0xbf, 0xb5],
    [0x8e, 0xd8, 0x5c],
    [0xfd, 0xe7, 0x25],
]);

/// For boxes behind text: near the background, blue, grey, yellow, as cividis.
pub(super) const SURPRISAL: ColourScale = ColourScale([
    [0x27, 0x29, 0x33],
    [0x2b, 0x46, 0x78],
    [0x6c, 0x6e, 0x7a],
    [0xb4, 0xa2, 0x6a],
    [0xfe, 0xe4, 0x4c],
]);

/// Colours at equal distances, interpolated linearly.
pub(super) struct ColourScale([Rgb; 5]);

impl ColourScale {
    /// The colour of one of [`STEPS`] steps; larger steps have the last colour.
    pub(super) fn colour(&self, step: usize) -> Rgb {
        let position = step.min(STEPS - 1) as f32 / (STEPS - 1) as f32 * (self.0.len() - 1) as f32;
        let below = usize::try_from(rounded(position.floor())).unwrap_or_default();
        let above = (below + 1).min(self.0.len() - 1);
        mix(self.0[below], self.0[above], position.fract())
    }
}

/// The step of a fraction from 0 to 1; other numbers are clamped.
pub(super) fn step(fraction: f32) -> usize {
    let step = (fraction.clamp(0.0, 1.0) * STEPS as f32).floor();
    usize::try_from(rounded(step))
        .unwrap_or_default()
        .min(STEPS - 1)
}

#[cfg(test)]
mod tests {
    use super::super::palette::{contrast, linear};
    use super::super::theme::BACKGROUND;
    use super::*;

    /// Weights of red, green and blue light for normal vision, protanopia and deuteranopia (Viénot, Brettel and Mollon
    /// 1999).
    const LUMINANCE_WEIGHTS: [[f32; 3]; 3] = [
        [0.2126, 0.7152, 0.0722],
        [0.1124, 0.8155, 0.0722],
        [0.2855, 0.6423, 0.0722],
    ];

    #[test]
    fn luminance_rises_with_every_step_for_all_kinds_of_vision() {
        for scale in [CONFIDENCE, SURPRISAL] {
            for weights in LUMINANCE_WEIGHTS {
                let luminance = |step| {
                    let light = linear(scale.colour(step));
                    let pairs = light.iter().zip(weights);
                    pairs.map(|(light, weight)| light * weight).sum::<f32>()
                };
                for step in 1..STEPS {
                    assert!(luminance(step) > luminance(step - 1) + 0.004, "{step}");
                }
            }
        }
    }

    #[test]
    fn letters_of_any_confidence_are_readable_on_the_background() {
        for step in 0..STEPS {
            assert!(contrast(CONFIDENCE.colour(step), BACKGROUND) >= 4.5);
        }
    }

    #[test]
    fn fractions_out_of_range_are_clamped() {
        assert_eq!(step(-1.0), 0);
        assert_eq!(step(0.05), 0);
        assert_eq!(step(0.55), 5);
        assert_eq!(step(7.0), STEPS - 1);
        assert_eq!(step(f32::NAN), 0);
    }
}
