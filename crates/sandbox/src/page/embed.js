// Rendering of embeds and attachments.

import { make, set, sign } from "/sandbox/dom.js";
import { rich } from "/sandbox/markdown.js";

/** An image with its dimensions set, so that the layout does not shift while it loads. */
function picture(data, kind, alt) {
  const image = set(make("img", kind), { src: data.url, alt, width: data.width, height: data.height, loading: "eager", decoding: "sync" });
  const link = set(make("a", "picture"), { href: data.url, target: "_blank", rel: "noreferrer noopener" });
  link.append(image);
  return link;
}

function link(text, url, kind) {
  return url ? set(make("a", kind, text), { href: url, target: "_blank", rel: "noreferrer noopener" }) : make("span", kind, text);
}

/** Embed fields: up to three inline fields share a line. */
function fieldsNode(fields) {
  const nodes = [];
  for (let at = 0; at < fields.length;) {
    const row = [fields[at]];
    while (row[0].inline && row.length < 3 && fields[at + row.length]?.inline) row.push(fields[at + row.length]);
    for (const field of row) {
      const node = make("div", "field" + (field.inline ? " inline" : ""), rich(field.name, "name"), rich(field.value, "value"));
      node.style.gridColumn = `span ${field.inline ? 12 / row.length : 12}`;
      nodes.push(node);
    }
    at += row.length;
  }
  return make("div", "fields", ...nodes);
}

function footer(data) {
  const time = data.timestamp && new Date(data.timestamp).toLocaleString([], { dateStyle: "short", timeStyle: "short" });
  if (!data.footer && !time) return null;
  const icon = data.footer?.icon_url && set(make("img", "icon"), { src: data.footer.icon_url, alt: "" });
  return make("div", "footer", icon, [data.footer?.text, time].filter(Boolean).join(" · "));
}

/** An embed; `files` are the attachments of its message, whose descriptions become alternative texts. */
export function embed(data, files) {
  const node = make("div", "embed" + (data.thumbnail ? " thumbed" : ""));
  if (data.color) node.style.borderLeftColor = "#" + data.color.toString(16).padStart(6, "0");
  if (data.author) node.append(make("div", "by", data.author.icon_url && set(make("img", "icon"), { src: data.author.icon_url, alt: "" }), link(data.author.name, data.author.url, "")));
  if (data.title) { const title = make("h3", ""); title.append(data.url ? link(data.title, data.url, "") : rich(data.title, "")); node.append(title); }
  if (data.description) node.append(rich(data.description, "description"));
  if (data.fields?.length) node.append(fieldsNode(data.fields));
  if (data.thumbnail) node.append(picture(data.thumbnail, "thumbnail", ""));
  if (data.image) node.append(picture(data.image, "large", files.find((file) => file.url === data.image.url)?.description ?? data.title ?? data.description?.slice(0, 100) ?? "picture"));
  node.append(...[footer(data)].filter(Boolean));
  return node;
}

function size(bytes) {
  return bytes < 1024 ? `${bytes} bytes` : bytes < 1 << 20 ? `${(bytes / 1024).toFixed(1)} KB` : `${(bytes / (1 << 20)).toFixed(1)} MB`;
}

/** The attachments of a message that its embeds do not show. */
export function files(message) {
  const shown = new Set(message.embeds.flatMap((data) => [data.image?.url, data.thumbnail?.url, data.footer?.icon_url, data.author?.icon_url]));
  return message.attachments.filter((file) => !shown.has(file.url)).map((file) => {
    if (file.content_type?.startsWith("image/")) return picture(file, "attached", file.description ?? file.filename);
    const name = set(make("a", "name", file.filename), { href: file.url, download: file.filename });
    const save = set(make("a", "save", sign("arrow-down")), { href: file.url, download: file.filename, "aria-label": `Download ${file.filename}`, title: "Download" });
    return make("div", "file", sign("sheet"), make("div", "", name, make("div", "size", size(file.size))), save);
  });
}
