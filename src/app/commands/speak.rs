//! `mouthpiece speak`: generates a text, with a preview on a terminal.

use std::io::IsTerminal;
use std::path::Path;
use std::time::{Duration, Instant};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use crate::app::engine::Engine;
use crate::app::flags::WritingArgs;
use crate::app::model_choice::ModelChoice;
use crate::app::output::{add_settings, print_line};
use crate::pool::{JobHandle, Outcome, Owner};
use crate::service::{GenerationRequest, fresh_seed};
use generation::{Length, Settings};
use model::{Span, SpanKind};

/// The number of characters at the end of the text that the preview shows.
const PREVIEW: usize = 60;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mouthpiece speak \"The old lighthouse keeper opened the door and\"
  mouthpiece speak \"Once upon a time\" --length 60 --temperature 0.9 --seed 7
  mouthpiece speak \"In order to make a sandwich, first\" --strategy naive     (see it fail)
  mouthpiece speak \"First slice some ___, then add ___.\" --strategy template
  mouthpiece speak \"It was a dark night\" --strategy gibbs --set iterations=200 --set burn-in=0.3")]
pub(in crate::app) struct SpeakArgs {
    #[arg(
        help = "Prompt to continue. [MASK], <mask> or ___ marks a blank to fill. Without a prompt, a text is generated from nothing."
    )]
    prompt: Option<String>,
    /// Number of new tokens.
    #[arg(long, short = 'n')]
    length: Option<Length>,
    #[command(flatten)]
    writing: WritingArgs,
    #[command(flatten)]
    model: ModelChoice,
    /// Print one JSON object instead of text.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(config: Option<&Path>, arguments: &SpeakArgs) -> anyhow::Result<()> {
    let mut config = arguments.model.configure(config)?;
    config.pool.workers = 1;
    crate::telemetry::start(&config.log.for_terminal())?;
    let prompt = arguments.prompt.as_deref().unwrap_or_default();
    let call = Settings {
        length: arguments.length,
        ..arguments.writing.settings(prompt)?
    };
    let engine = Engine::start(&config)?;
    let settings = call.over(&engine.defaults);
    let (vocabulary, limits) = (&engine.vocabulary, &config.limits);
    let request = match arguments.prompt {
        Some(_) => GenerationRequest::new(vocabulary, limits, &settings, fresh_seed()),
        None => GenerationRequest::unprompted(vocabulary, limits, &settings, fresh_seed()),
    }?
    .banning(&engine.bans, vocabulary)?;
    let started = Instant::now();
    let running = engine.pool.submit(Owner(0), request.begin())?;
    let finished = tokio::runtime::Builder::new_current_thread()
        .build()?
        .block_on(follow(running, &engine, &request));
    let milliseconds = started.elapsed().as_millis();
    if let Outcome::Failed(reason) = finished.outcome {
        anyhow::bail!(reason);
    }
    let spans = engine.vocabulary.render(&request.prompt, &finished.draft);
    if !arguments.json {
        return print_line(&text(&spans));
    }
    let tokens = finished.draft.written();
    let sampling = request.params.sampling;
    let mut object = json!({
        "prompt": request.prompt.text(),
        "text": text(&spans),
        "generated": generated(&spans),
        "strategy": request.strategy.name(),
        "seed": request.params.seed,
        "temperature": sampling.temperature,
        "top_k": sampling.top_k.get(),
        "top_p": sampling.top_p,
        "length": request.length.map(Length::get),
        "options": request.settings.options.as_deref().unwrap_or_default(),
        "tokens": tokens,
        "passes": finished.passes,
        "milliseconds": milliseconds,
        "model": engine.model.fingerprint,
    });
    if let Some(object) = object.as_object_mut() {
        add_settings(object, &request.settings);
    }
    print_line(&serde_json::to_string(&object)?)
}

/// The whole text, prompt included.
fn text(spans: &[Span]) -> String {
    spans.iter().map(|span| span.text.as_str()).collect()
}

/// Waits for the text and shows a preview on a terminal meanwhile.
async fn follow(
    mut running: JobHandle,
    engine: &Engine,
    request: &GenerationRequest,
) -> crate::pool::Snapshot {
    let bar = if std::io::stderr().is_terminal() {
        ProgressBar::new(0)
    } else {
        ProgressBar::hidden()
    };
    bar.set_style(
        ProgressStyle::with_template("{bar:12} {pos}/{len} {wide_msg}")
            .expect("the template is a valid constant"),
    );
    bar.enable_steady_tick(Duration::from_millis(100));
    while running.changed().await {
        let snapshot = running.snapshot();
        bar.set_length(snapshot.progress.of as u64);
        bar.set_position(snapshot.progress.done as u64);
        let written: String = engine
            .vocabulary
            .render(&request.prompt, &snapshot.draft)
            .iter()
            .map(|span| span.text.replace('\n', " "))
            .collect();
        let characters: Vec<char> = written.chars().collect();
        bar.set_message(
            characters[characters.len().saturating_sub(PREVIEW)..]
                .iter()
                .collect::<String>(),
        );
    }
    bar.finish_and_clear();
    running.snapshot()
}

/// The generated parts of the text, without the prompt.
fn generated(spans: &[Span]) -> String {
    let mut text = String::new();
    for pair in std::iter::once(None)
        .chain(spans.iter().map(Some))
        .zip(spans)
    {
        if let (
            before,
            Span {
                text: written,
                kind: SpanKind::Written(_),
            },
        ) = pair
        {
            if before.is_some_and(|span| span.kind == SpanKind::Given) && !text.is_empty() {
                text.push(' ');
            }
            text.push_str(written);
        }
    }
    text.trim().to_owned()
}
