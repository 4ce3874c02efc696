"""Nothing leaves the machine unasked: runs the program in a network namespace without a route and watches what it asks for.

    python3 tests/privacy/watch.py PROGRAM [SECONDS]

A resolver and a proxy on loopback log every name that a process looks up and every host that it wants to reach; both stay
empty, and nothing is written below the home folder. ONNX Runtime's telemetry (a device id below ~/.cache/Microsoft, and
uploads to mobile.events.data.microsoft.com within half a minute) is what this test was written for.

Without network namespaces (some containers forbid them) only the proxy and the home folder are watched, and this is said.
"""

import fcntl
import os
import pathlib
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
INSIDE = "MOUTHPIECE_TEST_NAMESPACE"
# Names that only the self-test asks for: they have to be logged, else the watch is blind.
CANARY_NAME, CANARY_HOST = "resolver.canary.example", "proxy.canary.example:443"
COMMANDS = {
    "run": ["run"],
    "speak": ["speak", "Once upon a time", "--strategy", "gibbs", "--length", "200", "--set", "iterations=4000"],
    "sample": ["sample", "--n", "1000000", "--len", "40", "--strategy", "lookahead", "--out", "texts.txt"],
}


def enter_namespace():
    """Starts this script again in a namespace of its own; goes on here where that is not possible."""
    isolate = ["unshare", "--map-root-user", "--net", "--mount"]
    try:
        probe = subprocess.run([*isolate, "true"], capture_output=True, text=True)
        problem = probe.stderr.strip() if probe.returncode else None
    except FileNotFoundError:
        problem = "there is no unshare"
    if problem is None:
        os.environ[INSIDE] = "1"
        os.execvp("unshare", [*isolate, sys.executable, *sys.argv])
    print(
        f"privacy: WARNING: no network namespace ({problem}); only the proxy and the home folder are watched, "
        "not the names that are looked up",
        file=sys.stderr,
    )


def loopback_up():
    """`ip link set lo up`, without iproute2."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        up_and_running = 0x1 | 0x40
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh14x", b"lo", up_and_running))


def name_in(query):
    """The name that a DNS query asks for."""
    labels, at = [], 12
    while at < len(query) and query[at]:
        labels.append(query[at + 1 : at + 1 + query[at]].decode("ascii", "replace"))
        at += 1 + query[at]
    return ".".join(labels)


class Watch:
    """What was asked for, as (channel, name) pairs."""

    def __init__(self, folder):
        self.seen = []
        self.proxy = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self.serve_proxy, daemon=True).start()
        if os.environ.get(INSIDE):
            loopback_up()
            resolv = folder / "resolv.conf"
            resolv.write_text("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
            subprocess.run(["mount", "--bind", resolv, os.path.realpath("/etc/resolv.conf")], check=True)
            self.resolver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.resolver.bind(("127.0.0.1", 53))
            threading.Thread(target=self.serve_resolver, daemon=True).start()

    def serve_proxy(self):
        while True:
            connection, _ = self.proxy.accept()
            with connection:
                connection.settimeout(2)
                try:
                    request = connection.recv(4096).split(b"\r\n")[0].decode("ascii", "replace")
                except OSError:
                    request = "a connection without a request"
                self.seen.append(("proxy", request))

    def serve_resolver(self):
        while True:
            query, sender = self.resolver.recvfrom(4096)
            self.seen.append(("resolver", name_in(query)))
            refused = query[:2] + b"\x81\x85" + query[4:]
            self.resolver.sendto(refused, sender)

    def proxy_url(self):
        return f"http://127.0.0.1:{self.proxy.getsockname()[1]}"

    def check_itself(self):
        """Both channels log what is asked for; a watch that sees nothing would pass every program."""
        with socket.create_connection(self.proxy.getsockname()) as connection:
            connection.sendall(f"CONNECT {CANARY_HOST} HTTP/1.1\r\n\r\n".encode())
            connection.recv(1)
        expected = {"proxy"}
        if os.environ.get(INSIDE):
            subprocess.run(
                [
                    sys.executable,
                    "-c",
                    f"import socket\ntry: socket.getaddrinfo('{CANARY_NAME}', 443)\nexcept OSError: pass",
                ],
                check=True,
            )
            expected.add("resolver")
        found = {channel for channel, name in self.seen if "canary.example" in name}
        if found != expected:
            sys.exit(f"privacy: the watch is blind: it saw {self.seen}")
        self.seen.clear()


def start(program, arguments, folder, proxy):
    """One process with a home of its own, and nothing in the environment that would silence telemetry by itself."""
    home = folder / "home"
    home.mkdir(parents=True)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "MOUTHPIECE__STORE__PATH": str(folder / "store.sqlite3"),
        "MOUTHPIECE__SANDBOX__PORT": "0",
        "MOUTHPIECE__MODEL__FOLDER": str(ROOT / "models/mouthpiece-mini"),
        "ORT_DYLIB_PATH": os.environ.get("ORT_DYLIB_PATH") or str(next((ROOT / ".ort").glob("libonnxruntime.*"))),
    }
    if proxy:
        environment |= dict.fromkeys(("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY"), proxy)
        environment["NO_PROXY"] = environment["no_proxy"] = "127.0.0.1,localhost"
    with open(folder / "output", "wb") as output:
        return subprocess.Popen([program, *arguments], cwd=folder, env=environment, stdout=output, stderr=output)


def has_loaded(process):
    """Whether the process has mapped ONNX Runtime: one that never loads it proves nothing."""
    try:
        return "onnxruntime" in pathlib.Path(f"/proc/{process.pid}/maps").read_text()
    except OSError:
        return False


def main():
    if not os.environ.get(INSIDE):
        enter_namespace()
    program, seconds = pathlib.Path(sys.argv[1]).resolve(), float((sys.argv[2:] or ["40"])[0])
    faults = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        watch = Watch(folder)
        watch.check_itself()
        # A proxy hides the names, and without one nobody connects to it; so each command runs in both ways.
        proxies = {"proxy": watch.proxy_url()} | ({"resolver": None} if os.environ.get(INSIDE) else {})
        processes = {
            f"{name} ({channel})": start(program, arguments, folder / f"{name}-{channel}", proxy)
            for name, arguments in COMMANDS.items()
            for channel, proxy in proxies.items()
        }
        loaded, end = {}, time.monotonic() + seconds
        while time.monotonic() < end:
            for name, process in processes.items():
                if name not in loaded and has_loaded(process):
                    loaded[name] = time.monotonic()
            time.sleep(0.2)
        for name, process in processes.items():
            if name not in loaded:
                faults.append(
                    f"{name} never loaded ONNX Runtime: "
                    + (folder / name.replace(" (", "-").rstrip(")") / "output").read_text()[-500:]
                )
            process.send_signal(signal.SIGINT)
        for process in processes.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        faults += [f"{channel}: {name}" for channel, name in watch.seen]
        faults += [
            f"written: {path.relative_to(folder)}" for path in sorted(folder.rglob("home/**/*")) if path.is_file()
        ]
    if faults:
        sys.exit("privacy: something left the machine or a trace was kept:\n  " + "\n  ".join(faults))
    print(
        f"privacy: {len(processes)} processes, {seconds:g} s each: no name looked up, no host asked for, nothing written below home"
    )


main()
