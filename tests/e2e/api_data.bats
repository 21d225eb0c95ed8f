#!/usr/bin/env bats
# What the API says of events, rules, sources and what went wrong, beside what the command line says of the same
# state file. One daemon for all tests, which has read Zoom's webhook bodies and some rows of a report.

bats_require_minimum_version 1.5.0

setup_file() {
  export margay="${MARGAY:-$BATS_TEST_DIRNAME/../../build/margay}"
  export root="$BATS_TEST_DIRNAME/../.." folder config port
  folder="$(mktemp -d)"
  config="$folder/margay.yml"
  cat "$root"/fixtures/zoom/webhook/bodies/*.ndjson | jq -c --slurp 'sort_by(.event_ts // 9e15)[]' >"$folder/records.ndjson"
  cat >>"$folder/records.ndjson" <<'JSON'
{"time":"2026-03-21T07:09:03Z","operator":"marge@example.com","category_type":"User","action":"Update","operation_detail":"x21"}
{"time":"2026-03-22T07:09:03Z","operator":"marge@example.com","category_type":"User","action":"Update","operation_detail":"x22"}
{"time":"2026-03-23T07:09:03Z","operator":"marge@example.com","category_type":"User","action":"Update","operation_detail":"x23"}
{"time":"2026-03-24T07:09:03Z","email":"homer@example.com","type":"Sign in","ip_address":"192.0.2.7","client_type":"mac"}
{"no": "log type"}
JSON
  mkdir -p "$folder/rules/lib"
  echo 'return { who = "marge@example.com" }' >"$folder/rules/lib/mine.lua"
  cat >"$folder/rules/updated.lua" <<'LUA'
metadata {
  id = "My.Updated", log_types = { "Zoom.Operation" }, severity = "low", where = { operation_detail = "x22" },
  reports = { ["MITRE ATT&CK"] = { "TA0003:T1098" } },
}
tests {
  { name = "the day", expect = true, event = { time = "2026-03-22T00:00:00Z", operator = "m@example.com",
    category_type = "User", action = "Update", operation_detail = "x22" } },
  { name = "another day", expect = false, event = { time = "2026-03-22T00:00:00Z", operator = "m@example.com",
    category_type = "User", action = "Update", operation_detail = "x21" } },
}
LUA
  echo 'correlation { id = "My.Never", severity = "low", within_minutes = 60, sequence = { { rule = "My.Updated", min = 50 } } }' \
    >"$folder/rules/never.lua"
  write_config
  start
}

write_config() {
  port="$(free_port)"
  cat >"$config" <<YAML
state: {path: margay.db}
rules: [$root/rules/zoom/webhook, $folder/rules]
schemas: $root/schemas
sources: [{id: records, type: file, path: $folder/records.ndjson, follow: true, history_alerts: all}]
packs: {zoom-extended: alert, zoom-audit: alert}
destinations: [{id: screen, type: console}, {id: chat, type: slack, url: "http://127.0.0.1:9/hook"}]
http: {listen: "127.0.0.1:$port"}
workers: 1
YAML
}

# A port that nobody listens on at this moment.
free_port() {
  local candidate
  for candidate in $(shuf -i 20000-32000 -n 50); do
    (exec 8<>"/dev/tcp/127.0.0.1/$candidate") 2>/dev/null || break
  done
  echo "$candidate"
}

start() {
  (
    cd "$folder" && exec "$margay" run -c "$config" >"$folder/console" 2>"$folder/log" 3>&-
  ) &
  echo $! >"$folder/pid"
  local i
  for ((i = 0; i < 600; i++)); do
    [ "$(curl -s --max-time 5 "http://127.0.0.1:$port/api/v1/events?log_type=Zoom.Activity" | jq '.items | length')" = 1 ] && return
    kill -0 "$(<"$folder/pid")" || break
    sleep 0.1
  done
  cat "$folder/log"
  return 1
}

teardown_file() {
  ! grep -E 'Sanitizer|runtime error:' -A 12 "$folder/log"
  kill "$(<"$folder/pid")"
  wait "$(<"$folder/pid")" 2>/dev/null || true
  rm -rf "$folder"
}

# ask STATUS PATH [OPTION…]: asks for a path below /api/v1; the answer is in $answer, and kept for the last test.
ask() {
  local status
  status="$(curl -s --max-time 20 -o "$BATS_TEST_TMPDIR/answer" -w '%{http_code}' "${@:3}" \
    "http://127.0.0.1:$port/api/v1$2")"
  answer="$(<"$BATS_TEST_TMPDIR/answer")"
  [ "$status" = "$1" ] || {
    echo "$2: expected $1, got $status: $answer"
    return 1
  }
  [[ "$status" != 20[0-3] ]] ||
    printf '{"method": "%s", "path": "%s", "answer": %s}\n' "${method:-GET}" "$2" "$answer" >>"$folder/answers.ndjson"
}

# send STATUS METHOD PATH JSON
send() {
  local method="$2"
  ask "$1" "$3" -X "$2" -H 'Content-Type: application/json' -d "$4"
}

# is EXPECTED FILTER: what a jq filter makes of the answer.
is() {
  local found
  found="$(jq -r "$2" <<<"$answer")"
  [ "$1" = "$found" ] || {
    echo "$2: expected $1, got $found of $answer"
    return 1
  }
}

# Both say the same, whatever the order of members.
same_as() { # COMMAND'S-JSON FILTER-OF-IT FILTER-OF-THE-ANSWER
  diff <(jq -S "$2" <<<"$1") <(jq -S "$3" <<<"$answer")
}

@test "events are found as the command line finds them, page by page" {
  local by_cli pages=0 next=""
  by_cli="$("$margay" search -c "$config" -n 10000 -f json)"
  : >"$BATS_TEST_TMPDIR/all"
  while :; do
    ask 200 "/events?limit=37${next:+&cursor=$next}"
    jq -c '.items[]' <<<"$answer" >>"$BATS_TEST_TMPDIR/all"
    pages=$((pages + 1))
    next="$(jq -r '.next // empty' <<<"$answer")"
    [ -n "$next" ] || break
  done
  [ "$pages" -gt 3 ]
  diff <(jq -c '[.row_id, .event_time, .log_type, .source_id, .event]' <<<"$by_cli") \
    <(jq -c '[.row_id, .time, .log_type, .source, .event]' "$BATS_TEST_TMPDIR/all")
}

@test "conditions, people and addresses find what the command line finds" {
  local row query
  while read -r query row; do
    ask 200 "/events?limit=500&$query"
    # shellcheck disable=SC2086
    diff <("$margay" search -c "$config" -n 500 -f json $row | jq -r .row_id | sort) \
      <(jq -r '.items[].row_id' <<<"$answer" | sort)
    is true .complete
    [ "$(jq '.items | length' <<<"$answer")" -gt 0 ]
  done <<'ROWS'
where=operation_detail%7Ccontains%3Dx2 operation_detail|contains=x2
where=operation_detail%3Dx21&where=operation_detail%3Dx23 operation_detail=x21 operation_detail=x23
actor=marge%40example.com --actor marge@example.com
actor=marge%40example.com&where=operation_detail%3Dx22 --actor marge@example.com operation_detail=x22
ip=192.0.2.7 --ip 192.0.2.7
indicator=homer.simpson%40example.com -i homer.simpson@example.com
log_type=zoom.activity -t zoom.activity
since=2026-03-22&until=2026-03-23&log_type=Zoom.Operation --since 2026-03-22 --until 2026-03-23 -t Zoom.Operation
lua=event.operation_detail+%3D%3D+%22x23%22 --lua event.operation_detail=="x23"
ROWS
}

@test "a mistake in a search is refused with the parameter that has it" {
  ask 400 '/events?where=action%7Cno_such%3Dx'
  is where .parameter
  ask 400 '/events?where=%3Dx'
  is where .parameter
  ask 400 '/events?lua=%29'
  is lua .parameter
  ask 400 '/events?log_type=Zoom.Nothing'
  is log_type .parameter
  ask 400 '/events?ip=x'
  is ip .parameter
  ask 400 '/events?cursor=x'
  is cursor .parameter
}

@test "a histogram counts what a search finds, whichever way" {
  local all
  all="$("$margay" search -c "$config" -n 10000 -f json | jq -s length)"
  ask 200 /events/histogram
  is "$all" .total
  is "$all" '[.buckets[].count] | add'
  is true '(.buckets | length) <= 60'
  ask 200 '/events/histogram?where=operation_detail%7Ccontains%3Dx2&buckets=500'
  is 3 .total
  is 3 '[.buckets[].count] | add'
  ask 200 '/events/histogram?log_type=Zoom.Operation&since=2026-03-21T12:00:00Z&until=2026-03-23T07:09:04Z&buckets=500'
  is 2 .total
  is 600 .width_seconds
  is 2026-03-22T07:00:00Z,2026-03-23T07:00:00Z '[.buckets[] | select(.count > 0).start] | join(",")'
  ask 200 '/events/histogram?log_type=Zoom.Operation&since=2026-03-21T12:00:00Z&until=2026-03-23T07:09:04Z&buckets=3'
  is 86400 .width_seconds
  is 2 .total
  ask 200 '/events/histogram?ip=192.0.2.7'
  is true '.total > 0'
}

@test "the commonest values of fields" {
  ask 200 '/events/fields?log_type=Zoom.Operation&fields=operator,operation_detail'
  is 3 .sampled
  is 'marge@example.com 3' '.fields.operator[0] | "\(.value) \(.count)"'
  is 'x21 x22 x23' '[.fields.operation_detail[].value] | join(" ")'
  ask 200 '/events/fields?log_type=Zoom.Meeting'
  is true '.fields | has("payload.object.id")'
}

@test "one event, and what was around it" {
  local id
  id="$("$margay" search -c "$config" -f json operation_detail=x22 | jq -r .row_id)"
  ask 200 "/events/$id?around=1d"
  is "$id" .row_id
  is x22 '.record | fromjson.operation_detail'
  is 3 '.around | length'
  is marge@example.com '.event.operator'
  ask 404 /events/00000000000000000000000000000000
  ask 400 "/events/$id?around=2y"
  is around .parameter
}

@test "the overview counts what there is" {
  ask 200 '/overview?since=2026-03-01'
  is 3 '.events_by_type[] | select(.log_type == "Zoom.Operation").count'
  is 1 '.events_by_day[] | select(.day == "2026-03-22").count'
  is true '.events == ([.events_by_type[].count] | add)'
  is true '.events == ([.events_by_day[].count] | add)'
  local alerts
  alerts="$("$margay" alerts list -c "$config" -n 10000 -f json | jq -s length)"
  [ "$alerts" -gt 20 ]
  is "$alerts" '[.alerts_by_day[] | .critical + .high + .medium + .low + .info] | add'
  is "$alerts" '[.open[]] | add'
  is 10 '.rules | length'
  is true '.actors[0].score >= .actors[1].score'
  is 1 '.clients[] | select(.value == "mac").count'
  is Update '.actions[] | select(.value == "Update").value'
  is records '.sources[0].id'
  ask 400 '/overview?since=1950-01-01'
  is since .parameter
}

@test "rules are described as the command line describes them" {
  local shared='del(.tests, .techniques, .sent_to)'
  ask 200 /rules
  diff <("$margay" rules list -c "$config" -f json 2>/dev/null | jq -S "$shared") \
    <(jq -S '.items[] | del(.description, .mode, .tuned, .attack, .test_count, .matches_30d, .alerts_30d)' <<<"$answer")
  ask 200 /rules/my.updated
  is My.Updated .id
  is alert .mode
  is 'TA0003 T1098' '.attack[0] | "\(.tactic) \(.technique)"'
  is 'the day true,another day false' '[.tests[] | "\(.name) \(.expected)"] | join(",")'
  is lua .language
  diff "$folder/rules/updated.lua" <(jq -j .text <<<"$answer")
  ask 404 /rules/My.Updatet
  is "there is no rule 'My.Updatet' (did you mean 'My.Updated'?)" .detail
}

@test "the matches of a rule lead to its alerts" {
  ask 200 /rules/My.Updated/matches
  is 1 '.items | length'
  is marge@example.com '.items[0].actor'
  local alert
  alert="$(jq -r '.items[0].alert_id' <<<"$answer")"
  ask 200 "/alerts?rule=My.Updated"
  is "$alert" '.items[0].alert_id'
}

@test "the tests of a rule are run as its file is" {
  send 200 POST /rules/My.Updated/tests '{}'
  is '2 0' '"\(.passed) \(.failed)"'
  sed -i 's/operation_detail = "x21" } },/operation_detail = "x22" } },/' "$folder/rules/updated.lua"
  send 200 POST /rules/My.Updated/tests '{}'
  is '1 1' '"\(.passed) \(.failed)"'
  is true '.tests[1] | .ok == false and (.message | length > 0)'
  sed -i '/another day/,$s/operation_detail = "x22" } },/operation_detail = "x21" } },/' "$folder/rules/updated.lua"
}

@test "why a rule matches an event, as the command line explains it" {
  local id
  id="$("$margay" search -c "$config" -f json operation_detail=x22 | jq -r .row_id)"
  ask 200 "/rules/My.Updated/explanation?row_id=$id"
  is match .verdict
  diff <("$margay" explain My.Updated --row "$id" -c "$config" -f json 2>/dev/null | jq -S 'del(.sent_to)') <(jq -S . <<<"$answer")
  id="$("$margay" search -c "$config" -f json operation_detail=x21 | jq -r .row_id)"
  ask 200 "/rules/My.Updated/explanation?row_id=$id"
  is 'no match' .verdict
  ask 404 "/rules/My.Updated/explanation?row_id=0"
  ask 400 /rules/My.Updated/explanation
}

# until_over ID: asks for a backtest until it has ended.
until_over() {
  local i
  for ((i = 0; i < 300; i++)); do
    ask 200 "/backtests/$1"
    [[ "$(jq -r .state <<<"$answer")" =~ queued|running ]] || return 0
    sleep 0.1
  done
  return 1
}

@test "a backtest of the API finds what the command finds" {
  local id by_cli
  send 202 POST /backtests '{"rule": "*", "since": "2000-01-01"}'
  id="$(jq -r .id <<<"$answer")"
  until_over "$id"
  is "done" .state
  by_cli="$("$margay" backtest -c "$config" --since 2000-01-01 --format json '*')"
  [ "$(jq '.alerts | length' <<<"$by_cli")" -gt 20 ]
  same_as "$by_cli" 'del(.until)' '.result | del(.until)'
}

@test "a rule that is not live is tried, and what cannot be is said" {
  send 202 POST /backtests '{"text": "metadata { id = \"New\", log_types = { \"Zoom.Operation\" }, severity = \"low\", where = { operator = \"marge@example.com\" } }", "since": "2026-03-01"}'
  until_over "$(jq -r .id <<<"$answer")"
  is '3 3' '.result | "\(.matches) \(.more_count)"'
  send 202 POST /backtests '{"text": "metadata { id = 1 }"}'
  until_over "$(jq -r .id <<<"$answer")"
  is failed .state
  is true '.error | contains("id")'
  send 202 POST /backtests '{"rule": "No.Such"}'
  until_over "$(jq -r .id <<<"$answer")"
  is 'there is no such rule' .error
  send 400 POST /backtests '{}'
  ask 404 /backtests/0000
  ask 204 "/backtests/$(send 202 POST /backtests '{"rule": "My.Updated"}' && jq -r .id <<<"$answer")" -X DELETE -H 'Content-Type: application/json'
}

@test "a rule that is not live has the libraries of those that are, and may derive from them" {
  send 202 POST /backtests '{"text": "local mine = require \"mine\"\nmetadata { id = \"New\", log_types = { \"Zoom.Operation\" }, severity = \"low\" }\nfunction rule(event) return event.operator == mine.who end", "since": "2026-03-01"}'
  until_over "$(jq -r .id <<<"$answer")"
  is '3' '.result.matches // .error'
  send 202 POST /backtests '{"text": "metadata { id = \"New\", base = \"My.Updated\" }", "since": "2026-03-01"}'
  until_over "$(jq -r .id <<<"$answer")"
  is '1' '.result.matches // .error'
  send 202 POST /backtests '{"text": "local mine = require \"yours\"\nmetadata { id = \"New\" }"}'
  until_over "$(jq -r .id <<<"$answer")"
  is true '.error | startswith("1: ")'
}

@test "noise is what the command line prints, and techniques have their rules" {
  ask 200 '/noise?since=2000-01-01'
  diff <("$margay" rules noise -c "$config" --since 2000-01-01 -f json 2>/dev/null | jq -S 'del(.alerts_a_day, .since)') \
    <(jq -S '.items[] | del(.alerts_a_day, .since)' <<<"$answer")
  is true '.items | length > 10'
  ask 200 /attack
  is true '.tactics[] | select(.id == "TA0003").techniques[] | select(.id == "T1098").rules >= 1'
  is reconnaissance '.tactics[0].name'
}

@test "sources, destinations and health are what the command line prints" {
  local timeless='del(.. | .last_success_at?, .lag_seconds?, .watermark_lag_seconds?)'
  ask 200 /sources
  diff <("$margay" status -c "$config" -f json | jq -S ".sources[] | $timeless") <(jq -S ".items[] | $timeless" <<<"$answer")
  ask 200 /destinations
  local counted='del(.waiting, .failures, .last_failure, .failing_since, .last_error, .circuit, .last_success)'
  diff <("$margay" destinations -c "$config" -f json | jq -S "$counted") <(jq -S ".items[] | $counted" <<<"$answer")
  ask 200 /health
  is running .daemon.state
  is 1 .dead_letters.records
  is "$("$margay" --version | sed -nE 's/^margay ([^ ]+).*/\1/p')" .version
}

@test "a destination is sent a test, and says what came of it" {
  send 200 POST /destinations/screen/test '{}'
  is true .ok
  grep -q 'test alert' "$folder/console"
  send 200 POST /destinations/chat/test '{}'
  is false .ok
  is true '.message | contains("127.0.0.1")'
  send 404 POST /destinations/none/test '{}'
}

@test "deliveries are listed, and dropped one by one" {
  local id alert
  ask 200 '/outbox?destination=chat&limit=3'
  is '3 true' '"\(.items | length) \(.more)"'
  id="$(jq -r '.items[0].id' <<<"$answer")"
  alert="$(jq -r '.items[0].alert_id' <<<"$answer")"
  is "$alert.chat" '.items[0].id'
  send 409 POST "/outbox/$id/retry" '{}'
  local i
  for ((i = 0; i < 100; i++)); do # unless it is being sent at this moment
    send 200 POST "/outbox/$id/drop" '{}' >/dev/null && break
    sleep 0.05
  done
  ask 200 "/outbox?alert=$alert&state=pending&state=delivered&state=parked&state=held"
  is screen '[.items[].destination] | join(",")'
  send 404 POST /outbox/nothing/drop '{}'
}

@test "dead letters are listed, shown and retried" {
  local id
  ask 200 /deadletters
  diff <("$margay" deadletters list -c "$config" -f json | jq -S .) <(jq -S '.items[]' <<<"$answer")
  id="$(jq -r '.items[0].id' <<<"$answer")"
  ask 200 "/deadletters/$id"
  is '{"no": "log type"}' '.items[0].record'
  ask 404 /deadletters/999
  send 400 POST /deadletters/retry '{}'
  send 404 POST /deadletters/retry '{"id": 999}'
  send 200 POST /deadletters/retry "{\"id\": $id}"
  is 1 .count
}

@test "an exception and a mute are written into the configuration, and hold" {
  send 400 POST /tuning '{"rule": "My.Updated", "reason": "x"}'
  is mute_until .parameter
  send 404 POST /tuning '{"rule": "No.Such", "mute_until": "1d", "reason": "x"}'
  send 409 POST /tuning '{"rule": "My.Updated", "except": {"operator": {}}, "reason": "x"}'
  send 400 POST /tuning '{"rule": "My.Updated", "mute_until": "2020-01-01", "reason": "x"}'
  send 200 POST /tuning '{"rule": "My.Updated", "except": {"operator|endswith": "@example.com"}, "reason": "tests: of the API"}'
  is '@example.com' '.entry.except["operator|endswith"]'
  grep -q 'operator|endswith' "$config"
  "$margay" check -c "$config"
  local i
  for ((i = 0; i < 200; i++)); do
    ask 200 /rules/My.Updated
    [ "$(jq '.tuned | length' <<<"$answer")" = 0 ] || break
    sleep 0.05
  done
  is 'tests: of the API' '.tuning[] | select(.reason).reason'
  send 200 POST /tuning '{"rule": "My.Updated", "mute_until": "7d", "reason": "a week off"}'
  "$margay" check -c "$config"
}

@test "every answer is what docs/openapi.json says, and each operation that reads has answered" {
  local alert
  ask 200 /me
  ask 200 '/alerts?limit=500'
  alert="$(jq -r '.items[0].alert_id' <<<"$answer")"
  send 200 POST "/alerts/$alert/changes" '{"change": "ack", "note": "a look"}'
  send 200 POST "/alerts/$alert/changes" '{"change": "assign", "assignee": "lisa"}'
  send 200 POST "/alerts/$alert/changes" '{"change": "resolve", "resolution": "benign"}'
  ask 200 "/alerts/$alert"
  ask 200 "/alerts/$alert/events"
  ask 200 '/alerts?limit=2'
  ask 200 /rules/My.Never
  ask 200 /audit
  "$margay" token new reader -c "$config" >"$BATS_TEST_TMPDIR/token"
  send 200 POST /session "{\"token\": \"$(<"$BATS_TEST_TMPDIR/token")\"}"
  jq -nr --slurpfile document "$root/docs/openapi.json" -f "$root/tests/e2e/openapi.jq" "$folder/answers.ndjson" \
    >"$BATS_TEST_TMPDIR/differences"
  [ ! -s "$BATS_TEST_TMPDIR/differences" ] || {
    head -n 40 "$BATS_TEST_TMPDIR/differences"
    return 1
  }
}
