//! Tampering that Discord prevents, for tests of a bot's input validation.

use serde_json::json;

use super::World;

impl World {
    /// Replaces the components of a message by a button with this `custom_id`, as if the bot had sent it.
    pub fn forge_button(&mut self, message: u64, custom_id: &str) {
        if let Some(message) = self.messages.get_mut(&message) {
            let button = json!({"type": 2, "style": 2, "label": "Forged", "custom_id": custom_id});
            message.components = vec![json!({"type": 1, "components": [button]})];
        }
    }
}
