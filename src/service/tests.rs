//! Concurrent requests to the services.

use std::path::Path;
use std::task::{Context, Waker};
use std::time::Duration;

use super::*;
use crate::pool::{BatchLimits, PoolLimits, RecoveryLimits};
use crate::store::StoreError;
use generation::Query;
use model::{Card, MaskedModel, ModelError, ScriptedModel};

/// A folder with a small model, of which only the vocabulary is used.
const MODEL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/tiny");

async fn services(folder: &Path) -> Services {
    let load = || {
        let model = ScriptedModel::new(|_: &Query| Err(ModelError::Run("not used".to_owned())));
        Ok(Box::new(model) as Box<dyn MaskedModel>)
    };
    let limits = PoolLimits {
        workers: 1,
        generations: 1,
        batch: BatchLimits {
            rows: 1,
            tokens: 64,
        },
        call: Duration::from_mins(1),
        recovery: RecoveryLimits::default(),
    };
    let card = Card::read(Path::new(MODEL)).unwrap();
    Services::new(Dependencies {
        vocabulary: Arc::new(Vocabulary::load(&card).unwrap()),
        pool: Pool::start(Box::new(load), limits).unwrap(),
        store: Store::open(&folder.join("s.sqlite3")).await.unwrap(),
        limits: Limits {
            running_per_user: 1,
            prompt_characters: 100,
            blanks: 5,
            length: "50".parse().unwrap(),
            steering_characters: 100,
        },
        arena: ArenaRules {
            open_for: Duration::from_hours(1),
            votes: 1,
        },
        bans: Bans::default(),
        defaults: Settings::default(),
        model: ModelIdentity {
            name: "tiny".to_owned(),
            fingerprint: "f".to_owned(),
            lines: Vec::new(),
            origin: "a test".to_owned(),
        },
    })
}

fn caller(user: u64) -> Caller {
    Caller {
        user: UserId(user),
        location: Location {
            guild: Some(GuildId(2)),
            channel: ChannelId(3),
            parent: None,
        },
        roles: Vec::new(),
        permission: PermissionLevel::Manager,
    }
}

async fn append(services: &Services, user: u64) -> Result<Settings, ServiceError> {
    let append = |settings: Settings| {
        let tags = settings.tags.clone().unwrap_or_default() + "x";
        Ok(Settings {
            tags: Some(tags),
            ..settings
        })
    };
    let caller = caller(user);
    services
        .preferences
        .change(&caller, Scope::User, append)
        .await
}

#[tokio::test]
async fn a_change_waits_for_changes_of_the_same_user_only() {
    let folder = tempfile::tempdir().unwrap();
    let services = services(folder.path()).await;
    let guard = services.preferences.lock_user(UserId(1)).await;
    append(&services, 2).await.unwrap();
    let mut waiting = Box::pin(append(&services, 1));
    let mut context = Context::from_waker(Waker::noop());
    assert!(waiting.as_mut().poll(&mut context).is_pending());
    drop(guard);
    assert_eq!(waiting.await.unwrap().tags.as_deref(), Some("x"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_concurrent_change_of_one_user_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let services = Arc::new(services(folder.path()).await);
    let changes = (0..20).map(|task| {
        let services = Arc::clone(&services);
        tokio::spawn(async move { append(&services, task % 2).await.map(|_| ()) })
    });
    for change in changes.collect::<Vec<_>>() {
        change.await.unwrap().unwrap();
    }
    for user in [0, 1] {
        let caller = caller(user);
        let stored = services.preferences.stored(&caller, Scope::User);
        assert_eq!(stored.await.unwrap().tags.as_deref(), Some("xxxxxxxxxx"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_texts_do_not_exceed_a_quota() -> Result<(), StoreError> {
    let folder = tempfile::tempdir().unwrap();
    let services = Arc::new(services(folder.path()).await);
    let limit = |mut rules: Rules| {
        rules.server.hourly = Some(3);
        Ok(rules)
    };
    let manager = caller(1);
    let limited = services.policy.change_rules(&manager, None, limit);
    limited.await.unwrap();
    let attempts = (0..10).map(|user| {
        let services = Arc::clone(&services);
        tokio::spawn(async move {
            let caller = caller(user);
            let policy = services.policy.for_caller(&caller).await?;
            let charged = services.policy.charge(&caller, &policy, 1).await;
            Ok::<bool, StoreError>(charged.is_ok())
        })
    });
    let mut charged = 0;
    for charge in attempts.collect::<Vec<_>>() {
        charged += usize::from(charge.await.unwrap()?);
    }
    assert_eq!(charged, 3);
    Ok(())
}
