//! The program: its command line, and the only layer that knows all others.

mod cli;
mod commands;

mod engine;
mod exit_code;
mod serve;
mod signal;
mod telemetry_restart;

mod context_retrieval;
mod decoding_order;
mod download_bar;
mod flags;
mod local_sandbox;
mod model_choice;
mod output;
mod sample_file;
mod sample_metadata;
mod strategies_page;
mod text_form;
mod text_scorer;

use std::process::ExitCode;

use clap::Parser;

use cli::Cli;
pub use serve::serve;

/// Runs the program with the arguments of the process.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let ran =
        telemetry_restart::ensure_disabled().and_then(|()| cli.command.run(cli.config.as_deref()));
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            print_error(&error);
            exit_code::exit_code(&error)
        }
    }
}

/// Prints the error and its causes on one line of standard error, never in debug format.
#[expect(
    clippy::print_stderr,
    reason = "the last line of a failed command is for whoever started it"
)]
fn print_error(error: &anyhow::Error) {
    let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
    eprintln!("mouthpiece: {}", causes.join(": "));
}
