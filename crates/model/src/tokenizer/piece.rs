//! A piece of a vocabulary as people read it: its letters, and what stands on its left.

use std::borrow::Cow;

use generation::Begins;

/// A decoded piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Piece {
    letters: Box<str>,
    /// The bytes of a piece that is no whole letter; its `letters` are empty.
    bytes: Option<Box<[u8]>>,
    begins: Begins,
}

impl Piece {
    /// A piece of whole letters.
    pub(crate) fn new(letters: &str, begins: Begins) -> Self {
        Self {
            letters: letters.into(),
            bytes: None,
            begins,
        }
    }

    /// A piece of bytes, which may be parts of letters. A space at the beginning is no letter, and white space alone is
    /// nothing but a space.
    pub(super) fn of_bytes(bytes: &[u8]) -> Self {
        let (bytes, begins) = match bytes.strip_prefix(b" ") {
            Some(rest) => (rest, Begins::Spaced),
            None => (bytes, Begins::Joined),
        };
        match std::str::from_utf8(bytes) {
            Ok(letters) if letters.trim().is_empty() => Self::new(letters, Begins::Spaced),
            Ok(letters) => Self::new(letters, begins),
            Err(_) => Self {
                letters: "".into(),
                bytes: Some(bytes.into()),
                begins,
            },
        }
    }

    /// The letters, without a space at the beginning; empty for a piece that is no whole letter.
    pub(crate) fn letters(&self) -> &str {
        &self.letters
    }

    /// What stands on its left.
    pub(crate) fn begins(&self) -> Begins {
        self.begins
    }

    /// Whether nothing of it can be read on its own: some bytes of a letter, or white space only.
    pub(crate) fn is_fragment(&self) -> bool {
        self.letters.trim().is_empty()
    }
}

/// The letters of each of `pieces` in a row; `None` is a gap. A letter whose bytes are in several pieces belongs to the
/// first of them, and bytes that make no letter are left out.
pub(crate) fn letters<'a>(pieces: &[Option<&'a Piece>]) -> Vec<Cow<'a, str>> {
    let mut all: Vec<Cow<'a, str>> = Vec::with_capacity(pieces.len());
    let mut at = 0;
    while let Some(piece) = pieces.get(at) {
        let Some(piece) = piece.filter(|piece| piece.bytes.is_some()) else {
            all.push(Cow::Borrowed(piece.map_or("", Piece::letters)));
            at += 1;
            continue;
        };
        let follows = |piece: &&Piece| piece.bytes.is_some() && piece.begins == Begins::Joined;
        let more = pieces[at + 1..]
            .iter()
            .map_while(|next| next.filter(follows));
        let run: Vec<&[u8]> = [piece]
            .into_iter()
            .chain(more)
            .filter_map(|piece| piece.bytes.as_deref())
            .collect();
        at += run.len();
        all.extend(letters_of_run(&run).into_iter().map(Cow::Owned));
    }
    all
}

/// The letters that begin in each of `parts` of one sequence of bytes.
fn letters_of_run(parts: &[&[u8]]) -> Vec<String> {
    let bytes = parts.concat();
    let mut letters = vec![String::new(); parts.len()];
    let (mut part, mut part_end, mut offset) = (0, parts[0].len(), 0);
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            while offset >= part_end {
                part += 1;
                part_end += parts[part].len();
            }
            letters[part].push(c);
            offset += c.len_utf8();
        }
        offset += chunk.invalid().len();
    }
    letters
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(parts: &[&[u8]]) -> Vec<String> {
        let pieces: Vec<Piece> = parts.iter().map(|bytes| Piece::of_bytes(bytes)).collect();
        let pieces: Vec<Option<&Piece>> = pieces.iter().map(Some).collect();
        letters(&pieces).into_iter().map(Cow::into_owned).collect()
    }

    #[test]
    fn a_letter_in_several_pieces_belongs_to_the_first() {
        let smile = "🙂".as_bytes();
        let tail = [&smile[3..], b"!"].concat();
        assert_eq!(
            shown(&[b" a", &smile[..2], &smile[2..3], &tail, b"b"]),
            ["a", "🙂", "", "!", "b"]
        );
        assert_eq!(shown(&["é".as_bytes(), b" x"]), ["é", "x"]);
    }

    #[test]
    fn bytes_that_make_no_letter_are_left_out() {
        let smile = "🙂".as_bytes();
        assert_eq!(shown(&[&smile[..2], b" ", &smile[2..]]), ["", "", ""]);
        let spaced = [b" ", &smile[..2]].concat();
        assert_eq!(
            shown(&[&smile[..2], &spaced, &smile[2..]]),
            ["", "🙂", ""],
            "no letter goes on behind a space"
        );
        let gap = Piece::of_bytes(&smile[..2]);
        let rest = Piece::of_bytes(&smile[2..]);
        assert_eq!(letters(&[Some(&gap), None, Some(&rest)]), ["", "", ""]);
    }

    #[test]
    fn white_space_and_bytes_are_fragments() {
        for bytes in [&b" "[..], b"\n", b"   ", &"é".as_bytes()[..1]] {
            assert!(Piece::of_bytes(bytes).is_fragment(), "{bytes:?}");
        }
        assert!(!Piece::of_bytes(b" .").is_fragment());
    }
}
