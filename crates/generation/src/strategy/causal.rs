//! Left-to-right sampling from a small causal model that was distilled from the masked model, reranked by the masked
//! model.
//!
//! Chen et al. 2020 (Distilling Knowledge Learned in BERT for Text Generation, 2020.acl-main.705) distil a masked
//! model, which sees both sides, into a left-to-right student; `training/distil.py` does so for continuations. The
//! strategy requires a model folder with a causal model's graph. Ours: the masked model fills the blanks first, since the
//! causal model cannot see what follows them, and it chooses among several candidates for each segment, as lookahead
//! does for sentences.

use super::{About, Strategy, sampling, template};
use crate::chain::Chained;
use crate::segment_search::{self, SegmentSearch, TOPIC, TRIES};
use crate::{
    Draft, Generation, OptionSpec, OptionValues, Params, Progress, Sampler, Sampling, Scores, Seed,
    Turn,
};

/// Tokens of a segment that has several candidates: about a sentence. All candidates have the same length, since longer
/// ones have better scores per word.
const SEGMENT_TOKENS: usize = 16;

/// The strategy `causal`.
pub(super) struct CausalStrategy;

impl Strategy for CausalStrategy {
    fn name(&self) -> &'static str {
        "causal"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["student"]
    }

    fn summary(&self) -> &'static str {
        "Writes with a small causal model, word by word; the masked model picks its best sentences."
    }

    fn about(&self) -> About {
        About {
            how: "A causal model was made from some of the masked model's layers. It sees only what is left \
                  of a word, and was taught to expect what the masked model, with both sides in view, thinks should stand \
                  there. It draws word after word. Segments of about a sentence are written several times (tries), and the \
                  masked model chooses among them; with tries=1 the causal model writes alone. Blanks are filled first, by the \
                  masked model, which sees both sides. Tags and context stand in front.",
            source: "Chen et al. 2020 (2020.acl-main.705), for continuations instead of translations.",
            when: "For text that goes on from a prompt, if there is a causal model: it is the default then. With tries=1 \
                   when a text must come quickly.",
        }
    }

    fn sampling(&self, _: &OptionValues) -> Sampling {
        sampling(0.6, 40, 0.95)
    }

    fn needs_causal_model(&self, _: &OptionValues) -> bool {
        true
    }

    fn options(&self) -> &'static [OptionSpec] {
        const { &[TRIES.spec(), TOPIC.spec()] }
    }

    fn passes(&self, tokens: usize, options: &OptionValues) -> usize {
        match options.get(TRIES) {
            1 => tokens,
            tries => segment_search::passes(tokens, tries, SEGMENT_TOKENS),
        }
    }

    fn write(&self, draft: Draft, params: &Params) -> Box<dyn Generation> {
        match params.options.get(TRIES) {
            1 => single_draft(draft, params),
            _ => after_blanks(draft, params, |draft, params| {
                Box::new(SegmentSearch::new(&draft, params, segment))
            }),
        }
    }
}

/// Writes `draft` with one candidate per segment, with the `params` of any strategy.
pub(super) fn single_draft(draft: Draft, params: &Params) -> Box<dyn Generation> {
    after_blanks(draft, params, |draft, params| {
        let tokens = draft.open().len();
        Box::new(CausalDecoding::new(draft, params, tokens))
    })
}

/// Fills the blanks of `draft` with the masked model, then continues with `write`.
fn after_blanks(
    draft: Draft,
    params: &Params,
    write: fn(Draft, &Params) -> Box<dyn Generation>,
) -> Box<dyn Generation> {
    if draft.blanks().is_empty() {
        return write(draft, params);
    }
    let (later, params) = (draft.region().len(), params.clone());
    let filling = template::fill_blanks(draft, &params);
    Box::new(Chained::new(filling, later, move |draft| {
        write(draft, &params)
    }))
}

/// One candidate for the next segment of `draft`.
fn segment(draft: &Draft, params: &Params, _: usize, seed: Seed) -> Box<dyn Generation> {
    let params = Params {
        seed,
        ..params.clone()
    };
    let tokens = draft.open().len().min(SEGMENT_TOKENS);
    Box::new(CausalDecoding::new(draft.clone(), &params, tokens))
}

/// Fills the first open positions of a draft from the left.
struct CausalDecoding {
    sampler: Sampler,
    progress: Progress,
}

impl CausalDecoding {
    /// Fills the first `tokens` open positions of `draft`.
    fn new(draft: Draft, params: &Params, tokens: usize) -> Self {
        Self {
            sampler: Sampler::from_params(draft, params),
            progress: Progress {
                done: 0,
                of: tokens,
            },
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
        params.sampling = params.sampling.with_temperature(0.0);
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
    fn with_several_tries_the_masked_model_chooses_among_segments_of_the_causal_model() {
        let segments = [
            Segment::Given(ids("the")),
            Segment::Region(SEGMENT_TOKENS + 4),
        ];
        let draft = Draft::new(token_table(), &segments);
        let mut params = params_for(&CausalStrategy, "ending=none repetition=1 tries=3", 1);
        params.sampling = params.sampling.with_temperature(1.0);
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
