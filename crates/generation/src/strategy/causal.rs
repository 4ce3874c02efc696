//! Plain left-to-right sampling with a small causal student that was distilled from the masked model.
//!
//! Chen et al. 2020 (Distilling Knowledge Learned in BERT for Text Generation, 2020.acl-main.705) teach a student what a
//! masked model knows of both sides; `training/distil.py` does it for continuations. It needs a model folder with a
//! student's graph. Ours: what the student cannot see, the masked model does: it fills the blanks first, and with several
//! tries it chooses among stretches, as lookahead chooses among sentences.

use super::{About, Strategy, prefer, template};
use crate::chain::Chained;
use crate::segment_search::{self, SegmentSearch, TOPIC, TRIES};
use crate::{
    Draft, Generation, OptionSpec, OptionValues, Params, Progress, Sampler, Sampling, Scores, Seed,
    Turn,
};

/// Tokens of a stretch that is written several times: about a sentence. All have as many, since longer ones have better
/// scores per word.
const SEGMENT_TOKENS: usize = 16;

/// The strategy `student`.
pub(super) struct CausalStrategy;

impl Strategy for CausalStrategy {
    fn name(&self) -> &'static str {
        "student"
    }

    fn summary(&self) -> &'static str {
        "Writes with a small causal student, word by word; the model picks its best sentences."
    }

    fn about(&self) -> About {
        About {
            how: "A student was made from some of the model's layers, sees only what is left of a word, and was taught to \
                  expect what the model, with both sides in view, thinks should stand there. It draws word after word. \
                  Stretches of about a sentence are written several times (tries), and the masked model chooses among them; \
                  with tries=1 the student writes alone. Blanks are filled first, by the masked model, which sees both sides. \
                  Tags and context stand in front.",
            source: "Chen et al. 2020 (2020.acl-main.705), for continuations instead of translations.",
            when: "For text that goes on from a prompt, if the model has a student: it is the default then. With tries=1 \
                   when a text must come quickly.",
        }
    }

    fn sampling(&self, _: &OptionValues) -> Sampling {
        prefer(0.6, 40, 0.95)
    }

    fn needs_causal_model(&self, _: &OptionValues) -> bool {
        true
    }

    fn options(&self) -> &'static [OptionSpec] {
        const { &[TRIES, TOPIC] }
    }

    fn passes(&self, tokens: usize, options: &OptionValues) -> usize {
        match options.whole("tries") {
            1 => tokens,
            tries => segment_search::passes(tokens, tries, SEGMENT_TOKENS),
        }
    }

    fn write(&self, draft: Draft, params: &Params) -> Box<dyn Generation> {
        match params.options.whole("tries") {
            1 => drafted(draft, params),
            _ => behind_blanks(draft, params, |draft, params| {
                Box::new(SegmentSearch::new(&draft, params, segment))
            }),
        }
    }
}

/// Writes `draft` once, with another strategy's `params`.
pub(super) fn drafted(draft: Draft, params: &Params) -> Box<dyn Generation> {
    behind_blanks(draft, params, |draft, params| {
        let of = draft.open().len();
        Box::new(CausalDecoding::new(draft, params, of))
    })
}

/// Fills the blanks of `draft` with the masked model, then lets `write` go on.
fn behind_blanks(
    draft: Draft,
    params: &Params,
    write: fn(Draft, &Params) -> Box<dyn Generation>,
) -> Box<dyn Generation> {
    if template::blanks(&draft).is_empty() {
        return write(draft, params);
    }
    let (later, params) = (draft.region().len(), params.clone());
    let filling = template::fill_blanks(draft, &params);
    Box::new(Chained::new(filling, later, move |draft| {
        write(draft, &params)
    }))
}

/// One more stretch for `draft`.
fn segment(draft: &Draft, params: &Params, _: usize, seed: Seed) -> Box<dyn Generation> {
    let params = Params {
        seed,
        ..params.clone()
    };
    let of = draft.open().len().min(SEGMENT_TOKENS);
    Box::new(CausalDecoding::new(draft.clone(), &params, of))
}

/// Fills the first open positions of a draft.
struct CausalDecoding {
    sampler: Sampler,
    progress: Progress,
}

impl CausalDecoding {
    /// Fills `of` of them.
    fn new(draft: Draft, params: &Params, of: usize) -> Self {
        Self {
            sampler: Sampler::from_params(draft, params),
            progress: Progress { done: 0, of },
        }
    }

    fn next(&self) -> Option<usize> {
        let left = self.progress.done < self.progress.of;
        self.sampler.draft.open().first().copied().filter(|_| left)
    }
}

impl Generation for CausalDecoding {
    fn ask(&mut self) -> Turn {
        let Some(next) = self.next() else {
            return Turn::Done;
        };
        let want = self.sampler.want();
        Turn::Ask(vec![self.sampler.draft.causal_query(next, want)])
    }

    fn answer(&mut self, scores: Vec<Scores>) {
        if let Some(next) = self.next() {
            self.sampler.write(next, &scores[0].rows[0]);
            self.progress.done += 1;
        }
    }

    fn draft(&self) -> &Draft {
        &self.sampler.draft
    }

    fn progress(&self) -> Progress {
        self.progress
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{drive, ids, params_for, row, text_of, token_table, words};
    use crate::{Attention, Segment, strategy};

    fn asked(segments: &[Segment], suffix: &str, options: &str) -> (Vec<String>, String) {
        let draft = Draft::new(token_table(), segments);
        let draft = match suffix {
            "" => draft,
            suffix => draft.with_suffix(ids(suffix)),
        };
        let mut params = params_for(
            &CausalStrategy,
            &format!("ending=none tries=1 {options}"),
            1,
        );
        params.sampling = params.sampling.at(0.0);
        let mut generation = strategy::begin(&CausalStrategy, draft, &params);
        let queries = drive(&mut *generation, |_, _| row("dog bird fish cat"));
        let seen = |query: &crate::Query| {
            let last = query.asked == [query.tokens.len() - 1];
            assert_eq!(query.attention == Attention::Causal, last);
            words(&query.tokens)
        };
        (queries.iter().map(seen).collect(), text_of(&*generation))
    }

    #[test]
    fn every_word_is_asked_for_with_all_before_it_and_nothing_behind() {
        let segments = [Segment::Given(ids("the")), Segment::Region(2)];
        let (asked, text) = asked(&segments, "", "repetition=1");
        assert_eq!(asked, ["[CLS] the", "[CLS] the dog"]);
        assert!(text.starts_with("the dog"), "{text}");
    }

    #[test]
    fn blanks_are_filled_first_by_the_model_which_sees_both_sides_of_them() {
        let segments = [
            Segment::Given(ids("the")),
            Segment::Blank(1),
            Segment::Given(ids("and")),
            Segment::Region(2),
        ];
        let (asked, text) = asked(&segments, "", "repetition=1");
        assert_eq!(
            asked,
            [
                "[CLS] the [MASK] and . [SEP]",
                "[CLS] the dog and",
                "[CLS] the dog and dog"
            ]
        );
        assert!(text.starts_with("the dog and dog"), "{text}");
    }

    #[test]
    fn with_several_tries_the_model_chooses_among_stretches_that_the_student_wrote() {
        let segments = [
            Segment::Given(ids("the")),
            Segment::Region(SEGMENT_TOKENS + 4),
        ];
        let draft = Draft::new(token_table(), &segments);
        let mut params = params_for(&CausalStrategy, "ending=none repetition=1 tries=3", 1);
        params.sampling = params.sampling.at(1.0);
        let mut generation = strategy::begin(&CausalStrategy, draft, &params);
        let queries = drive(&mut *generation, |_, _| row("dog cat"));
        let of = |attention| {
            queries
                .iter()
                .filter(|query| query.attention == attention)
                .count()
        };
        assert_eq!(of(Attention::Causal), 3 * (SEGMENT_TOKENS + 4));
        assert!(of(Attention::Bidirectional) > 0);
        assert!(queries.len() <= CausalStrategy.passes(SEGMENT_TOKENS + 4, &params.options));
        assert!(generation.draft().open().is_empty());
        assert_eq!(generation.progress().done, generation.progress().of);
    }

    #[test]
    fn what_steers_stands_in_front_and_guidance_leaves_it_out() {
        let segments = [Segment::Given(ids("the")), Segment::Region(1)];
        let (asked, _) = asked(&segments, "fish .", "strength=1");
        assert_eq!(asked, ["[CLS] fish . the", "[CLS] the"]);
    }
}
