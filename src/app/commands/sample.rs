//! `mouthpiece sample`: many texts into a file, one on each line, with a JSON file beside it that says how to get them
//! again.

use crate::app::flags::{SamplingArgs, SteeringArgs};
use crate::app::text_form::TextForm;
use clap::Args;
use std::collections::VecDeque;
use std::fs;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, bail, ensure};
use indicatif::{ProgressBar, ProgressStyle};

use crate::app::engine::Engine;
use crate::app::sample_metadata::{SampleMetadata, SampleSettings, TextCost};
use crate::config::Config;
use crate::pool::{Outcome, Owner, Running, Snapshot};
use crate::service::GenerationRequest;
use generation::{Length, Seed, Settings};

/// So many texts are in the making at once, which fills the batches of several workers.
const AT_ONCE: usize = 24;
/// After so many texts both files are brought up to date, so that little is lost when the program is stopped.
const SAVED_EVERY: usize = 20;

#[derive(Debug, Args)]
#[command(after_help = "\
Text number i has the seed --seed + i, so `mouthpiece speak --seed` can write it again. A run that was stopped goes on \
where it was when it is started again.

Examples:
  mouthpiece sample --strategy gibbs --n 1000 --len 40 --out gibbs.txt        (as in Wang & Cho 2019)
  mouthpiece sample --prompts prompts.txt --form text --out texts.txt")]
pub(in crate::app) struct SampleArgs {
    /// The file for the texts, one on each line; FILE.json beside it says how they came about.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// How many texts: 1000 if not said otherwise, or as many as there are prompts.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    n: Option<u32>,
    /// The text to go on from; without one, texts are written out of nothing.
    #[arg(long)]
    prompt: Option<String>,
    /// A file with a prompt on each line, taken in turn.
    #[arg(long, value_name = "FILE", conflicts_with = "prompt")]
    prompts: Option<PathBuf>,
    /// How the texts are written; `mouthpiece strategies` lists the ways.
    #[arg(long)]
    strategy: Option<String>,
    /// How many new tokens each.
    #[arg(long, visible_alias = "len")]
    length: Option<Length>,
    /// Words and marks separated by spaces in lower case, to be measured; or text to be read.
    #[arg(long, value_enum, default_value_t = TextForm::Words)]
    form: TextForm,
    #[command(flatten)]
    sampling: SamplingArgs,
    #[command(flatten)]
    steering: SteeringArgs,
}

pub(super) fn run(config: Option<&Path>, arguments: &SampleArgs) -> anyhow::Result<()> {
    let mut config = Config::load(config)?;
    config.pool.generations = AT_ONCE;
    crate::telemetry::start(&config.log.for_terminal())?;
    let engine = Engine::start(&config)?;
    let prompts = prompts(arguments)?;
    // Without a prompt, texts are written out of nothing.
    let asked = if prompts.is_empty() {
        vec![settings(&engine, arguments, "")?]
    } else {
        let settings = |prompt: &String| settings(&engine, arguments, prompt);
        prompts
            .iter()
            .map(settings)
            .collect::<anyhow::Result<_>>()?
    };
    let order = |number: usize| {
        let settings = &asked[number % asked.len()];
        // Samples are reproducible unless somebody names another seed.
        GenerationRequest::unprompted(&engine.vocabulary, &config.limits, settings, Seed::from(0))?
            .banning(&engine.bans, &engine.vocabulary)
    };
    let first = order(0)?;
    let count = match (arguments.n, prompts.len()) {
        (Some(count), _) => count as usize,
        (None, 0 | 1) => 1000,
        (None, prompts) => prompts,
    };
    let recipe = SampleSettings::new(&first, asked[0].length, &prompts, &engine.model)
        .in_form(arguments.form);
    let mut file = SampleFile::open(&arguments.out, recipe)?;
    let done = file.sidecar.each.len();
    let seed = |number| file.sidecar.recipe.seed_of(number);
    let orders = (done..count).map(|number| Ok(order(number)?.with_seed(seed(number))));
    let orders: Vec<GenerationRequest> = orders.collect::<anyhow::Result<_>>()?;
    let bar = bar(count, done);
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    runtime.block_on(write(&engine, orders, arguments.form, &mut file, &bar))?;
    bar.finish_and_clear();
    file.save()
}

/// The prompts, none if texts are to be written out of nothing.
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

fn settings(engine: &Engine, arguments: &SampleArgs, prompt: &str) -> anyhow::Result<Settings> {
    let settings = arguments.steering.over(Settings {
        strategy: arguments.strategy.clone(),
        length: arguments.length,
        ..arguments.sampling.settings(prompt)
    })?;
    Ok(settings.over(&engine.defaults))
}

fn bar(count: usize, done: usize) -> ProgressBar {
    let bar = if std::io::stderr().is_terminal() {
        ProgressBar::new(count as u64)
    } else {
        ProgressBar::hidden()
    };
    bar.set_style(
        ProgressStyle::with_template("{wide_bar} {pos}/{len} texts, {eta} left")
            .expect("a constant template"),
    );
    bar.set_position(done as u64);
    bar.reset_eta();
    bar
}

/// Writes all texts, several at once, into the file in order.
async fn write(
    engine: &Engine,
    orders: Vec<GenerationRequest>,
    form: TextForm,
    file: &mut SampleFile,
    bar: &ProgressBar,
) -> anyhow::Result<()> {
    let mut began = Instant::now();
    let mut running: VecDeque<(GenerationRequest, Running)> = VecDeque::new();
    let mut waiting = orders.into_iter();
    loop {
        while running.len() < AT_ONCE {
            let Some(order) = waiting.next() else { break };
            let generation = engine.pool.submit(Owner(0), order.begin())?;
            running.push_back((order, generation));
        }
        let Some((order, mut generation)) = running.pop_front() else {
            return Ok(());
        };
        let finished = generation.finished().await;
        if let Outcome::Failed(reason) = finished.outcome {
            bail!(reason);
        }
        file.add(&text(engine, &order, form, &finished), &order, &finished);
        bar.inc(1);
        if file.lines.len() >= SAVED_EVERY || running.is_empty() {
            file.sidecar.seconds += began.elapsed().as_secs_f64();
            began = Instant::now();
            file.save()?;
        }
    }
}

/// A text on one line.
fn text(engine: &Engine, order: &GenerationRequest, form: TextForm, finished: &Snapshot) -> String {
    let vocabulary = &engine.vocabulary;
    match form {
        TextForm::Words => vocabulary.words(&finished.draft),
        TextForm::Text => {
            let spans = vocabulary.render(&order.prompt, &finished.draft);
            let text: String = spans.iter().map(|span| span.text.as_str()).collect();
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        }
    }
}

/// The file of texts with its sidecar.
struct SampleFile {
    path: PathBuf,
    sidecar: SampleMetadata,
    /// Texts that are not in the file yet.
    lines: Vec<String>,
}

impl SampleFile {
    /// Goes on with the file at `path` if it was begun by the same recipe, else begins it.
    fn open(path: &Path, recipe: SampleSettings) -> anyhow::Result<Self> {
        let sidecar = match SampleMetadata::beside(path)? {
            Some(sidecar) if sidecar.recipe == recipe => sidecar,
            Some(_) => bail!(
                "{} was begun with other settings or another model; name another file, or remove it and {}",
                path.display(),
                SampleMetadata::path(path).display()
            ),
            None if path.exists() => bail!(
                "{} is there already and has no {} beside it; name another file",
                path.display(),
                SampleMetadata::path(path).display()
            ),
            None => SampleMetadata::new(recipe),
        };
        // Lines that the sidecar does not know of were written by a program that was stopped in between.
        let text = if path.exists() {
            fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?
        } else {
            String::new()
        };
        let kept: String = text
            .split_inclusive('\n')
            .take(sidecar.each.len())
            .collect();
        ensure!(
            kept.lines().count() == sidecar.each.len(),
            "{} has fewer texts than {} says; remove both to begin again",
            path.display(),
            SampleMetadata::path(path).display()
        );
        fs::write(path, kept).with_context(|| format!("cannot write {}", path.display()))?;
        let file = Self {
            path: path.to_owned(),
            sidecar,
            lines: Vec::new(),
        };
        file.sidecar.save(path)?;
        Ok(file)
    }

    fn add(&mut self, text: &str, order: &GenerationRequest, finished: &Snapshot) {
        self.sidecar.each.push(TextCost {
            seed: order.params.seed,
            tokens: finished.draft.written(),
            passes: finished.passes,
        });
        self.lines.push(format!("{text}\n"));
    }

    /// Appends the new texts, then says so in the sidecar.
    fn save(&mut self) -> anyhow::Result<()> {
        let refused = || format!("cannot write {}", self.path.display());
        let mut file = fs::OpenOptions::new()
            .append(true)
            .open(&self.path)
            .with_context(refused)?;
        file.write_all(self.lines.concat().as_bytes())
            .with_context(refused)?;
        self.lines.clear();
        self.sidecar.save(&self.path)
    }
}
