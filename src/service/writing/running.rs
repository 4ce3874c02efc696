//! The running jobs: which user has which jobs, and how to stop them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use dashmap::DashMap;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::domain::{GuildId, TextId, UserId};
use crate::service::caller::Caller;
use crate::service::refusal::Refusal;

/// Crockford's base 32 in lower case: letters and digits without look-alikes.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Characters of an id.
const ID_LENGTH: usize = 8;

/// All running jobs, by user.
#[derive(Debug, Default)]
pub(in crate::service) struct RunningJobs {
    jobs: DashMap<UserId, Vec<Job>>,
    /// Notified whenever a permit is released.
    released: Notify,
}

#[derive(Debug, Clone)]
struct Job {
    id: TextId,
    guild: Option<GuildId>,
    stop: CancellationToken,
    /// The strategy's name; empty while the request is checked.
    strategy: &'static str,
    since: Instant,
}

/// A snapshot of a running job.
#[derive(Debug)]
pub(in crate::service) struct RunningJob {
    pub(in crate::service) id: TextId,
    pub(in crate::service) user: UserId,
    pub(in crate::service) guild: Option<GuildId>,
    pub(in crate::service) strategy: &'static str,
    pub(in crate::service) elapsed: Duration,
}

/// The permission to run one job, released on drop.
#[derive(Debug)]
pub(in crate::service) struct Permit {
    jobs: Arc<RunningJobs>,
    pub(in crate::service) user: UserId,
    pub(in crate::service) id: TextId,
    pub(in crate::service) stop: CancellationToken,
}

impl RunningJobs {
    /// Acquires a permit for `caller`, who may run at most `max` jobs.
    ///
    /// # Errors
    /// [`Refusal::Busy`] if the caller runs `max` jobs already.
    pub(in crate::service) fn acquire(
        jobs: &Arc<Self>,
        caller: &Caller,
        max: usize,
    ) -> Result<Permit, Refusal> {
        let [permit] = Self::acquire_many(jobs, caller, max)?;
        Ok(permit)
    }

    /// Acquires `PERMITS` permits that belong together. They may exceed `max`, if the caller has room for one.
    ///
    /// # Errors
    /// [`Refusal::Busy`] if the caller runs `max` jobs already.
    pub(in crate::service) fn acquire_many<const PERMITS: usize>(
        jobs: &Arc<Self>,
        caller: &Caller,
        max: usize,
    ) -> Result<[Permit; PERMITS], Refusal> {
        let user = caller.user;
        let mut of_user = jobs.jobs.entry(user).or_default();
        if of_user.len() >= max {
            return Err(Refusal::Busy(of_user.len()));
        }
        Ok(std::array::from_fn(|_| {
            let (id, stop) = (TextId::from(fresh_id()), CancellationToken::new());
            of_user.push(Job {
                id: id.clone(),
                guild: caller.location.guild,
                stop: stop.clone(),
                strategy: "",
                since: Instant::now(),
            });
            Permit {
                jobs: Arc::clone(jobs),
                user,
                id,
                stop,
            }
        }))
    }

    /// Stops the job `id`, if `caller` may: users their own anywhere, moderators those of their guild.
    ///
    /// # Errors
    /// [`Refusal::Over`] if no such job runs, [`Refusal::NotYours`] without the permission.
    pub(in crate::service) fn stop(&self, caller: &Caller, id: &TextId) -> Result<(), Refusal> {
        let found = self.jobs.iter().find_map(|of_user| {
            let job = of_user.iter().find(|job| job.id == *id)?;
            Some((*of_user.key(), job.guild, job.stop.clone()))
        });
        let (owner, guild, stop) = found.ok_or(Refusal::Over)?;
        let elsewhere = caller.user != owner && caller.location.guild != guild;
        if elsewhere || !caller.may_moderate(owner) {
            return Err(Refusal::NotYours);
        }
        stop.cancel();
        Ok(())
    }

    /// A snapshot of all running jobs, in no particular order.
    pub(in crate::service) fn snapshot(&self) -> Vec<RunningJob> {
        let running = |user: UserId, job: &Job| RunningJob {
            id: job.id.clone(),
            user,
            guild: job.guild,
            strategy: job.strategy,
            elapsed: job.since.elapsed(),
        };
        let mut all = Vec::new();
        for of_user in &self.jobs {
            all.extend(of_user.iter().map(|job| running(*of_user.key(), job)));
        }
        all
    }

    /// Waits until `user` runs no job.
    pub(in crate::service) async fn wait_until_idle(&self, user: UserId) {
        loop {
            // Registered before the check, so that a release in between is not missed.
            let released = self.released.notified();
            if !self.jobs.contains_key(&user) {
                return;
            }
            released.await;
        }
    }

    /// Stops all jobs of `user` and returns their number.
    pub(in crate::service) fn stop_all(&self, user: UserId) -> usize {
        self.stop_matching(user, |_| true)
    }

    /// Stops all jobs that `user` requested in `guild` and returns their number.
    pub(in crate::service) fn stop_all_in(&self, guild: GuildId, user: UserId) -> usize {
        self.stop_matching(user, |job| job.guild == Some(guild))
    }

    fn stop_matching(&self, user: UserId, matches: impl Fn(&Job) -> bool) -> usize {
        let of_user = self.jobs.get(&user).map(|of_user| of_user.clone());
        let mut stopped = of_user.unwrap_or_default();
        stopped.retain(matches);
        for job in &stopped {
            job.stop.cancel();
        }
        stopped.len()
    }
}

impl Permit {
    /// Sets the strategy that [`RunningJobs::snapshot`] names for the job.
    pub(in crate::service) fn set_strategy(&self, strategy: &'static str) {
        if let Some(mut of_user) = self.jobs.jobs.get_mut(&self.user) {
            let own = of_user.iter_mut().filter(|job| job.id == self.id);
            own.for_each(|job| job.strategy = strategy);
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.jobs.jobs.remove_if_mut(&self.user, |_, of_user| {
            of_user.retain(|job| job.id != self.id);
            of_user.is_empty()
        });
        self.jobs.released.notify_waiters();
    }
}

/// A random id that people can type.
pub(in crate::service) fn fresh_id() -> String {
    (0..ID_LENGTH)
        .map(|_| char::from(ALPHABET[usize::from(rand::random::<u8>() % 32)]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ChannelId;
    use crate::service::caller::{Location, PermissionLevel};

    fn caller(user: u64, permission: PermissionLevel) -> Caller {
        Caller {
            user: UserId(user),
            location: Location {
                guild: Some(GuildId(1)),
                channel: ChannelId(1),
                parent: None,
            },
            roles: Vec::new(),
            permission,
        }
    }

    #[test]
    fn a_user_gets_the_maximum_number_of_permits_and_released_ones_again() {
        let jobs = Arc::default();
        let first = RunningJobs::acquire(&jobs, &caller(1, PermissionLevel::Member), 1).unwrap();
        assert_eq!(
            RunningJobs::acquire(&jobs, &caller(1, PermissionLevel::Member), 1).unwrap_err(),
            Refusal::Busy(1)
        );
        assert!(RunningJobs::acquire(&jobs, &caller(2, PermissionLevel::Member), 1).is_ok());
        drop(first);
        assert!(RunningJobs::acquire(&jobs, &caller(1, PermissionLevel::Member), 1).is_ok());
        assert!(jobs.jobs.is_empty(), "users without jobs are removed");
    }

    #[test]
    fn permits_are_acquired_together_and_released_one_by_one() {
        let jobs = Arc::default();
        let [first, second] =
            RunningJobs::acquire_many(&jobs, &caller(1, PermissionLevel::Member), 1).unwrap();
        assert_ne!(first.id, second.id);
        for (permit, left) in [(first, 1), (second, 0)] {
            drop(permit);
            let of_user = jobs.jobs.get(&UserId(1));
            assert_eq!(of_user.map_or(0, |of_user| of_user.len()), left);
        }
    }

    #[test]
    fn only_the_owner_and_moderators_can_stop_a_job() {
        let jobs = Arc::default();
        let permit = RunningJobs::acquire(&jobs, &caller(1, PermissionLevel::Member), 1).unwrap();
        assert_eq!(
            jobs.stop(&caller(2, PermissionLevel::Member), &permit.id),
            Err(Refusal::NotYours)
        );
        assert!(!permit.stop.is_cancelled());
        assert_eq!(
            jobs.stop(&caller(2, PermissionLevel::Moderator), &permit.id),
            Ok(())
        );
        assert!(permit.stop.is_cancelled());
        assert_eq!(
            jobs.stop(&caller(1, PermissionLevel::Moderator), &"nothing".into()),
            Err(Refusal::Over)
        );
    }

    #[test]
    fn all_jobs_of_one_user_can_be_stopped_at_once() {
        let jobs = Arc::default();
        let permits: Vec<_> = (0..3)
            .map(|_| RunningJobs::acquire(&jobs, &caller(1, PermissionLevel::Member), 3).unwrap())
            .collect();
        let other = RunningJobs::acquire(&jobs, &caller(2, PermissionLevel::Member), 1).unwrap();
        assert_eq!(jobs.stop_all(UserId(1)), 3);
        assert!(
            permits.iter().all(|permit| permit.stop.is_cancelled()) && !other.stop.is_cancelled()
        );
        assert_eq!(jobs.stop_all(UserId(3)), 0);
        assert_eq!(
            jobs.stop_all_in(GuildId(2), UserId(2)),
            0,
            "the job belongs to another guild"
        );
        assert!(!other.stop.is_cancelled());
        assert_eq!(jobs.stop_all_in(GuildId(1), UserId(2)), 1);
        assert!(other.stop.is_cancelled());
    }

    #[test]
    fn moderators_stop_jobs_of_their_own_guild_only() {
        let jobs = Arc::default();
        let permit = RunningJobs::acquire(&jobs, &caller(1, PermissionLevel::Member), 1).unwrap();
        let elsewhere = Caller {
            location: Location {
                guild: Some(GuildId(2)),
                ..caller(2, PermissionLevel::Manager).location
            },
            ..caller(2, PermissionLevel::Manager)
        };
        assert_eq!(jobs.stop(&elsewhere, &permit.id), Err(Refusal::NotYours));
        let direct = Caller {
            location: Location {
                guild: None,
                ..elsewhere.location
            },
            ..caller(1, PermissionLevel::Member)
        };
        assert_eq!(
            jobs.stop(&direct, &permit.id),
            Ok(()),
            "users stop their own jobs anywhere"
        );
    }

    #[test]
    fn waiters_are_notified_when_a_user_becomes_idle() {
        let jobs: Arc<RunningJobs> = Arc::default();
        let mut permits: Vec<_> = (0..2)
            .map(|_| RunningJobs::acquire(&jobs, &caller(1, PermissionLevel::Member), 2).unwrap())
            .collect();
        permits[0].set_strategy("gibbs");
        let mut strategies: Vec<_> = jobs
            .snapshot()
            .iter()
            .map(|permit| permit.strategy)
            .collect();
        strategies.sort_unstable();
        assert_eq!(strategies, ["", "gibbs"]);
        let mut waiting = ended(jobs.wait_until_idle(UserId(1)));
        assert!(!waiting());
        permits.pop();
        assert!(!waiting());
        permits.pop();
        assert!(waiting());
    }

    /// Polls the future on each call and returns whether it is complete.
    fn ended(future: impl Future<Output = ()>) -> impl FnMut() -> bool {
        let mut future = Box::pin(future);
        move || {
            let mut context = std::task::Context::from_waker(std::task::Waker::noop());
            future.as_mut().poll(&mut context).is_ready()
        }
    }
}
