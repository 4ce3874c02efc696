// Context menus of messages and users, with the bot's context menu commands.

import { make, set, place, arrows } from "/sandbox/dom.js";
import { act, commandsOf, localized, post, state } from "/sandbox/state.js";
import { openModal } from "/sandbox/modal.js";

const ON_USER = 2, ON_MESSAGE = 3;
let close = () => {};

/** Opens a menu of entries {label, act, checked} and headings {heading} at a node or a point. */
function show(entries, near, label) {
  close();
  const from = document.activeElement;
  const menu = set(make("div", "context"), { role: "menu", "aria-label": label, tabindex: "-1" });
  const items = [];
  for (const entry of entries) {
    if (entry.heading) { menu.append(make("div", "heading", entry.heading)); continue; }
    const item = make("div", "item", entry.label, entry.checked !== undefined && make("span", "mark", entry.checked ? "☑" : "☐"));
    set(item, { role: entry.checked === undefined ? "menuitem" : "menuitemcheckbox", "aria-checked": entry.checked, tabindex: "-1" });
    item.addEventListener("click", () => { close(); entry.act(); });
    item.addEventListener("mousemove", () => item.focus());
    items.push(item);
    menu.append(item);
  }
  const outside = (event) => { if (!menu.contains(event.target)) close(); };
  close = () => {
    menu.remove();
    document.removeEventListener("mousedown", outside, true);
    close = () => {};
    if (from?.isConnected) from.focus();
  };
  menu.addEventListener("keydown", (event) => {
    if (arrows(event, items, items.indexOf(document.activeElement), (index) => items[index].focus())) return;
    if (event.key === "Enter" || event.key === " ") { event.preventDefault(); document.activeElement.click(); }
    if (event.key === "Escape" || event.key === "Tab") { event.preventDefault(); event.stopPropagation(); close(); }
  });
  document.body.append(menu);
  place(menu, near);
  document.addEventListener("mousedown", outside, true);
  items[0]?.focus();
}

async function choose(name, target) {
  const outcome = await act({ act: "menu", name, ...target });
  if (outcome.modal) openModal(outcome);
}

function apps(kind, target) {
  const commands = commandsOf(kind);
  const entry = (command) => ({ label: localized(command, "name"), act: () => choose(command.name, target) });
  return commands.length ? [{ heading: "Apps" }, ...commands.map(entry)] : [];
}

/** The context menu of a message. */
export function messageMenu(message, near) {
  const text = [message.content, ...message.embeds.map((embed) => embed.description)].filter(Boolean).join("\n");
  // Ephemeral messages have no context menu commands, as in Discord.
  const commands = message.flags & 64 ? [] : apps(ON_MESSAGE, { message: message.id });
  show([{ label: "Copy text", act: () => navigator.clipboard?.writeText(text) }, { label: "Copy message ID", act: () => navigator.clipboard?.writeText(message.id) }, ...commands], near, "Message");
}

/** The context menu of a user: commands, and roles unless the user is the bot. */
export function personMenu(id, near) {
  const user = state.users.find((user) => user.id === id);
  const roles = user ? state.roles.map((role) => {
    const given = user.roles.includes(role.id);
    return { label: role.name, checked: given, act: () => post("/sandbox/role", { user: id, role: role.name, given: !given }) };
  }) : [];
  show([{ label: "Copy user ID", act: () => navigator.clipboard?.writeText(id) }, ...apps(ON_USER, { person: id }), ...(roles.length ? [{ heading: "Roles" }, ...roles] : [])], near, "Person");
}
