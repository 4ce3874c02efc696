//! Gateway close codes: those that serenity is sent, and those after which reconnecting is useless.

/// The code after which serenity reconnects and resumes.
pub(super) const RESUME: u16 = 4000;

/// The code after which serenity stops. Codes 4010 and 4011 are unsuitable: after them, serenity 0.12.5 reads from the closed
/// connection in a loop without awaiting.
pub(super) const FATAL: u16 = 4004;

/// What the operator has to do about a close code of Discord's after which reconnecting is useless; `None` for other codes.
pub(super) fn fatal_reason(code: u16) -> Option<&'static str> {
    Some(match code {
        4004 => "the token is wrong; copy it anew from https://discord.com/developers/applications",
        4010 | 4011 => "the number of shards does not fit; restart the bot",
        4012 => "the API version is no longer supported; update the program",
        4013 | 4014 => {
            "an intent is not allowed for this bot; look at its settings on https://discord.com/developers/applications"
        }
        _ => return None,
    })
}
