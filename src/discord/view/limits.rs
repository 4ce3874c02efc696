//! Discord's limits for messages, menus and forms. It counts UTF-16 code units.

/// Maximum length of all texts of the embeds of a message together.
pub(in crate::discord) const EMBED: usize = 6000;
/// Maximum length of an embed's description.
pub(in crate::discord) const DESCRIPTION: usize = 4096;
/// Maximum length of a field's value in an embed.
pub(in crate::discord) const FIELD: usize = 1024;
/// Maximum number of fields in an embed.
pub(in crate::discord) const FIELDS: usize = 25;
/// Maximum number of options in a menu.
pub(in crate::discord) const OPTIONS: usize = 25;
/// Maximum number of channels or roles that a menu lets people choose at once.
pub(in crate::discord) const SELECTED: u8 = 25;
/// Maximum length of the label, the description or the value of a menu's option.
pub(in crate::discord) const OPTION_TEXT: usize = 100;
/// Maximum number of suggestions while somebody types the value of an option.
pub(in crate::discord) const SUGGESTIONS: usize = 25;
/// Maximum length of a suggestion.
pub(in crate::discord) const SUGGESTION_TEXT: usize = 100;
/// Maximum length of the text in a field of a form.
pub(in crate::discord) const TEXT_INPUT: u16 = 4000;
/// Maximum length of the description of an attached picture that screen readers read in full.
pub(in crate::discord) const ALT_TEXT: usize = 1000;
