#!/usr/bin/env bash
# Runs every check and every test suite, goes on after a failing one, and ends with one line: N passed, N failed.
# With names of suites only these: scripts/test.sh check unit
set -uo pipefail
cd "$(dirname "$0")/.."

RESULTS="$(mktemp -d)"
trap 'rm -rf "$RESULTS"' EXIT
WANTED=("$@")
[ "${#WANTED[@]}" -gt 0 ] || WANTED=(check unit workflow replay integration e2e fault trainer)

heading() { printf '\n=== %s\n' "$*"; }

# Each leaves <suite>.exit, and where its tool can, <suite>.json or <suite>.xml with the single results.
run_check() {
  heading "check: $1"
  npm run --silent "check:$1"
  echo $? >"$RESULTS/check-$1.exit"
}
run_jest() {
  local suite="$1"
  shift
  heading "$suite"
  # Everything after --selectProjects counts as a project, so it comes last.
  npx --no-install jest --json --outputFile="$RESULTS/$suite.json" "$@" --selectProjects "$suite"
  echo $? >"$RESULTS/$suite.exit"
}
run_trainer() {
  heading "trainer"
  trainer/.venv/bin/python -m pytest trainer -q --junitxml "$RESULTS/trainer.xml"
  echo $? >"$RESULTS/trainer.exit"
}

# Else the AWS SDK repeats in every test file that it will want Node 22 from 2027 on.
export AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED=true
# Files with servers of their own mostly wait for them; two at a time need two cores and 5 GB. Jest alone would take one on two cores.
LANES=(--maxWorkers="${MILLRACE_TEST_LANES:-2}")
for suite in "${WANTED[@]}"; do
  case "$suite" in
    check) for name in format lint types layers unused; do run_check "$name"; done ;;
    unit | replay) run_jest "$suite" ;;
    workflow | integration | e2e | fault) run_jest "$suite" "${LANES[@]}" ;;
    trainer) run_trainer ;;
    *)
      echo "Unknown suite: $suite (known: check unit workflow replay integration e2e fault trainer)" >&2
      exit 2
      ;;
  esac
done

node scripts/summarize-tests.mjs "$RESULTS"
