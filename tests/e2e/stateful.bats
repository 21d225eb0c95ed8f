#!/usr/bin/env bats
# The memory of stateful rules does not depend on the command, on reloads, or on how often a row
# arrives. (For crashes see crash.bats.)

load lib

memory="$BATS_TEST_DIRNAME/rules/memory.lua"

print_records() {
  "$margay" sim --print operation --count "$1" --seed 31 --start 2024-01-01T00:00:00Z \
    --end 2024-03-01T00:00:00Z >"$folder/operation.ndjson"
}

file_source() {
  printf '  - {id: one, type: file, path: %s%s}\n' "$folder/operation.ndjson" "${1:-}"
}

# Leaves out the row's id, because it depends on the source.
alerts_of() {
  jq -c '[.rule_id // .id, .title, .severity, .first_event_time, .match_count]' | LC_ALL=C sort
}

scan_alerts() {
  "$margay" scan --alerts --rules "$memory" --schemas "$root/schemas" --jobs "$1" \
    "$folder/operation.ndjson" 2>>"$log" | alerts_of
}

@test "scan and run open the same alerts, with 1 and 4 workers" {
  print_records 6000
  scan_alerts 1 >"$folder/expected"
  equal 150 "$(wc -l <"$folder/expected")" "alerts"
  scan_alerts 4 | same "$folder/expected" - "alerts of scan with 4 workers"
  rules="$memory"
  for workers in 1 4; do
    store="$folder/$workers.db"
    write_config "$(file_source)"
    run_margay
    equal 0 "$status" "exit status"
    "$margay" alerts --state "$store" --format json --limit 10000 | alerts_of |
      same "$folder/expected" - "alerts of run with $workers workers"
  done
  equal_stores "$folder/1.db" "$folder/4.db" kv
}

@test "scan prints matches in the order of the records, whatever the number of workers" {
  print_records 6000
  for workers in 1 2 4; do
    "$margay" scan --rules "$root/rules" --rules "$memory" \
      --schemas "$root/schemas" --jobs "$workers" "$folder/operation.ndjson" 2>>"$log" |
      jq -c '[.rule_id, .row_id, .title]' >"$folder/matches.$workers"
  done
  [ "$(grep -c Test.Memory "$folder/matches.1")" -eq 150 ]
  [ "$(grep -c Zoom "$folder/matches.1")" -gt 5 ]
  same "$folder/matches.1" "$folder/matches.2" "matches of 2 workers"
  same "$folder/matches.1" "$folder/matches.4" "matches of 4 workers"
}

@test "repeated SIGHUPs while records come in do not change kv" {
  print_records 20000
  rules="$memory"
  store="$folder/quiet.db"
  write_config "$(file_source)"
  run_margay
  store="$folder/reloaded.db"
  cp "$folder/operation.ndjson" "$folder/all"
  : >"$folder/operation.ndjson"
  write_config "$(file_source ', follow: true')"
  start_margay
  wait_for 30 has_started
  local part
  for part in 1 2 3 4 5 6 7 8 9 10; do
    sed -n "$((part * 2000 - 1999)),$((part * 2000))p" "$folder/all" >>"$folder/operation.ndjson"
    kill -HUP "$pid"
    wait_for 30 has $((part * 2000 - 1000)) event
  done
  wait_for 30 has 20000 event
  stop_margay "$pid"
  equal_stores "$folder/quiet.db" "$store" kv
}

@test "rows that a report returns again are not counted again" {
  rules="$memory"
  start_zoom --generate operation=3000 --start "$(date -ud '40 hours ago' +%FT%TZ)" \
    --end "$(date -u +%FT%TZ)" --fault late:share=0.05,after=2 --fault identical:share=0.02
  write_config "$(zoom_source 'poll_interval: 1s')"
  start_margay
  wait_for 60 served_often
  stop_margay "$pid"
  [ "$(grep -cE 'report=operation .* new=[1-9]' "$log")" -ge 2 ] # some rows came late
  [ "$(count event)" -gt 2000 ]
  equal "$(count event)" "$(sql "SELECT CAST(value AS TEXT) FROM kv WHERE key = 'rows'")" \
    "rows that were counted"
}

served_often() {
  [ "$(zoom_stats .rows_served)" -gt 8000 ]
}
