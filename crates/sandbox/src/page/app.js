// Entry point of the page: the current user, the channel list, and server-sent events.

import { avatar, button, by, make, set, sign, toast } from "/sandbox/dom.js";
import { here, post, settle, state } from "/sandbox/state.js";
import { removeMessage, showMessage, showMessages } from "/sandbox/message.js";
import { Composer } from "/sandbox/composer.js";

const composer = new Composer();

/** The mark before a channel's name, by Discord's channel type: text channel, DM, thread, or group DM. */
function mark(channel) {
  return { 0: "#", 1: "@", 11: "»" }[channel.type] ?? sign("people");
}

function showChannel(id) {
  state.channel = id;
  const channel = here();
  by("channel-name").textContent = channel.name;
  by("channel-mark").replaceChildren(mark(channel));
  by("guest").hidden = channel.has_bot;
  document.querySelectorAll("#channels button").forEach((node) => node.setAttribute("aria-current", node.dataset.id === id));
  composer.problem("");
  showMessages();
}

/** Renders the channel list, grouped by guild and kind. */
function showChannels() {
  const entry = (channel) => {
    const node = button("", mark(channel), () => { showChannel(channel.id); composer.focus(); });
    node.append(` ${channel.name}`);
    node.dataset.id = channel.id;
    return make("li", "", node);
  };
  const part = (title, fits) => {
    const channels = state.channels.filter(fits);
    return channels.length ? [...(title ? [make("li", "", make("h2", "", title))] : []), ...channels.map(entry)] : [];
  };
  by("channels").replaceChildren(
    ...part("", (channel) => channel.guild_id === state.home),
    ...part("DIRECT MESSAGES", (channel) => channel.type === 1),
    ...part("A GROUP", (channel) => channel.type === 3),
    ...part("ANOTHER SERVER", (channel) => channel.guild_id && channel.guild_id !== state.home),
  );
}

function showPresence(online) {
  by("presence").textContent = online ? `${state.bot.username} is online` : `${state.bot.username} is offline`;
  by("presence").classList.toggle("online", online);
}

/** Renders the current user and the language. */
function showMe() {
  state.me = state.users.find((user) => user.id === state.me.id) ?? state.me;
  by("user").replaceChildren(...state.users.map((user) => new Option(user.global_name + (user.moderator ? " (moderator)" : ""), user.id, false, user.id === state.me.id)));
  const own = (locale) => { try { return new Intl.DisplayNames([locale], { type: "language" }).of(locale); } catch { return locale; } };
  by("locale").replaceChildren(...state.locales.map((locale) => new Option(own(locale), locale, false, locale === state.me.locale)));
  by("my-avatar").replaceWith(set(avatar(state.me.global_name), { id: "my-avatar" }));
}

function handleEvent(event) {
  if (event.type === "message") showMessage(event.message);
  else if (event.type === "deleted") { state.messages.delete(event.id); removeMessage(event.id); }
  else if (event.type === "commands") state.commands = event.commands;
  else if (event.type === "people") { state.users = event.users; showMe(); }
  else if (event.type === "presence") showPresence(event.online);
  else if (event.type === "answered" || event.type === "unanswered") settle(event);
  else if (event.type === "reload") load(state.me.id);
}

let events = null;
async function load(user) {
  events?.close();
  const answer = await fetch("/sandbox/state" + (user ? `?user=${user}` : "")).catch(() => null);
  if (!answer?.ok) return user && answer ? load(null) : toast("The sandbox does not answer. Is it still running?");
  const now = await answer.json();
  sessionStorage.setItem("user", now.me.id);
  Object.assign(state, now, { messages: new Map(now.messages.map((message) => [message.id, message])) });
  showMe();
  showChannels();
  showPresence(state.online);
  showChannel(here() ? state.channel : state.channels[0].id);
  events = new EventSource(`/sandbox/events?user=${state.me.id}`);
  events.onmessage = (message) => handleEvent(JSON.parse(message.data));
  // Events that were missed while the connection was down are not replayed: the page reloads its state.
  let away = false;
  events.onerror = () => { away = true; by("presence").textContent = "connecting…"; by("presence").classList.remove("online"); };
  events.onopen = () => { if (away) load(state.me.id); };
}

by("user").addEventListener("change", (event) => load(event.target.value).then(() => composer.focus()));
by("locale").addEventListener("change", async (event) => {
  await post("/sandbox/locale", { user: state.me.id, locale: event.target.value });
  composer.focus();
});
document.addEventListener("mention", (event) => composer.begin_named(event.detail));
document.addEventListener("keydown", (event) => {
  const typing = ["INPUT", "SELECT", "TEXTAREA"].includes(document.activeElement.tagName) || document.activeElement.closest("dialog, .list, .context");
  if (event.key === "/" && !typing) composer.focus();
});
load(sessionStorage.getItem("user"));
