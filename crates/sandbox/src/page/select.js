// Select menus: a button that opens a list in which one or several options can be chosen.

import { make, set, place, arrows, button } from "/sandbox/dom.js";
import { state } from "/sandbox/state.js";

let open = null;

/** The options of a menu: its own, or users, roles and channels. */
function optionsOf(data) {
  const chosen = new Set((data.default_values || []).map((entry) => entry.id));
  const entry = (value, label, description) => ({ value, label, description, default: chosen.has(value) });
  const people = () => [...state.users.map((user) => entry(user.id, user.global_name, "@" + user.username)), entry(state.bot.id, state.bot.username, "APP")];
  const roles = () => state.roles.map((role) => entry(role.id, "@" + role.name, ""));
  const channels = () => state.channels.filter((channel) => channel.guild_id === state.home && (!data.channel_types?.length || data.channel_types.includes(channel.type)));
  switch (data.type) {
    case 5: return people();
    case 6: return roles();
    case 7: return [...people(), ...roles()];
    case 8: return channels().map((channel) => entry(channel.id, "# " + channel.name, ""));
    default: return data.options;
  }
}

function emojiOf(emoji) {
  return emoji && make("span", "emoji", emoji.id ? `:${emoji.name}:` : emoji.name);
}

/** The node of a menu; `use` is called with the chosen values. */
export function selectMenu(data, use) {
  const options = optionsOf(data), many = (data.max_values ?? 1) > 1;
  const chosen = options.filter((option) => option.default);
  const shown = chosen.length ? chosen.flatMap((option, index) => [index ? ", " : "", emojiOf(option.emoji), option.label]) : [data.placeholder || "Make a selection"];
  const node = button("menu" + (chosen.length ? "" : " empty"), "", () => (open?.node === node ? close() : show(node, { data, options, many, use })));
  node.append(make("span", "shown", ...shown), set(make("span", "arrow", "⌄"), { "aria-hidden": "true" }));
  node.disabled = Boolean(data.disabled);
  node.dataset.key = data.custom_id;
  set(node, { "aria-haspopup": "listbox", "aria-expanded": "false", "aria-label": data.placeholder || chosen.map((option) => option.label).join(", ") || "Make a selection" });
  node.addEventListener("keydown", (event) => { if (event.key === "ArrowDown" && !open) { event.preventDefault(); node.click(); } });
  return node;
}

/** Moves an open list to the new button after its message was redrawn. */
export function reattach(message) {
  if (!open || open.node.isConnected || open.message !== message.dataset.id) return;
  const node = [...message.querySelectorAll("button.menu")].find((menu) => menu.dataset.key === open.key);
  if (!node) return close(false);
  open.node = node;
  node.setAttribute("aria-expanded", "true");
}

function close(focus = true) {
  if (!open) return;
  const { list, node, outside } = open;
  open = null;
  document.removeEventListener("mousedown", outside, true);
  list.remove();
  node.setAttribute("aria-expanded", "false");
  if (focus) node.focus();
}

function show(node, { data, options, many, use }) {
  close(false);
  const list = set(make("div", "list"), { role: "listbox", "aria-label": node.getAttribute("aria-label"), tabindex: "-1" });
  if (many) list.setAttribute("aria-multiselectable", "true");
  const before = options.filter((option) => option.default).map((option) => option.value);
  const values = new Set(before);
  const least = data.min_values ?? 1, most = data.max_values ?? 1;
  const done = () => {
    const now = options.map((option) => option.value).filter((value) => values.has(value));
    const changed = now.join("\n") !== before.join("\n");
    const enough = now.length >= least;
    close();
    if (changed && enough) use(now);
  };
  const entries = options.map((option) => {
    const text = make("span", "text", make("b", "", option.label), option.description && make("span", "more", option.description));
    const entry = make("div", "entry", emojiOf(option.emoji), text, set(make("span", many ? "box" : "dot"), { "aria-hidden": "true" }));
    set(entry, { role: "option", tabindex: "-1", "aria-selected": String(values.has(option.value)) });
    entry.addEventListener("click", () => {
      if (!many) { values.clear(); values.add(option.value); close(); return use([option.value]); }
      if (values.has(option.value)) values.delete(option.value);
      else if (values.size < most) values.add(option.value);
      entries.forEach((entry, index) => entry.setAttribute("aria-selected", String(values.has(options[index].value))));
    });
    return entry;
  });
  if (least === 0 && !many && values.size) entries.unshift(button("clear", "Clear the selection", () => { values.clear(); done(); }));
  list.append(...entries);
  if (many) list.append(make("div", "hint", `Choose ${least === most ? most : `${least} to ${most}`}; Enter or a click elsewhere sends.`));
  list.addEventListener("keydown", (event) => {
    const now = entries.indexOf(document.activeElement);
    if (arrows(event, entries, now, (index) => entries[index].focus())) return;
    if (event.key === " ") { event.preventDefault(); document.activeElement.click(); }
    if (event.key === "Enter") { event.preventDefault(); if (many) done(); else document.activeElement.click(); }
    if (event.key === "Escape" || event.key === "Tab") { event.preventDefault(); event.stopPropagation(); close(); }
    if (/^\S$/.test(event.key)) entries.find((entry, index) => index !== now && entry.textContent.toLowerCase().startsWith(event.key.toLowerCase()))?.focus();
  });
  const outside = (event) => { if (!list.contains(event.target) && !open?.node.contains(event.target)) (many ? done : close)(); };
  document.body.append(list);
  place(list, node);
  document.addEventListener("mousedown", outside, true);
  node.setAttribute("aria-expanded", "true");
  open = { list, node, outside, key: data.custom_id, message: node.closest("[data-id]")?.dataset.id };
  (entries.find((entry) => entry.getAttribute("aria-selected") === "true") ?? entries[0])?.focus();
}
