"""Shared by the page's tests: the program as a process, and browser tabs."""

import os
import pathlib
import re
import subprocess

from playwright.sync_api import expect, sync_playwright

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "target/release/mouthpiece"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PROMPT = "In order to make a sandwich, first"
expect.set_options(timeout=15_000)
# Options of a text that takes long enough to be stopped.
LONG = "strategy: gibbs length: 100 options: iterations=5000"
# Timeout for a complete text on a busy machine, in milliseconds.
PATIENCE = 60_000


class Program:
    """The release program, with these settings and none of the environment's."""

    def __init__(self, command, log=subprocess.DEVNULL, **settings):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MOUTHPIECE")}
        environment |= {f"MOUTHPIECE__{name}": str(value) for name, value in settings.items()}
        self.process = subprocess.Popen(
            [PROGRAM, command], env=environment, stdout=subprocess.PIPE, stderr=log, text=True
        )

    def url(self):
        """The URL of the sandbox, from the program's output."""
        return next(match[0] for line in self.process.stdout if (match := re.search(r"http://127\.0\.0\.1:\d+", line)))

    def stop(self):
        """Stops the program with SIGTERM; running texts get their grace period."""
        self.process.terminate()
        code = self.process.wait(timeout=30)
        self.process.stdout.close()
        assert code == 0, f"the program stops cleanly, not with {code}"


class Browser:
    """Headless Chromium."""

    def __init__(self):
        self.playwright = sync_playwright().start()
        self.browser = self.playwright.chromium.launch(executable_path=os.environ["CHROMIUM"], args=FLAGS)

    def close(self):
        self.browser.close()
        self.playwright.stop()


class Tab:
    """The sandbox's page in a browser context of its own. Errors and requests to other hosts are recorded."""

    def __init__(self, browser, url, width=1100, height=760, scale=1, script=""):
        self.context = browser.browser.new_context(
            viewport={"width": width, "height": height}, color_scheme="dark", device_scale_factor=scale
        )
        self.context.set_default_timeout(15_000)
        self.context.add_init_script(script)
        self.page = self.context.new_page()
        self.problems, self.elsewhere = [], []
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("console", lambda message: message.type == "error" and self.problems.append(message.text))
        self.page.on(
            "request", lambda request: request.url.startswith((url, "data:")) or self.elsewhere.append(request.url)
        )
        self.page.goto(url)
        expect(self.page.locator("#presence")).to_have_text("Mouthpiece is online", timeout=PATIENCE)


def done(message):
    """Waits until the text of a message is complete. Returns the embed's description."""
    expect(message.locator(".footer")).to_be_visible(timeout=PATIENCE)
    expect(message.get_by_role("button", name="Stop")).to_have_count(0, timeout=PATIENCE)
    return message.locator(".description").inner_text()
