//! What managers have set for servers and channels: settings, and what is allowed.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{Store, StoreError, now, signed};
use generation::{Length, Settings};

/// What a server or one of its channels allows. What is empty or `None` is not limited there.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Rules {
    /// The only channels in which texts are written.
    pub channels: Vec<u64>,
    /// The roles of which one is needed.
    pub roles: Vec<u64>,
    /// The only strategies.
    pub strategies: Vec<String>,
    /// The most new tokens of a text.
    pub length: Option<u32>,
    /// Words that no text may have.
    pub banned: Vec<String>,
    /// The least seconds between two edits of a reply.
    pub pace: Option<u32>,
    /// The least seconds between two texts of one person.
    pub cooldown: Option<u32>,
    /// Texts that one person may have in the making at once.
    pub running: Option<u32>,
    /// How many texts one person may have.
    pub person: Quota,
    /// How many texts the whole server may have.
    pub server: Quota,
}

/// How many texts are allowed in which time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Quota {
    /// Within any 60 minutes.
    pub hourly: Option<u32>,
    /// Within any 24 hours.
    pub daily: Option<u32>,
}

impl Rules {
    /// The most new tokens of a text.
    pub fn length(&self) -> Option<Length> {
        self.length
            .and_then(|length| Length::try_from(f64::from(length)).ok())
    }

    /// What a channel with these rules allows on a server with those: its own where it has any, and no word that either bans.
    ///
    /// Where texts are written, how many, and how many at once is settled for the server as a whole.
    #[must_use]
    pub fn over(&self, server: &Self) -> Self {
        Self {
            roles: or_servers(&self.roles, &server.roles),
            strategies: or_servers(&self.strategies, &server.strategies),
            length: self.length.or(server.length),
            pace: self.pace.or(server.pace),
            banned: [server.banned.as_slice(), &self.banned].concat(),
            ..server.clone()
        }
    }
}

/// The list of the channel if it has one, else that of the server.
fn or_servers<T: Clone>(channel: &[T], server: &[T]) -> Vec<T> {
    if channel.is_empty() { server } else { channel }.to_vec()
}

/// Reads JSON that this program wrote, perhaps an older or a newer version of it: what does not fit any more counts as not set.
pub(super) fn lenient<T: DeserializeOwned + Default>(json: &str) -> T {
    if let Ok(whole) = serde_json::from_str(json) {
        return whole;
    }
    let fields: Map<String, Value> = serde_json::from_str(json).unwrap_or_default();
    let fits = |(name, value): &(String, Value)| {
        let alone = Map::from_iter([(name.clone(), value.clone())]);
        serde_json::from_value::<T>(Value::Object(alone)).is_ok()
    };
    let fitting: Map<String, Value> = fields.into_iter().filter(fits).collect();
    serde_json::from_value(Value::Object(fitting)).unwrap_or_default()
}

/// As JSON for a column.
pub(super) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("plain fields can always be written")
}

/// The number under which the server itself is kept, beside its channels.
const WHOLE_SERVER: u64 = 0;

impl Store {
    /// What is set for a channel of a server, or without one for the server.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn place(&self, server: u64, channel: Option<u64>) -> Result<Settings, StoreError> {
        let row: Option<String> = sqlx::query_scalar(
            "SELECT settings FROM places WHERE server_id = $1 AND channel_id = $2",
        )
        .bind(signed(server))
        .bind(signed(channel.unwrap_or(WHOLE_SERVER)))
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|json| lenient(&json)).unwrap_or_default())
    }

    /// Replaces what is set for a channel of a server, or without one for the server. Committed when this returns.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn save_place(
        &self,
        server: u64,
        channel: Option<u64>,
        settings: &Settings,
    ) -> Result<(), StoreError> {
        let channel = signed(channel.unwrap_or(WHOLE_SERVER));
        if *settings == Settings::default() {
            sqlx::query("DELETE FROM places WHERE server_id = $1 AND channel_id = $2")
                .bind(signed(server))
                .bind(channel)
                .execute(&self.pool)
                .await?;
            return Ok(());
        }
        sqlx::query(
            "INSERT INTO places (server_id, channel_id, settings, changed_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (server_id, channel_id) DO UPDATE SET settings = excluded.settings, changed_at = excluded.changed_at",
        )
        .bind(signed(server))
        .bind(channel)
        .bind(json(settings))
        .bind(now())
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// What a channel of a server allows, or without one the server.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn rules(&self, server: u64, channel: Option<u64>) -> Result<Rules, StoreError> {
        let row: Option<String> =
            sqlx::query_scalar("SELECT rules FROM rules WHERE server_id = $1 AND channel_id = $2")
                .bind(signed(server))
                .bind(signed(channel.unwrap_or(WHOLE_SERVER)))
                .fetch_optional(&self.pool)
                .await?;
        Ok(row.map(|json| lenient(&json)).unwrap_or_default())
    }

    /// Replaces what a channel of a server allows, or without one the server. Committed when this returns.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn save_rules(
        &self,
        server: u64,
        channel: Option<u64>,
        rules: &Rules,
    ) -> Result<(), StoreError> {
        let channel = signed(channel.unwrap_or(WHOLE_SERVER));
        if *rules == Rules::default() {
            sqlx::query("DELETE FROM rules WHERE server_id = $1 AND channel_id = $2")
                .bind(signed(server))
                .bind(channel)
                .execute(&self.pool)
                .await?;
            return Ok(());
        }
        sqlx::query(
            "INSERT INTO rules (server_id, channel_id, rules, changed_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (server_id, channel_id) DO UPDATE SET rules = excluded.rules, changed_at = excluded.changed_at",
        )
        .bind(signed(server))
        .bind(channel)
        .bind(json(rules))
        .bind(now())
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("s.sqlite3")).await.unwrap();
        (folder, store)
    }

    #[tokio::test]
    async fn a_server_and_its_channels_are_kept_apart() {
        let (_folder, store) = store().await;
        let warm = |temperature: &str| Settings {
            temperature: temperature.parse().ok(),
            ..Settings::default()
        };
        store.save_place(1, None, &warm("0.1")).await.unwrap();
        // The oldest channel of an old server has the server's own number.
        store.save_place(1, Some(1), &warm("0.2")).await.unwrap();
        store.save_place(2, Some(1), &warm("0.3")).await.unwrap();
        assert_eq!(store.place(1, None).await.unwrap(), warm("0.1"));
        assert_eq!(store.place(1, Some(1)).await.unwrap(), warm("0.2"));
        assert_eq!(store.place(2, Some(1)).await.unwrap(), warm("0.3"));
        store
            .save_place(1, None, &Settings::default())
            .await
            .unwrap();
        assert_eq!(store.place(1, None).await.unwrap(), Settings::default());
    }

    #[tokio::test]
    async fn rules_come_back_as_they_were_saved() {
        let (_folder, store) = store().await;
        let rules = Rules {
            channels: vec![1, u64::MAX],
            strategies: vec!["gibbs".into()],
            length: Some(20),
            banned: vec!["crumpet".into()],
            person: Quota {
                hourly: Some(3),
                daily: None,
            },
            ..Rules::default()
        };
        assert_eq!(store.rules(9, None).await.unwrap(), Rules::default());
        store.save_rules(9, None, &rules).await.unwrap();
        assert_eq!(store.rules(9, None).await.unwrap(), rules);
        assert_eq!(store.rules(9, Some(1)).await.unwrap(), Rules::default());
        let short = Rules {
            length: Some(5),
            ..Rules::default()
        };
        store.save_rules(9, Some(1), &short).await.unwrap();
        assert_eq!(store.rules(9, Some(1)).await.unwrap(), short);
        assert_eq!(store.rules(9, None).await.unwrap(), rules);
    }

    #[test]
    fn a_channels_rules_stand_in_for_those_of_the_server_but_both_ban_words() {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let server = Rules {
            channels: vec![1],
            roles: vec![2],
            strategies: words(&["gibbs"]),
            length: Some(20),
            banned: words(&["tea"]),
            running: Some(1),
            ..Rules::default()
        };
        let channel = Rules {
            strategies: words(&["naive", "blocks"]),
            length: Some(40),
            pace: Some(3),
            banned: words(&["bun"]),
            ..Rules::default()
        };
        let both = Rules {
            strategies: words(&["naive", "blocks"]),
            length: Some(40),
            pace: Some(3),
            banned: words(&["tea", "bun"]),
            ..server.clone()
        };
        assert_eq!(channel.over(&server), both);
        assert_eq!(Rules::default().over(&server), server);
    }

    #[test]
    fn one_value_that_does_not_fit_any_more_costs_no_other() {
        let read: Settings = lenient(r#"{"temperature": 99, "length": 7, "colour": "red"}"#);
        assert_eq!((read.temperature, read.length), (None, "7".parse().ok()));
        assert_eq!(lenient::<Settings>("no JSON"), Settings::default());
    }
}
