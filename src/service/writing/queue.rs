//! The queue of running jobs, as a caller may see it.

use std::time::Duration;

use super::running::RunningJob;
use super::service::Writing;
use crate::domain::{TextId, UserId};
use crate::pool::{Owner, PoolStatus};
use crate::service::caller::{Caller, PermissionLevel};

/// A running job, as a caller may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueEntry {
    /// The id with which the job can be stopped.
    pub id: TextId,
    /// The owner; `None` if the caller is neither the owner nor a moderator.
    pub user: Option<UserId>,
    /// The strategy's name.
    pub strategy: &'static str,
    /// The time since the request.
    pub elapsed: Duration,
    /// The number of jobs ahead, until the model scores this one for the first time.
    pub ahead: Option<usize>,
}

/// The running jobs that a caller may see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueView {
    /// The caller's jobs at all locations, the oldest first.
    pub own: Vec<QueueEntry>,
    /// The jobs of other users in the caller's guild, the oldest first.
    pub others: Vec<QueueEntry>,
    /// The load of the pool, for all guilds together.
    pub load: PoolStatus,
    /// The number of workers.
    pub workers: usize,
}

impl Writing {
    /// The running jobs that `caller` may see.
    pub fn queue(&self, caller: &Caller) -> QueueView {
        let sees_owners = caller.permission >= PermissionLevel::Moderator;
        let guild = caller.location.guild;
        let mut jobs = self.jobs.snapshot();
        jobs.sort_by(|a, b| b.elapsed.cmp(&a.elapsed).then_with(|| a.id.cmp(&b.id)));
        let (own, others): (Vec<RunningJob>, Vec<RunningJob>) = jobs
            .into_iter()
            .filter(|job| job.user == caller.user || (guild.is_some() && job.guild == guild))
            .partition(|job| job.user == caller.user);
        let entry = |job: RunningJob| QueueEntry {
            user: (sees_owners || job.user == caller.user).then_some(job.user),
            strategy: job.strategy,
            elapsed: job.elapsed,
            ahead: self.pool.ahead(Owner(job.user.0)),
            id: job.id,
        };
        QueueView {
            own: own.into_iter().map(entry).collect(),
            others: others.into_iter().map(entry).collect(),
            load: self.pool.status(),
            workers: self.pool.workers(),
        }
    }
}
