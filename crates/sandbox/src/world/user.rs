//! People, and the roles they have on the server.

use serde_json::{Value, json};

use super::{ApiError, World, channel, locale};

/// Somebody on the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Discord's number for the person.
    pub id: u64,
    /// The name people see.
    pub name: String,
    /// Whether the person may manage the server.
    pub moderator: bool,
    /// The roles on the server.
    pub roles: Vec<u64>,
    /// The language of the person's client.
    pub locale: String,
}

impl User {
    /// The user as in Discord's payloads.
    pub(super) fn json(&self) -> Value {
        json!({
            "id": self.id.to_string(), "username": self.name.to_lowercase(), "global_name": self.name, "discriminator": "0",
            "avatar": null, "bot": false, "public_flags": 0,
        })
    }

    /// The user as the page needs it.
    pub(super) fn page_json(&self) -> Value {
        let mut user = self.json();
        user["moderator"] = json!(self.moderator);
        user["permissions"] = json!(self.permissions().to_string());
        user["locale"] = json!(self.locale);
        user["roles"] = self.roles.iter().map(ToString::to_string).collect();
        user
    }

    /// What the person may do on the server.
    pub(super) fn permissions(&self) -> u64 {
        if self.moderator {
            channel::ALL_PERMISSIONS
        } else {
            channel::MEMBER_PERMISSIONS
        }
    }

    /// The person as a member of a server, without what is said elsewhere in a payload. Roles are the sandbox's server's.
    pub(super) fn partial_member_json(&self, guild: u64) -> Value {
        let roles = self.roles.iter().filter(|_| guild == World::GUILD);
        let mut member = member();
        member["roles"] = roles.map(ToString::to_string).collect();
        member["permissions"] = json!(self.permissions().to_string());
        member
    }

    /// The person as a member of a server.
    pub(super) fn member_json(&self, guild: u64) -> Value {
        let mut member = self.partial_member_json(guild);
        member["user"] = self.json();
        member["deaf"] = json!(false);
        member["mute"] = json!(false);
        member
    }
}

/// A member of a server as the bot is one: without roles, and without what is said elsewhere in a payload.
pub(super) fn member() -> Value {
    json!({
        "nick": null, "avatar": null, "banner": null, "roles": [], "joined_at": "2026-01-01T00:00:00.000000+00:00",
        "premium_since": null, "flags": 0, "pending": false, "communication_disabled_until": null,
    })
}

/// A role of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Discord's number for it.
    pub id: u64,
    /// What it is called.
    pub name: String,
    colour: u32,
}

impl Role {
    /// The role as in Discord's payloads.
    pub(super) fn json(&self) -> Value {
        json!({
            "id": self.id.to_string(), "name": self.name, "color": self.colour,
            "colors": {"primary_color": self.colour, "secondary_color": null, "tertiary_color": null},
            "hoist": false, "position": self.id % 100, "permissions": channel::MEMBER_PERMISSIONS.to_string(), "managed": false,
            "mentionable": false, "flags": 0, "icon": null, "unicode_emoji": null,
        })
    }
}

/// The roles of a new world.
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
    /// Lets somebody join the server, with a channel for talking to the bot alone. Returns the new person's number.
    pub fn add_user(&mut self, name: &str, moderator: bool) -> u64 {
        let number = self.users.len() as u64;
        let id = 1_400_000_000_000_000_000 + number;
        let user = User {
            id,
            name: name.to_owned(),
            moderator,
            roles: Vec::new(),
            locale: "en-US".to_owned(),
        };
        self.users.insert(id, user);
        self.add_dm_channel(id, number);
        id
    }

    /// Everybody on the server.
    pub fn users(&self) -> impl Iterator<Item = &User> {
        self.users.values()
    }

    /// The server's roles.
    pub fn roles(&self) -> &[Role] {
        &self.roles
    }

    /// Gives somebody a role, named as people see it.
    ///
    /// # Errors
    /// When there is no such person or role.
    pub fn add_role(&mut self, user: u64, name: &str) -> Result<(), ApiError> {
        let role = self.role_id(name)?;
        let user = self.user_mut(user)?;
        if !user.roles.contains(&role) {
            user.roles.push(role);
        }
        self.push_users_event();
        Ok(())
    }

    /// Takes a role from somebody who may have it.
    ///
    /// # Errors
    /// When there is no such person or role.
    pub fn remove_role(&mut self, user: u64, name: &str) -> Result<(), ApiError> {
        let role = self.role_id(name)?;
        self.user_mut(user)?.roles.retain(|own| *own != role);
        self.push_users_event();
        Ok(())
    }

    /// Sets the language of somebody's client.
    ///
    /// # Errors
    /// When there is no such person or language.
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

    /// The bot's own user.
    pub fn bot_json(&self) -> Value {
        json!({
            "id": Self::APPLICATION.to_string(), "username": "Mouthpiece", "global_name": null, "discriminator": "0001", "avatar": null,
            "bot": true, "public_flags": 0, "flags": 0, "mfa_enabled": false, "verified": true, "email": null, "locale": "en-US",
        })
    }
}
