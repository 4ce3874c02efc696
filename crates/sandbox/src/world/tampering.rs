//! What does not happen on Discord unless somebody tampers: buttons that the bot never made.

use serde_json::json;

use super::World;

impl World {
    /// Puts a button with this `custom_id` under a message, as if the bot had.
    pub fn forge_button(&mut self, message: u64, custom_id: &str) {
        if let Some(message) = self.messages.get_mut(&message) {
            let button = json!({"type": 2, "style": 2, "label": "Forged", "custom_id": custom_id});
            message.components = vec![json!({"type": 1, "components": [button]})];
        }
    }
}
