//! A file of settings: one that is accepted means the same whenever it is read, one that is refused is told in one line, and
//! a token is never shown.

use std::fs;
use std::sync::OnceLock;

use mouthpiece::config::Config;
use tempfile::TempDir;

const SECRET: &str = "S3CR3T-ABC";

pub(crate) fn holds(input: &[u8]) {
    read(input);
    let with_token = [format!("[discord]\ntoken = \"{SECRET}").as_bytes(), input].concat();
    let said = read(&with_token);
    assert!(!said.contains(SECRET), "the token is shown: {said}");
}

/// Reads it twice. What it is, or why it is refused.
fn read(input: &[u8]) -> String {
    static FOLDER: OnceLock<TempDir> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| tempfile::tempdir().expect("a folder"));
    let path = folder.path().join("my.toml");
    fs::write(&path, input).expect("a file");
    let load = || Config::from_sources(Some(&path), Vec::new()).map(|config| format!("{config:?}"));
    match load() {
        Ok(config) => {
            let again = load().unwrap_or_else(|error| panic!("accepted, then refused: {error}"));
            assert_eq!(config, again);
            config
        }
        Err(error) => {
            let said = error.to_string();
            super::is_a_sentence(&said);
            assert!(said.contains("my.toml"), "the file is not named: {said}");
            said
        }
    }
}
