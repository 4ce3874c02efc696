//! Settings that people keep under a name, use again and give to each other.

use crate::domain::Preset;
use generation::Settings;

use crate::service::preferences::preset_code::{CodeError, decode, encode};
use crate::service::{Caller, Refusal, Scope, SessionError, Sessions, Setting, UserId};

/// Presets that one person may keep.
const MOST: usize = 25;
/// Characters of a name.
pub const NAME: usize = 32;

/// Something about presets that is refused. Displays as a sentence for a person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PresetError {
    /// The name cannot be used.
    #[error("the name of a preset must have 1 to {NAME} characters on one line")]
    Name,
    /// There is none of that name.
    #[error("you have no preset {0:?}; /preset list shows those you have")]
    Unknown(String),
    /// There is no room for another.
    #[error("you have {MOST} presets, and more are not kept; take one away with /preset delete")]
    TooMany,
    /// There is nothing to keep.
    #[error("you have set nothing that could be kept; choose something with /settings set first")]
    Nothing,
    /// A code cannot be written or read.
    #[error(transparent)]
    Code(#[from] CodeError),
}

impl Sessions {
    /// A person's presets, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn presets(&self, user: UserId) -> Result<Vec<Preset>, SessionError> {
        Ok(self.parts.store.presets(user).await?)
    }

    /// A person's preset of that name.
    ///
    /// # Errors
    /// When there is none, or the database fails.
    pub async fn preset(&self, user: UserId, name: &str) -> Result<Preset, SessionError> {
        let name = name.trim();
        let found = self.parts.store.preset(user, name).await?;
        found.ok_or_else(|| Refusal::from(PresetError::Unknown(name.to_owned())).into())
    }

    /// Keeps what `user` has set under a name.
    ///
    /// # Errors
    /// When the name cannot be used, nothing is set, there are too many already, or the database fails.
    pub async fn save_preset(&self, user: UserId, name: &str) -> Result<Preset, SessionError> {
        let settings = self.settings(user).await?;
        if settings == Settings::default() {
            return Err(Refusal::from(PresetError::Nothing).into());
        }
        self.keep_preset(user, name, settings).await
    }

    /// Keeps what a code says under a name.
    ///
    /// # Errors
    /// When the code or the name cannot be used, the settings are not possible here, there are too many presets already,
    /// or the database fails.
    pub async fn import_preset(
        &self,
        user: UserId,
        code: &str,
        name: &str,
    ) -> Result<Preset, SessionError> {
        let settings = self.decoded(code)?;
        self.keep_preset(user, name, settings).await
    }

    /// What a code says, if it can be used here.
    fn decoded(&self, code: &str) -> Result<Settings, Refusal> {
        let settings = decode(code).map_err(PresetError::from)?;
        self.check(&settings, &self.parts.defaults)?;
        Ok(settings)
    }

    async fn keep_preset(
        &self,
        user: UserId,
        name: &str,
        settings: Settings,
    ) -> Result<Preset, SessionError> {
        let name = name.trim().to_owned();
        let fits = (1..=NAME).contains(&name.chars().count()) && !name.contains(char::is_control);
        if !fits {
            return Err(Refusal::from(PresetError::Name).into());
        }
        let _alone = self.changing.lock().await;
        let store = &self.parts.store;
        let known = store.preset(user, &name).await?.is_some();
        if !known && store.presets(user).await?.len() >= MOST {
            return Err(Refusal::from(PresetError::TooMany).into());
        }
        let preset = Preset { name, settings };
        store.save_preset(user, &preset).await?;
        Ok(preset)
    }

    /// Forgets a preset.
    ///
    /// # Errors
    /// When there is none of that name, or the database fails.
    pub async fn delete_preset(&self, user: UserId, name: &str) -> Result<(), SessionError> {
        let name = name.trim();
        if self.parts.store.delete_preset(user, name).await? {
            return Ok(());
        }
        Err(Refusal::from(PresetError::Unknown(name.to_owned())).into())
    }

    /// A preset as a code.
    ///
    /// # Errors
    /// When there is none of that name, it does not fit a code, or the database fails.
    pub async fn share_preset(
        &self,
        user: UserId,
        name: &str,
    ) -> Result<(Preset, String), SessionError> {
        let preset = self.preset(user, name).await?;
        let code =
            encode(&preset.settings).map_err(|error| Refusal::from(PresetError::from(error)))?;
        Ok((preset, code))
    }

    /// Whether what `preset` is called and says may be shown to everybody where `caller` is.
    ///
    /// # Errors
    /// When a banned word is in it, or the database fails.
    pub async fn presentable(&self, caller: &Caller, preset: &Preset) -> Result<(), SessionError> {
        let house = self.house(caller).await?;
        let said = Setting::ALL
            .into_iter()
            .filter_map(|setting| setting.of(&preset.settings));
        for typed in said.chain([preset.name.clone()]) {
            self.fit_to_show(&house, &typed)?;
        }
        Ok(())
    }

    /// Makes a preset the settings of its owner.
    ///
    /// # Errors
    /// When there is none of that name, it is not possible any more, or the database fails.
    pub async fn use_preset(&self, caller: &Caller, name: &str) -> Result<Preset, SessionError> {
        let preset = self.preset(caller.user, name).await?;
        let settings = preset.settings.clone();
        self.change(caller, Scope::User, |_| Ok(settings)).await?;
        Ok(preset)
    }

    /// Makes what a code says the settings of whoever uses it.
    ///
    /// # Errors
    /// When the code cannot be used here, or the database fails.
    pub async fn use_code(&self, caller: &Caller, code: &str) -> Result<Settings, SessionError> {
        let settings = self.decoded(code)?;
        self.change(caller, Scope::User, |_| Ok(settings)).await
    }
}
