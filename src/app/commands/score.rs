//! `mouthpiece score`: the pseudo-log-likelihood of texts, word by word.

use std::path::Path;

use clap::Args;
use serde_json::json;

use crate::app::engine::Engine;
use crate::app::model_choice::ModelChoice;
use crate::app::output::print_line;
use crate::app::text_scorer::{ScoredText, TextScorer};

#[derive(Debug, Args)]
#[command(after_help = "\
PLL masks one token at a time (Salazar et al. 2020); PLL-word-l2r also masks the later tokens of the same word (Kauf & \
Ivanova 2023). Natural logarithms; closer to 0 is more probable. PPPL is exp of minus the mean.

Example:
  mouthpiece score \"The cat sat on the mat.\" \"The mat sat on the cat.\"")]
pub(in crate::app) struct ScoreArgs {
    /// Texts to score.
    #[arg(required = true, value_name = "TEXT")]
    texts: Vec<String>,
    #[command(flatten)]
    model: ModelChoice,
    /// Print one JSON object per text.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(config: Option<&Path>, arguments: &ScoreArgs) -> anyhow::Result<()> {
    let config = arguments.model.configure(config)?;
    crate::telemetry::start(&config.log.for_terminal())?;
    let engine = Engine::start(&config)?;
    let text_scorer = TextScorer::new(&engine)?;
    for text in &arguments.texts {
        let scores = text_scorer.score(text)?;
        let words = words(&engine, &scores);
        print_line(&if arguments.json {
            serde_json::to_string(&json_object(text, &engine, &scores, &words))?
        } else {
            table(&scores, &words)
        })?;
    }
    Ok(())
}

/// A word with the sums of the scores of its tokens.
struct WordScore {
    text: String,
    pll: f64,
    pll_word_l2r: f64,
}

/// The scores of the words, their tokens joined.
fn words(engine: &Engine, scored: &ScoredText) -> Vec<WordScore> {
    let mut words: Vec<WordScore> = Vec::new();
    let pairs = scored.pll.tokens.iter().zip(&scored.pll_word_l2r.tokens);
    let letters = engine.vocabulary.letters_of_all(&scored.tokens);
    let tokens = scored.tokens.iter().zip(letters);
    for ((&token, letters), (pll, pll_word_l2r)) in tokens.zip(pairs) {
        match words.last_mut() {
            // A token of white space belongs to the word behind it.
            Some(word) if word.text.is_empty() || engine.vocabulary.continues(token) => {
                word.text.push_str(letters.trim());
                word.pll += pll;
                word.pll_word_l2r += pll_word_l2r;
            }
            _ => words.push(WordScore {
                text: letters.trim().to_owned(),
                pll: *pll,
                pll_word_l2r: *pll_word_l2r,
            }),
        }
    }
    words
}

fn table(scored: &ScoredText, words: &[WordScore]) -> String {
    let width = words
        .iter()
        .map(|word| word.text.chars().count())
        .max()
        .unwrap_or(0)
        .max("per token".len());
    let line = |name: &str, pll: f64, l2r: f64| format!("{name:width$}  {pll:>9.3}  {l2r:>12.3}");
    let mut lines = vec![format!(
        "{:width$}  {:>9}  {:>12}",
        "", "PLL", "PLL-word-l2r"
    )];
    lines.extend(
        words
            .iter()
            .map(|word| line(&word.text, word.pll, word.pll_word_l2r)),
    );
    let (pll, l2r) = (&scored.pll, &scored.pll_word_l2r);
    let tokens = scored.tokens.len() as f64;
    lines.push(line("total", pll.total(), l2r.total()));
    lines.push(line(
        "per token",
        pll.total() / tokens,
        l2r.total() / tokens,
    ));
    lines.push(line("per word", pll.per_word(), l2r.per_word()));
    lines.push(line("PPPL", pll.perplexity(), l2r.perplexity()));
    lines.join("\n")
}

fn json_object(
    text: &str,
    engine: &Engine,
    scored: &ScoredText,
    words: &[WordScore],
) -> serde_json::Value {
    let tokens: Vec<&str> = scored
        .tokens
        .iter()
        .map(|&token| engine.vocabulary.piece(token))
        .collect();
    let word = |word: &WordScore| json!({"word": word.text, "pll": word.pll, "pll_word_l2r": word.pll_word_l2r});
    let metric = |score: &generation::score::Score| {
        json!({
            "tokens": score.tokens,
            "total": score.total(),
            "per_token": score.total() / score.tokens.len() as f64,
            "per_word": score.per_word(),
            "pppl": score.perplexity(),
        })
    };
    json!({
        "text": text,
        "tokens": tokens,
        "words": words.iter().map(word).collect::<Vec<_>>(),
        "pll": metric(&scored.pll),
        "pll_word_l2r": metric(&scored.pll_word_l2r),
        "model": engine.model.fingerprint,
    })
}
