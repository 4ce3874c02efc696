//! `mouthpiece sample`: generates many texts into a file, one per line, with a JSON file of their settings beside it.

use std::collections::VecDeque;
use std::fs;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, bail, ensure};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use crate::app::engine::Engine;
use crate::app::flags::WritingArgs;
use crate::app::model_choice::ModelChoice;
use crate::app::sample_file::SampleFile;
use crate::app::sample_metadata::SampleSettings;
use crate::app::text_form::TextForm;
use crate::pool::{JobHandle, Outcome, Owner, Snapshot};
use crate::service::GenerationRequest;
use generation::{Length, Seed, Settings};

/// The number of concurrent generations: enough to fill the batches of several workers.
const CONCURRENCY: usize = 24;
/// The number of texts after which both files are saved, so that little is lost when the process stops.
const SAVE_INTERVAL: usize = 20;

#[derive(Debug, Args)]
#[command(after_help = "\
Text i has the seed --seed + i, so `mouthpiece speak --seed` reproduces it. An interrupted run resumes when it is \
started again.

Examples:
  mouthpiece sample --strategy gibbs --n 1000 --len 40 --out gibbs.txt        (as in Wang & Cho 2019)
  mouthpiece sample --prompts prompts.txt --form text --out texts.txt")]
pub(in crate::app) struct SampleArgs {
    /// Output file, one text per line; the settings and the cost are written to FILE.json.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Number of texts; by default 1000, or the number of prompts.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    n: Option<u32>,
    /// Prompt to continue; without one, texts are generated from nothing.
    #[arg(long)]
    prompt: Option<String>,
    /// File with one prompt per line, used in turn.
    #[arg(long, value_name = "FILE", conflicts_with = "prompt")]
    prompts: Option<PathBuf>,
    /// Number of new tokens per text.
    #[arg(long, visible_alias = "len")]
    length: Option<Length>,
    /// Form of the texts: lower-case words and punctuation marks separated by spaces, for the measures; or ordinary
    /// text.
    #[arg(long, value_enum, default_value_t = TextForm::Words)]
    form: TextForm,
    #[command(flatten)]
    writing: WritingArgs,
    #[command(flatten)]
    model: ModelChoice,
}

pub(super) fn run(config: Option<&Path>, arguments: &SampleArgs) -> anyhow::Result<()> {
    let mut config = arguments.model.configure(config)?;
    config.pool.generations = CONCURRENCY;
    crate::telemetry::start(&config.log.for_terminal())?;
    let engine = Engine::start(&config)?;
    let prompts = prompts(arguments)?;
    let settings = settings(&engine, arguments, &prompts)?;
    let request = |index: usize| {
        let settings = &settings[index % settings.len()];
        // A fixed default seed makes samples reproducible.
        GenerationRequest::unprompted(&engine.vocabulary, &config.limits, settings, Seed::from(0))?
            .banning(&engine.bans, &engine.vocabulary)
    };
    let (first, length) = (request(0)?, settings[0].length);
    let sample = SampleSettings::new(&first, length, &prompts, &engine.model);
    let mut file = SampleFile::open(&arguments.out, sample.with_form(arguments.form))?;
    let (done, count) = (file.len(), count(arguments.n, prompts.len()));
    let seed = |index| file.settings().seed_of(index);
    let requests = (done..count).map(|index| Ok(request(index)?.with_seed(seed(index))));
    let requests: Vec<GenerationRequest> = requests.collect::<anyhow::Result<_>>()?;
    let bar = progress_bar(count, done);
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    runtime.block_on(generate(&engine, requests, arguments.form, &mut file, &bar))?;
    bar.finish_and_clear();
    file.save()
}

/// The number of texts for `--n` and the number of prompts.
fn count(n: Option<u32>, prompts: usize) -> usize {
    match (n, prompts) {
        (Some(n), _) => n as usize,
        (None, 0 | 1) => 1000,
        (None, prompts) => prompts,
    }
}

/// The prompts; none if texts are generated from nothing.
fn prompts(arguments: &SampleArgs) -> anyhow::Result<Vec<String>> {
    let Some(path) = &arguments.prompts else {
        return Ok(arguments.prompt.iter().cloned().collect());
    };
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let prompts: Vec<String> = lines.map(str::to_owned).collect();
    ensure!(
        !prompts.is_empty(),
        "{} has no prompts; write one on each line",
        path.display()
    );
    Ok(prompts)
}

/// The settings for each prompt; without prompts, one for texts from nothing.
fn settings(
    engine: &Engine,
    arguments: &SampleArgs,
    prompts: &[String],
) -> anyhow::Result<Vec<Settings>> {
    let for_prompt = |prompt: &str| -> anyhow::Result<Settings> {
        let settings = Settings {
            length: arguments.length,
            ..arguments.writing.settings(prompt)?
        };
        Ok(settings.over(&engine.defaults))
    };
    if prompts.is_empty() {
        return Ok(vec![for_prompt("")?]);
    }
    prompts.iter().map(|prompt| for_prompt(prompt)).collect()
}

fn progress_bar(count: usize, done: usize) -> ProgressBar {
    let bar = if std::io::stderr().is_terminal() {
        ProgressBar::new(count as u64)
    } else {
        ProgressBar::hidden()
    };
    bar.set_style(
        ProgressStyle::with_template("{wide_bar} {pos}/{len} texts, {eta} left")
            .expect("the template is a valid constant"),
    );
    bar.set_position(done as u64);
    bar.reset_eta();
    bar
}

/// Generates all texts concurrently and adds them to the file in order.
async fn generate(
    engine: &Engine,
    requests: Vec<GenerationRequest>,
    form: TextForm,
    file: &mut SampleFile,
    bar: &ProgressBar,
) -> anyhow::Result<()> {
    let mut started = Instant::now();
    let mut running: VecDeque<(GenerationRequest, JobHandle)> = VecDeque::new();
    let mut waiting = requests.into_iter();
    loop {
        while running.len() < CONCURRENCY {
            let Some(request) = waiting.next() else { break };
            let generation = engine.pool.submit(Owner(0), request.begin())?;
            running.push_back((request, generation));
        }
        let Some((request, mut generation)) = running.pop_front() else {
            return Ok(());
        };
        let finished = generation.finished().await;
        if let Outcome::Failed(reason) = finished.outcome {
            bail!(reason);
        }
        file.add(
            &text(engine, &request, form, &finished),
            &request,
            &finished,
        );
        bar.inc(1);
        if file.pending() >= SAVE_INTERVAL || running.is_empty() {
            file.add_seconds(started.elapsed().as_secs_f64());
            started = Instant::now();
            file.save()?;
        }
    }
}

/// A finished text on one line.
fn text(
    engine: &Engine,
    request: &GenerationRequest,
    form: TextForm,
    finished: &Snapshot,
) -> String {
    let vocabulary = &engine.vocabulary;
    match form {
        TextForm::Words => vocabulary.words(&finished.draft),
        TextForm::Text => {
            let spans = vocabulary.render(&request.prompt, &finished.draft);
            let text: String = spans.iter().map(|span| span.text.as_str()).collect();
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        }
    }
}
