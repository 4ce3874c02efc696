//! Small text files of a folder, and what stands where a file should be: a pointer of Git LFS, or a web page.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::error::ModelError;

/// Number of bytes at the beginning of a file by which [`wrong_kind`] knows it.
pub(super) const HEAD: usize = 64;

/// Reads a text file of at most `most` bytes.
///
/// # Errors
/// When it cannot be read, is too large, is not text, or is a pointer or a web page.
pub(super) fn read_text(path: &Path, most: u64) -> Result<String, ModelError> {
    let unreadable = |error: std::io::Error| ModelError::Unreadable {
        path: path.to_owned(),
        reason: error.to_string(),
    };
    let file = File::open(path).map_err(unreadable)?;
    let mut text = String::new();
    file.take(most + 1)
        .read_to_string(&mut text)
        .map_err(unreadable)?;
    if text.len() as u64 > most {
        let problem = format!("is larger than {most} bytes; more are not read");
        return Err(unfit(path, problem));
    }
    match wrong_kind(text.as_bytes()) {
        Some(problem) => Err(unfit(path, problem)),
        None => Ok(text),
    }
}

/// What a file is that begins like this, if it is not the file that was meant.
pub(super) fn wrong_kind(beginning: &[u8]) -> Option<&'static str> {
    let beginning = &beginning[..beginning.len().min(HEAD)];
    let text = String::from_utf8_lossy(beginning)
        .trim_start_matches('\u{feff}')
        .trim_start()
        .to_lowercase();
    if text.starts_with("version https://git-lfs") {
        return Some(
            "is a pointer of Git LFS, not the file itself; run `git lfs pull` in its folder",
        );
    }
    let page = ["<!doctype", "<html", "<head", "<?xml"];
    page.iter().any(|tag| text.starts_with(tag)).then_some(
        "is a web page, not the file itself; download it by its resolve address, not that of its page",
    )
}

/// An error of a file that is not what it should be.
pub(super) fn unfit(path: &Path, problem: impl Into<String>) -> ModelError {
    ModelError::Unfit {
        path: path.to_owned(),
        problem: problem.into(),
    }
}
