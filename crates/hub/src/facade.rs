//! The hub: everything that a caller can do with models by name.

use std::path::PathBuf;
use std::{io, panic, thread};

use super::error::HubError;
use super::inventory::{self, CachedModel};
use super::model_name::ModelName;
use super::model_page::ModelPage;
use super::progress::Progress;
use super::pull::{Origin, Pull, Pulled};
use super::removal::{self, Removed};
use super::settings::HubSettings;

/// Models by name: downloads them into the cache, and finds them there.
///
/// The methods block and may be called from any thread; those that send requests run on a thread of their own.
#[derive(Debug, Clone)]
pub struct Hub {
    settings: HubSettings,
}

impl Hub {
    /// A hub with these settings. Nothing is read or sent yet.
    pub fn new(settings: HubSettings) -> Self {
        Self { settings }
    }

    /// Its settings.
    pub fn settings(&self) -> &HubSettings {
        &self.settings
    }

    /// Brings the model called `name` into the cache. A commit that is there, and offline mode, need no request; a branch that
    /// is up to date needs one. While the hub cannot be reached, or a newer commit cannot be downloaded for want of a
    /// connection or of space, a model in the cache is good enough.
    ///
    /// # Errors
    /// When it fails. Then everything that was in the cache still is.
    pub fn pull(&self, name: &ModelName, progress: &dyn Progress) -> Result<Pulled, HubError> {
        let run = || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            let runtime = runtime.map_err(|error: io::Error| {
                HubError::disk(&self.settings.cache, "prepared for a download")(error)
            })?;
            runtime.block_on(Pull::new(&self.settings, name, progress).run())
        };
        thread::scope(|scope| match scope.spawn(run).join() {
            Ok(pulled) => pulled,
            Err(panicked) => panic::resume_unwind(panicked),
        })
    }

    /// The folder of the model called `name`, which is downloaded if it is not in the cache.
    ///
    /// # Errors
    /// As [`Hub::pull`].
    pub fn resolve(&self, name: &ModelName, progress: &dyn Progress) -> Result<PathBuf, HubError> {
        let pulled = self.pull(name, progress)?;
        if let Origin::OldCache { reason } = &pulled.origin {
            tracing::warn!(model = %name, commit = pulled.commit, reason, "the hub could not be asked; using the model in the cache");
        }
        Ok(pulled.folder)
    }

    /// All models in the cache, sorted by name and commit.
    ///
    /// # Errors
    /// When the cache cannot be read.
    pub fn list(&self) -> Result<Vec<CachedModel>, HubError> {
        inventory::all(&self.settings.cache)
    }

    /// What is known of a model in the cache, without any request.
    ///
    /// # Errors
    /// When it is not there, or cannot be read.
    pub fn show(&self, name: &ModelName) -> Result<ModelPage, HubError> {
        ModelPage::read(inventory::find(&self.settings.cache, name)?)
    }

    /// Removes a model from the cache: the revision in `name`, else all. Contents that another revision uses stay.
    ///
    /// # Errors
    /// When it is not there, or when a file cannot be deleted.
    pub fn remove(&self, name: &ModelName) -> Result<Removed, HubError> {
        removal::remove(&self.settings.cache, name)
    }
}
