#!/usr/bin/env python3
"""What the program is made of, as a CycloneDX document: target/release/mouthpiece.cdx.json.

    make sbom

cargo-cyclonedx lists the crates. What Cargo does not know is added here: SQLite, which is compiled in with its crate, the
ONNX Runtime library, the model's files and the fonts. Machine paths are taken out.
"""

import hashlib
import json
import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "target/release/mouthpiece.cdx.json"
MODEL = "models/mouthpiece-mini"
FONTS = "crates/figures/src/images/fonts"


def cargo(*arguments):
    return subprocess.run(["cargo", *arguments], cwd=ROOT, check=True, capture_output=True, text=True).stdout


def crates():
    """The document of cargo-cyclonedx, which it writes beside Cargo.toml."""
    cargo(
        "cyclonedx",
        "--quiet",
        "--format",
        "json",
        "--spec-version",
        "1.5",
        "--no-build-deps",
        "--override-filename",
        "sbom",
    )
    written = ROOT / "sbom.json"
    text = written.read_text()
    written.unlink()
    return json.loads(text.replace(f"path+file://{ROOT}#", "pkg:cargo/").replace("?download_url=file://.", ""))


def component(kind, name, version, licence, **more):
    licences = [{"expression": licence}] if licence else []
    return {
        "type": kind,
        "bom-ref": f"{name}@{version}",
        "name": name,
        "version": version,
        "scope": "required",
        "licenses": licences,
        **more,
    }


def file(path, licence):
    content = (ROOT / path).read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    return component("file", path, digest[:12], licence, hashes=[{"alg": "SHA-256", "content": digest}])


def runtime():
    script = (ROOT / "scripts/fetch-onnxruntime.sh").read_text()
    version = re.search(r"^version=(\S+)", script, re.M)[1]
    library = os.environ.get("ORT_DYLIB_PATH") or next((ROOT / ".ort").glob("libonnxruntime.*"))
    digest = hashlib.sha256(Path(library).read_bytes()).hexdigest()
    if digest not in script:
        version = "unknown"  # a library of somebody's own
    return component(
        "library",
        "onnxruntime",
        version,
        "MIT",
        hashes=[{"alg": "SHA-256", "content": digest}],
        purl=f"pkg:pypi/onnxruntime@{version}",
        supplier={"name": "Microsoft"},
    )


def sqlite():
    packages = json.loads(cargo("metadata", "--format-version", "1", "--locked"))["packages"]
    crate = next(package for package in packages if package["name"] == "libsqlite3-sys")
    header = Path(crate["manifest_path"]).parent / "sqlite3/sqlite3.h"
    version = re.search(r'#define SQLITE_VERSION\s+"([^"]+)"', header.read_text())[1]
    return component("library", "sqlite", version, "blessing", cpe=f"cpe:2.3:a:sqlite:sqlite:{version}:*:*:*:*:*:*:*")


def model():
    card = json.loads((ROOT / MODEL / "card.json").read_text())
    graphs = card["graphs"]
    files = [card["tokenizer"], *graphs.values()]
    parts = [file(f"{MODEL}/{part['file']}", card["licence"]) for part in files]
    for part, known in zip(parts, files):
        assert part["hashes"][0]["content"] == known["sha256"], f"{part['name']} is not the file of its card"
    return component(
        "machine-learning-model",
        card["name"],
        graphs["int8"]["sha256"][:12],
        card["licence"],
        description=card["summary"],
        components=parts,
    )


def main():
    document = crates()
    added = [sqlite(), runtime(), model()]
    fonts = sorted((ROOT / FONTS).glob("*.ttf"))
    added += [
        component(
            "library",
            path.stem,
            hashlib.sha256(path.read_bytes()).hexdigest()[:12],
            None,
            licenses=[{"license": {"name": "Bitstream Vera and DejaVu licence", "url": f"file:{FONTS}/LICENSE"}}],
        )
        for path in fonts
    ]
    document["components"] += added
    program = next(entry for entry in document["dependencies"] if entry["ref"].startswith("pkg:cargo/mouthpiece@"))
    program["dependsOn"] += [part["bom-ref"] for part in added]
    nameless = [part["name"] for part in document["components"] if not part["licenses"]]
    assert not nameless, f"no licence is known of {', '.join(nameless)}"
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(document, indent=1) + "\n")
    print(f"{OUT.relative_to(ROOT)}: {len(document['components'])} components")


main()
