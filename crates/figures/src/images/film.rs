//! An animated GIF of how a text was written: every pass a frame, every word at its place from first to last.

use std::borrow::Cow;
use std::collections::HashMap;

use gif::{DisposalMethod, Encoder, Frame, Repeat};

use super::canvas::Area;
use super::scene::Scene;
use super::{Canvas, PictureError, at_most};

/// How many passes are shown at most; of more, some stand for several.
const MOST_FRAMES: usize = 60;
/// How many words a film has at most.
const MOST_WORDS: usize = 1000;
/// How many passes are read at most.
const MOST_PASSES: usize = 20_000;
/// How long all passes together take, and the shortest and longest time for one, in hundredths of a second.
const ALL_PASSES: usize = 900;
const SHORTEST: usize = 10;
const LONGEST: usize = 60;
/// How long the finished text stays, in hundredths of a second.
const LAST: u16 = 300;

/// How a text was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Film {
    /// What it was written with: strategy, temperature, seed.
    pub caption: String,
    /// The passes, the first one first. The words of all of them have the same places.
    pub passes: Vec<Pass>,
}

/// The text after one pass.
#[derive(Debug, Clone, PartialEq)]
pub struct Pass {
    /// Which pass it is, counted from 1; passes that changed nothing may be left out.
    pub number: usize,
    /// All words.
    pub words: Vec<Word>,
}

/// A word, a part of one, or a punctuation mark, as it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Word {
    /// Its letters; of an open place, nothing.
    pub text: String,
    /// Whether a space stands before it.
    pub spaced: bool,
    /// How it came there.
    pub state: State,
}

/// How a word came to its place. The figures say how sure the model was of it, from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum State {
    /// It stood there from the beginning.
    Given,
    /// Nothing is there yet, or not any more.
    Open,
    /// It was written in an earlier pass.
    Written(f32),
    /// It was written in this pass.
    Fresh(f32),
    /// It took the place of another word in this pass.
    Replaced(f32),
}

impl Film {
    /// The film as a GIF that begins again after its last frame.
    ///
    /// # Errors
    /// When there is no pass or no word, or more than a picture can show.
    pub fn draw(&self) -> Result<Vec<u8>, PictureError> {
        at_most("passes", self.passes.len(), MOST_PASSES)?;
        let words = self.passes.iter().map(|pass| pass.words.len()).max();
        match words {
            None => return Err(PictureError::Nothing("the film has no passes")),
            Some(0) => return Err(PictureError::Nothing("the film has no words")),
            Some(words) => at_most("words", words, MOST_WORDS)?,
        }
        for word in self.passes.iter().flat_map(|pass| &pass.words) {
            word.check()?;
        }
        let frames = thinned(&self.passes);
        let mut scene = Scene::new(&self.caption, &frames)?;
        let pace = (ALL_PASSES / frames.len()).clamp(SHORTEST, LONGEST);
        let pace = u16::try_from(pace).unwrap_or(LAST);
        let mut reel = Reel::new(&scene)?;
        for frame in &frames {
            let changed = scene.show(frame);
            reel.add(scene.canvas(), changed, pace)?;
        }
        let changed = scene.show(&settled(&frames[frames.len() - 1]));
        reel.add(scene.canvas(), changed, LAST)?;
        reel.finish()
    }
}

impl Word {
    fn check(&self) -> Result<(), PictureError> {
        match self.state {
            State::Written(sure) | State::Fresh(sure) | State::Replaced(sure)
                if !sure.is_finite() =>
            {
                let what = format!("the confidence of “{}”", self.text);
                Err(PictureError::NotANumber(what))
            }
            _ => Ok(()),
        }
    }
}

/// The passes that get a frame. What was written in a pass without one is new in the next frame.
fn thinned(passes: &[Pass]) -> Vec<Cow<'_, Pass>> {
    let count = passes.len().min(MOST_FRAMES);
    (0..count)
        .map(|frame| {
            let first = frame * passes.len() / count;
            let end = (frame + 1) * passes.len() / count;
            together(&passes[first..end])
        })
        .collect()
}

/// The last of some passes, with what is new since before the first.
fn together(passes: &[Pass]) -> Cow<'_, Pass> {
    let (last, earlier) = passes.split_last().expect("every frame stands for a pass");
    let mut news: HashMap<usize, State> = HashMap::new();
    for pass in earlier {
        for (place, word) in pass.words.iter().enumerate() {
            match word.state {
                State::Fresh(_) => {
                    news.entry(place).or_insert(word.state);
                }
                State::Replaced(_) => {
                    news.insert(place, word.state);
                }
                _ => {}
            }
        }
    }
    if news.is_empty() {
        return Cow::Borrowed(last);
    }
    let mut pass = last.clone();
    for (place, word) in pass.words.iter_mut().enumerate() {
        word.state = match (word.state, news.get(&place)) {
            (State::Written(sure) | State::Fresh(sure), Some(State::Replaced(_))) => {
                State::Replaced(sure)
            }
            (State::Written(sure), Some(_)) => State::Fresh(sure),
            (state, _) => state,
        };
    }
    Cow::Owned(pass)
}

/// The finished text, in which nothing is new any more.
fn settled(pass: &Pass) -> Pass {
    let mut pass = pass.clone();
    for word in &mut pass.words {
        if let State::Fresh(sure) | State::Replaced(sure) = word.state {
            word.state = State::Written(sure);
        }
    }
    pass
}

/// The GIF in the making: of every frame only the rectangle that changed, and in it only the pixels that did.
struct Reel {
    encoder: Encoder<Vec<u8>>,
    shown: Option<Canvas>,
    transparent: u8,
}

impl Reel {
    fn new(scene: &Scene) -> Result<Self, PictureError> {
        let mut colours = scene.palette().bytes();
        let transparent = u8::try_from(scene.palette().len())
            .expect("the film has fewer colours than a palette, so that one is left for none");
        colours.extend([0; 3]);
        let area = scene.canvas().area();
        let mut encoder = Encoder::new(Vec::new(), side(area.width), side(area.height), &colours)
            .map_err(failed)?;
        encoder.set_repeat(Repeat::Infinite).map_err(failed)?;
        Ok(Self {
            encoder,
            shown: None,
            transparent,
        })
    }

    fn add(&mut self, canvas: &Canvas, changed: Area, delay: u16) -> Result<(), PictureError> {
        let area = match self.shown {
            None => canvas.area(),
            Some(_) => changed,
        };
        let mut pixels = Vec::new();
        for row in 0..area.height {
            let new = canvas.row(area, row);
            match &self.shown {
                None => pixels.extend_from_slice(new),
                Some(shown) => {
                    let pairs = new.iter().zip(shown.row(area, row));
                    pixels.extend(pairs.map(
                        |(new, old)| {
                            if new == old { self.transparent } else { *new }
                        },
                    ));
                }
            }
        }
        let frame = Frame {
            delay,
            dispose: DisposalMethod::Keep,
            transparent: self.shown.as_ref().map(|_| self.transparent),
            left: side(area.left),
            top: side(area.top),
            width: side(area.width),
            height: side(area.height),
            buffer: Cow::Owned(pixels),
            ..Frame::default()
        };
        self.encoder.write_frame(&frame).map_err(failed)?;
        match &mut self.shown {
            Some(shown) => shown.copy(canvas, area),
            None => self.shown = Some(canvas.clone()),
        }
        Ok(())
    }

    fn finish(self) -> Result<Vec<u8>, PictureError> {
        self.encoder
            .into_inner()
            .map_err(|error| PictureError::Encoding(error.to_string()))
    }
}

fn side(pixels: i32) -> u16 {
    u16::try_from(pixels).unwrap_or_default()
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "map_err hands over what it has"
)]
fn failed(error: gif::EncodingError) -> PictureError {
    PictureError::Encoding(error.to_string())
}

#[cfg(test)]
mod tests {
    use gif::{ColorOutput, DecodeOptions};

    use super::*;

    /// A text that is written from left to right, a word in each pass.
    fn film(words: &[&str]) -> Film {
        let state = |place: usize, pass: usize| match place.cmp(&pass) {
            std::cmp::Ordering::Less => State::Written(0.9),
            std::cmp::Ordering::Equal => State::Fresh(0.4),
            std::cmp::Ordering::Greater => State::Open,
        };
        let pass = |pass: usize| Pass {
            number: pass + 1,
            words: words
                .iter()
                .enumerate()
                .map(|(place, text)| Word {
                    text: (*text).to_owned(),
                    spaced: true,
                    state: state(place, pass),
                })
                .collect(),
        };
        Film {
            caption: "lookahead · temperature 1 · seed 7".to_owned(),
            passes: (0..words.len()).map(pass).collect(),
        }
    }

    struct Decoded {
        width: usize,
        height: usize,
        delays: Vec<u16>,
        loops: Repeat,
        /// The whole pictures, in palette colours.
        pictures: Vec<Vec<u8>>,
    }

    fn decoded(bytes: &[u8]) -> Decoded {
        let mut options = DecodeOptions::new();
        options.set_color_output(ColorOutput::Indexed);
        let mut decoder = options.read_info(bytes).unwrap();
        let (width, height) = (usize::from(decoder.width()), usize::from(decoder.height()));
        let mut picture = vec![0; width * height];
        let (mut delays, mut pictures) = (Vec::new(), Vec::new());
        while let Some(frame) = decoder.read_next_frame().unwrap() {
            delays.push(frame.delay);
            let across = usize::from(frame.width);
            for (at, colour) in frame.buffer.iter().enumerate() {
                let row = usize::from(frame.top) + at / across;
                let column = usize::from(frame.left) + at % across;
                if frame.transparent != Some(*colour) {
                    picture[row * width + column] = *colour;
                }
            }
            pictures.push(picture.clone());
        }
        Decoded {
            width,
            height,
            delays,
            loops: decoder.repeat(),
            pictures,
        }
    }

    #[test]
    fn every_pass_is_a_frame_and_the_finished_text_stays_before_it_begins_again() {
        let film = decoded(&film(&["A", "cat", "sat", "down"]).draw().unwrap());
        assert_eq!(film.delays, [60, 60, 60, 60, 300]);
        assert_eq!(film.loops, Repeat::Infinite);
        assert_eq!(film.width, 800);
        assert!((150..300).contains(&film.height), "{}", film.height);
        for pair in film.pictures.windows(2) {
            assert_ne!(pair[0], pair[1]);
        }
    }

    #[test]
    fn frames_of_changes_show_what_whole_frames_would() {
        let film = film(&["one", "two", "three", "four", "five", "six"]);
        let played = decoded(&film.draw().unwrap());
        let frames = thinned(&film.passes);
        for (at, frame) in frames.iter().enumerate() {
            // Shows this pass only, but with the places of all.
            let mut scene = Scene::new(&film.caption, &frames).unwrap();
            scene.show(frame);
            assert!(played.pictures[at] == scene.canvas().pixels(), "pass {at}");
        }
    }

    #[test]
    fn nothing_jumps_when_words_are_replaced() {
        let mut film = film(&["a", "b", "c"]);
        let last = film.passes.len() - 1;
        film.passes[last].words[0].text = "unbelievably".to_owned();
        film.passes[last].words[0].state = State::Replaced(0.5);
        let played = decoded(&film.draw().unwrap());
        // Right of the first word's place, both frames show the same except the third word, which is at the far end.
        let (before, after) = (&played.pictures[1], &played.pictures[2]);
        let column = |picture: &[u8], x: usize| -> Vec<u8> {
            (100..played.height - 50)
                .map(|y| picture[y * played.width + x])
                .collect()
        };
        let changed: Vec<usize> = (0..played.width)
            .filter(|x| column(before, *x) != column(after, *x))
            .collect();
        let place = 28..28 + 240;
        assert!(changed.iter().any(|x| place.contains(x)));
        // “b” turns from new to written; neither of the others has moved.
        assert!(changed.iter().all(|x| *x < 400), "{changed:?}");
    }

    #[test]
    fn long_chains_are_thinned_out_and_lose_no_news() {
        let mut long = film(&["word"; 3]);
        long.passes = (0..500)
            .map(|number| {
                let mut pass = long.passes[2].clone();
                pass.number = number + 1;
                for word in &mut pass.words {
                    word.state = State::Written(0.5);
                }
                if number == 3 {
                    pass.words[1].state = State::Replaced(0.2);
                }
                pass
            })
            .collect();
        let frames = thinned(&long.passes);
        assert_eq!(frames.len(), MOST_FRAMES);
        assert_eq!(frames[0].words[1].state, State::Replaced(0.5));
        assert_eq!(frames[0].words[0].state, State::Written(0.5));
        assert_eq!(frames[MOST_FRAMES - 1].number, 500);
        let delays = decoded(&long.draw().unwrap()).delays;
        assert_eq!(delays.len(), MOST_FRAMES + 1);
        assert_eq!((delays[0], delays[MOST_FRAMES]), (15, 300));
    }

    #[test]
    fn long_texts_wrap_and_get_smaller_letters() {
        let long = film(&["sandwiches"; 200]);
        let played = decoded(&long.draw().unwrap());
        assert_eq!(played.width, 800);
        assert!(
            played.height > 900 && played.height < 1600,
            "{}",
            played.height
        );
    }

    #[test]
    fn a_film_is_far_smaller_than_what_may_be_attached() {
        let bytes = film(&["lighthouse"; 60]).draw().unwrap().len();
        assert!(bytes < 512 * 1024, "{bytes}");
    }

    #[test]
    fn strange_words_are_drawn_as_well() {
        let endless = "x".repeat(5000);
        let strange = ["漢字", "🥪", "a\nb", "", "ﷺ", "\u{202e}", endless.as_str()];
        assert_eq!(decoded(&film(&strange).draw().unwrap()).pictures.len(), 8);
    }

    #[test]
    fn the_same_film_has_the_same_bytes() {
        let film = film(&["Once", "upon", "a", "time"]);
        assert_eq!(film.draw().unwrap(), film.draw().unwrap());
    }

    #[test]
    fn what_cannot_be_drawn_is_refused_in_words() {
        let said = |film: &Film| film.draw().unwrap_err().to_string();
        let mut none = film(&[]);
        assert!(said(&none).contains("the film has no passes"));
        none.passes = vec![Pass {
            number: 1,
            words: Vec::new(),
        }];
        assert!(said(&none).contains("the film has no words"));
        let many = film(&["a"; 3]);
        let many = Film {
            passes: vec![
                Pass {
                    number: 1,
                    words: vec![many.passes[0].words[0].clone(); MOST_WORDS + 1],
                };
                2
            ],
            ..many
        };
        assert!(said(&many).contains("1001 words"), "{}", said(&many));
        let mut unsure = film(&["a"]);
        unsure.passes[0].words[0].state = State::Fresh(f32::NAN);
        assert!(said(&unsure).contains("confidence of “a”"));
    }
}
