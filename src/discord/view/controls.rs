//! The building blocks of rows: buttons and menus. Pure.

use serenity::all::ButtonStyle;
use serenity::builder::{
    CreateActionRow, CreateButton, CreateSelectMenu, CreateSelectMenuKind, CreateSelectMenuOption,
};

use crate::discord::custom_id::CustomId;

/// A button in the secondary style.
pub(in crate::discord) fn button(id: &CustomId, label: &str) -> CreateButton {
    CreateButton::new(id.encode())
        .label(label)
        .style(ButtonStyle::Secondary)
}

/// A row with a menu from which one option is chosen.
pub(in crate::discord) fn menu(
    id: &CustomId,
    placeholder: impl Into<String>,
    options: Vec<CreateSelectMenuOption>,
) -> CreateActionRow {
    let menu = CreateSelectMenu::new(id.encode(), CreateSelectMenuKind::String { options });
    CreateActionRow::SelectMenu(menu.placeholder(placeholder))
}
