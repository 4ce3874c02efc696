//! fill-mask with candle: `candle-contender FOLDER SENTENCES`, then the protocol of benches/compare.py on stdin.

use std::io::BufRead;
use std::time::Instant;

use anyhow::{Context, Result};
use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::{BertForMaskedLM, Config};
use tokenizers::{PaddingParams, Tokenizer};

const MASK: u32 = 103;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let folder = std::path::PathBuf::from(arguments.next().context("no model folder")?);
    let sentences = std::fs::read_to_string(arguments.next().context("no sentences")?)?;
    let sentences: Vec<&str> = sentences.lines().collect();
    let config: Config = serde_json::from_str(&std::fs::read_to_string(folder.join("config.json"))?)?;
    let mut weights = candle_core::safetensors::load(folder.join("model.safetensors"), &Device::Cpu)?;
    // The decoder is tied to the word embeddings, which candle does not know.
    for (tied, name) in [("decoder.weight", "bert.embeddings.word_embeddings.weight"), ("decoder.bias", "cls.predictions.bias")] {
        let value = weights.get(name).context("the weights lack something")?.clone();
        weights.insert(format!("cls.predictions.{tied}"), value);
    }
    let model = BertForMaskedLM::load(VarBuilder::from_tensors(weights, DType::F32, &Device::Cpu), &config)?;
    let mut tokenizer = Tokenizer::from_file(folder.join("tokenizer.json")).map_err(anyhow::Error::msg)?;
    tokenizer.with_padding(Some(PaddingParams::default()));
    println!("ready");
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let (batch, reps) = line.split_once(' ').context("two numbers")?;
        let (batch, reps): (usize, usize) = (batch.parse()?, reps.parse()?);
        let begun = Instant::now();
        let mut best = Vec::new();
        for _ in 0..reps {
            best = fill(&model, &tokenizer, &sentences[..batch])?;
        }
        println!("{} {}", begun.elapsed().as_secs_f64(), best.join(" "));
    }
    Ok(())
}

/// The best word for the mask of each sentence; five are looked for.
fn fill(model: &BertForMaskedLM, tokenizer: &Tokenizer, sentences: &[&str]) -> Result<Vec<String>> {
    let encodings = tokenizer.encode_batch(sentences.to_vec(), true).map_err(anyhow::Error::msg)?;
    let rows = |of: fn(&tokenizers::Encoding) -> &[u32]| -> Result<Tensor> {
        let rows = encodings.iter().map(|encoding| Tensor::new(of(encoding), &Device::Cpu));
        Ok(Tensor::stack(&rows.collect::<candle_core::Result<Vec<_>>>()?, 0)?)
    };
    let (ids, seen) = (rows(|e| e.get_ids())?, rows(|e| e.get_attention_mask())?);
    let logits = model.forward(&ids, &ids.zeros_like()?, Some(&seen))?;
    let best = encodings.iter().enumerate().map(|(row, encoding)| {
        let place = encoding.get_ids().iter().position(|&id| id == MASK).context("no mask")?;
        let logits: Vec<f32> = logits.get(row)?.get(place)?.to_vec1()?;
        let mut order: Vec<usize> = (0..logits.len()).collect();
        order.select_nth_unstable_by(5, |&a, &b| logits[b].total_cmp(&logits[a]));
        let best = order[..5].iter().max_by(|&&a, &&b| logits[a].total_cmp(&logits[b])).context("no words")?;
        tokenizer.id_to_token(u32::try_from(*best)?).context("no such token")
    });
    best.collect()
}
