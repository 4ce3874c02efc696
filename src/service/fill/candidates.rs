//! A person's own words for the blanks of a sentence, and how probable the model finds each.

use crate::pool::Owner;
use generation::forced_score::ForcedScore;
use generation::{Draft, FillOrder, TokenId};

use crate::service::fill::state::Blanks;
use crate::service::{Filler, Refusal};

/// So many candidates are compared at once.
const MOST: usize = 20;

/// One of a person's own candidates.
#[derive(Debug, Clone, PartialEq)]
pub struct RankedCandidate {
    /// As typed.
    pub word: String,
    /// Its number among those that were typed, from 0.
    pub number: usize,
    /// The probability of all its pieces together, 0 to 1.
    pub probability: f64,
}

/// Candidates as they were typed: words for one blank, or for all blanks at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::service) struct TypedCandidates {
    candidates: Vec<Vec<String>>,
}

impl TypedCandidates {
    /// Reads candidates that commas separate; slashes separate the words of one candidate, one for each blank.
    pub(in crate::service) fn parse(typed: &str, blanks: usize) -> Result<Self, Refusal> {
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
        if given > MOST {
            return Err(Refusal::TooManyWords { given, most: MOST });
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

    /// Each candidate's words with the blanks that they are for, if somebody chooses for `current`.
    pub(in crate::service) fn for_blank(
        &self,
        current: usize,
    ) -> impl Iterator<Item = Vec<(usize, &str)>> {
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

/// A candidate's way into the sentence.
struct Reading {
    word: String,
    forced_score: ForcedScore,
}

impl Filler<'_> {
    /// How probable each of `words` is for the blank `current`, or for all blanks, with what else stands in `blanks` in
    /// place; the most probable first.
    pub(in crate::service) async fn rank(
        self,
        owner: Owner,
        words: &TypedCandidates,
        blanks: &Blanks<'_>,
        current: usize,
    ) -> Result<Vec<RankedCandidate>, Refusal> {
        let fill_order = blanks.order().fill_order();
        let reading = |candidate: Vec<(usize, &str)>| self.reading(blanks, &candidate, fill_order);
        let mut readings: Vec<Reading> = words
            .for_blank(current)
            .map(reading)
            .collect::<Result<_, _>>()?;
        loop {
            let asked: Vec<_> = readings
                .iter()
                .enumerate()
                .filter_map(|(number, reading)| Some((number, reading.forced_score.ask()?)))
                .collect();
            if asked.is_empty() {
                break;
            }
            let (numbers, questions): (Vec<usize>, Vec<_>) = asked.into_iter().unzip();
            let draft = blanks.order().draft().clone();
            let answers = self.pool.ask(owner, draft, questions).await?;
            for (number, scores) in numbers.into_iter().zip(answers.map_err(Refusal::Model)?) {
                readings[number].forced_score.answer(&scores);
            }
        }
        let ranked = |(number, reading): (usize, Reading)| RankedCandidate {
            word: reading.word,
            number,
            probability: reading.forced_score.log_probability().exp(),
        };
        let mut ranking: Vec<RankedCandidate> =
            readings.into_iter().enumerate().map(ranked).collect();
        ranking.sort_by(|a, b| {
            let by_probability = b.probability.total_cmp(&a.probability);
            by_probability.then(a.number.cmp(&b.number))
        });
        Ok(ranking)
    }

    fn reading(
        self,
        blanks: &Blanks<'_>,
        candidate: &[(usize, &str)],
        fill_order: FillOrder,
    ) -> Result<Reading, Refusal> {
        let mut room = blanks.clone();
        let mut tokens: Vec<(usize, Vec<TokenId>)> = Vec::with_capacity(candidate.len());
        for &(blank, word) in candidate {
            let spelled = self.spelled(word)?;
            room.widen(blank, &spelled, word)?;
            tokens.push((blank, spelled));
        }
        let (draft, places) = room.draft();
        self.check_room(&draft)?;
        let written = tokens
            .into_iter()
            .flat_map(|(blank, tokens)| places[blank].clone().zip(tokens));
        Ok(Reading {
            word: candidate
                .iter()
                .map(|(_, word)| *word)
                .collect::<Vec<_>>()
                .join(" / "),
            forced_score: ForcedScore::new(draft, written.collect(), fill_order),
        })
    }

    /// The tokens of a word that somebody typed.
    pub(in crate::service) fn spelled(self, word: &str) -> Result<Vec<TokenId>, Refusal> {
        self.check_bans(word)?;
        let unknown = || Refusal::WordUnknown(word.to_owned());
        self.vocabulary.keyword(word).ok_or_else(unknown)
    }

    /// Whether `text` has no banned word.
    pub(in crate::service) fn check_bans(self, text: &str) -> Result<(), Refusal> {
        let plain = self.vocabulary.plain(text);
        let banned = self.bans.find_in(&plain);
        banned.map_or(Ok(()), |word| Err(Refusal::Banned(word.to_owned())))
    }

    /// Whether the model takes a draft of this length.
    pub(in crate::service) fn check_room(self, draft: &Draft) -> Result<(), Refusal> {
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
    fn candidates_are_for_one_blank_or_for_all_of_them() {
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
        fn whatever_is_typed_each_candidate_has_a_word_for_one_blank_or_for_every(
            typed in "[a-z ,/é]{0,60}", blanks in 1_usize..6, current in 0_usize..6,
        ) {
            let Ok(words) = TypedCandidates::parse(&typed, blanks) else { return Ok(()) };
            let current = current % blanks;
            for candidate in words.for_blank(current) {
                let asked: Vec<usize> = candidate.iter().map(|(blank, _)| *blank).collect();
                prop_assert!(asked == [current] || asked == (0..blanks).collect::<Vec<_>>());
                prop_assert!(candidate.iter().all(|(_, word)| !word.is_empty() && word.trim() == *word));
            }
            prop_assert!((1..=MOST).contains(&words.candidates.len()));
        }
    }
}
