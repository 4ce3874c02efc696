//! Plain left-to-right sampling with a small causal student that was distilled from the masked model.
//!
//! Chen et al. 2020 (Distilling Knowledge Learned in BERT for Text Generation, 2020.acl-main.705) teach a student what a
//! masked model knows of both sides; `training/distil.py` does it for continuations. It needs a model folder with a
//! student's graph. Ours: with several tries the masked model chooses among stretches, as lookahead chooses among sentences.

use super::{About, Strategy, prefer};
use crate::generation::tries::{self, TOPIC, TRIES, Tries};
use crate::generation::{
    Draft, Generation, Knob, Knobs, Params, Progress, Sampling, Scores, Seed, Turn, Writer,
};

/// Tokens of a stretch that is written several times: about a sentence. All have as many, since longer ones have better
/// scores per word.
const STRETCH: usize = 16;

/// The strategy `student`.
pub(super) struct Student;

impl Strategy for Student {
    fn name(&self) -> &'static str {
        "student"
    }

    fn summary(&self) -> &'static str {
        "Writes from left to right with a small causal student of the model, word after word."
    }

    fn about(&self) -> About {
        About {
            how: "A student was made from some of the model's layers, sees only what is left of a word, and was taught to \
                  expect what the model, with both sides in view, thinks should stand there. It draws word after word; \
                  with several tries, the masked model then chooses among stretches of about a sentence. Blanks are filled without a look at what follows; tags and context stand in front.",
            source: "Chen et al. 2020 (2020.acl-main.705), for continuations instead of translations.",
            when: "When a text must come quickly, or as drafts that best-of ranks (drafter=student).",
        }
    }

    fn sampling(&self, _: &Knobs) -> Sampling {
        prefer(0.8, 40, 0.95)
    }

    fn needs_student(&self, _: &Knobs) -> bool {
        true
    }

    fn knobs(&self) -> &'static [Knob] {
        const { &[TRIES.set_to("1"), TOPIC] }
    }

    fn passes(&self, tokens: usize, knobs: &Knobs) -> usize {
        match knobs.whole("tries") {
            1 => tokens,
            tries => tries::passes(tokens, tries, STRETCH),
        }
    }

    fn write(&self, draft: Draft, params: &Params) -> Box<dyn Generation> {
        match params.knobs.whole("tries") {
            1 => drafted(draft, params),
            _ => Box::new(Tries::new(&draft, params, stretch)),
        }
    }
}

/// Writes `draft` once, with another strategy's `params`.
pub(super) fn drafted(draft: Draft, params: &Params) -> Box<dyn Generation> {
    let of = draft.open().len();
    Box::new(FromLeft::new(draft, params, of))
}

/// One more stretch for `draft`.
fn stretch(draft: &Draft, params: &Params, _: usize, seed: Seed) -> Box<dyn Generation> {
    let params = Params {
        seed,
        ..params.clone()
    };
    let of = draft.open().len().min(STRETCH);
    Box::new(FromLeft::new(draft.clone(), &params, of))
}

/// Fills the first open positions of a draft.
struct FromLeft {
    writer: Writer,
    progress: Progress,
}

impl FromLeft {
    /// Fills `of` of them.
    fn new(draft: Draft, params: &Params, of: usize) -> Self {
        Self {
            writer: Writer::for_readers(draft, params),
            progress: Progress { done: 0, of },
        }
    }

    fn next(&self) -> Option<usize> {
        let left = self.progress.done < self.progress.of;
        self.writer.draft.open().first().copied().filter(|_| left)
    }
}

impl Generation for FromLeft {
    fn ask(&mut self) -> Turn {
        let Some(next) = self.next() else {
            return Turn::Done;
        };
        let want = self.writer.want();
        Turn::Ask(vec![self.writer.draft.question_from_left(next, want)])
    }

    fn answer(&mut self, scores: Vec<Scores>) {
        if let Some(next) = self.next() {
            self.writer.write(next, &scores[0].rows[0]);
            self.progress.done += 1;
        }
    }

    fn draft(&self) -> &Draft {
        &self.writer.draft
    }

    fn progress(&self) -> Progress {
        self.progress
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generation::toy::{drive, ids, lexicon, params_for, row, text_of, words};
    use crate::generation::{Part, Sight, strategy};

    fn asked(parts: &[Part], tail: &str, options: &str) -> (Vec<String>, String) {
        let draft = Draft::new(lexicon(), parts);
        let draft = match tail {
            "" => draft,
            tail => draft.with_tail(ids(tail)),
        };
        let mut params = params_for(&Student, &format!("ending=none {options}"), 1);
        params.sampling = params.sampling.at(0.0);
        let mut generation = strategy::begin(&Student, draft, &params);
        let queries = drive(&mut *generation, |_, _| row("dog bird fish cat"));
        let seen = |query: &crate::generation::Query| {
            assert_eq!(query.sight, Sight::Left);
            assert_eq!(query.asked, [query.tokens.len() - 1]);
            words(&query.tokens)
        };
        (queries.iter().map(seen).collect(), text_of(&*generation))
    }

    #[test]
    fn every_word_is_asked_for_with_all_before_it_and_nothing_behind() {
        let parts = [
            Part::Given(ids("the")),
            Part::Blank(1),
            Part::Given(ids("and")),
            Part::Region(2),
        ];
        let (asked, text) = asked(&parts, "", "repetition=1");
        assert_eq!(
            asked,
            ["[CLS] the", "[CLS] the dog and", "[CLS] the dog and dog"]
        );
        assert!(text.starts_with("the dog and dog"), "{text}");
    }

    #[test]
    fn with_several_tries_the_model_chooses_among_stretches_that_the_student_wrote() {
        let parts = [Part::Given(ids("the")), Part::Region(STRETCH + 4)];
        let draft = Draft::new(lexicon(), &parts);
        let mut params = params_for(&Student, "ending=none repetition=1 tries=3", 1);
        params.sampling = params.sampling.at(1.0);
        let mut generation = strategy::begin(&Student, draft, &params);
        let queries = drive(&mut *generation, |_, _| row("dog cat"));
        let of = |sight| queries.iter().filter(|query| query.sight == sight).count();
        assert_eq!(of(Sight::Left), 3 * (STRETCH + 4));
        assert!(of(Sight::Both) > 0);
        assert!(queries.len() <= Student.passes(STRETCH + 4, &params.knobs));
        assert!(generation.draft().open().is_empty());
        assert_eq!(generation.progress().done, generation.progress().of);
    }

    #[test]
    fn what_steers_stands_in_front_and_guidance_leaves_it_out() {
        let parts = [Part::Given(ids("the")), Part::Region(1)];
        let (asked, _) = asked(&parts, "fish .", "strength=1");
        assert_eq!(asked, ["[CLS] fish . the", "[CLS] the"]);
    }
}
