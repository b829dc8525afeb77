# Two commands do all the set-up on a fresh machine: `make up` runs the main job on the sandbox, `make test` passes the tests.
PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/.installed
ROOMS := alerts automation benchmarks commands components diagnostics example sandbox deploy.py installed.py __main__.py
PARALLEL := -n 2 --dist loadfile --no-loadscope-reorder

.PHONY: up test audit-dependencies release mutation coverage lint types contracts browser terminal unit e2e soak prowler policy go demo bench bench-short bench-ends bench-up docs picture lock clean

up: $(INSTALLED)
	$(BIN)/python deploy.py up --sandbox --config image=shop:good-1

test: lint types contracts browser terminal unit e2e

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive $(ROOMS)
	$(BIN)/pip-licenses --summary

# The packages of the lock against the advisories of PyPI. It has an environment of its own.
AUDIT := $(HOME)/.cache/failwell/audit
audit-dependencies:
	@test -x $(AUDIT)/bin/pip-audit || { $(PYTHON) -m venv $(AUDIT) && $(AUDIT)/bin/pip install --quiet pip-audit==2.10.1; }
	@first=$$(sed -n 's|^\([A-Za-z0-9._-]*\)==\([^ ;]*\).*|\1/\2|p' requirements.lock | head -1); \
	if curl --fail --silent --max-time 20 "https://pypi.org/pypi/$$first/json" | grep -q '"vulnerabilities"'; then \
		$(AUDIT)/bin/pip-audit --strict --disable-pip --require-hashes --progress-spinner off -r requirements.lock; \
	else \
		echo "PyPI's advisories cannot be reached from here: the packages are NOT audited"; \
	fi

types: $(INSTALLED)
	$(BIN)/mypy

contracts: $(INSTALLED)
	$(BIN)/lint-imports

# The report is looked at in Chromium. Without one, and where apt cannot install it, those tests are skipped and say so.
browser:
	@command -v chromium || command -v chromium-browser || command -v google-chrome || { \
		if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
			echo "installing Chromium (about 100 MB)"; \
			apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends chromium >/dev/null; \
		else \
			echo "there is no Chromium: the tests of the report in a browser are skipped; install it, or run \`sudo make browser\`"; \
		fi; }

# The live view is tested in tmux. Without it, and where apt cannot install it, those tests are skipped and say so.
terminal:
	@command -v tmux || { \
		if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
			echo "installing tmux"; \
			apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends tmux >/dev/null; \
		else \
			echo "there is no tmux: the tests of the live view in a terminal are skipped; install it, or run \`sudo make terminal\`"; \
		fi; }

# The wheel, what it was built and tested with (CycloneDX), and their sums. Whoever builds the same commit gets the same wheel.
RELEASE := $(HOME)/.cache/failwell/release
release: $(INSTALLED)
	@rm -rf dist
	SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) $(BIN)/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .
	@test -x $(RELEASE)/bin/cyclonedx-py || { \
		$(PYTHON) -m venv $(RELEASE) && $(RELEASE)/bin/pip install --quiet cyclonedx-bom==7.5.0; }
	$(RELEASE)/bin/cyclonedx-py requirements requirements.lock --pyproject pyproject.toml \
		--output-reproducible --output-format JSON --output-file dist/failwell.cdx.json
	cd dist && sha256sum -- * > SHA256SUMS && cat SHA256SUMS

# Small changes of rules, proof and abort, each against its own tests; the result is benchmarks/results/mutation.json. The
# operators are cosmic-ray's, in an environment of its own. With RULES=1000 OTHERS=1000 it is every place, and takes hours.
MUTATION := $(HOME)/.cache/failwell/mutation
SEED ?= 1
RULES ?= 1
OTHERS ?= 20
mutation: $(INSTALLED)
	@test -x $(MUTATION)/bin/cosmic-ray || { \
		$(PYTHON) -m venv $(MUTATION) && $(MUTATION)/bin/pip install --quiet cosmic-ray==8.7.0; }
	nice -n 19 $(BIN)/python -m benchmarks.mutation --mutants $(MUTATION)/bin/python \
		--seed $(SEED) --rules $(RULES) --others $(OTHERS)

# Branch coverage of diagnostics and automation by the unit tests; the result is benchmarks/results/coverage.json.
coverage: $(INSTALLED)
	rm -rf .failwell/coverage
	nice -n 19 $(BIN)/python -m benchmarks.coverage

unit: $(INSTALLED)
	$(BIN)/pytest -q $(PARALLEL) -m "not e2e"

e2e: $(INSTALLED)
	$(BIN)/python deploy.py engine install
	$(BIN)/pytest $(PARALLEL) -m e2e

# 500 random histories with faults, about 4 seconds of the processor's time each; `make soak HISTORIES=25 SEED=7` for fewer, or others.
HISTORIES := 500
SEED := 1
soak: $(INSTALLED)
	$(BIN)/python -m tests.soak --histories $(HISTORIES) --seed $(SEED) --results benchmarks/results/soak.json

# The seed story, with and without failwell, on the sandbox: about a minute, and nothing is left of it.
demo: $(INSTALLED)
	$(BIN)/python -m benchmarks.demo

# Us and the peers on the same failures, on real clocks: up to 45 minutes. Peers are installed into the user's cache.
bench: $(INSTALLED)
	$(BIN)/python -m benchmarks.proof.compare
	$(BIN)/python -m benchmarks.proof.page

# The same in five minutes, on a faster clock, with the tools whose polling can follow it.
bench-short: $(INSTALLED)
	$(BIN)/python -m benchmarks.proof.compare --short

# Evidence and circuit breaker where every timing of the sandbox is at one end of its range: about four minutes.
bench-ends: $(INSTALLED)
	$(BIN)/python -m benchmarks.proof.ends
	$(BIN)/python -m benchmarks.proof.page

# What `up`, a watch and an explanation cost, and how that grows: about 20 minutes.
bench-up: $(INSTALLED)
	$(BIN)/python -m benchmarks.proof.growth
	$(BIN)/python -m benchmarks.proof.page

# Writes the generated pages, and the site into .failwell/site.
docs: $(INSTALLED)
	$(BIN)/python -m commands.page
	$(BIN)/mkdocs build --quiet --strict

# Records a real run anew as the README's picture.
picture: $(INSTALLED)
	$(BIN)/python -m benchmarks.picture

# An independent judge of the example's stack on a sandbox. It brings 2 GB of packages, so it has an environment of its own.
PROWLER := $(HOME)/.cache/failwell/prowler
prowler: $(INSTALLED)
	@test -x $(PROWLER)/bin/prowler || { $(PYTHON) -m venv $(PROWLER) && $(PROWLER)/bin/pip install --quiet prowler==5.46.0; }
	$(BIN)/python tests/prowler/scan.py --prowler $(PROWLER)/bin/prowler

# The policy pack on the engine. Its SDK pins other versions of gRPC and protobuf, so it has an environment of its own.
POLICY := $(HOME)/.cache/failwell/policy
policy: $(INSTALLED)
	@test -x $(POLICY)/bin/python || $(PYTHON) -m venv $(POLICY)
	@$(POLICY)/bin/pip install --quiet --disable-pip-version-check -r components/policy/requirements.txt
	FAILWELL_POLICY_PYTHON=$(POLICY)/bin/python $(BIN)/pytest -q tests/packaging/test_policy_pack.py

# A stack in Go that constructs the component through its plugin; the first build of Pulumi's modules takes minutes.
go: $(INSTALLED)
	FAILWELL_GO=1 $(BIN)/pytest -q tests/packaging/test_go.py

# The packages of the lock, each with its hash, for every Python from 3.11 on.
$(INSTALLED): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit("failwell needs Python 3.11 or newer; this is %d.%d: run make PYTHON=/path/to/python3" % sys.version_info[:2] if sys.version_info < (3, 11) else 0)'
	@echo "installing $$(grep -c '==' requirements.lock) packages into .venv (about two minutes on a fresh machine)"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $(INSTALLED)

# Needs uv. Run it after a change of the dependencies in pyproject.toml.
lock:
	uv pip compile pyproject.toml --all-extras --group dev --universal --generate-hashes --no-emit-index-url --no-header -o requirements.lock

clean:
	-$(BIN)/python deploy.py sandbox stop
	rm -rf .venv .failwell
