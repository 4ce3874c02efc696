//! Command-line flags that several subcommands share.

use std::path::PathBuf;

use clap::Args;
use generation::{Seed, Settings, Temperature, TopK, TopP};

use super::context_retrieval;

#[derive(Debug, Args)]
pub(super) struct SamplingArgs {
    /// How boldly words are drawn: 0 takes the best, 1 draws as the model believes; up to 5.
    #[arg(long, short = 't', allow_negative_numbers = true)]
    temperature: Option<Temperature>,
    /// Draw only from so many of the best words; 0 is off.
    #[arg(long, allow_negative_numbers = true)]
    top_k: Option<TopK>,
    /// Draw only from the best words that together reach this probability.
    #[arg(long, allow_negative_numbers = true)]
    top_p: Option<TopP>,
    /// The same seed gives the same text.
    #[arg(long, short = 's', allow_negative_numbers = true)]
    seed: Option<Seed>,
    /// An option of the strategy's own, such as window=8; may be given several times.
    #[arg(long = "set", value_name = "NAME=VALUE")]
    options: Vec<String>,
}

#[derive(Debug, Args)]
pub(super) struct SteeringArgs {
    /// Words that steer the text from behind and do not appear, separated by commas.
    #[arg(long)]
    tags: Option<String>,
    /// A sentence that steers the text from behind and does not appear.
    #[arg(long, conflicts_with = "context_file")]
    context: Option<String>,
    /// A text file of which the sentences that suit prompt and tags best steer the text (BM25).
    #[arg(long, value_name = "FILE")]
    pub(super) context_file: Option<PathBuf>,
    /// Words that must appear, separated by commas; for the strategies keywords and best-of.
    #[arg(long)]
    keywords: Option<String>,
}

impl SteeringArgs {
    /// `settings` with these choices.
    ///
    /// # Errors
    /// When the file with the context cannot be read or has no sentence that suits.
    pub(super) fn over(&self, settings: Settings) -> anyhow::Result<Settings> {
        let mut settings = Settings {
            tags: self.tags.clone(),
            context: self.context.clone(),
            keywords: self.keywords.clone(),
            ..settings
        };
        if let Some(file) = &self.context_file {
            let about = [&settings.prompt, &settings.tags];
            let about: Vec<&str> = about.into_iter().flatten().map(String::as_str).collect();
            settings.context = Some(context_retrieval::context(file, &about.join(" "))?);
        }
        Ok(settings)
    }
}

impl SamplingArgs {
    /// These choices as settings for `prompt`.
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
