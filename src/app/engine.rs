//! The model and its workers, loaded as configured.

use std::path::PathBuf;
use std::sync::Arc;

use super::download_bar::DownloadBar;
use crate::config::{Config, hub_settings, library, model_folder, telemetry_disabled};
use crate::pool::{Loader, Pool};
use crate::service::ModelIdentity;
use generation::{Bans, Settings, strategy};
use hub::{FrontMatter, Hub};
use model::{Card, MaskedModel, OnnxModel, Runtime, Vocabulary};

/// A loaded model with running workers.
pub(super) struct Engine {
    pub(super) vocabulary: Arc<Vocabulary>,
    /// The words that the operator bans.
    pub(super) bans: Bans,
    pub(super) pool: Pool,
    pub(super) model: ModelIdentity,
    /// The settings of people who have none of their own.
    pub(super) defaults: Settings,
}

/// Loads the ONNX Runtime library and reads the card of the configured model, which is downloaded if it has a name on the
/// hub and is not in the cache.
///
/// # Errors
/// When one of them is missing or invalid. The message says what to do.
pub(super) fn open_model(config: &Config) -> anyhow::Result<(Runtime, Card)> {
    let library = library(config.model.library.as_deref());
    let runtime = Runtime::load(&library, telemetry_disabled()?)?;
    let folder = match &config.model.name {
        Some(name) => pulled_folder(name)?,
        None => model_folder(&config.model.folder),
    };
    let mut card = Card::read(&folder)?;
    if let Some(name) = &config.model.name {
        // The folder in the cache is named by the commit.
        card.name = name.to_string();
    }
    if card.licence == Card::UNKNOWN_LICENCE {
        let licence = FrontMatter::of_folder(&folder).license;
        card.licence = licence.unwrap_or(card.licence);
    }
    Ok((runtime, card))
}

/// The folder of a model on the hub, which is downloaded if it is not in the cache.
fn pulled_folder(name: &hub::ModelName) -> anyhow::Result<PathBuf> {
    let bar = DownloadBar::new();
    let folder = Hub::new(hub_settings()?).resolve(name, &bar);
    bar.clear();
    Ok(folder?)
}

impl Engine {
    /// Loads library, model and tokenizer, and starts the workers.
    ///
    /// # Errors
    /// When one of them is missing or invalid. The message says what to do.
    pub(super) fn start(config: &Config) -> anyhow::Result<Self> {
        let (runtime, card) = open_model(config)?;
        let (precision, threads) = (config.model.precision, config.model.threads);
        let vocabulary = Arc::new(Vocabulary::load(&card)?);
        let model = ModelIdentity {
            name: format!("{} ({precision})", card.name),
            fingerprint: card.fingerprint(precision),
            lines: card.lines(precision),
            origin: format!("{}\nLicence of the weights: {}", card.origin, card.licence),
        };
        let load: Box<Loader> = Box::new(move || {
            let model = OnnxModel::load(&runtime, &card, precision, threads)?;
            Ok(Box::new(model) as Box<dyn MaskedModel>)
        });
        let strategy = strategy::default_for(vocabulary.attention_modes());
        Ok(Self {
            defaults: config.defaults.clone().over(&Settings {
                strategy: Some(strategy.name().into()),
                ..Settings::default()
            }),
            bans: vocabulary.bans(&config.banned_words),
            vocabulary,
            pool: Pool::start(load, config.pool)?,
            model,
        })
    }
}
