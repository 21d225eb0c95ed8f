#!/usr/bin/env bats
# scan and run open the same alerts for the same records, whatever the number of workers.

load lib

# Without row.lua: a row's id depends on its source, so it differs between scan and run.
test_rules=("$BATS_TEST_DIRNAME/rules/burst.lua" "$BATS_TEST_DIRNAME/rules/addresses.lua")

made_up=(--seed 21 --start 2024-03-19T00:00:00Z --end 2024-03-21T00:00:00Z --matches 0.09)

# The records that the simulator would serve: operations in one file, activities in another.
print_records() {
  "$margay" sim --print operation --count 2600 "${made_up[@]}" >"$folder/operation.ndjson"
  "$margay" sim --print activity --count 2200 "${made_up[@]}" >"$folder/activity.ndjson"
}

# The content of the alerts, one per line, in an order that does not depend on the command.
alerts_of() {
  jq -c '[.rule_id // .id, .dedup, .title, .severity, .first_event_time, .last_event_time,
    .match_count, .summary_attributes]' | LC_ALL=C sort
}

# scan_alerts JOBS FILE…
scan_alerts() {
  "$margay" scan --alerts --rules "$root/rules" "${test_rules[@]/#/--rules=}" \
    --schemas "$root/schemas" --jobs "$1" "${@:2}" 2>>"$log" | alerts_of
}

# Without the rules that ask about the events before. They see them in the order of the source, which is part of what
# they say (docs/stateful.md, "How it works"), so that of shuffled records is another past by design.
without_questions() {
  grep -vE '^\["Zoom\.Sign\.In\.Many\.(Addresses|Clients)"'
}

run_alerts() {
  run_margay
  equal 0 "$status" "exit status" &&
    "$margay" alerts --state "$store" --format json --limit 100000 | alerts_of
}

enough_alerts() {
  [ "$(wc -l <"$1")" -gt 150 ] &&
    equal 2 "$(grep -oE '"Test.(Burst|Addresses)"' "$1" | sort -u | wc -l)" "test rules" &&
    [ "$(grep -c 'Zoom\.' "$1")" -gt 50 ] &&
    [ "$(grep -c '"p_any_ip_addresses":{"[0-9]' "$1")" -gt 10 ]
}

@test "scan opens the same alerts with 1 and 4 workers, in order and shuffled" {
  print_records
  scan_alerts 1 "$folder/operation.ndjson" "$folder/activity.ndjson" >"$folder/expected"
  enough_alerts "$folder/expected"
  scan_alerts 4 "$folder/operation.ndjson" "$folder/activity.ndjson" |
    same "$folder/expected" - "alerts of 4 workers"
  cat "$folder"/*.ndjson | shuf --random-source=<(yes) >"$folder/all"
  without_questions <"$folder/expected" >"$folder/expected.shuffled"
  enough_alerts "$folder/expected.shuffled"
  scan_alerts 1 "$folder/all" | without_questions |
    same "$folder/expected.shuffled" - "alerts of shuffled records"
  scan_alerts 4 - <"$folder/all" | without_questions |
    same "$folder/expected.shuffled" - "alerts of 4 workers from a pipe"
}

@test "run on files opens the alerts of scan, with 1 and 4 workers" {
  print_records
  scan_alerts 2 "$folder/operation.ndjson" "$folder/activity.ndjson" >"$folder/expected"
  rules="$root/rules, ${test_rules[0]}, ${test_rules[1]}"
  for workers in 1 4; do
    store="$folder/files.$workers.db"
    write_config "  - {id: operations, type: file, path: $folder/operation.ndjson}
  - {id: activities, type: file, path: $folder/activity.ndjson, log_type: Zoom.Activity}"
    run_alerts >"$folder/actual"
    same "$folder/expected" "$folder/actual" "alerts of run with $workers workers"
  done
}

@test "run on Zoom's reports opens the alerts of scan, with 1 and 4 workers" {
  made_up[3]="$(date -ud '2 days ago' +%FT%TZ)" made_up[5]="$(date -u +%FT%TZ)"
  rules="$root/rules, ${test_rules[0]}, ${test_rules[1]}"
  start_zoom --generate operation=2600 --generate activity=2200 "${made_up[@]}" \
    --fault identical:share=0.01
  for workers in 1 4; do
    store="$folder/zoom.$workers.db"
    write_config "$(zoom_source 'poll_once: true')"
    run_alerts >"$folder/actual.$workers"
  done
  enough_alerts "$folder/actual.1"
  same "$folder/actual.1" "$folder/actual.4" "alerts with 1 and 4 workers"
  # The store holds the records unchanged.
  stored_records | shuf --random-source=<(yes) >"$folder/all"
  equal "$(zoom_stats '[.reports[].rows] | add')" "$(wc -l <"$folder/all")" "records"
  without_questions <"$folder/actual.1" >"$folder/actual.shuffled"
  for workers in 1 4; do
    scan_alerts "$workers" "$folder/all" | without_questions |
      same "$folder/actual.shuffled" - "alerts of run and scan with $workers workers"
  done
}
