#!/usr/bin/env bats
# margay explain: what it prints about a rule and an event, and its exit status.

bats_require_minimum_version 1.5.0

setup() {
  root="$(cd "$BATS_TEST_DIRNAME/../.." && pwd)"
  margay="${MARGAY:-$root/build/margay}"
  folder="$(mktemp -d)"
  cd "$root"
}

teardown() {
  rm -rf "$folder"
}

write_rule() {
  cat >"$folder/rule.lua"
}

explain() {
  run --separate-stderr "$margay" explain --rules "$folder/rule.lua" "$@"
  echo "$output"
  echo "$stderr"
}

@test "each part of where is shown with its result and the field's value, cheap parts first" {
  write_rule <<'LUA'
metadata {
  id = "Some.Rule",
  log_types = { "Zoom.Operation" },
  severity = "low",
  where = {
    { category_type = "User", ["operation_detail|contains"] = { "moe", "Lenny" } },
    { category_type = "Group", note = "none" },
  },
}
LUA
  explain Some.Rule fixtures/zoom/operation/user_deleted.json
  [ "$status" -eq 0 ]
  diff - <(sed 1d <<<"$output") <<'TEXT'

where
  yes  any of
    no   all of
      no   category_type = "Group"
           is "User"
      no   note = "none"
           is not there
    yes  all of
      yes  category_type = "User"
           is "User"
      yes  operation_detail|contains = { "moe", "Lenny" }
           is "Delete User moe@example.com"

match
  title         Some.Rule
  severity      LOW
  dedup         defaultDedupString:Some.Rule
TEXT
}

@test "each function is shown with its result and its cost" {
  write_rule <<'LUA'
metadata { id = "Some.Rule", log_types = { "Zoom.Operation" }, severity = "low" }
function rule(event) return event.action == "Delete" end
function title(event) return "Deleted by " .. event.operator end
function alert_context(event) return { n = 1 } end
LUA
  explain Some.Rule fixtures/zoom/operation/user_deleted.json
  [ "$status" -eq 0 ]
  [[ "$output" =~ "  rule          true  ("[0-9]+" instructions)" ]]
  [[ "$output" =~ "  title         \"Deleted by homer@example.com\"  ("[0-9]+" instructions)" ]]
  [[ "$output" =~ "  alert_context {\"n\":1}  ("[0-9]+" instructions)" ]]
}

@test "what texts of the metadata say is shown" {
  write_rule <<'LUA'
metadata { id = "Some.Rule", log_types = { "Zoom.Operation" }, severity = "low",
  where = { action = "Delete" }, title = "Deleted by {operator}", unique = "category_type",
  alert_context = { "operator", what = "category_type" } }
LUA
  explain Some.Rule fixtures/zoom/operation/user_deleted.json
  [ "$status" -eq 0 ]
  diff - <(sed -n '/^match/,$p' <<<"$output") <<'TEXT'
match
  title         Deleted by homer@example.com
  severity      LOW
  dedup         Deleted by homer@example.com
  unique        User
  alert_context {"operator":"homer@example.com","what":"User"}
TEXT
}

@test "the instructions are counted one by one" {
  write_rule <<'LUA'
metadata { id = "Some.Rule", log_types = { "Zoom.Operation" }, severity = "low" }
function rule() local n = 0 for i = 1, 1000 do n = n + i end return n > 0 end
LUA
  explain --format json Some.Rule fixtures/zoom/operation/user_deleted.json
  few="$(jq '.functions[0].instructions' <<<"$output")"
  sed -i s/1000/2000/ "$folder/rule.lua"
  explain --format json Some.Rule fixtures/zoom/operation/user_deleted.json
  many="$(jq '.functions[0].instructions' <<<"$output")"
  # An addition, the slot of its metamethod and the loop: two or three instructions per turn in any Lua 5.4.x.
  [ "$((many - few))" -ge 2000 ] && [ "$((many - few))" -le 3000 ]
}

@test "values that are not as the schema says are named" {
  write_rule <<'LUA'
metadata { id = "Some.Rule", log_types = { "Zoom.Operation" }, severity = "low", where = { operator = 7 } }
LUA
  echo '{"time":"2024-03-21T07:09:03Z","operator":7,"category_type":"User"}' >"$folder/record.json"
  explain Some.Rule "$folder/record.json"
  [ "$status" -eq 0 ]
  [[ "$output" == *$'\nnot as the schema says\n  operator: expected string, found a whole number\n'* ]]
  explain --format json Some.Rule "$folder/record.json"
  [[ "$output" == *'"schema_errors":{"operator":"expected string, found a whole number"},"verdict":"match"'* ]]
}

@test "functions are not called if where does not hold, and the command exits with 1" {
  write_rule <<'LUA'
metadata { id = "Some.Rule", log_types = { "Zoom.Operation" }, severity = "low",
  where = { action = "Add" } }
function rule() error "called" end
LUA
  explain Some.Rule fixtures/zoom/operation/user_deleted.json
  [ "$status" -eq 1 ]
  [[ "$output" == *"not called: the where does not hold"* ]]
  [[ "$output" == *$'\n'"no match" ]]
}

@test "functions that describe are not called if the answer to a question is no" {
  write_rule <<'LUA'
metadata { id = "Some.Rule", log_types = { "Zoom.Activity" }, severity = "low",
  where = { type = "Sign in" }, new_value = { of = "client_type", per = "email", learn = "14d" } }
function title() error "called" end
LUA
  explain Some.Rule fixtures/zoom/activity/sign_in.json
  [ "$status" -eq 1 ]
  [[ "$output" == *"not called: a question's answer is no"* ]]
}

@test "an error in a function is reported with its line" {
  write_rule <<'LUA'
metadata { id = "Some.Rule", log_types = { "Zoom.Operation" }, severity = "low" }
function rule(event)
  return event.nothing.more == 1
end
LUA
  explain Some.Rule fixtures/zoom/operation/user_deleted.json
  [ "$status" -eq 1 ]
  [[ "$output" == *"  rule          failed: $folder/rule.lua:3: "* ]]
  [[ "$output" == *$'\n'"rule error"$'\n'* ]]
}

@test "the JSON format has the same content" {
  write_rule <<'LUA'
metadata { id = "Some.Rule", log_types = { "Zoom.Operation" }, severity = "high",
  where = { action = "Delete", ["category_type|neq"] = "Role" } }
function dedup() return "one" end
LUA
  explain --format json Some.Rule fixtures/zoom/operation/user_deleted.json
  [ "$status" -eq 0 ]
  [ "$(jq -c '[.rule_id, .log_type, .verdict, .severity, .dedup]' <<<"$output")" = \
    '["Some.Rule","Zoom.Operation","match","HIGH","one"]' ]
  [ "$(jq -c '[.where.all[] | [.holds, .value]] | sort' <<<"$output")" = \
    '[[true,"Delete"],[true,"User"]]' ]
  [ "$(jq -c '[.functions[] | [.function, .result]]' <<<"$output")" = '[["dedup","one"]]' ]
}

@test "the event may be a fixture, on standard input, or a later record of a file" {
  write_rule <<'LUA'
metadata { id = "Some.Rule", log_types = { "Zoom.Operation" }, severity = "low",
  where = { action = "Delete" } }
LUA
  explain Some.Rule zoom/operation/user_deleted.json
  [ "$status" -eq 0 ]
  cat fixtures/zoom/operation/user_added.json fixtures/zoom/operation/user_deleted.json >"$folder/two"
  explain --record 2 Some.Rule - <"$folder/two"
  [ "$status" -eq 0 ]
  explain Some.Rule "$folder/two"
  [ "$status" -eq 1 ]
  explain --record 3 Some.Rule "$folder/two"
  [ "$status" -eq 2 ]
  [ "$stderr" = "margay explain: $folder/two has 2 records, not 3" ]
}

@test "a rule or event that cannot be explained is reported in one line" {
  write_rule <<'LUA'
metadata { id = "Some.Rule", log_types = { "Zoom.Operation" }, severity = "low",
  where = { action = "Delete" } }
LUA
  explain Some.Rul fixtures/zoom/operation/user_deleted.json
  [ "$status" -eq 2 ]
  [[ "$stderr" == *"no rule with the id 'Some.Rul' (did you mean 'Some.Rule'?)"* ]]
  explain Some.Rule "$folder/none.json"
  [ "$status" -eq 2 ]
  [[ "$stderr" == "margay explain: "*"none.json"* ]]
  explain Some.Rule fixtures/zoom/activity/sign_in.json
  [ "$status" -eq 2 ]
  [ "$stderr" = "margay explain: Some.Rule does not look at events of Zoom.Activity" ]
  explain Some.Rule
  [ "$status" -eq 2 ]
}

@test "control characters of an event are escaped on the terminal" {
  write_rule <<'LUA'
metadata { id = "Some.Rule", log_types = { "Zoom.Operation" }, severity = "low",
  where = { action = "Delete" } }
LUA
  printf '{"time":"2024-03-21T07:09:03Z","operator":"a","category_type":"User","action":"\\u001b[31mDelete"}' \
    >"$folder/event"
  explain Some.Rule "$folder/event"
  [[ "$output" != *$'\x1b'* ]]
  explain --format json Some.Rule "$folder/event"
  [[ "$output" != *$'\x1b'* ]]
}

write_then() {
  mkdir -p "$folder/rules"
  cat >"$folder/rules/then.lua" <<'LUA'
correlation {
  id = "My.Then", severity = "high", on = "operator", within_minutes = 60,
  sequence = { { id = "added", rule = "My.Added" }, { id = "deleted", rule = "My.Deleted" } },
}
function title(event) return "added and deleted by " .. event.operator end
LUA
  for action in Add Delete; do
    local name="${action%e}ed"
    [ "$action" = Delete ] || name=Added
    cat >"$folder/rules/$action.lua" <<LUA
metadata {
  id = "My.$name", log_types = { "Zoom.Operation" }, severity = "info", create_alert = false,
  where = { action = "$action" },
}
LUA
  done
  for action in "$@"; do
    printf '{"time":"2024-03-21T07:%s:00Z","operator":"homer","category_type":"User","action":"%s"}\n' \
      "${action#*@}" "${action%@*}"
  done >"$folder/events.ndjson"
}

@test "a correlation is explained over all records of a file" {
  write_then Add@01 Update@02 Delete@03
  run "$margay" explain --rules "$folder/rules" My.Then "$folder/events.ndjson"
  echo "$output"
  [ "$status" -eq 0 ]
  diff <(sed 1d <<<"$output") - <<'TEXT'

matches in the whole file
TIME                     STEP     KEY        TITLE
2024-03-21 07:01:00 UTC  added    ["homer"]  My.Added
2024-03-21 07:03:00 UTC  deleted  ["homer"]  My.Deleted

alerts
  HIGH  added and deleted by homer  (1 match)
TEXT
}

@test "a correlation that finds nothing says what is missing" {
  write_then Add@01 Add@02
  run "$margay" explain --rules "$folder/rules" My.Then "$folder/events.ndjson"
  echo "$output"
  [ "$status" -eq 1 ]
  [[ "$output" == *$'no alert\n  the step deleted has 0 matches and needs 1' ]]
  write_then Delete@01 Add@02
  run "$margay" explain --rules "$folder/rules" My.Then "$folder/events.ndjson"
  echo "$output"
  [[ "$output" == *"every step has matches, but no key has them in this order within 60 min" ]]
  run "$margay" explain --format json --rules "$folder/rules" My.Then "$folder/events.ndjson"
  [ "$(jq -c '[.rule_id, (.matches | length), (.alerts | length)]' <<<"$output")" = '["My.Then",2,0]' ]
}

@test "a threshold is explained over all records of a file" {
  write_then Add@01 Add@02 Add@03
  sed -i 's/create_alert = false/threshold = 3/' "$folder/rules/Add.lua"
  run "$margay" explain --rules "$folder/rules" My.Added "$folder/events.ndjson"
  echo "$output"
  [ "$status" -eq 0 ]
  [[ "$output" == *$'alerts\n  INFO  My.Added  (3 matches)' ]]
  sed -i 's/threshold = 3/threshold = 4/' "$folder/rules/Add.lua"
  run "$margay" explain --rules "$folder/rules" My.Added "$folder/events.ndjson"
  echo "$output"
  [ "$status" -eq 0 ]
  [[ "$output" == *$'no alert\n  3 matches; an alert opens at 4 with the same dedup within 60 min' ]]
}

@test "an event of the state file is explained by its row" {
  write_then Add@01
  cat >"$folder/margay.yml" <<YAML
state: {path: state.db}
rules: [rules]
schemas: $root/schemas
sources: [{id: f, type: file, path: events.ndjson, log_type: Zoom.Operation}]
destinations: [{id: c, type: console}]
YAML
  "$margay" run -c "$folder/margay.yml" >"$folder/out" 2>"$folder/err"
  row=$(sqlite3 "$folder/state.db" 'SELECT lower(hex(row_id)) FROM event')
  run --separate-stderr "$margay" explain -c "$folder/margay.yml" My.Added --row "$row"
  echo "$output$stderr"
  [ "$status" -eq 0 ]
  [[ "$output" == *$'yes  action = "Add"'* ]]
  run --separate-stderr "$margay" explain --rules "$folder/rules" --state "$folder/state.db" My.Added --row "$row"
  [ "$status" -eq 0 ]
  run --separate-stderr "$margay" explain -c "$folder/margay.yml" My.Added --row 00112233445566778899aabbccddeeff
  echo "$stderr"
  [ "$status" -eq 2 ]
  [[ "$stderr" == *"no event has the row '00112233445566778899aabbccddeeff'"* ]]
}

@test "a rule that remembers learns from the archive before the row, and says so" {
  mkdir "$folder/rules"
  cat >"$folder/rules/rules.lua" <<'LUA'
metadata { id = "My.New", log_types = { "Zoom.Activity" }, severity = "low", where = { type = "Sign in" },
  new_value = { of = "client_type", per = "email" } }
LUA
  cat >"$folder/rules/kv.lua" <<'LUA'
metadata { id = "My.Third", log_types = { "Zoom.Activity" }, severity = "low", stateful = true }
function rule(event) return kv.increment_counter(event.email, 1) == 3 end
LUA
  local day
  for day in 01Mac 10Mac 20Linux; do
    printf '{"time":"2024-03-%sT07:00:00Z","email":"a@example.com","type":"Sign in","client_type":"%s"}\n' \
      "${day:0:2}" "${day:2}"
  done >"$folder/events.ndjson"
  cat >"$folder/margay.yml" <<YAML
state: {path: state.db}
rules: [rules]
schemas: $root/schemas
sources: [{id: f, type: file, path: events.ndjson, follow: false}]
destinations: [{id: c, type: console}]
YAML
  "$margay" run -c "$folder/margay.yml" >"$folder/out" 2>"$folder/err"
  mapfile -t rows < <(sqlite3 "$folder/state.db" 'SELECT lower(hex(row_id)) FROM event ORDER BY event_time')
  run "$margay" explain -c "$folder/margay.yml" My.New --row "${rows[2]}"
  [ "$status" -eq 0 ]
  [[ "$output" == *"new_value: Linux is the 2nd value of a@example.com"* ]]
  [[ "$output" == *"learned from 2 earlier events of the archive, from 2024-03-01T07:00:00Z on"* ]]
  run "$margay" explain -c "$folder/margay.yml" My.Third --row "${rows[2]}"
  [ "$status" -eq 0 ]
  run "$margay" explain -c "$folder/margay.yml" My.New --row "${rows[0]}"
  [ "$status" -eq 1 ]
  [[ "$output" == *"learned from nothing: the archive has no earlier events that this rule looks at"* ]]
  run "$margay" explain --rules "$folder/rules" --record 2 --format json My.New "$folder/events.ndjson"
  jq -e '.learned == 1 and .learned_from == "2024-03-01T07:00:00Z"' <<<"$output"
}
