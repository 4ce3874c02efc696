//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::generation::{Length, Seed, Settings, Temperature, TopK, TopP};

/// A Discord bot that writes text with masked language models.
///
/// BERT was trained to fill blanks, not to speak. Mouthpiece gives it a mouth, and lets people play with how the text is
/// written.
#[derive(Debug, Parser)]
#[command(
    name = "mouthpiece",
    version,
    after_help = "Try: mouthpiece speak \"In order to make a sandwich, first\""
)]
pub(super) struct Arguments {
    /// A file with settings that differ from config/default.toml. MOUTHPIECE__… in the environment wins over it.
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Runs the bot: on Discord with a token, else against a sandbox of its own that opens in a browser.
    #[command(after_help = "\
The token is taken from MOUTHPIECE__DISCORD__TOKEN, or from the file that discord.token_file names.
Without one, the bot starts a small Discord on 127.0.0.1 and prints its address.")]
    Run,
    /// Runs the sandbox alone: a small Discord on 127.0.0.1 for any bot.
    Sandbox,
    /// Writes a text here in the terminal.
    Speak(Speak),
    /// Fills the blanks of a sentence here in the terminal.
    Fill(Fill),
    /// Lists the strategies, their defaults and their options.
    Strategies,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mouthpiece speak \"The old lighthouse keeper opened the door and\"
  mouthpiece speak \"Once upon a time\" --length 60 --temperature 0.9 --seed 7
  mouthpiece speak \"In order to make a sandwich, first\" --strategy naive     (see it fail)
  mouthpiece speak \"First slice some ___, then add ___.\" --strategy template
  mouthpiece speak \"It was a dark night\" --strategy gibbs --set iterations=200 --set burn-in=0.3")]
pub(super) struct Speak {
    #[arg(help = "The text to go on from. [MASK], <mask> or ___ marks a blank to fill.")]
    pub(super) prompt: String,
    /// How the text is written; `mouthpiece strategies` lists the ways.
    #[arg(long)]
    pub(super) strategy: Option<String>,
    /// How many new tokens.
    #[arg(long, short = 'n')]
    pub(super) length: Option<Length>,
    #[command(flatten)]
    pub(super) sampling: Sampling,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mouthpiece fill \"The capital of France is ___.\"
  mouthpiece fill \"First slice some [MASK], then put together [MASK].\" --top 10 --json")]
pub(super) struct Fill {
    #[arg(help = "The sentence; [MASK], <mask> or ___ (two or more underscores) marks a blank.")]
    pub(super) text: String,
    /// How many candidates are shown for each blank.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(super) top: u32,
    #[command(flatten)]
    pub(super) sampling: Sampling,
}

#[derive(Debug, Args)]
pub(super) struct Sampling {
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
    /// Print one JSON object instead of text.
    #[arg(long)]
    pub(super) json: bool,
}

impl Sampling {
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
