"""A small Hugging Face hub: listings, trees, and files, with a log of its requests.

It answers both clients: this program lists files by /api/models, huggingface_hub by /tree as well.
"""

import hashlib
import json
import re
import ssl
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COMMIT = "1" * 40
LARGE = (".safetensors", ".bin")


def git_sha1(content):
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


class SmallHub:
    """One repository, org/tiny, at one commit. `hold` is an event without which no large file is sent."""

    def __init__(self, files, certificate=None):
        self.files = files
        self.requests = []
        self.hold = threading.Event()
        self.hold.set()
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                hub.answer(self)

            do_HEAD = do_GET

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            certificate.configure_cert(context)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        self.url = f"{'https' if certificate else 'http'}://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def taken(self):
        """The requests since the last call: method, path, and whether there was a token."""
        requests, self.requests = self.requests, []
        return requests

    def entry(self, path):
        content = self.files[path]
        entry = {"type": "file", "path": path, "rfilename": path, "size": len(content)}
        # huggingface_hub reads the sum of a large file as `oid` in trees and as `sha256` in listings.
        if path.endswith(LARGE):
            sha = hashlib.sha256(content).hexdigest()
            entry["lfs"] = {"oid": sha, "sha256": sha, "size": len(content), "pointerSize": 134}
        blob = git_sha1(b"pointer" if path.endswith(LARGE) else content)
        return {**entry, "oid": blob, "blobId": blob}

    def answer(self, request):
        # A proxy is asked for the whole address.
        path = urllib.parse.unquote(urllib.parse.urlsplit(request.path).path)
        self.requests.append((request.command, request.path, "Authorization" in request.headers))
        if re.fullmatch(r"/api/models/org/tiny(/revision/[^/]+)?", path):
            entries = [self.entry(path) for path in self.files]
            return self.json(request, {"id": "org/tiny", "sha": COMMIT, "gated": False, "siblings": entries})
        if path.startswith("/api/models/org/tiny/tree/"):
            return self.json(request, [self.entry(path) for path in self.files])
        match = re.fullmatch(r"/org/tiny/resolve/[^/]+/(.+)", path)
        if match and match[1] in self.files:
            return self.file(request, match[1])
        if path.startswith("/contents/"):
            self.hold.wait()
            return self.send(request, 200, self.files[path.removeprefix("/contents/")], {})
        code = "EntryNotFound" if match else "RepoNotFound"
        return self.send(request, 404, b"", {"X-Error-Code": code, "X-Repo-Commit": COMMIT})

    def file(self, request, path):
        content = self.files[path]
        headers = {"X-Repo-Commit": COMMIT}
        if not path.endswith(LARGE):
            return self.send(request, 200, content, {**headers, "ETag": f'"{git_sha1(content)}"'})
        headers["X-Linked-Etag"] = f'"{hashlib.sha256(content).hexdigest()}"'
        headers["X-Linked-Size"] = str(len(content))
        # Another host, as far as the clients are concerned.
        scheme = self.url.split(":")[0]
        headers["Location"] = f"{scheme}://localhost:{self.port}/contents/{path}"
        return self.send(request, 302, b"", headers)

    def json(self, request, value):
        self.send(request, 200, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def send(self, request, status, content, headers):
        request.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            request.send_header(name, value)
        request.end_headers()
        if request.command != "HEAD":
            request.wfile.write(content)
