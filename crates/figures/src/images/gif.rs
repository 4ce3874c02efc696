//! An animated GIF of a generation: one frame per pass, each word at a fixed position.

use std::borrow::Cow;

use gif::{DisposalMethod, Encoder, Frame, Repeat};

use super::canvas::Canvas;
use super::error::{ImageError, check_maximum};
use super::frame::FrameRenderer;
use super::pass::{AnimationPass, AnimationWord, sample_passes, without_changes};
use crate::geometry::Rect;

/// The maximum number of frames that show passes. Of more passes, a frame merges several.
const MAX_FRAMES: usize = 60;
/// The maximum number of words.
const MAX_WORDS: usize = 1000;
/// The maximum number of passes in the input.
const MAX_PASSES: usize = 20_000;
/// The time for all passes together, in hundredths of a second (the unit of GIF).
const TOTAL_DELAY: usize = 900;
/// The shortest and the longest time for one pass, in hundredths of a second.
const MIN_DELAY: usize = 10;
const MAX_DELAY: usize = 60;
/// The time that the finished text stays, in hundredths of a second.
const FINAL_DELAY: u16 = 300;

/// The course of a generation.
///
/// ```
/// use figures::images::{Animation, AnimationPass, AnimationWord, WordState};
///
/// let word = |text: &str, state| AnimationWord { text: text.to_owned(), spaced: true, state };
/// let animation = Animation {
///     caption: "mask-predict · seed 7".to_owned(),
///     passes: vec![
///         AnimationPass { number: 1, words: vec![word("Once", WordState::Given), word("", WordState::Open)] },
///         AnimationPass { number: 2, words: vec![word("Once", WordState::Given), word("upon", WordState::New(0.8))] },
///     ],
/// };
/// let gif = animation.to_gif()?;
/// assert!(gif.starts_with(b"GIF89a"));
/// # Ok::<(), figures::images::ImageError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Animation {
    /// The text above the words, e.g. strategy, temperature and seed.
    pub caption: String,
    /// The passes in order. A word has the same index in all of them.
    pub passes: Vec<AnimationPass>,
}

impl Animation {
    /// The animation as a GIF that loops forever.
    ///
    /// # Errors
    /// When there are no passes or no words, more than 20 000 passes or 1000 words, a confidence that is not finite, or
    /// when the text does not fit into 8000 rows of pixels.
    pub fn to_gif(&self) -> Result<Vec<u8>, ImageError> {
        self.check()?;
        let passes = sample_passes(&self.passes, MAX_FRAMES);
        let delay = (TOTAL_DELAY / passes.len()).clamp(MIN_DELAY, MAX_DELAY);
        let delay = u16::try_from(delay).unwrap_or(FINAL_DELAY);
        let mut renderer = FrameRenderer::new(&self.caption, &passes)?;
        let mut encoder = GifEncoder::new(&renderer)?;
        for pass in &passes {
            let changed = renderer.show(pass);
            encoder.add(renderer.canvas(), changed, delay)?;
        }
        let changed = renderer.show(&without_changes(&passes[passes.len() - 1]));
        encoder.add(renderer.canvas(), changed, FINAL_DELAY)?;
        encoder.finish()
    }

    fn check(&self) -> Result<(), ImageError> {
        check_maximum("passes", self.passes.len(), MAX_PASSES)?;
        match self.passes.iter().map(|pass| pass.words.len()).max() {
            None => return Err(ImageError::Empty("the animation has no passes")),
            Some(0) => return Err(ImageError::Empty("the animation has no words")),
            Some(words) => check_maximum("words", words, MAX_WORDS)?,
        }
        let mut words = self.passes.iter().flat_map(|pass| &pass.words);
        words.try_for_each(AnimationWord::check)
    }
}

/// Encodes frames as differences: of each frame only the rectangle that changed, in which unchanged pixels are
/// transparent.
struct GifEncoder {
    encoder: Encoder<Vec<u8>>,
    previous: Option<Canvas>,
    transparent: u8,
}

impl GifEncoder {
    fn new(renderer: &FrameRenderer) -> Result<Self, ImageError> {
        let mut colours = renderer.palette().bytes();
        let transparent = u8::try_from(renderer.palette().len())
            .expect("frames use fewer than 256 colours, so one index is left for transparency");
        colours.extend([0; 3]);
        let area = renderer.canvas().area();
        let (width, height) = (length(area.width), length(area.height));
        let mut encoder =
            Encoder::new(Vec::new(), width, height, &colours).map_err(encoding_error)?;
        encoder
            .set_repeat(Repeat::Infinite)
            .map_err(encoding_error)?;
        Ok(Self {
            encoder,
            previous: None,
            transparent,
        })
    }

    /// Appends a frame that differs from the previous one only within `changed`.
    fn add(&mut self, canvas: &Canvas, changed: Rect, delay: u16) -> Result<(), ImageError> {
        let area = match self.previous {
            None => canvas.area(),
            Some(_) => changed,
        };
        let frame = Frame {
            delay,
            dispose: DisposalMethod::Keep,
            transparent: self.previous.as_ref().map(|_| self.transparent),
            left: length(area.left),
            top: length(area.top),
            width: length(area.width),
            height: length(area.height),
            buffer: Cow::Owned(self.difference(canvas, area)),
            ..Frame::default()
        };
        self.encoder.write_frame(&frame).map_err(encoding_error)?;
        match &mut self.previous {
            Some(previous) => previous.copy(canvas, area),
            None => self.previous = Some(canvas.clone()),
        }
        Ok(())
    }

    /// The pixels of `area`, transparent where the previous frame has the same.
    fn difference(&self, canvas: &Canvas, area: Rect) -> Vec<u8> {
        let mut pixels = Vec::new();
        for row in 0..area.height {
            let new = canvas.row(area, row);
            let Some(previous) = &self.previous else {
                pixels.extend_from_slice(new);
                continue;
            };
            let pairs = new.iter().zip(previous.row(area, row));
            pixels.extend(pairs.map(
                |(new, old)| {
                    if new == old { self.transparent } else { *new }
                },
            ));
        }
        pixels
    }

    fn finish(self) -> Result<Vec<u8>, ImageError> {
        self.encoder
            .into_inner()
            .map_err(|error| ImageError::Encoding(error.to_string()))
    }
}

fn length(pixels: i32) -> u16 {
    u16::try_from(pixels).unwrap_or_default()
}

#[expect(clippy::needless_pass_by_value, reason = "the signature of map_err")]
fn encoding_error(error: gif::EncodingError) -> ImageError {
    ImageError::Encoding(error.to_string())
}

#[cfg(test)]
mod tests {
    use gif::{ColorOutput, DecodeOptions};

    use super::super::pass::WordState;
    use super::*;

    /// A text that is written from left to right, one word per pass.
    fn animation(words: &[&str]) -> Animation {
        let state = |index: usize, pass: usize| match index.cmp(&pass) {
            std::cmp::Ordering::Less => WordState::Written(0.9),
            std::cmp::Ordering::Equal => WordState::New(0.4),
            std::cmp::Ordering::Greater => WordState::Open,
        };
        let pass = |pass: usize| AnimationPass {
            number: pass + 1,
            words: words
                .iter()
                .enumerate()
                .map(|(index, text)| AnimationWord {
                    text: (*text).to_owned(),
                    spaced: true,
                    state: state(index, pass),
                })
                .collect(),
        };
        Animation {
            caption: "lookahead · temperature 1 · seed 7".to_owned(),
            passes: (0..words.len()).map(pass).collect(),
        }
    }

    struct Decoded {
        width: usize,
        height: usize,
        delays: Vec<u16>,
        repeat: Repeat,
        /// The composed frames, in palette indices.
        frames: Vec<Vec<u8>>,
    }

    fn decode(bytes: &[u8]) -> Decoded {
        let mut options = DecodeOptions::new();
        options.set_color_output(ColorOutput::Indexed);
        let mut decoder = options.read_info(bytes).unwrap();
        let (width, height) = (usize::from(decoder.width()), usize::from(decoder.height()));
        let mut composed = vec![0; width * height];
        let (mut delays, mut frames) = (Vec::new(), Vec::new());
        while let Some(frame) = decoder.read_next_frame().unwrap() {
            delays.push(frame.delay);
            let columns = usize::from(frame.width);
            for (index, colour) in frame.buffer.iter().enumerate() {
                let row = usize::from(frame.top) + index / columns;
                let column = usize::from(frame.left) + index % columns;
                if frame.transparent != Some(*colour) {
                    composed[row * width + column] = *colour;
                }
            }
            frames.push(composed.clone());
        }
        Decoded {
            width,
            height,
            delays,
            repeat: decoder.repeat(),
            frames,
        }
    }

    #[test]
    fn every_pass_is_a_frame_and_the_finished_text_stays_before_the_loop() {
        let decoded = decode(&animation(&["A", "cat", "sat", "down"]).to_gif().unwrap());
        assert_eq!(decoded.delays, [60, 60, 60, 60, 300]);
        assert_eq!(decoded.repeat, Repeat::Infinite);
        assert_eq!(decoded.width, 800);
        assert!((150..300).contains(&decoded.height), "{}", decoded.height);
        for pair in decoded.frames.windows(2) {
            assert_ne!(pair[0], pair[1]);
        }
    }

    #[test]
    fn difference_frames_compose_to_the_frames_that_were_drawn() {
        let animation = animation(&["one", "two", "three", "four", "five", "six"]);
        let decoded = decode(&animation.to_gif().unwrap());
        let passes = sample_passes(&animation.passes, MAX_FRAMES);
        for (index, pass) in passes.iter().enumerate() {
            // A new renderer draws this pass alone, in the layout of all passes.
            let mut renderer = FrameRenderer::new(&animation.caption, &passes).unwrap();
            renderer.show(pass);
            assert!(
                decoded.frames[index] == renderer.canvas().pixels(),
                "pass {index}"
            );
        }
    }

    #[test]
    fn words_do_not_move_when_one_is_replaced() {
        let mut animation = animation(&["a", "b", "c"]);
        let last = animation.passes.len() - 1;
        animation.passes[last].words[0].text = "unbelievably".to_owned();
        animation.passes[last].words[0].state = WordState::Replaced(0.5);
        let decoded = decode(&animation.to_gif().unwrap());
        let (before, after) = (&decoded.frames[1], &decoded.frames[2]);
        let column = |frame: &[u8], x: usize| -> Vec<u8> {
            (100..decoded.height - 50)
                .map(|y| frame[y * decoded.width + x])
                .collect()
        };
        let changed: Vec<usize> = (0..decoded.width)
            .filter(|x| column(before, *x) != column(after, *x))
            .collect();
        let first_word = 28..28 + 240;
        assert!(changed.iter().any(|x| first_word.contains(x)));
        // Right of the first word, only “b” (new to written) and “c” (open to new) change, at the same positions.
        assert!(changed.iter().all(|x| *x < 400), "{changed:?}");
    }

    #[test]
    fn many_passes_are_merged_without_losing_replacements() {
        let mut long = animation(&["word"; 3]);
        long.passes = (0..500)
            .map(|number| {
                let mut pass = long.passes[2].clone();
                pass.number = number + 1;
                for word in &mut pass.words {
                    word.state = WordState::Written(0.5);
                }
                if number == 3 {
                    pass.words[1].state = WordState::Replaced(0.2);
                }
                pass
            })
            .collect();
        let passes = sample_passes(&long.passes, MAX_FRAMES);
        assert_eq!(passes.len(), MAX_FRAMES);
        assert_eq!(passes[0].words[1].state, WordState::Replaced(0.5));
        assert_eq!(passes[0].words[0].state, WordState::Written(0.5));
        assert_eq!(passes[MAX_FRAMES - 1].number, 500);
        let delays = decode(&long.to_gif().unwrap()).delays;
        assert_eq!(delays.len(), MAX_FRAMES + 1);
        assert_eq!((delays[0], delays[MAX_FRAMES]), (15, 300));
    }

    #[test]
    fn long_texts_wrap_and_get_smaller_letters() {
        let decoded = decode(&animation(&["sandwiches"; 200]).to_gif().unwrap());
        assert_eq!(decoded.width, 800);
        let height = decoded.height;
        assert!(height > 900 && height < 1600, "{height}");
    }

    #[test]
    fn an_animation_of_sixty_words_is_smaller_than_half_a_mebibyte() {
        let bytes = animation(&["lighthouse"; 60]).to_gif().unwrap().len();
        assert!(bytes < 512 * 1024, "{bytes}");
    }

    #[test]
    fn words_in_any_script_of_any_length_are_drawn() {
        let endless = "x".repeat(5000);
        let words = ["漢字", "🥪", "a\nb", "", "ﷺ", "\u{202e}", endless.as_str()];
        assert_eq!(decode(&animation(&words).to_gif().unwrap()).frames.len(), 8);
    }

    #[test]
    fn the_same_animation_has_the_same_bytes() {
        let animation = animation(&["Once", "upon", "a", "time"]);
        assert_eq!(animation.to_gif().unwrap(), animation.to_gif().unwrap());
    }

    #[test]
    fn input_that_cannot_be_drawn_is_refused_with_the_reason() {
        let refusal = |animation: &Animation| animation.to_gif().unwrap_err().to_string();
        let mut empty = animation(&[]);
        assert!(refusal(&empty).contains("the animation has no passes"));
        empty.passes = vec![AnimationPass {
            number: 1,
            words: Vec::new(),
        }];
        assert!(refusal(&empty).contains("the animation has no words"));
        let mut large = animation(&["a"; 3]);
        let word = large.passes[0].words[0].clone();
        large.passes[0].words = vec![word; MAX_WORDS + 1];
        assert!(refusal(&large).contains("1001 words, and the maximum is 1000"));
        let mut unsure = animation(&["a"]);
        unsure.passes[0].words[0].state = WordState::New(f32::NAN);
        assert!(refusal(&unsure).contains("confidence of “a”"));
    }
}
