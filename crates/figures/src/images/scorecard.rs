//! A PNG of how surprising the words of a text are: the brighter a word's ground, the less it was expected.

use super::canvas::Area;
use super::face::{Face, Weight};
use super::flow::{self, Lines, Piece};
use super::palette::{Colour, Palette, Ramp, contrast};
use super::scale::{STEPS, SURPRISE, step};
use super::theme::{DARK, GROUND, INK, MARGIN, QUIET};
use super::{Canvas, PictureError, at_most, still};

const WIDTH: i32 = 800;
const HEADER: i32 = 90;
const FOOTER: i32 = 64;
/// How many words a card has at most.
const MOST_WORDS: usize = 600;
const WORD: u16 = 26;
const FIGURE: u16 = 16;
/// How high a word is, and the figure below it.
const BOX: i32 = 36;
const BELOW: i32 = 20;
const PAD: i32 = 7;
const CORNER: i32 = 6;

/// A text with a figure for each of its words.
#[derive(Debug, Clone, PartialEq)]
pub struct Scorecard {
    /// What stands above it.
    pub title: String,
    /// What the figures are.
    pub unit: Unit,
    /// The words.
    pub words: Vec<ScoredWord>,
}

/// What the figures of a card are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Surprise in bits: 0 is certain, and more is more surprising.
    Bits,
    /// Natural logarithms of probabilities: 0 is certain, and less is more surprising.
    LogProbability,
}

/// A word and how surprising it is.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoredWord {
    /// Its letters.
    pub text: String,
    /// Whether a space stands before it.
    pub spaced: bool,
    /// The figure, in the card's unit; words without one were not scored.
    pub score: Option<f64>,
}

impl Unit {
    /// A figure as a surprise, which grows with it and is not below 0.
    fn surprise(self, score: f64) -> f64 {
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

    /// The figure of a surprise.
    fn written(self, surprise: f64) -> String {
        match self {
            Self::LogProbability if surprise >= 0.05 => format!("−{surprise:.1}"),
            _ => format!("{surprise:.1}"),
        }
    }
}

impl Scorecard {
    /// The card as a PNG.
    ///
    /// # Errors
    /// When there is no word with a figure, a figure is not a number, or there are more words than a picture can show.
    pub fn draw(&self) -> Result<Vec<u8>, PictureError> {
        at_most("words", self.words.len(), MOST_WORDS)?;
        for word in &self.words {
            if word.score.is_some_and(|score| !score.is_finite()) {
                let what = format!("the score of “{}”", word.text);
                return Err(PictureError::NotANumber(what));
            }
        }
        let surprises = self.surprises().collect::<Vec<_>>();
        if surprises.is_empty() {
            return Err(PictureError::Nothing("no word has a score"));
        }
        let greatest = surprises.iter().copied().fold(0.0, f64::max);
        let mut drawing = Drawing::new(self, top_of_scale(greatest));
        drawing.header(self, &surprises);
        drawing.words(self);
        drawing.legend(self.unit);
        still::png(&drawing.canvas, &drawing.palette)
    }

    fn surprises(&self) -> impl Iterator<Item = f64> {
        let scores = self.words.iter().filter_map(|word| word.score);
        scores.map(|score| self.unit.surprise(score))
    }
}

/// The end of the scale: the least round number that is not below the greatest surprise.
fn top_of_scale(greatest: f64) -> f64 {
    const ROUND: [f64; 10] = [1.0, 2.0, 4.0, 6.0, 8.0, 10.0, 12.0, 16.0, 20.0, 30.0];
    let round = ROUND.into_iter().find(|round| *round >= greatest);
    round.unwrap_or_else(|| (greatest / 10.0).ceil() * 10.0)
}

/// The card in the making.
struct Drawing {
    canvas: Canvas,
    palette: Palette,
    places: Vec<Area>,
    face: Face,
    figures: Face,
    top: f64,
    quiet: Ramp,
    ink: Ramp,
}

impl Drawing {
    fn new(card: &Scorecard, top: f64) -> Self {
        let face = Face::new(Weight::Regular, WORD);
        let figures = Face::new(Weight::Regular, FIGURE);
        let piece = |word: &ScoredWord| {
            let figure = word.score.map(|score| written(card.unit, score));
            let figure = figure.map_or(0, |figure| figures.width(&figure) + 4);
            Piece {
                width: (face.width(&word.text) + 2 * PAD).max(figure),
                spaced: word.spaced,
            }
        };
        let pieces: Vec<Piece> = card.words.iter().map(piece).collect();
        let lines = Lines {
            left: MARGIN,
            top: HEADER,
            width: WIDTH - 2 * MARGIN,
            height: BOX + BELOW,
            space: 6,
            seam: 2,
            leading: 10,
        };
        let places = flow::place(&pieces, &lines);
        let bottom = places.iter().map(|area| area.bottom()).max();
        let mut palette = Palette::default();
        let ground = palette.colour(GROUND);
        Self {
            canvas: Canvas::new(WIDTH, bottom.unwrap_or(HEADER) + FOOTER, ground),
            quiet: palette.ramp(GROUND, QUIET),
            ink: palette.ramp(GROUND, INK),
            palette,
            places,
            face,
            figures,
            top,
        }
    }

    fn header(&mut self, card: &Scorecard, surprises: &[f64]) {
        let bold = Face::new(Weight::Bold, 24);
        let total: f64 = surprises.iter().sum();
        let (total, mean) = (
            card.unit.written(total),
            card.unit.written(total / surprises.len() as f64),
        );
        let summary = format!("{total} {} in all, {mean} for each word", card.unit.name());
        let title = bold.fitting(&card.title, WIDTH - 2 * MARGIN);
        bold.draw(&mut self.canvas, (MARGIN, 42), &title, self.ink);
        let small = Face::new(Weight::Regular, 18);
        small.draw(&mut self.canvas, (MARGIN, 66), &summary, self.quiet);
    }

    fn words(&mut self, card: &Scorecard) {
        for (word, area) in card.words.iter().zip(self.places.clone()) {
            let ground = Area {
                height: BOX,
                ..area
            };
            let letters = match word.score {
                None => self.ink,
                Some(score) => {
                    let surprise = card.unit.surprise(score);
                    let (filled, letters) = self.shade(surprise);
                    self.canvas.round(ground, CORNER, filled);
                    self.figure(&written(card.unit, score), area);
                    letters
                }
            };
            let text = self.face.fitting(&word.text, ground.width - PAD);
            let x = ground.left + (ground.width - self.face.width(&text)) / 2;
            let at = (x, self.face.baseline(ground.top, ground.height));
            self.face.draw(&mut self.canvas, at, &text, letters);
        }
    }

    fn figure(&mut self, figure: &str, area: Area) {
        let x = area.left + (area.width - self.figures.width(figure)) / 2;
        let at = (x, self.figures.baseline(area.top + BOX + 2, BELOW - 2));
        self.figures.draw(&mut self.canvas, at, figure, self.quiet);
    }

    /// A ground for a surprise, and letters that can be read on it.
    fn shade(&mut self, surprise: f64) -> (Ramp, Ramp) {
        let colour = SURPRISE.colour(step(fraction(surprise, self.top)));
        let letters = if contrast(colour, INK) > contrast(colour, DARK) {
            INK
        } else {
            DARK
        };
        (
            self.palette.ramp(GROUND, colour),
            self.palette.ramp(colour, letters),
        )
    }

    fn legend(&mut self, unit: Unit) {
        let top = self.canvas.area().bottom() - 42;
        let face = Face::new(Weight::Regular, 18);
        let baseline = face.baseline(top, 18);
        let shades: Vec<Colour> = (0..STEPS)
            .map(|step| self.palette.colour(SURPRISE.colour(step)))
            .collect();
        let mut x = MARGIN;
        let say = |canvas: &mut Canvas, x: &mut i32, text: &str| {
            face.draw(canvas, (*x, baseline), text, self.quiet);
            *x += face.width(text) + 10;
        };
        say(&mut self.canvas, &mut x, "expected");
        say(&mut self.canvas, &mut x, &unit.written(0.0));
        for shade in shades {
            let area = Area {
                left: x,
                top: top + 1,
                width: 26,
                height: 16,
            };
            self.canvas.fill(area, shade);
            x += 26;
        }
        x += 10;
        say(&mut self.canvas, &mut x, &unit.written(self.top));
        say(
            &mut self.canvas,
            &mut x,
            &format!("surprising ({})", unit.name()),
        );
    }
}

fn written(unit: Unit, score: f64) -> String {
    unit.written(unit.surprise(score))
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a colour needs no more digits"
)]
fn fraction(surprise: f64, top: f64) -> f32 {
    (surprise / top) as f32
}

#[cfg(test)]
mod tests {
    use super::still::tests::size;
    use super::*;

    fn card(unit: Unit, scores: &[Option<f64>]) -> Scorecard {
        let word = |score: &Option<f64>| ScoredWord {
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
        let short = card(Unit::Bits, &[Some(1.0); 5]).draw().unwrap();
        let long = card(Unit::Bits, &[Some(1.0); 60]).draw().unwrap();
        assert_eq!(size(&short), (800, 210));
        assert_eq!(size(&long).0, 800);
        assert!(size(&long).1 > 400);
    }

    #[test]
    fn a_surprise_is_the_same_picture_in_either_direction() {
        assert!((Unit::Bits.surprise(3.5) - 3.5).abs() < 1e-9);
        assert!((Unit::LogProbability.surprise(-3.5) - 3.5).abs() < 1e-9);
        assert_eq!(Unit::LogProbability.written(3.5), "−3.5");
        assert_eq!(Unit::LogProbability.written(0.0), "0.0");
    }

    #[test]
    fn words_of_all_surprises_have_colours_of_their_own() {
        let even = card(Unit::LogProbability, &[Some(-1.0); 10])
            .draw()
            .unwrap();
        let scores: Vec<_> = (0..10).map(|score| Some(-f64::from(score))).collect();
        let rising = card(Unit::LogProbability, &scores).draw().unwrap();
        assert_ne!(even, rising);
        assert_eq!(rising, card(Unit::LogProbability, &scores).draw().unwrap());
    }

    #[test]
    fn the_scale_ends_at_a_round_number() {
        let tops = [0.0, 0.3, 5.0, 12.5, 55.0].map(|greatest| top_of_scale(greatest).to_string());
        assert_eq!(tops, ["1", "1", "6", "16", "60"]);
    }

    #[test]
    fn a_word_that_is_wider_than_the_card_is_cut() {
        let mut card = card(Unit::Bits, &[Some(1.0)]);
        card.words[0].text = "w".repeat(3000);
        assert_eq!(size(&card.draw().unwrap()), (800, 210));
    }

    #[test]
    fn what_cannot_be_drawn_is_refused_in_words() {
        let said = |card: &Scorecard| card.draw().unwrap_err().to_string();
        assert!(said(&card(Unit::Bits, &[])).contains("no word has a score"));
        assert!(said(&card(Unit::Bits, &[None])).contains("no word has a score"));
        let infinite = card(Unit::LogProbability, &[Some(f64::NEG_INFINITY)]);
        assert!(said(&infinite).contains("the score of “word”"));
        let many = card(Unit::Bits, &[Some(1.0); MOST_WORDS + 1]);
        assert!(said(&many).contains("601 words, and at most 600"));
    }
}
