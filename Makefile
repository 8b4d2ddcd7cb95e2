# carrierflow: `make run` shows it, `make test` proves it, `make help` lists the rest.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

BIN := bin

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

# Added to every port of make run, for a second one or where something else listens already.
PORT_OFFSET ?= 0

# The Temporal CLI, if it is installed: then make run uses its server, and builds none. TEMPORAL_CLI= runs without it.
TEMPORAL_CLI ?= $(shell command -v temporal)

.PHONY: run
run: programs $(if $(TEMPORAL_CLI),devcli,devserver) ## Run everything on this machine (Temporal, Web UI, sandbox carriers, worker), show the main job, stay up; PORT_OFFSET=100 moves all ports
	@$(BIN)/$(if $(TEMPORAL_CLI),devcli --temporal='$(TEMPORAL_CLI)',devserver) --demo=stay --port-offset=$(PORT_OFFSET)

.PHONY: demo
demo: build ## The same demonstration on free ports; exits with 0 if every outcome was the expected one
	@$(BIN)/devserver --demo=exit --free-ports

.PHONY: demo-postgres
demo-postgres: build ## The promise on PostgreSQL: two workers, one is killed, the database is crashed; needs PostgreSQL, as make test-deps installs it; ARGS="--operations 200"
	@cd lab && go build -o ../$(BIN)/temporal-sql-tool go.temporal.io/server/cmd/tools/sql && go build -ldflags="-s -w" -o ../$(BIN)/ ./demopostgres
	@$(BIN)/demopostgres $(ARGS)

.PHONY: build
build: programs devserver ## Build worker, starter, sandbox and devserver into bin/

.PHONY: programs
programs:
	@mkdir -p $(BIN)
	@go build -o $(BIN)/ ./worker ./starter ./carriers/sandboxes/cmd/sandbox

# Without symbols and debugging information, which are half of the file; what a panic prints needs neither.
.PHONY: devserver
devserver:
	@mkdir -p $(BIN)
	@[ -x $(BIN)/devserver ] || echo "Building. The first time this includes the Temporal server, which takes about 3 minutes on 2 cores."
	@cd lab && go build -ldflags="-s -w" -o ../$(BIN)/devserver ./devserver

.PHONY: devcli
devcli:
	@mkdir -p $(BIN)
	@[ -x $(BIN)/devcli ] || echo "Building. Temporal comes from $(TEMPORAL_CLI); the first time this takes about a minute."
	@cd lab && go build -ldflags="-s -w" -o ../$(BIN)/devcli ./devcli

.PHONY: test
test: test-deps lint unit e2e demo ## Everything that has to pass: lint, unit, end-to-end, demonstration

.PHONY: unit
unit: ## Unit and workflow tests, with the race detector
	go test -race ./...

.PHONY: e2e
e2e: test-deps ## End-to-end tests: embedded Temporal, real processes, a browser
	@# What judges by time runs alone. Of the others, those that mostly wait run beside ./e2e.
	cd lab && go test -count=1 -p=1 -timeout=45m ./chaos ./browser
	cd lab && go test -count=1 -p=2 -parallel=40 -timeout=45m ./e2e ./monitoring $$(go list ./... | grep -vE '/lab/(browser|chaos|e2e|monitoring)$$')
	cd lab/kubernetes && go test ./...

.PHONY: test-deps
test-deps: ## Install what the tests need besides Go, if it is missing: Chromium, Node.js, npm and Prometheus; with apt-get PostgreSQL too, whose test is skipped without it, and Docker Compose
	@missing=; command -v chromium google-chrome >/dev/null || missing=chromium; \
	command -v node >/dev/null && command -v npm >/dev/null || missing="$$missing nodejs npm"; \
	ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null || ! command -v apt-get >/dev/null || missing="$$missing postgresql"; \
	command -v prometheus >/dev/null && command -v promtool >/dev/null || missing="$$missing prometheus"; \
	optional=; $(compose) version >/dev/null 2>&1 || optional=docker-compose; \
	[ -n "$$missing$$optional" ] || exit 0; \
	sudo=sudo; [ "$$(id -u)" != 0 ] || sudo=; \
	$$sudo apt-get update && $$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $$missing $$optional && exit; \
	[ -n "$$missing" ] || exit 0; \
	echo "The tests need $$missing, and apt-get could not install it. Install it so that it is in PATH." >&2; exit 1

# Docker Compose as there is one: the plugin, or the program of before, which Debian has. It needs no Docker to read a file.
compose = $(if $(shell docker compose version 2>/dev/null),docker compose,docker-compose)

# The tools have a module file of their own, so that who imports this module does not take over what they require. They are built
# as tools/go.mod says, and work on the module they are called in.
tools := -modfile=tools/go.mod

# staticcheck reads every package that ours are made of, in lab the whole Temporal server: 1,834 packages, two minutes of
# CPU, once. What it found out is kept where Go keeps what it has built, so that who has the one has the other; then a run takes
# seconds. One binary for both modules, because what one binary keeps another does not use.
staticcheck = STATICCHECK_CACHE="$$(go env GOCACHE)/staticcheck" $(abspath $(BIN))/staticcheck ./...

.PHONY: lint
lint: ## gofumpt, carriers named only in their folders, the compose file, go vet, staticcheck, workflowcheck, go mod tidy
	@unformatted=$$(go tool $(tools) gofumpt -l .); [ -z "$$unformatted" ] || { echo "not formatted, run make fmt:"; echo "$$unformatted"; exit 1; }
	@# Which carriers there are is known by their folders.
	@named=$$(grep -rniE "\b($$(ls -d carriers/*/carrier.go | cut -d/ -f2 | paste -sd'|'))" --include='*.go' workflows activities worker starter internal carriers/*.go | grep -v '_test.go:' || true); \
		[ -z "$$named" ] || { echo "only a carrier's own folder and carriers/registry know a carrier by name:"; echo "$$named"; exit 1; }
	@# No circles between the files of a package: each can be read with those below it.
	@mkdir -p $(BIN)
	cd tools && go vet ./... && go build -o ../$(BIN)/filecircles ./filecircles
	$(BIN)/filecircles ./workflows/... ./activities ./carriers $$(ls carriers/*/carrier.go | xargs -n1 dirname | sed 's|^|./|')
	@# Every profile; a test in lab/compose reads the file as newer versions do.
	@if $(compose) version >/dev/null 2>&1; then $(compose) --profile starter --profile monitoring config --quiet; \
		else echo "docker-compose.yml was not checked with Docker Compose, which is not installed: make test-deps"; fi
	go vet ./...
	@mkdir -p $(BIN) && go build $(tools) -o $(BIN)/staticcheck honnef.co/go/tools/cmd/staticcheck
	$(staticcheck)
	go tool $(tools) workflowcheck ./workflows/...
	go mod tidy -diff
	cd tools && go mod tidy -diff
	cd lab && go vet ./... && go mod tidy -diff
	cd lab && $(staticcheck)
	cd lab/kubernetes && go vet ./... && go mod tidy -diff
	cd lab/kubernetes && $(staticcheck)

.PHONY: chaos
chaos: ## Break everything while operations are in flight, at carriers of both manners, judge by their ledger; ARGS="--operations 1000 --seed 3"
	@mkdir -p $(BIN) && cd lab && go build -o ../$(BIN)/chaos ./chaos
	@status=0; for manners in own other; do $(BIN)/chaos --manners=$$manners $(ARGS) || status=$$?; done; exit $$status

.PHONY: soak
soak: ## Run for minutes, then look for leaks; ARGS="--for 10m --rate 5"
	CARRIERFLOW_REFERENCE_DRAWS=10000000 go test ./carriers -run ShortReferencesDoNotCollide -count=1
	cd lab && go run ./soak $(ARGS)

.PHONY: bench
bench: build ## Measure what an operation costs, and write docs/benchmarks.md; half an hour; ARGS="--measures=latency,waiting --rounds 3"
	@cd lab && go build -o ../$(BIN)/bench ./bench
	$(BIN)/bench $(ARGS)

.PHONY: bench-check
bench-check: build ## Compare what an operation costs with the budgets in lab/bench/budgets.json; some minutes; ARGS=--renew writes new ones
	@cd lab && go build -o ../$(BIN)/bench ./bench
	$(BIN)/bench --check --rounds 5 $(ARGS)

FUZZTIME := 30s

.PHONY: fuzz
fuzz: ## Fuzz every decoder and the callback receiver, FUZZTIME=30s each; 1000000x counts executions
	@grep -rhoE --include=*_test.go -H '^func Fuzz[A-Za-z]+' carriers internal | while IFS=: read -r file target; do \
		echo "$${target#func } in $$(dirname $$file)"; \
		go test "./$$(dirname $$file)" -run '^$$' -fuzz "^$${target#func }\$$" -fuzztime $(FUZZTIME); \
	done

.PHONY: fmt
fmt: ## Format the code
	go tool $(tools) gofumpt -w .

.PHONY: generate
generate: ## Write anew what derives from the list of operations: schemas, tables in the documentation, the list of sandboxes
	go run ./internal/generate
	@go run ./internal/generate # once more, with the list of sandboxes that the first run has written

.PHONY: record
record: ## Record the histories that the replay test uses, from deployed code only; ARGS="dish.GetSubscription" for some
	cd lab && go run ./record ../workflows/internal/lifecycle/testdata $(ARGS)

.PHONY: clean
clean: ## Remove what was built
	rm -rf $(BIN)
