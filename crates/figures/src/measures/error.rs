//! Why a corpus cannot be measured.

/// Why a corpus cannot be measured or used as a reference. Displays as one sentence.
#[derive(Debug, thiserror::Error)]
pub enum CorpusError {
    /// The file has no words.
    #[error("{name} has no texts; a file of samples or references has one text on every line")]
    Empty {
        /// The name of the file.
        name: String,
    },
    /// A reference of this name exists already, and reports name figures by their reference.
    #[error("there are two references called {name}; rename one of them")]
    DuplicateReference {
        /// The name.
        name: String,
    },
}
