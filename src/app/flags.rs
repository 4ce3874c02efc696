//! Command-line flags for personal settings, one for each row of the table of settings.

use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Args, Command, Error, FromArgMatches};
use generation::{Setting, SettingFlag, SettingKind, Settings};

use super::context_retrieval;

/// The settings that subcommands take which fill blanks: how tokens are drawn.
#[derive(Debug)]
pub(super) struct SamplingArgs(Settings);

/// The settings that subcommands take which write texts.
#[derive(Debug, Args)]
pub(super) struct WritingArgs {
    #[command(flatten)]
    settings: SettingArgs,
    /// Text file whose sentences most relevant to prompt and tags (BM25) become the context.
    #[arg(long, value_name = "FILE", conflicts_with = "context")]
    pub(super) context_file: Option<PathBuf>,
}

/// All settings with a common flag.
#[derive(Debug)]
struct SettingArgs(Settings);

impl SamplingArgs {
    /// The settings of these flags, with `prompt`.
    pub(super) fn settings(&self, prompt: &str) -> Settings {
        Settings {
            prompt: Some(prompt.to_owned()),
            ..self.0.clone()
        }
    }
}

impl WritingArgs {
    /// The settings of these flags, with `prompt`.
    ///
    /// # Errors
    /// When the context file cannot be read or has no relevant sentence.
    pub(super) fn settings(&self, prompt: &str) -> anyhow::Result<Settings> {
        let mut settings = Settings {
            prompt: Some(prompt.to_owned()),
            ..self.settings.0.clone()
        };
        if let Some(file) = &self.context_file {
            let tags = settings.tags.as_deref().unwrap_or_default();
            let query = format!("{prompt} {tags}");
            settings.context = Some(context_retrieval::relevant_sentences(file, &query)?);
        }
        Ok(settings)
    }
}

/// The description of a flag that all subcommands have which write texts.
fn writing_help(setting: Setting) -> Option<&'static str> {
    match setting.spec().flag {
        SettingFlag::Writing(help) | SettingFlag::Sampling(help) => Some(help),
        SettingFlag::Own => None,
    }
}

/// The description of a flag that subcommands have which fill blanks.
fn sampling_help(setting: Setting) -> Option<&'static str> {
    match setting.spec().flag {
        SettingFlag::Sampling(help) => Some(help),
        SettingFlag::Own | SettingFlag::Writing(_) => None,
    }
}

/// The flag of a setting.
fn flag(setting: Setting, help: &'static str) -> Arg {
    let spec = setting.spec();
    let check = move |typed: &str| {
        let parsed = setting.set(&Settings::default(), typed);
        parsed.map(|_| typed.to_owned())
    };
    let flag = Arg::new(setting.name())
        .long(setting.name().replace('_', "-"))
        .value_name(setting.name().to_uppercase())
        .allow_negative_numbers(matches!(
            spec.kind,
            SettingKind::Number { .. } | SettingKind::Whole { .. }
        ))
        .value_parser(check)
        .help(help);
    match setting {
        Setting::Temperature => flag.short('t'),
        Setting::Seed => flag.short('s'),
        Setting::Options => flag
            .long("set")
            .value_name("NAME=VALUE")
            .action(ArgAction::Append),
        _ => flag,
    }
}

/// The settings that were given as flags, of those that have a description.
fn given(
    matches: &ArgMatches,
    help: fn(Setting) -> Option<&'static str>,
) -> Result<Settings, Error> {
    let mut settings = Settings::default();
    for &setting in Setting::ALL {
        if help(setting).is_none() {
            continue;
        }
        let typed = matches.get_many::<String>(setting.name());
        let typed: Vec<&str> = typed.into_iter().flatten().map(String::as_str).collect();
        if !typed.is_empty() {
            settings = setting
                .set(&settings, &typed.join(" "))
                .map_err(|error| Error::raw(clap::error::ErrorKind::ValueValidation, error))?;
        }
    }
    Ok(settings)
}

/// Implements [`Args`] for a struct of the settings to which `$help` gives a description.
macro_rules! setting_args {
    ($name:ty, $help:expr) => {
        impl FromArgMatches for $name {
            fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
                given(matches, $help).map(Self)
            }

            fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
                self.0 = given(matches, $help)?;
                Ok(())
            }
        }

        impl Args for $name {
            fn augment_args(command: Command) -> Command {
                let flag = |&setting: &Setting| Some(flag(setting, $help(setting)?));
                command.args(Setting::ALL.iter().filter_map(flag))
            }

            fn augment_args_for_update(command: Command) -> Command {
                Self::augment_args(command)
            }
        }
    };
}

setting_args!(SamplingArgs, sampling_help);
setting_args!(SettingArgs, writing_help);
