#!/bin/sh
# Puts the ONNX Runtime library into .ort/ (or the folder given), from the wheel that its makers publish on PyPI.
# Version and hashes are pinned; a library that is there already and has the right hash is left alone.
set -eu
cd "$(dirname "$0")/.."
folder=${1:-.ort}
version=1.32.0

case "$(uname -s)-$(uname -m)" in
Linux-x86_64)
  platform=manylinux_2_28_x86_64 name=libonnxruntime.so inside=onnxruntime/capi/libonnxruntime.so.$version
  wheel=99e1074c4b2197accd5073052a465361be17b89c093b8ffb6e6bd8f986c52df8
  library=6c1585d1bbf45b0712ea4a21b705c5fcb4ba04ff2e30f1fbf81a49faf658638f ;;
Linux-aarch64)
  platform=manylinux_2_28_aarch64 name=libonnxruntime.so inside=onnxruntime/capi/libonnxruntime.so.$version
  wheel=e36c187006e7a7c8b8d6d57f1a209dd63f52430dca6c282b177718ad6b841054
  library=49852228a93995158b2a813d4df487d47a1b76b0eaa894507ef49e91b6d7954a ;;
Darwin-arm64)
  platform=macosx_14_0_arm64 name=libonnxruntime.dylib inside=onnxruntime/capi/libonnxruntime.$version.dylib
  wheel=d52510bbbcc880c13b826f7d75cdf33ac5cf0bb864d960000fc29ce73f0cb83e
  library=fa585fabbea65b823b9a8f7e27d46aee3989d1be7e36b528203d3a1fd613aae7 ;;
*)
  echo "There is no pinned ONNX Runtime for $(uname -s) on $(uname -m). Install version 1.24 or newer yourself and" >&2
  echo "name the library: export ORT_DYLIB_PATH=/path/to/libonnxruntime.so" >&2
  exit 1 ;;
esac

sum() { python3 -c 'import hashlib, sys; print(hashlib.sha256(open(sys.argv[1], "rb").read()).hexdigest())' "$1"; }
give_up() {
  echo "Could not get ONNX Runtime: $1" >&2
  echo "Mouthpiece needs Python 3 with pip, and PyPI or a mirror of it (PIP_INDEX_URL). Or install ONNX Runtime 1.24 or" >&2
  echo "newer yourself and name the library: export ORT_DYLIB_PATH=/path/to/$name" >&2
  exit 1
}

command -v python3 >/dev/null || give_up "python3 is not installed."
if [ -f "$folder/$name" ] && [ "$(sum "$folder/$name")" = "$library" ]; then exit 0; fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
pip="python3 -m pip"
if ! $pip --version >/dev/null 2>&1; then
  python3 -m venv "$work/venv" >/dev/null 2>&1 || give_up "python3 has neither pip nor venv."
  pip="$work/venv/bin/python -m pip"
fi
echo "Fetching ONNX Runtime $version (27 MB) ..."
echo "onnxruntime==$version --hash=sha256:$wheel" >"$work/requirements.txt"
$pip download --quiet --disable-pip-version-check --require-hashes --no-deps --only-binary=:all: --python-version 3.12 --implementation cp \
  --abi cp312 --platform "$platform" --dest "$work" --requirement "$work/requirements.txt" || give_up "pip could not download it."
python3 - "$work" "$inside" <<'PYTHON'
import glob, pathlib, sys, zipfile
work, inside = sys.argv[1:]
wheel = zipfile.ZipFile(glob.glob(work + "/*.whl")[0])
for source, target in ((inside, "library"), ("onnxruntime/LICENSE", "LICENSE"), ("onnxruntime/ThirdPartyNotices.txt", "ThirdPartyNotices.txt")):
    pathlib.Path(work, target).write_bytes(wheel.read(source))
PYTHON
[ "$(sum "$work/library")" = "$library" ] || give_up "the library in the wheel is not the expected one."
mkdir -p "$folder"
mv "$work/LICENSE" "$work/ThirdPartyNotices.txt" "$folder/"
mv "$work/library" "$folder/$name"
echo "ONNX Runtime $version is in $folder/$name"
