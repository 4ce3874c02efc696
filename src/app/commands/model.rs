//! `mouthpiece model`: models by their name on the Hugging Face hub.

use std::time::SystemTime;

use clap::{Args, Subcommand};

use crate::app::download_bar::DownloadBar;
use crate::app::output::print_line;
use crate::config::hub_settings;
use hub::{CachedModel, Hub, ModelName, ModelPage, Origin, Progress};

/// The number of digits of a commit that tables show.
const SHORT_COMMIT: usize = 12;

#[derive(Debug, Args)]
#[command(after_help = "\
Models are kept where Python's huggingface_hub keeps them: in $HF_HUB_CACHE, else $HF_HOME/hub, else \
~/.cache/huggingface/hub. HF_TOKEN, HF_ENDPOINT, HF_HUB_OFFLINE, HTTPS_PROXY, NO_PROXY and SSL_CERT_FILE work as there.")]
pub(in crate::app) struct ModelArgs {
    #[command(subcommand)]
    action: ModelAction,
}

#[derive(Debug, Subcommand)]
pub(super) enum ModelAction {
    /// Download a model, unless it is here already, and print its folder.
    #[command(after_help = "\
Examples:
  mouthpiece model pull google-bert/bert-base-uncased
  mouthpiece model pull answerdotai/ModernBERT-base@refs/pr/80")]
    Pull {
        #[arg(help = NAME)]
        name: ModelName,
    },
    /// List the models that are here.
    List {
        /// Print a JSON array of objects instead of a table.
        #[arg(long)]
        json: bool,
    },
    /// Print what is known of a model that is here: files, architecture, licence, languages.
    Show {
        #[arg(help = NAME)]
        name: ModelName,
        /// Print one JSON object instead of text.
        #[arg(long)]
        json: bool,
    },
    /// Delete a model that is here: one revision, or all of them if the name has none.
    Remove {
        #[arg(help = NAME)]
        name: ModelName,
    },
}

/// The help of the name.
const NAME: &str =
    "Name on the hub: org/name or org/name@revision, which is a branch, a tag or a commit.";

pub(super) fn run(arguments: &ModelArgs) -> anyhow::Result<()> {
    let hub = Hub::new(hub_settings()?);
    match &arguments.action {
        ModelAction::Pull { name } => pull(&hub, name),
        ModelAction::List { json: true } => print_line(&serde_json::to_string(&hub.list()?)?),
        ModelAction::List { json: false } => list(&hub),
        ModelAction::Show { name, json: true } => {
            print_line(&serde_json::to_string(&hub.show(name)?)?)
        }
        ModelAction::Show { name, json: false } => print_line(&page(&hub.show(name)?)),
        ModelAction::Remove { name } => {
            let removed = hub.remove(name)?;
            let revisions = counted(removed.revisions, "revision");
            print_line(&format!(
                "{name}: removed {revisions}, {}",
                size(removed.bytes)
            ))
        }
    }
}

fn pull(hub: &Hub, name: &ModelName) -> anyhow::Result<()> {
    let bar = DownloadBar::new();
    let pulled = hub.pull(name, &bar);
    bar.clear();
    let pulled = pulled?;
    let commit = short(&pulled.commit);
    match pulled.origin {
        Origin::Cache => bar.note(&format!("{name} is here already (commit {commit})")),
        Origin::OldCache { reason } => bar.note(&format!(
            "{reason}; {name} is here (commit {commit}), but may be out of date"
        )),
        Origin::Hub { files, bytes } => {
            let files = counted(files, "file");
            bar.note(&format!(
                "{name}: {files}, {} (commit {commit})",
                size(bytes)
            ));
        }
    }
    print_line(&pulled.folder.display().to_string())
}

fn list(hub: &Hub) -> anyhow::Result<()> {
    let models = hub.list()?;
    if models.is_empty() {
        let cache = hub.settings().cache.display();
        return print_line(&format!(
            "There are no models in {cache}; `mouthpiece model pull org/name` downloads one."
        ));
    }
    let rows: Vec<[String; 5]> = models.iter().map(row).collect();
    let header = ["name", "revision", "size", "last used", ""].map(str::to_owned);
    let rows: Vec<&[String; 5]> = [&header].into_iter().chain(&rows).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths = [0, 1, 2, 3].map(|column| width(column).unwrap_or(0));
    for [name, revision, size, used, problem] in rows {
        let [name_width, revision_width, size_width, used_width] = widths;
        let line = format!(
            "{name:name_width$}  {revision:revision_width$}  {size:>size_width$}  {used:used_width$}  {problem}"
        );
        print_line(line.trim_end())?;
    }
    Ok(())
}

fn row(model: &CachedModel) -> [String; 5] {
    let problem = model.problem.as_ref();
    [
        model.name.clone(),
        revision(model),
        size(model.bytes),
        ago(model.last_used),
        problem.map_or_else(String::new, |problem| format!("not usable: {problem}")),
    ]
}

/// The page of a model as text.
fn page(page: &ModelPage) -> String {
    let model = &page.model;
    let unknown = || "unknown".to_owned();
    let languages = match page.languages.as_slice() {
        [] => unknown(),
        languages => languages.join(", "),
    };
    let mut lines = vec![
        format!("name          {}", model.name),
        format!("revision      {}", revision(model)),
        format!("commit        {}", model.commit),
        format!(
            "architecture  {}",
            page.architecture.clone().unwrap_or_else(unknown)
        ),
        format!(
            "licence       {}",
            page.license.clone().unwrap_or_else(unknown)
        ),
        format!("languages     {languages}"),
        format!("last used     {}", ago(model.last_used)),
        format!("folder        {}", model.folder.display()),
    ];
    if let Some(problem) = &model.problem {
        lines.push(format!("not usable    {problem}"));
    }
    lines.push(format!(
        "size          {} in {}",
        size(model.bytes),
        counted(model.files, "file")
    ));
    for file in &page.contents {
        let bytes = file.bytes.map_or_else(|| "gone".to_owned(), size);
        lines.push(format!("  {bytes:>10}  {}", file.path));
    }
    lines.join("\n")
}

/// The branches and tags of a revision, else the beginning of its commit.
fn revision(model: &CachedModel) -> String {
    match model.references.as_slice() {
        [] => short(&model.commit).to_owned(),
        references => references.join(", "),
    }
}

fn short(commit: &str) -> &str {
    commit.get(..SHORT_COMMIT).unwrap_or(commit)
}

/// A size in the largest unit that leaves a digit before the point.
fn size(bytes: u64) -> String {
    let units = [(1e9, "GB"), (1e6, "MB"), (1e3, "kB")];
    let fits = units
        .iter()
        .find(|(factor, _)| bytes as f64 >= factor * 0.9995);
    match fits {
        Some((factor, unit)) => format!("{:.1} {unit}", bytes as f64 / factor),
        None => format!("{bytes} B"),
    }
}

/// How long ago `time` was, in the largest unit.
fn ago(time: Option<SystemTime>) -> String {
    let Some(time) = time else {
        return "unknown".to_owned();
    };
    let seconds = time.elapsed().map_or(0, |elapsed| elapsed.as_secs());
    let units = [(86_400, "day"), (3_600, "hour"), (60, "minute")];
    match units.iter().find(|(length, _)| seconds >= *length) {
        Some((length, unit)) => {
            let count = usize::try_from(seconds / length).unwrap_or(usize::MAX);
            format!("{} ago", counted(count, unit))
        }
        None => "just now".to_owned(),
    }
}

fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn sizes_and_times_are_read_at_a_glance() {
        for (bytes, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_000, "1.0 kB"),
            (437_955_512, "438.0 MB"),
            (999_960_000, "1.0 GB"),
        ] {
            assert_eq!(size(bytes), text);
        }
        let before = |seconds| ago(SystemTime::now().checked_sub(Duration::from_secs(seconds)));
        assert_eq!(before(5), "just now");
        assert_eq!(before(60), "1 minute ago");
        assert_eq!(before(3 * 86_400 + 5), "3 days ago");
        assert_eq!(ago(None), "unknown");
    }
}
