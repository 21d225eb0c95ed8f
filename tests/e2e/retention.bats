#!/usr/bin/env bats
# What is past its retention goes as fast as it came, and its space with it.

load lib
# tests/run: a job for each test

# keep DURATION: follows a file, keeps its events for so long, and starts the daemon.
keep() {
  rules="$BATS_TEST_DIRNAME/rules/burst.lua"
  touch "$folder/records.ndjson"
  write_config "  - {id: file, type: file, path: $folder/records.ndjson, follow: true, poll_interval: 10ms}"
  sed -i "s/^  path: .*/&\n  retention: $1/" "$config"
  start_margay
  wait_for 30 has_started
}

# stale SECONDS: how many events came in longer ago than that.
stale() {
  count event "parse_time < $(date +%s)000000 - $1000000"
}

# Whether the whole file has been committed.
all_read() {
  [ "$(sql "SELECT json_extract(checkpoint, '\$.position') FROM checkpoint_part")" = \
    "$(stat -c %s "$folder/records.ndjson")" ]
}

gone() {
  [ "$(count event)" = 0 ]
}

@test "an idle daemon deletes fifty thousand events at once" {
  keep 10s
  "$margay" sim --print operation --count 50000 --seed 7 >>"$folder/records.ndjson"
  wait_for 60 all_read
  wait_for 45 gone
  stop_margay "$pid"
  sound "$store"
}

# feed: records come in, and are committed.
feed() {
  cat "$folder/chunk" >>"$folder/records.ndjson"
  wait_for 60 all_read
}

# fresh: after more records no event is seven seconds past its retention.
fresh() {
  feed && [ "$(stale 8)" = 0 ]
}

@test "deletion keeps up with records that come in without a pause" {
  keep 1s
  "$margay" sim --print operation --count 5000 --seed 7 >"$folder/chunk"
  local end=$((SECONDS + 15))
  while ((SECONDS < end)); do feed; done
  wait_for 60 fresh
  # Beyond what SQLite's log holds between two checkpoints the file has only what is kept.
  (($(stat -c %s "$store-wal") < 96 * 1024 * 1024)) || fail "the log has grown"
  stop_margay "$pid"
  sound "$store"
}
