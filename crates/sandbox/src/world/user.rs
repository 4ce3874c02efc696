//! Users and roles.

use serde_json::{Value, json};

use super::{ApiError, World, channel, locale};

/// A user and member of the bot's guild.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Id of the user.
    pub id: u64,
    /// Display name.
    pub name: String,
    /// Whether the user has all permissions in the guild.
    pub moderator: bool,
    /// Ids of the user's roles.
    pub roles: Vec<u64>,
    /// Locale of the user's client.
    pub locale: String,
}

impl User {
    /// The user object of Discord's payloads.
    pub(super) fn json(&self) -> Value {
        json!({
            "id": self.id.to_string(), "username": self.name.to_lowercase(), "global_name": self.name, "discriminator": "0",
            "avatar": null, "bot": false, "public_flags": 0,
        })
    }

    /// The user object for the page: with permissions, locale and roles.
    pub(super) fn page_json(&self) -> Value {
        let mut user = self.json();
        user["moderator"] = json!(self.moderator);
        user["permissions"] = json!(self.permissions().to_string());
        user["locale"] = json!(self.locale);
        user["roles"] = self.roles.iter().map(ToString::to_string).collect();
        user
    }

    /// Permissions of the user in the guild.
    pub(super) fn permissions(&self) -> u64 {
        if self.moderator {
            channel::ALL_PERMISSIONS
        } else {
            channel::MEMBER_PERMISSIONS
        }
    }

    /// The member object without `user`, `deaf` and `mute`, as in messages and resolved data. Roles exist in the bot's
    /// guild only.
    pub(super) fn partial_member_json(&self, guild: u64) -> Value {
        let roles = self.roles.iter().filter(|_| guild == World::GUILD);
        let mut member = member();
        member["roles"] = roles.map(ToString::to_string).collect();
        member["permissions"] = json!(self.permissions().to_string());
        member
    }

    /// The member object.
    pub(super) fn member_json(&self, guild: u64) -> Value {
        let mut member = self.partial_member_json(guild);
        member["user"] = self.json();
        member["deaf"] = json!(false);
        member["mute"] = json!(false);
        member
    }
}

/// A member object without roles, `user`, `deaf` and `mute`.
pub(super) fn member() -> Value {
    json!({
        "nick": null, "avatar": null, "banner": null, "roles": [], "joined_at": "2026-01-01T00:00:00.000000+00:00",
        "premium_since": null, "flags": 0, "pending": false, "communication_disabled_until": null,
    })
}

/// A role of the bot's guild.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Id of the role.
    pub id: u64,
    /// Name of the role.
    pub name: String,
    colour: u32,
}

impl Role {
    /// The role object of Discord's payloads.
    pub(super) fn json(&self) -> Value {
        json!({
            "id": self.id.to_string(), "name": self.name, "color": self.colour,
            "colors": {"primary_color": self.colour, "secondary_color": null, "tertiary_color": null},
            "hoist": false, "position": self.id % 100, "permissions": channel::MEMBER_PERMISSIONS.to_string(), "managed": false,
            "mentionable": false, "flags": 0, "icon": null, "unicode_emoji": null,
        })
    }
}

/// The default roles.
pub(super) fn roles() -> Vec<Role> {
    let role = |(number, name, colour): (u64, &str, u32)| Role {
        id: 1_600_000_000_000_000_000 + number,
        name: name.to_owned(),
        colour,
    };
    [(1, "Writers", 0x002e_cc71), (2, "Judges", 0x00e6_7e22)]
        .map(role)
        .to_vec()
}

impl World {
    /// Adds a user to the guild, with a DM channel with the bot. Returns the user's id.
    pub fn add_user(&mut self, name: &str) -> u64 {
        let number = self.users.len() as u64;
        let id = 1_400_000_000_000_000_000 + number;
        let user = User {
            id,
            name: name.to_owned(),
            moderator: false,
            roles: Vec::new(),
            locale: "en-US".to_owned(),
        };
        self.users.insert(id, user);
        self.add_dm_channel(id, number);
        id
    }

    /// Adds a user with all permissions in the guild. Returns the user's id.
    pub fn add_moderator(&mut self, name: &str) -> u64 {
        let id = self.add_user(name);
        if let Some(user) = self.users.get_mut(&id) {
            user.moderator = true;
        }
        id
    }

    /// All users, by id.
    pub fn users(&self) -> impl Iterator<Item = &User> {
        self.users.values()
    }

    /// All roles.
    pub fn roles(&self) -> &[Role] {
        &self.roles
    }

    /// Adds a role, by name, to a user.
    ///
    /// # Errors
    /// If the user or role is unknown.
    pub fn add_role(&mut self, user: u64, name: &str) -> Result<(), ApiError> {
        let role = self.role_id(name)?;
        let user = self.user_mut(user)?;
        if !user.roles.contains(&role) {
            user.roles.push(role);
        }
        self.push_users_event();
        Ok(())
    }

    /// Removes a role, by name, from a user.
    ///
    /// # Errors
    /// If the user or role is unknown.
    pub fn remove_role(&mut self, user: u64, name: &str) -> Result<(), ApiError> {
        let role = self.role_id(name)?;
        self.user_mut(user)?.roles.retain(|own| *own != role);
        self.push_users_event();
        Ok(())
    }

    /// Sets the locale of a user's client.
    ///
    /// # Errors
    /// If the user is unknown or Discord has no such locale.
    pub fn set_locale(&mut self, user: u64, locale: &str) -> Result<(), ApiError> {
        locale::check("locale", locale)?;
        locale.clone_into(&mut self.user_mut(user)?.locale);
        self.push_users_event();
        Ok(())
    }

    fn push_users_event(&mut self) {
        let users: Vec<Value> = self.users.values().map(User::page_json).collect();
        self.push_page_event(None, json!({"type": "people", "users": users}));
    }

    fn role_id(&self, name: &str) -> Result<u64, ApiError> {
        let role = self.roles.iter().find(|role| role.name == name);
        role.map(|role| role.id)
            .ok_or_else(|| ApiError::unknown(10_011, "Role"))
    }

    pub(super) fn user(&self, id: u64) -> Result<&User, ApiError> {
        self.users
            .get(&id)
            .ok_or_else(|| ApiError::unknown(10_013, "User"))
    }

    fn user_mut(&mut self, id: u64) -> Result<&mut User, ApiError> {
        self.users
            .get_mut(&id)
            .ok_or_else(|| ApiError::unknown(10_013, "User"))
    }

    /// The user object of the bot.
    pub fn bot_json(&self) -> Value {
        json!({
            "id": Self::APPLICATION.to_string(), "username": "Mouthpiece", "global_name": null, "discriminator": "0001", "avatar": null,
            "bot": true, "public_flags": 0, "flags": 0, "mfa_enabled": false, "verified": true, "email": null, "locale": "en-US",
        })
    }
}
