//! Command-line flags that several subcommands share.

use std::path::PathBuf;

use clap::Args;
use generation::{Seed, Settings, Temperature, TopK, TopP};

use super::context_retrieval;

// Not a doc comment: clap would show it as the description of the subcommand.
// The sampling parameters and the options of the strategy.
#[derive(Debug, Args)]
pub(super) struct SamplingArgs {
    /// Sampling temperature, 0 to 5: 0 takes the most probable token, 1 samples from the unchanged distribution.
    #[arg(long, short = 't', allow_negative_numbers = true)]
    temperature: Option<Temperature>,
    /// Sample from this number of the most probable tokens; 0 is off.
    #[arg(long, allow_negative_numbers = true)]
    top_k: Option<TopK>,
    /// Sample from the most probable tokens whose cumulative probability reaches this.
    #[arg(long, allow_negative_numbers = true)]
    top_p: Option<TopP>,
    /// Seed of the random numbers; the same seed gives the same text.
    #[arg(long, short = 's', allow_negative_numbers = true)]
    seed: Option<Seed>,
    /// Option of the strategy, such as window=8; repeatable.
    #[arg(long = "set", value_name = "NAME=VALUE")]
    options: Vec<String>,
}

// What steers the content of the text.
#[derive(Debug, Args)]
pub(super) struct SteeringArgs {
    /// Words that steer the text without appearing in it, separated by commas.
    #[arg(long)]
    tags: Option<String>,
    /// Sentence that steers the text without appearing in it.
    #[arg(long, conflicts_with = "context_file")]
    context: Option<String>,
    /// Text file whose sentences most relevant to prompt and tags (BM25) become the context.
    #[arg(long, value_name = "FILE")]
    pub(super) context_file: Option<PathBuf>,
    /// Words that must appear in the text, separated by commas; for the strategies keywords and best-of.
    #[arg(long)]
    keywords: Option<String>,
}

impl SteeringArgs {
    /// `settings` with these flags applied.
    ///
    /// # Errors
    /// When the context file cannot be read or has no relevant sentence.
    pub(super) fn over(&self, settings: Settings) -> anyhow::Result<Settings> {
        let mut settings = Settings {
            tags: self.tags.clone(),
            context: self.context.clone(),
            keywords: self.keywords.clone(),
            ..settings
        };
        if let Some(file) = &self.context_file {
            let query = [&settings.prompt, &settings.tags];
            let query: Vec<&str> = query.into_iter().flatten().map(String::as_str).collect();
            settings.context = Some(context_retrieval::relevant_sentences(
                file,
                &query.join(" "),
            )?);
        }
        Ok(settings)
    }
}

impl SamplingArgs {
    /// The settings of these flags, with `prompt`.
    pub(super) fn settings(&self, prompt: &str) -> Settings {
        Settings {
            prompt: Some(prompt.to_owned()),
            temperature: self.temperature,
            top_k: self.top_k,
            top_p: self.top_p,
            seed: self.seed,
            options: Some(self.options.join(" ")).filter(|options| !options.is_empty()),
            ..Settings::default()
        }
    }
}
