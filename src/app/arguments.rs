//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use serde::{Deserialize, Serialize};

use super::retrieval;
use crate::service::Format;
use generation::{Length, Seed, Settings, Temperature, TopK, TopP};

/// A Discord bot that writes text with masked language models.
///
/// BERT was trained to fill blanks, not to speak. Mouthpiece gives it a mouth, and lets people play with how the text is
/// written.
#[derive(Debug, Parser)]
#[command(
    name = "mouthpiece",
    version,
    after_help = "Try: mouthpiece speak \"In order to make a sandwich, first\""
)]
pub(super) struct Arguments {
    /// A file with settings that differ from config/default.toml. MOUTHPIECE__… in the environment wins over it.
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Runs the bot: on Discord with a token, else against a sandbox of its own that opens in a browser.
    #[command(after_help = "\
The token is taken from MOUTHPIECE__DISCORD__TOKEN, or from the file that discord.token_file names.
Without one, the bot starts a small Discord on 127.0.0.1 and prints its address.")]
    Run,
    /// Runs the sandbox alone: a small Discord on 127.0.0.1 for any bot.
    Sandbox,
    /// Writes a text here in the terminal.
    Speak(Speak),
    /// Fills the blanks of a sentence here in the terminal.
    Fill(Fill),
    /// Writes many texts into a file, reproducibly.
    Sample(Sample),
    /// Measures the texts in files: BLEU, variety, repetition, pseudo-perplexity, cost.
    Eval(Eval),
    /// Says how probable the model finds a text, word by word.
    Score(Score),
    /// What people voted in the bot's arena.
    Ratings(Ratings),
    /// Holds a model's small graph against its exact one, for its card.
    Compare(Compare),
    /// Reads the codes that `/preset share` shows.
    Preset(Preset),
    /// Lists the strategies, their defaults and their options.
    Strategies(Strategies),
    /// Copies the database into a file, while the bot runs, and checks the copy.
    Backup(Backup),
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mouthpiece speak \"The old lighthouse keeper opened the door and\"
  mouthpiece speak \"Once upon a time\" --length 60 --temperature 0.9 --seed 7
  mouthpiece speak \"In order to make a sandwich, first\" --strategy naive     (see it fail)
  mouthpiece speak \"First slice some ___, then add ___.\" --strategy template
  mouthpiece speak \"It was a dark night\" --strategy gibbs --set iterations=200 --set burn-in=0.3")]
pub(super) struct Speak {
    #[arg(
        help = "The text to go on from. [MASK], <mask> or ___ marks a blank to fill. Without one, a text is written out of nothing."
    )]
    pub(super) prompt: Option<String>,
    /// How the text is written; `mouthpiece strategies` lists the ways.
    #[arg(long)]
    pub(super) strategy: Option<String>,
    /// How many new tokens.
    #[arg(long, short = 'n')]
    pub(super) length: Option<Length>,
    #[command(flatten)]
    pub(super) sampling: Sampling,
    #[command(flatten)]
    pub(super) steering: Steering,
    /// Print one JSON object instead of text.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mouthpiece fill \"The capital of France is ___.\"
  mouthpiece fill \"First slice some [MASK], then put together [MASK].\" --top 10 --json")]
pub(super) struct Fill {
    #[arg(help = "The sentence; [MASK], <mask> or ___ (two or more underscores) marks a blank.")]
    pub(super) text: String,
    /// How many candidates are shown for each blank.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(super) top: u32,
    #[command(flatten)]
    pub(super) sampling: Sampling,
    /// Print one JSON object instead of text.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct Preset {
    #[command(subcommand)]
    pub(super) action: PresetAction,
}

#[derive(Debug, Subcommand)]
pub(super) enum PresetAction {
    /// Shows what a code sets. Nothing is looked up anywhere: the code carries it.
    #[command(after_help = "\
Example:
  mouthpiece preset decode MP1-G0B66R349Q7MRJHACS6070V7YR60S31P1GG0000ZY9QEC")]
    Decode {
        /// The code, beginning with MP1-.
        code: String,
        /// Print one JSON object instead of text.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
#[command(after_help = "\
Text number i has the seed --seed + i, so `mouthpiece speak --seed` can write it again. A run that was stopped goes on \
where it was when it is started again.

Examples:
  mouthpiece sample --strategy gibbs --n 1000 --len 40 --out gibbs.txt        (as in Wang & Cho 2019)
  mouthpiece sample --prompts prompts.txt --form text --out texts.txt")]
pub(super) struct Sample {
    /// The file for the texts, one on each line; FILE.json beside it says how they came about.
    #[arg(long, value_name = "FILE")]
    pub(super) out: PathBuf,
    /// How many texts: 1000 if not said otherwise, or as many as there are prompts.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(super) n: Option<u32>,
    /// The text to go on from; without one, texts are written out of nothing.
    #[arg(long)]
    pub(super) prompt: Option<String>,
    /// A file with a prompt on each line, taken in turn.
    #[arg(long, value_name = "FILE", conflicts_with = "prompt")]
    pub(super) prompts: Option<PathBuf>,
    /// How the texts are written; `mouthpiece strategies` lists the ways.
    #[arg(long)]
    pub(super) strategy: Option<String>,
    /// How many new tokens each.
    #[arg(long, visible_alias = "len")]
    pub(super) length: Option<Length>,
    /// Words and marks separated by spaces in lower case, to be measured; or text to be read.
    #[arg(long, value_enum, default_value_t = Form::Words)]
    pub(super) form: Form,
    #[command(flatten)]
    pub(super) sampling: Sampling,
    #[command(flatten)]
    pub(super) steering: Steering,
}

#[derive(Debug, Args)]
pub(super) struct Ratings {
    #[command(subcommand)]
    pub(super) command: RatingsCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum RatingsCommand {
    /// Writes all votes of closed duels to standard output; people and servers are pseudonyms.
    #[command(after_help = "\
Example:
  mouthpiece --config /etc/mouthpiece/mouthpiece.toml ratings export --format json > votes.json")]
    Export {
        /// What they are written in.
        #[arg(long, value_enum, default_value = "csv")]
        format: VotesFormat,
    },
}

/// What votes are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum VotesFormat {
    /// Comma-separated values, with a line of names.
    Csv,
    /// An array of objects.
    Json,
}

impl From<VotesFormat> for Format {
    fn from(format: VotesFormat) -> Self {
        match format {
            VotesFormat::Csv => Self::Csv,
            VotesFormat::Json => Self::Json,
        }
    }
}

/// How a sampled text is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Form {
    /// Words and marks, separated by spaces, in lower case.
    Words,
    /// As people write.
    Text,
}

#[derive(Debug, Args)]
pub(super) struct Compare {
    /// A file with one JSON object on each line: ids of a sequence, the positions asked for, and the ids that stood there.
    #[arg(value_name = "FILE")]
    pub(super) probes: PathBuf,
    /// Compares the graphs of the model's student: which token follows a position, seen from the left.
    #[arg(long)]
    pub(super) student: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Words are what stands between spaces. References are put in lower case; the measures are those of Wang & Cho 2019 and \
are explained in docs/evaluation.md.

Example:
  mouthpiece eval gibbs.txt --reference tests/data/bert-gen/wiki103.5k.txt --reference tests/data/bert-gen/tbc.5k.txt")]
pub(super) struct Eval {
    /// Files with a text on each line. What `mouthpiece sample` wrote beside them gives their cost.
    #[arg(required = true, value_name = "FILE")]
    pub(super) files: Vec<PathBuf>,
    /// A file with a text of people's on each line, to compare with; may be given several times.
    #[arg(long = "reference", value_name = "FILE")]
    pub(super) references: Vec<PathBuf>,
    /// Also the pseudo-perplexity under the model, of all texts or of the first COUNT.
    #[arg(long, value_name = "COUNT", num_args = 0..=1, default_missing_value = "0")]
    pub(super) pppl: Option<u32>,
    /// Also draw pseudo-perplexity against passes per token, as SVG.
    #[arg(long, value_name = "FILE", requires = "pppl")]
    pub(super) chart: Option<PathBuf>,
    #[command(flatten)]
    pub(super) table: Table,
}

#[derive(Debug, Args)]
#[group(multiple = false)]
pub(super) struct Table {
    /// Print JSON: a list with one object for each file.
    #[arg(long)]
    pub(super) json: bool,
    /// Print a Markdown table.
    #[arg(long)]
    pub(super) markdown: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
PLL hides one token at a time (Salazar et al. 2020); PLL-word-l2r also the later pieces of its word (Kauf & Ivanova \
2023). Natural logarithms; nearer to 0 is more probable. PPPL is exp of minus the mean.

Example:
  mouthpiece score \"The cat sat on the mat.\" \"The mat sat on the cat.\"")]
pub(super) struct Score {
    /// Texts to score.
    #[arg(required = true, value_name = "TEXT")]
    pub(super) texts: Vec<String>,
    /// Print one JSON object for each text.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct Strategies {
    /// Print the page docs/strategies.md, with the figures of this file, which `mouthpiece eval --json` printed.
    #[arg(long, value_name = "FILE")]
    pub(super) page: Option<PathBuf>,
    /// Draw how each strategy uncovers a text, as SVG.
    #[arg(long, value_name = "FILE", conflicts_with = "page")]
    pub(super) uncovering: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
The copy is the database as it is at one moment. To restore it, stop the bot and put the copy where store.path says, without \
the files ending in -wal and -shm that may lie there.

Example:
  mouthpiece --config /etc/mouthpiece/mouthpiece.toml backup /var/backups/mouthpiece-monday.sqlite3")]
pub(super) struct Backup {
    /// The file to make; there must be none of that name.
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct Sampling {
    /// How boldly words are drawn: 0 takes the best, 1 draws as the model believes; up to 5.
    #[arg(long, short = 't', allow_negative_numbers = true)]
    temperature: Option<Temperature>,
    /// Draw only from so many of the best words; 0 is off.
    #[arg(long, allow_negative_numbers = true)]
    top_k: Option<TopK>,
    /// Draw only from the best words that together reach this probability.
    #[arg(long, allow_negative_numbers = true)]
    top_p: Option<TopP>,
    /// The same seed gives the same text.
    #[arg(long, short = 's', allow_negative_numbers = true)]
    seed: Option<Seed>,
    /// An option of the strategy's own, such as window=8; may be given several times.
    #[arg(long = "set", value_name = "NAME=VALUE")]
    options: Vec<String>,
}

#[derive(Debug, Args)]
pub(super) struct Steering {
    /// Words that steer the text from behind and do not appear, separated by commas.
    #[arg(long)]
    tags: Option<String>,
    /// A sentence that steers the text from behind and does not appear.
    #[arg(long, conflicts_with = "context_file")]
    context: Option<String>,
    /// A text file of which the sentences that suit prompt and tags best steer the text (BM25).
    #[arg(long, value_name = "FILE")]
    pub(super) context_file: Option<PathBuf>,
    /// Words that must appear, separated by commas; for the strategies keywords and best-of.
    #[arg(long)]
    keywords: Option<String>,
}

impl Steering {
    /// `settings` with these choices.
    ///
    /// # Errors
    /// When the file with the context cannot be read or has no sentence that suits.
    pub(super) fn over(&self, settings: Settings) -> anyhow::Result<Settings> {
        let mut settings = Settings {
            tags: self.tags.clone(),
            context: self.context.clone(),
            keywords: self.keywords.clone(),
            ..settings
        };
        if let Some(file) = &self.context_file {
            let about = [&settings.prompt, &settings.tags];
            let about: Vec<&str> = about.into_iter().flatten().map(String::as_str).collect();
            settings.context = Some(retrieval::context(file, &about.join(" "))?);
        }
        Ok(settings)
    }
}

impl Sampling {
    /// These choices as settings for `prompt`.
    pub(super) fn settings(&self, prompt: &str) -> Settings {
        Settings {
            prompt: Some(prompt.to_owned()),
            temperature: self.temperature,
            top_k: self.top_k,
            top_p: self.top_p,
            seed: self.seed,
            options: Some(self.options.join(" ")).filter(|options| !options.is_empty()),
            ..Settings::default()
        }
    }
}
