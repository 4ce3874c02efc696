//! Why the bot is not connected to Discord.

/// Why the bot is not connected to Discord. Displays as one sentence that tells the operator what to do.
#[derive(Debug, thiserror::Error)]
pub enum DiscordError {
    /// Discord rejected the token.
    #[error(
        "Discord does not accept the token; copy it anew from https://discord.com/developers/applications and set \
         MOUTHPIECE__DISCORD__TOKEN"
    )]
    Token,
    /// The API could not be reached.
    #[error("cannot reach {server}: {reason}")]
    Unreachable {
        /// The server's base URL, or "Discord".
        server: String,
        /// The error of the last attempt.
        reason: String,
    },
    /// The gateway closed the connection with a code after which reconnecting is useless.
    #[error("Discord's gateway refuses the bot: {0}")]
    Gateway(String),
    /// serenity's gateway client ended.
    #[error("the bot is no longer connected to Discord: {0}")]
    Connection(String),
    /// A client or a local port could not be set up.
    #[error("the bot cannot be set up: {0}")]
    Setup(String),
}
