//! The bot's application commands: registration and lookup.

use serde_json::{Value, json};

use super::{ApiError, Channel, Timestamp, User, World, limits};

/// Command type `CHAT_INPUT`: a slash command.
pub(super) const SLASH: u64 = 1;
/// Command type `USER`: a context menu command for users.
pub(super) const ON_USER: u64 = 2;
/// Command type `MESSAGE`: a context menu command for messages.
pub(super) const ON_MESSAGE: u64 = 3;

/// The permission `ADMINISTRATOR`.
const ADMINISTRATOR: u64 = 1 << 3;

impl World {
    /// `PUT /applications/{id}/commands` (Bulk Overwrite Global Application Commands).
    ///
    /// # Errors
    /// If a command exceeds Discord's limits. The registered commands stay unchanged then.
    pub fn overwrite_commands(
        &mut self,
        now: Timestamp,
        commands: Vec<Value>,
    ) -> Result<Vec<Value>, ApiError> {
        limits::check_commands(&commands)?;
        let registered = commands.into_iter().map(|mut command| {
            let id = self.snowflake(now);
            command["id"] = json!(id.to_string());
            command["application_id"] = json!(Self::APPLICATION.to_string());
            command["version"] = json!(id.to_string());
            if command["type"].is_null() {
                command["type"] = json!(SLASH);
            }
            if command["description"].is_null() {
                command["description"] = json!("");
            }
            command
        });
        self.commands = registered.collect();
        self.push_page_event(None, json!({"type": "commands", "commands": self.commands}));
        Ok(self.commands.clone())
    }

    /// The registered commands.
    pub fn commands(&self) -> &[Value] {
        &self.commands
    }

    /// Removes all commands, as if the bot had never registered any.
    pub fn clear_commands(&mut self) {
        self.commands.clear();
    }

    /// The command of type `kind` with this name, if the user may use it in the channel.
    pub(super) fn usable_command(
        &self,
        kind: u64,
        name: &str,
        user: &User,
        channel: &Channel,
    ) -> Result<&Value, ApiError> {
        let found = self
            .commands
            .iter()
            .find(|command| command["type"] == kind && command["name"] == name);
        let command = found
            .filter(|command| is_offered(command, channel))
            .ok_or_else(|| ApiError::unknown(10_063, "application command"))?;
        if may_use(command, user, channel) {
            Ok(command)
        } else {
            Err(ApiError::new(403, 50_013, "Missing Permissions"))
        }
    }
}

/// Whether a command is available in a channel, by its `integration_types` and `contexts`.
fn is_offered(command: &Value, channel: &Channel) -> bool {
    // A command without `integration_types` is for guild installs only.
    let install = u64::from(!channel.kind.has_bot());
    let installs = command["integration_types"].as_array();
    let installed = installs.map_or(install == 0, |list| {
        let direct = channel.kind.guild().is_none() && channel.kind.has_bot();
        list.iter().any(|kind| *kind == install) || direct
    });
    let context = channel.kind.context();
    installed
        && command["contexts"]
            .as_array()
            .is_none_or(|list| list.iter().any(|kind| *kind == context))
}

/// Whether a user has the `default_member_permissions` of a command. They apply in guilds only.
fn may_use(command: &Value, user: &User, channel: &Channel) -> bool {
    let needed = command["default_member_permissions"].as_str();
    let Some(needed) = needed.and_then(|bits| bits.parse::<u64>().ok()) else {
        return true;
    };
    let own = user.permissions();
    // "0" restricts a command to administrators.
    let enough = needed != 0 && own & needed == needed;
    channel.kind.guild().is_none() || enough || own & ADMINISTRATOR != 0
}
