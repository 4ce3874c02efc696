//! What a caller hears of a pull while it runs.

/// Receives the progress of a pull. Calls come from the thread that downloads.
pub trait Progress: Sync {
    /// The number of bytes to download in total. Called again when more becomes known.
    fn total(&self, bytes: u64);
    /// A file begins.
    fn file(&self, path: &str);
    /// The number of bytes that are downloaded of all files together. It decreases when a file has to begin again.
    fn position(&self, bytes: u64);
    /// Something that takes long, as a sentence without a full stop: a wait that a server asked for, or for another program.
    fn note(&self, note: &str);
}

/// Ignores the progress.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn total(&self, _bytes: u64) {}
    fn file(&self, _path: &str) {}
    fn position(&self, _bytes: u64) {}
    fn note(&self, _note: &str) {}
}
