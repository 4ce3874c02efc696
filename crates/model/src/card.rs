//! The card of a model folder: origin, licence, sizes and measured quality. It is `card.json` where the graphs were exported; of a
//! Hugging Face folder it is made of what lies there.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;

use super::checkpoint::Checkpoint;
use super::digest::sha256;
use super::error::ModelError;
use super::folder::{Folder, MAX_PIECES, MAX_TOKENS, MIN_TOKENS};
use super::precision::Precision;
use generation::Attention;

/// Maximum size of a graph in bytes; larger files are refused before they are read.
const MAX_GRAPH_BYTES: u64 = 4 << 30;
/// Maximum size of a card in bytes.
const MAX_CARD_BYTES: u64 = 1 << 20;
/// Maximum size of a tokenizer in bytes.
const MAX_TOKENIZER_BYTES: u64 = 64 << 20;
/// The card of a model: written by `training/export.py` as `card.json`, or made of a Hugging Face folder.
///
/// ```
/// use model::{Card, Precision};
/// # use std::path::Path;
///
/// let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/mouthpiece-mini");
/// let card = Card::read(Path::new(folder))?;
/// assert!(card.graph(Precision::Int8)?.is_file());
/// # Ok::<(), model::ModelError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Card {
    /// Name of the model.
    pub name: String,
    /// Description in one sentence.
    pub summary: String,
    /// Origin of the weights and the data.
    pub origin: String,
    /// Licence of the weights.
    pub licence: String,
    layers: Option<usize>,
    /// Number of word pieces.
    pub vocabulary: usize,
    /// Maximum length of a sequence in tokens, special tokens included.
    pub max_tokens: usize,
    /// The causal model that was distilled from it.
    pub causal: Option<CausalPartner>,
    folder: PathBuf,
    content: Content,
}

/// What lies in the folder.
#[derive(Debug, Clone)]
enum Content {
    /// Graphs that were exported.
    Graphs {
        tokenizer: File,
        graphs: BTreeMap<Precision, Graph>,
    },
    /// Weights, of which graphs are written.
    Weights(Arc<Checkpoint>),
}

/// `card.json`.
#[derive(Deserialize)]
struct CardFile {
    name: String,
    summary: String,
    origin: String,
    licence: String,
    layers: Option<usize>,
    vocabulary: usize,
    max_tokens: usize,
    tokenizer: File,
    graphs: BTreeMap<Precision, Graph>,
    #[serde(rename = "student")]
    causal: Option<CausalPartner>,
}

/// A causal model of the same vocabulary, added by `training/export_student.py`.
#[derive(Debug, Clone, Deserialize)]
pub struct CausalPartner {
    /// Number of layers.
    pub layers: usize,
    graphs: BTreeMap<Precision, Graph>,
}

#[derive(Debug, Clone, Deserialize)]
struct File {
    file: String,
    sha256: String,
}

#[derive(Debug, Clone, Deserialize)]
struct Graph {
    #[serde(flatten)]
    file: File,
    figures: Option<Figures>,
}

/// Quality of a graph on held-out text.
#[derive(Debug, Clone, Copy, Deserialize)]
struct Figures {
    /// Share of masked tokens whose most probable candidate is the original token, 0 to 1.
    top_1_accuracy: f64,
    /// Cross-entropy in nats per token.
    loss_nats: f64,
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = 100.0 * self.top_1_accuracy;
        write!(
            f,
            "right {percent:.1} % of the time, loss {:.2}",
            self.loss_nats
        )
    }
}

impl Card {
    /// [`Card::licence`] of a folder of weights, which has none in a form that this crate reads.
    pub const UNKNOWN_LICENCE: &str = "unknown";

    /// Reads the card of a model folder: `card.json` if it is there, else what `config.json`, the tokenizer and the weights say.
    ///
    /// # Errors
    /// When the card is missing or invalid, or the files of a Hugging Face folder are, or do not belong together.
    pub fn read(folder: &Path) -> Result<Self, ModelError> {
        if !folder.join("card.json").exists() && Folder::is_there(folder) {
            return Checkpoint::open(folder).map(Self::of);
        }
        let path = folder.join("card.json");
        let text = read_card(&path).map_err(|error| ModelError::Unreadable {
            path: path.clone(),
            reason: format!(
                "{error}; a model folder holds config.json, tokenizer.json and model.safetensors, or is made by training/export.py"
            ),
        })?;
        let card: CardFile = serde_json::from_str(&text).map_err(|error| ModelError::Unfit {
            path: path.clone(),
            // The message quotes the card; control characters must not reach a terminal.
            problem: format!("is not a model card: {error}").replace(char::is_control, "\u{fffd}"),
        })?;
        if card.vocabulary > MAX_PIECES || card.max_tokens > MAX_TOKENS {
            let problem = format!(
                "describes a model of {} pieces and {} tokens; at most {MAX_PIECES} and {MAX_TOKENS} are possible",
                card.vocabulary, card.max_tokens
            );
            return Err(ModelError::Unfit { path, problem });
        }
        if card.vocabulary == 0 || card.max_tokens < MIN_TOKENS {
            let problem = "describes a model without vocabulary or length; export it again with training/export.py".to_owned();
            return Err(ModelError::Unfit { path, problem });
        }
        Ok(card.of(folder))
    }

    /// The card of a Hugging Face folder.
    fn of(checkpoint: Checkpoint) -> Self {
        let folder = checkpoint.folder();
        let architecture = &folder.architecture;
        Self {
            name: folder.name(),
            summary: format!(
                "A masked language model of the family {}.",
                architecture.family
            ),
            origin: format!("the Hugging Face folder {}", folder.name()),
            licence: Self::UNKNOWN_LICENCE.to_owned(),
            layers: Some(architecture.layers),
            vocabulary: folder.parameters.vocabulary(),
            max_tokens: architecture.max_tokens(),
            causal: None,
            folder: folder.path.clone(),
            content: Content::Weights(Arc::new(checkpoint)),
        }
    }

    /// The weights, if the graphs were not exported.
    pub(super) fn checkpoint(&self) -> Option<&Checkpoint> {
        match &self.content {
            Content::Weights(checkpoint) => Some(checkpoint),
            Content::Graphs { .. } => None,
        }
    }

    /// Path of the tokenizer, after its checksum was verified if the card has one.
    ///
    /// # Errors
    /// When the file is missing, or its checksum differs.
    pub fn tokenizer(&self) -> Result<PathBuf, ModelError> {
        match &self.content {
            Content::Graphs { tokenizer, .. } => self.checked(tokenizer, MAX_TOKENIZER_BYTES),
            Content::Weights(checkpoint) => Ok(checkpoint.folder().tokenizer.path().to_owned()),
        }
    }

    /// The tokenizer in the format of `tokenizer.json`, even if only the word pieces of `vocab.txt` are there.
    ///
    /// # Errors
    /// As [`Card::tokenizer`], or when a file cannot be read.
    pub(super) fn tokenizer_json(&self) -> Result<String, ModelError> {
        if let Some(checkpoint) = self.checkpoint() {
            return checkpoint.folder().tokenizer.json();
        }
        let path = self.tokenizer()?;
        std::fs::read_to_string(&path).map_err(|error| ModelError::Unreadable {
            path,
            reason: error.to_string(),
        })
    }

    /// The exported graphs.
    fn graphs(&self) -> Option<&BTreeMap<Precision, Graph>> {
        match &self.content {
            Content::Graphs { graphs, .. } => Some(graphs),
            Content::Weights(_) => None,
        }
    }

    /// Path of an exported graph, after its checksum was verified.
    ///
    /// # Errors
    /// When the model has no exported graph of this precision, the file is missing, or its checksum differs.
    pub fn graph(&self, precision: Precision) -> Result<PathBuf, ModelError> {
        let graph = self
            .graphs()
            .and_then(|graphs| graphs.get(&precision))
            .ok_or_else(|| ModelError::Unfit {
                path: self.folder.clone(),
                problem: format!(
                    "has no {precision} graph; set model.precision to one that it has"
                ),
            })?;
        self.checked(&graph.file, MAX_GRAPH_BYTES)
    }

    /// Path of the causal partner's graph, after its checksum was verified; `None` without a partner.
    ///
    /// # Errors
    /// When the partner has no graph of this precision, the file is missing, or its checksum differs.
    pub fn causal_graph(&self, precision: Precision) -> Result<Option<PathBuf>, ModelError> {
        let Some(causal) = &self.causal else {
            return Ok(None);
        };
        let graph = causal
            .graphs
            .get(&precision)
            .ok_or_else(|| ModelError::Unfit {
                path: self.folder.clone(),
                problem: format!(
                    "has no {precision} graph of its causal model; add one with training/export_student.py"
                ),
            })?;
        self.checked(&graph.file, MAX_GRAPH_BYTES).map(Some)
    }

    /// The attention directions that the model supports: causal only with a causal partner.
    pub fn attention_modes(&self) -> &'static [Attention] {
        match self.causal {
            Some(_) => &[Attention::Bidirectional, Attention::Causal],
            None => &[Attention::Bidirectional],
        }
    }

    /// A description in a few lines: sizes, and the measured quality of the graphs of this precision.
    pub fn lines(&self, precision: Precision) -> Vec<String> {
        let figures = |graphs: &BTreeMap<Precision, Graph>| graphs.get(&precision)?.figures;
        let mut lines = Vec::new();
        if let Some(layers) = self.layers {
            lines.push(format!("{layers} layers, {} word pieces", self.vocabulary));
        }
        if let Some(figures) = self.graphs().and_then(figures) {
            lines.push(format!("a hidden word: {figures}"));
        }
        if let Some(causal) = &self.causal {
            lines.push(format!("with a causal model of {} layers", causal.layers));
            let figures = figures(&causal.graphs);
            lines.extend(figures.map(|figures| format!("the next word: {figures}")));
        }
        lines
    }

    /// Identifies the graphs of this precision: the first 12 hexadecimal digits of the SHA-256 of each, joined by `+`. Of a folder of
    /// weights, those of weights, configuration and tokenizer, and the precision, joined by `-`.
    pub fn fingerprint(&self, precision: Precision) -> String {
        if let Some(checkpoint) = self.checkpoint() {
            let fingerprint = checkpoint.fingerprint(precision);
            return fingerprint.unwrap_or_else(|| format!("unreadable-{precision}"));
        }
        let causal = self.causal.as_ref().map(|causal| &causal.graphs);
        let graphs = [self.graphs(), causal].into_iter().flatten();
        let digits = |graphs: &BTreeMap<Precision, Graph>| -> Option<String> {
            Some(
                graphs
                    .get(&precision)?
                    .file
                    .sha256
                    .chars()
                    .take(12)
                    .collect(),
            )
        };
        graphs.filter_map(digits).collect::<Vec<_>>().join("+")
    }

    /// Verifies the checksum of a file of at most `most` bytes inside the folder, and returns its path.
    fn checked(&self, file: &File, most: u64) -> Result<PathBuf, ModelError> {
        let path = self.folder.join(&file.file);
        let inside = Path::new(&file.file).file_name() == Some(file.file.as_ref());
        if !inside {
            let problem = "is named by the card, but lies outside the model's folder".to_owned();
            return Err(ModelError::Unfit { path, problem });
        }
        let unreadable = |error: std::io::Error| ModelError::Unreadable {
            path: path.clone(),
            reason: error.to_string(),
        };
        let content = std::fs::File::open(&path).map_err(unreadable)?;
        let bytes = content.metadata().map_err(unreadable)?.len();
        if bytes > most {
            return Err(ModelError::Unfit {
                path,
                problem: format!("has {bytes} bytes; more than {most} are not loaded"),
            });
        }
        let found = sha256(content).map_err(unreadable)?;
        if found == file.sha256 {
            return Ok(path);
        }
        let problem = format!(
            "is damaged or was changed: its SHA-256 begins with {}, the model card says {}; restore the file, or export the model again",
            &found[..12],
            file.sha256.chars().take(12).collect::<String>()
        );
        Err(ModelError::Unfit { path, problem })
    }
}

impl CardFile {
    /// The card of the folder in which it lies.
    fn of(self, folder: &Path) -> Card {
        Card {
            name: self.name,
            summary: self.summary,
            origin: self.origin,
            licence: self.licence,
            layers: self.layers,
            vocabulary: self.vocabulary,
            max_tokens: self.max_tokens,
            causal: self.causal,
            folder: folder.to_owned(),
            content: Content::Graphs {
                tokenizer: self.tokenizer,
                graphs: self.graphs,
            },
        }
    }
}

/// Reads a card, at most [`MAX_CARD_BYTES`].
fn read_card(path: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    let file = std::fs::File::open(path)?;
    file.take(MAX_CARD_BYTES + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MAX_CARD_BYTES {
        return Err(std::io::Error::other("it is too large"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(card: &str, graph: &[u8]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("card.json"), card).unwrap();
        std::fs::write(folder.path().join("g.onnx"), graph).unwrap();
        folder
    }

    fn card(sha256: &str) -> String {
        format!(
            r#"{{"name":"m","summary":"s","origin":"o","licence":"l","vocabulary":10,"max_tokens":64,
            "tokenizer":{{"file":"t.json","sha256":"0"}},"graphs":{{"int8":{{"file":"g.onnx","sha256":"{sha256}"}}}}}}"#
        )
    }

    #[test]
    fn a_file_is_checked_against_the_card() {
        let right = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let folder = folder(&card(right), b"abc");
        let read = Card::read(folder.path()).unwrap();
        assert_eq!(
            read.graph(Precision::Int8).unwrap(),
            folder.path().join("g.onnx")
        );
        assert_eq!(read.fingerprint(Precision::Int8), "ba7816bf8f01");
        std::fs::write(folder.path().join("g.onnx"), b"abd").unwrap();
        let message = read.graph(Precision::Int8).unwrap_err().to_string();
        assert!(message.contains("is damaged or was changed"), "{message}");
        assert!(
            read.graph(Precision::Fp32)
                .unwrap_err()
                .to_string()
                .contains("has no fp32 graph")
        );
    }

    #[test]
    fn a_card_is_told_with_what_was_measured_of_its_graphs() {
        let measured = r#""sha256":"x","figures":{"top_1_accuracy":0.3456,"loss_nats":3.987,"batch_invariant":true}"#;
        let student = r#""layers":6,"student":{"layers":4,"graphs":{"int8":{"file":"s.onnx","sha256":"y"}}},"vocabulary""#;
        let text = card("x")
            .replace(r#""sha256":"x""#, measured)
            .replace(r#""vocabulary""#, student);
        let card = Card::read(folder(&text, b"").path()).unwrap();
        let lines = [
            "6 layers, 10 word pieces",
            "a hidden word: right 34.6 % of the time, loss 3.99",
            "with a causal model of 4 layers",
        ];
        assert_eq!(card.lines(Precision::Int8), lines);
        assert_eq!(card.lines(Precision::Fp32), [lines[0], lines[2]]);
    }

    #[test]
    fn a_file_elsewhere_is_not_read() {
        for name in ["../g.onnx", "/etc/hostname", "..", "a/g.onnx"] {
            let folder = folder(&card("x").replace("g.onnx", name), b"abc");
            let read = Card::read(folder.path()).unwrap();
            let message = read.graph(Precision::Int8).unwrap_err().to_string();
            assert!(message.contains("outside the model's folder"), "{message}");
        }
    }

    #[test]
    fn a_folder_without_a_card_says_where_cards_come_from() {
        let folder = tempfile::tempdir().unwrap();
        let message = Card::read(folder.path()).unwrap_err().to_string();
        assert!(
            message.contains("card.json") && message.contains("training/export.py"),
            "{message}"
        );
    }

    #[test]
    fn what_a_terminal_obeys_is_not_told_of_a_card() {
        let folder = folder(&card("x").replace("int8", "\\u001b[2Jint8"), b"");
        let message = Card::read(folder.path()).unwrap_err().to_string();
        assert!(
            message.contains("[2Jint8") && !message.contains(char::is_control),
            "{message:?}"
        );
    }

    #[test]
    fn garbage_is_not_a_card() {
        for garbage in [
            "",
            "[]",
            "{\"name\": 3}",
            "\u{0}\u{1}",
            &card("x").replace("64", "0"),
            &card("x").replace("64", "99999999"),
            &" ".repeat(2 << 20),
        ] {
            let folder = folder(garbage, b"");
            assert!(Card::read(folder.path()).is_err(), "{garbage}");
        }
    }
}
