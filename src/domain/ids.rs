//! Identifiers as distinct types, so that a channel cannot be passed where a guild is expected.
//!
//! Conversions to other representations happen at the edges only: `discord` converts from and to serenity's ids,
//! `store` from and to database columns.

use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Declares a 64-bit identifier that Discord assigns. JSON holds it as a plain number.
macro_rules! snowflake {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIntError;

            fn from_str(text: &str) -> Result<Self, ParseIntError> {
                text.parse().map(Self)
            }
        }

        impl From<u64> for $name {
            fn from(id: u64) -> Self {
                Self(id)
            }
        }

        impl From<$name> for u64 {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    };
}

snowflake! {
    /// A Discord user.
    UserId
}

snowflake! {
    /// A Discord guild, i.e. what users call a server.
    GuildId
}

snowflake! {
    /// A Discord channel or thread.
    ChannelId
}

snowflake! {
    /// A role in a Discord guild.
    RoleId
}

snowflake! {
    /// An interaction: one use of a command, component or modal.
    InteractionId
}

snowflake! {
    /// A Discord application, i.e. a bot.
    ApplicationId
}

/// Declares an identifier that the bot generates: a short text. JSON holds it as a plain string.
macro_rules! text_key {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl From<&str> for $name {
            fn from(id: &str) -> Self {
                Self(id.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(id: String) -> Self {
                Self(id)
            }
        }
    };
}

text_key! {
    /// A generated text. The job that generates a text has the same id.
    TextId
}

text_key! {
    /// A duel of the arena.
    DuelId
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_written_and_read_as_its_number() {
        let id = UserId(u64::MAX);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(serde_json::to_string(&id).unwrap(), u64::MAX.to_string());
        assert!("-1".parse::<UserId>().is_err());
    }

    #[test]
    fn a_generated_id_is_written_and_read_as_its_text() {
        let id = TextId::from("3fk2m9xq");
        assert_eq!(
            (id.as_str(), id.to_string().as_str()),
            ("3fk2m9xq", "3fk2m9xq")
        );
        let json = serde_json::to_string(&id).unwrap();
        assert_eq!(json, r#""3fk2m9xq""#);
        assert_eq!(serde_json::from_str::<TextId>(&json).unwrap(), id);
    }
}
