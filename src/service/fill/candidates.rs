//! A user's own candidates for blanks, and their ranking by probability.

use crate::pool::Owner;
use generation::forced_score::ForcedScore;
use generation::{Draft, FillOrder, TokenId};

use super::blanks::Blanks;
use super::filler::Filler;
use crate::service::refusal::Refusal;

/// Maximum number of candidates that are ranked at once.
const MAX_CANDIDATES: usize = 20;

/// A user's own candidate with its probability.
#[derive(Debug, Clone, PartialEq)]
pub struct RankedCandidate {
    /// The candidate as it was typed.
    pub word: String,
    /// Its index in the typed list, from 0.
    pub number: usize,
    /// The joint probability of its tokens, 0 to 1.
    pub probability: f64,
}

/// Parsed candidates: each has either one word for the current blank, or one word for every blank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TypedCandidates {
    candidates: Vec<Vec<String>>,
}

impl TypedCandidates {
    /// Parses a list that commas separate. Slashes separate the words of one candidate, one for each of `blanks`.
    ///
    /// # Errors
    /// When there are no candidates, too many, or some with another number of words than the others.
    pub(super) fn parse(typed: &str, blanks: usize) -> Result<Self, Refusal> {
        let words = |candidate: &str| -> Vec<String> {
            candidate
                .split('/')
                .map(|word| word.trim().to_owned())
                .collect()
        };
        let candidates: Vec<Vec<String>> = typed
            .split(',')
            .filter(|candidate| !candidate.trim().is_empty())
            .map(words)
            .collect();
        let given = candidates.len();
        if given > MAX_CANDIDATES {
            return Err(Refusal::TooManyWords {
                given,
                most: MAX_CANDIDATES,
            });
        }
        let width = candidates.first().map_or(0, Vec::len);
        let fits = |candidate: &Vec<String>| {
            candidate.len() == width && candidate.iter().all(|word| !word.is_empty())
        };
        if (width != 1 && width != blanks) || !candidates.iter().all(fits) {
            return Err(Refusal::WordsUnfit { blanks });
        }
        Ok(Self { candidates })
    }

    /// For each candidate its words with the indices of their blanks. A single word is for the blank `current`.
    pub(super) fn for_blank(&self, current: usize) -> impl Iterator<Item = Vec<(usize, &str)>> {
        self.candidates.iter().map(move |words| {
            let words = words.iter().map(String::as_str);
            if words.len() == 1 {
                words.map(|word| (current, word)).collect()
            } else {
                words.enumerate().collect()
            }
        })
    }
}

/// A candidate whose tokens are scored in place.
struct ScoredCandidate {
    word: String,
    forced_score: ForcedScore,
}

impl Filler<'_> {
    /// Ranks candidates for the blank `current`, or for all blanks, by their probability given the other words in
    /// `blanks`.
    ///
    /// # Errors
    /// When a candidate does not fit, the pool is full, or the model fails.
    pub(super) async fn rank(
        self,
        owner: Owner,
        candidates: &TypedCandidates,
        blanks: &Blanks<'_>,
        current: usize,
    ) -> Result<Vec<RankedCandidate>, Refusal> {
        let fill_order = blanks.request().fill_order();
        let scored = |words: Vec<(usize, &str)>| self.scored_candidate(blanks, &words, fill_order);
        let mut scored: Vec<ScoredCandidate> = candidates
            .for_blank(current)
            .map(scored)
            .collect::<Result<_, _>>()?;
        loop {
            let asked: Vec<_> = scored
                .iter()
                .enumerate()
                .filter_map(|(index, candidate)| Some((index, candidate.forced_score.ask()?)))
                .collect();
            if asked.is_empty() {
                break;
            }
            let (indices, queries): (Vec<usize>, Vec<_>) = asked.into_iter().unzip();
            let draft = blanks.request().draft().clone();
            let answers = self.pool.ask(owner, draft, queries).await?;
            for (index, scores) in indices.into_iter().zip(answers.map_err(Refusal::Model)?) {
                scored[index].forced_score.answer(&scores);
            }
        }
        let ranked = |(number, candidate): (usize, ScoredCandidate)| RankedCandidate {
            word: candidate.word,
            number,
            probability: candidate.forced_score.log_probability().exp(),
        };
        let mut ranking: Vec<RankedCandidate> =
            scored.into_iter().enumerate().map(ranked).collect();
        ranking.sort_by(|a, b| {
            let by_probability = b.probability.total_cmp(&a.probability);
            by_probability.then(a.number.cmp(&b.number))
        });
        Ok(ranking)
    }

    fn scored_candidate(
        self,
        blanks: &Blanks<'_>,
        words: &[(usize, &str)],
        fill_order: FillOrder,
    ) -> Result<ScoredCandidate, Refusal> {
        let mut widened = blanks.clone();
        let mut tokens: Vec<(usize, Vec<TokenId>)> = Vec::with_capacity(words.len());
        for &(blank, word) in words {
            let spelled = self.spelled(blanks, blank, word)?;
            widened.widen(blank, &spelled, word)?;
            tokens.push((blank, spelled));
        }
        let (draft, ranges) = widened.draft();
        self.check_room(&draft)?;
        let written = tokens
            .into_iter()
            .flat_map(|(blank, tokens)| ranges[blank].clone().zip(tokens));
        Ok(ScoredCandidate {
            word: words
                .iter()
                .map(|(_, word)| *word)
                .collect::<Vec<_>>()
                .join(" / "),
            forced_score: ForcedScore::new(draft, written.collect(), fill_order),
        })
    }

    /// The tokens of a word that is typed for a blank.
    ///
    /// # Errors
    /// When the word is banned, or cannot be tokenized.
    pub(super) fn spelled(
        self,
        blanks: &Blanks<'_>,
        blank: usize,
        word: &str,
    ) -> Result<Vec<TokenId>, Refusal> {
        self.check_bans(word)?;
        let tokens = if blanks.is_joined(blank) {
            self.vocabulary.joined_word(word)
        } else {
            self.vocabulary.keyword(word)
        };
        tokens.ok_or_else(|| Refusal::WordUnknown(word.to_owned()))
    }

    /// Checks that `text` contains no banned word.
    pub(super) fn check_bans(self, text: &str) -> Result<(), Refusal> {
        let plain = self.vocabulary.plain(text);
        let banned = self.bans.find_in(&plain);
        banned.map_or(Ok(()), |word| Err(Refusal::Banned(word.to_owned())))
    }

    /// Checks that the draft fits the model.
    pub(super) fn check_room(self, draft: &Draft) -> Result<(), Refusal> {
        let most = self.vocabulary.token_table().max_tokens() - Draft::MAX_QUERY_OVERHEAD;
        if draft.len() > most {
            let too_long = model::PromptError::TooLong {
                prompt: draft.len(),
                new: 0,
                most,
            };
            return Err(too_long.into());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn candidates_have_one_word_or_one_per_blank() {
        let parsed = |typed: &str, blanks| {
            let words = TypedCandidates::parse(typed, blanks)?;
            let show = |candidate: Vec<(usize, &str)>| {
                let parts = candidate
                    .iter()
                    .map(|(blank, word)| format!("{blank}={word}"));
                parts.collect::<Vec<_>>().join(" ")
            };
            Ok(words.for_blank(1).map(show).collect::<Vec<_>>())
        };
        assert_eq!(
            parsed("cat, big dog,", 2),
            Ok(vec!["1=cat".into(), "1=big dog".into()])
        );
        assert_eq!(
            parsed("cat / dog, fish/bird", 2),
            Ok(vec!["0=cat 1=dog".into(), "0=fish 1=bird".into()])
        );
        for unfit in ["a / b / c", "a, b / c", "a / ", "", ","] {
            assert_eq!(
                parsed(unfit, 2),
                Err(Refusal::WordsUnfit { blanks: 2 }),
                "{unfit}"
            );
        }
        let many = "a,".repeat(21);
        assert_eq!(
            parsed(&many, 2),
            Err(Refusal::TooManyWords {
                given: 21,
                most: 20
            })
        );
    }

    proptest! {
        #[test]
        fn every_parsed_candidate_has_one_word_or_one_per_blank(
            typed in "[a-z ,/é]{0,60}", blanks in 1_usize..6, current in 0_usize..6,
        ) {
            let Ok(words) = TypedCandidates::parse(&typed, blanks) else { return Ok(()) };
            let current = current % blanks;
            for candidate in words.for_blank(current) {
                let asked: Vec<usize> = candidate.iter().map(|(blank, _)| *blank).collect();
                prop_assert!(asked == [current] || asked == (0..blanks).collect::<Vec<_>>());
                prop_assert!(candidate.iter().all(|(_, word)| !word.is_empty() && word.trim() == *word));
            }
            prop_assert!((1..=MAX_CANDIDATES).contains(&words.candidates.len()));
        }
    }
}
