// The state of the page, and its requests to the sandbox.

import { toast } from "/sandbox/dom.js";

export const state = { me: null, users: [], roles: [], bot: null, channels: [], commands: [], messages: new Map(), channel: null };

const GONE = "The sandbox does not answer. Is it still running?";

/** The open channel. */
export const here = () => state.channels.find((channel) => channel.id === state.channel);

/** A localized text. en-GB and en-US replace each other, as in Discord. */
export function localized(item, key) {
  const texts = item[key + "_localizations"] || {}, locale = state.me?.locale;
  const near = { "en-GB": "en-US", "en-US": "en-GB" }[locale];
  return texts[locale] ?? texts[near] ?? item[key] ?? "";
}

/** The name of a user or the bot. */
export function nameOf(id) {
  return state.bot?.id === id ? state.bot.username : state.users.find((user) => user.id === id)?.global_name ?? "unknown-user";
}

/** Posts to the sandbox: {ok, said} with the JSON of the response. Shows errors unless `quiet`. */
export async function post(path, body, quiet = false) {
  const form = body instanceof FormData;
  const answer = await fetch(path, { method: "POST", headers: form ? {} : { "content-type": "application/json" }, body: form ? body : JSON.stringify(body) }).catch(() => null);
  const said = answer ? await answer.json().catch(() => ({})) : { message: GONE };
  if (!answer?.ok && !quiet) toast(said.message || "That did not work.");
  return { ok: Boolean(answer?.ok), said };
}

const outcomes = new Map(), waiting = new Map();

/** Handles the event that an interaction has a response or missed its deadline. */
export function settle(event) {
  outcomes.set(event.token, event);
  if (outcomes.size > 200) outcomes.delete(outcomes.keys().next().value);
  waiting.get(event.token)?.(event);
  waiting.delete(event.token);
}

/** Performs an action in the open channel and waits for the bot's response: {answered, modal, choices}, or {error}. */
export async function act(what, { quiet = false } = {}) {
  const { ok, said } = await post("/sandbox/act", { user: state.me.id, channel: state.channel, ...what }, quiet);
  if (!ok) return { error: said.message };
  const event = outcomes.get(said.token) ?? (await new Promise((resolve) => waiting.set(said.token, resolve)));
  return event.type === "answered" ? { answered: true, ...event } : { error: "The application did not respond." };
}

/** The commands of a type that are available in the open channel, by the rules of the sandbox. */
export function commandsOf(kind) {
  const channel = here(), me = state.me;
  if (!channel) return [];
  return state.commands.filter((command) => {
    const installs = command.integration_types ?? [0];
    const installed = installs.includes(channel.has_bot ? 0 : 1) || (channel.has_bot && channel.type === 1);
    const placed = !command.contexts || command.contexts.includes(channel.context);
    const needed = command.default_member_permissions;
    return command.type === kind && installed && placed && (!needed || channel.context !== 0 || me.moderator || (needed !== "0" && (BigInt(me.permissions) & BigInt(needed)) === BigInt(needed)));
  });
}
