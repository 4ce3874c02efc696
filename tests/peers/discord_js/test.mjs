// A discord.js bot in the sandbox: a third client implementation, besides discord.py and serenity.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { EventEmitter, on, once } from "node:events";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, test } from "node:test";
import {
  ActionRowBuilder, ApplicationCommandOptionType, AttachmentBuilder, ButtonBuilder, ButtonStyle, Client, DiscordAPIError,
  EmbedBuilder, Events, GatewayIntentBits, MessageFlags, ModalBuilder, Partials, TextInputBuilder, TextInputStyle,
} from "discord.js";

const PROGRAM = new URL("../../../target/release/mouthpiece", import.meta.url).pathname;
const PIXEL = Buffer.from("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7", "base64");
const LIMIT = AbortSignal.timeout(240_000);

let program, url, client, saw, seen, me, channel, direct;

// Actions of users, and the state that they see.

async function post(path, body) {
  const answer = await fetch(`${url}/sandbox/${path}`, {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body),
  });
  assert.ok(answer.ok, await answer.clone().text());
  return answer.status === 204 ? null : answer.json();
}

const act = (what, body) => post("act", { act: what, user: me, channel, ...body });
const command = (name, options = []) => act("command", { name, options });
const fault = (body) => post("faults", body);
const state = async () => (await fetch(`${url}/sandbox/state`)).json();

async function message(content) {
  for (;;) {
    LIMIT.throwIfAborted();
    const found = (await state()).messages.find((message) => message.content === content);
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The next event that the bot reported. */
const next = async () => (await seen.next()).value[0];
const see = (...what) => saw.emit("saw", what);

// The bot.

const COMMANDS = [
  { name: "count", description: "Counts aloud.", options: [
    { name: "to", description: "How far.", type: ApplicationCommandOptionType.Integer, required: true, min_value: 1, max_value: 5 },
  ] },
  { name: "err", description: "Answers twice." },
];

async function count(interaction) {
  await interaction.deferReply();
  const to = interaction.options.getInteger("to");
  for (let number = 1; number <= to; number++) await interaction.editReply(String(number));
  const buttons = new ActionRowBuilder().addComponents(
    new ButtonBuilder({ customId: "more", label: "More", style: ButtonStyle.Primary }),
    new ButtonBuilder({ customId: "name", label: "Name", style: ButtonStyle.Secondary }),
  );
  const embed = new EmbedBuilder({ description: "counted" }).setImage("attachment://pixel.gif");
  const files = [new AttachmentBuilder(PIXEL, { name: "pixel.gif" })];
  await interaction.editReply({ content: `up to ${to}`, embeds: [embed], components: [buttons], files });
  await interaction.followUp({ content: "only you see this", flags: MessageFlags.Ephemeral });
  const reply = await interaction.fetchReply();
  see("counted", reply.content, reply.attachments.size, reply.author.id === client.user.id);
}

async function err(interaction) {
  await interaction.reply("once");
  interaction.replied = false;
  await interaction.reply("twice").catch((error) => see(error.constructor, error.status, error.code));
}

async function button(interaction) {
  if (interaction.customId === "name") {
    const input = new TextInputBuilder({ customId: "who", label: "Who", style: TextInputStyle.Short });
    const rows = [new ActionRowBuilder().addComponents(input)];
    await interaction.showModal(new ModalBuilder({ customId: "dialog", title: "Your name" }).addComponents(rows));
    return see("asked");
  }
  await interaction.deferUpdate();
  return interaction.editReply({ content: "more", components: [] });
}

async function answer(interaction) {
  if (interaction.isButton()) return button(interaction);
  if (interaction.isModalSubmit()) return interaction.reply(`hello, ${interaction.fields.getTextInputValue("who")}`);
  return interaction.commandName === "count" ? count(interaction) : err(interaction);
}

async function start() {
  const { Guilds, GuildMessages, DirectMessages, MessageContent } = GatewayIntentBits;
  client = new Client({
    intents: [Guilds, GuildMessages, DirectMessages, MessageContent], partials: [Partials.Channel], rest: { api: `${url}/api` },
  });
  client.on(Events.InteractionCreate, (interaction) => answer(interaction).catch((error) => see("broken", error)));
  client.on(Events.MessageCreate, (message) => message.author.bot || see("message", message));
  client.on(Events.ShardResume, () => see("resumed"));
  client.on(Events.ShardReady, () => see("ready"));
  client.on(Events.ShardDisconnect, (event) => see("ended", event.code));
  await client.login("a-token-of-any-kind");
  assert.deepEqual(await next(), ["ready"]);
  if (!client.isReady()) await once(client, Events.ClientReady, { signal: LIMIT });
  await client.application.commands.set(COMMANDS);
}

beforeEach(async () => {
  const environment = Object.entries(process.env).filter(([name]) => !name.startsWith("MOUTHPIECE"));
  const env = { ...Object.fromEntries(environment), MOUTHPIECE__SANDBOX__PORT: "0" };
  program = spawn(PROGRAM, ["sandbox"], { env, stdio: ["ignore", "pipe", "ignore"] });
  for await (const line of createInterface(program.stdout)) {
    url = line.match(/open at (http:\/\/[\w.:]+)\. /)?.[1];
    if (url) break;
  }
  saw = new EventEmitter();
  seen = on(saw, "saw", { signal: LIMIT });
  const { users, channels } = await state();
  me = users[0].id;
  channel = channels.find((channel) => channel.has_bot && channel.guild_id).id;
  direct = channels.find((channel) => channel.type === 1).id;
  await start();
});

afterEach(async () => {
  await client.destroy();
  program.kill();
  await once(program, "exit");
});

// The tests.

test("commands, edits, follow-up messages, buttons and modals", async () => {
  assert.deepEqual((await state()).commands.map((command) => command.name), ["count", "err"]);
  await command("count", [{ name: "to", value: 3 }]);
  assert.deepEqual(await next(), ["counted", "up to 3", 1, true]);
  assert.equal((await message("only you see this")).flags, 64);
  const { id, embeds, attachments } = await message("up to 3");
  assert.equal(embeds[0].image.url, attachments[0].url);
  const { token } = await act("component", { message: id, custom_id: "name", values: [] });
  assert.deepEqual(await next(), ["asked"]);
  await act("modal", { token, fields: [["who", "Ada"]] });
  await message("hello, Ada");
  await act("component", { message: id, custom_id: "more", values: [] });
  assert.deepEqual((await message("more")).components, []);
});

test("message events and replies", async () => {
  await post("message", { user: me, channel, text: "hello, bot" });
  const [, heard] = await next();
  assert.deepEqual([heard.content, heard.author.displayName, heard.channel.name], ["hello, bot", "Ada", "general"]);
  const reply = await heard.reply("hello, Ada");
  await reply.edit("good bye");
  await message("good bye");
  await reply.delete();
  assert.ok((await state()).messages.every((message) => message.content !== "good bye"));
  await post("message", { user: me, channel: direct, text: "psst" });
  const [, whispered] = await next();
  assert.ok(whispered.channel.isDMBased());
  await whispered.author.send("yes?");
  assert.equal((await message("yes?")).channel_id, direct);
});

test("API errors and rate limits", async () => {
  await command("err");
  assert.deepEqual(await next(), [DiscordAPIError, 400, 40060]);
  const limited = { kind: "limited", retry_after: 0.4, scope: "user" };
  await fault({ plan: "request", method: "PATCH", path: "@original", fault: limited });
  await command("count", [{ name: "to", value: 1 }]);
  assert.equal((await next())[1], "up to 1");
});

test("reconnects after every gateway fault", async () => {
  const close = (code) => ({ kind: "close", code });
  const after = [
    ["resumed", { kind: "reconnect" }], ["resumed", { kind: "invalid_session", resumable: true }],
    ["ready", { kind: "invalid_session", resumable: false }], ["resumed", { kind: "cut" }], ["resumed", close(4000)],
    ["ready", close(4007)], ["ready", close(4009)],
  ];
  for (const [how, trouble] of after) {
    await fault({ plan: "gateway", trouble });
    assert.deepEqual(await next(), [how], JSON.stringify(trouble));
    await command("err");
    assert.equal((await next())[2], 40060, JSON.stringify(trouble));
  }
});
