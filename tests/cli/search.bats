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
  [ "$stderr" = "only the latest 3 are listed: -n lists more" ]
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

# How many records `scan` finds by a where.
rows_of() { # WHERE
  cat >"$folder/rule.lua" <<LUA
metadata { id = "T", log_types = { $("$margay" schemas -f json | jq -r '@json "\(.log_type),"') }, severity = "low",
  where = $1 }
LUA
  "$margay" scan --rules "$folder/rule.lua" "$folder/records.ndjson" 2>/dev/null | wc -l
}

@test "conditions find what a rule with this where finds" {
  local row
  while IFS=';' read -r -a row; do
    search -c "$folder/false.yml" -n 10000 -f json "${row[@]:1}"
    [ "$status" -eq 0 ]
    [ -n "$output" ]
    [ "${#lines[@]}" -eq "$(rows_of "${row[0]}")" ]
  done <<'ROWS'
{ category_type = "user" };category_type=User
{ category_type = { "User", "Account" }, operator = "marge@example.com" };category_type=User;category_type=Account;operator=marge@example.com
{ ["payload.object.type"] = 2 };payload.object.type=2
{ ["|contains|all"] = { "homer", "meeting" } };homer;meeting
ROWS
}

@test "the latest events come first, and those before and after a time are left out" {
  search -c "$folder/true.yml" operator=marge@example.com -f json
  [ "$(jq -r .event_time <<<"$output")" = "2026-03-21T07:10:03Z
2026-03-21T07:09:03Z" ]
  search -c "$folder/true.yml" operator=marge@example.com --until 2026-03-21T07:10:03Z -f json
  [ "$(jq -r .event_time <<<"$output")" = 2026-03-21T07:09:03Z ]
  search -c "$folder/true.yml" operator=marge@example.com -n 1 -f json
  [ "$(jq -r .event_time <<<"$output")" = 2026-03-21T07:10:03Z ]
  [ "$stderr" = "only the latest 1 are listed: -n lists more" ]
}

@test "without a question the latest events are listed" {
  search -c "$folder/true.yml" -n 5 -f json
  [ "$status" -eq 0 ]
  [ "${#lines[@]}" -eq 5 ]
}

@test "conditions and an address must both hold" {
  search -c "$folder/true.yml" -i marge@example.com category_type=User -f json
  [ "$(jq -r .event.category_type <<<"$output")" = User ]
  search -c "$folder/true.yml" --ip 192.0.2.7 --actor Marge@example.com -f json
  [ "$(jq -r .event.category_type <<<"$output")" = Account ]
  search -c "$folder/true.yml" --ip 192.0.2.7 --actor homer@example.com
  [ "$stderr" = "no events" ]
}

@test "Lua sees what a rule sees, and its failures are reported" {
  search -c "$folder/true.yml" --lua 'event:udm("actor_user") == "marge@example.com"' -f json
  [ "${#lines[@]}" -eq 2 ]
  search -c "$folder/true.yml" --lua 'event.operator.x.y == 1' -t Zoom.Operation
  [ "$status" -eq 1 ]
  [[ "$stderr" == *"the question failed on 2 events, first so: "*"index a nil value"* ]]
}

@test "fields become the columns of CSV, in which no cell is a formula" {
  printf '%s\n' '{"time":"2026-03-22T07:09:03Z","operator":"=cmd()","category_type":"X","action":"say \"hi\", you","operation_detail":"-"}' \
    >"$folder/formula.ndjson"
  cat >"$folder/formula.yml" <<YAML
state: {path: formula.db}
rules: $root/rules/zoom/operation/two_factor_authentication_disabled.lua
schemas: $root/schemas
sources: [{id: records, type: file, path: $folder/formula.ndjson, follow: false}]
destinations: [{id: screen, type: console}]
YAML
  "$margay" run -c "$folder/formula.yml" >/dev/null 2>&1 3>&-
  search -c "$folder/formula.yml" -f csv --fields operator,action,none
  [ "${lines[0]}" = $'"event_time","log_type","source_id","row_id","operator","action","none"\r' ]
  [[ "${lines[1]}" == '"2026-03-22T07:09:03Z","Zoom.Operation","records","'*$'","\'=cmd()","say ""hi"", you",""\r' ]]
  search -c "$folder/formula.yml" --fields operator,action
  [ "${lines[1]}" = "  operator: =cmd()" ]
}

@test "a field that no log type has is reported" {
  search -c "$folder/true.yml" operater=marge@example.com
  [ "$status" -eq 0 ]
  [[ "$stderr" == *"no log type that is asked for has a field 'operater' (did you mean 'operator'?)"* ]]
}

# The row of marge's event in that minute.
row_at() { # TIME
  "$margay" search -c "$folder/true.yml" operator=marge@example.com -f json |
    jq -r --arg time "$1" 'select(.event_time == $time).row_id'
}

@test "an event is shown whole, by its row" {
  row="$(row_at 2026-03-21T07:09:03Z)"
  run --separate-stderr "$margay" events show "$row" -c "$folder/true.yml"
  [ "$status" -eq 0 ]
  [[ "$output" == *'"category_type": "User"'* ]]
  [[ "$output" == *"\"p_row_id\": \"$row\""* ]]
  [[ "$output" == *'set to a\u001b[31m'* ]]
  run --separate-stderr "$margay" events show "$row" -c "$folder/true.yml" -f json
  [ "$(jq -r .event.category_type <<<"$output")" = User ]
}

@test "what is found has its row id, whatever finds it" {
  local asked
  for asked in "-i marge@example.com" "operator=marge@example.com"; do
    # shellcheck disable=SC2086 # an option and its value
    search -c "$folder/true.yml" $asked -f json
    [ "${#lines[@]}" -eq 2 ]
    [ "$(jq -r 'select(.event.p_row_id != .row_id)' <<<"$output")" = "" ]
  done
}

@test "what happened around an event is listed in order of time" {
  row="$(row_at 2026-03-21T07:10:03Z)"
  run --separate-stderr "$margay" events show "$row" -c "$folder/true.yml" --around 1m
  [ "$status" -eq 0 ]
  [[ "${lines[0]}" == "  2026-03-21T07:09:03Z"* ]]
  [[ "${lines[2]}" == "> 2026-03-21T07:10:03Z  Zoom.Operation  $row" ]]
  run --separate-stderr "$margay" events show "$row" -c "$folder/true.yml" --around 59s -f json
  [ "${#lines[@]}" -eq 1 ]
  run --separate-stderr "$margay" events show "$row" -c "$folder/true.yml" --around soon
  [[ "$stderr" == *"--around: expected a duration"* ]]
  run --separate-stderr "$margay" events show 00112233445566778899aabbccddeeff -c "$folder/true.yml"
  [ "$status" -eq 1 ]
  [[ "$stderr" == *"no event has the row '00112233445566778899aabbccddeeff'"* ]]
}

@test "a new rule is made of an event of the archive, and passes its tests" {
  "$margay" new rule --row "$(row_at 2026-03-21T07:10:03Z)" -c "$folder/true.yml" -o "$folder/new.lua" My.Rule
  run --separate-stderr "$margay" test "$folder/new.lua"
  [ "$status" -eq 0 ]
  [[ "$output" == *" 0 failed"* ]]
  run --separate-stderr "$margay" new rule --row x -t Zoom.Operation -o - My.Rule
  [ "$status" -eq 2 ]
  [[ "$stderr" == *"--row names the record and its log type: leave --log-type out"* ]]
}

@test "what cannot be asked is a mistake" {
  search -c "$folder/true.yml" 'operator|endsin=x'
  [ "$status" -eq 2 ]
  [[ "$stderr" == *"unknown modifier 'endsin' in where key 'operator|endsin'"* ]]
  search -c "$folder/true.yml" =x
  [ "$status" -eq 2 ]
  [[ "$stderr" == *"'=x' has no field before '='"* ]]
  search -c "$folder/true.yml" --lua 'x ~= '
  [ "$status" -eq 2 ]
  [[ "${stderr_lines[0]}" == "margay search: --lua: unexpected symbol near <eof>" ]]
  search -c "$folder/true.yml" --lua 'true end do'
  [[ "${stderr_lines[0]}" == "margay search: --lua: <eof> expected near 'end'" ]]
  search -c "$folder/true.yml" --ip homer
  [[ "$stderr" == *"--ip: 'homer' is no IP address"* ]]
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
