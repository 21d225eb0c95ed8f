#!/usr/bin/env bats
# margay search on stores that margay run has written, with the index of indicators and without.

bats_require_minimum_version 1.5.0

setup_file() {
  export margay="${MARGAY:-$BATS_TEST_DIRNAME/../../build/margay}"
  export root="$BATS_TEST_DIRNAME/../.." folder
  folder="$(mktemp -d)"
  cat "$root"/fixtures/zoom/webhook/bodies/*.ndjson >"$folder/records.ndjson"
  cat >>"$folder/records.ndjson" <<'JSON'
{"time":"2026-03-21T07:09:03Z","operator":"marge@example.com","category_type":"User","action":"Update","operation_detail":"Update User Bart@Example.com  - Job Title: set to a\u001b[31m"}
{"time":"2026-03-21T07:10:03Z","operator":"marge@example.com","category_type":"Account","action":"Update","operation_detail":"IP ranges: from 192.0.2.7 to 2001:DB8:0::7"}
JSON
  local index
  for index in true false; do
    cat >"$folder/$index.yml" <<YAML
state: {path: $index.db, index_events: $index}
rules: $root/rules/zoom/operation/two_factor_authentication_disabled.lua
schemas: $root/schemas
sources: [{id: records, type: file, path: $folder/records.ndjson, follow: false}]
destinations: [{id: screen, type: console}]
YAML
    "$margay" run -c "$folder/$index.yml" >/dev/null 2>"$folder/run.err" 3>&- || {
      cat "$folder/run.err"
      false
    }
  done
}

teardown_file() {
  rm -rf "$folder"
}

search() {
  run --separate-stderr "$margay" search "$@"
}

# How many events `scan` finds with the value among these indicators.
expected() { # FIELD VALUE
  cat >"$folder/rule.lua" <<LUA
metadata { id = "T", log_types = { $("$margay" schemas -f json | jq -r '@json "\(.log_type),"') }, severity = "low" }
function rule(event)
  for _, value in ipairs(event.$1 or {}) do
    if value == "$2" then return true end
  end
  return false
end
LUA
  "$margay" scan --rules "$folder/rule.lua" "$folder/records.ndjson" 2>/dev/null | wc -l
}

@test "it finds what scan finds, with the index and without" {
  local index row field value count
  for row in "p_any_emails homer.simpson@example.com" "p_any_ip_addresses 192.0.2.7" \
    "p_any_emails nobody@example.com"; do
    read -r field value <<<"$row"
    count="$(expected "$field" "$value")"
    for index in true false; do
      search -c "$folder/$index.yml" -i "$value" -n 1000 -f json
      [ "$status" -eq 0 ]
      [ "$(grep -c . <<<"$output")" -eq "$count" ]
    done
  done
  [ "$(expected p_any_emails homer.simpson@example.com)" -gt 20 ]
}

@test "the value is folded as indicators are" {
  search -c "$folder/true.yml" --indicator "2001:DB8::0:7" -f json
  [ "$(jq -r '.log_type, .source_id, .event_time, .event.operator, .event.p_any_ip_addresses[1]' <<<"$output")" = \
    "Zoom.Operation
records
2026-03-21T07:10:03Z
marge@example.com
2001:db8::7" ]
  [ "$(jq -r '.row_id | length' <<<"$output")" -eq 32 ]
}

@test "text shows the record, without control characters" {
  search -c "$folder/true.yml" -i BART@example.com
  [[ "${lines[0]}" =~ ^2026-03-21T07:09:03Z\ \ Zoom.Operation\ \ [0-9a-f]{32}$ ]]
  [[ "${lines[1]}" == *'set to a\u001b[31m"}' ]]
  search --state "$folder/true.db" -i nobody@example.com
  [ "$status" -eq 0 ]
  [ -z "$output" ]
  [ "$stderr" = "no events" ]
}

@test "time, log type and number limit it" {
  search -c "$folder/true.yml" -i marge@example.com -f json --since 2026-03-21T07:10:00Z
  [ "$(jq -r .event.category_type <<<"$output")" = Account ]
  search -c "$folder/true.yml" -i homer.simpson@example.com -t zoom.meeting -f json
  [ "$(jq -r .log_type <<<"$output" | sort -u)" = Zoom.Meeting ]
  search -c "$folder/true.yml" -i homer.simpson@example.com -n 3 -f json
  [ "$(grep -c . <<<"$output")" -eq 3 ]
  [ "$stderr" = "only the newest 3 are listed: -n lists more" ]
}

@test "a damaged index is reported, and the events are read" {
  local count
  search -c "$folder/true.yml" -i homer.simpson@example.com -n 1000 -f json
  count="${#lines[@]}"
  cp "$folder/true.db" "$folder/damaged.db"
  sqlite3 "$folder/damaged.db" "UPDATE indicator_page SET entries = x'ffffffffffffffffffffff'"
  search --state "$folder/damaged.db" -s "$root/schemas" -i homer.simpson@example.com -n 1000 -f json
  [ "$status" -eq 0 ]
  [ "${#lines[@]}" -eq "$count" ]
  [[ "$stderr" == "the index of "*" events is damaged, and they were read one by one: "* ]]
}

@test "what cannot be asked is a mistake" {
  search -c "$folder/true.yml"
  [ "$status" -eq 2 ]
  [[ "${stderr_lines[0]}" == *"--indicator VALUE is missing"* ]]
  search homer@example.com
  [[ "${stderr_lines[0]}" == *"unexpected 'homer@example.com': the value goes with --indicator"* ]]
  search -i " "
  [[ "${stderr_lines[0]}" == *"--indicator: ' ' is no value"* ]]
  search -i x --since yesterday
  [[ "${stderr_lines[0]}" == *"--since needs a date, a time or a duration such as 24h, not 'yesterday'"* ]]
  search -c "$folder/true.yml" -i x -t Zoom.Meetin
  [ "$status" -eq 2 ]
  [[ "$stderr" == *"Zoom.Meeting"* ]]
  search --state "$folder/none.db" -i x
  [ "$status" -eq 1 ]
}
