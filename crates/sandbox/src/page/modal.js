// Modals: text inputs with their limits. The `dialog` element keeps the focus inside.

import { by, make, set, button } from "/sandbox/dom.js";
import { act, state } from "/sandbox/state.js";

const PARAGRAPH = 2, MOST = 4000;

function field(input, number) {
  const id = `input-${number}`;
  const node = make(input.style === PARAGRAPH ? "textarea" : "input", "");
  const required = input.required !== false, most = input.max_length ?? MOST;
  set(node, { id, name: input.custom_id, maxlength: most, minlength: input.min_length, placeholder: input.placeholder, "aria-describedby": `${id}-more` });
  node.required = required;
  node.value = input.value ?? "";
  if (input.style === PARAGRAPH) node.rows = 5;
  const label = set(make("label", "", input.label, required && make("span", "star", " *")), { for: id });
  const more = set(make("div", "more"), { id: `${id}-more` });
  const count = () => {
    const length = node.value.length, short = input.min_length && length && length < input.min_length;
    more.textContent = short ? `at least ${input.min_length} characters, ${length} so far` : input.max_length || length > most - 200 ? `${length} / ${most}` : "";
    more.classList.toggle("bad", Boolean(short));
  };
  node.addEventListener("input", () => { count(); node.classList.remove("bad"); });
  count();
  return { node, row: make("div", "field", label, node, more) };
}

/** The reason why a text is invalid, or nothing. */
function wrong(input, text) {
  if (!text) return input.required === false ? "" : `${input.label} is required.`;
  if (input.min_length && text.length < input.min_length) return `${input.label} must have at least ${input.min_length} characters.`;
  return "";
}

/** Opens the modal that the bot responded with. */
export function openModal({ token, modal, channel_id }) {
  const from = document.activeElement;
  const inputs = modal.components.flatMap((row) => row.components);
  const fields = inputs.map(field);
  const problem = set(make("p", "problem"), { role: "alert" });
  problem.hidden = true;
  const dialog = set(make("dialog", "modal"), { "aria-labelledby": "modal-title" });
  dialog.dataset.key = modal.custom_id;
  const send = make("button", "button style-1", "Submit");
  const form = make("form", "", make("header", "", set(make("h2", "", modal.title), { id: "modal-title" }), make("span", "app", state.bot.username)), ...fields.map((field) => field.row), problem, make("footer", "", button("button plain", "Cancel", () => dialog.close()), send));
  form.noValidate = true;
  const say = (text) => { problem.textContent = text; problem.hidden = !text; };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const bad = inputs.findIndex((input, index) => wrong(input, fields[index].node.value));
    if (bad >= 0) { fields[bad].node.classList.add("bad"); fields[bad].node.focus(); return say(wrong(inputs[bad], fields[bad].node.value)); }
    say("");
    send.disabled = true;
    const values = inputs.map((input, index) => [input.custom_id, fields[index].node.value]);
    const outcome = await act({ act: "modal", token, channel: channel_id, fields: values }, { quiet: true });
    send.disabled = false;
    if (outcome.error) return say(outcome.error === "The application did not respond." ? "Something went wrong. Try again." : outcome.error);
    dialog.close();
  });
  // In a multi-line input, Enter inserts a new line.
  form.addEventListener("keydown", (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit(); });
  dialog.addEventListener("close", () => { dialog.remove(); (from?.isConnected ? from : by("plain")).focus?.(); });
  dialog.append(form);
  document.body.append(dialog);
  dialog.showModal();
  fields[0].node.focus();
}
