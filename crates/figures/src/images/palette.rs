//! The colours of a picture, and the blends between two of them that letters and round corners need.

/// Red, green and blue.
pub(super) type Rgb = [u8; 3];

/// Blends between a ground and an ink, both included.
const LEVELS: usize = 8;

/// The place of a colour in the palette.
pub(super) type Colour = u8;

/// At most 256 colours, each once.
#[derive(Debug, Default)]
pub(super) struct Palette {
    colours: Vec<Rgb>,
}

/// From a ground to an ink in even steps.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ramp {
    levels: [Colour; LEVELS],
}

impl Palette {
    /// The place of a colour, which is added where it is new.
    pub(super) fn colour(&mut self, rgb: Rgb) -> Colour {
        let place = self.colours.iter().position(|colour| *colour == rgb);
        let place = place.unwrap_or_else(|| {
            self.colours.push(rgb);
            self.colours.len() - 1
        });
        place
            .try_into()
            .expect("the pictures are designed for fewer colours than a palette has")
    }

    /// The blends of an ink on a ground.
    pub(super) fn ramp(&mut self, ground: Rgb, ink: Rgb) -> Ramp {
        let levels = std::array::from_fn(|level| {
            self.colour(mix(ground, ink, level as f32 / (LEVELS - 1) as f32))
        });
        Ramp { levels }
    }

    /// All colours, one behind the other.
    pub(super) fn bytes(&self) -> Vec<u8> {
        self.colours.concat()
    }

    /// How many colours there are.
    pub(super) fn len(&self) -> usize {
        self.colours.len()
    }
}

impl Ramp {
    /// The colour of a pixel that is covered by ink in part, on top of what is there already.
    pub(super) fn cover(self, there: Colour, coverage: f32) -> Colour {
        let level = rounded(coverage.clamp(0.0, 1.0) * (LEVELS - 1) as f32);
        let level = usize::try_from(level).unwrap_or_default();
        let before = self.levels.iter().position(|colour| *colour == there);
        if level == 0 || before.is_some_and(|before| before >= level) {
            return there;
        }
        self.levels[level]
    }

    /// The ink alone.
    pub(super) fn ink(self) -> Colour {
        self.levels[LEVELS - 1]
    }
}

/// The colour that lies `fraction` of the way from one to another.
pub(super) fn mix(from: Rgb, to: Rgb, fraction: f32) -> Rgb {
    std::array::from_fn(|channel| {
        let (from, to) = (f32::from(from[channel]), f32::from(to[channel]));
        u8::try_from(rounded(from + (to - from) * fraction)).unwrap_or(u8::MAX)
    })
}

/// The nearest whole number.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a float beyond the integers becomes the outermost of them, which is outside of every picture"
)]
pub(super) fn rounded(value: f32) -> i32 {
    value.round() as i32
}

/// How bright a colour looks, from 0 to 1 (relative luminance, WCAG 2).
pub(super) fn luminance(rgb: Rgb) -> f32 {
    let [red, green, blue] = linear(rgb);
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/// The amounts of light behind the three bytes.
pub(super) fn linear(rgb: Rgb) -> [f32; 3] {
    rgb.map(|byte| {
        let value = f32::from(byte) / 255.0;
        if value <= 0.04045 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    })
}

/// How well one colour can be told from another, from 1 to 21 (WCAG 2; text wants 4.5).
pub(super) fn contrast(a: Rgb, b: Rgb) -> f32 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_has_one_place() {
        let mut palette = Palette::default();
        let first = palette.colour([1, 2, 3]);
        assert_eq!(palette.colour([1, 2, 3]), first);
        palette.ramp([1, 2, 3], [200, 100, 50]);
        assert_eq!(palette.len(), LEVELS);
    }

    #[test]
    fn letters_that_touch_do_not_thin_each_other() {
        let mut palette = Palette::default();
        let ramp = palette.ramp([0; 3], [255; 3]);
        let ground = palette.colour([0; 3]);
        let half = ramp.cover(ground, 0.5);
        assert_eq!(ramp.cover(half, 0.2), half);
        assert_eq!(ramp.cover(half, 1.0), ramp.ink());
        assert_eq!(ramp.cover(ground, 0.0), ground);
    }

    #[test]
    fn black_on_white_has_the_greatest_contrast() {
        assert!((contrast([0; 3], [255; 3]) - 21.0).abs() < 0.01);
    }
}
