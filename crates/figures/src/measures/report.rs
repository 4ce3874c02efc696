//! What was measured of one sample file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The measures of one sample file. Shares are in percent. A share of n-grams is missing where no text is long enough to
/// have one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The name of the sample file.
    pub name: String,
    /// How many texts it has.
    pub texts: usize,
    /// How many words, by splitting at white space.
    pub tokens: usize,
    /// By the name of the reference: BLEU of every text against all texts of the reference, 1- to 4-grams, without
    /// smoothing (Papineni et al. 2002, as NLTK's `corpus_bleu`). Higher is nearer to the reference.
    pub corpus_bleu: BTreeMap<String, f64>,
    /// BLEU of every text against all the others (Zhu et al. 2018). Lower is more varied. One text alone has none.
    pub self_bleu: Option<f64>,
    /// By n, 2 to 4: the share of n-gram occurrences whose n-gram occurs only once (Wang & Cho 2019).
    pub unique_self: BTreeMap<usize, f64>,
    /// By the name of the reference and by n, 2 to 4: the number of different n-grams that the reference does not have,
    /// in percent of all n-gram occurrences (Wang & Cho 2019).
    pub unique_reference: BTreeMap<String, BTreeMap<usize, f64>>,
    /// By n, 1 to 3: the number of different n-grams, in percent of all n-gram occurrences (Li et al. 2016).
    pub distinct: BTreeMap<usize, f64>,
    /// The share of 4-gram occurrences whose 4-gram occurred in the same text before, on average over the texts (Welleck
    /// et al. 2020). Lower is better. Missing where no text has four words.
    pub rep4: Option<f64>,
    /// Pseudo-perplexity of the texts by a masked language model (Salazar et al. 2020). The caller measures it.
    pub pppl: Option<f64>,
    /// Sequences that went through the model for each token that was written. The caller counts them.
    pub passes_per_token: Option<f64>,
    /// Tokens written in a second. The caller measures it.
    pub tokens_per_second: Option<f64>,
    /// Sequences that went through the model in a second. The caller measures it.
    pub passes_per_second: Option<f64>,
}
