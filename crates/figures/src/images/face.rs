//! The font at one size: how wide words are, and their letters on a canvas.

use ab_glyph::{Font, FontRef, Glyph, PxScale, PxScaleFont, ScaleFont, point};

use super::Canvas;
use super::palette::{Ramp, rounded};

const REGULAR: &[u8] = include_bytes!("fonts/DejaVuSans.ttf");
const BOLD: &[u8] = include_bytes!("fonts/DejaVuSans-Bold.ttf");
/// Stands for the rest of a text that was cut.
const CUT: char = '…';

/// A font at one size.
pub(super) struct Face {
    font: PxScaleFont<FontRef<'static>>,
}

/// How heavy letters are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    Regular,
    Bold,
}

impl Face {
    /// The font at `size` pixels, from the top of the highest letter to the bottom of the lowest.
    pub(super) fn new(weight: Weight, size: u16) -> Self {
        let bytes = match weight {
            Weight::Regular => REGULAR,
            Weight::Bold => BOLD,
        };
        let font = FontRef::try_from_slice(bytes).expect("the fonts that are built in are sound");
        let font = font.into_scaled(PxScale::from(f32::from(size)));
        Self { font }
    }

    /// How many pixels a text takes on one line.
    pub(super) fn width(&self, text: &str) -> i32 {
        let mut pen = 0.0;
        self.walk(text, |_, advanced| pen = advanced);
        rounded(f32::ceil(pen))
    }

    /// Where letters of a line stand that fills `height` from `top`.
    pub(super) fn baseline(&self, top: i32, height: i32) -> i32 {
        let letters = self.font.ascent() + self.font.descent();
        rounded(top as f32 + f32::midpoint(height as f32, letters))
    }

    /// The text as it fits into a width: whole, or its beginning and an ellipsis.
    pub(super) fn fitting(&self, text: &str, width: i32) -> String {
        // No picture is wider than a few hundred letters.
        const MOST: usize = 400;
        let mut kept: String = text.chars().take(MOST).map(plain).collect();
        let whole = text.chars().nth(MOST).is_none();
        if whole && self.width(&kept) <= width {
            return kept;
        }
        loop {
            let shown = format!("{}{CUT}", kept.trim_end());
            if kept.pop().is_none() || self.width(&shown) <= width {
                return shown;
            }
        }
    }

    /// Draws a text from `x` on.
    pub(super) fn draw(
        &self,
        canvas: &mut Canvas,
        (x, baseline): (i32, i32),
        text: &str,
        ramp: Ramp,
    ) {
        self.walk(text, |glyph, _| {
            let Some(outline) = self.font.outline_glyph(glyph) else {
                return;
            };
            let bounds = outline.px_bounds();
            let (left, top) = (x + rounded(bounds.min.x), baseline + rounded(bounds.min.y));
            outline.draw(|column, row, coverage| {
                let at = |pixels: u32| i32::try_from(pixels).unwrap_or(i32::MAX / 2);
                canvas.cover(left + at(column), top + at(row), coverage, ramp);
            });
        });
    }

    /// Shows every glyph at its place, with where the pen is behind it.
    fn walk(&self, text: &str, mut each: impl FnMut(Glyph, f32)) {
        let mut pen = 0.0;
        let mut before = None;
        for letter in text.chars().map(plain) {
            let id = self.font.glyph_id(letter);
            if let Some(before) = before.replace(id) {
                pen += self.font.kern(before, id);
            }
            let glyph = id.with_scale_and_position(self.font.scale(), point(pen, 0.0));
            pen += self.font.h_advance(id);
            each(glyph, pen);
        }
    }
}

/// What stands for a character on one line.
fn plain(letter: char) -> char {
    if letter.is_control() || letter.is_whitespace() {
        ' '
    } else {
        letter
    }
}

#[cfg(test)]
mod tests {
    use super::super::palette::Palette;
    use super::*;

    fn inked(text: &str) -> usize {
        let mut palette = Palette::default();
        let ramp = palette.ramp([0; 3], [255; 3]);
        let mut canvas = Canvas::new(200, 40, palette.colour([0; 3]));
        Face::new(Weight::Regular, 24).draw(&mut canvas, (4, 30), text, ramp);
        canvas.pixels().iter().filter(|pixel| **pixel != 0).count()
    }

    #[test]
    fn letters_of_many_languages_have_ink_of_their_own() {
        let shapes = ["A", "ß", "Ω", "Ж", "ế", "„", "█", "┼", "→", "€"].map(inked);
        assert!(shapes.iter().all(|ink| *ink > 8), "{shapes:?}");
    }

    #[test]
    fn what_the_font_lacks_is_a_box_and_no_gap() {
        assert!(inked("漢") > 20);
        assert_eq!(inked("漢"), inked("字"));
    }

    #[test]
    fn a_text_that_is_too_wide_ends_in_an_ellipsis() {
        let face = Face::new(Weight::Bold, 20);
        let short = face.fitting("a rather long line of words", 100);
        assert!(short.ends_with(CUT) && short.starts_with("a ra"), "{short}");
        assert!(face.width(&short) <= 100);
        assert_eq!(face.fitting("word", 100), "word");
        assert_eq!(face.fitting("word", 0), "…");
        assert!(face.fitting(&"x".repeat(100_000), 500).ends_with(CUT));
    }

    #[test]
    fn lines_and_tabs_are_spaces() {
        assert_eq!(
            Face::new(Weight::Regular, 20).fitting("a\tb\nc", 200),
            "a b c"
        );
    }
}
