#!/usr/bin/env bats
# Alerts to five chats that hold margay to their limits: of length, which long and hostile texts would break,
# and of rate, each with the answer by which its service says so.

load lib

destination() {
  printf '  - {id: %s, type: %s, %s, max_per_second: 1000, storm_limit: 0}\n' "$1" "$1" "$2"
}

all_arrived() {
  [ "$(slack_stats '[.chats[] | select(.messages >= 3)] | length')" = 5 ]
}

@test "long alerts keep every chat's limits, and a chat that limits the rate gets all of them" {
  rules="$folder/rules"
  mkdir "$rules"
  cat >"$rules/long.lua" <<'LUA'
metadata { id = "Test.Long", log_types = { "Zoom.Operation" }, severity = "high", dedup = "action" }
function rule(event) return true end
function title(event) return ("T\u{1F600}<b>&*_[x](y)"):rep(60) end
function description(event) return ("D\u{1F600}<!channel>@everyone\n"):rep(60) end
function runbook(event) return ("R`~|\\>#"):rep(140) end
function alert_context(event)
  local fields = {}
  for i = 1, 40 do fields["field" .. i] = ("v\u{202E}" .. i):rep(500) end
  return fields
end
LUA
  local i
  for i in 1 2 3; do
    printf '{"time":"2024-03-21T07:0%s:03Z","operator":"homer@example.com","category_type":"User","action":"Update %s","operation_detail":"x"}\n' "$i" "$i"
  done >"$folder/records.ndjson"
  start_slack
  write_config "  - {id: records, type: file, path: $folder/records.ndjson}" "$(
    destination slack "url: \"$slack/as/slack\""
    destination teams "url: \"$slack/as/teams\""
    destination discord "url: \"$slack/as/discord\""
    destination google_chat "url: \"$slack/as/google_chat?key=k&token=t\""
    destination telegram "token: \"12345:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\", chat: \"-1\", api: \"$slack/as/telegram\""
  )"
  start_margay
  wait_for 60 all_arrived
  slack_stats .chats
  equal 0 "$(slack_stats '[.chats[].refused] | add')" "messages over a limit"
  equal "google_chat slack telegram" "$(slack_stats '[.chats | to_entries[] | select(.value.limited > 0 and .key != "discord").key] | sort | join(" ")')" \
    "chats that asked to slow down"
  kill_margay "$pid"
}
