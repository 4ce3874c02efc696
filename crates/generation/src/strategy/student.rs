//! Plain left-to-right sampling with a small causal student that was distilled from the masked model.
//!
//! Chen et al. 2020 (Distilling Knowledge Learned in BERT for Text Generation, 2020.acl-main.705) teach a student what a
//! masked model knows of both sides; `training/distil.py` does it for continuations. It needs a model folder with a
//! student's graph. Ours: what the student cannot see, the masked model does: it fills the blanks first, and with several
//! tries it chooses among stretches, as lookahead chooses among sentences.

use super::{About, Strategy, prefer, template};
use crate::sequel::Sequel;
use crate::tries::{self, TOPIC, TRIES, Tries};
use crate::{
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

    fn sampling(&self, _: &Knobs) -> Sampling {
        prefer(0.6, 40, 0.95)
    }

    fn needs_student(&self, _: &Knobs) -> bool {
        true
    }

    fn knobs(&self) -> &'static [Knob] {
        const { &[TRIES, TOPIC] }
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
            _ => behind_blanks(draft, params, |draft, params| {
                Box::new(Tries::new(&draft, params, stretch))
            }),
        }
    }
}

/// Writes `draft` once, with another strategy's `params`.
pub(super) fn drafted(draft: Draft, params: &Params) -> Box<dyn Generation> {
    behind_blanks(draft, params, |draft, params| {
        let of = draft.open().len();
        Box::new(FromLeft::new(draft, params, of))
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
    let filling = template::blanks_filled(draft, &params);
    Box::new(Sequel::new(filling, later, move |draft| {
        write(draft, &params)
    }))
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
    use crate::toy::{drive, ids, lexicon, params_for, row, text_of, words};
    use crate::{Part, Sight, strategy};

    fn asked(parts: &[Part], tail: &str, options: &str) -> (Vec<String>, String) {
        let draft = Draft::new(lexicon(), parts);
        let draft = match tail {
            "" => draft,
            tail => draft.with_tail(ids(tail)),
        };
        let mut params = params_for(&Student, &format!("ending=none tries=1 {options}"), 1);
        params.sampling = params.sampling.at(0.0);
        let mut generation = strategy::begin(&Student, draft, &params);
        let queries = drive(&mut *generation, |_, _| row("dog bird fish cat"));
        let seen = |query: &crate::Query| {
            let last = query.asked == [query.tokens.len() - 1];
            assert_eq!(query.sight == Sight::Left, last);
            words(&query.tokens)
        };
        (queries.iter().map(seen).collect(), text_of(&*generation))
    }

    #[test]
    fn every_word_is_asked_for_with_all_before_it_and_nothing_behind() {
        let parts = [Part::Given(ids("the")), Part::Region(2)];
        let (asked, text) = asked(&parts, "", "repetition=1");
        assert_eq!(asked, ["[CLS] the", "[CLS] the dog"]);
        assert!(text.starts_with("the dog"), "{text}");
    }

    #[test]
    fn blanks_are_filled_first_by_the_model_which_sees_both_sides_of_them() {
        let parts = [
            Part::Given(ids("the")),
            Part::Blank(1),
            Part::Given(ids("and")),
            Part::Region(2),
        ];
        let (asked, text) = asked(&parts, "", "repetition=1");
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
