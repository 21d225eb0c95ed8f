# Shared by the end-to-end tests: servers and daemons that listen on their own ports, bounded waits for
# conditions, and stopping by process id.
# shellcheck shell=bash

root="$(cd "$BATS_TEST_DIRNAME/../.." && pwd)"
margay="${MARGAY:-$root/build/margay}"
pids=() watched= # every process that was started; the one that a wait depends on

setup() {
  folder="$BATS_TEST_TMPDIR"
  # A file whose tests look at no match of a bundled rule names less in $own_rules, which loads sooner.
  rules="${MARGAY_RULES:-$root/${own_rules:-rules}}" workers=2 lookback=3d
  packs='{zoom-extended: alert, zoom-audit: alert}' # as scan has it without a configuration
  store="$folder/margay.db" config="$folder/margay.yml" log="$folder/margay.log"
  : >"$log"
}

teardown() {
  local pid
  for pid in "${pids[@]}"; do
    kill -KILL "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  # bats shows this only if the test failed.
  tail -n 25 "$log"
  no_sanitizer_spoke
}

# The sanitizers write to standard error, so to the logs.
no_sanitizer_spoke() {
  ! grep -HnE 'Sanitizer|runtime error:' "$folder"/*.log
}

fail() {
  printf 'FAILED: %s\n' "$@" >&2
  return 1
}

# wait_for SECONDS COMMAND…: waits until the command succeeds. The wait fails early if the process in
# $watched ends, because it can no longer do what is waited for. Asking takes a processor from those who
# work, so it is done less and less often, down to sixteen times a second.
wait_for() {
  local end=$((SECONDS + $1)) ended= pause=20
  shift
  until "$@"; do
    [ -z "$ended" ] || fail "the process ended before: $*" || return 1
    ((SECONDS < end)) || fail "waited in vain for: $*" || return 1
    [ -z "$watched" ] || ! has_ended "$watched" || ended=1
    pause_for "$pause"
    pause=$((pause < 40 ? pause * 3 / 2 : 60))
  done
}

# pause_for MILLISECONDS: less than a second, without starting a process for it. Nothing comes from $silence.
exec {silence}<> <(:)
pause_for() {
  local seconds
  printf -v seconds '0.%03d' "$1"
  read -rt "$seconds" -u "$silence" || true
}

# equal EXPECTED ACTUAL WHAT
equal() {
  [ "$1" = "$2" ] || fail "$3: expected '$1', got '$2'"
}

# same FILE FILE WHAT
same() {
  diff "$1" "$2" >"$folder/difference" ||
    { head -n 20 "$folder/difference"; fail "$3 are not the same"; }
}

# ---- servers ---------------------------------------------------------------------------------

# Starts `margay sim ARGUMENT…`; sets $url to its address and $server to its process.
start_server() {
  local out
  out="$(mktemp "$folder/server.XXXXXX.log")"
  "$margay" sim "$@" >"$out" 2>&1 3>&- &
  server=$!
  pids+=("$server")
  local watched=$server
  wait_for 30 grep -q '^listening on ' "$out"
  url="$(sed -n 's/^listening on //p' "$out")"
}

kill_server() {
  kill -KILL "$1" 2>/dev/null || true
  wait "$1" 2>/dev/null || true
  forget "$1"
}

# forget PID: it has ended, and another process may get its number.
forget() {
  local one kept=()
  for one in "${pids[@]}"; do
    [ "$one" = "$1" ] || kept+=("$one")
  done
  pids=(${kept[@]+"${kept[@]}"})
}

start_zoom() {
  start_server "$@"
  zoom="$url"
}

start_slack() {
  start_server --receiver "$@"
  slack="$url"
}

# zoom_stats FILTER: applies a jq filter to the simulator's statistics.
zoom_stats() {
  curl -sf "$zoom/stats" | jq -r "$1"
}

# same_matches: each rule whose matches the simulator predicts has matched that often; the other bundled
# rules may match, too.
same_matches() {
  zoom_stats '.matches | to_entries[] | "\(.key) \(.value)"' | LC_ALL=C sort >"$folder/expected"
  sql "SELECT rule_id || ' ' || count(*) FROM rule_match GROUP BY rule_id" |
    LC_ALL=C sort | LC_ALL=C join "$folder/expected" - -o 2.1,2.2 >"$folder/matches"
  same "$folder/expected" "$folder/matches" "the matches of each rule"
}

slack_stats() {
  curl -sf "$slack/stats" | jq -r "$1"
}

# The accepted messages: one line "KEY ALERT" for each, in the order of arrival.
slack_deliveries() {
  curl -sf "$slack/messages" | jq -r '[.headers["idempotency-key"],
    (.body.blocks[-1].elements[0].text | capture("alert (?<id>[0-9a-f]+)").id)] | join(" ")'
}

# ---- configuration ---------------------------------------------------------------------------

# zoom_source [LINE…]: a Zoom source; the lines of YAML add or override settings.
zoom_source() {
  printf '%s\n' "  - id: zoom" "    type: zoom_reports" "    account_id: springfield" \
    "    client_id: margay" "    client_secret: not-a-secret" "    api_url: $zoom/v2" \
    "    token_url: $zoom/oauth/token" "    page_size: 250" "    initial_lookback: $lookback" \
    "    retry_first: 10ms" "    history_alerts: all"
  [ $# -eq 0 ] || printf '    %s\n' "$@"
}

# slack_destination [UPDATES]: which gets a message for each alert, and for what else it says.
slack_destination() {
  printf '%s\n' "  - id: security" "    type: slack" "    url: $slack/services/security" \
    "    max_per_second: 1000" "    storm_limit: 0" "    updates: ${1:-[]}"
}

# write_config SOURCES DESTINATIONS: writes $config, with $rules, $packs and $workers.
write_config() {
  cat >"$config.new" <<END
state:
  path: $store
rules: [$rules]
schemas: $root/schemas
packs: $packs
workers: $workers
sources:
$1
destinations:
${2:-  []}
END
  mv "$config.new" "$config" # whole: a daemon may be reading it
}

# with_http: adds a listener to $config, on a port that nobody listens on at this moment; sets $port.
with_http() {
  start_server --receiver
  kill_server "$server"
  port="${url##*:}"
  printf 'http: {listen: "127.0.0.1:%s"}\n' "$port" >>"$config"
}

# get PATH: what the daemon's listener answers.
get() {
  curl -s --max-time 10 "http://127.0.0.1:$port$1"
}

# ---- the daemon ------------------------------------------------------------------------------

# Starts `margay run` in the background, appends its log to $log, and sets $pid to its process. No file
# may grow beyond $file_limit KiB, if that is set.
start_margay() {
  starts="$(grep -c msg=started "$log" || true)"
  (
    trap '' XFSZ
    ulimit -S -f "${file_limit:-unlimited}"
    exec "$margay" run -c "$config" "$@" >>"$folder/console" 2>>"$log" 3>&-
  ) &
  pid=$!
  watched=$pid
  pids+=("$pid")
}

# Waits for a process to end by itself; sets $status to its exit status.
end_of() {
  watched=
  wait_for "$2" has_ended "$1" || return 1
  status=0
  wait "$1" || status=$?
  forget "$1"
}

has_ended() {
  ! kill -0 "$1" 2>/dev/null
}

# Whether the daemon that was started last has logged that it is running.
has_started() {
  [ "$(grep -c msg=started "$log")" -gt "$starts" ]
}

# Stops the daemon; it must end within its time, and exit with 0.
stop_margay() {
  wait_for 30 has_started
  if all_delivered; then end_in_time "$1" $stop_ms; else end_in_time "$1" $((stop_ms + deliver_ms)); fi
}

# What docs/configuration.md promises from SIGTERM to the end: for all but deliveries, and for those that are
# under way.
stop_ms=2000 deliver_ms=5000

# end_in_time PID MILLISECONDS: SIGTERM; "stopped" must be in the log that soon. Where more processes run than
# there are processors each waits for its turn, so the time grows with the load. What a sanitizer looks at
# after that does not count.
end_in_time() {
  local asked ended most
  most="$(awk -v most="$2" -v processors="$(nproc)" '{ print int(most * (1 + $1 / processors)) }' /proc/loadavg)"
  asked="$(date +%s%3N)"
  kill -TERM "$1"
  end_of "$1" 60 || return 1
  equal 0 "$status" "exit status of margay run" || return 1
  ended="$(sed -nE 's/^ts=([^ ]+) .*msg=stopped .*/\1/p' "$log" | tail -n 1)"
  [ -n "$ended" ] || fail "no line 'stopped' in the log" || return 1
  ended="$(date -d "$ended" +%s%3N)"
  ((ended - asked <= most)) || fail "$((ended - asked)) ms from SIGTERM to the end, at most $most were expected"
}

# Kills the daemon.
kill_margay() {
  watched=
  kill_server "$1"
}

# Runs the daemon until its sources have ended.
run_margay() {
  start_margay "$@"
  end_of "$pid" "${within:-120}"
}

# write_preloaded FILE LIBRARY: writes a program that is margay with a library of tests/fault preloaded.
# The sanitizers want to be the first library.
write_preloaded() {
  [ -e "$2" ] || skip "$2 is not built (make SAN=1 fault-build)"
  local sanitizers
  sanitizers="$(ldd "$margay" | sed -nE 's/.* => (\/[^ ]*lib[at]san[^ ]*) .*/\1 /p')"
  printf '#!/bin/sh\nexec env LD_PRELOAD="%s" "%s" "$@"\n' "$sanitizers$2" "$margay" >"$1"
  chmod +x "$1"
}

# ---- the store -------------------------------------------------------------------------------

sql() {
  sqlite3 -cmd '.timeout 30000' "file:${2:-$store}?mode=ro" "$1"
}

# count TABLE [WHERE]: the number of rows; 0 if the table does not exist yet.
count() {
  sql "SELECT count(*) FROM $1 ${2:+WHERE $2}" 2>/dev/null || echo 0
}

# has COUNT TABLE [WHERE]: whether the table has at least that many rows.
has() {
  [ "$(count "${@:2}")" -ge "$1" ]
}

# stored [STORE]: the kept events as CSV. In the store they may be compressed.
stored() {
  "$margay" archive export --format csv --state "${1:-$store}"
}

# stored_records [STORE]: their records.
stored_records() {
  "$margay" archive export --state "${1:-$store}"
}

# complete ROWS: whether every row is stored and every alert is delivered.
complete() {
  has "$1" event && all_delivered
}

all_delivered() {
  [ "$(count outbox 'state = 0')" = 0 ]
}

# The content of the store that does not depend on the wall clock.
dump_alerts() {
  sql "SELECT id, type, severity, rule_id, dedup, title, context, actor, first_event_time,
         last_event_time, match_count FROM alert JOIN alert_count USING (number) ORDER BY id" "$1"
}

dump_matches() {
  sql "SELECT rule_id, dedup, hex(row_id), event_time, alert_id FROM rule_match
       ORDER BY rule_id, row_id" "$1"
}

dump_events() {
  stored "$1" | sort
}

# The memory of stateful rules.
dump_kv() {
  sql "SELECT rule_id, key, type, hex(value), expires_at, expiry_given FROM kv
       ORDER BY rule_id, key" "$1"
}

# The memory of correlations (without the states, which contain the time of reading), and how far
# each source is read.
dump_correlations() {
  sql "SELECT rule_id, key, due, expires_at FROM correlation_state
       ORDER BY rule_id, key" "$1"
  sql "SELECT source_id, log_type, latest_event_time FROM source_progress
       ORDER BY source_id, log_type" "$1"
}

# equal_stores STORE STORE [WHAT MORE]
equal_stores() {
  local what
  for what in events matches alerts ${3:-}; do
    "dump_$what" "$1" >"$folder/one.$what"
    "dump_$what" "$2" >"$folder/two.$what"
    [ -s "$folder/one.$what" ] || fail "there are no $what to compare" || return 1
    same "$folder/one.$what" "$folder/two.$what" "the $what" || return 1
  done
}

sound() {
  equal ok "$(sql 'PRAGMA integrity_check' "$1")" "integrity of the store"
  equal '' "$(sql 'PRAGMA foreign_key_check' "$1")" "foreign keys"
}
