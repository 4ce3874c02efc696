//! A pull: which commit a name means, which of its files are missing, and when the cache alone is enough.

use std::io::ErrorKind;
use std::path::PathBuf;

use super::bounded::{MAX_INDEX, read_bounded};
use super::cache::ModelCache;
use super::checksum::BlobId;
use super::disk_space;
use super::download::Downloader;
use super::error::HubError;
use super::http::HubClient;
use super::listing::{Listing, RemoteFile};
use super::model_name::ModelName;
use super::progress::Progress;
use super::refusal::{Resource, Subject, host};
use super::retry::RetryPolicy;
use super::selection::{INDEX, Selection, shards};
use super::settings::HubSettings;
use super::snapshot;

/// A model that is in the cache now.
#[derive(Debug)]
pub struct Pulled {
    /// The folder with its files.
    pub folder: PathBuf,
    /// The commit.
    pub commit: String,
    /// Where the files come from.
    pub origin: Origin,
}

/// Where the files of a model come from.
#[derive(Debug)]
pub enum Origin {
    /// They were in the cache.
    Cache,
    /// They were in the cache. The hub could not be asked whether there is a newer commit, or that could not be downloaded now.
    OldCache {
        /// The reason, in a few words.
        reason: String,
    },
    /// Files were downloaded.
    Hub {
        /// The number of files.
        files: usize,
        /// Their size in bytes.
        bytes: u64,
    },
}

/// One pull.
pub(crate) struct Pull<'a> {
    settings: &'a HubSettings,
    name: &'a ModelName,
    cache: ModelCache,
    progress: &'a dyn Progress,
}

impl<'a> Pull<'a> {
    /// A pull of the model called `name`.
    pub(crate) fn new(
        settings: &'a HubSettings,
        name: &'a ModelName,
        progress: &'a dyn Progress,
    ) -> Self {
        Self {
            settings,
            name,
            cache: ModelCache::new(&settings.cache, name),
            progress,
        }
    }

    /// Brings the model into the cache. A commit that is there, and offline mode, need no request; a branch that is up to date
    /// needs one.
    ///
    /// # Errors
    /// When it fails. Then the cache has what it had before, and at most complete or partial contents for the next attempt.
    pub(crate) async fn run(&self) -> Result<Pulled, HubError> {
        let cached = self.cached();
        if self.settings.offline {
            return cached.map_err(|problem| HubError::Offline {
                name: self.name.to_string(),
                cache: self.settings.cache.clone(),
                problem,
            });
        }
        match cached {
            Ok(pulled) if self.name.commit().is_some() => Ok(pulled),
            cached => self.update(cached.ok()).await,
        }
    }

    /// The model in the cache, or what it lacks.
    fn cached(&self) -> Result<Pulled, String> {
        let revision = self.name.revision();
        let commit = self
            .cache
            .commit(revision)
            .ok_or_else(|| format!("revision {revision} is not there"))?;
        let folder = self.cache.snapshot(&commit);
        match snapshot::problem(&folder) {
            Some(problem) => Err(problem),
            None => Ok(Pulled {
                folder,
                commit,
                origin: Origin::Cache,
            }),
        }
    }

    /// Asks the hub for the commit and downloads what is missing of it. While the hub cannot be asked, and when the download
    /// is interrupted or has no room, `cached` is the answer.
    async fn update(&self, cached: Option<Pulled>) -> Result<Pulled, HubError> {
        let client = HubClient::new(self.subject())?;
        let retry = match cached {
            Some(_) => self.settings.retry.once(),
            None => self.settings.retry,
        };
        let listing = match self.listing(&client, retry).await {
            Ok(listing) => listing,
            Err(error) => match (error.outage(), cached) {
                (Some(reason), Some(cached)) => {
                    let origin = Origin::OldCache { reason };
                    return Ok(Pulled { origin, ..cached });
                }
                _ => return Err(error),
            },
        };
        let selection = Selection::of(&listing.files).map_err(|problem| self.unusable(problem))?;
        let commit = listing.commit;
        let folder = self.cache.snapshot(&commit);
        let missing: Vec<RemoteFile> = selection
            .files
            .iter()
            .filter(|file| !folder.join(&file.path).exists())
            .cloned()
            .collect();
        if missing.is_empty() {
            // Best effort: the cache may be read-only, and nothing was downloaded.
            let _ = self.cache.record(self.name.revision(), &commit);
            let origin = Origin::Cache;
            return Ok(Pulled {
                folder,
                commit,
                origin,
            });
        }
        let downloaded = self.download(&client, &commit, &missing, &selection).await;
        if downloaded.is_err() {
            self.cache.delete_if_empty();
        }
        match downloaded {
            Ok(origin) => Ok(Pulled {
                folder,
                commit,
                origin,
            }),
            Err(error) => match (error.interruption(), cached) {
                (Some(reason), Some(cached)) => {
                    let origin = Origin::OldCache { reason };
                    Ok(Pulled { origin, ..cached })
                }
                _ => Err(error),
            },
        }
    }

    fn subject(&self) -> Subject<'a> {
        Subject {
            name: self.name,
            settings: self.settings,
        }
    }

    fn unusable(&self, problem: String) -> HubError {
        HubError::Unusable {
            name: self.name.to_string(),
            problem,
        }
    }

    async fn listing(
        &self,
        client: &HubClient<'_>,
        retry: RetryPolicy,
    ) -> Result<Listing, HubError> {
        let url = client.listing_url()?;
        let mut attempts = retry.attempts();
        let body = loop {
            match client.read(url.clone(), Resource::Listing).await {
                Ok(body) => break body,
                Err(failure) => attempts.wait(failure, self.progress).await?,
            }
        };
        Listing::parse(&body).map_err(|problem| HubError::Protocol {
            host: host(&url),
            problem,
        })
    }

    /// Downloads the `missing` files of `selection`, then makes the snapshot, and at last records the revision.
    async fn download(
        &self,
        client: &HubClient<'_>,
        commit: &str,
        missing: &[RemoteFile],
        selection: &Selection,
    ) -> Result<Origin, HubError> {
        self.cache.create()?;
        self.check_space(missing)?;
        let sizes = missing.iter().filter_map(|file| file.size);
        let total = sizes.fold(0, u64::saturating_add);
        self.progress.total(total);
        let mut downloader = Downloader {
            client,
            cache: &self.cache,
            commit,
            retry: self.settings.retry,
            progress: self.progress,
            done: 0,
        };
        let mut contents: Vec<(&str, BlobId)> = Vec::new();
        for file in missing {
            let id = downloader.fetch(file).await?;
            if file.path == INDEX {
                self.check_index(&id, selection)?;
            }
            contents.push((&file.path, id));
        }
        for (path, id) in &contents {
            self.cache.link(commit, path, id)?;
        }
        if let Some(problem) = snapshot::problem(&self.cache.snapshot(commit)) {
            return Err(self.unusable(problem));
        }
        self.cache.record(self.name.revision(), commit)?;
        Ok(Origin::Hub {
            files: contents.len(),
            bytes: downloader.done,
        })
    }

    /// Checks that the disk has room for what is not there yet.
    fn check_space(&self, missing: &[RemoteFile]) -> Result<(), HubError> {
        let needed = missing.iter().filter_map(|file| {
            let id = file.id.as_ref()?;
            let size = file.size?;
            let partial = self.cache.partial_blob(id).metadata();
            let there = partial.map_or(0, |partial| partial.len());
            (!self.cache.blob(id).exists()).then(|| size.saturating_sub(there))
        });
        let needed = needed.fold(0, u64::saturating_add);
        disk_space::check(&self.cache.folder(), needed)
    }

    /// Checks that the index of weights, whose content is `id`, names files of `selection` only.
    fn check_index(&self, id: &BlobId, selection: &Selection) -> Result<(), HubError> {
        let path = self.cache.blob(id);
        let unreadable =
            |problem: String| self.unusable(format!("its {INDEX} cannot be read, {problem}"));
        let index = read_bounded(&path, MAX_INDEX).map_err(|error| match error.kind() {
            ErrorKind::FileTooLarge => unreadable(error.to_string()),
            _ => HubError::disk(&path, "read")(error),
        })?;
        let shards = shards(&index).map_err(unreadable)?;
        let has = |shard: &str| selection.files.iter().any(|file| file.path == shard);
        match shards.iter().find(|shard| !has(shard)) {
            Some(shard) => Err(self.unusable(format!(
                "its {INDEX} names {shard}, which the repository does not have; name another revision"
            ))),
            None => Ok(()),
        }
    }
}
