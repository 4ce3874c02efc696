//! Greedy line breaking: positions of words on lines of a given width.

use crate::geometry::Rect;

/// The maximum number of items of one word that stay on one line. A longer word is broken.
const MAX_GROUP: usize = 32;

/// A word or a part of a word.
#[derive(Debug, Clone, Copy)]
pub(super) struct LayoutItem {
    /// The width in pixels.
    pub(super) width: i32,
    /// Whether a space precedes the item. Items without one stay on the line of the previous item if there is room.
    pub(super) spaced: bool,
}

/// The dimensions of the lines, in pixels.
#[derive(Debug, Clone, Copy)]
pub(super) struct LineLayout {
    /// The left edge of the lines.
    pub(super) left: i32,
    /// The upper edge of the first line.
    pub(super) top: i32,
    /// The width of the lines.
    pub(super) width: i32,
    /// The height of a line.
    pub(super) height: i32,
    /// The width of a space.
    pub(super) space: i32,
    /// The gap between items of one word.
    pub(super) seam: i32,
    /// The gap between lines.
    pub(super) leading: i32,
}

/// The rectangle of each item. An item wider than a line is cut to its width.
pub(super) fn lay_out(items: &[LayoutItem], lines: &LineLayout) -> Vec<Rect> {
    let mut placed: Vec<Rect> = Vec::with_capacity(items.len());
    let (mut x, mut top) = (0, lines.top);
    for (index, item) in items.iter().enumerate() {
        let gap = match index {
            0 => 0,
            _ if item.spaced => lines.space,
            _ => lines.seam,
        };
        let may_break = item.spaced || x + gap + item.width > lines.width;
        let group = if item.spaced {
            group_width(&items[index..], lines).min(lines.width)
        } else {
            item.width
        };
        if x > 0 && may_break && x + gap + group > lines.width {
            x = 0;
            top += lines.height + lines.leading;
        } else {
            x += gap;
        }
        let width = item.width.min(lines.width);
        placed.push(Rect {
            left: lines.left + x,
            top,
            width,
            height: lines.height,
        });
        x += width;
    }
    placed
}

/// The width of the first item together with the items of the same word that follow.
fn group_width(items: &[LayoutItem], lines: &LineLayout) -> i32 {
    let joined = items[1..].iter().take_while(|item| !item.spaced);
    let joined = joined.take(MAX_GROUP).map(|item| lines.seam + item.width);
    items[0].width + joined.sum::<i32>()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: LineLayout = LineLayout {
        left: 10,
        top: 20,
        width: 100,
        height: 12,
        space: 5,
        seam: 1,
        leading: 3,
    };

    fn word(width: i32) -> LayoutItem {
        LayoutItem {
            width,
            spaced: true,
        }
    }

    fn part(width: i32) -> LayoutItem {
        LayoutItem {
            width,
            spaced: false,
        }
    }

    #[test]
    fn a_word_that_does_not_fit_starts_a_new_line() {
        let placed = lay_out(&[word(40), word(55), word(30)], &LINES);
        let corners: Vec<_> = placed.iter().map(|area| (area.left, area.top)).collect();
        assert_eq!(corners, [(10, 20), (55, 20), (10, 35)]);
    }

    #[test]
    fn the_parts_of_a_word_start_a_new_line_together() {
        let placed = lay_out(&[word(60), word(30), part(8)], &LINES);
        assert_eq!(placed[1].top, 35);
        assert_eq!((placed[2].left, placed[2].top), (10 + 31, 35));
    }

    #[test]
    fn no_item_is_wider_than_a_line() {
        let items = [word(500), part(80), part(80), word(1000)];
        for area in lay_out(&items, &LINES) {
            assert!(area.left >= 10 && area.right() <= 110, "{area:?}");
        }
    }
}
