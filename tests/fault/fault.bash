# Shared by the tests that attack the daemon below its own code: a world that `margay run` reads to its end,
# a run with one system call that fails (shim.c), and what must be the same after the next start.
#
# FAULT_SITES: how many calls of each kind fail, one a run, spread over the undisturbed run and closest at its
# beginning, where records come in; "all" for each of them. Unset, as in `make test`: one of some kinds. The last
# two have smaller worlds.
# FAULT_SHARD, FAULT_SHARDS: only each FAULT_SHARDSth attack, from FAULT_SHARD on; tests/fault/run sets both.
# FAULT_TABLE: a file to append a line for each attack to: kind, what, outcome, seconds.
# shellcheck shell=bash
# shellcheck disable=SC2119 # the arguments of functions are optional

# shellcheck source=tests/e2e/lib.bash
source "$BATS_TEST_DIRNAME/../e2e/lib.bash"

shim="${MARGAY_BUILD:-$root/build}/tests/fault/shim.so"

# Starts the servers, and runs the daemon once without a fault: its store is in $reference, how many calls of
# each kind it made in $folder/counts. The rules have thresholds, memory and correlations.
begin_world() {
  write_faulty
  lookback=110d
  local records=2000 share=0.05
  case ${FAULT_SITES:-} in
  '') records=200 share=0.2 ;;
  all) records=80 share=0.2 ;;
  esac
  start_zoom --seed 5 --generate operation=$records --generate activity=$((records / 4)) --matches $share \
    --start "$(date -ud '100 days ago' +%FT%TZ)" --end "$(date -u +%FT%TZ)"
  start_slack
  rules="$root/tests/e2e/rules/memory.lua, $root/tests/e2e/rules/burst.lua, $root/tests/e2e/rules/correlation"
  runs=0 attacks=0 failures=0
  begin_run
  reference=$store
  margay="$folder/faulty" run_margay
  equal 0 "$status" "exit status of the undisturbed run"
  cp "$out" "$folder/counts"
  [ "$(count alert)" -gt 0 ]
  same_deliveries
}

# A program that is margay with the shim.
write_faulty() {
  write_preloaded "$folder/faulty" "$shim"
}

# A new state file, and a path of its own at the receiver.
begin_run() {
  store="$folder/run$((++runs)).db" out="$folder/out$runs"
  export MARGAY_FAULT_STATE=$store MARGAY_FAULT_OUT=$out
  write_config "$(zoom_source 'poll_once: true')" \
    "$(slack_destination | sed "s|/services/security|/services/$runs|")"
}

# The accepted messages of this run have the keys of the outbox, each at least once.
same_deliveries() {
  curl -sf "$slack/messages" | jq -r --arg path "/services/$runs" \
    'select(.path == $path) | .headers["idempotency-key"]' | LC_ALL=C sort -u >"$folder/delivered"
  sql "SELECT idempotency_key FROM outbox" | LC_ALL=C sort | same - "$folder/delivered" \
    "the outbox and the messages"
}

# sites KIND: the numbers of its calls that are to fail.
sites() {
  awk -v kind="$1" -v wanted="${FAULT_SITES:-1}" '$1 == kind {
    most = wanted == "all" || $2 < wanted ? $2 : wanted
    for (i = 0; i < most; i++) {
      site = most == $2 ? i + 1 : 1 + int($2 * ((2 * i + 1) / (2 * most)) ^ 2)
      last = site > last ? site : last + 1
      print last
    }
  }' "$folder/counts"
}

# attack KIND WHAT…: WHAT as shim.c reads it.
attack() {
  local kind=$1 what number
  shift
  for what; do
    for number in $(sites "$kind"); do
      try "$kind" "$what" attack_once "$kind:$number:$what"
    done
  done
}

# try KIND WHAT COMMAND…: an attack, unless it is another shard's. The command sets $outcome, and $words if
# there is more to say.
try() {
  local kind=$1 what=$2 began=$EPOCHREALTIME seconds
  attacks=$((attacks + 1))
  [ $((attacks % ${FAULT_SHARDS:-1})) = "${FAULT_SHARD:-0}" ] || return 0
  shift 2
  outcome='' words=''
  "$@" || { outcome=FAILED failures=$((failures + 1)); }
  seconds="$(awk -v from="$began" -v to="$EPOCHREALTIME" 'BEGIN { printf "%.1f", to - from }')"
  echo "# ${*:2}: $outcome${words:+: $words} ($seconds s)" >&3
  [ -z "${FAULT_TABLE:-}" ] || printf '%s\t%s\t%s\t%s\n' "$kind" "$what" "$outcome" "$seconds" >>"$FAULT_TABLE"
}

# attack_more KIND WHAT…: the same, where there is time for it.
attack_more() {
  [ -z "${FAULT_SITES:-}" ] || attack "$@"
}

# One run with a fault, one without: together they leave what the undisturbed run left.
attack_once() {
  begin_run
  : >"$log"
  MARGAY_FAULT=$1 margay="$folder/faulty" start_margay
  watched=
  end_attacked "$1" || return 1
  judge "$1" || return 1
  run_margay
  if ! { equal 0 "$status" "exit status of the run after $1" && sound &&
    equal_stores "$reference" "$store" "kv correlations" && same_deliveries; }; then
    cat "$log"
    fail "after $1"
    return 1
  fi
  rm -f "$store"* "$out"
}

has_struck() {
  grep -q '^struck' "$out" 2>/dev/null
}

# Waits for the end of the attacked run. What fails from some call on goes on until it is asked to stop.
end_attacked() {
  local end=$((SECONDS + 90)) asked=0
  until has_ended "$pid"; do
    ((SECONDS < end)) || fail "$1: does not end" || return 1
    if [[ $1 == *+ ]] && has_struck; then
      [ $asked -gt 0 ] || asked=$((SECONDS + 2))
      if ((SECONDS >= asked)); then
        kill -TERM "$pid" 2>/dev/null || true
        asked=$((SECONDS + 60))
      fi
    fi
    sleep 0.02
  done
  end_of "$pid" 1
}

# A run that was attacked ends with 0, or with 1 and an error in its log, or was killed as planned.
judge() {
  words="$(grep -m 1 'level=error' "$log" | sed -E 's/^ts=[^ ]+ //')"
  words=${words//$folder\/}
  case "$1:$status" in
  *:kill:137 | *:torn:137) outcome=killed ;;
  *:0) outcome='went on' ;;
  *:1) outcome=ended; [ -n "$words" ] || { cat "$log"; fail "$1: ended without an error"; return 1; } ;;
  *) cat "$log"; fail "$1: exit status $status"; return 1 ;;
  esac
  has_struck || outcome='did not strike'
  # What SQLite makes of a disk that does not give a file.
  ! grep -E 'is damaged|its directory is not there' "$log" || fail "$1: the cause is another" || return 1
}

no_failures() {
  equal 0 "$failures" "attacks that margay did not stand"
}
