#!/usr/bin/env bats
# Memory use stays flat: the peak with a short input is the same as with one several times as long, and
# both are under a limit.

load lib
# tests/run: a job for each test

# The sanitizers keep freed memory for a while, and a shadow of all memory.
export ASAN_OPTIONS="${ASAN_OPTIONS:-}:quarantine_size_mb=1"
clock="$(type -P time || type -P gtime || true)" # GNU time, or busybox's

# limit MiB: the limit for this build, in KiB.
limit() {
  case "$margay" in
  */san/*) echo $(($1 * 1024 * 2)) ;;
  *) echo $(($1 * 1024)) ;;
  esac
}

# peak_of MiB COMMAND…: sets $peak to the command's peak in KiB; it must be under the limit.
peak_of() {
  local most="$1"
  shift
  "$clock" -o "$folder/peak" -f %M "$@" >/dev/null 2>"$log" || fail "failed: $*"
  peak="$(tail -n 1 "$folder/peak")"
  echo "$peak KiB: $*"
  ((peak < $(limit "$most"))) || fail "more than $most MiB (of a release build): $peak KiB"
}

# flat MiB KIND [MiB]: KIND needs the same memory for $folder/long as for $folder/short, within some MiB
# (8) by which two runs may differ.
flat() {
  local short margin="${3:-8}"
  "$2" "$1" "$folder/short"
  short="$peak"
  "$2" "$1" "$folder/long"
  ((peak - short < $(limit "$margin"))) || fail "$2: $short KiB for the short input, $peak KiB for the long"
}

scan() {
  peak_of "$1" "$margay" scan --schemas "$root/schemas" --rules "$rules" "$2"
}

# More workers than processors: the memory of each worker counts.
scan_many() {
  peak_of "$1" "$margay" scan --jobs 16 --schemas "$root/schemas" --rules "$rules" "$2"
}

scan_alerts() {
  peak_of "$1" "$margay" scan --alerts --schemas "$root/schemas" --rules "$rules" "$2"
}

run_daemon() {
  rm -f "$store"*
  write_config "  - {id: file, type: file, path: $2}"
  peak_of "$1" "$margay" run -c "$config" --log-level warn
}

run_kept() {
  run_daemon "$1" "$2"
  equal "$(wc -l <"$2")" "$(count event)" "events"
}

# records COUNT: twenty records per second, each by another operator and one KiB long.
records() {
  awk -v count="$1" -v detail="$(head -c 900 /dev/zero | tr '\0' d)" 'BEGIN {
    for (i = 0; i < count; i++)
      printf "{\"time\":\"2024-03-21T%02d:%02d:%02dZ\",\"operator\":\"user%d@example.com\"," \
        "\"category_type\":\"User\",\"action\":\"Update\",\"operation_detail\":\"%s\"}\n",
        7 + i / 72000, i / 1200 % 60, i / 20 % 60, i, detail
  }'
}

@test "a long input takes no more memory than a short one" {
  rules="$BATS_TEST_DIRNAME/rules/burst.lua"
  "$margay" sim --print operation --count 60000 --seed 7 >"$folder/long"
  head -n 12000 "$folder/long" >"$folder/short"
  flat 48 scan
  flat 64 run_kept
}

@test "finished windows and alerts are freed" {
  records 20000 >"$folder/long"
  head -n 5000 "$folder/long" >"$folder/short"
  declare -A expected=([apart]=20000 [waiting]=0)
  for rule in apart waiting; do
    rules="$BATS_TEST_DIRNAME/rules/$rule.lua"
    flat 64 scan_alerts
    flat 64 run_kept
    equal "${expected[$rule]}" "$(count alert)" "alerts"
  done
}

@test "memory holds one huge line at a time, and never a line beyond the limit" {
  rules="$BATS_TEST_DIRNAME/rules/burst.lua"
  large="$(head -c 4000000 /dev/zero | tr '\0' x)"
  line() {
    printf '{"time":"2024-03-21T07:00:0%dZ","operator":"a","category_type":"b","action":"c",' "$1"
    printf '"operation_detail":"%s"}\n' "$large"
  }
  for i in {0..9}; do line "$i"; done >"$folder/short"
  for i in {1..3}; do cat "$folder/short"; done >"$folder/long"
  # The number of lines in memory varies by a few. Twenty more lines are 80 MiB.
  flat 64 scan 16
  flat 80 scan_many 16
  flat 112 run_kept 32
  # Not a record: far beyond the largest one.
  { head -c 150000000 /dev/zero | tr '\0' x && echo; } >"$folder/endless"
  scan 64 "$folder/endless"
}

# record VALUE: one record of almost 16 MiB, an array of this value.
record() {
  printf '{"time":"2024-03-21T07:00:00Z","operator":"a","category_type":"b","action":"c","extra":['
  yes "$1," | head -n $((16700000 / (${#1} + 1))) | tr -d '\n'
  printf '%s]}\n' "$1"
}

@test "one record takes eight times its size and 32 MiB at most, whatever it holds" {
  rules="$BATS_TEST_DIRNAME/rules/burst.lua"
  declare -A dead=(['0']=1 ['{}']=1 ['""']=1 ['{"a":1}']=1 ['[[[[[[]]]]]]']=1
    ['{"name":"Homer Simpson"}']=0)
  for value in "${!dead[@]}"; do
    record "$value" >"$folder/record"
    run_daemon 160 "$folder/record"
    equal "${dead[$value]}" "$(count dead_letter "error LIKE '%too many values for its size%'")" "refused: $value"
    equal "$((1 - dead[$value]))" "$(count event)" "events: $value"
  done
}

# poll MiB FILE: reads as many rows as the file says from the simulated Zoom, in one window.
poll() {
  local rows
  rows="$(cat "$2")"
  rm -f "$store"*
  start_zoom --generate "operation=$rows"
  write_config "$(zoom_source "poll_once: true" "reports: [operation]")"
  peak_of "$1" "$margay" run -c "$config" --log-level warn
  kill_server "$server"
  equal "$rows" "$(count event)" "events"
}

@test "a window of a Zoom report takes no more memory with many rows than with few" {
  rules="$BATS_TEST_DIRNAME/rules/burst.lua"
  echo 30000 >"$folder/short"
  echo 100000 >"$folder/long"
  flat 64 poll
}
