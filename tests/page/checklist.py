"""Which commands, components and modals exist, and which of them were used."""

import re

from page import ROOT

# Components whose custom id differs from the name of their file.
OTHER_NAMES = {"continue_": "continue", "forget_me": "forget-me", "guild": "server", "trace": "how"}


def paths(name, options):
    """A command with each of its subcommands and options."""
    yield name
    for option in options or []:
        yield from paths(f"{name} {option['name']}", option.get("options"))


def registered(commands):
    """All registered commands with their options."""
    slash = {
        path
        for command in commands
        if command["type"] == 1
        for path in paths("/" + command["name"], command.get("options"))
    }
    return slash | {command["name"] for command in commands if command["type"] != 1}


def ran(acts):
    """All commands that were run, in the same format."""
    slash = {path for act in acts if act["act"] == "command" for path in paths("/" + act["name"], act["options"])}
    return slash | {act["name"] for act in acts if act["act"] == "menu"}


def kind(key):
    """The kind of a component or modal: its custom id without ids, pages and values."""
    name, _, argument = key.partition(":")
    parts = re.split("[:/]", argument)
    if name == "settings":
        return f"settings {'channel' if parts[0].isdigit() else parts[0]} {parts[1]}"
    if name in ("fill", "vote"):
        return f"{name} {parts[1]}"
    if name == "server":
        return f"{name} {parts[0]}" + " of a channel" * (len(parts) > 1)
    if name in ("history", "queue"):
        return f"{name} {parts[0]}"
    return name


def kinds(keys):
    return set(map(kind, keys))


def names(keys):
    return {key.split(":")[0] for key in keys}


def registry(folder):
    """The entries of a registry in the bot's source: its modules."""
    source = (ROOT / "src/discord" / folder / "mod.rs").read_text()
    stems = re.findall(r"^mod (\w+);", source, re.MULTILINE)
    assert stems, f"{folder} has entries"
    return {OTHER_NAMES.get(stem, stem) for stem in stems}
