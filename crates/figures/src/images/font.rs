//! The embedded font at one size: measures text and draws it on a canvas.

use ab_glyph::{Font as _, FontRef, Glyph, PxScale, PxScaleFont, ScaleFont, point};

use super::canvas::Canvas;
use super::palette::{ColourRamp, rounded};

const REGULAR: &[u8] = include_bytes!("fonts/DejaVuSans.ttf");
const BOLD: &[u8] = include_bytes!("fonts/DejaVuSans-Bold.ttf");
/// Ends a truncated text.
const ELLIPSIS: char = '…';
/// The maximum number of characters of a line; no image is wide enough for more.
const MAX_CHARACTERS: usize = 400;

/// The font at one size.
pub(super) struct Font {
    font: PxScaleFont<FontRef<'static>>,
}

/// The weight of the letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FontWeight {
    Regular,
    Bold,
}

impl Font {
    /// The font at `size` pixels, from the top of the highest letter to the bottom of the lowest.
    pub(super) fn new(weight: FontWeight, size: u16) -> Self {
        let bytes = match weight {
            FontWeight::Regular => REGULAR,
            FontWeight::Bold => BOLD,
        };
        let font = FontRef::try_from_slice(bytes).expect("the embedded fonts are valid");
        let font = font.into_scaled(PxScale::from(f32::from(size)));
        Self { font }
    }

    /// The width of a text on one line, in pixels.
    pub(super) fn width(&self, text: &str) -> i32 {
        let mut width = 0.0;
        self.for_each_glyph(text, |_, advance| width = advance);
        rounded(f32::ceil(width))
    }

    /// The baseline that centres letters vertically between `top` and `top + height`.
    pub(super) fn baseline(&self, top: i32, height: i32) -> i32 {
        let letters = self.font.ascent() + self.font.descent();
        rounded(top as f32 + f32::midpoint(height as f32, letters))
    }

    /// The text if it fits into `width` pixels, else its beginning with an ellipsis.
    pub(super) fn truncated(&self, text: &str, width: i32) -> String {
        let mut kept: String = text.chars().take(MAX_CHARACTERS).map(printable).collect();
        let complete = text.chars().nth(MAX_CHARACTERS).is_none();
        if complete && self.width(&kept) <= width {
            return kept;
        }
        loop {
            let truncated = format!("{}{ELLIPSIS}", kept.trim_end());
            if kept.pop().is_none() || self.width(&truncated) <= width {
                return truncated;
            }
        }
    }

    /// Draws a text on one line, its left end at `x`.
    pub(super) fn draw(
        &self,
        canvas: &mut Canvas,
        (x, baseline): (i32, i32),
        text: &str,
        ramp: ColourRamp,
    ) {
        self.for_each_glyph(text, |glyph, _| {
            let Some(outline) = self.font.outline_glyph(glyph) else {
                return;
            };
            let bounds = outline.px_bounds();
            let (left, top) = (x + rounded(bounds.min.x), baseline + rounded(bounds.min.y));
            outline.draw(|column, row, coverage| {
                let offset = |pixels: u32| i32::try_from(pixels).unwrap_or(i32::MAX / 2);
                canvas.blend(left + offset(column), top + offset(row), coverage, ramp);
            });
        });
    }

    /// Calls `visit` with each glyph at its position and the width of the text up to and including it.
    fn for_each_glyph(&self, text: &str, mut visit: impl FnMut(Glyph, f32)) {
        let mut advance = 0.0;
        let mut previous = None;
        for character in text.chars().map(printable) {
            let id = self.font.glyph_id(character);
            if let Some(previous) = previous.replace(id) {
                advance += self.font.kern(previous, id);
            }
            let glyph = id.with_scale_and_position(self.font.scale(), point(advance, 0.0));
            advance += self.font.h_advance(id);
            visit(glyph, advance);
        }
    }
}

/// The character as one line shows it: white space and control characters become spaces.
fn printable(character: char) -> char {
    if character.is_control() || character.is_whitespace() {
        ' '
    } else {
        character
    }
}

#[cfg(test)]
mod tests {
    use super::super::palette::Palette;
    use super::*;

    /// The number of pixels that the text covers.
    fn covered(text: &str) -> usize {
        let mut palette = Palette::default();
        let ramp = palette.ramp([0; 3], [255; 3]);
        let mut canvas = Canvas::new(200, 40, palette.index([0; 3]));
        Font::new(FontWeight::Regular, 24).draw(&mut canvas, (4, 30), text, ramp);
        canvas.pixels().iter().filter(|pixel| **pixel != 0).count()
    }

    #[test]
    fn the_font_covers_several_scripts() {
        let covered = ["A", "ß", "Ω", "Ж", "ế", "„", "█", "┼", "→", "€"].map(covered);
        assert!(covered.iter().all(|pixels| *pixels > 8), "{covered:?}");
    }

    #[test]
    fn a_character_that_the_font_lacks_is_drawn_as_a_box() {
        assert!(covered("漢") > 20);
        assert_eq!(covered("漢"), covered("字"));
    }

    #[test]
    fn a_text_that_is_too_wide_ends_with_an_ellipsis() {
        let font = Font::new(FontWeight::Bold, 20);
        let short = font.truncated("a rather long line of words", 100);
        assert!(
            short.ends_with(ELLIPSIS) && short.starts_with("a ra"),
            "{short}"
        );
        assert!(font.width(&short) <= 100);
        assert_eq!(font.truncated("word", 100), "word");
        assert_eq!(font.truncated("word", 0), "…");
        assert!(
            font.truncated(&"x".repeat(100_000), 500)
                .ends_with(ELLIPSIS)
        );
    }

    #[test]
    fn line_breaks_and_tabs_become_spaces() {
        let font = Font::new(FontWeight::Regular, 20);
        assert_eq!(font.truncated("a\tb\nc", 200), "a b c");
    }
}
