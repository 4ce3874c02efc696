//! The fill service: begins and resumes fill sessions.

use std::sync::Arc;

use super::filler::{Filler, STRATEGY};
use super::session::{ActionResult, Session};
use super::state::{FillOperation, FillRequest, FillState};
use crate::domain::FillSession;
use crate::pool::{Owner, Pool};
use crate::service::caller::Caller;
use crate::service::policy::guild_policy::GuildPolicy;
use crate::service::policy::service::Policy;
use crate::service::refusal::{Refusal, ServiceError};
use crate::service::resources::Resources;
use crate::service::writing::request::fresh_seed;
use crate::service::writing::running::{RunningJobs, fresh_id};
use crate::store::Store;
use model::Vocabulary;

/// Fills blanks interactively.
pub struct Fill {
    store: Store,
    pool: Arc<Pool>,
    vocabulary: Arc<Vocabulary>,
    jobs: Arc<RunningJobs>,
    policy: Arc<Policy>,
}

impl Fill {
    pub(in crate::service) fn new(resources: &Resources, policy: Arc<Policy>) -> Self {
        Self {
            store: resources.store.clone(),
            pool: Arc::clone(&resources.pool),
            vocabulary: Arc::clone(&resources.vocabulary),
            jobs: Arc::clone(&resources.jobs),
            policy,
        }
    }

    /// Begins a session: proposes a word for every blank, and lists candidates. The caller's stored settings do not
    /// apply.
    ///
    /// # Errors
    /// When the request is refused, or the store fails.
    pub async fn begin(
        &self,
        caller: &Caller,
        request: FillRequest,
    ) -> Result<FillState, ServiceError> {
        let session = FillSession {
            id: fresh_id(),
            user: caller.user,
            text: request.settings.prompt.clone().unwrap_or_default(),
            options: request.settings.options.clone().unwrap_or_default(),
            temperature: request.settings.temperature.map(f64::from),
            seed: request.settings.seed.unwrap_or_else(fresh_seed).get(),
            top: request.top,
            words: request.words,
            steps: Vec::new(),
        };
        let policy = self.policy.for_caller(caller).await?;
        // Stored while the permit is held: an erasure waits for the permit, so that no session is stored after it.
        let work = async {
            let result = self.perform(&session, None, &policy).await?;
            let stored = self.store.add_fill_session(&session).await;
            Ok(stored.map(|()| result.state))
        };
        Ok(self.with_permit(caller, &policy, work).await??)
    }

    /// Performs an action on the session `id`.
    ///
    /// # Errors
    /// When the session has expired or belongs to another user, the action is refused, or the store fails.
    pub async fn resume(
        &self,
        caller: &Caller,
        id: &str,
        action: FillOperation,
    ) -> Result<FillState, ServiceError> {
        let session = self.session(caller, id).await?;
        let policy = self.policy.for_caller(caller).await?;
        let work = self.perform(&session, Some(action), &policy);
        let result = self.with_permit(caller, &policy, work).await?;
        if let Some(steps) = &result.steps {
            let unchanged = self
                .store
                .replace_fill_steps(id, &session.steps, steps)
                .await?;
            if !unchanged {
                return Err(Refusal::Overtaken.into());
            }
        }
        Ok(result.state)
    }

    /// The session `id`.
    ///
    /// # Errors
    /// When the session has expired or belongs to another user, or the store fails.
    pub async fn session(&self, caller: &Caller, id: &str) -> Result<FillSession, ServiceError> {
        let session = self.store.fill_session(id).await?;
        let session = session.ok_or(Refusal::NoBlanks)?;
        if session.user == caller.user {
            Ok(session)
        } else {
            Err(Refusal::NotYourBlanks.into())
        }
    }

    /// Runs `work` with a permit until it ends or is stopped, if the policy authorizes the caller.
    async fn with_permit<T>(
        &self,
        caller: &Caller,
        policy: &GuildPolicy,
        work: impl Future<Output = Result<T, Refusal>>,
    ) -> Result<T, Refusal> {
        policy.authorize(caller)?;
        let permit = RunningJobs::acquire(&self.jobs, caller, policy.max_running())?;
        permit.set_strategy(STRATEGY);
        tokio::select! {
            () = permit.stop.cancelled() => Err(Refusal::Stopped),
            done = work => done,
        }
    }

    async fn perform(
        &self,
        session: &FillSession,
        action: Option<FillOperation>,
        policy: &GuildPolicy,
    ) -> Result<ActionResult, Refusal> {
        let filler = Filler {
            pool: &self.pool,
            vocabulary: &self.vocabulary,
            limits: policy.limits(),
            bans: policy.bans(),
        };
        let owner = Owner(session.user.0);
        let session = Session {
            filler,
            owner,
            stored: session,
        };
        session.perform(action).await
    }
}
