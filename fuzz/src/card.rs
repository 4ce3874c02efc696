//! A model's card: read or refused in words, and no file outside its folder is ever opened.

use std::fs;
use std::sync::OnceLock;

use model::{Card, Precision};
use tempfile::TempDir;

pub(crate) fn holds(input: &[u8]) {
    // Made anew for every process, with a file in it for which a card may have the right sum: of `abc`.
    static FOLDER: OnceLock<TempDir> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("file"), "abc").expect("a file");
        folder
    });
    let folder = folder.path();
    fs::write(folder.join("card.json"), input).expect("a card");
    let card = match Card::read(folder) {
        Ok(card) => card,
        Err(error) => return super::is_a_sentence(&error.to_string()),
    };
    assert!(card.vocabulary > 0 && card.max_tokens >= 8);
    let files = [
        card.tokenizer().map(Some),
        card.graph(Precision::Int8).map(Some),
        card.graph(Precision::Fp32).map(Some),
        card.causal_graph(Precision::Int8),
    ];
    for file in files {
        match file {
            Ok(Some(path)) => assert_eq!(path, folder.join("file")),
            Ok(None) => assert!(card.causal.is_none()),
            Err(error) => super::is_a_sentence(&error.to_string()),
        }
    }
    for precision in [Precision::Int8, Precision::Fp32] {
        assert!(card.fingerprint(precision).chars().count() <= 2 * 12 + 1);
    }
}
