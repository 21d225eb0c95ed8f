#!/usr/bin/env bats
# The disk fills up while margay run is at work, and has room again later. The limit on a file's
# size stands for the disk: it needs no root, and writing fails in the same places.

setup() {
  margay="${MARGAY:-$BATS_TEST_DIRNAME/../../build/margay}"
  folder="$(mktemp -d)"
}

teardown() {
  if [ -n "${pid:-}" ]; then
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  fi
  rm -rf "$folder"
}

@test "a full disk is told, and nothing is lost or doubled when it has room again" {
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
  cat >"$folder/margay.yml" <<YAML
state: {path: margay.db}
rules: [rules]
schemas: $BATS_TEST_DIRNAME/../../schemas
sources:
  - {id: records, type: file, path: $folder/records.ndjson, follow: false}
destinations:
  - {id: screen, type: console}
YAML
  (
    trap '' XFSZ
    ulimit -S -f 3000
    exec "$margay" run -c "$folder/margay.yml" >"$folder/out" 2>"$folder/log" 3>&-
  ) &
  pid=$!
  timeout 60 sh -c "until grep -q 'could not be committed' '$folder/log'; do sleep 0.05; done"
  grep -q "margay.db may not grow any more" "$folder/log"
  prlimit --pid "$pid" --fsize=unlimited:
  wait "$pid"
  pid=
  cat "$folder/log"
  grep -q "records=40000 events=40000 repeated=0" "$folder/log"
  run "$margay" alerts -c "$folder/margay.yml" --format json
  [ "${#lines[@]}" -eq 2 ]
  [ "$(grep -c "Test.Last" "$folder/out")" -eq 2 ]
}
