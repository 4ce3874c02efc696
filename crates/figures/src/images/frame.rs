//! The frames of an animation: draws one pass after another on the same canvas and reports what changed.

use std::borrow::Cow;

use super::canvas::Canvas;
use super::colour_scale::{CONFIDENCE, STEPS, step};
use super::error::ImageError;
use super::font::{Font, FontWeight};
use super::frame_layout::{FrameLayout, PADDING, WordRegion};
use super::palette::{ColourRamp, Palette, PaletteIndex, rounded};
use super::pass::{AnimationPass, AnimationWord, WordState};
use super::theme::{ACCENT, BACKGROUND, BOX, DARK_TEXT, LINE, MARGIN, SECONDARY_TEXT, TEXT};
use crate::geometry::Rect;

const WIDTH: i32 = 800;
/// The height of caption and progress bar, above the words.
const HEADER: i32 = 88;
/// The height of the legend, below the words.
const FOOTER: i32 = 64;
/// The radius of the corners of a box.
const CORNER: i32 = 6;
/// The height of the bar under a word that shows the confidence as a length.
const BAR: i32 = 3;

/// The colours of one step of confidence.
struct ConfidenceColours {
    /// Letters of this colour in a neutral box.
    letters: ColourRamp,
    /// A box of this colour.
    filled: ColourRamp,
    /// Dark letters in a box of this colour.
    dark_letters: ColourRamp,
}

/// All colours of a frame.
struct FrameColours {
    confidence: Vec<ConfidenceColours>,
    text: ColourRamp,
    secondary: ColourRamp,
    neutral_box: ColourRamp,
    background: PaletteIndex,
    line: PaletteIndex,
    accent: PaletteIndex,
}

/// Draws the passes of an animation.
pub(super) struct FrameRenderer {
    canvas: Canvas,
    palette: Palette,
    colours: FrameColours,
    font: Font,
    small_font: Font,
    boxes: Vec<Rect>,
    /// The words as they are drawn now.
    drawn: Vec<Option<AnimationWord>>,
    last_pass: usize,
}

impl FrameRenderer {
    /// A canvas with caption and legend, and a box for each word that is wide enough in all passes.
    ///
    /// # Errors
    /// When the words do not fit into the maximum height.
    pub(super) fn new(
        caption: &str,
        passes: &[Cow<'_, AnimationPass>],
    ) -> Result<Self, ImageError> {
        let region = WordRegion {
            left: MARGIN,
            top: HEADER,
            width: WIDTH - 2 * MARGIN,
            footer: FOOTER,
        };
        let FrameLayout { font, boxes } = FrameLayout::new(passes, &region)?;
        let bottom = boxes.iter().map(|area| area.bottom()).max();
        let height = bottom.unwrap_or(HEADER) + FOOTER;
        let mut palette = Palette::default();
        let colours = FrameColours::new(&mut palette);
        let mut renderer = Self {
            canvas: Canvas::new(WIDTH, height, colours.background),
            palette,
            colours,
            font,
            small_font: Font::new(FontWeight::Regular, 20),
            drawn: vec![None; boxes.len()],
            boxes,
            last_pass: passes.last().map_or(1, |pass| pass.number).max(1),
        };
        renderer.draw_caption(caption);
        renderer.draw_legend();
        Ok(renderer)
    }

    pub(super) fn canvas(&self) -> &Canvas {
        &self.canvas
    }

    pub(super) fn palette(&self) -> &Palette {
        &self.palette
    }

    /// Draws a pass over the previous one. Returns a rectangle that contains every changed pixel.
    pub(super) fn show(&mut self, pass: &AnimationPass) -> Rect {
        let mut changed = self.draw_progress(pass.number);
        for (index, area) in self.boxes.clone().into_iter().enumerate() {
            let word = pass.words.get(index);
            if self.drawn[index].as_ref() != word {
                self.canvas.fill(area, self.colours.background);
                if let Some(word) = word {
                    self.draw_word(word, area);
                }
                self.drawn[index] = word.cloned();
                changed = changed.union(area);
            }
        }
        changed
    }

    fn draw_word(&mut self, word: &AnimationWord, area: Rect) {
        let neutral_box = self.colours.neutral_box;
        match word.state {
            WordState::Given => self.draw_letters(&word.text, area, self.colours.text),
            WordState::Open => self.canvas.round_rect(area, CORNER, neutral_box),
            WordState::Written(confidence) => {
                self.canvas.round_rect(area, CORNER, neutral_box);
                let letters = self.colours.confidence[step(confidence)].letters;
                self.draw_letters(&word.text, padded(area), letters);
                self.draw_bar(area, confidence, (self.colours.line, letters.full()));
            }
            WordState::New(confidence) | WordState::Replaced(confidence) => {
                let colours = &self.colours.confidence[step(confidence)];
                let (filled, letters) = (colours.filled, colours.dark_letters);
                self.canvas.round_rect(area, CORNER, filled);
                self.draw_letters(&word.text, padded(area), letters);
                self.draw_bar(area, confidence, (filled.full(), letters.full()));
                if matches!(word.state, WordState::Replaced(_)) {
                    self.cut_corner(area);
                }
            }
        }
    }

    fn draw_letters(&mut self, text: &str, area: Rect, ramp: ColourRamp) {
        let text = self.font.truncated(text, area.width);
        let x = area.left + (area.width - self.font.width(&text)) / 2;
        let baseline = self.font.baseline(area.top, area.height - BAR - 2);
        self.font.draw(&mut self.canvas, (x, baseline), &text, ramp);
    }

    /// Draws the confidence as a length: a track, filled from the left.
    fn draw_bar(
        &mut self,
        area: Rect,
        confidence: f32,
        (track, filled): (PaletteIndex, PaletteIndex),
    ) {
        let track_area = Rect {
            left: area.left + CORNER,
            top: area.bottom() - BAR - 3,
            width: area.width - 2 * CORNER,
            height: BAR,
        };
        self.canvas.fill(track_area, track);
        let width = rounded(track_area.width as f32 * confidence.clamp(0.0, 1.0));
        let filled_area = Rect {
            width: width.max(1),
            ..track_area
        };
        self.canvas.fill(filled_area, filled);
    }

    /// Cuts off the upper right corner of a box: the mark of a replaced word.
    fn cut_corner(&mut self, area: Rect) {
        let size = (area.height / 3).min(area.width);
        for row in 0..size {
            let corner = Rect {
                left: area.right() - (size - row),
                top: area.top + row,
                width: size - row,
                height: 1,
            };
            self.canvas.fill(corner, self.colours.background);
        }
    }

    fn draw_caption(&mut self, caption: &str) {
        let font = Font::new(FontWeight::Bold, 22);
        let text = font.truncated(caption, WIDTH - 2 * MARGIN - 190);
        let origin = (MARGIN, font.baseline(24, 24));
        font.draw(&mut self.canvas, origin, &text, self.colours.text);
    }

    /// Draws the number of the pass and the progress bar. Returns the rectangle of both.
    fn draw_progress(&mut self, number: usize) -> Rect {
        let label = Rect {
            left: WIDTH - MARGIN - 180,
            top: 24,
            width: 180,
            height: 24,
        };
        let font = &self.small_font;
        let text = format!("pass {number} of {}", self.last_pass);
        let text = font.truncated(&text, label.width);
        self.canvas.fill(label, self.colours.background);
        let x = label.right() - font.width(&text);
        let origin = (x, font.baseline(label.top, label.height));
        font.draw(&mut self.canvas, origin, &text, self.colours.secondary);
        let track = Rect {
            left: MARGIN,
            top: 58,
            width: WIDTH - 2 * MARGIN,
            height: 4,
        };
        let fraction = (number as f32 / self.last_pass as f32).min(1.0);
        let done = Rect {
            width: rounded(track.width as f32 * fraction),
            ..track
        };
        self.canvas.fill(track, self.colours.line);
        self.canvas.fill(done, self.colours.accent);
        label.union(track)
    }

    fn draw_legend(&mut self) {
        let top = self.canvas.area().bottom() - 42;
        let font = Font::new(FontWeight::Regular, 18);
        let swatch = |left| Rect {
            left,
            top,
            width: 24,
            height: 18,
        };
        let mut x = MARGIN;
        let label = |renderer: &mut Self, x: &mut i32, text: &str| {
            let origin = (*x, font.baseline(top, 18));
            let secondary = renderer.colours.secondary;
            font.draw(&mut renderer.canvas, origin, text, secondary);
            *x += font.width(text) + 22;
        };
        self.canvas
            .round_rect(swatch(x), 4, self.colours.neutral_box);
        x += 32;
        label(self, &mut x, "open");
        let new = self.colours.confidence[STEPS - 2].filled;
        self.canvas.round_rect(swatch(x), 4, new);
        x += 32;
        label(self, &mut x, "new");
        self.canvas.round_rect(swatch(x), 4, new);
        self.cut_corner(Rect {
            height: 27,
            ..swatch(x)
        });
        x += 32;
        label(self, &mut x, "replaced");
        let scale_width = font.width("unsure") + font.width("sure") + 2 * 8 + 18 * 10;
        x = x.max(WIDTH - MARGIN - scale_width);
        label(self, &mut x, "unsure");
        x -= 14;
        for colours in &self.colours.confidence {
            let cell = Rect {
                left: x,
                top: top + 2,
                width: 17,
                height: 14,
            };
            self.canvas.fill(cell, colours.letters.full());
            x += 18;
        }
        x += 8;
        label(self, &mut x, "sure");
    }
}

impl FrameColours {
    fn new(palette: &mut Palette) -> Self {
        let confidence = |step| {
            let colour = CONFIDENCE.colour(step);
            ConfidenceColours {
                letters: palette.ramp(BOX, colour),
                filled: palette.ramp(BACKGROUND, colour),
                dark_letters: palette.ramp(colour, DARK_TEXT),
            }
        };
        Self {
            confidence: (0..STEPS).map(confidence).collect(),
            text: palette.ramp(BACKGROUND, TEXT),
            secondary: palette.ramp(BACKGROUND, SECONDARY_TEXT),
            neutral_box: palette.ramp(BACKGROUND, BOX),
            background: palette.index(BACKGROUND),
            line: palette.index(LINE),
            accent: palette.index(ACCENT),
        }
    }
}

/// The part of a box that letters may fill.
fn padded(area: Rect) -> Rect {
    Rect {
        left: area.left + PADDING / 2,
        width: area.width - PADDING,
        ..area
    }
}
