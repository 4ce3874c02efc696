//! The decoding-order chart: runs each strategy and records which token it writes in which pass.

use std::sync::Arc;

use super::engine::open_model;
use crate::config::Config;
use figures::charts::{DecodingOrderPanel, decoding_order_chart};
use generation::strategy::{self, Strategy, Task};
use generation::{Bans, Draft, Params, PositionState, Seed, Segment, Turn};
use model::{MaskedModel, OnnxModel, Vocabulary};

/// The prompt of all panels.
const PROMPT: &str = "The old lighthouse keeper opened the door and";
/// The number of new tokens.
const TOKENS: usize = 40;

/// The chart of all strategies that continue a prompt without further input, as SVG.
///
/// # Errors
/// When the model cannot be loaded or run.
pub(super) fn chart(config: &Config) -> anyhow::Result<String> {
    let (runtime, card) = open_model(config)?;
    let vocabulary = Vocabulary::load(&card)?;
    let mut model = OnnxModel::load(
        &runtime,
        &card,
        config.model.precision,
        config.model.threads,
    )?;
    let mut panels = Vec::new();
    for strategy in strategy::available(card.attention_modes()) {
        let task = strategy.task(0, &strategy::defaults(strategy));
        if task == Task::Continue && !strategy.needs_keywords() {
            panels.push(panel(strategy, &vocabulary, &mut model)?);
        }
    }
    Ok(decoding_order_chart(&panels)?)
}

/// The tokens after each turn of a strategy.
fn panel(
    strategy: &dyn Strategy,
    vocabulary: &Vocabulary,
    model: &mut OnnxModel,
) -> anyhow::Result<DecodingOrderPanel> {
    let parts = [
        Segment::Given(vocabulary.encode(PROMPT)?),
        Segment::Region(TOKENS),
    ];
    let draft = Draft::new(Arc::clone(vocabulary.token_table()), &parts);
    let options = strategy::defaults(strategy);
    let params = Params {
        sampling: strategy.sampling(&options),
        seed: Seed::from(1),
        options,
        keywords: Vec::new(),
        bans: Bans::default(),
    };
    let mut generation = strategy::begin(strategy, draft, &params);
    let mut steps = vec![region_tokens(generation.draft())];
    while let Turn::Ask(queries) = generation.ask() {
        generation.answer(model.score(&queries)?);
        steps.push(region_tokens(generation.draft()));
    }
    Ok(DecodingOrderPanel {
        name: strategy.name().to_owned(),
        steps,
    })
}

/// The tokens of the generated region; `None` where a position is open.
fn region_tokens(draft: &Draft) -> Vec<Option<u32>> {
    let token = |position: usize| match draft.positions()[position].state {
        PositionState::Open => None,
        _ => Some(draft.positions()[position].token.0),
    };
    draft.region().into_iter().map(token).collect()
}
