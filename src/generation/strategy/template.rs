//! Fills the blanks of a text, all of it visible from the start.
//!
//! Three orders: from the left; the most confident blank first ("easy-first", as in the code of Ghazvininejad et al.
//! 2019 and Mansimov et al. 2019); or all from one pass ("joint"), which is fast and mixes readings, because the model
//! predicts every blank as if it did not know what goes into the others.

use super::{Strategy, prefer};
use crate::generation::{
    Choice, Draft, Generation, Knob, KnobKind, Params, Progress, Repetition, Row, Sampling, Scores,
    Turn, Writer,
};

/// Lists are wanted without repeats; words of the text around may well come again.
const NO_REPEATS: Repetition = Repetition {
    penalty: 1.0,
    window: 0,
    once: true,
};

/// The strategy `template`.
pub(super) struct Template;

impl Strategy for Template {
    fn name(&self) -> &'static str {
        "template"
    }

    fn summary(&self) -> &'static str {
        "Fills the blanks you leave in the text, most certain first."
    }

    fn sampling(&self) -> Sampling {
        prefer(0.0, 40, 1.0)
    }

    fn knobs(&self) -> &'static [Knob] {
        &[Knob {
            name: "order",
            summary: "Which blank comes next: the most certain, the leftmost, or all at once.",
            kind: KnobKind::Choice(&["confident", "l2r", "joint"]),
            default: "confident",
        }]
    }

    fn continues(&self, blanks: usize) -> bool {
        blanks == 0
    }

    fn begin(&self, draft: Draft, params: &Params) -> Box<dyn Generation> {
        let order = match params.knobs.choice("order") {
            "l2r" => Order::LeftToRight,
            "joint" => Order::Joint,
            _ => Order::Confident,
        };
        let turns = if order == Order::Joint {
            draft.open().len().min(1)
        } else {
            draft.open().len()
        };
        Box::new(Filling {
            writer: Writer::new(draft, params).careful(NO_REPEATS),
            order,
            turns,
            done: 0,
        })
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Order {
    Confident,
    LeftToRight,
    Joint,
}

struct Filling {
    writer: Writer,
    order: Order,
    turns: usize,
    done: usize,
}

impl Filling {
    /// Chooses for every position at once and writes the one whose choice the model was surest of. `open` and `rows`
    /// lose it.
    fn write_surest(&mut self, open: &mut Vec<usize>, rows: &mut Vec<Row>) {
        let choices: Vec<Choice> = open
            .iter()
            .zip(&*rows)
            .map(|(&position, row)| self.writer.choose(position, row))
            .collect();
        let surest = (0..choices.len()).min_by(|&a, &b| {
            choices[b]
                .confidence
                .total_cmp(&choices[a].confidence)
                .then(a.cmp(&b))
        });
        if let Some(surest) = surest {
            self.writer.put(open.remove(surest), choices[surest]);
            rows.remove(surest);
        }
    }
}

impl Generation for Filling {
    fn ask(&mut self) -> Turn {
        let open = self.writer.draft.open();
        match (open.first(), self.order) {
            (None, _) => Turn::Done,
            (Some(&leftmost), Order::LeftToRight) => Turn::Ask(vec![
                self.writer.draft.question(&[leftmost], self.writer.want()),
            ]),
            (Some(_), _) => Turn::Ask(vec![self.writer.draft.question(&open, self.writer.want())]),
        }
    }

    fn answer(&mut self, mut scores: Vec<Scores>) {
        let mut open = self.writer.draft.open();
        let rows = &mut scores[0].rows;
        match self.order {
            Order::LeftToRight => self.writer.write(open[0], &rows[0]),
            Order::Confident => self.write_surest(&mut open, rows),
            // Surest first here too, so that of two neighbours with the same word the surer one keeps it.
            Order::Joint => {
                while !open.is_empty() {
                    self.write_surest(&mut open, rows);
                }
            }
        }
        self.done += 1;
    }

    fn draft(&self) -> &Draft {
        &self.writer.draft
    }

    fn progress(&self) -> Progress {
        Progress {
            done: self.done,
            of: self.turns,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generation::toy::{drive, ids, lexicon, params_for, row, words};
    use crate::generation::{Part, Query};

    const PARTS: fn() -> Vec<Part> =
        || vec![Part::Blank(1), Part::Given(ids("dog")), Part::Blank(1)];

    fn run(options: &str, model: impl Fn(&Query, usize) -> Row) -> (Vec<String>, String) {
        let mut generation = Template.begin(
            Draft::new(lexicon(), &PARTS()),
            &params_for(&Template, options, 1),
        );
        let asked = drive(&mut *generation, model)
            .iter()
            .map(|query| words(&query.tokens))
            .collect();
        let tokens: Vec<_> = generation
            .draft()
            .slots()
            .iter()
            .map(|slot| slot.token)
            .collect();
        (asked, words(&tokens))
    }

    /// Certain at the last blank, in doubt at the first.
    fn surer_at_the_end(_: &Query, place: usize) -> Row {
        if place == 3 {
            row("fish")
        } else {
            row("cat bird fish")
        }
    }

    #[test]
    fn the_surest_blank_goes_first() {
        let (asked, text) = run("", surer_at_the_end);
        assert_eq!(
            asked,
            [
                "[CLS] [MASK] dog [MASK] [SEP]",
                "[CLS] [MASK] dog fish [SEP]"
            ]
        );
        assert_eq!(text, "cat dog fish");
    }

    #[test]
    fn left_to_right_takes_them_as_they_stand() {
        let (asked, _) = run("order=l2r", surer_at_the_end);
        assert_eq!(asked[1], "[CLS] cat dog [MASK] [SEP]");
    }

    #[test]
    fn joint_takes_one_pass() {
        let (asked, text) = run("order=joint", surer_at_the_end);
        assert_eq!((asked.len(), text.as_str()), (1, "cat dog fish"));
    }

    #[test]
    fn of_two_neighbours_with_the_same_word_the_surer_keeps_it() {
        let mut generation = Template.begin(
            Draft::new(lexicon(), &[Part::Blank(2)]),
            &params_for(&Template, "order=joint", 1),
        );
        drive(&mut *generation, |_, place| {
            if place == 2 {
                row("fish")
            } else {
                row("fish cat bird")
            }
        });
        let tokens: Vec<_> = generation
            .draft()
            .slots()
            .iter()
            .map(|slot| slot.token)
            .collect();
        assert_eq!(words(&tokens), "cat fish");
    }
}
