# Shared by the tests that attack the daemon below its own code: a world that `margay run` reads to its end,
# a run with one system call that fails (shim.c), and what must be the same after the next start.
#
# FAULT_SITES: how many calls of each kind fail, one a run, spread over the undisturbed run and closest at its
# beginning, where records come in; "all" for each of them. Unset, as in `make test`: one of some kinds. The last
# two have smaller worlds.
# FAULT_SHARD, FAULT_SHARDS: only each FAULT_SHARDSth attack, from FAULT_SHARD on; tests/fault/run sets both.
# FAULT_TABLE: a file to append a line for each attack to: kind, what, outcome, seconds.
# FAULT_PLAN: a file to write the number of a test's attacks to, of all shards.
# FAULT_MINUTES: a test begins no attack after so many minutes; the rest is left out, and counted. The attacks are
# made in an order in which each part of it is an even sample of all.
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
  messages="$folder/messages"
  start_slack --out "$messages"
  rules="$root/tests/e2e/rules/memory.lua, $root/tests/e2e/rules/burst.lua, $root/tests/e2e/rules/correlation"
  runs=0 plan=() failures=0
  begin_run
  reference=$store
  margay="$folder/faulty" run_margay
  equal 0 "$status" "exit status of the undisturbed run"
  cp "$out" "$folder/counts"
  [ "$(count alert)" -gt 0 ]
  same_deliveries
  local what
  for what in $compared; do
    "dump_$what" "$reference" >"$folder/reference.$what"
    [ -s "$folder/reference.$what" ]
  done
}

compared="events matches alerts kv correlations"

# Whether the store of this run holds what the undisturbed run left.
same_as_undisturbed() {
  local what
  for what in $compared; do
    "dump_$what" "$store" | same "$folder/reference.$what" - "the $what" || return 1
  done
}

# A program that is margay with the shim.
write_faulty() {
  write_preloaded "$folder/faulty" "$shim"
}

# A new state file, and a path of its own at the receiver.
begin_run() {
  store="$folder/run$((++runs)).db" out="$folder/out$runs"
  messages_from=$(($(stat -c %s "$messages" 2>/dev/null || echo 0) + 1))
  export MARGAY_FAULT_STATE=$store MARGAY_FAULT_OUT=$out
  write_config "$(zoom_source 'poll_once: true')" \
    "$(slack_destination | sed "s|/services/security|/services/$runs|")"
}

# The accepted messages of this run have the keys of the outbox, each at least once. Those of earlier runs are
# passed over unread: after thousands of runs they are many.
same_deliveries() {
  tail -c "+$messages_from" "$messages" | jq -r --arg path "/services/$runs" \
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

# try KIND WHAT COMMAND…: plans an attack. The command sets $outcome, and $words if there is more to say.
try() {
  local quoted
  printf -v quoted '%q ' "$@"
  plan+=("$quoted")
}

# Makes the planned attacks of this shard, and fails if one did. The stride is prime and near the golden section of
# their number, so those made after any time are spread over all.
no_failures() {
  local i count=${#plan[@]} stride=1 left_out=0 end=
  planned=$((${planned:-0} + count))
  [ -z "${FAULT_PLAN:-}" ] || [ "${FAULT_SHARD:-0}" != 0 ] || echo "$planned" >"$FAULT_PLAN"
  [ -z "${FAULT_MINUTES:-}" ] || end=$((SECONDS + 60 * FAULT_MINUTES))
  [ "$count" -lt 5 ] || stride="$(next_prime $((count * 618 / 1000)) "$count")"
  for ((i = ${FAULT_SHARD:-0}; i < count; i += ${FAULT_SHARDS:-1})); do
    if [ -n "$end" ] && ((SECONDS >= end)); then
      left_out=$((left_out + 1))
    else
      eval "make_attack ${plan[$((i * stride % count))]}"
    fi
  done
  plan=()
  [ $left_out -eq 0 ] || echo "# $left_out attacks were left out: the time was over" >&3
  equal 0 "$failures" "attacks that margay did not stand"
}

# next_prime FROM COUNT: the first prime from there on that does not divide the count.
next_prime() {
  local number=$1
  until [ "$(factor "$number" | wc -w)" = 2 ] && [ $(($2 % number)) -gt 0 ]; do number=$((number + 1)); done
  echo "$number"
}

# make_attack KIND WHAT COMMAND…
make_attack() {
  local kind=$1 what=$2 began=$EPOCHREALTIME seconds
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
    same_as_undisturbed && same_deliveries; }; then
    cat "$log"
    fail "after $1"
    return 1
  fi
  rm -f "$store"* "$out"
}

has_struck() {
  grep -q '^struck' "$out" 2>/dev/null
}

# Waits for the end of the attacked run. What fails from some call on goes on until it is asked to stop, after half
# a second (25 rounds).
end_attacked() {
  local end=$((SECONDS + 90)) rounds=0
  until has_ended "$pid"; do
    ((SECONDS < end)) || fail "$1: does not end" || return 1
    if [[ $1 == *+ ]] && has_struck && ((++rounds == 25)); then
      kill -TERM "$pid" 2>/dev/null || true
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
