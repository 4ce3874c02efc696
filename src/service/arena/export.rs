//! Votes for everybody's research: who was compared with what result, and people only as pseudonyms.
//!
//! A pseudonym is a keyed hash (HMAC-SHA-256) of a person's or server's id. The key is drawn once and never leaves the
//! database, so that nobody else can try all ids; the same person has the same pseudonym in every export.

use std::fmt::Write;
use std::str::FromStr;

use hmac::{Hmac, KeyInit, Mac};
use serde::Serialize;
use sha2::Sha256;

use crate::domain::VoteRecord;
use crate::service::{Caller, Rank, Refusal, SessionError, Sessions};
use crate::store::{Store, StoreError};

/// What the key is called in the database.
const KEY: &str = "pseudonyms";
/// Bytes of a pseudonym: enough that two never share one.
const LENGTH: usize = 8;

/// What an export is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values with a line of names.
    Csv,
    /// A JSON array of objects.
    Json,
}

impl FromStr for Format {
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
    duel: String,
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

/// All votes of closed duels: those of one server, or all.
///
/// # Errors
/// When the database fails.
///
/// # Panics
/// Never: what is exported has nothing that JSON has not.
pub async fn exported(
    store: &Store,
    server: Option<u64>,
    format: Format,
) -> Result<String, StoreError> {
    let key = store.secret(KEY, &rand::random::<[u8; 32]>()).await?;
    let ballots = store.vote_records(server).await?;
    let records = ballots.into_iter().map(|ballot| record(ballot, &key));
    Ok(match format {
        Format::Csv => csv(records),
        Format::Json => {
            let records: Vec<Record> = records.collect();
            serde_json::to_string_pretty(&records).expect("text and numbers are JSON") + "\n"
        }
    })
}

impl Sessions {
    /// The votes of the caller's server, for those who look after it.
    ///
    /// # Errors
    /// When `caller` may not, or the database fails.
    pub async fn export_votes(
        &self,
        caller: &Caller,
        format: Format,
    ) -> Result<String, SessionError> {
        let server = caller.place.server.ok_or(Refusal::ExportElsewhere)?;
        if caller.rank < Rank::Moderator {
            return Err(Refusal::ExportNotYours.into());
        }
        Ok(exported(&self.parts.store, Some(server), format).await?)
    }
}

fn record(ballot: VoteRecord, key: &[u8]) -> Record {
    let [a, b] = ballot.sides;
    Record {
        duel: ballot.duel,
        cast_at: ballot.cast_at,
        server: ballot.server.map(|id| pseudonym(key, "server", id)),
        voter: pseudonym(key, "person", ballot.voter.0),
        own_prompt: ballot.voter == ballot.author,
        a_strategy: a.strategy.into(),
        a_temperature: a.temperature,
        b_strategy: b.strategy.into(),
        b_temperature: b.temperature,
        choice: ballot.choice.name(),
    }
}

fn pseudonym(key: &[u8], kind: &str, id: u64) -> String {
    let mut hash = Hmac::<Sha256>::new_from_slice(key).expect("keys of any length will do");
    hash.update(format!("{kind} {id}").as_bytes());
    let hash = hash.finalize().into_bytes();
    hash.iter()
        .take(LENGTH)
        .fold(String::new(), |mut hex, byte| {
            // Writing to a string cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}

/// No field has a comma or a quotation mark in it: ids, numbers and the names of strategies.
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

    fn ballot(voter: u64) -> VoteRecord {
        let contender = |strategy: &str| DuelSide {
            strategy: strategy.into(),
            temperature: 0.5,
        };
        VoteRecord {
            duel: "abc".to_owned(),
            author: UserId(1),
            voter: UserId(voter),
            server: Some(7),
            choice: VoteChoice::BothBad,
            cast_at: 1_700_000_000,
            sides: [contender("gibbs"), contender("best-of")],
        }
    }

    #[test]
    fn people_and_servers_are_pseudonyms_that_depend_on_the_key() {
        let name = |key: &[u8], voter| record(ballot(voter), key).voter;
        assert_eq!(name(b"key", 1), name(b"key", 1));
        assert_ne!(name(b"key", 1), name(b"key", 2));
        assert_ne!(name(b"key", 1), name(b"other", 1));
        let record = record(ballot(7), b"key");
        assert_ne!(
            record.server.unwrap(),
            record.voter,
            "not even of one number"
        );
        // RFC 4231, test case 2, for the hash itself.
        let mut hash = Hmac::<Sha256>::new_from_slice(b"Jefe").unwrap();
        hash.update(b"what do ya want for nothing?");
        assert_eq!(hash.finalize().into_bytes()[..4], [0x5b, 0xdc, 0xc1, 0x46]);
    }

    #[test]
    fn a_table_has_a_line_for_each_vote() {
        let table = csv([1, 2]
            .into_iter()
            .map(|voter| record(ballot(voter), b"key")));
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
    fn other_formats_are_refused_in_words() {
        assert_eq!("json".parse(), Ok(Format::Json));
        let refused = "xml".parse::<Format>().unwrap_err();
        assert_eq!(refused, "there is no format \"xml\"; take csv or json");
    }
}
