#!/usr/bin/env bats
# The disk fills up while margay run works, and has space again later. A limit on the file size
# simulates the disk: it needs no root, and writes fail in the same places.

load lib

# Waits until the disk is full.
wait_until_full() {
  wait_for 60 grep -q 'could not be committed' "$log"
  grep -q 'margay.db may not grow any more' "$log"
}

make_room() {
  prlimit --pid "$pid" --fsize=unlimited:
}

@test "a full disk is reported, and nothing is lost or doubled when it has space again" {
  mkdir "$folder/rules"
  cat >"$folder/rules/last.lua" <<'LUA'
metadata {
  id = "Test.Last",
  log_types = { "Zoom.Operation" },
  severity = "low",
  where = { action = { "First", "Last" } },
}
function title(event)
  return event.action
end
LUA
  awk 'BEGIN {
    for (i = 1; i <= 40000; i++)
      printf "{\"time\":\"2024-03-21T%02d:%02d:%02dZ\",\"operator\":\"u%d@example.com\"," \
        "\"category_type\":\"User\",\"action\":\"%s\",\"operation_detail\":\"detail %d\"}\n",
        i / 3600, i / 60 % 60, i % 60, i % 100, i == 1 ? "First" : i == 40000 ? "Last" : "Update", i
  }' >"$folder/records.ndjson"
  rules="$folder/rules"
  write_config "  - {id: records, type: file, path: $folder/records.ndjson}" \
    "  - {id: screen, type: console}"
  file_limit=3000
  start_margay
  wait_until_full
  make_room
  end_of "$pid" 60
  equal 0 "$status" "exit status"
  grep -q "records=40000 events=40000 repeated=0" "$log"
  equal 2 "$(count alert)" "alerts"
  equal 2 "$(grep -c Test.Last "$folder/console")" "alerts on the console"
  sound
}

@test "a disk that is full while Zoom is read and alerts are sent doubles no message" {
  start_zoom --seed 13 --generate operation=8000 --generate activity=6000
  start_slack --fault slow:ms=20
  write_config "$(zoom_source 'poll_interval: 1s')" "$(slack_destination)"
  file_limit=4000
  start_margay
  wait_until_full
  [ "$(count event)" -lt 14000 ]
  make_room
  wait_for 90 complete 14000
  stop_margay "$pid"
  equal 14000 "$(count event)" "events"
  same_matches
  equal "$(count alert)" "$(slack_deliveries | sort -u | wc -l)" "alerts at Slack"
  equal "$(count alert)" "$(slack_stats .accepted)" "messages"
  sound
}

@test "a disk that is full from the start is reported, and nothing starts" {
  rules="$BATS_TEST_DIRNAME/rules/row.lua"
  start_zoom --generate operation=10
  write_config "$(zoom_source)"
  file_limit=16
  run_margay
  equal 1 "$status" "exit status"
  grep -q 'level=error msg="cannot start".*margay.db may not grow any more' "$log"
  file_limit=
  start_margay
  wait_for 30 has 10 event
  stop_margay "$pid"
}
