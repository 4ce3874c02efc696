//! The writing service: begins, stops and stores generations.

use std::sync::Arc;

use super::handle::{GenerationContext, GenerationHandle};
use super::request::{GenerationRequest, fresh_seed};
use super::running::{Permit, RunningJobs};
use super::trace_cache::TraceCache;
use super::view::GenerationOutcome;
use crate::domain::{Text, TextId, TextOutcome, UserId};
use crate::pool::{Owner, Pool, PoolStatus};
use crate::service::caller::Caller;
use crate::service::model_identity::ModelIdentity;
use crate::service::policy::guild_policy::GuildPolicy;
use crate::service::policy::service::Policy;
use crate::service::preferences::service::Preferences;
use crate::service::refusal::{Refusal, ServiceError};
use crate::service::resources::Resources;
use crate::store::Store;
use generation::Settings;
use generation::strategy::{self, Strategy};
use model::Vocabulary;

/// Writes texts, and keeps those that were written.
pub struct Writing {
    pub(super) store: Store,
    pub(super) pool: Arc<Pool>,
    pub(super) vocabulary: Arc<Vocabulary>,
    pub(super) model: ModelIdentity,
    pub(super) policy: Arc<Policy>,
    pub(super) preferences: Arc<Preferences>,
    pub(super) jobs: Arc<RunningJobs>,
    pub(super) traces: Arc<TraceCache>,
}

impl Writing {
    pub(in crate::service) fn new(
        resources: &Resources,
        model: ModelIdentity,
        policy: Arc<Policy>,
        preferences: Arc<Preferences>,
    ) -> Self {
        Self {
            store: resources.store.clone(),
            pool: Arc::clone(&resources.pool),
            vocabulary: Arc::clone(&resources.vocabulary),
            model,
            policy,
            preferences,
            jobs: Arc::clone(&resources.jobs),
            traces: Arc::clone(&resources.traces),
        }
    }

    /// Begins a text with the options `call` over the caller's settings.
    ///
    /// # Errors
    /// When the request is refused, or the store fails.
    pub async fn speak(
        &self,
        caller: &Caller,
        call: Settings,
    ) -> Result<GenerationHandle, ServiceError> {
        let policy = self.policy.for_caller(caller).await?;
        let settings = self.preferences.resolve(caller, &policy, call).await?;
        self.begin(caller, &policy, settings.settings(), None).await
    }

    /// Begins a text with exactly these settings, as a child of the text `parent`.
    pub(super) async fn begin(
        &self,
        caller: &Caller,
        policy: &GuildPolicy,
        settings: &Settings,
        parent: Option<TextId>,
    ) -> Result<GenerationHandle, ServiceError> {
        policy.authorize(caller)?;
        policy.check(settings)?;
        let permit = RunningJobs::acquire(&self.jobs, caller, policy.max_running())?;
        let request = GenerationRequest::under(policy, &self.vocabulary, settings, fresh_seed())?;
        permit.set_strategy(request.strategy.name());
        let charge = self.policy.charge(caller, policy, 1).await?;
        let started = self.start(caller, policy, permit, request, parent);
        if started.is_err() {
            self.policy.refund(charge).await;
        }
        Ok(started?)
    }

    /// Submits `request` to the pool. The caller's quota must be charged already.
    ///
    /// # Errors
    /// When the pool is full or stopping.
    pub(in crate::service) fn start(
        &self,
        caller: &Caller,
        policy: &GuildPolicy,
        permit: Permit,
        request: GenerationRequest,
        parent: Option<TextId>,
    ) -> Result<GenerationHandle, Refusal> {
        let owner = Owner(caller.user.0);
        let running = self.pool.submit_traced(owner, request.begin(), None)?;
        let context = GenerationContext {
            location: caller.location,
            parent,
            edit_interval: policy.edit_interval(),
        };
        let vocabulary = Arc::clone(&self.vocabulary);
        Ok(GenerationHandle::new(
            permit, context, request, running, vocabulary,
        ))
    }

    /// Stops the generation with this id.
    ///
    /// # Errors
    /// When no such generation runs, or `caller` may not stop it.
    pub fn stop(&self, caller: &Caller, id: &TextId) -> Result<(), Refusal> {
        self.jobs.stop(caller, id)
    }

    /// Stops all jobs of `user`, and returns their number.
    pub fn stop_all(&self, user: UserId) -> usize {
        self.jobs.stop_all(user)
    }

    /// Stops all jobs of `user` in the guild that `caller` manages, and returns their number.
    ///
    /// # Errors
    /// When `caller` does not manage a guild here.
    pub fn stop_member(&self, caller: &Caller, user: UserId) -> Result<usize, Refusal> {
        Ok(self.jobs.stop_all_in(caller.managed_guild()?, user))
    }

    /// Stores the text of an ended generation, and caches its trace.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn save(&self, generation: &GenerationHandle) -> Result<(), ServiceError> {
        self.store.add_text(&self.record(generation)).await?;
        self.cache_trace(generation);
        Ok(())
    }

    /// Caches the trace of a stored text.
    pub(in crate::service) fn cache_trace(&self, generation: &GenerationHandle) {
        let trace = generation.trace();
        self.traces
            .insert(generation.id(), generation.user(), trace);
    }

    /// The record of an ended generation for the store.
    pub(in crate::service) fn record(&self, generation: &GenerationHandle) -> Text {
        let (view, request) = (generation.view(), generation.request());
        let context = generation.context();
        Text {
            id: generation.id().clone(),
            user: generation.user(),
            server: context.location.guild,
            channel: Some(context.location.channel),
            parent: context.parent.clone(),
            prompt: request.prompt.text().to_owned(),
            text: view.text(),
            strategy: request.strategy.name().into(),
            sampling: request.params.sampling,
            length: request.length,
            seed: request.params.seed,
            options: request.settings.options.clone().unwrap_or_default(),
            other: Text::settings_without_field(request.settings.clone()),
            model: self.model.fingerprint.clone(),
            tokens: view.tokens,
            passes: view.passes,
            milliseconds: u64::try_from(view.elapsed.as_millis()).unwrap_or(u64::MAX),
            ended: match view.outcome {
                Some(GenerationOutcome::Done) => TextOutcome::Done,
                Some(GenerationOutcome::Stopped) => TextOutcome::Stopped,
                Some(GenerationOutcome::Failed(_)) | None => TextOutcome::Failed,
            },
            kept_at: 0,
        }
    }

    /// The model in use.
    pub fn model(&self) -> &ModelIdentity {
        &self.model
    }

    /// The strategies that the model supports, in menu order.
    pub fn strategies(&self) -> impl Iterator<Item = &'static dyn Strategy> {
        strategy::available(self.vocabulary.attention_modes())
    }

    /// The load of the pool.
    pub fn load(&self) -> PoolStatus {
        self.pool.status()
    }

    /// Refuses new generations from now on. Running generations continue.
    pub fn refuse_new(&self) {
        self.pool.refuse_more();
    }

    /// Ends all running generations as failed, and the workers with them.
    pub fn end_all(&self) {
        self.pool.close();
    }
}
