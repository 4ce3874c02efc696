// Discord's Markdown as DOM nodes. Text is only ever set as text, so nothing in a message can become markup of the page.

const RULES = [
  [/^\\([^0-9A-Za-z\s])/, (m) => m[1]],
  [/^```(?:[a-z0-9+-]*\n)?([\s\S]+?)```/i, (m) => element("pre", [m[1]])],
  [/^`([^`\n]+)`/, (m) => element("code", [m[1]])],
  [/^\*\*((?:\\.|[^\\])+?)\*\*(?!\*)/s, (m) => element("strong", inline(m[1]))],
  [/^__((?:\\.|[^\\])+?)__(?!_)/s, (m) => element("u", inline(m[1]))],
  [/^~~((?:\\.|[^\\])+?)~~/s, (m) => element("s", inline(m[1]))],
  [/^\|\|((?:\\.|[^\\])+?)\|\|/s, (m) => spoiler(inline(m[1]))],
  [/^\*(?=\S)((?:\\.|[^\\*])+?)\*(?!\*)/s, (m) => element("em", inline(m[1]))],
  [/^_((?:\\.|[^\\_])+?)_(?![A-Za-z0-9_])/s, (m) => element("em", inline(m[1]))],
  [/^(@everyone|@here|<@!?\d+>|<@&\d+>|<#\d+>)/, (m) => element("span", [m[1]], "mention")],
  [/^https?:\/\/[^\s<]+[^\s<.,;:!?)'"\]]/, (m) => link(m[0])],
];

function element(name, children, kind) {
  const node = document.createElement(name);
  if (kind) node.className = kind;
  node.append(...children);
  return node;
}

function spoiler(children) {
  const node = element("span", children, "spoiler");
  node.addEventListener("click", () => node.classList.toggle("open"));
  return node;
}

function link(address) {
  const node = element("a", [address]);
  node.href = address;
  node.rel = "noreferrer noopener";
  return node;
}

function inline(text) {
  const nodes = [];
  let plain = "";
  const flush = () => { if (plain) nodes.push(plain); plain = ""; };
  while (text) {
    let taken = null;
    for (const [pattern, make] of RULES) {
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

/** The nodes of a message's text. */
export function rich(text, kind) {
  const node = element("div", inline(text), "rich " + kind);
  return node;
}
