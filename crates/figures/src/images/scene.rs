//! The picture of a text in the making: it changes from pass to pass, and says where.

use std::borrow::Cow;

use super::canvas::Area;
use super::face::{Face, Weight};
use super::film::{Pass, State, Word};
use super::flow::{self, Lines, Piece};
use super::palette::{Colour, Palette, Ramp, rounded};
use super::scale::{CONFIDENCE, STEPS, step};
use super::theme::{ACCENT, CHIP, DARK, GROUND, INK, LINE, MARGIN, QUIET};
use super::{Canvas, PictureError};

const WIDTH: i32 = 800;
/// Where the words begin, and what stands below them.
const HEADER: i32 = 88;
const FOOTER: i32 = 64;
/// The sizes of words; the largest is taken with which the picture keeps below the height that people like to look at.
const SIZES: [u16; 4] = [31, 26, 22, 18];
const PLEASANT: i32 = 900;
/// What a picture may have at most.
const HIGHEST: i32 = 8000;
/// Beside a word in its box, and the corners of the box.
const PAD: i32 = 8;
const CORNER: i32 = 6;
/// The bar under a word that shows the confidence once more.
const BAR: i32 = 3;

/// The colours of one step of confidence.
struct Shade {
    /// As letters in a box.
    letters: Ramp,
    /// As a box of its own, and letters in it.
    filled: Ramp,
    dark: Ramp,
}

/// The blends that the picture is drawn with.
struct Inks {
    shades: Vec<Shade>,
    ink: Ramp,
    quiet: Ramp,
    chip: Ramp,
    ground: Colour,
    line: Colour,
    accent: Colour,
}

/// A text in the making.
pub(super) struct Scene {
    canvas: Canvas,
    palette: Palette,
    inks: Inks,
    words: Face,
    small: Face,
    places: Vec<Area>,
    shown: Vec<Option<Word>>,
    last: usize,
}

impl Scene {
    /// The scene before the first pass. The words of all passes find room at their places.
    pub(super) fn new(caption: &str, passes: &[Cow<'_, Pass>]) -> Result<Self, PictureError> {
        let (words, places) = laid_out(passes)?;
        let bottom = places.iter().map(|area| area.bottom()).max();
        let height = bottom.unwrap_or(HEADER) + FOOTER;
        let mut palette = Palette::default();
        let inks = Inks::new(&mut palette);
        let mut scene = Self {
            canvas: Canvas::new(WIDTH, height, inks.ground),
            palette,
            inks,
            words,
            small: Face::new(Weight::Regular, 20),
            shown: vec![None; places.len()],
            places,
            last: passes.last().map_or(1, |pass| pass.number).max(1),
        };
        scene.caption(caption);
        scene.legend();
        Ok(scene)
    }

    pub(super) fn canvas(&self) -> &Canvas {
        &self.canvas
    }

    pub(super) fn palette(&self) -> &Palette {
        &self.palette
    }

    /// Shows a pass, and says which part of the picture may have changed.
    pub(super) fn show(&mut self, pass: &Pass) -> Area {
        let mut changed = self.progress(pass.number);
        for (place, area) in self.places.clone().into_iter().enumerate() {
            let word = pass.words.get(place);
            if self.shown[place].as_ref() != word {
                self.canvas.fill(area, self.inks.ground);
                if let Some(word) = word {
                    self.word(word, area);
                }
                self.shown[place] = word.cloned();
                changed = changed.with(area);
            }
        }
        changed
    }

    fn word(&mut self, word: &Word, area: Area) {
        match word.state {
            State::Given => self.letters(&word.text, area, self.inks.ink),
            State::Open => self.canvas.round(area, CORNER, self.inks.chip),
            State::Written(sure) => {
                self.canvas.round(area, CORNER, self.inks.chip);
                let letters = self.inks.shades[step(sure)].letters;
                self.letters(&word.text, boxed(area), letters);
                self.bar(area, sure, (self.inks.line, letters.ink()));
            }
            State::Fresh(sure) | State::Replaced(sure) => {
                let shade = &self.inks.shades[step(sure)];
                let (filled, dark) = (shade.filled, shade.dark);
                self.canvas.round(area, CORNER, filled);
                self.letters(&word.text, boxed(area), dark);
                self.bar(area, sure, (filled.ink(), dark.ink()));
                if matches!(word.state, State::Replaced(_)) {
                    self.notch(area);
                }
            }
        }
    }

    fn letters(&mut self, text: &str, area: Area, ramp: Ramp) {
        let text = self.words.fitting(text, area.width);
        let x = area.left + (area.width - self.words.width(&text)) / 2;
        let baseline = self.words.baseline(area.top, area.height - BAR - 2);
        self.words
            .draw(&mut self.canvas, (x, baseline), &text, ramp);
    }

    /// The confidence as a length: a track, and as much of it as the model was sure.
    fn bar(&mut self, area: Area, sure: f32, (track, full): (Colour, Colour)) {
        let track_area = Area {
            left: area.left + CORNER,
            top: area.bottom() - BAR - 3,
            width: area.width - 2 * CORNER,
            height: BAR,
        };
        self.canvas.fill(track_area, track);
        let width = rounded(track_area.width as f32 * sure.clamp(0.0, 1.0));
        self.canvas.fill(
            Area {
                width: width.max(1),
                ..track_area
            },
            full,
        );
    }

    /// The corner that is missing from the box of a word that took another's place.
    fn notch(&mut self, area: Area) {
        let size = (area.height / 3).min(area.width);
        for row in 0..size {
            let corner = Area {
                left: area.right() - (size - row),
                top: area.top + row,
                width: size - row,
                height: 1,
            };
            self.canvas.fill(corner, self.inks.ground);
        }
    }

    fn caption(&mut self, caption: &str) {
        let face = Face::new(Weight::Bold, 22);
        let text = face.fitting(caption, WIDTH - 2 * MARGIN - 190);
        let at = (MARGIN, face.baseline(24, 24));
        face.draw(&mut self.canvas, at, &text, self.inks.ink);
    }

    /// The number of the pass, and the bar that fills.
    fn progress(&mut self, number: usize) -> Area {
        let label = Area {
            left: WIDTH - MARGIN - 180,
            top: 24,
            width: 180,
            height: 24,
        };
        let text = format!("pass {number} of {}", self.last);
        let text = self.small.fitting(&text, label.width);
        self.canvas.fill(label, self.inks.ground);
        let x = label.right() - self.small.width(&text);
        let at = (x, self.small.baseline(label.top, label.height));
        self.small
            .draw(&mut self.canvas, at, &text, self.inks.quiet);
        let track = Area {
            left: MARGIN,
            top: 58,
            width: WIDTH - 2 * MARGIN,
            height: 4,
        };
        let done = rounded(track.width as f32 * (number as f32 / self.last as f32).min(1.0));
        self.canvas.fill(track, self.inks.line);
        let done = Area {
            width: done,
            ..track
        };
        self.canvas.fill(done, self.inks.accent);
        label.with(track)
    }

    /// What the boxes mean.
    fn legend(&mut self) {
        let top = self.canvas.area().bottom() - 42;
        let face = Face::new(Weight::Regular, 18);
        let swatch = |left| Area {
            left,
            top,
            width: 24,
            height: 18,
        };
        let mut x = MARGIN;
        let say = |scene: &mut Self, x: &mut i32, text: &str| {
            let at = (*x, face.baseline(top, 18));
            face.draw(&mut scene.canvas, at, text, scene.inks.quiet);
            *x += face.width(text) + 22;
        };
        self.canvas.round(swatch(x), 4, self.inks.chip);
        x += 32;
        say(self, &mut x, "open");
        let fresh = self.inks.shades[STEPS - 2].filled;
        self.canvas.round(swatch(x), 4, fresh);
        x += 32;
        say(self, &mut x, "new");
        self.canvas.round(swatch(x), 4, fresh);
        self.notch(Area {
            height: 27,
            ..swatch(x)
        });
        x += 32;
        say(self, &mut x, "replaced");
        let width = face.width("unsure") + face.width("sure") + 2 * 8 + 18 * 10;
        x = x.max(WIDTH - MARGIN - width);
        say(self, &mut x, "unsure");
        x -= 14;
        for shade in 0..STEPS {
            let area = Area {
                left: x,
                top: top + 2,
                width: 17,
                height: 14,
            };
            let colour = self.inks.shades[shade].letters.ink();
            self.canvas.fill(area, colour);
            x += 18;
        }
        x += 8;
        say(self, &mut x, "sure");
    }
}

impl Inks {
    fn new(palette: &mut Palette) -> Self {
        let shade = |step| {
            let colour = CONFIDENCE.colour(step);
            Shade {
                letters: palette.ramp(CHIP, colour),
                filled: palette.ramp(GROUND, colour),
                dark: palette.ramp(colour, DARK),
            }
        };
        Self {
            shades: (0..STEPS).map(shade).collect(),
            ink: palette.ramp(GROUND, INK),
            quiet: palette.ramp(GROUND, QUIET),
            chip: palette.ramp(GROUND, CHIP),
            ground: palette.colour(GROUND),
            line: palette.colour(LINE),
            accent: palette.colour(ACCENT),
        }
    }
}

/// The largest letters with which the words of all passes find room, and the places of the words.
fn laid_out(passes: &[Cow<'_, Pass>]) -> Result<(Face, Vec<Area>), PictureError> {
    let mut height = 0;
    for size in SIZES {
        let face = Face::new(Weight::Regular, size);
        let places = places(passes, &face, i32::from(size));
        height = places.iter().map(|area| area.bottom()).max().unwrap_or(0) + FOOTER;
        let smallest = size == SIZES[SIZES.len() - 1];
        if height <= PLEASANT || (smallest && height <= HIGHEST) {
            return Ok((face, places));
        }
    }
    Err(PictureError::TooMany {
        what: "rows of pixels",
        found: usize::try_from(height).unwrap_or_default(),
        most: usize::try_from(HIGHEST).unwrap_or_default(),
    })
}

/// Places where the widest word of all passes finds room.
fn places(passes: &[Cow<'_, Pass>], face: &Face, size: i32) -> Vec<Area> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut before: Vec<&Word> = Vec::new();
    for pass in passes {
        for (place, word) in pass.words.iter().enumerate() {
            if let Some(known) = before.get_mut(place) {
                if **known == *word {
                    continue;
                }
                *known = word;
            } else {
                before.push(word);
                pieces.push(Piece {
                    width: 0,
                    spaced: false,
                });
            }
            let piece = &mut pieces[place];
            piece.spaced = word.spaced;
            piece.width = piece.width.max(room(word, face, size));
        }
    }
    let lines = Lines {
        left: MARGIN,
        top: HEADER,
        width: WIDTH - 2 * MARGIN,
        height: size + 12,
        space: 7,
        seam: 2,
        leading: 9,
    };
    flow::place(&pieces, &lines)
}

/// Where letters in a box may be.
fn boxed(area: Area) -> Area {
    Area {
        left: area.left + PAD / 2,
        width: area.width - PAD,
        ..area
    }
}

/// How wide the place of a word is.
fn room(word: &Word, face: &Face, size: i32) -> i32 {
    match word.state {
        State::Given => face.width(&word.text),
        State::Open => size,
        _ => (face.width(&word.text) + 2 * PAD).max(size),
    }
}
