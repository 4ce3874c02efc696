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
}
