//! A model folder's `card.json`: what the model is, which files belong to it, and what was measured.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::ModelError;
use generation::Attention;

/// Larger model files are refused before they are read.
const MOST_BYTES: u64 = 4 << 30;
/// Larger cards and tokenizers hold something else.
const MOST_CARD_BYTES: u64 = 1 << 20;
const MOST_TOKENIZER_BYTES: u64 = 64 << 20;
/// No model has a larger vocabulary or takes longer texts.
const MOST_PIECES: usize = 1 << 20;
const MOST_TOKENS: usize = 1 << 15;

/// Which of a model's graphs is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// Eight-bit weights and activations: small and fast.
    Int8,
    /// Exact.
    Fp32,
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Int8 => "int8",
            Self::Fp32 => "fp32",
        })
    }
}

/// What `training/export.py` writes beside a model.
#[derive(Debug, Clone, Deserialize)]
pub struct Card {
    /// What the model is called.
    pub name: String,
    /// What it is, in a sentence.
    pub summary: String,
    /// Where it comes from.
    pub origin: String,
    /// The licence of its weights.
    pub licence: String,
    layers: Option<usize>,
    /// How many word pieces it knows.
    pub vocabulary: usize,
    /// The longest sequence it takes, special tokens included.
    pub max_tokens: usize,
    tokenizer: File,
    graphs: BTreeMap<Precision, Graph>,
    /// The causal model that was distilled from it, if there is one.
    pub student: Option<Student>,
    #[serde(skip)]
    folder: PathBuf,
}

/// What `training/export_student.py` adds.
#[derive(Debug, Clone, Deserialize)]
pub struct Student {
    /// How many layers it has.
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

/// What a graph was measured to do on held-out text.
#[derive(Debug, Clone, Copy, Deserialize)]
struct Figures {
    /// How often the word that it finds most probable is the one that stood there, 0 to 1.
    top_1_accuracy: f64,
    /// Its cross-entropy, in nats a token.
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
    /// Reads the card of a model folder.
    ///
    /// # Errors
    /// When there is no card, or it is not one.
    pub fn read(folder: &Path) -> Result<Self, ModelError> {
        let path = folder.join("card.json");
        let text = read_card(&path).map_err(|error| ModelError::Unreadable {
            path: path.clone(),
            reason: format!("{error}; a model folder is made by training/export.py"),
        })?;
        let mut card: Self = serde_json::from_str(&text).map_err(|error| ModelError::Unfit {
            path: path.clone(),
            // What the card holds must not get to a terminal as it is.
            problem: format!("is not a model card: {error}").replace(char::is_control, "\u{fffd}"),
        })?;
        if card.vocabulary > MOST_PIECES || card.max_tokens > MOST_TOKENS {
            let problem = format!(
                "describes a model of {} pieces and {} tokens; at most {MOST_PIECES} and {MOST_TOKENS} are possible",
                card.vocabulary, card.max_tokens
            );
            return Err(ModelError::Unfit { path, problem });
        }
        if card.vocabulary == 0 || card.max_tokens < 8 {
            let problem = "describes a model without vocabulary or length; export it again with training/export.py".to_owned();
            return Err(ModelError::Unfit { path, problem });
        }
        folder.clone_into(&mut card.folder);
        Ok(card)
    }

    /// The checked path of the tokenizer.
    ///
    /// # Errors
    /// When the file is not the one that the card describes.
    pub fn tokenizer(&self) -> Result<PathBuf, ModelError> {
        self.checked(&self.tokenizer, MOST_TOKENIZER_BYTES)
    }

    /// The checked path of a graph.
    ///
    /// # Errors
    /// When the model has no such graph, or the file is not the one that the card describes.
    pub fn graph(&self, precision: Precision) -> Result<PathBuf, ModelError> {
        let graph = self
            .graphs
            .get(&precision)
            .ok_or_else(|| ModelError::Unfit {
                path: self.folder.clone(),
                problem: format!(
                    "has no {precision} graph; set model.precision to one that it has"
                ),
            })?;
        self.checked(&graph.file, MOST_BYTES)
    }

    /// The checked path of the student's graph, if the model has a student.
    ///
    /// # Errors
    /// When the student has no such graph, or the file is not the one that the card describes.
    pub fn student_graph(&self, precision: Precision) -> Result<Option<PathBuf>, ModelError> {
        let Some(student) = &self.student else {
            return Ok(None);
        };
        let graph = student
            .graphs
            .get(&precision)
            .ok_or_else(|| ModelError::Unfit {
                path: self.folder.clone(),
                problem: format!(
                    "has no {precision} graph of its student; add one with training/export_student.py"
                ),
            })?;
        self.checked(&graph.file, MOST_BYTES).map(Some)
    }

    /// Which ways the model can look: to the left only if it has a student.
    pub fn attention_modes(&self) -> &'static [Attention] {
        match self.student {
            Some(_) => &[Attention::Bidirectional, Attention::Causal],
            None => &[Attention::Bidirectional],
        }
    }

    /// The model in a few lines: its size, its student, and what was measured of the graphs of this precision.
    pub fn lines(&self, precision: Precision) -> Vec<String> {
        let figures = |graphs: &BTreeMap<Precision, Graph>| graphs.get(&precision)?.figures;
        let mut lines = Vec::new();
        if let Some(layers) = self.layers {
            lines.push(format!("{layers} layers, {} word pieces", self.vocabulary));
        }
        if let Some(figures) = figures(&self.graphs) {
            lines.push(format!("a hidden word: {figures}"));
        }
        if let Some(student) = &self.student {
            lines.push(format!("with a student of {} layers", student.layers));
            let figures = figures(&student.graphs);
            lines.extend(figures.map(|figures| format!("the next word: {figures}")));
        }
        lines
    }

    /// Names exactly the graphs that wrote a text: the first 12 hexadecimal digits of the SHA-256 of each.
    pub fn fingerprint(&self, precision: Precision) -> String {
        let student = self.student.as_ref().map(|student| &student.graphs);
        let graphs = [Some(&self.graphs), student].into_iter().flatten();
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
        let mut content = std::fs::File::open(&path).map_err(unreadable)?;
        let bytes = content.metadata().map_err(unreadable)?.len();
        if bytes > most {
            return Err(ModelError::Unfit {
                path,
                problem: format!("has {bytes} bytes; more than {most} are not loaded"),
            });
        }
        let mut hasher = Sha256::new();
        let mut buffer = vec![0; 1 << 20];
        loop {
            match content.read(&mut buffer).map_err(unreadable)? {
                0 => break,
                n => hasher.update(&buffer[..n]),
            }
        }
        let found = hex(&hasher.finalize());
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

/// The text of a card, however large the file says it is.
fn read_card(path: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    let file = std::fs::File::open(path)?;
    file.take(MOST_CARD_BYTES + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MOST_CARD_BYTES {
        return Err(std::io::Error::other("it is too large"));
    }
    Ok(text)
}

fn hex(bytes: &[u8]) -> String {
    use fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes any text");
        text
    })
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
            "with a student of 4 layers",
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
