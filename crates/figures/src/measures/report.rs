//! The measures of one sample corpus.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The measures of one sample corpus. Fractions are in percent. A measure of n-grams is missing where no text has n
/// words. Serialised by `mouthpiece eval --json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TextReport {
    /// The name of the corpus.
    pub name: String,
    /// The number of texts.
    pub texts: usize,
    /// The number of words, separated by white space.
    pub tokens: usize,
    /// Corpus BLEU against all texts of a reference, by the name of the reference: 1- to 4-grams, without smoothing
    /// (Papineni et al. 2002, as NLTK's `corpus_bleu`). From 0 to 100; higher is nearer to the reference.
    pub corpus_bleu: BTreeMap<String, f64>,
    /// BLEU of every text against all others (Zhu et al. 2018, arXiv:1802.01886). From 0 to 100; lower is more diverse.
    /// `None` for a single text.
    pub self_bleu: Option<f64>,
    /// The percentage of n-gram occurrences whose n-gram occurs exactly once in the corpus, by n from 2 to 4 (Wang &
    /// Cho 2019).
    pub unique_self: BTreeMap<usize, f64>,
    /// The number of distinct n-grams that the reference does not contain, in percent of all n-gram occurrences, by the
    /// name of the reference and by n from 2 to 4 (Wang & Cho 2019).
    pub unique_reference: BTreeMap<String, BTreeMap<usize, f64>>,
    /// The number of distinct n-grams in percent of all n-gram occurrences, by n from 1 to 3 (Li et al. 2016).
    pub distinct: BTreeMap<usize, f64>,
    /// The percentage of 4-gram occurrences whose 4-gram occurred earlier in the same text, averaged over the texts
    /// (Welleck et al. 2020). Lower is less repetitive. `None` if no text has four words.
    pub rep4: Option<f64>,
    /// The pseudo-perplexity of the texts under a masked language model (Salazar et al. 2020). The caller fills it.
    pub pppl: Option<f64>,
    /// Sequences scored by the model for each generated token. The caller fills it.
    pub passes_per_token: Option<f64>,
    /// Generated tokens a second. The caller fills it.
    pub tokens_per_second: Option<f64>,
    /// Sequences scored by the model a second. The caller fills it.
    pub passes_per_second: Option<f64>,
}
