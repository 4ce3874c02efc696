// Discord's Markdown as DOM nodes. Text is set as text nodes only, so a message cannot inject markup into the page.

import { nameOf, state } from "/sandbox/state.js";

const INLINE = [
  [/^\\([^0-9A-Za-z\s])/, (m) => m[1]],
  [/^``(.+?)``/s, (m) => element("code", [m[1].trim()])],
  [/^`([^`\n]+)`/, (m) => element("code", [m[1]])],
  [/^\*\*\*((?:\\.|[^\\])+?)\*\*\*(?!\*)/s, (m) => element("em", [element("strong", inline(m[1]))])],
  [/^\*\*((?:\\.|[^\\])+?)\*\*(?!\*)/s, (m) => element("strong", inline(m[1]))],
  [/^__((?:\\.|[^\\])+?)__(?!_)/s, (m) => element("u", inline(m[1]))],
  [/^~~((?:\\.|[^\\])+?)~~/s, (m) => element("s", inline(m[1]))],
  [/^\|\|((?:\\.|[^\\])+?)\|\|/s, (m) => spoiler(inline(m[1]))],
  [/^\*(?=\S)((?:\\.|[^\\*])+?)\*(?!\*)/s, (m) => element("em", inline(m[1]))],
  [/^_((?:\\.|[^\\_])+?)_(?![A-Za-z0-9_])/s, (m) => element("em", inline(m[1]))],
  [/^<@!?(\d+)>/, (m) => element("span", ["@" + nameOf(m[1])], "mention")],
  [/^<@&(\d+)>/, (m) => element("span", ["@" + (state.roles.find((role) => role.id === m[1])?.name ?? "deleted-role")], "mention")],
  [/^<#(\d+)>/, (m) => element("span", ["#" + (state.channels.find((channel) => channel.id === m[1])?.name ?? "unknown")], "mention")],
  [/^<\/([-_ '\p{L}\p{N}]+):\d+>/u, (m) => mention(m[1])],
  [/^<a?:(\w+):\d+>/, (m) => element("span", [`:${m[1]}:`], "emoji")],
  [/^<t:(-?\d+)(?::([tTdDfFR]))?>/, (m) => moment(Number(m[1]), m[2])],
  [/^(@everyone|@here)/, (m) => element("span", [m[1]], "mention")],
  [/^\[([^\]\n]+)\]\((https?:\/\/[^\s)]+)\)/, (m) => link(inline(m[1]), m[2])],
  [/^<(https?:\/\/[^\s>]+)>/, (m) => link([m[1]], m[1])],
  [/^https?:\/\/[^\s<]+[^\s<.,;:!?)'"\]]/, (m) => link([m[0]], m[0])],
];

function element(name, children, kind) {
  const node = document.createElement(name);
  if (kind) node.className = kind;
  node.append(...children);
  return node;
}

function spoiler(children) {
  const node = element("span", children, "spoiler");
  Object.assign(node, { role: "button", tabIndex: 0, ariaLabel: "Spoiler" });
  const open = () => { node.classList.add("open"); node.removeAttribute("aria-label"); };
  node.addEventListener("click", open);
  node.addEventListener("keydown", (event) => { if (event.key === "Enter") open(); });
  return node;
}

function link(children, address) {
  const node = element("a", children);
  Object.assign(node, { href: address, target: "_blank", rel: "noreferrer noopener" });
  return node;
}

/** A command mention; a click selects the command in the composer. */
function mention(name) {
  const node = element("button", ["/" + name], "mention");
  node.type = "button";
  node.addEventListener("click", () => document.dispatchEvent(new CustomEvent("mention", { detail: name })));
  return node;
}

function moment(seconds, style = "f") {
  const time = new Date(seconds * 1000);
  const styles = { t: { timeStyle: "short" }, T: { timeStyle: "medium" }, d: { dateStyle: "short" }, D: { dateStyle: "long" }, f: { dateStyle: "long", timeStyle: "short" }, F: { dateStyle: "full", timeStyle: "short" } };
  const node = element("time", [style === "R" ? away(seconds - Date.now() / 1000) : time.toLocaleString([], styles[style])], "moment");
  node.title = time.toLocaleString([], styles.F);
  return node;
}

function away(seconds) {
  const units = [["year", 31_536_000], ["month", 2_592_000], ["day", 86_400], ["hour", 3600], ["minute", 60], ["second", 1]];
  const [unit, size] = units.find(([, size]) => Math.abs(seconds) >= size) ?? ["second", 1];
  return new Intl.RelativeTimeFormat(undefined, { numeric: "auto" }).format(Math.round(seconds / size), unit);
}

function inline(text) {
  const nodes = [];
  let plain = "";
  const flush = () => { if (plain) nodes.push(plain); plain = ""; };
  while (text) {
    let taken = null;
    for (const [pattern, make] of INLINE) {
      const match = pattern.exec(text);
      if (match) { taken = [match[0].length, make(match)]; break; }
    }
    if (!taken) { plain += text[0]; text = text.slice(1); continue; }
    if (typeof taken[1] === "string") plain += taken[1];
    else { flush(); nodes.push(taken[1]); }
    text = text.slice(taken[0]);
  }
  flush();
  return nodes;
}

/** Block elements of one line: headings, subtext, block quotes, list entries. */
const LINES = [
  [/^(#{1,3}) +(.+)$/, (m) => element("h" + (m[1].length + 2), inline(m[2]), "heading-" + m[1].length)],
  [/^-# +(.+)$/, (m) => element("small", inline(m[1]))],
  [/^> (.*)$/, (m) => element("blockquote", inline(m[1]))],
  [/^( *)[-*] +(.+)$/, (m) => entry("•", m[1], m[2])],
  [/^( *)(\d+)\. +(.+)$/, (m) => entry(m[2] + ".", m[1], m[3])],
];

function entry(mark, indent, text) {
  const node = element("div", [element("span", [mark], "bullet"), element("div", inline(text))], "entry-line");
  node.style.marginLeft = `${Math.floor(indent.length / 2) * 16}px`;
  return node;
}

function lines(text) {
  const nodes = [];
  let plain = [];
  const flush = () => { if (plain.length) nodes.push(...inline(plain.join("\n"))); plain = []; };
  for (const line of text.split("\n")) {
    const rule = LINES.find(([pattern]) => pattern.test(line));
    if (!rule) { plain.push(line); continue; }
    flush();
    nodes.push(rule[1](rule[0].exec(line)));
  }
  flush();
  return nodes;
}

/** The nodes of a message's content. */
export function rich(text, kind) {
  const nodes = [];
  // Every second part is the content of a code block.
  text.split(/(?<!\\)```(?:[a-z0-9+-]*\n)?([\s\S]+?)```\n?/i).forEach((part, index) => {
    if (index % 2) nodes.push(element("pre", [part.replace(/\n$/, "")]));
    else nodes.push(...lines(part));
  });
  return element("div", nodes, "rich " + kind);
}
