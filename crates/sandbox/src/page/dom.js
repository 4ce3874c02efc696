// Helpers that create DOM nodes.

export const by = (id) => document.getElementById(id);

/** A node with a class and children; falsy children are skipped. */
export function make(name, kind, ...children) {
  const node = document.createElement(name);
  if (kind) node.className = kind;
  node.append(...children.filter((child) => child || child === 0));
  return node;
}

/** A button with a click handler. */
export function button(kind, label, act) {
  const node = make("button", kind, label);
  node.type = "button";
  node.addEventListener("click", act);
  return node;
}

/** Sets attributes; those with `undefined` or `null` are skipped. */
export function set(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined && value !== null) node.setAttribute(name, value);
  return node;
}

/** A small SVG icon; emoji fonts are not installed on every machine. */
export function sign(name) {
  return set(make("span", `sign ${name}`), { "aria-hidden": "true" });
}

/** A round avatar with the first letter of a name. */
export function avatar(name) {
  const hue = [...name].reduce((sum, c) => sum + c.charCodeAt(0) * 37, 0) % 360;
  const node = set(make("span", "avatar", name[0].toUpperCase()), { "aria-hidden": "true" });
  node.style.background = `hsl(${hue} 45% 45%)`;
  return node;
}

/** Shows a message in a corner for some seconds. */
export function toast(text) {
  const node = set(make("div", "toast", text), { role: "alert" });
  node.append(set(button("close", "×", () => node.remove()), { "aria-label": "Close" }));
  by("toasts").append(node);
  setTimeout(() => node.remove(), 8000);
}

/** Positions a floating node next to another node, within the window. */
export function place(node, near) {
  const box = near.getBoundingClientRect?.() ?? { left: near.x, right: near.x, top: near.y, bottom: near.y, width: 0 };
  node.style.minWidth = `${box.width}px`;
  const { width, height } = node.getBoundingClientRect();
  const below = box.bottom + 4 + height <= innerHeight;
  node.style.left = `${Math.max(8, Math.min(box.left, innerWidth - width - 8))}px`;
  node.style.top = `${below ? box.bottom + 4 : Math.max(8, box.top - height - 4)}px`;
}

/** Moves the selection among `nodes` for arrow keys, Home and End. Returns whether the key was one of these. */
export function arrows(event, nodes, now, select) {
  const last = nodes.length - 1;
  const next = { ArrowDown: now >= last ? 0 : now + 1, ArrowUp: now <= 0 ? last : now - 1, Home: 0, End: last }[event.key];
  if (next === undefined || last < 0) return false;
  event.preventDefault();
  select(next);
  return true;
}
