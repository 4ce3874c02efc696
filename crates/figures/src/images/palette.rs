//! The colours of an image, and the blends that anti-aliasing needs.

/// Red, green and blue, in sRGB.
pub(super) type Rgb = [u8; 3];

/// The number of blends between a background and a foreground, both included.
const LEVELS: usize = 8;

/// The index of a colour in the palette.
pub(super) type PaletteIndex = u8;

/// At most 256 distinct colours.
#[derive(Debug, Default)]
pub(super) struct Palette {
    colours: Vec<Rgb>,
}

/// The palette indices from a background to a foreground, in even steps.
#[derive(Debug, Clone, Copy)]
pub(super) struct ColourRamp {
    levels: [PaletteIndex; LEVELS],
}

impl Palette {
    /// The index of a colour, which is added if it is new.
    pub(super) fn index(&mut self, rgb: Rgb) -> PaletteIndex {
        let index = self.colours.iter().position(|colour| *colour == rgb);
        let index = index.unwrap_or_else(|| {
            self.colours.push(rgb);
            self.colours.len() - 1
        });
        index
            .try_into()
            .expect("the images are designed for fewer colours than a palette has")
    }

    /// The ramp from a background to a foreground.
    pub(super) fn ramp(&mut self, background: Rgb, foreground: Rgb) -> ColourRamp {
        let levels = std::array::from_fn(|level| {
            let fraction = level as f32 / (LEVELS - 1) as f32;
            self.index(mix(background, foreground, fraction))
        });
        ColourRamp { levels }
    }

    /// All colours, three bytes each.
    pub(super) fn bytes(&self) -> Vec<u8> {
        self.colours.concat()
    }

    /// The number of colours.
    pub(super) fn len(&self) -> usize {
        self.colours.len()
    }
}

impl ColourRamp {
    /// The colour of a pixel of colour `current` after the foreground covers it in part. Never fades what is drawn
    /// already, so that letters may touch.
    pub(super) fn blend(self, current: PaletteIndex, coverage: f32) -> PaletteIndex {
        let level = rounded(coverage.clamp(0.0, 1.0) * (LEVELS - 1) as f32);
        let level = usize::try_from(level).unwrap_or_default();
        let covered = self.levels.iter().position(|colour| *colour == current);
        if level == 0 || covered.is_some_and(|covered| covered >= level) {
            return current;
        }
        self.levels[level]
    }

    /// The foreground.
    pub(super) fn full(self) -> PaletteIndex {
        self.levels[LEVELS - 1]
    }
}

/// The linear interpolation of two colours; `fraction` is 0 for `from` and 1 for `to`.
pub(super) fn mix(from: Rgb, to: Rgb, fraction: f32) -> Rgb {
    std::array::from_fn(|channel| {
        let (from, to) = (f32::from(from[channel]), f32::from(to[channel]));
        u8::try_from(rounded(from + (to - from) * fraction)).unwrap_or(u8::MAX)
    })
}

/// The nearest integer.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a float out of range becomes i32::MIN or i32::MAX, which are outside of every image"
)]
pub(super) fn rounded(value: f32) -> i32 {
    value.round() as i32
}

/// The relative luminance, from 0 to 1 (WCAG 2).
pub(super) fn luminance(rgb: Rgb) -> f32 {
    let [red, green, blue] = linear(rgb);
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/// The channels in linear light, from 0 to 1 (the inverse of the sRGB transfer function).
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

/// The contrast ratio of two colours, from 1 to 21 (WCAG 2, which requires 4.5 for text).
pub(super) fn contrast(a: Rgb, b: Rgb) -> f32 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_has_one_index() {
        let mut palette = Palette::default();
        let first = palette.index([1, 2, 3]);
        assert_eq!(palette.index([1, 2, 3]), first);
        palette.ramp([1, 2, 3], [200, 100, 50]);
        assert_eq!(palette.len(), LEVELS);
    }

    #[test]
    fn blending_never_fades_what_is_drawn_already() {
        let mut palette = Palette::default();
        let ramp = palette.ramp([0; 3], [255; 3]);
        let background = palette.index([0; 3]);
        let half = ramp.blend(background, 0.5);
        assert_eq!(ramp.blend(half, 0.2), half);
        assert_eq!(ramp.blend(half, 1.0), ramp.full());
        assert_eq!(ramp.blend(background, 0.0), background);
    }

    #[test]
    fn black_on_white_has_the_maximum_contrast() {
        assert!((contrast([0; 3], [255; 3]) - 21.0).abs() < 0.01);
    }
}
