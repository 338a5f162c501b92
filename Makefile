.DEFAULT_GOAL := help
.PHONY: help setup demo test faults storm check up down clean

help: ## Show what there is
	@awk 'BEGIN { FS = ":.*## " } /^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "Needed: Node.js 20.19+, npm, git, Python 3.11+, Go 1.25+. \`node bin/millrace.cjs doctor\` shows the whole list."

setup: ## Install and build everything that is needed (quick the second time)
	@scripts/setup.sh

demo: setup ## Set up, then take a year of real flights through every stage (KEEP=1 leaves the stack running)
	@node bin/millrace.cjs demo $(if $(KEEP),--keep)

test: setup ## Set up, then run all checks and all tests
	@scripts/test.sh

faults: setup ## Kill and pause every kind of process at random, hours long (KILLS=200 SEED=n)
	@npm run --silent faults -- $(if $(KILLS),--kills $(KILLS)) $(if $(SEED),--seed $(SEED))

storm: setup ## Upload 5,000 files into one pipeline and one into each of 1,000, and kill the receiver (UPLOADS= PIPELINES= SEED=)
	@npm run --silent storm -- $(if $(UPLOADS),--uploads $(UPLOADS)) $(if $(PIPELINES),--pipelines $(PIPELINES)) $(if $(SEED),--seed $(SEED))

check: setup ## Format, lint, types, layers, unused code
	@scripts/test.sh check

up: setup ## Start the local stack in the background
	@node bin/millrace.cjs up --detach

down: ## Stop the local stack; its state is kept
	@node bin/millrace.cjs down

clean: ## Remove what was built in this checkout (the cache of servers and the state of the stack stay)
	rm -rf dist node_modules trainer/.venv coverage
