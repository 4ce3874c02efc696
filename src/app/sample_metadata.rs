//! The JSON file beside a file of sampled texts: their settings and their cost.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::{Deserialize, Serialize};

use super::text_form::TextForm;
use crate::domain::Text;
use crate::service::{GenerationRequest, ModelIdentity};
use generation::{Length, Seed, Settings, Temperature, TopK, TopP};

/// All settings that the texts depend on. Sampling resumes only with equal settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct SampleSettings {
    pub(super) strategy: String,
    temperature: Temperature,
    top_k: TopK,
    top_p: TopP,
    pub(super) options: String,
    length: Option<Length>,
    /// The settings that have no field of their own.
    #[serde(rename = "steering")]
    other: Settings,
    prompts: Vec<String>,
    /// The seed of the first text; text i has this seed plus i.
    pub(super) seed: Seed,
    form: TextForm,
    model: String,
    fingerprint: String,
}

/// The cost of one text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct TextCost {
    pub(super) seed: Seed,
    /// The number of generated tokens.
    pub(super) tokens: usize,
    /// The number of sequences that the model scored.
    pub(super) passes: u64,
}

/// The settings of a sample and the cost of its texts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct SampleMetadata {
    #[serde(rename = "recipe")]
    pub(super) settings: SampleSettings,
    /// The time spent on generation, in seconds, without interruptions.
    pub(super) seconds: f64,
    /// The cost of each text, in the order of the lines.
    #[serde(rename = "each")]
    pub(super) costs: Vec<TextCost>,
}

impl SampleSettings {
    /// The settings of `request` and of the requests that differ from it only in the prompt, which is one of `prompts`.
    pub(super) fn new(
        request: &GenerationRequest,
        length: Option<Length>,
        prompts: &[String],
        model: &ModelIdentity,
    ) -> Self {
        let sampling = request.params.sampling;
        Self {
            strategy: request.strategy.name().to_owned(),
            temperature: sampling.temperature,
            top_k: sampling.top_k,
            top_p: sampling.top_p,
            options: request.settings.options.clone().unwrap_or_default(),
            length,
            other: Text::settings_without_field(request.settings.clone()),
            prompts: prompts.to_vec(),
            seed: request.params.seed,
            form: TextForm::Words,
            model: model.name.clone(),
            fingerprint: model.fingerprint.clone(),
        }
    }

    /// The settings with another form of the texts.
    pub(super) fn with_form(self, form: TextForm) -> Self {
        Self { form, ..self }
    }

    /// The seed of the text with this index, from 0.
    pub(super) fn seed_of(&self, index: usize) -> Seed {
        let seed = (self.seed.get() + index as u64) & Seed::MAX;
        Seed::try_from(seed).expect("the mask keeps the seed within its range")
    }
}

impl SampleMetadata {
    /// The metadata of a sample without texts.
    pub(super) fn new(settings: SampleSettings) -> Self {
        Self {
            settings,
            seconds: 0.0,
            costs: Vec::new(),
        }
    }

    /// The path of the metadata of a file of texts: its name with `.json` appended.
    pub(super) fn path(texts: &Path) -> PathBuf {
        let mut path = texts.as_os_str().to_owned();
        path.push(".json");
        path.into()
    }

    /// Reads the metadata of a file of texts; `None` if there is no such file.
    ///
    /// # Errors
    /// When the file cannot be read or parsed.
    pub(super) fn read(texts: &Path) -> anyhow::Result<Option<Self>> {
        let path = Self::path(texts);
        if !path.exists() {
            return Ok(None);
        }
        let text =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let metadata = serde_json::from_str(&text)
            .with_context(|| format!("{} was not written by mouthpiece sample", path.display()))?;
        Ok(Some(metadata))
    }

    /// Replaces the metadata of a file of texts atomically.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(super) fn save(&self, texts: &Path) -> anyhow::Result<()> {
        let path = Self::path(texts);
        let new = path.with_extension("json.new");
        let failed = || format!("cannot write {}", path.display());
        let text = serde_json::to_string_pretty(self)?;
        fs::write(&new, text + "\n").with_context(failed)?;
        fs::rename(&new, &path).with_context(failed)
    }

    /// The number of generated tokens of all texts.
    pub(super) fn tokens(&self) -> usize {
        self.costs.iter().map(|text| text.tokens).sum()
    }

    /// The number of sequences that the model scored for all texts.
    pub(super) fn passes(&self) -> u64 {
        self.costs.iter().map(|text| text.passes).sum()
    }
}
