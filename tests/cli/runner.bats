#!/usr/bin/env bats
# tests/run: what it counts, what it takes for a failure, what it leaves.

setup() {
  folder="$(mktemp -d)"
  mkdir -p "$folder"/{tests/unit/room,tests/cli,tests/e2e,build/tests/unit/room,tmp}
  cp "$BATS_TEST_DIRNAME/../run" "$folder/tests/run"
  cd "$folder"
  export TMPDIR="$folder/tmp"
  unset TIMES TEST_JOBS
}

teardown() {
  rm -rf "$folder"
}

# program NAME LINE…: a test program that is a shell script.
program() {
  touch "tests/unit/$1.c"
  printf '%s\n' '#!/bin/sh' "${@:2}" >"build/tests/unit/$1"
  chmod +x "build/tests/unit/$1"
}

# file NAME: a bats file, from standard input; @@test stands for @test, which bats would take for its own.
file() {
  sed 's/^@@/@/' >"tests/$1"
}

run_tests() {
  run tests/run build "$@"
  echo "$output"
  [ -z "$(ls -A tmp)" ]
}

# has_ended FILE: the process whose id the file holds; a zombie has.
has_ended() {
  ! grep -qs '^State:.[^Z]' "/proc/$(cat "$1")/status"
}

last_line() {
  [ "${lines[-1]}" = "$1" ]
}

@test "a line for each program and file, whatever the depth, and the sum at the end" {
  program one_test 'echo "ok 1 - a"' 'echo "ok 2 - b"'
  program room/deep_test 'echo "ok 1 - a"'
  file cli/some.bats <<'BATS'
@@test "passes" { true; }
@@test "passes too" { true; }
BATS
  run_tests
  [ "$status" -eq 0 ]
  last_line "5 passed, 0 failed"
  [ "${#lines[@]}" -eq 4 ]
  grep -qE '^one_test +2 passed$' <<<"$output"
  grep -qE '^room/deep_test +1 passed$' <<<"$output"
  grep -qE '^cli/some.bats +2 passed$' <<<"$output"
  run_tests deep
  last_line "1 passed, 0 failed"
}

@test "whatever failed is shown whole, and nothing else" {
  program bad_test 'echo "# a word about it"' 'echo "ok 1 - a"' 'echo "not ok 2 - b"'
  program good_test 'echo "# of no interest"' 'echo "ok 1 - a"'
  run_tests
  [ "$status" -eq 1 ]
  last_line "2 passed, 1 failed"
  grep -qE '^bad_test +1 passed, 1 FAILED$' <<<"$output"
  grep -q '^    # a word about it$' <<<"$output"
  [[ "$output" != *"of no interest"* ]]
}

@test "a program that dies, prints nothing, or was not built has failed" {
  program dies_test 'echo "ok 1 - a"' 'kill -SEGV $$'
  program silent_test 'exit 0'
  touch tests/unit/missing_test.c
  # Not even its end can be reported.
  program ends_its_group_test 'echo "ok 1 - a"' 'kill -KILL 0'
  run_tests
  [ "$status" -eq 1 ]
  last_line "2 passed, 4 failed"
  grep -q '^    # exit status 139$' <<<"$output"
}

@test "a test that is skipped is counted and shown by itself, with the reason" {
  program cmocka_test 'echo "ok 1 - a"' 'echo "not ok 2 # SKIP b"'
  program skips_all_test 'echo "not ok 1 # SKIP c"'
  program fails_too_test 'echo "not ok 1 # SKIP d"' 'exit 1'
  file cli/some.bats <<'BATS'
@@test "passes" { true; }
@@test "is skipped" { skip "no openssl"; }
@@test "is skipped without a reason" { skip; }
BATS
  run_tests
  [ "$status" -eq 1 ]
  last_line "2 passed, 1 failed, 5 skipped"
  grep -qE '^cmocka_test +1 passed, 1 skipped$' <<<"$output"
  grep -qE '^    not ok 2 # SKIP b$' <<<"$output"
  grep -qE '^cli/some.bats +1 passed, 2 skipped$' <<<"$output"
  grep -qE '^    ok 2 is skipped .*# skip no openssl$' <<<"$output"
  run_tests skips_all
  [ "$status" -eq 0 ]
  last_line "0 passed, 0 failed, 1 skipped"
}

@test "no test at all is a failure" {
  run_tests
  [ "$status" -eq 1 ]
  last_line "0 passed, 0 failed"
}

@test "a program that is left running is ended, and a file that is left is removed: both are failures" {
  program leaves_process_test "sleep 1000 & echo \$! >'$folder/left'" 'echo "ok 1 - a"'
  program leaves_file_test 'mktemp >/dev/null' 'echo "ok 1 - a"'
  run_tests
  [ "$status" -eq 1 ]
  last_line "2 passed, 2 failed"
  has_ended left
  grep -q '# left running: .*sleep' <<<"$output"
  grep -q '# left in TMPDIR: tmp\.' <<<"$output"
}

@test "a file may have a job for each test: they run beside one another, and have one line" {
  file e2e/long.bats <<'BATS'
# tests/run: a job for each test
meet() {
  touch "$FOLDER/$1"
  timeout 20 sh -c "until [ -e '$FOLDER/$2' ]; do sleep 0.01; done"
}
@@test "waits for the other (1 of 2): 50 % + [a-z].*?, a|b" { meet one two; }
@@test "waits for the other (2 of 2)" { meet two one; }
@@test "waits for the other" { false; }
BATS
  FOLDER="$folder" TEST_JOBS=2 run_tests
  [ "$status" -eq 1 ]
  last_line "2 passed, 1 failed"
  grep -qE '^e2e/long.bats +2 passed, 1 FAILED$' <<<"$output"
}

@test "no more jobs run at a time than asked for" {
  for i in 1 2 3 4; do
    program "alone_${i}_test" "mkdir '$folder/running' || exit 1" "rmdir '$folder/running'" 'echo "ok 1 - a"'
  done
  TEST_JOBS=1 run_tests
  last_line "4 passed, 0 failed"
}

@test "TIMES=1 says how long each took, and which took longest" {
  program one_test 'echo "ok 1 - a"'
  file cli/some.bats <<'BATS'
@@test "passes" { true; }
BATS
  TIMES=1 run_tests
  [ "$status" -eq 0 ]
  last_line "2 passed, 0 failed"
  grep -qE '^one_test +1 passed +[0-9.]+ s +[0-9.]+ s CPU$' <<<"$output"
  grep -qE '^ +[0-9.]+ s +cli/some.bats: passes$' <<<"$output"
}

@test "tests in a browser are run when they are asked for, and not among everything" {
  mkdir tests/browser
  file browser/page.bats <<'BATS'
@@test "shows" { true; }
BATS
  program one_test 'echo "ok 1 - a"'
  run_tests
  last_line "1 passed, 0 failed"
  run_tests browser/
  last_line "1 passed, 0 failed"
  grep -q '^browser/page.bats ' <<<"$output"
}

@test "an interrupt ends what runs, and nothing is left" {
  for signal in INT TERM; do
    rm -f pid*
    program waits_test "echo \$\$ >'$folder/pid'" 'exec sleep 1000'
    file cli/waits.bats <<BATS
@@test "waits" {
  sleep 1000 3>&- &
  echo \$! >'$folder/pid.bats'
  wait
}
BATS
    TEST_JOBS=2 env --default-signal=INT tests/run build >out 2>&1 3>&- &
    runner=$!
    timeout 20 sh -c "until [ -s pid ] && [ -s pid.bats ]; do sleep 0.01; done"
    kill -"$signal" "$runner"
    status=0
    wait "$runner" || status=$?
    [ "$status" -eq 130 ]
    has_ended pid
    has_ended pid.bats
    [ -z "$(ls -A tmp)" ]
    cat out
    [ "$(tail -n 1 out)" = interrupted ]
    [[ "$(cat out)" != *passed* ]]
  done
}
