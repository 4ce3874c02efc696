//! Colours for figures: scales whose brightness rises evenly, so that they can be read in grey and by colour-blind eyes.

use super::palette::{Rgb, mix, rounded};

/// How many colours of a scale are told apart.
pub(super) const STEPS: usize = 10;

/// For text on a dark ground: from violet over blue and green to yellow, as viridis, but with its dark end made lighter.
pub(super) const CONFIDENCE: Scale = Scale([
    [0x91, 0x7c, 0xd8],
    [0x62, 0x9f, 0xe0],
    [0x38, 0xbf, 0xb5],
    [0x8e, 0xd8, 0x5c],
    [0xfd, 0xe7, 0x25],
]);

/// For grounds behind text: from the picture's own ground over blue and grey to yellow, as cividis.
pub(super) const SURPRISE: Scale = Scale([
    [0x27, 0x29, 0x33],
    [0x2b, 0x46, 0x78],
    [0x6c, 0x6e, 0x7a],
    [0xb4, 0xa2, 0x6a],
    [0xfe, 0xe4, 0x4c],
]);

/// Colours at equal distances.
pub(super) struct Scale([Rgb; 5]);

impl Scale {
    /// The colour of one of [`STEPS`] steps.
    pub(super) fn colour(&self, step: usize) -> Rgb {
        let place = step.min(STEPS - 1) as f32 / (STEPS - 1) as f32 * (self.0.len() - 1) as f32;
        let below = usize::try_from(rounded(place.floor())).unwrap_or_default();
        let above = (below + 1).min(self.0.len() - 1);
        mix(self.0[below], self.0[above], place.fract())
    }
}

/// The step of a figure between 0 and 1.
pub(super) fn step(fraction: f32) -> usize {
    let step = (fraction.clamp(0.0, 1.0) * STEPS as f32).floor();
    usize::try_from(rounded(step))
        .unwrap_or_default()
        .min(STEPS - 1)
}

#[cfg(test)]
mod tests {
    use super::super::palette::{contrast, linear};
    use super::super::theme::GROUND;
    use super::*;

    /// Brightness for people without red or green cones (Viénot, Brettel and Mollon 1999), and for everybody else.
    const EYES: [[f32; 3]; 3] = [
        [0.2126, 0.7152, 0.0722],
        [0.1124, 0.8155, 0.0722],
        [0.2855, 0.6423, 0.0722],
    ];

    #[test]
    fn brightness_rises_with_every_step_for_all_eyes() {
        for scale in [CONFIDENCE, SURPRISE] {
            for eye in EYES {
                let bright = |step| {
                    let light = linear(scale.colour(step));
                    light
                        .iter()
                        .zip(eye)
                        .map(|(light, share)| light * share)
                        .sum::<f32>()
                };
                for step in 1..STEPS {
                    assert!(bright(step) > bright(step - 1) + 0.004, "{step}");
                }
            }
        }
    }

    #[test]
    fn words_of_any_confidence_can_be_read_on_the_dark_ground() {
        for step in 0..STEPS {
            assert!(contrast(CONFIDENCE.colour(step), GROUND) >= 4.5);
        }
    }

    #[test]
    fn figures_outside_fall_on_the_ends() {
        assert_eq!(step(-1.0), 0);
        assert_eq!(step(0.05), 0);
        assert_eq!(step(0.55), 5);
        assert_eq!(step(7.0), STEPS - 1);
        assert_eq!(step(f32::NAN), 0);
    }
}
