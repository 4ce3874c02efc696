//! Reranking: several candidate texts are written side by side and the best is kept.

use super::score::{self, Metric, repeated_four_grams};
use super::truncation::ends_mid_sentence;
use super::{Draft, Generation, PositionState, Progress, Query, Scores, TokenId, Turn};

/// Tokens before the scored segment that are scored as well: a continuation that does not fit makes them improbable.
pub(super) const SCORED_CONTEXT: usize = 3;

/// What makes one candidate better than another.
#[derive(Debug, Clone)]
pub(super) enum Criterion {
    /// The mean log-probability of the written tokens at the time when each was sampled. Costs no passes.
    Confidence,
    /// PLL-word-l2r per word of the written tokens, less `repetition` times the share of repeated four-grams, 1 for
    /// each missing keyword, and 1 if the text ends in the middle of a sentence. Costs one pass per written token, two
    /// if `topic` is above 0.
    Likelihood {
        /// Weight of the unconditional score, i.e. of the tokens without the text before them, that is subtracted: a
        /// generic sentence is probable anywhere.
        topic: f64,
        /// Weight of the share of repeated four-grams; without it, repetition wins.
        repetition: f64,
        /// Token sequences that should appear.
        keywords: Vec<Vec<TokenId>>,
    },
}

impl Criterion {
    /// Likelihood with the usual weight of repetition.
    pub(super) fn likelihood(topic: f64, keywords: Vec<Vec<TokenId>>) -> Self {
        Self::Likelihood {
            topic,
            repetition: 2.0,
            keywords,
        }
    }
}

/// A generation that drives several candidates and ends as the best of them.
pub(super) struct Reranking {
    candidates: Vec<Box<dyn Generation>>,
    criterion: Criterion,
    /// Start of the scored segment.
    start: usize,
    /// The number of queries of each candidate in the current turn.
    asked: Vec<usize>,
    /// Whether the candidates are written and the current turn scores them.
    scoring: bool,
    winner: Option<usize>,
    done: usize,
}

impl Reranking {
    /// Reranks at least one candidate.
    pub(super) fn new(candidates: Vec<Box<dyn Generation>>, criterion: Criterion) -> Self {
        Self {
            candidates,
            criterion,
            start: 0,
            asked: Vec::new(),
            scoring: false,
            winner: None,
            done: 0,
        }
    }

    /// The same reranking, in which only the text from the position `start` on is scored.
    pub(super) fn scoring_from(self, start: usize) -> Self {
        Self { start, ..self }
    }

    /// The scored positions: the written ones, and the [`SCORED_CONTEXT`] tokens before the segment.
    fn scored(&self, draft: &Draft) -> Vec<usize> {
        let first = self.start.saturating_sub(SCORED_CONTEXT);
        let counts = |position: &usize| match draft.positions()[*position].state {
            PositionState::Open => false,
            PositionState::Given => self.start > 0 && *position < self.start,
            PositionState::Written(_) | PositionState::Fixed => true,
        };
        (first..draft.len()).filter(counts).collect()
    }

    /// The queries by which a candidate is scored.
    fn queries(&self, draft: &Draft) -> Vec<Query> {
        let mut queries = score::queries(draft, &self.scored(draft), Metric::PllWordL2r);
        if let Criterion::Likelihood { topic: 1e-9.., .. } = self.criterion {
            let segment = self.segment(draft);
            let all: Vec<usize> = (0..segment.len()).collect();
            queries.extend(score::queries(&segment, &all, Metric::PllWordL2r));
        }
        queries
    }

    /// The scored segment as a draft of its own, without the text before it.
    fn segment(&self, draft: &Draft) -> Draft {
        let scored = self.scored(draft);
        draft.extract(&scored[scored.partition_point(|&position| position < self.start)..])
    }

    /// Chooses the candidate of the highest rating, the first of equals.
    fn decide(&mut self, ratings: &[f64]) {
        self.winner = (0..ratings.len()).max_by(|&a, &b| {
            let earlier_first = b.cmp(&a);
            ratings[a].total_cmp(&ratings[b]).then(earlier_first)
        });
    }

    /// The rating of a candidate from the answers to its queries.
    fn rating(&self, draft: &Draft, answers: &[Scores]) -> f64 {
        let Criterion::Likelihood {
            topic,
            repetition,
            keywords,
        } = &self.criterion
        else {
            return mean_confidence(draft);
        };
        let tokens: Vec<TokenId> = draft.positions().iter().map(|slot| slot.token).collect();
        let missing = keywords
            .iter()
            .filter(|word| !tokens.windows(word.len().max(1)).any(|some| some == *word));
        let scored = self.scored(draft);
        let (conditional, unconditional) = answers.split_at(scored.len());
        let segment = self.segment(draft);
        let all: Vec<usize> = (0..unconditional.len()).collect();
        score::score(draft, &scored, conditional).per_word()
            - topic * score::score(&segment, &all, unconditional).per_word()
            - repetition * repeated_four_grams(&tokens)
            - missing.count() as f64
            - f64::from(u8::from(ends_mid_sentence(draft)))
    }

    /// The queries of all candidates for their next turn.
    fn writing_turn(&mut self) -> Vec<Query> {
        let mut turn = Vec::new();
        self.asked.clear();
        for candidate in &mut self.candidates {
            let queries = match candidate.ask() {
                Turn::Ask(queries) => queries,
                Turn::Done => Vec::new(),
            };
            self.asked.push(queries.len());
            turn.extend(queries);
        }
        turn
    }

    /// The queries that score all candidates.
    fn scoring_turn(&mut self) -> Vec<Query> {
        let mut turn = Vec::new();
        self.asked.clear();
        for index in 0..self.candidates.len() {
            let queries = self.queries(self.candidates[index].draft());
            self.asked.push(queries.len());
            turn.extend(queries);
        }
        turn
    }
}

fn mean_confidence(draft: &Draft) -> f64 {
    let logs: Vec<f64> = draft
        .positions()
        .iter()
        .filter_map(|slot| match slot.state {
            PositionState::Written(confidence) => {
                Some(f64::from(confidence.max(f32::MIN_POSITIVE)).ln())
            }
            _ => None,
        })
        .collect();
    logs.iter().sum::<f64>() / logs.len().max(1) as f64
}

impl Generation for Reranking {
    fn ask(&mut self) -> Turn {
        if self.winner.is_some() {
            return Turn::Done;
        }
        let mut turn = self.writing_turn();
        if turn.is_empty() && matches!(self.criterion, Criterion::Likelihood { .. }) {
            self.scoring = true;
            turn = self.scoring_turn();
        }
        if turn.is_empty() {
            let ratings: Vec<f64> = self
                .candidates
                .iter()
                .map(|candidate| self.rating(candidate.draft(), &[]))
                .collect();
            self.decide(&ratings);
            return Turn::Done;
        }
        Turn::Ask(turn)
    }

    fn answer(&mut self, scores: Vec<Scores>) {
        let mut scores = scores.into_iter();
        let mut answers = Vec::new();
        for (candidate, &asked) in self.candidates.iter_mut().zip(&self.asked) {
            let own: Vec<Scores> = scores.by_ref().take(asked).collect();
            if self.scoring {
                answers.push(own);
            } else if !own.is_empty() {
                candidate.answer(own);
            }
        }
        self.done += 1;
        if self.scoring {
            let ratings: Vec<f64> = self
                .candidates
                .iter()
                .zip(&answers)
                .map(|(candidate, answers)| self.rating(candidate.draft(), answers))
                .collect();
            self.decide(&ratings);
        }
    }

    fn draft(&self) -> &Draft {
        self.candidates[self.winner.unwrap_or(0)].draft()
    }

    fn progress(&self) -> Progress {
        let longest = self
            .candidates
            .iter()
            .map(|candidate| candidate.progress().of)
            .max();
        let scoring = usize::from(matches!(self.criterion, Criterion::Likelihood { .. }));
        let of = match self.winner {
            Some(_) => self.done,
            None => (longest.unwrap_or(0) + scoring).max(self.done + 1),
        };
        Progress {
            done: self.done,
            of,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{drive, ids, text_of, token_table, words};
    use crate::{Guess, LogitRow, Segment, Want};

    /// A text that is written already.
    struct Written(Draft);

    impl Generation for Written {
        fn ask(&mut self) -> Turn {
            Turn::Done
        }

        fn answer(&mut self, _: Vec<Scores>) {}

        fn draft(&self) -> &Draft {
            &self.0
        }

        fn progress(&self) -> Progress {
            Progress::default()
        }
    }

    fn candidate(text: &str, confidence: f32) -> Box<dyn Generation> {
        let tokens = ids(text);
        let segments = [Segment::Given(ids("the")), Segment::Region(tokens.len())];
        let mut draft = Draft::new(token_table(), &segments);
        for (position, token) in (1..).zip(tokens) {
            draft.write(position, token, confidence);
        }
        Box::new(Written(draft))
    }

    /// Whatever is asked for has the logarithm that `log` says of the question's text and the word.
    fn scored(
        candidates: Vec<Box<dyn Generation>>,
        criterion: Criterion,
        log: fn(&str, &str) -> f32,
    ) -> String {
        let mut reranking = Reranking::new(candidates, criterion).scoring_from(1);
        drive(&mut reranking, |query, _| {
            let Want::Named(tokens) = &query.want else {
                panic!("only scores are asked");
            };
            let logit = log(&words(&query.tokens), &words(tokens));
            let token = tokens[0];
            LogitRow {
                guesses: vec![Guess { token, logit }],
                log_normaliser: 0.0,
            }
        });
        text_of(&reranking)
    }

    fn taste(topic: f64, keywords: &[&str]) -> Criterion {
        Criterion::likelihood(topic, keywords.iter().map(|word| ids(word)).collect())
    }

    #[test]
    fn by_confidence_the_most_confident_text_wins_without_a_query() {
        let candidates = vec![
            candidate("cat", 0.4),
            candidate("dog", 0.9),
            candidate("fish", 0.5),
        ];
        let text = scored(candidates, Criterion::Confidence, |_, _| panic!("no query"));
        assert_eq!(text, "the dog");
    }

    #[test]
    fn by_likelihood_the_more_probable_text_wins() {
        let candidates = vec![candidate("cat", 0.9), candidate("dog", 0.1)];
        let dog = |_: &str, word: &str| if word == "dog" { -1.0 } else { -2.0 };
        assert_eq!(scored(candidates, taste(0.0, &[]), dog), "the dog");
    }

    #[test]
    fn repetition_and_missing_keywords_count_against_a_text() {
        let twice = "cat and dog fish cat and dog fish";
        let once = "cat and dog fish bird and cat of";
        let likes = |text: &str, _: &str| if text.contains("bird") { -1.1 } else { -1.0 };
        let candidates = || vec![candidate(twice, 1.0), candidate(once, 1.0)];
        assert_eq!(
            scored(candidates(), taste(0.0, &[]), likes),
            format!("the {once}")
        );
        let candidates = vec![candidate("cat", 1.0), candidate("dog", 1.0)];
        let cat = |_: &str, word: &str| if word == "cat" { -1.0 } else { -1.5 };
        assert_eq!(scored(candidates, taste(0.0, &["dog"]), cat), "the dog");
    }

    #[test]
    fn a_text_that_breaks_off_wins_only_if_the_others_are_much_worse() {
        let whole = "cat and dog .";
        let candidates = || vec![candidate("cat and dog of", 1.0), candidate(whole, 1.0)];
        let a_little = |text: &str, _: &str| if text.contains('.') { -1.5 } else { -1.0 };
        let much = |text: &str, _: &str| if text.contains('.') { -2.5 } else { -1.0 };
        assert_eq!(
            scored(candidates(), taste(0.0, &[]), a_little),
            format!("the {whole}")
        );
        assert_eq!(
            scored(candidates(), taste(0.0, &[]), much),
            "the cat and dog of"
        );
    }

    #[test]
    fn with_a_topic_what_would_fit_anywhere_counts_less() {
        // "cat" is likely only behind the prompt, "dog" is a little likelier and likely anywhere.
        let log = |text: &str, word: &str| match (word, text.contains("the")) {
            ("cat", true) => -1.2,
            ("cat", false) => -6.0,
            _ => -1.0,
        };
        let candidates = || vec![candidate("cat", 1.0), candidate("dog", 1.0)];
        assert_eq!(scored(candidates(), taste(0.0, &[]), log), "the dog");
        assert_eq!(scored(candidates(), taste(0.4, &[]), log), "the cat");
    }
}
