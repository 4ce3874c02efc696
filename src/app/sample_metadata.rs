//! The JSON file beside a file of texts: with what they were written, and what that took.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::{Deserialize, Serialize};

use super::text_form::TextForm;
use crate::service::{GenerationRequest, ModelName};
use generation::{Length, Seed, Steering, Temperature, TopK, TopP};

/// Everything that the texts depend on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct SampleSettings {
    pub(super) strategy: String,
    temperature: Temperature,
    top_k: TopK,
    top_p: TopP,
    pub(super) options: String,
    length: Option<Length>,
    steering: Steering,
    prompts: Vec<String>,
    /// Seed of the first text; each further text has the next number.
    pub(super) seed: Seed,
    form: TextForm,
    model: String,
    fingerprint: String,
}

/// What one text took.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct TextCost {
    pub(super) seed: Seed,
    /// Tokens written.
    pub(super) tokens: usize,
    /// Sequences scored.
    pub(super) passes: u64,
}

/// A recipe with what came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct SampleMetadata {
    pub(super) recipe: SampleSettings,
    /// How long it took to write the texts, all breaks left out.
    pub(super) seconds: f64,
    /// The texts in the order of their lines.
    pub(super) each: Vec<TextCost>,
}

impl SampleSettings {
    /// The recipe of `order` and of those like it with the other `prompts`.
    pub(super) fn new(
        order: &GenerationRequest,
        length: Option<Length>,
        prompts: &[String],
        model: &ModelName,
    ) -> Self {
        let sampling = order.params.sampling;
        Self {
            strategy: order.strategy.name().to_owned(),
            temperature: sampling.temperature,
            top_k: sampling.top_k,
            top_p: sampling.top_p,
            options: order.options.clone(),
            length,
            steering: order.steering.clone(),
            prompts: prompts.to_vec(),
            seed: order.params.seed,
            form: TextForm::Words,
            model: model.name.clone(),
            fingerprint: model.fingerprint.clone(),
        }
    }

    /// The same for texts in this form.
    pub(super) fn in_form(self, form: TextForm) -> Self {
        Self { form, ..self }
    }

    /// The seed of the text on this line, counted from 0.
    pub(super) fn seed_of(&self, number: usize) -> Seed {
        let seed = (self.seed.get() + number as u64) & Seed::MAX;
        Seed::try_from(seed).expect("within the range")
    }
}

impl SampleMetadata {
    pub(super) fn new(recipe: SampleSettings) -> Self {
        Self {
            recipe,
            seconds: 0.0,
            each: Vec::new(),
        }
    }

    /// Where the sidecar of a file of texts lies.
    pub(super) fn path(texts: &Path) -> PathBuf {
        let mut path = texts.as_os_str().to_owned();
        path.push(".json");
        path.into()
    }

    /// The sidecar of a file of texts, if there is one.
    ///
    /// # Errors
    /// When it cannot be read, or is none.
    pub(super) fn beside(texts: &Path) -> anyhow::Result<Option<Self>> {
        let path = Self::path(texts);
        if !path.exists() {
            return Ok(None);
        }
        let text =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let sidecar = serde_json::from_str(&text)
            .with_context(|| format!("{} was not written by mouthpiece sample", path.display()))?;
        Ok(Some(sidecar))
    }

    /// Replaces the sidecar of a file of texts, whole or not at all.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn save(&self, texts: &Path) -> anyhow::Result<()> {
        let path = Self::path(texts);
        let new = path.with_extension("json.new");
        let refused = || format!("cannot write {}", path.display());
        let text = serde_json::to_string_pretty(self)?;
        fs::write(&new, text + "\n").with_context(refused)?;
        fs::rename(&new, &path).with_context(refused)
    }

    pub(super) fn tokens(&self) -> usize {
        self.each.iter().map(|each| each.tokens).sum()
    }

    pub(super) fn passes(&self) -> u64 {
        self.each.iter().map(|each| each.passes).sum()
    }
}
