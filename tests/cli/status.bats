#!/usr/bin/env bats
# margay status: on a daemon that runs, that was stopped, and that was killed.

bats_require_minimum_version 1.5.0

setup_file() {
  export margay="${MARGAY:-$BATS_TEST_DIRNAME/../../build/margay}"
  export folder
  folder="$(mktemp -d)"
  mkdir "$folder/rules"
  printf 'metadata { id = "Test.All", log_types = { "Zoom.Operation" }, severity = "low",\n%s\n' \
    '  where = { category_type = "User" } }' >"$folder/rules/all.lua"
  echo 'metadata { id = "Test.Mistake", severity = "lwo" }' >"$folder/mistake.lua"
  printf 'correlation { id = "Test.Needs", severity = "low", within_minutes = 5,\n%s\n' \
    '  group = { "Test.Mistake", "Test.All" } }' >"$folder/needs.lua"
  printf '%s\n' '{"time":"2024-03-21T07:09:03Z","operator":"h@example.com","category_type":"User","action":"Update"}' \
    'no record' >"$folder/records.ndjson"
  cat >"$folder/margay.yml" <<YAML
state: {path: margay.db}
rules: [rules]
schemas: $BATS_TEST_DIRNAME/../../schemas
sources:
  - {id: records, type: file, label: "Spring\u001bfield", path: $folder/records.ndjson, follow: true, poll_interval: 10ms}
destinations:
  - {id: screen, type: console}
YAML
}

teardown() {
  [ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null || true
}

teardown_file() {
  rm -rf "$folder"
}

# Starts the daemon, and waits until it has said how its source is.
start() {
  "$margay" run -c "$folder/margay.yml" >"$folder/out" 2>"$folder/log" 3>&- &
  pid=$!
  local end=$((SECONDS + 30))
  until [ "$(sqlite3 -cmd '.timeout 10000' "$folder/margay.db" \
    'SELECT pid, state, rows_today > 0 FROM daemon, source_health' 2>/dev/null)" = "$pid|working|1" ]; do
    kill -0 "$pid"
    ((SECONDS < end))
    sleep 0.05
  done
}

stop() {
  kill -TERM "$pid"
  wait "$pid" || true
  pid=
}

status_of() {
  run --separate-stderr "$margay" status "$@"
  echo "status $status"
  echo "$output"
  echo "$stderr"
}

@test "a daemon that runs well is shown on one screen, with the status 0" {
  start
  status_of -c "$folder/margay.yml"
  [ "$status" -eq 0 ]
  [ -z "$stderr" ]
  [[ "$output" == "daemon        running  margay "*", up "*" s, started 20"*"Z, pid $pid, heartbeat "* ]]
  [[ "$output" == *"rules         1 loaded, 0 left out, 0 paused"* ]]
  [[ "$output" == *"dead letters  1 by 1 reason, the last "*" ago ("*": \`margay deadletters\`"* ]]
  [[ "$output" == *"archive       1 event, the first came "* ]]
  [[ "$output" == *$'\n'"records  working  "*" ago (2024-03-21)  "* ]]
  [[ "$output" == *$'\n'"screen       0        0        0       -       -"* ]]
  [[ "$output" == *$'\n'"all is well" ]]
  [[ "$output" != *$'\x1b'* ]]

  status_of -c "$folder/margay.yml" --format json
  [ "$status" -eq 0 ]
  [ "$(jq -r '[.ok, .daemon.state, .daemon.pid, .rules.loaded, .sources[0].id, .sources[0].state,
    .sources[0].last_event_time, .sources[0].rows_today, .destinations[0].id, .dead_letters.records,
    .state.events] | join(" ")' <<<"$output")" = \
    "true running $pid 1 records working 2024-03-21T07:09:03Z 2 screen 1 1" ]
  stop
}

@test "a daemon that was stopped, or does not beat any more, is wrong" {
  start
  stop
  status_of --state "$folder/margay.db"
  [ "$status" -eq 1 ]
  [[ "$output" == "daemon        stopped  "* ]]
  [[ "$output" == *"wrong: the daemon is not running: it was stopped "*" ago, at 20"* ]]

  start
  kill -KILL "$pid"
  wait "$pid" || true
  status_of --state "$folder/margay.db"
  [ "$status" -eq 1 ]
  [[ "$output" == "daemon        died  "* ]]
  [[ "$output" == *"wrong: the daemon is not running: it was killed or it crashed after its last heartbeat, "* ]]
  # Where nothing says whether somebody has the lock, time decides.
  rm "$folder/margay.db.lock"
  sqlite3 "$folder/margay.db" 'UPDATE daemon SET beat_at = beat_at - 3600000000'
  status_of --state "$folder/margay.db" --format json
  [ "$status" -eq 1 ]
  [ "$(jq -r '.ok, .daemon.state' <<<"$output" | tr '\n' ' ')" = "false silent " ]
  [[ "$(jq -r '.problems[0]' <<<"$output")" == \
    "the daemon is not running, or it hangs: its last heartbeat was 1 h ago, at "* ]]
}

@test "what waits, what was parked and rules with mistakes are shown as wrong" {
  start
  cp "$folder/margay.yml" "$folder/kept.yml"
  sqlite3 -cmd '.timeout 10000' "$folder/margay.db" \
    "INSERT INTO outbox (alert_id, destination_id, idempotency_key, state, attempts, due, updated_at, last_error)
       SELECT id, 'pager', 'k', 2, 3, 0, 0, 'answered 404' FROM alert LIMIT 1"
  status_of --state "$folder/margay.db"
  [ "$status" -eq 1 ]
  [[ "$output" == *$'\n'"pager        0        0        1       -       answered 404"* ]]
  [[ "$output" == *"wrong: 1 alert could not be delivered to 'pager': \`margay outbox\` says why"* ]]
  stop
  cp "$folder/mistake.lua" "$folder/needs.lua" "$folder/rules/"
  start
  status_of --state "$folder/margay.db"
  [ "$status" -eq 1 ]
  [[ "$output" == *"1 loaded, 2 left out"* ]]
  [[ "$output" == *"wrong: 2 files of rules are left out because of mistakes: \`margay check\` shows them"* ]]
  stop
}

@test "a state file that nobody has used, that is read-only, or that is not there" {
  start
  stop
  mkdir "$folder/closed"
  cp "$folder/margay.db" "$folder/closed/"
  chmod 400 "$folder/closed/margay.db"
  chmod 500 "$folder/closed"
  status_of --state "$folder/closed/margay.db"
  chmod 700 "$folder/closed"
  [ "$status" -eq 1 ]
  [[ "$output" == "daemon        stopped  "* ]]

  sqlite3 "$folder/margay.db" 'DELETE FROM daemon; DELETE FROM source_health'
  status_of --state "$folder/margay.db"
  [ "$status" -eq 1 ]
  [[ "$output" == "daemon        never ran"* ]]
  [[ "$output" == *"wrong: the daemon has never run on this state file: start \`margay run\`"* ]]

  status_of --state "$folder/nothing.db"
  [ "$status" -eq 1 ]
  [ -z "$output" ]
  [[ "$stderr" == "margay status: cannot read $folder/nothing.db: "*"; \`margay run\` makes it"* ]]
}
