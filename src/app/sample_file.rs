//! The file of sampled texts, one text per line, with its metadata beside it. Sampling can be interrupted and resumed.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};

use super::sample_metadata::{SampleMetadata, SampleSettings, TextCost};
use crate::pool::Snapshot;
use crate::service::GenerationRequest;

/// A file of texts with its metadata.
pub(super) struct SampleFile {
    path: PathBuf,
    metadata: SampleMetadata,
    /// The texts that are not in the file yet.
    pending: Vec<String>,
}

impl SampleFile {
    /// Opens the file at `path` to append to it, or creates it.
    ///
    /// # Errors
    /// When the file has other settings, has no metadata, is damaged, or cannot be read or written.
    pub(super) fn open(path: &Path, settings: SampleSettings) -> anyhow::Result<Self> {
        let metadata = match SampleMetadata::read(path)? {
            Some(metadata) if metadata.settings == settings => metadata,
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
            None => SampleMetadata::new(settings),
        };
        // Lines beyond the metadata were written by a process that stopped before it could save the metadata.
        let text = if path.exists() {
            fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?
        } else {
            String::new()
        };
        let kept: String = text
            .split_inclusive('\n')
            .take(metadata.costs.len())
            .collect();
        ensure!(
            kept.lines().count() == metadata.costs.len(),
            "{} has fewer texts than {} says; remove both to begin again",
            path.display(),
            SampleMetadata::path(path).display()
        );
        fs::write(path, kept).with_context(|| format!("cannot write {}", path.display()))?;
        let file = Self {
            path: path.to_owned(),
            metadata,
            pending: Vec::new(),
        };
        file.metadata.save(path)?;
        Ok(file)
    }

    /// The number of texts, including those that are not saved yet.
    pub(super) fn len(&self) -> usize {
        self.metadata.costs.len()
    }

    /// The number of texts that are not saved yet.
    pub(super) fn pending(&self) -> usize {
        self.pending.len()
    }

    /// The settings of the texts.
    pub(super) fn settings(&self) -> &SampleSettings {
        &self.metadata.settings
    }

    /// Adds generation time to the metadata, in seconds.
    pub(super) fn add_seconds(&mut self, seconds: f64) {
        self.metadata.seconds += seconds;
    }

    /// Adds a text with its cost. [`SampleFile::save`] writes it.
    pub(super) fn add(&mut self, text: &str, request: &GenerationRequest, finished: &Snapshot) {
        self.metadata.costs.push(TextCost {
            seed: request.params.seed,
            tokens: finished.draft.written(),
            passes: finished.passes,
        });
        self.pending.push(format!("{text}\n"));
    }

    /// Appends the pending texts to the file, then saves the metadata.
    ///
    /// # Errors
    /// When one of the files cannot be written.
    pub(super) fn save(&mut self) -> anyhow::Result<()> {
        let failed = || format!("cannot write {}", self.path.display());
        let mut file = fs::OpenOptions::new()
            .append(true)
            .open(&self.path)
            .with_context(failed)?;
        file.write_all(self.pending.concat().as_bytes())
            .with_context(failed)?;
        self.pending.clear();
        self.metadata.save(&self.path)
    }
}
