//! The subcommands of `mouthpiece`, one file each: its arguments and what it does.
//!
//! A new subcommand is a file here, a variant of [`CliCommand`] and an arm of [`CliCommand::run`].

mod backup;
mod compare;
mod eval;
mod fill;
mod preset;
mod ratings;
mod run;
mod sample;
mod sandbox;
mod score;
mod speak;
mod strategies;

use std::path::Path;

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(super) enum CliCommand {
    /// Runs the bot: on Discord with a token, else against a sandbox of its own that opens in a browser.
    #[command(after_help = "\
The token is taken from MOUTHPIECE__DISCORD__TOKEN, or from the file that discord.token_file names.
Without one, the bot starts a small Discord on 127.0.0.1 and prints its address.")]
    Run,
    /// Runs the sandbox alone: a small Discord on 127.0.0.1 for any bot.
    Sandbox,
    /// Writes a text here in the terminal.
    Speak(speak::SpeakArgs),
    /// Fills the blanks of a sentence here in the terminal.
    Fill(fill::FillArgs),
    /// Writes many texts into a file, reproducibly.
    Sample(sample::SampleArgs),
    /// Measures the texts in files: BLEU, variety, repetition, pseudo-perplexity, cost.
    Eval(eval::EvalArgs),
    /// Says how probable the model finds a text, word by word.
    Score(score::ScoreArgs),
    /// What people voted in the bot's arena.
    Ratings(ratings::RatingsArgs),
    /// Holds a model's small graph against its exact one, for its card.
    Compare(compare::CompareArgs),
    /// Reads the codes that `/preset share` shows.
    Preset(preset::PresetArgs),
    /// Lists the strategies, their defaults and their options.
    Strategies(strategies::StrategiesArgs),
    /// Copies the database into a file, while the bot runs, and checks the copy.
    Backup(backup::BackupArgs),
}

impl CliCommand {
    /// Runs the subcommand with the configuration file `config`, if one was named.
    ///
    /// # Errors
    /// When the subcommand fails; the chain of causes says why.
    pub(super) fn run(&self, config: Option<&Path>) -> anyhow::Result<()> {
        match self {
            Self::Run => run::run(config),
            Self::Sandbox => sandbox::run(config),
            Self::Speak(arguments) => speak::run(config, arguments),
            Self::Fill(arguments) => fill::run(config, arguments),
            Self::Sample(arguments) => sample::run(config, arguments),
            Self::Eval(arguments) => eval::run(config, arguments),
            Self::Score(arguments) => score::run(config, arguments),
            Self::Ratings(arguments) => ratings::run(config, arguments),
            Self::Compare(arguments) => compare::run(config, arguments),
            Self::Preset(arguments) => preset::run(arguments),
            Self::Strategies(arguments) => strategies::run(config, arguments),
            Self::Backup(arguments) => backup::run(config, arguments),
        }
    }
}
