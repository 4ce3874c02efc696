// Slash commands for the composer: listing, parsing of typed text, and the checks of Discord's client.

import { commandsOf, localized, nameOf, state } from "/sandbox/state.js";

export const STRING = 3, INTEGER = 4, BOOLEAN = 5, USER = 6, CHANNEL = 7, ROLE = 8, MENTIONABLE = 9, NUMBER = 10, ATTACHMENT = 11;
const SLASH = 1, SUBCOMMAND = 1, GROUP = 2;

/** An option with its localized names. */
function shown(option) {
  const choices = (option.choices || []).map((choice) => ({ ...choice, shown: localized(choice, "name") }));
  return { ...option, shown: localized(option, "name"), text: localized(option, "description"), choices };
}

function leaf(command, path, item) {
  const label = [command, ...path].map((part) => localized(part, "name")).join(" ");
  const plain = [command, ...path].map((part) => part.name).join(" ");
  return { label, plain, id: command.id, name: command.name, path, text: localized(item, "description"), options: (item.options || []).map(shown) };
}

/** Every command that is available in the channel; subcommands are separate entries. */
export function runnable() {
  return commandsOf(SLASH).flatMap((command) => (command.options?.some((option) => option.type === SUBCOMMAND || option.type === GROUP) ? command.options : [null]).flatMap((part) => {
    if (!part) return [leaf(command, [], command)];
    return part.type === GROUP ? (part.options || []).map((sub) => leaf(command, [part, sub], sub)) : [leaf(command, [part], part)];
  }));
}

/** Options in Discord's format, nested in their subcommand. */
export function folded(command, options) {
  return command.path.reduceRight((inner, part) => [{ name: part.name, type: part.type, options: inner }], options);
}

/** Parses a command that was typed as text: {command, values}, or null if the text is not a command. */
export function parse(text) {
  const names = (command) => [command.label, command.plain];
  const fits = (name) => text === `/${name}` || text.startsWith(`/${name} `);
  const found = runnable().flatMap((command) => names(command).filter(fits).map((name) => ({ command, name })));
  const best = found.sort((a, b) => b.name.length - a.name.length)[0];
  if (!best) return null;
  const { command, name } = best, rest = text.slice(name.length + 1), values = new Map();
  const known = new Map(command.options.flatMap((option) => [[option.name, option], [option.shown, option]]));
  const escaped = [...known.keys()].map((key) => key.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|");
  const marks = escaped ? [...rest.matchAll(new RegExp(`(?:^|\\s)(${escaped}):\\s?`, "g"))] : [];
  marks.forEach((mark, i) => values.set(known.get(mark[1]).name, { text: rest.slice(mark.index + mark[0].length, marks[i + 1]?.index ?? rest.length) }));
  const loose = rest.slice(0, marks[0]?.index ?? rest.length).trim();
  if (loose && command.options.length) values.set(command.options[0].name, { text: loose });
  return { command, values };
}

/** A choice as a list entry. A name of the form "value: explanation" is split into the value and a description. */
function entryOf({ shown, value }) {
  const first = `${value}: `;
  return shown.startsWith(first) ? { shown: String(value), value, text: shown.slice(first.length) } : { shown, value, text: "" };
}

/** Values of an option that need no autocomplete request: {shown, value, text}. */
export function suggestions(option) {
  const people = () => [...state.users.map((user) => ({ shown: "@" + user.global_name, value: user.id, text: "" })), { shown: "@" + nameOf(state.bot.id), value: state.bot.id, text: "APP" }];
  const roles = () => state.roles.map((role) => ({ shown: "@" + role.name, value: role.id, text: "role" }));
  switch (option.type) {
    case BOOLEAN: return ["true", "false"].map((value) => ({ shown: value, value, text: "" }));
    case USER: return people();
    case ROLE: return roles();
    case MENTIONABLE: return [...people(), ...roles()];
    case CHANNEL: return state.channels.map((channel) => ({ shown: "#" + channel.name, value: channel.id, text: "" }));
    default: return option.choices.map(entryOf);
  }
}

/** The value of an option: {value}, {wrong} with the reason if it is invalid, or null if it is empty. */
function valueOf(option, given) {
  const text = (given?.text ?? "").trim();
  if (!text) return option.required ? { wrong: "is required" } : null;
  if (given.value !== undefined) return { value: given.value };
  const offered = suggestions(option);
  const plain = (name) => name.toLowerCase().replace(/^[@#]/, "");
  const chosen = offered.find((entry) => [entry.shown, String(entry.value)].some((name) => plain(name) === plain(text)));
  if (option.type === BOOLEAN) return chosen ? { value: chosen.value === "true" } : { wrong: "must be true or false" };
  if (chosen) return { value: chosen.value };
  if (offered.length) return { wrong: `must be one of ${offered.map((entry) => entry.shown).join(", ")}` };
  if (option.type === ATTACHMENT) return { wrong: "must be a file" };
  if (option.type === INTEGER || option.type === NUMBER) {
    const number = Number(text.replace(",", "."));
    if (!Number.isFinite(number)) return { wrong: option.type === INTEGER ? "must be a whole number" : "must be a number" };
    if (option.type === INTEGER && !Number.isInteger(number)) return { wrong: "must be a whole number" };
    // Both are optional and may be null.
    const least = option.min_value ?? -Infinity, most = option.max_value ?? Infinity;
    if (number < least || number > most) return { wrong: most === Infinity ? `must be at least ${least}` : least === -Infinity ? `must be at most ${most}` : `must be from ${least} to ${most}` };
    return { value: number };
  }
  if (option.min_length && text.length < option.min_length) return { wrong: `must have at least ${option.min_length} characters, not ${text.length}` };
  if (option.max_length && text.length > option.max_length) return { wrong: `must have at most ${option.max_length} characters, not ${text.length}` };
  return { value: text };
}

/** Checks all options: {options} in Discord's format, or {wrong, option} for the first invalid one. */
export function check(command, values) {
  const options = [];
  for (const option of command.options) {
    const found = valueOf(option, values.get(option.name));
    if (found?.wrong) return { wrong: `${option.shown} ${found.wrong}.`, option };
    if (found) options.push({ name: option.name, type: option.type, value: found.value });
  }
  return { options };
}

/** The valid options so far, for an autocomplete request; `focused` is the option being typed. */
export function unfinished(command, values, focused) {
  return command.options.flatMap((option) => {
    const given = values.get(option.name);
    if (option.name === focused) return [{ name: option.name, type: option.type, value: given?.text ?? "", focused: true }];
    const found = given?.text ? valueOf(option, given) : null;
    return found && !found.wrong ? [{ name: option.name, type: option.type, value: found.value }] : [];
  });
}
