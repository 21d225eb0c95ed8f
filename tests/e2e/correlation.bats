#!/usr/bin/env bats
# The findings of correlations do not depend on the command, on reloads, or on when the daemon is
# stopped. (For crashes see crash.bats.)

load lib

correlation="$BATS_TEST_DIRNAME/rules/correlation"

print_records() {
  "$margay" sim --print operation --count "$1" --seed 31 --start 2024-01-01T00:00:00Z \
    --end 2024-02-01T00:00:00Z >"$folder/operation.ndjson"
}

file_source() {
  printf '  - {id: one, type: file, path: %s%s}\n' "$folder/operation.ndjson" "${1:-}"
}

# Leaves out the row's id, and the dedup made of it, because they depend on the source.
alerts_of() {
  jq -c '[.rule_id // .id, .title, .severity, .first_event_time, .match_count]' | LC_ALL=C sort
}

scan_alerts() {
  "$margay" scan --alerts --rules "$correlation" --schemas "$root/schemas" --jobs "$1" \
    "$folder/operation.ndjson" 2>>"$log" | alerts_of
}

stored_alerts() {
  "$margay" alerts --state "$store" --format json --limit 10000 | alerts_of
}

enough_of_each() {
  local id
  for id in Then Without Among; do
    [ "$(grep -c "Test.$id" "$1")" -ge 8 ] || fail "too few alerts of Test.$id" || return 1
  done
}

@test "scan and run open the same alerts of correlations, with 1 and 4 workers" {
  print_records 9000
  scan_alerts 1 >"$folder/expected"
  enough_of_each "$folder/expected"
  scan_alerts 4 | same "$folder/expected" - "alerts of scan with 4 workers"
  rules="$correlation"
  for workers in 1 4; do
    store="$folder/$workers.db"
    write_config "$(file_source)"
    run_margay
    equal 0 "$status" "exit status"
    stored_alerts | same "$folder/expected" - "alerts of run with $workers workers"
  done
  equal_stores "$folder/1.db" "$folder/4.db" correlations
}

@test "stops and SIGHUPs while correlations wait do not change the alerts" {
  print_records 6000
  rules="$correlation"
  store="$folder/quiet.db"
  write_config "$(file_source ', follow: true')"
  start_margay
  wait_for 30 has 6000 event
  stop_margay "$pid"
  stored_alerts >"$folder/expected"
  enough_of_each "$folder/expected"
  store="$folder/disturbed.db"
  cp "$folder/operation.ndjson" "$folder/all"
  : >"$folder/operation.ndjson"
  write_config "$(file_source ', follow: true')"
  start_margay
  wait_for 30 has_started
  local part waiting=0
  for part in 1 2 3 4 5 6; do
    sed -n "$((part * 1000 - 999)),$((part * 1000))p" "$folder/all" >>"$folder/operation.ndjson"
    kill -HUP "$pid"
    wait_for 30 has $((part * 1000)) event
    waiting=$((waiting + $(count correlation_state 'due IS NOT NULL')))
    if ((part % 2)); then
      stop_margay "$pid"
      start_margay
      wait_for 30 has_started
    fi
  done
  stop_margay "$pid"
  [ "$waiting" -gt 0 ]
  stored_alerts | same "$folder/expected" - "alerts"
  equal_stores "$folder/quiet.db" "$store" correlations
}

@test "the alert of a correlation shows which events its steps were made of" {
  print_records 2000
  rules="$correlation"
  store="$folder/steps.db"
  write_config "$(file_source)"
  run_margay
  equal 0 "$status" "exit status"
  id=$("$margay" alerts --state "$store" --rule Test.Then --format json -n 1 | jq -r .alert_id)
  "$margay" alerts show "$id" --state "$store" >"$folder/shown"
  "$margay" alerts show "$id" --state "$store" --format json >"$folder/shown.json"
  grep -q '^  steps$' "$folder/shown"
  ! grep -q 'events are shown' "$folder/shown"
  jq -r '.steps[] | .events[] | "\(.actor)  \(.title)  (\(.rule_id))"' "$folder/shown.json" >"$folder/events"
  [ "$(wc -l <"$folder/events")" -ge 2 ]
  while IFS= read -r event; do
    grep -qF "$event" "$folder/shown" || fail "'$event' is not shown"
  done <"$folder/events"
}
