//! Options of slash commands: checked against the registered command, and resolved to users, channels, roles and files.

use serde_json::{Value, json};

use super::commands::SLASH;
use super::invocation::{COMMAND, InteractionData};
use super::{ApiError, Channel, User, World};

/// Discord's option types of subcommands and groups of subcommands.
const SUBCOMMANDS: std::ops::RangeInclusive<u64> = 1..=2;
const ATTACHMENT: u64 = 11;

/// Whether a user has completed the options of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OptionInput {
    Complete,
    Typing,
}

impl World {
    /// Checks a slash command that a user runs (`kind` is `COMMAND`) or types (`AUTOCOMPLETE`).
    pub(super) fn slash_command(
        &self,
        kind: u64,
        user: &User,
        channel: &Channel,
        (name, options): (&str, &[Value]),
    ) -> Result<InteractionData, ApiError> {
        let command = self.usable_command(SLASH, name, user, channel)?;
        let mut resolved = json!({});
        let input = if kind == COMMAND {
            OptionInput::Complete
        } else {
            OptionInput::Typing
        };
        let options = self.resolve_options(command, options, input, &mut resolved)?;
        if input == OptionInput::Typing {
            let (option, _) = focused(command, &options).ok_or_else(|| {
                ApiError::form(
                    "data.options",
                    "BASE_TYPE_REQUIRED",
                    "No option is focused.",
                )
            })?;
            if option["autocomplete"] != true {
                let problem = format!("Option {} has no autocomplete.", option["name"]);
                return Err(ApiError::form("data.options", "BASE_TYPE_CHOICES", problem));
            }
        }
        let mut payload =
            json!({"id": command["id"], "name": name, "type": SLASH, "options": options});
        if resolved != json!({}) {
            payload["resolved"] = resolved;
        }
        Ok(InteractionData::command(kind, payload))
    }

    /// Checks options against the registered ones of `parent`, sets their types, and adds what they refer to to
    /// `resolved`. Required options may be missing while the user is typing.
    fn resolve_options(
        &self,
        parent: &Value,
        options: &[Value],
        input: OptionInput,
        resolved: &mut Value,
    ) -> Result<Vec<Value>, ApiError> {
        let registered: Vec<&Value> = parent["options"].as_array().into_iter().flatten().collect();
        let mut typed = Vec::new();
        for option in options {
            let name = &option["name"];
            let known = registered
                .iter()
                .find(|known| known["name"] == *name)
                .ok_or_else(|| {
                    ApiError::form(
                        "data.options",
                        "BASE_TYPE_CHOICES",
                        format!("The command has no option {name}."),
                    )
                })?;
            let kind = known["type"].as_u64().unwrap_or(0);
            let mut option = option.clone();
            option["type"] = json!(kind);
            if SUBCOMMANDS.contains(&kind) {
                let inner = option["options"].as_array().cloned().unwrap_or_default();
                option["options"] = self.resolve_options(known, &inner, input, resolved)?.into();
            } else {
                self.resolve_value(kind, &option["value"], resolved)?;
            }
            typed.push(option);
        }
        let given = |known: &Value| options.iter().any(|option| option["name"] == known["name"]);
        match registered
            .iter()
            .find(|known| known["required"] == true && !given(known))
        {
            Some(missing) if input == OptionInput::Complete => {
                let problem = format!("Option {} is required.", missing["name"]);
                Err(ApiError::form(
                    "data.options",
                    "BASE_TYPE_REQUIRED",
                    problem,
                ))
            }
            _ => Ok(typed),
        }
    }

    /// Adds to `resolved` what a value refers to. `kind` is an option type.
    pub(super) fn resolve_value(
        &self,
        kind: u64,
        value: &Value,
        resolved: &mut Value,
    ) -> Result<(), ApiError> {
        let id = value.as_str().and_then(|id| id.parse().ok()).unwrap_or(0);
        // Select menus have other type numbers for the same things; callers translate them to option types.
        match kind {
            6 => self.resolve_user(id, resolved),
            7 => {
                let channel = self
                    .channels
                    .get(&id)
                    .ok_or_else(|| ApiError::unknown(10_003, "Channel"))?;
                resolved["channels"][id.to_string()] = channel.json();
                Ok(())
            }
            8 => {
                let role = self.roles.iter().find(|role| role.id == id);
                let role = role.ok_or_else(|| ApiError::unknown(10_011, "Role"))?;
                resolved["roles"][id.to_string()] = role.json();
                Ok(())
            }
            9 => self
                .resolve_value(8, value, resolved)
                .or_else(|_| self.resolve_value(6, value, resolved)),
            ATTACHMENT => {
                let file = self
                    .uploads
                    .get(&id)
                    .ok_or_else(|| ApiError::unknown(10_083, "attachment"))?;
                resolved["attachments"][id.to_string()] = file.clone();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Adds a user, or the bot, to `resolved`.
    pub(super) fn resolve_user(&self, id: u64, resolved: &mut Value) -> Result<(), ApiError> {
        if id == Self::APPLICATION {
            resolved["users"][id.to_string()] = self.bot_json();
            return Ok(());
        }
        let user = self.user(id)?;
        resolved["users"][id.to_string()] = user.json();
        resolved["members"][id.to_string()] = user.partial_member_json(Self::GUILD);
        Ok(())
    }
}

/// The option that the user is typing into: as registered and as given.
pub(super) fn focused<'a>(
    parent: &'a Value,
    options: &'a [Value],
) -> Option<(&'a Value, &'a Value)> {
    options.iter().find_map(|option| {
        let known = parent["options"]
            .as_array()?
            .iter()
            .find(|known| known["name"] == option["name"])?;
        match option["options"].as_array() {
            Some(inner) => focused(known, inner),
            None => (option["focused"] == true).then_some((known, option)),
        }
    })
}
