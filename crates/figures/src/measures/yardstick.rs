//! What samples are measured against.

use std::collections::BTreeMap;

use super::corpus::{Text, Words};
use super::{EvaluationError, Report, bleu, distinct, repetition, unique};

/// The references that samples are compared with; without any, samples are compared only with themselves.
#[derive(Debug, Default)]
pub struct Yardstick {
    words: Words,
    references: BTreeMap<String, Vec<Text>>,
}

impl Yardstick {
    /// Adds the reference file `name` with one text on every one of its `lines`. The texts are put in lower case, and
    /// `@@unknown@@` and the quotation marks of LaTeX are written as samples write them: the same for every reference,
    /// so nobody need say which corpus it is.
    ///
    /// # Errors
    /// When there are no texts, or there is a reference of that name already.
    pub fn add_reference(&mut self, name: &str, lines: &str) -> Result<(), EvaluationError> {
        if self.references.contains_key(name) {
            return Err(EvaluationError::SameName {
                name: name.to_owned(),
            });
        }
        let texts = self.words.references(name, lines)?;
        self.references.insert(name.to_owned(), texts);
        Ok(())
    }

    /// Measures the sample file `name` with one text on every one of its `lines`, words split at white space as they are.
    /// The time it takes grows with the number of words, not with the number of comparisons.
    ///
    /// # Errors
    /// When there are no texts.
    pub fn measure(&mut self, name: &str, lines: &str) -> Result<Report, EvaluationError> {
        let texts = self.words.samples(name, lines)?;
        let references = || self.references.iter();
        Ok(Report {
            name: name.to_owned(),
            texts: texts.len(),
            tokens: texts.iter().map(Vec::len).sum(),
            corpus_bleu: references()
                .map(|(name, reference)| (name.clone(), bleu::corpus_bleu(&texts, reference)))
                .collect(),
            self_bleu: bleu::self_bleu(&texts),
            unique_self: by_n(2..=4, |n| unique::within(&texts, n)),
            unique_reference: references()
                .map(|(name, reference)| {
                    let shares = by_n(2..=4, |n| unique::beyond(&texts, reference, n));
                    (name.clone(), shares)
                })
                .collect(),
            distinct: by_n(1..=3, |n| distinct::distinct(&texts, n)),
            rep4: repetition::rep4(&texts),
            pppl: None,
            passes_per_token: None,
            tokens_per_second: None,
            passes_per_second: None,
        })
    }
}

fn by_n(
    orders: impl Iterator<Item = usize>,
    measure: impl Fn(usize) -> Option<f64>,
) -> BTreeMap<usize, f64> {
    orders.filter_map(|n| Some((n, measure(n)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_too_short_for_a_measure_are_reported_without_it() {
        let mut yardstick = Yardstick::default();
        yardstick.add_reference("book", "A b .").unwrap();
        let report = yardstick.measure("sample", "a b .\n").unwrap();
        assert_eq!((report.texts, report.tokens), (1, 3));
        assert_eq!((report.self_bleu, report.rep4), (None, None));
        assert_eq!(report.corpus_bleu["book"].to_bits(), 0.0_f64.to_bits());
        assert!(report.unique_self.keys().eq(&[2, 3]));
        assert!(report.unique_reference["book"].keys().eq(&[2, 3]));
        assert!(report.distinct.keys().eq(&[1, 2, 3]));
    }

    #[test]
    fn measuring_a_file_does_not_change_what_another_is_measured_to_be() {
        let mut yardstick = Yardstick::default();
        yardstick.add_reference("book", "a b c d e").unwrap();
        let first = yardstick.measure("sample", "a b c d x\na b c d e").unwrap();
        yardstick.measure("other", "x y z a b c").unwrap();
        let again = yardstick.measure("sample", "a b c d x\na b c d e").unwrap();
        assert_eq!(first, again);
    }

    #[test]
    fn two_references_of_one_name_are_refused() {
        let mut yardstick = Yardstick::default();
        yardstick.add_reference("book", "a b").unwrap();
        let refusal = yardstick.add_reference("book", "c d").unwrap_err();
        assert!(refusal.to_string().contains("two references called book"));
    }
}
