//! Puts the program together and runs it: the only place that knows all layers.

mod arguments;
mod backup;
mod compare;
mod ending;
mod engine;
mod eval;
mod fill;
mod preset;
mod ratings;
mod retrieval;
mod run;
mod sample;
mod sandbox;
mod score;
mod scoring;
mod sidecar;
mod speak;
mod strategies;
mod uncovering;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command};
pub use run::serve;

/// Runs the program with the arguments of the process.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match perform(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            ending::status(&error)
        }
    }
}

/// One sentence with its causes; never a debug print.
#[expect(
    clippy::print_stderr,
    reason = "the program's last word to whoever started it"
)]
fn complain(error: &anyhow::Error) {
    let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
    eprintln!("mouthpiece: {}", causes.join(": "));
}

fn perform(arguments: &Arguments) -> anyhow::Result<()> {
    let config = arguments.config.as_deref();
    match &arguments.command {
        Command::Run => run::perform(config),
        Command::Sandbox => sandbox::perform(config),
        Command::Speak(speak) => speak::perform(config, speak),
        Command::Fill(fill) => fill::perform(config, fill),
        Command::Sample(sample) => sample::perform(config, sample),
        Command::Eval(eval) => eval::perform(config, eval),
        Command::Compare(compare) => compare::perform(config, compare),
        Command::Ratings(ratings) => ratings::perform(config, ratings),
        Command::Score(score) => score::perform(config, score),
        Command::Preset(preset) => preset::perform(preset),
        Command::Strategies(strategies) => strategies::perform(config, strategies),
        Command::Backup(backup) => backup::perform(config, backup),
    }
}
