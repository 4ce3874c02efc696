//! Named presets: a user's settings, saved under a name, applied again and shared as codes.

use super::preset_code::{decode, encode};
use super::preset_error::{MAX_PRESET_NAME, MAX_PRESETS, PresetError};
use super::scope::Scope;
use super::service::Preferences;
use crate::domain::Preset;
use crate::domain::UserId;
use crate::service::caller::Caller;
use crate::service::refusal::{Refusal, ServiceError};
use generation::Settings;

impl Preferences {
    /// The presets of `user`, sorted by name.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn presets(&self, user: UserId) -> Result<Vec<Preset>, ServiceError> {
        Ok(self.store.presets(user).await?)
    }

    /// The preset of `user` with this name.
    ///
    /// # Errors
    /// When the user has no such preset, or the store fails.
    pub async fn preset(&self, user: UserId, name: &str) -> Result<Preset, ServiceError> {
        let name = name.trim();
        let found = self.store.preset(user, name).await?;
        found.ok_or_else(|| Refusal::from(PresetError::Unknown(name.to_owned())).into())
    }

    /// Saves the settings of `user` as a preset.
    ///
    /// # Errors
    /// When the name is invalid, the user has no settings or too many presets, or the store fails.
    pub async fn save_preset(&self, user: UserId, name: &str) -> Result<Preset, ServiceError> {
        let settings = self.user_settings(user).await?;
        if settings == Settings::default() {
            return Err(Refusal::from(PresetError::Nothing).into());
        }
        self.insert_preset(user, name, settings).await
    }

    /// Saves the settings of a preset code as a preset.
    ///
    /// # Errors
    /// When the code or the name is invalid, the settings violate the operator's limits, the user has too many presets,
    /// or the store fails.
    pub async fn import_preset(
        &self,
        user: UserId,
        code: &str,
        name: &str,
    ) -> Result<Preset, ServiceError> {
        let settings = self.decode_checked(code)?;
        self.insert_preset(user, name, settings).await
    }

    /// The settings of a code, checked against the operator's limits.
    fn decode_checked(&self, code: &str) -> Result<Settings, Refusal> {
        let settings = decode(code).map_err(PresetError::from)?;
        self.check(&settings, self.defaults())?;
        Ok(settings)
    }

    async fn insert_preset(
        &self,
        user: UserId,
        name: &str,
        settings: Settings,
    ) -> Result<Preset, ServiceError> {
        let name = name.trim().to_owned();
        let length = name.chars().count();
        if !(1..=MAX_PRESET_NAME).contains(&length) || name.contains(char::is_control) {
            return Err(Refusal::from(PresetError::Name).into());
        }
        // Check and insert must be atomic, so that two concurrent calls cannot exceed the maximum.
        let _guard = self.lock_user(user).await;
        let exists = self.store.preset(user, &name).await?.is_some();
        if !exists && self.store.presets(user).await?.len() >= MAX_PRESETS {
            return Err(Refusal::from(PresetError::TooMany).into());
        }
        let preset = Preset { name, settings };
        self.store.save_preset(user, &preset).await?;
        Ok(preset)
    }

    /// Deletes a preset.
    ///
    /// # Errors
    /// When the user has no such preset, or the store fails.
    pub async fn delete_preset(&self, user: UserId, name: &str) -> Result<(), ServiceError> {
        let name = name.trim();
        if self.store.delete_preset(user, name).await? {
            return Ok(());
        }
        Err(Refusal::from(PresetError::Unknown(name.to_owned())).into())
    }

    /// A preset with its code.
    ///
    /// # Errors
    /// When the user has no such preset, its settings do not fit a code, or the store fails.
    pub async fn share_preset(
        &self,
        user: UserId,
        name: &str,
    ) -> Result<(Preset, String), ServiceError> {
        let preset = self.preset(user, name).await?;
        let code =
            encode(&preset.settings).map_err(|error| Refusal::from(PresetError::from(error)))?;
        Ok((preset, code))
    }

    /// Checks that the name and the settings of `preset` contain no word that is banned at `caller`'s location.
    ///
    /// # Errors
    /// When they contain a banned word, or the store fails.
    pub async fn check_presentable(
        &self,
        caller: &Caller,
        preset: &Preset,
    ) -> Result<(), ServiceError> {
        let policy = self.policy.for_caller(caller).await?;
        let values = preset.settings.values().map(|(_, value)| value);
        for text in values.chain([preset.name.clone()]) {
            policy.check_text(&self.vocabulary, &text)?;
        }
        Ok(())
    }

    /// Replaces the caller's settings with those of a preset.
    ///
    /// # Errors
    /// When the user has no such preset, its settings are no longer valid, or the store fails.
    pub async fn use_preset(&self, caller: &Caller, name: &str) -> Result<Preset, ServiceError> {
        let preset = self.preset(caller.user, name).await?;
        let settings = preset.settings.clone();
        self.change(caller, Scope::User, |_| Ok(settings)).await?;
        Ok(preset)
    }

    /// Replaces the caller's settings with those of a preset code.
    ///
    /// # Errors
    /// When the code is invalid, its settings violate the operator's limits, or the store fails.
    pub async fn use_code(&self, caller: &Caller, code: &str) -> Result<Settings, ServiceError> {
        let settings = self.decode_checked(code)?;
        self.change(caller, Scope::User, |_| Ok(settings)).await
    }
}
