//! Filling the blanks of a sentence, with what else might stand there.

use crate::pool::{Outcome, Owner, Pool};
use generation::{
    Bans, FillOrder, LogitRow, SampledToken, Sampler, Seed, Settings, Temperature, strategy,
};
use model::{Prompt, PromptError, Span, Vocabulary};

use crate::service::{GenerationRequest, Limits, Refusal, fresh_seed};

/// The strategy that fills blanks.
pub(in crate::service) const STRATEGY: &str = "template";

/// A word that might stand in a blank.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// As the vocabulary spells it; `##` marks a piece that continues a word.
    pub token: String,
    /// Its probability with all blanks open, 0 to 1.
    pub probability: f32,
}

/// A sentence with its blanks filled.
#[derive(Debug, Clone, PartialEq)]
pub struct FilledText {
    /// The sentence, in stretches of one origin.
    pub spans: Vec<Span>,
    /// For each blank what might stand there, best first.
    pub candidates: Vec<Vec<Candidate>>,
    /// What the words were drawn with; at temperature 0 the seed does not matter.
    pub temperature: Temperature,
    /// Where the random numbers started.
    pub seed: Seed,
    /// Sequences scored.
    pub passes: u64,
}

impl FilledText {
    /// The sentence.
    pub fn text(&self) -> String {
        self.spans.iter().map(|span| span.text.as_str()).collect()
    }
}

impl GenerationRequest {
    /// In which order blanks are filled, if the strategy is the one that fills them.
    pub(in crate::service) fn fill_order(&self) -> FillOrder {
        self.params.options.get(strategy::FILL_ORDER)
    }
}

/// What filling takes.
#[derive(Clone, Copy)]
pub struct Filler<'a> {
    /// The workers.
    pub pool: &'a Pool,
    /// The model's vocabulary.
    pub vocabulary: &'a Vocabulary,
    /// What may be asked for.
    pub limits: &'a Limits,
    /// Words that must not be written.
    pub bans: &'a Bans,
}

impl Filler<'_> {
    /// Fills the blanks of what `settings` holds, and names `top` candidates for each, for `owner`.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn fill(
        self,
        owner: Owner,
        settings: Settings,
        top: usize,
    ) -> Result<FilledText, Refusal> {
        let order = self.order(settings, fresh_seed())?;
        let candidates = self.next_words(owner, &order, top).await?;
        let mut running = self.pool.submit(owner, order.begin())?;
        let finished = running.finished().await;
        if let Outcome::Failed(reason) = finished.outcome {
            return Err(Refusal::Model(reason));
        }
        Ok(FilledText {
            spans: self.vocabulary.render(&order.prompt, &finished.draft),
            candidates,
            temperature: order.params.sampling.temperature,
            seed: order.params.seed,
            passes: finished.passes + 1,
        })
    }

    /// What `settings` mean for blanks: the strategy is the one that fills them.
    ///
    /// # Errors
    /// When there is no blank, or something does not fit.
    pub(in crate::service) fn order(
        self,
        settings: Settings,
        seed: Seed,
    ) -> Result<GenerationRequest, Refusal> {
        let typed = settings.prompt.as_deref().unwrap_or_default();
        if Prompt::parse(typed).blanks() == 0 {
            return Err(PromptError::NoBlank.into());
        }
        let settings = Settings {
            strategy: Some(STRATEGY.into()),
            ..settings
        };
        GenerationRequest::new(self.vocabulary, self.limits, &settings, seed)?
            .banning(self.bans, self.vocabulary)
    }

    /// The `top` words that may stand in each open position of what was ordered, with all of them open.
    ///
    /// # Errors
    /// When the pool is full or the model fails.
    pub async fn next_words(
        self,
        owner: Owner,
        order: &GenerationRequest,
        top: usize,
    ) -> Result<Vec<Vec<Candidate>>, Refusal> {
        let draft = order.draft();
        let open = draft.open();
        let question = draft.query(&open, Sampler::want_top(top));
        let answers = self.pool.ask(owner, draft.clone(), vec![question]).await?;
        let answers = answers.map_err(Refusal::Model)?;
        let rows = answers.iter().flat_map(|scores| &scores.rows);
        let sampler = Sampler::new(draft.clone(), &order.params);
        let candidate = |choice: &SampledToken| Candidate {
            token: self.vocabulary.piece(choice.token).to_owned(),
            probability: choice.confidence,
        };
        let named = |(&position, row): (&usize, &LogitRow)| {
            let offers = sampler.top_tokens(position, row, top);
            offers.iter().map(candidate).collect()
        };
        Ok(open.iter().zip(rows).map(named).collect())
    }
}
