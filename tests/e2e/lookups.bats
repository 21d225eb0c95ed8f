#!/usr/bin/env bats
# A running daemon reads lookup tables again when their files change; each batch uses one set of tables.

load lib

# The rule's title names the operator's team, from the table `people`.
team_rule() {
  mkdir -p "$folder/rules"
  cat >"$folder/rules/team.lua" <<'LUA'
metadata {
  id = "Test.Team",
  log_types = { "Zoom.Operation" },
  severity = "low",
  where = { action = "Update" },
}
function title(event)
  return "team " .. (event:lookup("people", event.operator, "team") or "unknown")
end
function dedup(event)
  return event.operation_detail
end
LUA
  rules="$folder/rules"
  write_config "  - {id: records, type: file, path: $folder/records.ndjson, follow: true,
     poll_interval: 10ms}"
  printf '%s\n' "lookups:" "  - {name: people, path: $folder/people.csv, match: ignore_case}" >>"$config"
  touch "$folder/records.ndjson"
}

# people TEXT: replaces the file of the table.
people() {
  printf '%b' "$1" >"$folder/people.new"
  mv "$folder/people.new" "$folder/people.csv"
}

# Adds a record: a daemon checks its tables only while records come in.
number=0
another_record() {
  number=$((number + 1))
  printf '{"time":"2024-03-21T07:00:00Z","operator":"Homer@example.com","category_type":"User",%s}\n' \
    "\"action\":\"Update\",\"operation_detail\":\"$number\"" >>"$folder/records.ndjson"
}

has_alert() {
  another_record
  has 1 alert "title = '$1'"
}

logged() {
  another_record
  grep -q "$1" "$log"
}

@test "a table is read again after its file is replaced, and a file with a mistake keeps the old table" {
  people 'email,team\nhomer@example.com,safety\n'
  team_rule
  start_margay
  wait_for 30 has_alert "team safety"
  people 'email,team\nhomer@example.com,research\n'
  wait_for 30 has_alert "team research"
  people 'email,team\nhomer@example.com\n'
  wait_for 30 logged 'the old one stays.*people.csv:2: 1 fields, where the first line names 2 columns'
  people 'email,team\nhomer@example.com,kitchen\n'
  wait_for 30 has_alert "team kitchen"
  stop_margay "$pid"
  equal 1 "$(grep -c 'the old one stays' "$log")" "messages about the wrong file"
  equal 0 "$(count alert "title = 'team unknown'")" "alerts of a table that was not there"
}

@test "the daemon does not start without the file of a table, unless the table is optional" {
  people 'email,team\n'
  team_rule
  rm "$folder/people.csv"
  run_margay
  equal 2 "$status" "exit status"
  grep -q "margay.yml:[0-9]*: lookup 'people': .*people.csv: No such file or directory" "$log"
  sed -i 's/match: ignore_case/optional: true/' "$config"
  start_margay
  wait_for 30 has_alert "team unknown"
  people 'email,team\nHomer@example.com,safety\n'
  wait_for 30 has_alert "team safety"
  stop_margay "$pid"
}
