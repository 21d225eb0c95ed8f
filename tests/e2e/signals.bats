#!/usr/bin/env bats
# Signals to a running daemon: stop, and read the files again.

load lib

# rule NAME: a rule that opens an alert for every record whose action is NAME.
rule() {
  mkdir -p "$folder/rules"
  cat >"$folder/rules/$1.lua" <<LUA
metadata {
  id = "Test.$1",
  log_types = { "Zoom.Operation" },
  severity = "low",
  where = { action = "$1" },
}
function title(event)
  return "$1: " .. event.operation_detail
end
LUA
}

# records ACTION FIRST LAST [FILE]: appends records with these numbers.
records() {
  seq "$2" "$3" | sed "s/.*/{\"time\":\"2024-03-21T07:00:00Z\",\"operator\":\"homer@example.com\",\
\"category_type\":\"User\",\"action\":\"$1\",\"operation_detail\":\"&\"}/" \
    >>"${4:-$folder/records.ndjson}"
}

# follow NAME…: sources that follow files of these names.
follow() {
  local name
  for name; do
    touch "$folder/$name.ndjson"
    printf '  - {id: %s, type: file, path: %s, follow: true, poll_interval: 10ms}\n' \
      "$name" "$folder/$name.ndjson"
  done
}

alerts_with() {
  sql "SELECT title FROM alert WHERE rule_id = 'Test.$1' ORDER BY number"
}

# Waits until the log has one more line with these words.
reload_until() {
  local before
  before="$(grep -c -- "$1" "$log" || true)"
  kill -HUP "$pid"
  wait_for 30 more_lines "$1" "$before"
}

more_lines() {
  [ "$(grep -c -- "$1" "$log")" -gt "$2" ]
}

@test "SIGTERM during work stops the daemon cleanly, and the next start continues" {
  start_zoom --seed 12 --generate operation=3000 --generate activity=2000 --latency 20 \
    --matches 0.03
  start_slack
  write_config "$(zoom_source 'poll_interval: 1s')" "$(slack_destination)"
  local times
  for times in 1 2 3; do
    start_margay
    wait_for 60 has $((times * 1000 - 999)) event
    stop_margay "$pid"
  done
  start_margay
  wait_for 60 complete 5000
  stop_margay "$pid"
  equal 5000 "$(count event)" "events"
  equal "$(count alert)" "$(slack_deliveries | sort -u | wc -l)" "alerts that were delivered"
  equal "$(count alert)" "$(slack_stats .accepted)" "messages"
  same_matches
}

@test "SIGTERM stops the daemon at once while it waits for Zoom's Retry-After" {
  rules="$BATS_TEST_DIRNAME/rules/row.lua"
  start_zoom --generate operation=10 --fault 429:retry-after=3000
  write_config "$(zoom_source)"
  start_margay
  wait_for 30 grep -q 'after_seconds=3000' "$log"
  stop_margay "$pid"
}

@test "SIGHUP with a new rule matches the records that follow" {
  rule Old
  rules="$folder/rules"
  write_config "$(follow records)"
  start_margay
  records Old 1 1
  records New 1 1
  wait_for 30 has 2 event
  rule New
  reload_until 'msg=reloaded.*rules=2'
  records New 2 2
  records Old 2 2
  wait_for 30 has 4 event
  stop_margay "$pid"
  equal "$(printf '%s\n' 'Old: 1' 'Old: 2')" "$(alerts_with Old)" "alerts of the old rule"
  equal 'New: 2' "$(alerts_with New)" "alerts of the new rule"
}

@test "a rule that is broken at the start is left out, a reload does not wait for it, and the status is 1" {
  rule Old
  rule New
  sed -i '4s/severity/serverity/' "$folder/rules/New.lua"
  rules="$folder/rules"
  write_config "$(follow records)"
  start_margay
  records Old 1 1
  wait_for 30 has 1 alert
  grep -q "level=error.*a rule with a mistake is left out.*rules/New.lua:4: " "$log"
  reload_until 'msg=reloaded.*rules=1'
  kill -TERM "$pid"
  local status=0
  wait "$pid" || status=$?
  equal 1 "$status" "exit status"
}

@test "SIGHUP with a broken rule keeps the old rules, and reports the mistake with its place" {
  rule Old
  rules="$folder/rules"
  write_config "$(follow records)"
  start_margay
  records Old 1 1
  wait_for 30 has 1 alert
  rule New
  sed -i '4s/severity/serverity/' "$folder/rules/New.lua"
  rm "$folder/rules/Old.lua"
  reload_until 'level=error.*not reloaded: the old configuration and rules stay'
  grep -q "level=error.*rules/New.lua:4: .*serverity.*did you mean 'severity'" "$log"
  records Old 2 2
  records New 1 1
  wait_for 30 has 3 event
  rule New
  reload_until 'msg=reloaded.*rules=1'
  records New 2 2
  records Old 3 3
  wait_for 30 has 5 event
  stop_margay "$pid"
  equal "$(printf '%s\n' 'Old: 1' 'Old: 2')" "$(alerts_with Old)" "alerts of the old rule"
  equal 'New: 2' "$(alerts_with New)" "alerts of the new rule"
}

@test "SIGHUP applies another configuration without reading anything twice, and rejects a broken one" {
  rule Old
  rules="$folder/rules"
  write_config "$(follow records)"
  start_margay
  records Old 1 3
  wait_for 30 has 3 event
  write_config "$(follow records others)"
  records Old 11 13 "$folder/others.ndjson"
  reload_until 'msg=reloaded'
  wait_for 30 has 6 event
  sed -i 's/follow: true/folow: true/' "$config"
  reload_until 'level=error.*not reloaded'
  grep -q "level=error.*margay.yml:[0-9]*:[0-9]*: .*folow.*did you mean 'follow'" "$log"
  records Old 4 4
  records Old 14 14 "$folder/others.ndjson"
  wait_for 30 has 8 event
  stop_margay "$pid"
  equal 8 "$(count event)" "events"
  equal 8 "$(alerts_with Old | sort -u | wc -l)" "alerts"
}

@test "SIGHUP names the settings that need a restart, and applies the others" {
  rule Old
  rules="$folder/rules"
  write_config "$(follow records)"
  start_margay
  records Old 1 3
  wait_for 30 has 3 event
  store=$folder/another.db workers=$((workers + 1)) write_config "$(follow records others)"
  records Old 11 13 "$folder/others.ndjson"
  reload_until 'msg=reloaded'
  wait_for 30 has 6 event
  stop_margay "$pid"
  grep -q 'level=warn.*started again.*setting=state.path change=changed' "$log"
  grep -q 'level=warn.*started again.*setting=workers change=changed' "$log"
  grep -q 'level=info.*taken over.*setting=sources\[others\] change=added' "$log"
  [ ! -e "$folder/another.db" ]
}

@test "repeated SIGHUPs while records come in match every record once" {
  rule Old
  rules="$folder/rules" workers=4
  write_config "$(follow records)"
  start_margay
  wait_for 30 has_started
  local i
  for i in $(seq 0 19); do
    records Old $((i * 100 + 1)) $((i * 100 + 100))
    [ $((i % 3)) -ne 0 ] || write_config "$(follow records)
# change $i"
    kill -HUP "$pid"
  done
  wait_for 60 has 2000 event
  stop_margay "$pid"
  equal 2000 "$(count event)" "events"
  equal 2000 "$(alerts_with Old | sort -u | wc -l)" "alerts"
  ! grep 'level=error' "$log"
}

@test "a second daemon on the same state is refused while the first runs, but not after it died" {
  rule Old
  rules="$folder/rules"
  write_config "$(follow records)"
  start_margay
  local first=$pid
  records Old 1 1
  wait_for 30 has 1 alert
  run "$margay" run -c "$config"
  equal 1 "$status" "exit status of the second"
  [[ "$output" == *"margay.db is in use by another margay run"* ]]
  records Old 2 2
  wait_for 30 has 2 alert
  kill_margay "$first"
  start_margay
  records Old 3 3
  wait_for 30 has 3 alert
  stop_margay "$pid"
}

@test "SIGHUP after a secret's file changed uses the new secret, and logs neither secret" {
  rules="$BATS_TEST_DIRNAME/rules/row.lua"
  start_zoom --generate operation=10 --client-secret the-right-secret
  printf 'the-wrong-secret\n' >"$folder/secret"
  write_config "$(zoom_source 'poll_interval: 1s' | sed "s|not-a-secret|file:$folder/secret|")"
  start_margay --log-level debug
  wait_for 30 grep -q 'check account_id, client_id and client_secret' "$log"
  equal 0 "$(count event)" "events"
  printf 'the-right-secret\n' >"$folder/secret"
  reload_until msg=reloaded
  wait_for 30 has 10 event
  stop_margay "$pid"
  ! grep -E 'the-(wrong|right)-secret' "$log"
}
