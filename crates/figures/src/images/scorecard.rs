//! A PNG of the surprisal of each word of a text: the brighter a word's box, the less the model expected the word.

use super::canvas::Canvas;
use super::colour_scale::{STEPS, SURPRISAL, step};
use super::error::{ImageError, check_maximum};
use super::font::{Font, FontWeight};
use super::palette::{ColourRamp, Palette, PaletteIndex, contrast};
use super::png::encode_png;
use super::text_layout::{LayoutItem, LineLayout, lay_out};
use super::theme::{BACKGROUND, DARK_TEXT, MARGIN, SECONDARY_TEXT, TEXT};
use crate::geometry::Rect;

const WIDTH: i32 = 800;
const HEADER: i32 = 90;
const FOOTER: i32 = 64;
/// The maximum number of words.
const MAX_WORDS: usize = 600;
/// The font sizes of words and of the scores below them.
const WORD_SIZE: u16 = 26;
const SCORE_SIZE: u16 = 16;
/// The height of a word's box, and of the score below it.
const BOX_HEIGHT: i32 = 36;
const SCORE_HEIGHT: i32 = 20;
/// Space on each side of a word within its box.
const PADDING: i32 = 7;
/// The radius of the corners of a box.
const CORNER: i32 = 6;
/// The width of one colour in the legend.
const LEGEND_CELL: i32 = 26;

/// A text with a score for each of its words.
///
/// ```
/// use figures::images::{ScoreUnit, Scorecard, ScorecardWord};
///
/// let word = |text: &str, bits| ScorecardWord { text: text.to_owned(), spaced: true, score: Some(bits) };
/// let card = Scorecard {
///     title: "The surprisal of each word".to_owned(),
///     unit: ScoreUnit::Bits,
///     words: vec![word("The", 0.4), word("mat", 6.1), word("sat", 9.8)],
/// };
/// let png = card.to_png()?;
/// assert!(png.starts_with(b"\x89PNG"));
/// # Ok::<(), figures::images::ImageError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Scorecard {
    /// The title above the text.
    pub title: String,
    /// The unit of the scores.
    pub unit: ScoreUnit,
    /// The words in the order of the text.
    pub words: Vec<ScorecardWord>,
}

/// The unit of a score.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScoreUnit {
    /// Surprisal −log₂ p in bits: 0 is certain, larger is more surprising.
    Bits,
    /// Log-probability ln p in nats: 0 is certain, smaller is more surprising.
    LogProbability,
}

/// A word and its score.
#[derive(Debug, Clone, PartialEq)]
pub struct ScorecardWord {
    /// The letters.
    pub text: String,
    /// Whether a space precedes the word.
    pub spaced: bool,
    /// The score in the unit of the card; `None` if the word was not scored.
    pub score: Option<f64>,
}

impl ScoreUnit {
    /// The surprisal of a score: at least 0, larger is more surprising.
    fn surprisal(self, score: f64) -> f64 {
        match self {
            Self::Bits => score.max(0.0),
            Self::LogProbability => (-score).max(0.0),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Bits => "bits",
            Self::LogProbability => "log-probability",
        }
    }

    /// The score of a surprisal, with one decimal.
    fn format_surprisal(self, surprisal: f64) -> String {
        match self {
            Self::LogProbability if surprisal >= 0.05 => format!("−{surprisal:.1}"),
            _ => format!("{surprisal:.1}"),
        }
    }

    fn format_score(self, score: f64) -> String {
        self.format_surprisal(self.surprisal(score))
    }
}

impl Scorecard {
    /// The card as a PNG.
    ///
    /// # Errors
    /// When no word has a score, a score is not finite, or there are more than 600 words.
    pub fn to_png(&self) -> Result<Vec<u8>, ImageError> {
        check_maximum("words", self.words.len(), MAX_WORDS)?;
        for word in &self.words {
            if word.score.is_some_and(|score| !score.is_finite()) {
                let what = format!("the score of “{}”", word.text);
                return Err(ImageError::NotFinite(what));
            }
        }
        let scores = self.words.iter().filter_map(|word| word.score);
        let surprisals: Vec<f64> = scores.map(|score| self.unit.surprisal(score)).collect();
        if surprisals.is_empty() {
            return Err(ImageError::Empty("no word has a score"));
        }
        let maximum = surprisals.iter().copied().fold(0.0, f64::max);
        let mut renderer = ScorecardRenderer::new(self, scale_end(maximum));
        renderer.draw_header(self, &surprisals);
        renderer.draw_words(self);
        renderer.draw_legend(self.unit);
        encode_png(&renderer.canvas, &renderer.palette)
    }
}

/// The end of the colour scale: the smallest round number that is not below the maximum surprisal.
fn scale_end(maximum: f64) -> f64 {
    const ROUND: [f64; 10] = [1.0, 2.0, 4.0, 6.0, 8.0, 10.0, 12.0, 16.0, 20.0, 30.0];
    let round = ROUND.into_iter().find(|round| *round >= maximum);
    round.unwrap_or_else(|| (maximum / 10.0).ceil() * 10.0)
}

/// Draws a card.
struct ScorecardRenderer {
    canvas: Canvas,
    palette: Palette,
    /// One rectangle a word, for its box and the score below it.
    areas: Vec<Rect>,
    word_font: Font,
    score_font: Font,
    /// The surprisal at the end of the colour scale.
    scale_end: f64,
    text: ColourRamp,
    secondary: ColourRamp,
}

impl ScorecardRenderer {
    fn new(card: &Scorecard, scale_end: f64) -> Self {
        let word_font = Font::new(FontWeight::Regular, WORD_SIZE);
        let score_font = Font::new(FontWeight::Regular, SCORE_SIZE);
        let item = |word: &ScorecardWord| {
            let score = word.score.map(|score| card.unit.format_score(score));
            let score_width = score.map_or(0, |score| score_font.width(&score) + 4);
            LayoutItem {
                width: (word_font.width(&word.text) + 2 * PADDING).max(score_width),
                spaced: word.spaced,
            }
        };
        let items: Vec<LayoutItem> = card.words.iter().map(item).collect();
        let lines = LineLayout {
            left: MARGIN,
            top: HEADER,
            width: WIDTH - 2 * MARGIN,
            height: BOX_HEIGHT + SCORE_HEIGHT,
            space: 6,
            seam: 2,
            leading: 10,
        };
        let areas = lay_out(&items, &lines);
        let bottom = areas.iter().map(|area| area.bottom()).max();
        let mut palette = Palette::default();
        let background = palette.index(BACKGROUND);
        Self {
            canvas: Canvas::new(WIDTH, bottom.unwrap_or(HEADER) + FOOTER, background),
            secondary: palette.ramp(BACKGROUND, SECONDARY_TEXT),
            text: palette.ramp(BACKGROUND, TEXT),
            palette,
            areas,
            word_font,
            score_font,
            scale_end,
        }
    }

    fn draw_header(&mut self, card: &Scorecard, surprisals: &[f64]) {
        let total: f64 = surprisals.iter().sum();
        let mean = total / surprisals.len() as f64;
        let unit = card.unit;
        let summary = format!(
            "{} {} in all, {} for each word",
            unit.format_surprisal(total),
            unit.name(),
            unit.format_surprisal(mean)
        );
        let bold = Font::new(FontWeight::Bold, 24);
        let title = bold.truncated(&card.title, WIDTH - 2 * MARGIN);
        bold.draw(&mut self.canvas, (MARGIN, 42), &title, self.text);
        let small = Font::new(FontWeight::Regular, 18);
        small.draw(&mut self.canvas, (MARGIN, 66), &summary, self.secondary);
    }

    fn draw_words(&mut self, card: &Scorecard) {
        for (word, area) in card.words.iter().zip(self.areas.clone()) {
            let word_box = Rect {
                height: BOX_HEIGHT,
                ..area
            };
            let letters = match word.score {
                None => self.text,
                Some(score) => {
                    let (filled, letters) = self.box_colours(card.unit.surprisal(score));
                    self.canvas.round_rect(word_box, CORNER, filled);
                    self.draw_score(&card.unit.format_score(score), area);
                    letters
                }
            };
            let font = &self.word_font;
            let text = font.truncated(&word.text, word_box.width - PADDING);
            let x = word_box.left + (word_box.width - font.width(&text)) / 2;
            let origin = (x, font.baseline(word_box.top, word_box.height));
            font.draw(&mut self.canvas, origin, &text, letters);
        }
    }

    fn draw_score(&mut self, score: &str, area: Rect) {
        let font = &self.score_font;
        let x = area.left + (area.width - font.width(score)) / 2;
        let origin = (
            x,
            font.baseline(area.top + BOX_HEIGHT + 2, SCORE_HEIGHT - 2),
        );
        font.draw(&mut self.canvas, origin, score, self.secondary);
    }

    /// The colours of a box for this surprisal and of the letters in it, which have the better contrast.
    fn box_colours(&mut self, surprisal: f64) -> (ColourRamp, ColourRamp) {
        let colour = SURPRISAL.colour(step(fraction(surprisal, self.scale_end)));
        let letters = if contrast(colour, TEXT) > contrast(colour, DARK_TEXT) {
            TEXT
        } else {
            DARK_TEXT
        };
        (
            self.palette.ramp(BACKGROUND, colour),
            self.palette.ramp(colour, letters),
        )
    }

    fn draw_legend(&mut self, unit: ScoreUnit) {
        let top = self.canvas.area().bottom() - 42;
        let font = Font::new(FontWeight::Regular, 18);
        let baseline = font.baseline(top, 18);
        let colours: Vec<PaletteIndex> = (0..STEPS)
            .map(|step| self.palette.index(SURPRISAL.colour(step)))
            .collect();
        let secondary = self.secondary;
        let mut x = MARGIN;
        let label = |canvas: &mut Canvas, x: &mut i32, text: &str| {
            font.draw(canvas, (*x, baseline), text, secondary);
            *x += font.width(text) + 10;
        };
        label(&mut self.canvas, &mut x, "expected");
        label(&mut self.canvas, &mut x, &unit.format_surprisal(0.0));
        for colour in colours {
            let cell = Rect {
                left: x,
                top: top + 1,
                width: LEGEND_CELL,
                height: 16,
            };
            self.canvas.fill(cell, colour);
            x += LEGEND_CELL;
        }
        x += 10;
        let end = unit.format_surprisal(self.scale_end);
        label(&mut self.canvas, &mut x, &end);
        let most = format!("surprising ({})", unit.name());
        label(&mut self.canvas, &mut x, &most);
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "one of ten colours needs no more precision than f32"
)]
fn fraction(surprisal: f64, scale_end: f64) -> f32 {
    (surprisal / scale_end) as f32
}

#[cfg(test)]
mod tests {
    use super::super::png::tests::decoded_size;
    use super::*;

    fn card(unit: ScoreUnit, scores: &[Option<f64>]) -> Scorecard {
        let word = |score: &Option<f64>| ScorecardWord {
            text: "word".to_owned(),
            spaced: true,
            score: *score,
        };
        Scorecard {
            title: "A text".to_owned(),
            unit,
            words: scores.iter().map(word).collect(),
        }
    }

    #[test]
    fn a_card_grows_with_its_words() {
        let short = card(ScoreUnit::Bits, &[Some(1.0); 5]).to_png().unwrap();
        let long = card(ScoreUnit::Bits, &[Some(1.0); 60]).to_png().unwrap();
        assert_eq!(decoded_size(&short), (800, 210));
        assert_eq!(decoded_size(&long).0, 800);
        assert!(decoded_size(&long).1 > 400);
    }

    #[test]
    fn both_units_have_the_same_surprisal() {
        assert!((ScoreUnit::Bits.surprisal(3.5) - 3.5).abs() < 1e-9);
        assert!((ScoreUnit::LogProbability.surprisal(-3.5) - 3.5).abs() < 1e-9);
        assert_eq!(ScoreUnit::LogProbability.format_surprisal(3.5), "−3.5");
        assert_eq!(ScoreUnit::LogProbability.format_surprisal(0.0), "0.0");
    }

    #[test]
    fn the_colour_of_a_word_depends_on_its_surprisal() {
        let even = card(ScoreUnit::LogProbability, &[Some(-1.0); 10])
            .to_png()
            .unwrap();
        let scores: Vec<_> = (0..10).map(|score| Some(-f64::from(score))).collect();
        let rising = card(ScoreUnit::LogProbability, &scores).to_png().unwrap();
        assert_ne!(even, rising);
        assert_eq!(
            rising,
            card(ScoreUnit::LogProbability, &scores).to_png().unwrap()
        );
    }

    #[test]
    fn the_scale_ends_at_a_round_number() {
        let tops = [0.0, 0.3, 5.0, 12.5, 55.0].map(|greatest| scale_end(greatest).to_string());
        assert_eq!(tops, ["1", "1", "6", "16", "60"]);
    }

    #[test]
    fn a_word_that_is_wider_than_the_card_is_truncated() {
        let mut card = card(ScoreUnit::Bits, &[Some(1.0)]);
        card.words[0].text = "w".repeat(3000);
        assert_eq!(decoded_size(&card.to_png().unwrap()), (800, 210));
    }

    #[test]
    fn input_that_cannot_be_drawn_is_refused_with_the_reason() {
        let refusal = |card: &Scorecard| card.to_png().unwrap_err().to_string();
        assert!(refusal(&card(ScoreUnit::Bits, &[])).contains("no word has a score"));
        assert!(refusal(&card(ScoreUnit::Bits, &[None])).contains("no word has a score"));
        let infinite = card(ScoreUnit::LogProbability, &[Some(f64::NEG_INFINITY)]);
        assert!(refusal(&infinite).contains("the score of “word”"));
        let many = card(ScoreUnit::Bits, &[Some(1.0); MAX_WORDS + 1]);
        assert!(refusal(&many).contains("601 words, and the maximum is 600"));
    }
}
