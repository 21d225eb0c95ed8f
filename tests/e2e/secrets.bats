#!/usr/bin/env bats
# Secrets in separate files.

load lib
own_rules=tests/e2e/rules/row.lua

record() {
  printf '{"time":"%s","operator":"homer@example.com","category_type":"User","action":"Add",%s}\n' \
    2024-03-21T07:00:00Z "\"operation_detail\":\"$1\"" >>"$folder/records.ndjson"
}

@test "SIGHUP reads a new secret from the same file" {
  cat >"$folder/rule.lua" <<'LUA'
metadata {
  id = "Test.Add",
  log_types = { "Zoom.Operation" },
  severity = "low",
  where = { action = "Add" },
}
function dedup(event) return event.operation_detail end
LUA
  rules="$folder/rule.lua"
  touch "$folder/records.ndjson"
  start_slack
  local before="$slack"
  start_slack
  printf '%s/services/old\n' "$before" >"$folder/url"
  write_config "  - {id: records, type: file, path: $folder/records.ndjson, follow: true, poll_interval: 10ms}" \
    "  - {id: security, type: slack, url: 'file:$folder/url'}"
  start_margay
  record one
  wait_for 30 has 1 outbox 'state = 1'
  printf '%s/services/new\n' "$slack" >"$folder/url"
  kill -HUP "$pid"
  wait_for 30 grep -q 'msg=reloaded' "$log"
  record two
  wait_for 30 has 2 outbox 'state = 1'
  stop_margay "$pid"
  equal 1 "$(slack_stats .accepted)" "messages at the new address"
  slack="$before"
  equal 1 "$(slack_stats .accepted)" "messages at the old address"
}
