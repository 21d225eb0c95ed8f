#!/usr/bin/env bats
# Days of the past are read once more beside a daemon: each record once, whenever it is killed.

load lib
# tests/run: a job for each test

day() { date -u -d "$1" +%F; }

# backfill ARGUMENT…: asks, and waits for the end
backfill() {
  "$margay" backfill zoom -c "$config" "$@" >>"$log" 2>&1
}

start_live() {
  lookback=2d
  start_zoom --generate operation=3000 --start "$(day '-80 days')T00:00:00Z" --matches 0.05 "$@"
  start_slack
  write_config "$(zoom_source 'reports: [operation]' 'poll_interval: 1s')" \
    "$(slack_destination)"
  start_margay
  wait_for 30 has 1 event
}

oldest() { sql 'SELECT date(min(event_time) / 1000000, "unixepoch") FROM event'; }

is_done() { [ "$(sql "SELECT state FROM backfill")" = 1 ]; }

@test "a backfill reads the days before, once, and holds their alerts" {
  start_live
  backfill --from "$(day '-70 days')" --to "$(day '-1 days')"
  equal "$(count event)" "$(sql 'SELECT count(DISTINCT row_id) FROM event')" "distinct rows"
  (($(count event) > 2500)) || fail "only $(count event) events"
  [ "$(oldest)" = "$(day '-70 days')" ]
  before="$(count event)"
  has 20 alert 'held = 1'
  backfill --from "$(day '-70 days')" --to "$(day '-1 days')"
  equal "$before" "$(count event)" "events after another one"
  "$margay" backfill -c "$config" | grep -q 'zoom .* summary .*done *100 %'
  equal "zoom $(day '-70 days') done 100 0" "$("$margay" backfill -c "$config" -f json |
    jq -r '"\(.source_id) \(.from) \(.state) \(.percent) \(.records)"')" "the list as JSON"
  run "$margay" backfill zoom -c "$config" --from "$(day '-300 days')"
  [ "$status" -eq 2 ] && [[ "$output" == *"the last six months only: begin with"* ]]
}

@test "a backfill that is killed goes on when the daemon starts again" {
  start_live --latency 20
  "$margay" backfill zoom -c "$config" --from "$(day '-70 days')" --to "$(day '-1 days')" 2>"$folder/asker" 3>&- &
  local asker=$!
  for events in 600 1400; do
    wait_for 60 has "$events" event
    kill_margay "$pid"
    if [ -n "$asker" ]; then
      end_of "$asker" 30
      equal 1 "$status" "the status of the command whose daemon has ended"
      grep -q "margay run has ended: the backfill goes on when it is started again" "$folder/asker"
      asker=
    fi
    start_margay
  done
  wait_for 60 is_done
  equal "$(count event)" "$(stored_records | sort -u | wc -l)" "distinct records"
  (($(count event) > 2500)) || fail "only $(count event) events"
}
