//! Where words stand on lines of a given width.

use super::canvas::Area;

/// A word to be placed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece {
    /// How wide it is.
    pub(super) width: i32,
    /// Whether a space stands before it. Pieces without one stay with the piece before them, if a line has room for both.
    pub(super) spaced: bool,
}

/// The measures of the lines.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lines {
    /// Where they begin.
    pub(super) left: i32,
    /// Where the first one stands.
    pub(super) top: i32,
    /// How wide they are.
    pub(super) width: i32,
    /// How high words are.
    pub(super) height: i32,
    /// The width of a space.
    pub(super) space: i32,
    /// The room between pieces of one word.
    pub(super) seam: i32,
    /// The room between lines.
    pub(super) leading: i32,
}

/// An area for every piece.
pub(super) fn place(pieces: &[Piece], lines: &Lines) -> Vec<Area> {
    let mut placed: Vec<Area> = Vec::with_capacity(pieces.len());
    let (mut x, mut top) = (0, lines.top);
    for (at, piece) in pieces.iter().enumerate() {
        let gap = match at {
            0 => 0,
            _ if piece.spaced => lines.space,
            _ => lines.seam,
        };
        let breaks = piece.spaced || x + gap + piece.width > lines.width;
        let group = if piece.spaced {
            group_width(&pieces[at..], lines).min(lines.width)
        } else {
            piece.width
        };
        if x > 0 && breaks && x + gap + group > lines.width {
            x = 0;
            top += lines.height + lines.leading;
        } else {
            x += gap;
        }
        let width = piece.width.min(lines.width);
        placed.push(Area {
            left: lines.left + x,
            top,
            width,
            height: lines.height,
        });
        x += width;
    }
    placed
}

/// How wide the first piece is with those that belong to it.
fn group_width(pieces: &[Piece], lines: &Lines) -> i32 {
    let joined = pieces[1..].iter().take_while(|piece| !piece.spaced);
    // A word of more pieces than this is broken anyway.
    let joined = joined.take(32).map(|piece| lines.seam + piece.width);
    pieces[0].width + joined.sum::<i32>()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: Lines = Lines {
        left: 10,
        top: 20,
        width: 100,
        height: 12,
        space: 5,
        seam: 1,
        leading: 3,
    };

    fn word(width: i32) -> Piece {
        Piece {
            width,
            spaced: true,
        }
    }

    fn piece(width: i32) -> Piece {
        Piece {
            width,
            spaced: false,
        }
    }

    #[test]
    fn words_go_on_a_new_line_where_they_have_no_room() {
        let placed = place(&[word(40), word(55), word(30)], &LINES);
        let corners: Vec<_> = placed.iter().map(|area| (area.left, area.top)).collect();
        assert_eq!(corners, [(10, 20), (55, 20), (10, 35)]);
    }

    #[test]
    fn pieces_of_a_word_go_on_the_new_line_together() {
        let placed = place(&[word(60), word(30), piece(8)], &LINES);
        assert_eq!(placed[1].top, 35);
        assert_eq!((placed[2].left, placed[2].top), (10 + 31, 35));
    }

    #[test]
    fn nothing_is_wider_than_a_line() {
        let pieces = [word(500), piece(80), piece(80), word(1000)];
        for area in place(&pieces, &LINES) {
            assert!(area.left >= 10 && area.right() <= 110, "{area:?}");
        }
    }
}
