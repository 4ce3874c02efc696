//! `mouthpiece sample`: many texts into a file, one on each line, with a JSON file beside it that says how to get them
//! again.

use std::collections::VecDeque;
use std::fs;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, bail, ensure};
use indicatif::{ProgressBar, ProgressStyle};

use super::arguments::{Form, Sample};
use super::engine::Engine;
use super::sidecar::{Each, Recipe, Sidecar};
use crate::config::Config;
use crate::pool::{Outcome, Owner, Running, Snapshot};
use crate::service::GenerationRequest;
use generation::{Seed, Settings};

/// So many texts are in the making at once, which fills the batches of several workers.
const AT_ONCE: usize = 24;
/// After so many texts both files are brought up to date, so that little is lost when the program is stopped.
const SAVED_EVERY: usize = 20;

pub(super) fn perform(config: Option<&Path>, arguments: &Sample) -> anyhow::Result<()> {
    let mut config = Config::load(config)?;
    config.pool.generations = AT_ONCE;
    crate::telemetry::start(&config.log.quiet())?;
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
    let recipe =
        Recipe::new(&first, asked[0].length, &prompts, &engine.model).in_form(arguments.form);
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
fn prompts(arguments: &Sample) -> anyhow::Result<Vec<String>> {
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

fn settings(engine: &Engine, arguments: &Sample, prompt: &str) -> anyhow::Result<Settings> {
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
    form: Form,
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
fn text(engine: &Engine, order: &GenerationRequest, form: Form, finished: &Snapshot) -> String {
    let vocabulary = &engine.vocabulary;
    match form {
        Form::Words => vocabulary.words(&finished.draft),
        Form::Text => {
            let spans = vocabulary.render(&order.prompt, &finished.draft);
            let text: String = spans.iter().map(|span| span.text.as_str()).collect();
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        }
    }
}

/// The file of texts with its sidecar.
struct SampleFile {
    path: PathBuf,
    sidecar: Sidecar,
    /// Texts that are not in the file yet.
    lines: Vec<String>,
}

impl SampleFile {
    /// Goes on with the file at `path` if it was begun by the same recipe, else begins it.
    fn open(path: &Path, recipe: Recipe) -> anyhow::Result<Self> {
        let sidecar = match Sidecar::beside(path)? {
            Some(sidecar) if sidecar.recipe == recipe => sidecar,
            Some(_) => bail!(
                "{} was begun with other settings or another model; name another file, or remove it and {}",
                path.display(),
                Sidecar::path(path).display()
            ),
            None if path.exists() => bail!(
                "{} is there already and has no {} beside it; name another file",
                path.display(),
                Sidecar::path(path).display()
            ),
            None => Sidecar::new(recipe),
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
            Sidecar::path(path).display()
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
        self.sidecar.each.push(Each {
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
