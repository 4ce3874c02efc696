//! The filler: fills all blanks of a text at once, with the most probable candidates for each.

use crate::pool::{Outcome, Owner, Pool};
use generation::{Bans, LogitRow, SampledToken, Sampler, Seed, Settings, Temperature};
use model::{Prompt, PromptError, Span, Vocabulary};

use crate::service::policy::limits::Limits;
use crate::service::refusal::Refusal;
use crate::service::writing::request::{GenerationRequest, fresh_seed};

/// The name of the strategy that fills blanks.
pub(in crate::service) const STRATEGY: &str = "template";

/// A token that the model considers for a blank.
#[derive(Debug, Clone, PartialEq)]
pub struct BlankCandidate {
    /// The token as the tokenizer spells it, by which it is chosen and stored. Not for people.
    pub token: String,
    /// The token for people: its letters, with a hyphen before a token that continues a word.
    pub word: String,
    /// Its probability, 0 to 1.
    pub probability: f32,
}

/// A text with its blanks filled.
#[derive(Debug, Clone, PartialEq)]
pub struct FilledText {
    /// The text, split by origin.
    pub spans: Vec<Span>,
    /// For each blank its candidates with all blanks open, the most probable first.
    pub candidates: Vec<Vec<BlankCandidate>>,
    /// The temperature of the words. At 0 the seed has no effect.
    pub temperature: Temperature,
    /// The seed of the words.
    pub seed: Seed,
    /// The number of sequences scored.
    pub passes: u64,
}

impl FilledText {
    /// The plain text.
    pub fn text(&self) -> String {
        self.spans.iter().map(|span| span.text.as_str()).collect()
    }
}

/// The parts that filling needs.
#[derive(Clone, Copy)]
pub struct Filler<'a> {
    /// The model's workers.
    pub pool: &'a Pool,
    /// The model's vocabulary.
    pub vocabulary: &'a Vocabulary,
    /// The operator's limits.
    pub limits: &'a Limits,
    /// The banned words.
    pub bans: &'a Bans,
}

impl Filler<'_> {
    /// Fills the blanks of the prompt in `settings`, and lists `top` candidates for each.
    ///
    /// # Errors
    /// When the request is refused, the pool is full, or the model fails.
    pub async fn fill(
        self,
        owner: Owner,
        settings: Settings,
        top: usize,
    ) -> Result<FilledText, Refusal> {
        let request = self.request(settings, fresh_seed())?;
        let candidates = self.next_words(owner, &request, top).await?;
        let mut running = self.pool.submit(owner, request.begin())?;
        let finished = running.finished().await;
        if let Outcome::Failed(reason) = finished.outcome {
            return Err(Refusal::Model(reason));
        }
        Ok(FilledText {
            spans: self.vocabulary.render(&request.prompt, &finished.draft),
            candidates,
            temperature: request.params.sampling.temperature,
            seed: request.params.seed,
            passes: finished.passes + 1,
        })
    }

    /// The request to fill the blanks of the prompt in `settings`. The strategy in `settings` is replaced.
    ///
    /// # Errors
    /// When the prompt has no blank, or the settings are invalid.
    pub(in crate::service) fn request(
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

    /// The `top` most probable candidates for each open position of the request, with all of them open.
    ///
    /// # Errors
    /// When the pool is full or the model fails.
    pub async fn next_words(
        self,
        owner: Owner,
        request: &GenerationRequest,
        top: usize,
    ) -> Result<Vec<Vec<BlankCandidate>>, Refusal> {
        let draft = request.draft();
        let open = draft.open();
        let query = draft.query(&open, Sampler::want_top(top));
        let answers = self.pool.ask(owner, draft.clone(), vec![query]).await?;
        let answers = answers.map_err(Refusal::Model)?;
        let rows = answers.iter().flat_map(|scores| &scores.rows);
        let sampler = Sampler::new(draft.clone(), &request.params);
        let candidate = |choice: &SampledToken| BlankCandidate {
            token: self.vocabulary.piece(choice.token).to_owned(),
            word: self.vocabulary.shown(choice.token),
            probability: choice.confidence,
        };
        let named = |(&position, row): (&usize, &LogitRow)| {
            let offers = sampler.top_tokens(position, row, top);
            offers.iter().map(candidate).collect()
        };
        Ok(open.iter().zip(rows).map(named).collect())
    }
}
