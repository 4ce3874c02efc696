// Action rows of a message: buttons and select menus.

import { make, button, set } from "/sandbox/dom.js";
import { act } from "/sandbox/state.js";
import { selectMenu } from "/sandbox/select.js";
import { openModal } from "/sandbox/modal.js";

const LINK = 5;
/** Components that wait for a response. Kept outside of the nodes, so that the state survives a redraw of the message. */
const busy = new Set(), failed = new Map();

/** Uses a component: shows it as busy, and shows an error under the message if the bot does not respond. */
async function use(message, custom_id, values, redraw) {
  const key = `${message.id} ${custom_id}`;
  if (busy.has(key)) return;
  busy.add(key);
  failed.delete(message.id);
  redraw(message.id);
  const outcome = await act({ act: "component", message: message.id, custom_id, values });
  busy.delete(key);
  if (outcome.error) failed.set(message.id, "This interaction failed");
  redraw(message.id);
  if (outcome.modal) openModal(outcome);
}

function buttonNode(message, part, redraw) {
  const emoji = part.emoji && make("span", "emoji", part.emoji.id ? `:${part.emoji.name}:` : part.emoji.name);
  if (part.style === LINK) {
    const link = set(make("a", "button style-5", emoji, part.label, set(make("span", "arrow", "↗"), { "aria-hidden": "true" })), { rel: "noreferrer noopener", target: "_blank" });
    if (part.disabled) link.setAttribute("aria-disabled", "true"); else link.href = part.url;
    return link;
  }
  const node = button(`button style-${part.style}`, "", () => use(message, part.custom_id, [], redraw));
  node.append(...[emoji, part.label].filter(Boolean));
  node.disabled = Boolean(part.disabled);
  node.dataset.key = part.custom_id;
  if (!part.label) node.setAttribute("aria-label", part.emoji?.name ?? "button");
  return node;
}

/** The action rows of a message; `redraw` redraws a message by its id. */
export function rows(message, redraw) {
  const nodes = message.components.map((data) => make("div", "row", ...data.components.map((part) => {
    const node = part.type === 2 ? buttonNode(message, part, redraw) : selectMenu(part, (values) => use(message, part.custom_id, values, redraw));
    if (busy.has(`${message.id} ${part.custom_id}`)) set(node, { "aria-busy": "true" }).classList.add("busy");
    return node;
  })));
  if (failed.has(message.id)) nodes.push(set(make("div", "failed", failed.get(message.id)), { role: "alert" }));
  return nodes;
}
