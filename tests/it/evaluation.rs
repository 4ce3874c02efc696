//! The samples that Wang & Cho released with their paper, against its table and against figures that NLTK gives.
//!
//! The released GPT samples are those of the paper's table. The BERT samples are not: the authors scored them before
//! word pieces were put together. So for those only NLTK says what is right; scripts/check-evaluation.py asks it.
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use figures::measures::{ReferenceCorpora, TextReport};

const WIKI: &str = "wiki103.5k.txt";
const BOOKS: &str = "tbc.5k.txt";
const GPT: &str = "gpt-len40-topk100-temp1.000.txt";
const BERT_BASE: &str = "bert-base-uncased-len40-burnin250-topk100-temp1.000.txt";
const BERT_LARGE: &str = "bert-large-uncased-len40-burnin250-topk100-temp1.000.txt";

/// What scripts/check-evaluation.py prints for a file, in the order of a report.
struct Figures {
    file: &'static str,
    size: [usize; 2],
    bleu_wiki: f64,
    bleu_books: f64,
    self_bleu: f64,
    unique_self: [f64; 3],
    unique_wiki: [f64; 3],
    unique_books: [f64; 3],
    distinct: [f64; 3],
    rep4: f64,
}

const FIGURES: [Figures; 3] = [
    Figures {
        file: GPT,
        size: [1000, 38836],
        bleu_wiki: 10.812_422,
        bleu_books: 30.749_192,
        self_bleu: 40.022_865,
        unique_self: [31.131_726, 67.013_248, 87.280_947],
        unique_wiki: [33.711_280, 72.855_359, 91.115_080],
        unique_books: [25.742_679, 65.036_920, 88.416_676],
        distinct: [8.031_208, 42.438_418, 75.830_709],
        rep4: 0.219_609,
    },
    Figures {
        file: BERT_BASE,
        size: [1000, 37500],
        bleu_wiki: 8.695_748,
        bleu_books: 7.897_315,
        self_bleu: 9.271_993,
        unique_self: [62.641_096, 92.357_746, 98.176_812],
        unique_wiki: [58.416_438, 91.757_746, 98.510_145],
        unique_books: [61.745_205, 92.112_676, 98.521_739],
        distinct: [19.824_000, 72.687_671, 95.464_789],
        rep4: 0.790_524,
    },
    Figures {
        file: BERT_LARGE,
        size: [1000, 36900],
        bleu_wiki: 8.594_471,
        bleu_books: 5.737_655,
        self_bleu: 8.407_191,
        unique_self: [65.584_958, 93.126_074, 98.061_947],
        unique_wiki: [60.487_465, 91.948_424, 98.380_531],
        unique_books: [65.760_446, 93.544_413, 98.572_271],
        distinct: [21.872_629, 74.788_301, 95.842_407],
        rep4: 0.918_218,
    },
];

fn read(file: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/bert-gen");
    fs::read_to_string(folder.join(file)).unwrap()
}

fn corpora() -> ReferenceCorpora {
    let mut corpora = ReferenceCorpora::default();
    for reference in [WIKI, BOOKS] {
        corpora.add_reference(reference, &read(reference)).unwrap();
    }
    corpora
}

fn written(shares: &BTreeMap<usize, f64>) -> String {
    let shares: Vec<String> = shares.values().map(|share| format!("{share:.2}")).collect();
    shares.join(" ")
}

#[test]
fn the_gpt_samples_have_the_figures_of_the_papers_table() {
    let report = corpora().measure(GPT, &read(GPT)).unwrap();
    assert_eq!(format!("{:.2}", report.corpus_bleu[WIKI]), "10.81");
    assert_eq!(format!("{:.2}", report.corpus_bleu[BOOKS]), "30.75");
    assert_eq!(format!("{:.2}", report.self_bleu.unwrap()), "40.02");
    assert_eq!(written(&report.unique_self), "31.13 67.01 87.28");
    let unique = &report.unique_reference;
    assert_eq!(written(&unique[WIKI]), "33.71 72.86 91.12");
    assert_eq!(written(&unique[BOOKS]), "25.74 65.04 88.42");
}

#[test]
fn all_released_samples_have_the_figures_that_nltk_gives() {
    let mut corpora = corpora();
    for figures in &FIGURES {
        let report = corpora.measure(figures.file, &read(figures.file)).unwrap();
        compare(&report, figures);
    }
}

fn compare(report: &TextReport, figures: &Figures) {
    assert_eq!([report.texts, report.tokens], figures.size);
    let shares = [
        (&report.unique_self, figures.unique_self),
        (&report.unique_reference[WIKI], figures.unique_wiki),
        (&report.unique_reference[BOOKS], figures.unique_books),
        (&report.distinct, figures.distinct),
    ];
    let shares = shares.into_iter().flat_map(|(ours, theirs)| {
        assert_eq!(ours.len(), theirs.len());
        ours.values().copied().zip(theirs)
    });
    let singles = [
        (report.corpus_bleu[WIKI], figures.bleu_wiki),
        (report.corpus_bleu[BOOKS], figures.bleu_books),
        (report.self_bleu.unwrap(), figures.self_bleu),
        (report.rep4.unwrap(), figures.rep4),
    ];
    for (ours, theirs) in shares.chain(singles) {
        assert!(
            (ours - theirs).abs() < 1e-6,
            "{}: {ours} is not {theirs}",
            figures.file
        );
    }
}
