//! The download of one file into the cache: resumed after a cut, checked, and renamed at the end.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::Path;

use reqwest::header::CONTENT_RANGE;
use reqwest::{Method, Response, StatusCode};

use super::cache::ModelCache;
use super::cache_lock::CacheLock;
use super::checksum::BlobId;
use super::error::{HubError, innermost_cause};
use super::http::{Answer, HubClient, Request};
use super::listing::RemoteFile;
use super::progress::Progress;
use super::refusal::Resource;
use super::retry::{Failure, RetryPolicy};

/// Downloads the files of one commit.
pub(crate) struct Downloader<'a> {
    /// The client.
    pub(crate) client: &'a HubClient<'a>,
    /// Where the files go.
    pub(crate) cache: &'a ModelCache,
    /// The commit.
    pub(crate) commit: &'a str,
    /// When failed requests are repeated.
    pub(crate) retry: RetryPolicy,
    /// Who hears of it.
    pub(crate) progress: &'a dyn Progress,
    /// The number of bytes of all files before the current one.
    pub(crate) done: u64,
}

/// A file whose content has a name.
struct Content<'a> {
    path: &'a str,
    id: BlobId,
    size: Option<u64>,
}

impl Downloader<'_> {
    /// Brings the content of `file` into the cache, unless it is there, and returns its name.
    ///
    /// # Errors
    /// When the download fails. A part that was received stays for the next attempt, unless it is damaged.
    pub(crate) async fn fetch(&mut self, file: &RemoteFile) -> Result<BlobId, HubError> {
        self.progress.file(&file.path);
        let content = self.identify(file).await?;
        let blob = self.cache.blob(&content.id);
        if !blob.exists() {
            let lock = self.cache.lock(&content.id);
            let _lock = CacheLock::take(&lock, self.progress).await?;
            // Another program may have downloaded it meanwhile.
            if !blob.exists() {
                self.receive_checked(&content).await?;
                let partial = self.cache.partial_blob(&content.id);
                fs::rename(&partial, &blob).map_err(HubError::disk(&blob, "written"))?;
            }
        }
        let size = content.size.or_else(|| length(&blob)).unwrap_or(0);
        self.done = self.done.saturating_add(size);
        self.progress.position(self.done);
        Ok(content.id)
    }

    /// The name of the content of `file`: from the listing, else from the hub's headers.
    async fn identify<'f>(&self, file: &'f RemoteFile) -> Result<Content<'f>, HubError> {
        let path = &file.path;
        if let Some(id) = file.id.clone() {
            let size = file.size;
            return Ok(Content { path, id, size });
        }
        let request = self.request(Method::HEAD, path, 0)?;
        let mut attempts = self.retry.attempts();
        let answer = loop {
            match self.client.send(&request).await {
                Ok(answer) => break answer,
                Err(failure) => attempts.wait(failure, self.progress).await?,
            }
        };
        self.check_commit(&answer)?;
        let id = answer.metadata.id.ok_or_else(|| HubError::Protocol {
            host: answer.host,
            problem: format!("no ETag for {path}"),
        })?;
        let size = file.size.or(answer.metadata.size);
        Ok(Content { path, id, size })
    }

    /// Receives the content into its partial file and checks it. A part that an earlier process left is used; if the whole is
    /// damaged then, it is received once more from the beginning.
    async fn receive_checked(&self, content: &Content<'_>) -> Result<(), HubError> {
        let partial = self.cache.partial_blob(&content.id);
        let mut resumed = length(&partial).is_some_and(|length| length > 0);
        loop {
            let host = self.receive(content, &partial).await?;
            let mismatch = content.id.mismatch(&partial);
            let Some(problem) = mismatch.map_err(HubError::disk(&partial, "read"))? else {
                return Ok(());
            };
            fs::remove_file(&partial).map_err(HubError::disk(&partial, "deleted"))?;
            if !resumed {
                return Err(damaged(content, host, problem));
            }
            let path = content.path;
            self.progress.note(&format!(
                "the part of {path} from before is damaged; beginning again"
            ));
            resumed = false;
        }
    }

    /// Receives the content into `partial`, over as many connections as it takes, and returns the host of the last one.
    async fn receive(&self, content: &Content<'_>, partial: &Path) -> Result<String, HubError> {
        let mut attempts = self.retry.attempts();
        let mut most = length(partial).unwrap_or(0);
        loop {
            let failure = match self.receive_once(content, partial).await {
                Ok(host) => return Ok(host),
                Err(failure) => failure,
            };
            let length = length(partial).unwrap_or(0);
            if length > most {
                most = length;
                attempts.progressed();
            }
            let waited = attempts.wait(failure, self.progress).await;
            waited.map_err(|error| match error {
                HubError::Unreachable { host, cause, .. } if length > 0 => HubError::Cut {
                    file: content.path.to_owned(),
                    host,
                    cause,
                },
                error => error,
            })?;
        }
    }

    async fn receive_once(&self, content: &Content<'_>, partial: &Path) -> Result<String, Failure> {
        let mut offset = length(partial).unwrap_or(0);
        if content.size.is_some_and(|size| offset > size) {
            fs::remove_file(partial).map_err(HubError::disk(partial, "deleted"))?;
            offset = 0;
        }
        let request = self.request(Method::GET, content.path, offset)?;
        if offset > 0 && Some(offset) == content.size {
            return Ok(super::refusal::host(&request.url));
        }
        let answer = self.client.send(&request).await;
        if let Err(Failure::Transient {
            error: HubError::Server { status: 416, .. },
            ..
        }) = &answer
        {
            // The part is longer than the content; without it, the next attempt needs no range.
            let _ = fs::remove_file(partial);
        }
        let answer = answer?;
        self.check_commit(&answer)?;
        let start = start(&answer.response, offset).ok_or_else(|| HubError::Protocol {
            host: answer.host.clone(),
            problem: format!("not the part of {} that was asked for", content.path),
        })?;
        let mut file = open_at(partial, start).map_err(HubError::disk(partial, "written"))?;
        self.write(answer, content, &mut file, start).await
    }

    /// Writes the body of `answer` to `file`, which has `length` bytes.
    async fn write(
        &self,
        mut answer: Answer,
        content: &Content<'_>,
        file: &mut File,
        mut length: u64,
    ) -> Result<String, Failure> {
        let partial = self.cache.partial_blob(&content.id);
        let cut = |host: &str, cause: String| {
            Failure::transient(HubError::Cut {
                file: content.path.to_owned(),
                host: host.to_owned(),
                cause,
            })
        };
        loop {
            self.progress.position(self.done.saturating_add(length));
            let chunk = answer.response.chunk().await;
            let chunk = chunk.map_err(|error| cut(&answer.host, innermost_cause(&error)))?;
            let Some(chunk) = chunk else { break };
            length += chunk.len() as u64;
            if let Some(size) = content.size.filter(|size| length > *size) {
                fs::remove_file(&partial).map_err(HubError::disk(&partial, "deleted"))?;
                let problem = format!("it is longer than {size} bytes");
                return Err(damaged(content, answer.host, problem).into());
            }
            file.write_all(&chunk)
                .map_err(HubError::disk(&partial, "written"))?;
        }
        if let Some(size) = content.size.filter(|size| length < *size) {
            return Err(cut(
                &answer.host,
                format!("{length} of {size} bytes arrived"),
            ));
        }
        file.sync_data()
            .map_err(HubError::disk(&partial, "written"))?;
        Ok(answer.host)
    }

    fn request<'f>(
        &self,
        method: Method,
        path: &'f str,
        offset: u64,
    ) -> Result<Request<'f>, HubError> {
        Ok(Request {
            method,
            url: self.client.file_url(self.commit, path)?,
            resource: Resource::File(path),
            offset,
        })
    }

    /// Refuses a file of another commit than the one that was asked for.
    fn check_commit(&self, answer: &Answer) -> Result<(), HubError> {
        match &answer.metadata.commit {
            Some(commit) if commit != self.commit => Err(HubError::Protocol {
                host: answer.host.clone(),
                problem: format!("a file of commit {commit} instead of {}", self.commit),
            }),
            _ => Ok(()),
        }
    }
}

fn damaged(content: &Content<'_>, host: String, problem: String) -> HubError {
    HubError::Damaged {
        file: content.path.to_owned(),
        host,
        problem,
    }
}

/// The size of the file at `path` in bytes; none if there is none.
fn length(path: &Path) -> Option<u64> {
    path.metadata().ok().map(|metadata| metadata.len())
}

/// Where the body of `response` begins, after a request for everything from `offset`; none if it is neither there nor at 0.
fn start(response: &Response, offset: u64) -> Option<u64> {
    if response.status() != StatusCode::PARTIAL_CONTENT {
        return Some(0);
    }
    let range = response.headers().get(CONTENT_RANGE)?.to_str().ok()?;
    let first = range.trim().strip_prefix("bytes ")?.split('-').next()?;
    let first: u64 = first.trim().parse().ok()?;
    (first == offset).then_some(first)
}

/// Opens the file for appending behind its first `length` bytes; the rest is dropped.
fn open_at(path: &Path, length: u64) -> std::io::Result<File> {
    let file = OpenOptions::new().create(true).append(true).open(path)?;
    if file.metadata()?.len() != length {
        file.set_len(length)?;
    }
    Ok(file)
}
