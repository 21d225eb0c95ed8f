#!/usr/bin/env bats
# Records that a schema refuses, from the first warning to the alert that they open after all.

load lib

# schema TYPE: the schema of Test.Log, whose field `level` has this type. Whole: a daemon may read it.
schema() {
  mkdir -p "$folder/schemas" "$folder/rules"
  cat >"$folder/schema.new" <<END
schema: Test.Log
strict: true
fields:
  - {name: at, type: timestamp, timeFormats: [unix], isEventTime: true, required: true}
  - {name: level, type: $1, required: true}
END
  mv "$folder/schema.new" "$folder/schemas/test.yml"
  printf 'metadata { id = "Test.High", log_types = { "Test.Log" }, severity = "low", where = { level = 9 } }\n' \
    >"$folder/rules/high.lua"
}

start_following() {
  cat >"$config" <<END
state: {path: $store}
rules: [$folder/rules]
schemas: $folder/schemas
sources:
  - {id: file, type: file, path: $folder/records.ndjson, follow: true, poll_interval: 10ms, log_type: Test.Log}
destinations:
  - {id: out, type: console, format: json}
END
  start_margay
  wait_for 30 has_started
}

letters() {
  sql "SELECT count(*) FROM dead_letter"
}

has_letters() {
  [ "$(letters)" = "$1" ]
}

@test "records that are refused are warned about once, reported by an alert, listed and shown" {
  schema int
  printf '{"at":%d,"level":"nine"}\n' 1 2 3 >"$folder/records.ndjson"
  start_following
  wait_for 30 has_letters 3
  wait_for 30 grep -q '"type":"system"' "$folder/console"
  stop_margay "$pid"
  equal 1 "$(grep -c 'records are refused' "$log")" "warnings"
  grep 'records are refused' "$log" | grep -F "reason=\"Test.Log: field 'level': expected int, found a string\""
  equal 1 "$(grep -c '"type":"system"' "$folder/console")" "system alerts"

  run "$margay" deadletters --state "$store"
  equal 0 "$status" "exit status"
  [[ "${lines[1]}" == "1 "*"  3        file    Test.Log  Test.Log: field 'level': expected int, found a string" ]]
  run "$margay" deadletters show 1 --limit 1 --format json --state "$store"
  equal 0 "$status" "exit status"
  equal '{"at":3,"level":"nine"}' "$(jq -r .record <<<"$output")" "the newest record"
}

@test "retried letters become events and alerts of a running daemon, once their schema is right" {
  schema string
  printf '{"at":%d,"level":9}\n' 1 2 3 >"$folder/records.ndjson"
  start_following
  wait_for 30 has_letters 3
  "$margay" deadletters retry --all --state "$store"
  wait_for 30 grep -q 'dead letters are retried' "$log"
  wait_for 30 has_letters 3
  equal 0 "$(sql "SELECT count(*) FROM event")" "events by the wrong schema"

  schema int
  kill -HUP "$pid"
  wait_for 30 grep -q 'msg=reloaded' "$log"
  run "$margay" deadletters retry --all --state "$store"
  equal 0 "$status" "exit status"
  equal "3 records are to be retried; a running margay run does it within a second, another when it starts" \
    "$output" "what retry says"
  wait_for 30 has_letters 0
  wait_for 30 grep -q '"Test.High"' "$folder/console"
  stop_margay "$pid"
  equal 3 "$(sql "SELECT count(*) FROM rule_match")" "matches"
  equal 3 "$(sql "SELECT count(DISTINCT row_id) FROM event WHERE source_id = 'file'")" "events"
}

@test "letters that were marked while no daemon ran are retried when one starts" {
  schema string
  printf '{"at":1,"level":9}\n' >"$folder/records.ndjson"
  start_following
  wait_for 30 has_letters 1
  stop_margay "$pid"
  "$margay" deadletters retry 1 --state "$store"
  schema int
  start_following
  wait_for 30 has_letters 0
  stop_margay "$pid"
  equal 1 "$(sql "SELECT count(*) FROM event")" "events"
}

@test "dropped letters are gone, and an unknown ID is a mistake that says what to do" {
  schema string
  printf '{"at":1,"level":9}\n' >"$folder/records.ndjson"
  start_following
  wait_for 30 has_letters 1
  stop_margay "$pid"
  run "$margay" deadletters drop 7 --state "$store"
  equal 1 "$status" "exit status"
  equal "margay deadletters: there are no dead letters with the ID 7; \`margay deadletters list\` shows what there is" \
    "$output" "the mistake"
  run "$margay" deadletters drop 1 --state "$store"
  equal 0 "$status" "exit status"
  equal "1 record was dropped" "$output" "what drop says"
  run "$margay" deadletters --state "$store"
  equal 0 "$status" "exit status"
  equal "no dead letters: every record passed its schema" "$output" "what list says"
}
