//! The flags that choose the model, for subcommands that run one.

use std::path::{Path, PathBuf};

use anyhow::ensure;
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::config::Config;
use model::Precision;

// Not a doc comment: clap would show it as the description of the subcommand.
// The model to run instead of the configured one.
#[derive(Debug, Args)]
pub(super) struct ModelChoice {
    /// Folder of the model, or its name on the Hugging Face hub, such as google-bert/bert-base-uncased.
    #[arg(long, value_name = "NAME_OR_FOLDER")]
    model: Option<String>,
    /// Precision of the model: int8 is smaller and faster, fp32 exact.
    #[arg(long, value_parser = precisions())]
    precision: Option<Precision>,
}

/// Parses a precision.
fn precisions() -> impl TypedValueParser<Value = Precision> {
    PossibleValuesParser::new(["int8", "fp32"]).map(|name| match name.as_str() {
        "fp32" => Precision::Fp32,
        _ => Precision::Int8,
    })
}

/// Whether what was typed is the path of a folder rather than a name: it exists, begins like a path, or lies in a folder that
/// exists, so that a mistyped path is not looked for on the hub.
fn is_path(model: &str) -> bool {
    let first = model.split('/').next().unwrap_or_default();
    Path::new(model).exists() || model.starts_with(['/', '.', '~']) || Path::new(first).is_dir()
}

impl ModelChoice {
    /// The configuration of `file`, with the model of these flags.
    ///
    /// # Errors
    /// When the configuration is invalid, the folder does not exist, or the model is neither a folder nor a name.
    pub(super) fn configure(&self, file: Option<&Path>) -> anyhow::Result<Config> {
        let mut config = Config::load(file)?;
        if let Some(precision) = self.precision {
            config.model.precision = precision;
        }
        if let Some(model) = &self.model {
            let folder = PathBuf::from(model);
            config.model.name = if is_path(model) {
                ensure!(folder.is_dir(), "there is no folder {model}");
                None
            } else {
                Some(model.parse()?)
            };
            config.model.folder = folder;
        }
        Ok(config)
    }
}
