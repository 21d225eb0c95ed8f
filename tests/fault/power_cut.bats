#!/usr/bin/env bats
# The power fails while `margay run` works. What was written to the state file and not synced may be on the
# disk, or not, or in part and in any order. From whatever is left, the next start ends in the same state.
#
# A machine that really loses its power (dm-flakey, dm-log-writes) needs root and a kernel with device mapper.
# So images are made from a journal of all writes and syncs of one run (shim.c, images.c).

load fault
# tests/run: a job for each test

# Runs the daemon once and keeps the journal of its state file.
begin_journal() {
  begin_world
  begin_run
  export MARGAY_FAULT_JOURNAL="$folder/journal"
  margay="$folder/faulty" run_margay
  equal 0 "$status" "exit status of the journalled run"
  unset MARGAY_FAULT_JOURNAL
  "${shim%/*}/images" "$folder/journal" >"$folder/entries"
  [ "$(grep -c 'sync wal' "$folder/entries")" -gt 10 ]
}

# cuts FILE: numbers of entries: some syncs of the file, and others just before them, when most is not synced.
cuts() {
  awk -v file="$1" -v wanted="${FAULT_SITES:-1}" '$2 == "sync" && $3 == file { sync[count++] = $1 }
    END {
      most = wanted == "all" || count < wanted ? count : wanted
      for (i = 0; i < most; i++) print sync[most == count ? i : int(count * ((2 * i + 1) / (2 * most)) ^ 2)] - (i + 1) % 2
    }' "$folder/entries"
}

# cut_all FILE: at its cuts, with every kind of loss; in `make test` with the hardest alone.
cut_all() {
  local number loss losses=(all some none)
  [ -n "${FAULT_SITES:-}" ] || losses=(some)
  for number in $(cuts "$1"); do
    for loss in "${losses[@]}"; do
      try "cut@$1" "$loss lost" cut "$number" "$loss"
    done
  done
  no_failures
}

# cut NUMBER LOSS: the image must be sound, and the run from it must end as the undisturbed one.
cut() {
  begin_run
  "${shim%/*}/images" "$folder/journal" "$1" "$2" "$1" "$store"
  : >"$log"
  local events
  events="$(count event)"
  run_margay
  equal 0 "$status" "exit status of the run after entry $1, $2 lost" &&
    sound && same_as_undisturbed && all_delivered ||
    { fail "after entry $1, $2 lost"; cat "$log"; return 1; }
  rm -f "$store"*
  outcome=cut words="entry $1 of $(wc -l <"$folder/entries"), $2 of what was not synced lost, $events events were left"
}

@test "the power fails while the log is written, or copied into the state file" {
  begin_journal
  cut_all wal
  cut_all state
}
