//! The blanks of a request with the words in them. Pure.

use std::ops::Range;

use crate::service::refusal::Refusal;
use crate::service::writing::request::GenerationRequest;
use generation::{Draft, TokenId};

/// The blanks of a request with the words in them.
#[derive(Clone)]
pub(super) struct Blanks<'a> {
    request: &'a GenerationRequest,
    /// For each blank the index of its part of the draft, and the number of blanks in that part.
    parts: Vec<(usize, usize)>,
    /// For each blank the tokens of its word; `None` while it is open.
    words: Vec<Option<Vec<TokenId>>>,
    /// For each blank its number of tokens.
    widths: Vec<usize>,
}

impl<'a> Blanks<'a> {
    /// The blanks of `request`, all of them open.
    pub(super) fn new(request: &'a GenerationRequest) -> Self {
        let draft = request.draft();
        let open = draft.open();
        let part = |&position: &usize| draft.positions()[position].segment;
        let of_part = |wanted: usize| {
            open.iter()
                .filter(|position| part(position) == wanted)
                .count()
        };
        let parts: Vec<(usize, usize)> = open
            .iter()
            .map(|position| (part(position), of_part(part(position))))
            .collect();
        Self {
            request,
            words: vec![None; parts.len()],
            widths: vec![1; parts.len()],
            parts,
        }
    }

    pub(super) fn request(&self) -> &'a GenerationRequest {
        self.request
    }

    pub(super) fn len(&self) -> usize {
        self.parts.len()
    }

    pub(super) fn is_filled(&self, blank: usize) -> bool {
        self.words[blank].is_some()
    }

    /// Whether the word of a blank follows the text on its left without a space.
    pub(super) fn is_joined(&self, blank: usize) -> bool {
        let draft = self.request.draft();
        let position = draft.open().get(blank).copied();
        position.is_some_and(|position| draft.is_joined(position))
    }

    /// Fills a blank with the tokens of `word`.
    ///
    /// # Errors
    /// As [`Self::widen`].
    pub(super) fn fill(
        &mut self,
        blank: usize,
        tokens: Vec<TokenId>,
        word: &str,
    ) -> Result<(), Refusal> {
        self.widen(blank, &tokens, word)?;
        self.words[blank] = Some(tokens);
        Ok(())
    }

    /// Empties a blank and makes room for `tokens` of `word`.
    ///
    /// # Errors
    /// [`Refusal::NoBlanks`] without such a blank, [`Refusal::NoRoom`] for several tokens in a blank next to another
    /// one.
    pub(super) fn widen(
        &mut self,
        blank: usize,
        tokens: &[TokenId],
        word: &str,
    ) -> Result<(), Refusal> {
        let (_, neighbours) = *self.parts.get(blank).ok_or(Refusal::NoBlanks)?;
        if neighbours > 1 && tokens.len() > 1 {
            return Err(Refusal::NoRoom(word.to_owned()));
        }
        self.words[blank] = None;
        self.widths[blank] = tokens.len();
        Ok(())
    }

    /// Empties a blank and resets its width to one token.
    pub(super) fn open(&mut self, blank: usize) {
        (self.words[blank], self.widths[blank]) = (None, 1);
    }

    /// The draft with all words in place, and the positions of each blank.
    pub(super) fn draft(&self) -> (Draft, Vec<Range<usize>>) {
        let mut draft = self.request.draft().clone();
        for (&(part, _), &width) in self.parts.iter().zip(&self.widths) {
            if width > 1 {
                draft = draft.resized(part, width);
            }
        }
        let mut position = 0;
        let mut ranges = Vec::with_capacity(self.len());
        for ((part, _), &width) in self.parts.iter().zip(&self.widths) {
            while draft.positions()[position].segment != *part {
                position += 1;
            }
            ranges.push(position..position + width);
            position += width;
        }
        for (tokens, range) in self.words.iter().zip(&ranges) {
            for (&token, position) in tokens.iter().flatten().zip(range.clone()) {
                draft.write(position, token, 1.0);
            }
        }
        (draft, ranges)
    }
}
