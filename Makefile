# The two commands that set everything up: `make run` and `make test`. All others are for people who work on it.
.PHONY: run build library install test test-all test-page tour test-deploy test-training test-hub test-peers test-chaos soak fuzz lint doc deny sbom bench
.PHONY: clean training prepare train evaluate distil student model

PROGRAM = target/release/mouthpiece
# ONNX Runtime sends no usage data, from Python either.
export ORT_DISABLE_TELEMETRY = 1
PREFIX = /usr/local

## Builds the bot and runs it: on Discord with a token, else against a sandbox that opens in the browser.
run: build
	@$(PROGRAM) run

## Leaves target/release/mouthpiece, which finds its library and its model by itself.
build: library
	cargo build --release --locked

## Fetches the ONNX Runtime library, unless ORT_DYLIB_PATH names one.
library:
	@[ -n "$$ORT_DYLIB_PATH" ] || scripts/fetch-onnxruntime.sh

## For servers: program, library, model, an example configuration and a systemd unit.
install: build
	install -D $(PROGRAM) $(DESTDIR)$(PREFIX)/bin/mouthpiece
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/lib/mouthpiece .ort/*
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/mouthpiece/models/mouthpiece-mini models/mouthpiece-mini/*
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/doc/mouthpiece README.md LICENSE CHANGELOG.md \
	  $(wildcard target/release/mouthpiece.cdx.json)
	[ -e $(DESTDIR)/etc/mouthpiece/mouthpiece.toml ] || \
	  install -D -m 644 config/production.toml $(DESTDIR)/etc/mouthpiece/mouthpiece.toml
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/lib/systemd/system deploy/mouthpiece.service

## Everything that needs no extra server and no browser.
test: library
	cargo test --release --locked --workspace

## What needs Chromium, Node or other tools, installing them where they are missing.
test-all: test test-page test-peers test-deploy test-training test-hub test-chaos

## A person in headless Chromium uses the sandbox's page, and goes through everything the bot has.
test-page: build
	tests/page/run.sh

## The pictures of docs/tour.md: the second part of test-page, with pictures.
tour: build
	mkdir -p docs/tour
	PICTURES=docs/tour tests/page/run.sh tour

## The systemd unit is valid, and the Dockerfile's steps work.
test-deploy: build
	tests/deploy/run.sh

## Text to shards, training, a kill, going on, evaluation, distillation, and the program with what came out: a tiny model.
test-training: build
	tests/training/run.sh

## One cache of models for Python's huggingface_hub and for this program, at a small hub on a loopback port.
test-hub: build
	tests/hub/run.sh

## Other people's programs: bots of discord.py and discord.js in the sandbox, this bot at a server like Discord.
test-peers: build
	tests/peers/run.sh

CHAOS = cargo test --release --locked --test it -- --nocapture chaos

## Five minutes in which everything goes wrong, and thousands of kills of a process that writes.
test-chaos: library
	MOUTHPIECE_TEST_CHAOS=300 MOUTHPIECE_TEST_KILLS=2000 $(CHAOS) kills

## An hour of it, with a picture of memory, open files and waiting.
soak: library
	MOUTHPIECE_TEST_CHAOS=3600 MOUTHPIECE_TEST_PLOT=target/soak.svg $(CHAOS)

SECONDS = 600
TARGETS = $(basename $(notdir $(wildcard fuzz/targets/*.rs)))

## Makes bad inputs up, ten minutes for each kind: make fuzz SECONDS=60 TARGETS='prompt event'. Inputs worth keeping: fuzz/corpus/.
fuzz:
	@command -v cargo-fuzz >/dev/null || cargo install --locked cargo-fuzz
	@for target in $(TARGETS); do echo "== $$target"; mkdir -p fuzz/target/corpus/$$target; \
	  RUSTC_BOOTSTRAP=1 cargo fuzz run --release $$target fuzz/target/corpus/$$target fuzz/corpus/$$target -- \
	    -max_total_time=$(SECONDS) -print_final_stats=1 || exit 1; done

## Formatting and lints of Rust and Python, warnings as errors.
lint:
	cargo fmt --check --all
	@[ -x .venv/lint/bin/ruff ] || python3 -m venv .venv/lint
	@.venv/lint/bin/pip install --quiet --disable-pip-version-check ruff==0.17.6
	.venv/lint/bin/ruff check --quiet .
	.venv/lint/bin/ruff format --check --quiet .
	cargo clippy --release --locked --workspace --all-targets -- -D warnings

doc:
	RUSTDOCFLAGS="-D warnings" cargo doc --release --locked --workspace --no-deps --document-private-items

## Licences, bans and sources of all dependencies; known weaknesses as well, if the database of advisories can be reached.
deny:
	@command -v cargo-deny >/dev/null || cargo install --locked cargo-deny
	cargo deny --locked check licenses bans sources
	@if timeout 60 cargo deny --locked fetch db; then cargo deny --locked check --disable-fetch advisories; \
	  else echo "The database of advisories cannot be had (see above); nothing is known of weaknesses."; fi

## What the program is made of, with licences, for whoever hands it on: target/release/mouthpiece.cdx.json (CycloneDX).
sbom: library
	@command -v cargo-cyclonedx >/dev/null || cargo install --locked cargo-cyclonedx
	python3 scripts/sbom.py

## Python with what training/ needs; large, from PyPI.
training:
	@[ -x .venv/training/bin/python ] || python3 -m venv .venv/training
	@.venv/training/bin/pip install --quiet --disable-pip-version-check --requirement training/requirements.txt

# Memory stays with the process instead of going back and forth, which is faster; see docs/model.md.
PYTHON = MALLOC_MMAP_THRESHOLD_=34359738368 MALLOC_TRIM_THRESHOLD_=34359738368 .venv/training/bin/python

## Text to token shards: make prepare CORPUS=corpus.toml TOKENIZER=tokenizer.json SHARDS=folder. See training/README.md.
prepare: training
	$(PYTHON) training/prepare.py "$(CORPUS)" "$(TOKENIZER)" "$(SHARDS)" $(ARGS)

## Trains any BERT on: make train MODEL=folder SHARDS=folder RUN=folder ARGS='--minutes 60'. The same command goes on.
train: training
	$(PYTHON) training/train.py "$(MODEL)" "$(SHARDS)" "$(RUN)" $(ARGS)

## Models side by side on held-out text: make evaluate SHARDS=folder MODELS='one two' OUT=folder.
evaluate: training
	$(PYTHON) training/evaluate.py "$(SHARDS)" $(MODELS) --out "$(OUT)" $(ARGS)

## A causal student of a masked model: make distil TEACHER=folder SHARDS=folder OUT=folder ARGS='--minutes 60'.
distil: training
	$(PYTHON) training/distil.py "$(TEACHER)" "$(SHARDS)" "$(OUT)" $(ARGS)

## Adds it to the model folder of its teacher: make student FROM=folder NAME=name.
student: build training
	$(PYTHON) training/export_student.py "$(FROM)" "models/$(NAME)" $(ARGS)

## A model folder from a Hugging Face folder: make model FROM=folder NAME=name [ARGS=…].
model: build training
	$(PYTHON) training/export.py "$(FROM)" "models/$(NAME)" --name "$(NAME)" $(ARGS)

## Measures everything in docs/performance.md, about half an hour on two cores; stop whatever else is running first.
bench: build
	@[ -x .venv/bench/bin/python ] || python3 -m venv .venv/bench
	.venv/bench/bin/pip install --quiet --requirement benches/requirements.txt
	.venv/bench/bin/python benches/compare.py
	.venv/bench/bin/python benches/formulations.py
	cargo bench --locked --bench pool
	cargo bench --locked --bench load
	cargo bench --locked --bench micro
	cargo bench --locked --bench store
	.venv/bench/bin/python benches/report.py

clean:
	rm -rf target .ort .venv fuzz/target
