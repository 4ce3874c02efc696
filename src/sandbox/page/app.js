// The page of the sandbox: shows what is in the channel, and lets a person run commands and press buttons.

import { rich } from "/sandbox/markdown.js";
import { Composer } from "/sandbox/composer.js";

const EPHEMERAL = 64, THINKING = 128;
const by = (id) => document.getElementById(id);
const state = { me: null, users: [], bot: null, channels: [], commands: [], messages: new Map(), channel: null };

function make(name, kind, ...children) {
  const node = document.createElement(name);
  if (kind) node.className = kind;
  node.append(...children);
  return node;
}

/** Sends something to the sandbox; shows what it says if it refuses. */
async function post(path, body) {
  by("problem").hidden = true;
  const answer = await fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) }).catch(() => null);
  if (answer && answer.ok) return;
  const said = answer ? await answer.json().catch(() => ({})) : {};
  problem(answer ? said.message || "That did not work." : "The sandbox does not answer. Is it still running?");
}

function problem(text) {
  by("problem").textContent = text;
  by("problem").hidden = false;
}

const composer = new Composer({
  commands: () => state.commands,
  problem,
  run: (name, options) => post("/sandbox/act", { act: "command", user: state.me.id, channel: state.channel, name, options }),
});

function avatar(name) {
  const hue = [...name].reduce((sum, c) => sum + c.charCodeAt(0) * 37, 0) % 360;
  const node = make("span", "avatar", name[0].toUpperCase());
  node.style.background = `hsl(${hue} 45% 45%)`;
  node.setAttribute("aria-hidden", "true");
  return node;
}

function embed(data) {
  const node = make("div", "embed");
  if (data.color) node.style.borderLeftColor = "#" + data.color.toString(16).padStart(6, "0");
  if (data.title) node.append(make("h3", "", data.title));
  if (data.description) node.append(rich(data.description, "description"));
  if (data.fields && data.fields.length) {
    const fields = data.fields.map((field) => make("div", "field" + (field.inline ? " inline" : ""), make("b", "name", field.name), rich(field.value, "")));
    node.append(make("div", "fields", ...fields));
  }
  if (data.image) { const image = make("img"); image.src = data.image.url; image.alt = ""; node.append(image); }
  if (data.footer) node.append(make("div", "footer", data.footer.text));
  return node;
}

function row(message, data) {
  const use = (custom_id, values) => post("/sandbox/act", { act: "component", user: state.me.id, channel: state.channel, message: message.id, custom_id, values });
  const parts = data.components.map((part) => {
    if (part.type === 3) {
      const menu = make("select", "");
      menu.append(new Option(part.placeholder || "Choose", ""), ...part.options.map((o) => new Option(o.label, o.value, false, o.default)));
      menu.addEventListener("change", () => menu.value && use(part.custom_id, [menu.value]));
      return menu;
    }
    const button = make("button", "style-" + part.style, part.label || "");
    button.type = "button";
    button.disabled = part.disabled;
    button.addEventListener("click", () => use(part.custom_id, []));
    return button;
  });
  return make("div", "row", ...parts);
}

function messageNode(message) {
  const isPrivate = message.flags & EPHEMERAL;
  const node = make("li", "message" + (isPrivate ? " private" : ""));
  node.dataset.id = message.id;
  const used = message.interaction_metadata;
  const time = new Date(message.timestamp);
  const clock = make("time", "time", time.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }));
  clock.dateTime = message.timestamp;
  const body = make("div", "body", make("div", "", make("span", "author", message.author.username), make("span", "tag", "APP"), clock));
  if (message.flags & THINKING) {
    const dots = make("span", "dots", make("i"), make("i"), make("i"));
    body.append(make("div", "thinking", dots, ` ${message.author.username} is thinking…`));
  }
  if (message.content) body.append(rich(message.content + "", "content"));
  body.append(...message.embeds.map(embed));
  for (const file of message.attachments) {
    const link = make("a", "file", `${file.filename} (${file.size} bytes)`);
    link.href = file.url;
    body.append(link);
  }
  body.append(...message.components.map((data) => row(message, data)));
  if (message.edited_timestamp) body.append(make("span", "edited", "(edited)"));
  if (isPrivate) {
    const dismiss = make("button", "", "Dismiss message");
    dismiss.type = "button";
    dismiss.addEventListener("click", () => { state.messages.delete(message.id); node.remove(); });
    body.append(make("div", "only", "Only you can see this · ", dismiss));
  }
  if (used) node.append(make("div", "used", make("b", "", used.user.global_name), ` used /${used.name}`));
  node.prepend(avatar(message.author.username));
  node.append(body);
  return node;
}

function showMessage(message) {
  state.messages.set(message.id, message);
  if (message.channel_id !== state.channel) return;
  const list = by("messages");
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
  const old = list.querySelector(`[data-id="${message.id}"]`);
  const focused = old && old.contains(document.activeElement) ? document.activeElement.textContent : null;
  const node = messageNode(message);
  if (old) old.replaceWith(node); else list.append(node);
  if (focused) [...node.querySelectorAll("button")].find((button) => button.textContent === focused)?.focus();
  list.querySelector(".welcome")?.remove();
  if (atEnd) list.scrollTop = list.scrollHeight;
}

function welcome() {
  const text = make("li", "welcome", make("h2", "", "A small Discord, all yours"));
  const try1 = make("code", "", "/speak prompt: In order to make a sandwich, first");
  text.append("Nothing here leaves this machine. Try ", try1, ", then change who you are at the bottom left.");
  return text;
}

function showChannel(id) {
  state.channel = id;
  const channel = state.channels.find((channel) => channel.id === id);
  by("channel-name").textContent = channel.name;
  by("channel-mark").textContent = channel.type === 1 ? "@" : "#";
  document.querySelectorAll("#channels button").forEach((button) => button.setAttribute("aria-current", button.dataset.id === id));
  const messages = [...state.messages.values()].filter((message) => message.channel_id === id);
  by("messages").replaceChildren(...(messages.length ? messages.map(messageNode) : [welcome()]));
  by("messages").scrollTop = by("messages").scrollHeight;
}

function showChannels() {
  const entry = (channel) => {
    const button = make("button", "", (channel.type === 1 ? "@ " : "# ") + channel.name);
    button.type = "button";
    button.dataset.id = channel.id;
    button.addEventListener("click", () => { showChannel(channel.id); composer.focus(); });
    return make("li", "", button);
  };
  const shared = state.channels.filter((channel) => channel.type === 0), direct = state.channels.filter((channel) => channel.type === 1);
  by("channels").replaceChildren(...shared.map(entry), make("li", "", make("h2", "", "DIRECT MESSAGES")), ...direct.map(entry));
}

function showPresence(online) {
  by("presence").textContent = online ? `${state.bot.username} is online` : `${state.bot.username} is offline`;
  by("presence").classList.toggle("online", online);
}

function hear(event) {
  if (event.type === "message") showMessage(event.message);
  else if (event.type === "deleted") {
    state.messages.delete(event.id);
    document.querySelector(`[data-id="${event.id}"]`)?.remove();
  } else if (event.type === "commands") state.commands = event.commands;
  else if (event.type === "presence") showPresence(event.online);
  else if (event.type === "unanswered") problem("The application did not respond.");
  else if (event.type === "reload") load(state.me.id);
}

let events = null;
async function load(user) {
  events?.close();
  const query = user ? `?user=${user}` : "";
  const answer = await fetch("/sandbox/state" + query);
  if (!answer.ok) return user ? load(null) : problem("The sandbox does not answer. Is it still running?");
  const now = await answer.json();
  sessionStorage.setItem("user", now.me.id);
  Object.assign(state, now, { messages: new Map(now.messages.map((message) => [message.id, message])) });
  by("user").replaceChildren(...state.users.map((u) => new Option(u.global_name + (u.moderator ? " (moderator)" : ""), u.id, false, u.id === state.me.id)));
  by("my-avatar").replaceWith(Object.assign(avatar(state.me.global_name), { id: "my-avatar" }));
  showChannels();
  showPresence(state.online);
  const same = state.channels.some((channel) => channel.id === state.channel);
  showChannel(same ? state.channel : state.channels[0].id);
  events = new EventSource("/sandbox/events" + `?user=${state.me.id}`);
  events.onmessage = (message) => hear(JSON.parse(message.data));
  // What was missed while the connection was away is loaded anew.
  let away = false;
  events.onerror = () => { away = true; by("presence").textContent = "connecting…"; by("presence").classList.remove("online"); };
  events.onopen = () => { if (away) load(state.me.id); };
}

by("user").addEventListener("change", (event) => load(event.target.value).then(() => composer.focus()));
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !["INPUT", "SELECT", "TEXTAREA"].includes(document.activeElement.tagName)) composer.focus();
});
load(sessionStorage.getItem("user"));
