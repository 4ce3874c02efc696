// Messages of the open channel: rendered, replaced in place, and removed.

import { avatar, button, by, make, set, sign } from "/sandbox/dom.js";
import { here, localized, nameOf, state } from "/sandbox/state.js";
import { rich } from "/sandbox/markdown.js";
import { embed, files } from "/sandbox/embed.js";
import { rows } from "/sandbox/component.js";
import { reattach } from "/sandbox/select.js";
import { messageMenu, personMenu } from "/sandbox/menu.js";

const EPHEMERAL = 64, THINKING = 128, SLASH = 1;

/** The line above a message: the command that it responds to, or the message that it replies to. */
function lead(message) {
  const used = message.interaction_metadata, reference = message.message_reference;
  if (reference) {
    const original = state.messages.get(reference.message_id);
    const text = original ? original.content || original.embeds[0]?.title || original.embeds[0]?.description || "Click to see attachment" : "Original message was deleted";
    const node = make("div", "used reply", original && make("b", "", original.author.global_name ?? original.author.username), " ", make("span", "", rich(text, "").textContent.slice(0, 120)));
    node.addEventListener("click", () => document.querySelector(`[data-id="${reference.message_id}"]`)?.scrollIntoView({ block: "center", behavior: "smooth" }));
    return node;
  }
  if (!used?.name) return null;
  const command = state.commands.find((command) => command.type === used.command_type && command.name === used.name);
  const name = command ? localized(command, "name") : used.name;
  return make("div", "used", make("b", "", used.user.global_name), " used ", make("span", "ran", (used.command_type === SLASH ? "/" : "") + name));
}

function header(message) {
  const time = new Date(message.timestamp);
  const today = time.toDateString() === new Date().toDateString();
  const clock = make("time", "time", time.toLocaleString([], today ? { timeStyle: "short" } : { dateStyle: "short", timeStyle: "short" }));
  clock.dateTime = message.timestamp;
  const name = set(button("author", nameOf(message.author.id), (event) => personMenu(message.author.id, event.currentTarget)), { "aria-haspopup": "menu" });
  return make("div", "head", name, message.author.bot && make("span", "tag", "APP"), clock);
}

function dismiss(message) {
  const act = () => { state.messages.delete(message.id); removeMessage(message.id); };
  return make("div", "only", sign("eye"), " Only you can see this · ", button("", "Dismiss message", act));
}

function messageNode(message) {
  const hidden = message.flags & EPHEMERAL;
  const node = make("li", "message" + (hidden ? " private" : ""));
  node.dataset.id = message.id;
  const body = make("div", "body", header(message));
  if (message.flags & THINKING) {
    const dots = make("span", "dots", make("i"), make("i"), make("i"));
    body.append(make("div", "thinking", dots, ` ${message.author.username} is thinking…`));
  }
  const content = message.content && rich(message.content, "content");
  const edited = message.edited_timestamp && make("span", "edited", "(edited)");
  if (content) body.append(content);
  if (content && edited) content.append(" ", edited);
  body.append(...files(message), ...message.embeds.map((data) => embed(data, message.attachments)), ...rows(message, redraw));
  if (!content && edited) body.append(edited);
  if (hidden) body.append(dismiss(message));
  const picture = avatar(nameOf(message.author.id));
  picture.addEventListener("contextmenu", (event) => { event.preventDefault(); event.stopPropagation(); personMenu(message.author.id, { x: event.clientX, y: event.clientY }); });
  const more = set(button("more-menu", "⋯", (event) => messageMenu(message, event.currentTarget)), { "aria-label": "More", "aria-haspopup": "menu", title: "More" });
  node.append(picture, ...[lead(message)].filter(Boolean), body, make("div", "tools", more));
  node.addEventListener("contextmenu", (event) => {
    if (event.target.closest("a, input, .author") || getSelection()?.toString()) return;
    event.preventDefault();
    messageMenu(message, { x: event.clientX, y: event.clientY });
  });
  return node;
}

/** Moves loaded images from the old node to the new node, so that they do not flicker. */
function keepPictures(old, node) {
  const loaded = [...old.querySelectorAll("img")].filter((image) => image.complete);
  for (const image of node.querySelectorAll("img")) {
    const at = loaded.findIndex((other) => other.src === image.src && other.className === image.className);
    if (at >= 0) image.replaceWith(loaded.splice(at, 1)[0]);
  }
}

/** Remembers which part of a message has the focus, so that its replacement can get it. */
function focusIn(node) {
  const active = document.activeElement;
  if (!node.contains(active) || active === node) return null;
  const same = (other) => other.dataset.key === active.dataset.key && other.className.split(" ")[0] === active.className.split(" ")[0] && other.textContent === active.textContent;
  return (next) => ([...next.querySelectorAll("button, a")].find(same) ?? [...next.querySelectorAll("button")].find((other) => active.dataset.key && other.dataset.key === active.dataset.key))?.focus();
}

/** Changes the list and keeps the scroll position: at the end, or at the first visible message. */
function steadily(change) {
  const list = by("messages");
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
  const top = list.getBoundingClientRect().top;
  const anchor = atEnd ? null : [...list.children].find((node) => node.getBoundingClientRect().bottom > top);
  const before = anchor?.getBoundingClientRect().top, id = anchor?.dataset.id;
  change(list);
  if (atEnd) { list.scrollTop = list.scrollHeight; return; }
  const now = id && list.querySelector(`[data-id="${id}"]`);
  if (now) list.scrollTop += now.getBoundingClientRect().top - before;
}

function redraw(id) {
  const message = state.messages.get(id), old = document.querySelector(`li[data-id="${id}"]`);
  if (!message || !old) return;
  steadily(() => {
    const focus = focusIn(old), node = messageNode(message);
    keepPictures(old, node);
    old.replaceWith(node);
    focus?.(node);
    reattach(node);
  });
}

/** Renders a message that is new or has changed. */
export function showMessage(message) {
  state.messages.set(message.id, message);
  if (message.channel_id !== state.channel) return;
  if (document.querySelector(`li[data-id="${message.id}"]`)) return redraw(message.id);
  steadily((list) => {
    list.querySelector(".welcome")?.remove();
    list.append(messageNode(message));
  });
}

export function removeMessage(id) {
  steadily((list) => list.querySelector(`li[data-id="${id}"]`)?.remove());
}

function welcome() {
  const channel = here();
  const text = make("li", "welcome", make("h2", "", channel.has_bot ? "A small Discord, all yours" : "The app is a guest here"));
  const first = make("code", "", "/speak prompt: In order to make a sandwich, first");
  if (channel.has_bot) text.append("Nothing here leaves this machine. Try ", first, ", then change who you are at the bottom left.");
  else text.append("It is not a member of this place; people use it because they installed it for themselves.");
  return text;
}

/** Renders the messages of the open channel. */
export function showMessages() {
  const messages = [...state.messages.values()].filter((message) => message.channel_id === state.channel);
  const list = by("messages");
  list.replaceChildren(...(messages.length ? messages.map(messageNode) : [welcome()]));
  list.scrollTop = list.scrollHeight;
}

// An image without known dimensions grows the list when it has loaded.
by("messages").addEventListener("load", () => {
  const list = by("messages");
  if (list.scrollHeight - list.scrollTop - list.clientHeight < 400) list.scrollTop = list.scrollHeight;
}, true);
