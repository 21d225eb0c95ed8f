#!/usr/bin/env bats
# A state file of an older margay goes on as if that margay had been this one.

load lib

dump="$root/tests/unit/store/state_0.1.0.sql"

# What the state file was made from, and what came to the file afterwards.
records_before() {
  sql "SELECT CAST(record AS TEXT) FROM dead_letter WHERE source_id = 'audit' ORDER BY id"
  sql "SELECT record FROM event WHERE source_id = 'audit' ORDER BY id"
}

records_after() {
  "$margay" sim --print operation --count 300 --seed 32 --start 2024-01-01T20:00:00Z \
    --end 2024-01-03T08:00:00Z --matches 0.05
}

# In a folder of its own with relative names: messages of rules, and so their alerts, hold the paths.
enter() {
  mkdir "$folder/$1"
  cd "$folder/$1" || return
  cp -R "$BATS_TEST_DIRNAME/rules/upgrade" rules
  store="$PWD/margay.db" config=margay.yml
}

write_own_config() {
  cat >"$config" <<END
state: { path: margay.db, retention: 0, alert_retention: 0 }
rules: [rules]
schemas: $root/schemas
sources:
  - { id: audit, type: file, path: operation.ndjson, follow: true, poll_interval: 100ms,
      history_alerts: all }
destinations:
  - { id: security, type: slack, url: $slack/services/security, max_per_second: 1000, storm_limit: 0,
      severities: [medium, high, critical], alert_types: [rule, rule_error] }
  - { id: pager, type: slack, url: $slack/services/pager, storm_limit: 0, severities: [critical],
      alert_types: [rule, rule_error] }
END
}

# The file is another one than it was for 0.1.0, with the same name and start.
load_state() {
  sqlite3 "$store" <"$dump"
  records_before >operation.ndjson
  sqlite3 "$store" "UPDATE checkpoint SET checkpoint = json_set(checkpoint, '\$.files[0].inode',
    $(stat -c %i operation.ndjson)) WHERE source_id = 'audit'"
  equal "$(stat -c %s operation.ndjson)" "$(sql "SELECT checkpoint ->> '\$.files[0].position'
    FROM checkpoint WHERE source_id = 'audit'")" "the size of the file and the checkpoint"
}

run_over() {
  start_margay
  wait_for 30 has "$1" event "source_id <> 'zoom'" # what comes is packed, its source too
  wait_for 30 all_delivered
  stop_margay "$pid"
  sound
}

of_matches='alert_id IN (SELECT id FROM alert WHERE type = 0)'

outbox_keys() {
  sql "SELECT idempotency_key || ' ' || alert_id FROM outbox WHERE $1 ORDER BY 1"
}

# What the Zoom source left is the state file's own. So is a dead letter that nobody was notified of:
# 0.1.0 had no system alerts. So is an alert of Upgrade.Then without an actor:
# 0.1.0 did not find one under the name that the correlation's key gives it. So are rule errors, which 0.1.0
# opened once an hour, and the steps of correlations, which had no actors.
without_zoom() {
  cp "$store" "$folder/$1"
  sqlite3 "$folder/$1" "DELETE FROM event WHERE source_id = 'zoom';
    DELETE FROM outbox WHERE alert_id IN (SELECT id FROM alert WHERE type <> 0);
    DELETE FROM rule_match WHERE alert_id IN (SELECT id FROM alert WHERE type <> 0);
    DELETE FROM rule_window WHERE rule_id LIKE '%\%error' ESCAPE '\';
    DELETE FROM alert WHERE type <> 0;
    UPDATE alert SET actor = '' WHERE rule_id = 'Upgrade.Then';
    UPDATE alert SET context = json_remove(context, '\$.steps') WHERE log_type = 'Margay.Correlation';
    DELETE FROM rule_match WHERE rule_id = 'Upgrade.Zoom'"
}

@test "a state file of 0.1.0 goes on: the same alerts as from the start, none of them twice" {
  enter upgraded
  load_state
  [ "$(count outbox 'state = 0 AND attempts > 0')" -gt 0 ]
  [ "$(count correlation_state 'due IS NOT NULL')" -gt 0 ]
  [ "$(count rule_match 'alert_id IS NULL')" -gt 20 ]
  outbox_keys 'state = 0' >"$folder/waiting"
  outbox_keys 'state <> 0' >"$folder/done"
  local parked
  parked="$(outbox_keys 'state = 2')"
  records_after >>operation.ndjson
  local records=$(($(wc -l <operation.ndjson) - 1)) # one is no record
  start_slack
  write_own_config
  run_over "$records"
  equal "$parked" "$(outbox_keys 'state = 2')" "deliveries that were parked"
  outbox_keys 'true' | LC_ALL=C comm -23 - "$folder/done" >"$folder/expected"
  [ "$(wc -l <"$folder/expected")" -gt $(($(wc -l <"$folder/waiting") + 20)) ]
  equal '' "$(LC_ALL=C comm -23 "$folder/waiting" "$folder/expected")" "keys that changed"
  slack_deliveries | LC_ALL=C sort | same "$folder/expected" - "the messages and the outbox"
  equal '15 1 2026-10-29' "$(sql "SELECT (SELECT count(*) FROM row), (SELECT count(*) FROM token),
    checkpoint ->> '\$.operation' FROM checkpoint WHERE source_id = 'zoom'" | tr '|' ' ')" \
    "what the Zoom source left"
  without_zoom upgraded.db
  outbox_keys "$of_matches" >"$folder/keys"

  enter anew
  mv ../upgraded/operation.ndjson .
  start_slack
  write_own_config
  run_over "$records"
  without_zoom anew.db
  outbox_keys "$of_matches" | same "$folder/keys" - "the keys of all deliveries"
  local store
  for what in kv correlations; do
    "dump_$what" "$folder/upgraded.db" >"$folder/$what"
    "dump_$what" "$folder/anew.db" | same "$folder/$what" - "what is remembered in $what"
  done
  equal_stores "$folder/anew.db" "$folder/upgraded.db"
}
