//! The subcommands of `mouthpiece`, one file each: its arguments and what it does.
//!
//! A new subcommand is a file here, a variant of [`CliCommand`] and an arm of [`CliCommand::run`].

mod backup;
mod compare;
mod eval;
mod fill;
mod model;
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

/// The subcommand with its arguments.
#[derive(Debug, Subcommand)]
pub(super) enum CliCommand {
    /// Run the bot: on Discord if there is a token, else against a local sandbox that opens in a browser.
    #[command(after_help = "\
The token is read from MOUTHPIECE__DISCORD__TOKEN, or from the file that discord.token_file names.
Without a token, the bot starts a simulated Discord on 127.0.0.1 and prints its address.")]
    Run,
    /// Run only the sandbox: a simulated Discord on 127.0.0.1 for any bot.
    Sandbox,
    /// Generate a text and print it.
    Speak(speak::SpeakArgs),
    /// Fill the blanks of a sentence and print the candidates.
    Fill(fill::FillArgs),
    /// Generate many texts into a file, reproducibly.
    Sample(sample::SampleArgs),
    /// Measure the texts in files: BLEU, diversity, repetition, pseudo-perplexity, cost.
    Eval(eval::EvalArgs),
    /// Print the probability of a text under the model, word by word.
    Score(score::ScoreArgs),
    /// Export the votes of the bot's arena.
    Ratings(ratings::RatingsArgs),
    /// Compare a model's quantised graph with its exact graph, for the model card.
    Compare(compare::CompareArgs),
    /// Download, list, show and remove models by their name on the Hugging Face hub.
    Model(model::ModelArgs),
    /// Decode the codes that `/preset share` shows.
    Preset(preset::PresetArgs),
    /// List the strategies, their defaults and their options.
    Strategies(strategies::StrategiesArgs),
    /// Copy the database into a file while the bot runs, and verify the copy.
    Backup(backup::BackupArgs),
}

impl CliCommand {
    /// Runs the subcommand with the configuration file `config`, if given.
    ///
    /// # Errors
    /// When the subcommand fails. The error has the chain of causes.
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
            Self::Model(arguments) => model::run(arguments),
            Self::Preset(arguments) => preset::run(arguments),
            Self::Strategies(arguments) => strategies::run(config, arguments),
            Self::Backup(arguments) => backup::run(config, arguments),
        }
    }
}
