//! The export of votes for research. Users and guilds appear as pseudonyms.
//!
//! A pseudonym is a keyed hash (HMAC-SHA-256, truncated) of a user's or guild's id. The key is random and never leaves
//! the database, so that nobody can find ids by exhaustive search. The pseudonyms are the same in every export.

use std::fmt::Write;
use std::str::FromStr;

use hmac::{Hmac, KeyInit, Mac};
use serde::Serialize;
use sha2::Sha256;

use super::service::Arena;
use crate::domain::{DuelId, GuildId, VoteRecord};
use crate::service::caller::{Caller, PermissionLevel};
use crate::service::refusal::{Refusal, ServiceError};
use crate::store::{Store, StoreError};

/// The name of the key in the store.
const KEY: &str = "pseudonyms";
/// Bytes of a pseudonym, long enough to make collisions unlikely.
const PSEUDONYM_BYTES: usize = 8;

/// The format of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// Comma-separated values with a header.
    Csv,
    /// A JSON array of objects.
    Json,
}

impl FromStr for ExportFormat {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "csv" => Ok(Self::Csv),
            "json" => Ok(Self::Json),
            other => Err(format!("there is no format {other:?}; take csv or json")),
        }
    }
}

#[derive(Serialize)]
struct Record {
    duel: DuelId,
    cast_at: i64,
    server: Option<String>,
    voter: String,
    own_prompt: bool,
    a_strategy: String,
    a_temperature: f64,
    b_strategy: String,
    b_temperature: f64,
    choice: &'static str,
}

/// Exports the votes on all closed duels, or on those of one guild.
///
/// # Errors
/// When the store fails.
///
/// # Panics
/// Never: every record can be represented in JSON.
pub async fn export_votes(
    store: &Store,
    server: Option<GuildId>,
    format: ExportFormat,
) -> Result<String, StoreError> {
    let key = store.secret(KEY, &rand::random::<[u8; 32]>()).await?;
    let records = store.vote_records(server).await?;
    let records = records.into_iter().map(|vote| record(vote, &key));
    Ok(match format {
        ExportFormat::Csv => csv(records),
        ExportFormat::Json => {
            let records: Vec<Record> = records.collect();
            serde_json::to_string_pretty(&records)
                .expect("text and numbers can be represented in JSON")
                + "\n"
        }
    })
}

impl Arena {
    /// Exports the votes of the caller's guild.
    ///
    /// # Errors
    /// When `caller` is not a moderator of a guild here, or the store fails.
    pub async fn export_votes(
        &self,
        caller: &Caller,
        format: ExportFormat,
    ) -> Result<String, ServiceError> {
        let server = caller.location.guild.ok_or(Refusal::ExportElsewhere)?;
        if caller.permission < PermissionLevel::Moderator {
            return Err(Refusal::ExportNotYours.into());
        }
        Ok(export_votes(&self.store, Some(server), format).await?)
    }
}

fn record(vote: VoteRecord, key: &[u8]) -> Record {
    let [a, b] = vote.sides;
    Record {
        duel: vote.duel,
        cast_at: vote.cast_at,
        server: vote.server.map(|id| pseudonym(key, "server", id.0)),
        voter: pseudonym(key, "person", vote.voter.0),
        own_prompt: vote.voter == vote.author,
        a_strategy: a.strategy.into(),
        a_temperature: a.temperature,
        b_strategy: b.strategy.into(),
        b_temperature: b.temperature,
        choice: vote.choice.name(),
    }
}

fn pseudonym(key: &[u8], kind: &str, id: u64) -> String {
    let mut hash = Hmac::<Sha256>::new_from_slice(key).expect("HMAC accepts keys of any length");
    hash.update(format!("{kind} {id}").as_bytes());
    let hash = hash.finalize().into_bytes();
    hash.iter()
        .take(PSEUDONYM_BYTES)
        .fold(String::new(), |mut hex, byte| {
            // Writing to a `String` cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}

/// The records as CSV. No field needs quotes: fields are ids, numbers and names of strategies.
fn csv(records: impl Iterator<Item = Record>) -> String {
    let names = "duel,cast_at,server,voter,own_prompt,a_strategy,a_temperature,b_strategy,b_temperature,choice\n";
    records.fold(names.to_owned(), |mut table, it| {
        let server = it.server.unwrap_or_default();
        let _ = writeln!(
            table,
            "{},{},{server},{},{},{},{},{},{},{}",
            it.duel,
            it.cast_at,
            it.voter,
            it.own_prompt,
            it.a_strategy,
            it.a_temperature,
            it.b_strategy,
            it.b_temperature,
            it.choice
        );
        table
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{DuelSide, UserId, VoteChoice};

    fn vote_record(voter: u64) -> VoteRecord {
        let contender = |strategy: &str| DuelSide {
            strategy: strategy.into(),
            temperature: 0.5,
        };
        VoteRecord {
            duel: "abc".into(),
            author: UserId(1),
            voter: UserId(voter),
            server: Some(GuildId(7)),
            choice: VoteChoice::BothBad,
            cast_at: 1_700_000_000,
            sides: [contender("gibbs"), contender("best-of")],
        }
    }

    #[test]
    fn pseudonyms_depend_on_the_key_and_the_kind_of_id() {
        let name = |key: &[u8], voter| record(vote_record(voter), key).voter;
        assert_eq!(name(b"key", 1), name(b"key", 1));
        assert_ne!(name(b"key", 1), name(b"key", 2));
        assert_ne!(name(b"key", 1), name(b"other", 1));
        let record = record(vote_record(7), b"key");
        assert_ne!(
            record.server.unwrap(),
            record.voter,
            "a user and a guild with the same id have different pseudonyms"
        );
        // RFC 4231, test case 2, for the hash itself.
        let mut hash = Hmac::<Sha256>::new_from_slice(b"Jefe").unwrap();
        hash.update(b"what do ya want for nothing?");
        assert_eq!(hash.finalize().into_bytes()[..4], [0x5b, 0xdc, 0xc1, 0x46]);
    }

    #[test]
    fn csv_has_one_line_per_vote() {
        let table = csv([1, 2]
            .into_iter()
            .map(|voter| record(vote_record(voter), b"key")));
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines.len(), 3);
        assert!(lines.iter().all(|line| line.matches(',').count() == 9));
        assert!(lines[1].starts_with("abc,1700000000,"));
        assert!(
            lines[1].ends_with(",true,gibbs,0.5,best-of,0.5,bad"),
            "{}",
            lines[1]
        );
        assert!(lines[2].contains(",false,"));
    }

    #[test]
    fn unknown_formats_are_refused() {
        assert_eq!("json".parse(), Ok(ExportFormat::Json));
        let refused = "xml".parse::<ExportFormat>().unwrap_err();
        assert_eq!(refused, "there is no format \"xml\"; take csv or json");
    }
}
