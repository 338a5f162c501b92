# Steps that run side by side, each with a log of its own and a line now and then. Sourced by scripts/setup.sh.

STEP_NAMES=()
STEP_PIDS=()
PROGRESS_EVERY_S=20

say() { printf '[setup] %s\n' "$*"; }

pinned() { node -p "require('./$VERSIONS')['$1']"; }

digest() { git hash-object --stdin; }

# at_least 1.25.3 1.25
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

# step NAME WHAT FUNCTION: says what is going on and runs the function in the background.
step() {
  local name="$1" what="$2" work="$3"
  say "$what …"
  (set -euo pipefail; "$work") >"$LOGS/$name.log" 2>&1 </dev/null &
  STEP_NAMES+=("$name")
  STEP_PIDS+=("$!")
  guard_step "$!" >/dev/null 2>&1 </dev/null &
}

# Ends a step whose setup was killed in a way that leaves no time for it, or whose `make` was.
guard_step() {
  local step="$1" starter by
  trap - EXIT
  starter="$(parent_of $$)"
  by="$(ps -o comm= -p "$starter")"
  while kill -0 "$step" 2>/dev/null; do
    # Whoever starts setup by hand in the background may leave.
    if ! kill -0 $$ 2>/dev/null || { [ "$by" = make ] && [ "$(parent_of $$)" != "$starter" ]; }; then
      kill $(tree_of "$step") 2>/dev/null
      return 0
    fi
    sleep 1
  done
}
parent_of() { ps -o ppid= -p "$1" | tr -d ' '; }

# Waits for all steps; on a failure shows the end of that log and stops the others.
wait_for_steps() {
  local index name pid began=$SECONDS said=$SECONDS running
  while [ "${#STEP_PIDS[@]}" -gt 0 ]; do
    running=()
    for index in "${!STEP_PIDS[@]}"; do
      name="${STEP_NAMES[$index]}" pid="${STEP_PIDS[$index]}"
      if kill -0 "$pid" 2>/dev/null; then
        running+=("$name")
        continue
      fi
      unset "STEP_PIDS[$index]" "STEP_NAMES[$index]"
      wait "$pid" || step_failed "$name"
      say "$name done ($((SECONDS - began)) s)"
    done
    if [ "${#running[@]}" -gt 0 ] && [ $((SECONDS - said)) -ge "$PROGRESS_EVERY_S" ]; then
      said=$SECONDS
      say "still at it after $((SECONDS - began)) s: $(describe_running "${running[@]}")"
    fi
    [ "${#running[@]}" -eq 0 ] || sleep 0.2
  done
  STEP_NAMES=()
  STEP_PIDS=()
}

# What a step says it is building, else the newest line of its log.
describe_running() {
  local name line shown=""
  for name in "$@"; do
    line="$(grep -a '^building' "$LOGS/$name.log" 2>/dev/null | tail -n 1 || true)"
    [ -n "$line" ] || line="$(tail -n 1 "$LOGS/$name.log" 2>/dev/null | tr -cd '[:print:]' | cut -c 1-70)"
    shown+="${shown:+; }$name ($line)"
  done
  printf '%s' "$shown"
}

step_failed() {
  {
    printf '[setup] %s failed. The end of %s:\n' "$1" "$LOGS/$1.log"
    tail -n 25 "$LOGS/$1.log" | sed 's/^/    /'
    printf '[setup] Run the same command again once that is mended; what is done stays done.\n'
  } >&2
  exit 1
}

# Stops what still runs, and waits for it: npm undoes its work when it is stopped, which must not meet the next setup.
stop_steps() {
  local pid all=() patience=150
  for pid in ${STEP_PIDS[@]+"${STEP_PIDS[@]}"}; do all+=($(tree_of "$pid")); done
  [ "${#all[@]}" -gt 0 ] || return 0
  kill "${all[@]}" 2>/dev/null || true
  while any_alive "${all[@]}" && [ $((patience -= 1)) -gt 0 ]; do sleep 0.2; done
  kill -9 "${all[@]}" 2>/dev/null || true
}

# A zombie is not alive, although it can be signalled.
any_alive() {
  local pids
  pids="$(printf '%s,' "$@")"
  ps -o stat= -p "${pids%,}" | grep -qv '^Z'
}

# A process and all below it. A background job in a script has no process group of its own.
tree_of() {
  local child
  echo "$1"
  for child in $(ps -A -o ppid=,pid= | awk -v parent="$1" '$1 == parent { print $2 }'); do tree_of "$child"; done
}
