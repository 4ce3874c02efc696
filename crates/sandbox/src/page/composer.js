// The input line: a message, or a command from the picker with its options as fields, as in Discord. A command can also be
// typed or pasted as text: "/speak prompt: Once upon a time length: 20".

import { by, button, make, set } from "/sandbox/dom.js";
import { act, post, state } from "/sandbox/state.js";
import { openModal } from "/sandbox/modal.js";
import { ATTACHMENT, INTEGER, NUMBER, STRING, check, folded, parse, runnable, suggestions, unfinished } from "/sandbox/command.js";

/** Debounce of autocomplete requests, in milliseconds after the last keystroke. */
const PAUSE = 250;

export class Composer {
  constructor() {
    Object.assign(this, { command: null, choices: [], selected: 0, asked: 0, timer: 0 });
    this.plain = by("plain");
    this.bar = by("command");
    this.picker = by("picker");
    this.plain.addEventListener("input", () => this.typed());
    by("composer").addEventListener("keydown", (event) => this.key(event));
    by("composer").addEventListener("submit", (event) => { event.preventDefault(); this.send(); });
    document.addEventListener("click", (event) => { if (!event.target.closest("#composer, #picker")) this.hidePicker(); });
  }

  focus() {
    (this.bar.querySelector("input") || this.plain).focus();
  }

  problem(text) {
    by("problem").textContent = text;
    by("problem").hidden = !text;
  }

  /** Handles a change of the plain input line. */
  typed() {
    const text = this.plain.value;
    if (!text.startsWith("/")) return this.hidePicker();
    const known = runnable();
    // A complete name followed by a space selects the command, as in Discord.
    const exact = known.find((command) => text === `/${command.label} ` || text === `/${command.plain} `);
    if (exact) return this.begin(exact);
    const start = text.slice(1).trimStart().toLowerCase();
    const fits = known.filter((command) => command.label.startsWith(start) || command.plain.startsWith(start));
    this.offer(fits.map((command) => ({ title: "/" + command.label, text: command.text, take: () => this.begin(command) })));
  }

  /** Selects the command with this name, as a click on a command mention does. */
  begin_named(name) {
    const command = runnable().find((command) => command.plain === name || command.label === name);
    if (command) this.begin(command);
  }

  offer(choices, empty = "") {
    this.choices = choices;
    this.selected = 0;
    this.picker.hidden = !choices.length && !empty;
    this.picker.replaceChildren(...choices.map((choice, index) => {
      const node = set(make("div", "choice", make("b", "", choice.title), make("span", "", choice.text)), { role: "option", id: `choice-${index}` });
      node.addEventListener("mousedown", (event) => { event.preventDefault(); choice.take(); });
      node.addEventListener("mousemove", () => this.select(index));
      return node;
    }), ...(choices.length || !empty ? [] : [make("div", "none", empty)]));
    this.select(0);
  }

  select(index) {
    if (!this.choices.length) return document.activeElement?.removeAttribute("aria-activedescendant");
    this.selected = (index + this.choices.length) % this.choices.length;
    [...this.picker.children].forEach((node, i) => node.setAttribute("aria-selected", i === this.selected));
    this.picker.children[this.selected].scrollIntoView({ block: "nearest" });
    if (by("composer").contains(document.activeElement)) document.activeElement.setAttribute("aria-activedescendant", `choice-${this.selected}`);
  }

  hidePicker() {
    this.picker.hidden = true;
    this.choices = [];
  }

  key(event) {
    const open = !this.picker.hidden && this.choices.length;
    if (event.key === "Escape") { event.preventDefault(); return open && this.command ? this.hidePicker() : this.clear(); }
    if (open && (event.key === "ArrowDown" || event.key === "ArrowUp")) { event.preventDefault(); return this.select(this.selected + (event.key === "ArrowDown" ? 1 : -1)); }
    if (open && event.key === "Tab" && !event.shiftKey) { event.preventDefault(); return this.choices[this.selected].take(); }
    if (event.key === "Enter" && event.target.tagName !== "BUTTON") {
      event.preventDefault();
      // Enter accepts the selected choice if the text is incomplete, and sends otherwise.
      const text = (event.target.value ?? "").trim();
      const written = this.command ? this.choices.some((choice) => choice.title === text) || (!text && !this.optionAt(event.target)?.required) || this.optionAt(event.target)?.autocomplete && event.target.dataset.value === undefined && text : parse(this.plain.value);
      return open && !written ? this.choices[this.selected].take() : this.send();
    }
    if (!this.command) return;
    const field = event.target.closest(".option");
    if (event.key === "Backspace" && field && event.target.value === "") { event.preventDefault(); return this.drop(field); }
    if (event.key === "Tab" && !event.shiftKey && field && field === this.fields().at(-1) && this.left().length) { event.preventDefault(); this.offerOptions(); }
  }

  optionAt(input) {
    const name = input.closest(".option")?.dataset.name;
    return this.command?.options.find((option) => option.name === name);
  }

  /** Selects a command: its required options and its first option become fields. */
  begin(command) {
    this.command = command;
    this.problem("");
    this.hidePicker();
    this.plain.value = "";
    this.plain.hidden = true;
    this.bar.hidden = false;
    const more = button("more", "", () => this.offerOptions());
    this.bar.replaceChildren(make("b", "", "/" + command.label), more);
    command.options.filter((option, index) => option.required || index === 0).forEach((option) => this.add(option));
    this.updateMore();
    const field = this.bar.querySelector("input");
    if (field) field.focus(); else { this.bar.tabIndex = -1; this.bar.focus(); }
  }

  fields() { return [...this.bar.querySelectorAll(".option")]; }

  left() {
    const used = this.fields().map((field) => field.dataset.name);
    return this.command.options.filter((option) => !used.includes(option.name));
  }

  updateMore() {
    const count = this.left().length;
    this.bar.querySelector(".more").textContent = count ? `+${count} optional` : "";
  }

  offerOptions() {
    this.offer(this.left().map((option) => ({ title: option.shown, text: option.text, take: () => { this.hidePicker(); this.add(option).focus(); } })));
  }

  add(option) {
    const input = set(make("input", ""), { "aria-label": `${option.shown}: ${option.text}`, maxlength: option.type === STRING ? option.max_length : undefined });
    const known = suggestions(option);
    input.placeholder = option.type === INTEGER ? "a whole number" : option.type === NUMBER ? "a number" : known.length || option.autocomplete ? "choose" : "";
    const field = make("label", "option" + (option.type === STRING && !known.length ? " wide" : ""), make("span", "", option.shown), input);
    field.dataset.name = option.name;
    field.title = option.text;
    this.bar.insertBefore(field, this.bar.querySelector(".more"));
    if (option.type === ATTACHMENT) this.chooseFile(input);
    else {
      const suggest = () => (option.autocomplete ? this.ask(option, input) : known.length ? this.suggest(input, known) : this.hidePicker());
      input.addEventListener("focus", suggest);
      input.addEventListener("input", () => { delete input.dataset.value; field.classList.remove("bad"); if (!this.split(field, input)) suggest(); });
    }
    this.updateMore();
    return input;
  }

  /** Shows the choices that match the typed text. */
  suggest(input, known) {
    const start = input.value.trim().toLowerCase();
    const fits = known.filter((entry) => [entry.shown, entry.text, String(entry.value)].some((name) => name.toLowerCase().replace(/^[@#]/, "").startsWith(start.replace(/^[@#]/, ""))));
    this.offer(fits.map((entry) => ({ title: entry.shown, text: entry.text, take: () => this.fill(input, entry.shown, entry.value) })));
  }

  fill(input, shown, value) {
    input.value = shown;
    if (String(value) !== shown) input.dataset.value = JSON.stringify(value);
    this.hidePicker();
  }

  /** Requests autocomplete choices after the debounce; responses to older requests are ignored. */
  ask(option, input) {
    clearTimeout(this.timer);
    const number = (this.asked += 1), command = this.command;
    this.timer = setTimeout(async () => {
      if (this.command !== command || !input.isConnected) return;
      const options = folded(command, unfinished(command, this.values(), option.name));
      const outcome = await act({ act: "autocomplete", name: command.name, options }, { quiet: true });
      if (number !== this.asked || this.command !== command || document.activeElement !== input) return;
      if (outcome.error) return this.offer([], "Loading options failed");
      const choices = (outcome.choices || []).map((choice) => ({ shown: choice.name_localizations?.[state.me.locale] ?? choice.name, value: choice.value }));
      this.offer(choices.map((choice) => ({ title: choice.shown, text: "", take: () => this.fill(input, choice.shown, choice.value) })), input.value ? "No options match your search" : "");
    }, PAUSE);
  }

  /** A field for a file. */
  chooseFile(input) {
    const chooser = set(make("input", ""), { type: "file", "aria-label": input.getAttribute("aria-label") });
    input.readOnly = true;
    input.placeholder = "choose a file";
    const open = () => chooser.click();
    input.addEventListener("click", open);
    input.addEventListener("keydown", (event) => { if (event.key === " ") { event.preventDefault(); open(); } });
    chooser.addEventListener("change", async () => {
      const form = new FormData();
      form.append("files[0]", chooser.files[0]);
      const { ok, said } = await post("/sandbox/upload", form);
      if (ok) this.fill(input, said.filename, said.id);
    });
  }

  drop(field) {
    const before = field.previousElementSibling;
    const required = this.command.options.some((option) => option.required && option.name === field.dataset.name);
    if (this.fields().length === 1) return this.clear(`/${this.command.label}`);
    if (required) return;
    field.remove();
    this.updateMore();
    (before?.querySelector("input") || this.bar.querySelector("input"))?.focus();
  }

  /** Starts the field of an option when "name:" is typed into another field. Returns whether that happened. */
  split(field, input) {
    const match = /(?:^|\s)([^\s:]+):$/.exec(input.value);
    const option = match && this.command.options.find((option) => option.name === match[1] || option.shown === match[1]);
    if (!option) return false;
    input.value = input.value.slice(0, match.index).trim();
    const existing = this.fields().find((field) => field.dataset.name === option.name);
    const target = existing ? existing.querySelector("input") : this.add(option);
    if (existing !== field) target.focus();
    return true;
  }

  clear(text = "") {
    this.command = null;
    this.asked += 1;
    this.hidePicker();
    this.bar.hidden = true;
    this.bar.replaceChildren();
    this.plain.hidden = false;
    this.plain.value = text;
    this.plain.focus();
    if (text) this.typed();
  }

  /** The texts of the fields. */
  values() {
    return new Map(this.fields().map((field) => {
      const input = field.querySelector("input"), value = input.dataset.value;
      return [field.dataset.name, { text: input.value, value: value === undefined ? undefined : JSON.parse(value) }];
    }));
  }

  async send() {
    this.problem("");
    // Scrolls to the end, where the response appears.
    by("messages").scrollTop = by("messages").scrollHeight;
    let { command } = this, values = command && this.values();
    const text = this.plain.value.trim();
    if (!command) {
      if (!text) return;
      if (!text.startsWith("/")) return this.say(text);
      const parsed = parse(this.plain.value.trimEnd());
      if (!parsed) return this.problem(`There is no command ${text.split(" ")[0]}.`);
      ({ command, values } = parsed);
    }
    const { options, wrong, option } = check(command, values);
    if (wrong) {
      this.fields().find((field) => field.dataset.name === option.name)?.classList.add("bad");
      return this.problem(wrong);
    }
    this.clear();
    const outcome = await act({ act: "command", name: command.name, options: folded(command, options) });
    if (outcome.modal) openModal(outcome);
    else if (outcome.error) this.problem(outcome.error);
  }

  async say(text) {
    this.clear();
    const { ok } = await post("/sandbox/message", { user: state.me.id, channel: state.channel, text });
    if (!ok) this.plain.value = text;
  }
}
