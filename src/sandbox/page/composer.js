// The line people type in: a command picker, then the command's options as fields, as in Discord. The whole command can
// also be typed or pasted as text: "/speak prompt: Once upon a time length: 20".

const STRING = 3, INTEGER = 4, BOOLEAN = 5, NUMBER = 10, SUBCOMMAND = 1;
const by = (id) => document.getElementById(id);

function make(name, kind, ...children) {
  const node = document.createElement(name);
  if (kind) node.className = kind;
  node.append(...children);
  return node;
}

/** Every command that can be run, subcommands as commands of their own: {label, name, sub, description, options}. */
function runnable(commands) {
  return commands.filter((command) => command.type === 1).flatMap((command) => {
    const subs = (command.options || []).filter((option) => option.type === SUBCOMMAND);
    if (!subs.length) return [{ label: command.name, name: command.name, sub: null, description: command.description, options: command.options || [] }];
    return subs.map((sub) => ({ label: `${command.name} ${sub.name}`, name: command.name, sub: sub.name, description: sub.description, options: sub.options || [] }));
  });
}

export class Composer {
  constructor({ commands, run, problem }) {
    Object.assign(this, { commands, run, problem, command: null, choices: [], selected: 0 });
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

  /** The plain line changed. */
  typed() {
    const text = this.plain.value;
    if (!text.startsWith("/")) return this.hidePicker();
    const known = runnable(this.commands());
    // A full name and a space choose the command, as in Discord.
    const exact = known.find((command) => text === `/${command.label} `);
    if (exact) return this.begin(exact);
    const start = text.slice(1).trimStart().toLowerCase();
    const fits = known.filter((command) => command.label.startsWith(start));
    this.offer(fits.map((command) => ({ title: "/" + command.label, text: command.description, take: () => this.begin(command) })));
  }

  offer(choices) {
    this.choices = choices;
    this.selected = 0;
    this.picker.hidden = !choices.length;
    this.picker.replaceChildren(...choices.map((choice, index) => {
      const node = make("div", "choice", make("b", "", choice.title), make("span", "", choice.text));
      node.setAttribute("role", "option");
      node.addEventListener("mousedown", (event) => { event.preventDefault(); choice.take(); });
      node.addEventListener("mousemove", () => this.select(index));
      return node;
    }));
    this.select(0);
  }

  select(index) {
    if (!this.choices.length) return;
    this.selected = (index + this.choices.length) % this.choices.length;
    [...this.picker.children].forEach((node, i) => node.setAttribute("aria-selected", i === this.selected));
    this.picker.children[this.selected].scrollIntoView({ block: "nearest" });
  }

  hidePicker() {
    this.picker.hidden = true;
    this.choices = [];
  }

  key(event) {
    const open = !this.picker.hidden;
    if (event.key === "Escape") { event.preventDefault(); return open && this.command ? this.hidePicker() : this.clear(); }
    if (open && (event.key === "ArrowDown" || event.key === "ArrowUp")) { event.preventDefault(); return this.select(this.selected + (event.key === "ArrowDown" ? 1 : -1)); }
    if (open && event.key === "Tab" && !event.shiftKey) { event.preventDefault(); return this.choices[this.selected].take(); }
    if (event.key === "Enter" && event.target.tagName !== "BUTTON") {
      event.preventDefault();
      // Enter completes a name that is not typed out yet; what is typed out is sent.
      const written = this.command ? this.choices.some((choice) => choice.title === event.target.value.trim()) : this.parse(this.plain.value);
      return open && !written ? this.choices[this.selected].take() : this.send();
    }
    if (!this.command) return;
    const field = event.target.closest(".option");
    if (event.key === "Backspace" && field && event.target.value === "") { event.preventDefault(); return this.drop(field); }
    if (event.key === "Tab" && !event.shiftKey && field && field === this.fields().at(-1) && this.left().length) { event.preventDefault(); this.offerOptions(); }
  }

  /** A command was chosen: its required options and its first one become fields. */
  begin(command) {
    this.command = command;
    this.hidePicker();
    this.plain.value = "";
    this.plain.hidden = true;
    this.bar.hidden = false;
    this.bar.replaceChildren(make("b", "", "/" + command.label));
    const first = command.options.filter((option, index) => option.required || index === 0);
    const more = make("button", "more", "");
    more.type = "button";
    more.addEventListener("click", () => this.offerOptions());
    this.bar.append(more);
    first.forEach((option) => this.add(option));
    this.updateMore();
    const field = this.bar.querySelector("input");
    if (field) field.focus(); else { more.focus(); this.bar.tabIndex = -1; this.bar.focus(); }
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
    this.offer(this.left().map((option) => ({ title: option.name, text: option.description, take: () => { this.hidePicker(); this.add(option).focus(); } })));
  }

  add(option) {
    const input = make("input", "");
    const choices = option.choices?.length ? option.choices : option.type === BOOLEAN ? [{ name: "true", value: "true" }, { name: "false", value: "false" }] : [];
    input.setAttribute("aria-label", `${option.name}: ${option.description}`);
    input.placeholder = option.type === INTEGER ? "a whole number" : option.type === NUMBER ? "a number" : choices.length ? "choose" : "";
    if (option.max_length) input.maxLength = option.max_length;
    const field = make("label", "option" + (option.type === STRING && !choices.length ? " wide" : ""), make("span", "", option.name), input);
    field.dataset.name = option.name;
    field.title = option.description;
    this.bar.insertBefore(field, this.bar.querySelector(".more"));
    const suggest = () => {
      const start = input.value.trim().toLowerCase();
      const fits = choices.filter((choice) => String(choice.value).toLowerCase().startsWith(start));
      this.offer(fits.map((choice) => ({ title: String(choice.value), text: choice.name, take: () => { input.value = choice.value; this.hidePicker(); } })));
    };
    input.addEventListener("focus", () => (choices.length ? suggest() : this.hidePicker()));
    input.addEventListener("input", () => { field.classList.remove("bad"); if (!this.split(field, input) && choices.length) suggest(); });
    this.updateMore();
    return input;
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

  /** "name:" typed into a field begins the field of that name. Whether it was typed. */
  split(field, input) {
    const match = /(?:^|\s)([a-z_]+):$/.exec(input.value);
    const option = match && this.command.options.find((option) => option.name === match[1]);
    if (!option) return false;
    input.value = input.value.slice(0, match.index).trim();
    const existing = this.fields().find((field) => field.dataset.name === option.name);
    const target = existing ? existing.querySelector("input") : this.add(option);
    if (existing !== field) target.focus();
    return true;
  }

  clear(text = "") {
    this.command = null;
    this.hidePicker();
    this.bar.hidden = true;
    this.bar.replaceChildren();
    this.plain.hidden = false;
    this.plain.value = text;
    this.plain.focus();
    if (text) this.typed();
  }

  /** A whole command typed as text: {command, values}, or null if it is none. */
  parse(text) {
    const known = runnable(this.commands()).sort((a, b) => b.label.length - a.label.length);
    const command = known.find((command) => text === `/${command.label}` || text.startsWith(`/${command.label} `));
    if (!command) return null;
    const rest = text.slice(command.label.length + 1), values = new Map();
    const names = command.options.map((option) => option.name).join("|");
    const marks = names ? [...rest.matchAll(new RegExp(`(?:^|\\s)(${names}):\\s?`, "g"))] : [];
    marks.forEach((mark, i) => values.set(mark[1], rest.slice(mark.index + mark[0].length, marks[i + 1]?.index ?? rest.length)));
    const loose = rest.slice(0, marks[0]?.index ?? rest.length).trim();
    if (loose && command.options.length) values.set(command.options[0].name, loose);
    return { command, values };
  }

  send() {
    let { command } = this, values;
    if (command) values = new Map(this.fields().map((field) => [field.dataset.name, field.querySelector("input").value]));
    else {
      const text = this.plain.value.trim();
      if (!text) return;
      const parsed = this.parse(this.plain.value.trimEnd());
      if (!parsed) return this.problem(text.startsWith("/") ? `There is no command ${text.split(" ")[0]}.` : "Only commands are read here. Type / to see them.");
      ({ command, values } = parsed);
    }
    const options = this.check(command, values);
    if (!options) return;
    this.clear();
    this.run(command.name, command.sub ? [{ name: command.sub, type: SUBCOMMAND, options }] : options);
  }

  /** The options as Discord sends them, or null after saying what is wrong, as Discord's own client does. */
  check(command, values) {
    const options = [];
    const bad = (option, why) => {
      this.fields().find((field) => field.dataset.name === option.name)?.classList.add("bad");
      this.problem(`${option.name} ${why}.`);
      return null;
    };
    for (const option of command.options) {
      const text = (values.get(option.name) ?? "").trim();
      if (!text) {
        if (option.required) return bad(option, "is required");
        continue;
      }
      let value = text;
      if (option.type === BOOLEAN) value = text === "true";
      if (option.type === INTEGER || option.type === NUMBER) {
        value = Number(text.replace(",", "."));
        if (!Number.isFinite(value) || (option.type === INTEGER && !Number.isInteger(value))) return bad(option, option.type === INTEGER ? "must be a whole number" : "must be a number");
        if (value < (option.min_value ?? -Infinity) || value > (option.max_value ?? Infinity)) return bad(option, `must be from ${option.min_value} to ${option.max_value}`);
      }
      if (option.max_length && text.length > option.max_length) return bad(option, `must have at most ${option.max_length} characters, not ${text.length}`);
      if (option.choices?.length && !option.choices.some((choice) => String(choice.value) === text)) return bad(option, `must be one of ${option.choices.map((choice) => choice.value).join(", ")}`);
      options.push({ name: option.name, type: option.type, value });
    }
    return options;
  }
}
