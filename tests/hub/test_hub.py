"""One cache for huggingface_hub and `mouthpiece model`: what one has fetched, the other finds.

    python tests/hub/test_hub.py

Needs tests/hub/requirements.txt and target/release/mouthpiece. Nothing leaves the machine.
"""

import json
import os
import pathlib
import pty
import shutil
import subprocess
import tempfile
import unittest

import trustme
from small_hub import COMMIT, SmallHub, git_sha1

FILES = {
    "README.md": b"---\nlicense: mit\nlanguage:\n- en\n- fr\n---\n# Tiny\n",
    "config.json": b'{"architectures": ["BertForMaskedLM"], "model_type": "bert"}',
    "tokenizer.json": b'{"version": "1.0"}',
    "vocab.txt": b"[PAD]\n[UNK]\n",
    "model.safetensors": bytes(range(256)) * 4000,
    "pytorch_model.bin": b"pickle" * 100,
}
# What this program downloads.
WANTED = ["README.md", "config.json", "model.safetensors", "tokenizer.json", "vocab.txt"]
NAME, PINNED = "org/tiny", f"org/tiny@{COMMIT}"
ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "target/release/mouthpiece"

HUB = SmallHub(FILES)
HOME = tempfile.mkdtemp(prefix="mouthpiece-hub-")
FOREIGN = ("HF_", "SSL_CERT_")
for variable in [name for name in os.environ if name.startswith(FOREIGN) or name.lower().endswith("_proxy")]:
    del os.environ[variable]
os.environ.update(
    HF_ENDPOINT=HUB.url,
    HF_HOME=HOME,
    HF_HUB_DISABLE_TELEMETRY="1",
    HF_HUB_DISABLE_PROGRESS_BARS="1",
    HF_HUB_DISABLE_UPDATE_CHECK="1",
    HF_HUB_DISABLE_XET="1",
    ORT_DISABLE_TELEMETRY="1",
)

# It reads the environment when it is imported.
import huggingface_hub  # noqa: E402
from huggingface_hub.utils import WeakFileLock  # noqa: E402

CACHE = pathlib.Path(HOME, "hub")
MODEL = CACHE / "models--org--tiny"
SNAPSHOT = MODEL / "snapshots" / COMMIT


def start(*arguments, **environment):
    environment = {**os.environ, **environment}
    pipe = subprocess.PIPE
    return subprocess.Popen([PROGRAM, "model", *arguments], env=environment, stdout=pipe, stderr=pipe, text=True)


def run(*arguments, **environment):
    """Standard output of `mouthpiece model …`."""
    process = start(*arguments, **environment)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return out.strip()


def fails(*arguments, **environment):
    """The sentence with which `mouthpiece model …` fails."""
    process = start(*arguments, **environment)
    out, err = process.communicate(timeout=60)
    assert process.returncode not in (0, 2) and not out, out + err
    return err.strip().splitlines()[-1]


class OneCache(unittest.TestCase):
    def setUp(self):
        shutil.rmtree(CACHE, ignore_errors=True)
        HUB.taken()

    def contents(self):
        return {str(path.relative_to(SNAPSHOT)): path.read_bytes() for path in SNAPSHOT.rglob("*") if path.is_file()}

    def test_python_finds_what_the_program_has_fetched(self):
        self.assertEqual(run("pull", NAME), str(SNAPSHOT))
        self.assertEqual(self.contents(), {path: FILES[path] for path in WANTED})
        HUB.taken()
        for revision in [None, "main", COMMIT]:
            found = huggingface_hub.snapshot_download(NAME, revision=revision, local_files_only=True)
            self.assertEqual(found, str(SNAPSHOT))
            for path in WANTED:
                found = huggingface_hub.hf_hub_download(NAME, path, revision=revision, local_files_only=True)
                self.assertEqual(pathlib.Path(found), SNAPSHOT / path)
                self.assertEqual(huggingface_hub.try_to_load_from_cache(NAME, path, revision=revision), found)
        self.assertEqual(HUB.taken(), [])

    def test_python_online_fetches_nothing_of_it_again(self):
        run("pull", NAME)
        HUB.taken()
        huggingface_hub.snapshot_download(NAME)
        fetched = [path for method, path, _ in HUB.taken() if method == "GET" and "/api/" not in path]
        self.assertEqual(fetched, ["/contents/pytorch_model.bin"])

    def test_the_cache_is_sound_for_python(self):
        run("pull", NAME)
        scan = huggingface_hub.scan_cache_dir()
        self.assertEqual((scan.warnings, len(scan.incomplete_files)), ([], 0))
        (repository,) = scan.repos
        (revision,) = repository.revisions
        self.assertEqual((repository.repo_id, revision.commit_hash, set(revision.refs)), (NAME, COMMIT, {"main"}))
        self.assertEqual(revision.size_on_disk, sum(len(FILES[path]) for path in WANTED))
        scan.delete_revisions(COMMIT).execute()
        self.assertEqual(json.loads(run("list", "--json")), [])

    def test_the_names_of_contents_are_the_same(self):
        run("pull", NAME)
        ours = {path: os.readlink(SNAPSHOT / path) for path in WANTED}
        shutil.rmtree(CACHE)
        huggingface_hub.snapshot_download(NAME)
        self.assertEqual(ours, {path: os.readlink(SNAPSHOT / path) for path in WANTED})
        self.assertEqual(ours["config.json"], f"../../blobs/{git_sha1(FILES['config.json'])}")

    def test_the_program_fetches_nothing_again_that_python_has(self):
        huggingface_hub.snapshot_download(NAME)
        before = sorted(MODEL.rglob("*"))
        HUB.taken()
        self.assertEqual(run("pull", NAME), str(SNAPSHOT))
        self.assertEqual([path for _, path, _ in HUB.taken()], ["/api/models/org/tiny/revision/main?blobs=true"])
        self.assertEqual(run("pull", PINNED), str(SNAPSHOT))
        self.assertEqual(run("pull", NAME, HF_HUB_OFFLINE="1"), str(SNAPSHOT))
        self.assertEqual(HUB.taken(), [])
        self.assertEqual(sorted(MODEL.rglob("*")), before)

    def test_the_program_completes_what_python_has_begun(self):
        for path in ["config.json", "model.safetensors"]:
            huggingface_hub.hf_hub_download(NAME, path)
        said = fails("pull", NAME, HF_HUB_OFFLINE="1")
        self.assertIn("(tokenizer.json or vocab.txt is missing) and HF_HUB_OFFLINE forbids", said)
        HUB.taken()
        run("pull", PINNED)
        fetched = [path.split("/")[-1] for _, path, _ in HUB.taken() if "/api/" not in path]
        self.assertEqual(sorted(fetched), ["README.md", "tokenizer.json", "vocab.txt"])
        self.assertEqual(self.contents(), {path: FILES[path] for path in WANTED})

    def test_the_program_lists_shows_and_removes_what_python_has_fetched(self):
        huggingface_hub.snapshot_download(NAME)
        (listed,) = json.loads(run("list", "--json"))
        self.assertEqual((listed["name"], listed["commit"], listed["references"]), (NAME, COMMIT, ["main"]))
        self.assertEqual(listed["bytes"], sum(map(len, FILES.values())))
        self.assertIsNone(listed["problem"])
        shown = json.loads(run("show", NAME, "--json"))
        self.assertEqual(shown["architecture"], "BertForMaskedLM")
        self.assertEqual((shown["license"], shown["languages"]), ("mit", ["en", "fr"]))
        self.assertEqual(
            {file["path"]: file["bytes"] for file in shown["contents"]}, {p: len(c) for p, c in FILES.items()}
        )
        self.assertRegex(run("list"), r"name +revision +size +last used\norg/tiny +main +1\.0 MB +just now$")
        self.assertIn("licence       mit\nlanguages     en, fr\n", run("show", NAME))
        self.assertIn("removed 1 revision, 1.0 MB", run("remove", NAME))
        self.assertEqual(huggingface_hub.scan_cache_dir().repos, frozenset())
        self.assertIn("is not in", fails("remove", NAME))

    def test_each_waits_for_the_lock_of_the_other(self):
        (weights,) = [HUB.entry("model.safetensors")["lfs"]["sha256"]]
        lock = CACHE / ".locks/models--org--tiny" / f"{weights}.lock"
        lock.parent.mkdir(parents=True)
        with WeakFileLock(lock):
            process = start("pull", NAME)
            self.assertIn("another program downloads the same file", process.stderr.readline())
            self.assertFalse(SNAPSHOT.exists())
        self.assertEqual(process.communicate(timeout=60)[0].strip(), str(SNAPSHOT))

        shutil.rmtree(CACHE)
        HUB.hold.clear()
        self.addCleanup(HUB.hold.set)
        HUB.taken()
        process = start("pull", NAME)
        while not any(path.startswith("/contents/") for _, path, _ in HUB.requests):
            self.assertIsNone(process.poll())
        with self.assertRaises(TimeoutError), WeakFileLock(lock, timeout=0.1):
            pass
        HUB.hold.set()
        self.assertEqual(process.communicate(timeout=60)[0].strip(), str(SNAPSHOT))


class Network(unittest.TestCase):
    def setUp(self):
        shutil.rmtree(CACHE, ignore_errors=True)
        HUB.taken()

    def note(self, *arguments, **environment):
        """What `mouthpiece model …` says while it succeeds."""
        process = start(*arguments, **environment)
        err = process.communicate(timeout=60)[1]
        self.assertEqual(process.returncode, 0, err)
        return err

    def test_the_token_of_the_login_goes_to_the_hub_alone(self):
        token = pathlib.Path(HOME, "token")
        token.write_text("hf_secret\n")
        self.addCleanup(token.unlink)
        run("pull", NAME)
        for _, path, authorised in HUB.taken():
            self.assertEqual(authorised, not path.startswith("/contents/"), path)

    def test_proxies_are_used_except_for_this_machine_and_for_no_proxy(self):
        proxy = {"HTTP_PROXY": HUB.url, "HF_ENDPOINT": "http://hub.invalid"}
        # Contents are at localhost, which no proxy is asked for.
        run("pull", NAME, **proxy)
        paths = [path for _, path, _ in HUB.taken()]
        through = [path for path in paths if path.startswith("http://hub.invalid/")]
        self.assertEqual([path for path in paths if path not in through], ["/contents/model.safetensors"])
        self.assertIn("http://hub.invalid/api/models/org/tiny/revision/main?blobs=true", through)

        shutil.rmtree(CACHE)
        said = fails("pull", NAME, NO_PROXY="hub.invalid", **proxy)
        self.assertRegex(said, r"hub\.invalid cannot be reached \(.+\), and org/tiny is not in ")
        dead = {"HTTP_PROXY": "http://127.0.0.1:9", "ALL_PROXY": "http://127.0.0.1:9"}
        self.assertEqual(run("pull", NAME, **dead), str(SNAPSHOT))

    def test_certificates_come_from_the_file_that_is_named(self):
        authority = trustme.CA()
        hub = SmallHub(FILES, authority.issue_cert("127.0.0.1", "localhost"))
        self.addCleanup(hub.close)
        with authority.cert_pem.tempfile() as certificates:
            said = fails("pull", NAME, HF_ENDPOINT=hub.url)
            self.assertIn("invalid peer certificate: UnknownIssuer", said)
            self.assertEqual(run("pull", NAME, HF_ENDPOINT=hub.url, SSL_CERT_FILE=certificates), str(SNAPSHOT))
        self.assertIn("UnknownIssuer", self.note("pull", NAME, HF_ENDPOINT=hub.url))
        said = fails("pull", NAME, HF_ENDPOINT=hub.url, SSL_CERT_FILE="/nowhere.pem")
        self.assertIn("/nowhere.pem", said)
        self.assertIn("check SSL_CERT_FILE", said)

    def test_a_terminal_shows_how_far_it_is(self):
        HUB.hold.clear()
        self.addCleanup(HUB.hold.set)
        terminal, end = pty.openpty()
        arguments = [PROGRAM, "model", "pull", NAME]
        process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=end, text=True)
        os.close(end)
        shown = ""
        while "model.safetensors" not in shown:
            shown += os.read(terminal, 1000).decode(errors="replace")
        HUB.hold.set()
        self.assertRegex(shown, r"\d.* [KM]iB")
        self.assertEqual(process.communicate(timeout=60)[0].strip(), str(SNAPSHOT))
        os.close(terminal)


if __name__ == "__main__":
    try:
        unittest.main()
    finally:
        shutil.rmtree(HOME, ignore_errors=True)
