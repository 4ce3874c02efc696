//! `mouthpiece speak`: a text in the terminal, seen as it grows.

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::arguments::Speak;
use super::engine::Engine;
use crate::config::Config;
use crate::pool::{Outcome, Owner, Running};
use crate::service::{GenerationRequest, fresh_seed};
use generation::{Length, Settings};
use model::{Span, SpanKind};

/// How many characters of the growing text are shown.
const TAIL: usize = 60;

pub(super) fn perform(config: Option<&Path>, arguments: &Speak) -> anyhow::Result<()> {
    let mut config = Config::load(config)?;
    config.pool.workers = 1;
    crate::telemetry::start(&config.log.quiet())?;
    let call = arguments.steering.over(Settings {
        strategy: arguments.strategy.clone(),
        length: arguments.length,
        ..arguments
            .sampling
            .settings(arguments.prompt.as_deref().unwrap_or_default())
    })?;
    let engine = Engine::start(&config)?;
    let settings = call.over(&engine.defaults);
    let (vocabulary, limits) = (&engine.vocabulary, &config.limits);
    let order = match arguments.prompt {
        Some(_) => GenerationRequest::new(vocabulary, limits, &settings, fresh_seed()),
        None => GenerationRequest::unprompted(vocabulary, limits, &settings, fresh_seed()),
    }?
    .banning(&engine.bans, vocabulary)?;
    let began = Instant::now();
    let running = engine.pool.submit(Owner(0), order.begin())?;
    let finished = tokio::runtime::Builder::new_current_thread()
        .build()?
        .block_on(follow(running, &engine, &order));
    let milliseconds = began.elapsed().as_millis();
    if let Outcome::Failed(reason) = finished.outcome {
        anyhow::bail!(reason);
    }
    let spans = engine.vocabulary.render(&order.prompt, &finished.draft);
    let text: String = spans.iter().map(|span| span.text.as_str()).collect();
    if arguments.json {
        let tokens = finished.draft.written();
        let sampling = order.params.sampling;
        return print(&serde_json::to_string(&json!({
            "prompt": order.prompt.text(),
            "text": text,
            "generated": generated(&spans),
            "strategy": order.strategy.name(),
            "seed": order.params.seed,
            "temperature": sampling.temperature,
            "top_k": sampling.top_k.get(),
            "top_p": sampling.top_p,
            "length": order.length.map(Length::get),
            "options": order.options,
            "tags": order.steering.tags,
            "context": order.steering.context,
            "keywords": order.steering.keywords,
            "tokens": tokens,
            "passes": finished.passes,
            "milliseconds": milliseconds,
            "model": engine.model.fingerprint,
        }))?);
    }
    print(&text)
}

/// Shows the text on a terminal while it grows.
async fn follow(
    mut running: Running,
    engine: &Engine,
    order: &GenerationRequest,
) -> crate::pool::Snapshot {
    let bar = if std::io::stderr().is_terminal() {
        ProgressBar::new(0)
    } else {
        ProgressBar::hidden()
    };
    bar.set_style(
        ProgressStyle::with_template("{bar:12} {pos}/{len} {wide_msg}")
            .expect("a constant template"),
    );
    bar.enable_steady_tick(Duration::from_millis(100));
    while running.changed().await {
        let snapshot = running.snapshot();
        bar.set_length(snapshot.progress.of as u64);
        bar.set_position(snapshot.progress.done as u64);
        let written: String = engine
            .vocabulary
            .render(&order.prompt, &snapshot.draft)
            .iter()
            .map(|span| span.text.replace('\n', " "))
            .collect();
        let characters: Vec<char> = written.chars().collect();
        bar.set_message(
            characters[characters.len().saturating_sub(TAIL)..]
                .iter()
                .collect::<String>(),
        );
    }
    bar.finish_and_clear();
    running.snapshot()
}

/// What the model wrote, without what was typed.
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

/// Writes a line to standard output; a closed pipe ends the program quietly, as for any filter.
pub(super) fn print(line: &str) -> anyhow::Result<()> {
    match writeln!(std::io::stdout(), "{line}") {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}
