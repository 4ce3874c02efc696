//! The layout of an animation's words: one font size and one rectangle per word, for all passes.

use std::borrow::Cow;

use super::error::ImageError;
use super::font::{Font, FontWeight};
use super::pass::{AnimationPass, AnimationWord, WordState};
use super::text_layout::{LayoutItem, LineLayout, lay_out};
use crate::geometry::Rect;

/// The font sizes in pixels, in order of preference.
const FONT_SIZES: [u16; 4] = [31, 26, 22, 18];
/// The maximum height in pixels for every font size but the smallest.
const PREFERRED_HEIGHT: i32 = 900;
/// The maximum height in pixels for the smallest font size.
const MAX_HEIGHT: i32 = 8000;
/// Space in pixels on each side of a word within its box.
pub(super) const PADDING: i32 = 8;

/// The region of the image that the words fill.
pub(super) struct WordRegion {
    /// The left edge.
    pub(super) left: i32,
    /// The upper edge.
    pub(super) top: i32,
    /// The width of the lines.
    pub(super) width: i32,
    /// The height of what follows below the words.
    pub(super) footer: i32,
}

/// The font and the rectangles of the words.
pub(super) struct FrameLayout {
    pub(super) font: Font,
    /// One rectangle per word, wide enough for the widest text that the word has in any pass.
    pub(super) boxes: Vec<Rect>,
}

impl FrameLayout {
    /// The layout in the largest font with which the image stays below the preferred height.
    ///
    /// # Errors
    /// When even the smallest font exceeds the maximum height.
    pub(super) fn new(
        passes: &[Cow<'_, AnimationPass>],
        region: &WordRegion,
    ) -> Result<Self, ImageError> {
        let mut height = 0;
        for size in FONT_SIZES {
            let font = Font::new(FontWeight::Regular, size);
            let boxes = word_boxes(passes, &font, i32::from(size), region);
            let bottom = boxes.iter().map(|area| area.bottom()).max();
            height = bottom.unwrap_or(0) + region.footer;
            let smallest = size == FONT_SIZES[FONT_SIZES.len() - 1];
            if height <= PREFERRED_HEIGHT || (smallest && height <= MAX_HEIGHT) {
                return Ok(Self { font, boxes });
            }
        }
        Err(ImageError::TooLarge {
            what: "rows of pixels",
            found: usize::try_from(height).unwrap_or_default(),
            maximum: usize::try_from(MAX_HEIGHT).unwrap_or_default(),
        })
    }
}

/// The rectangles for the widest text of each word over all passes.
fn word_boxes(
    passes: &[Cow<'_, AnimationPass>],
    font: &Font,
    size: i32,
    region: &WordRegion,
) -> Vec<Rect> {
    let mut items: Vec<LayoutItem> = Vec::new();
    let mut previous: Vec<&AnimationWord> = Vec::new();
    for (index, word) in passes.iter().flat_map(|pass| pass.words.iter().enumerate()) {
        if let Some(known) = previous.get_mut(index) {
            // Most words stay from pass to pass, and measuring text is slow.
            if **known == *word {
                continue;
            }
            *known = word;
        } else {
            previous.push(word);
            items.push(LayoutItem {
                width: 0,
                spaced: false,
            });
        }
        let item = &mut items[index];
        item.spaced = word.spaced;
        item.width = item.width.max(word_width(word, font, size));
    }
    let lines = LineLayout {
        left: region.left,
        top: region.top,
        width: region.width,
        height: size + 12,
        space: 7,
        seam: 2,
        leading: 9,
    };
    lay_out(&items, &lines)
}

/// The width of a word with its box; an open position is a square.
fn word_width(word: &AnimationWord, font: &Font, size: i32) -> i32 {
    match word.state {
        WordState::Given => font.width(&word.text),
        WordState::Open => size,
        _ => (font.width(&word.text) + 2 * PADDING).max(size),
    }
}
