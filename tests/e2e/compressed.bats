#!/usr/bin/env bats
# A file source over compressed files: each record once, whenever margay is ended, and a word about what is
# damaged.

load lib
own_rules=tests/e2e/rules/row.lua
# tests/run: a job for each test

# records FROM TO
records() {
  awk -v from="$1" -v to="$2" 'BEGIN { for (i = from; i <= to; i++)
    printf "{\"time\":\"2024-03-21T07:09:03Z\",\"operator\":\"a@example.com\",\"category_type\":\"User\"," \
      "\"action\":\"Update\",\"operation_detail\":\"change %d, %d\"}\n", i, (i * 7919) % 104729 }'
}

use_files() {
  mkdir -p "$folder/in"
  write_config "  - {id: files, type: file, path: '$folder/in/*', log_type: Zoom.Operation${1:+, $1}}"
}

# once COUNT: that many events, each of another record.
once() {
  equal "$1" "$(count event)" "events" && equal "$1" "$(stored_records | sort -u | wc -l)" "records"
}

@test "plain, gzip and zstd files are read side by side" {
  use_files
  command -v zstd >/dev/null || skip "there is no zstd"
  records 1 1000 >"$folder/in/one.ndjson"
  records 1001 2000 | gzip >"$folder/in/two.ndjson.gz"
  records 2001 3000 | zstd -q >"$folder/in/three.zst"
  run_margay
  equal 0 "$status" "exit status"
  once 3000
  grep -q 'msg="everything was read" source=files records=3000 events=3000 dead_letters=0' "$log"
}

@test "an archive that was cut off is said, and what came before it is kept" {
  use_files
  records 1 20000 | gzip | head -c 60000 >"$folder/in/cut.gz"
  records 20001 20010 >"$folder/in/whole.ndjson"
  run_margay
  grep -q "level=warn msg=\"cannot read on\" source=files error=\"'$folder/in/cut.gz' ends in the middle of what is compressed in it" "$log"
  has 1000 event
  equal 10 "$(stored_records | grep -c 'change 200[0-9][0-9],')" "records of the whole file"
}

@test "binary data is refused under few reasons, and the other files are read" {
  use_files
  head -c 100000 /dev/urandom >"$folder/in/binary"
  records 1 10 >"$folder/in/whole.ndjson"
  run_margay
  equal 10 "$(count event)" "events"
  [ "$(grep -c 'level=warn msg="records are refused' "$log")" -le 10 ]
}

@test "a daemon that is killed goes on in the middle of an archive" {
  use_files 'follow: true, poll_interval: 20ms'
  records 1 60000 | gzip >"$folder/in/large.gz"
  start_margay
  wait_for 60 has 5000 event
  kill_margay "$pid"
  start_margay
  wait_for 60 has 60000 event
  records 60001 60100 | gzip >>"$folder/in/large.gz"
  wait_for 60 has 60100 event
  stop_margay "$pid"
  once 60100
  ! grep -q 'became shorter' "$log"
}

@test "an archive that is still being written is waited for, and that is said once" {
  use_files 'follow: true, poll_interval: 20ms'
  records 1 20000 | gzip >"$folder/whole.gz"
  head -c 60000 "$folder/whole.gz" >"$folder/in/growing.gz"
  start_margay
  wait_for 60 grep -q 'ends in the middle of what is compressed in it; waiting for the rest' "$log"
  tail -c +60001 "$folder/whole.gz" >>"$folder/in/growing.gz"
  wait_for 60 has 20000 event
  stop_margay "$pid"
  once 20000
  equal 1 "$(grep -c 'waiting for the rest' "$log")" "warnings"
}
