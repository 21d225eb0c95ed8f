#!/usr/bin/env bats
# margay tune: what it shows, what it writes, and what it leaves alone.

bats_require_minimum_version 1.5.0

setup_file() {
  export margay="${MARGAY:-$BATS_TEST_DIRNAME/../../build/margay}"
  export root="$BATS_TEST_DIRNAME/../.." shared
  shared="$(mktemp -d)"
  local day operator
  for day in 21 22 23; do
    for operator in svc marge; do
      echo '{"time":"2026-03-'$day'T07:09:03Z","operator":"'$operator'@example.com","category_type":"User","action":"Add","operation_detail":"x"}'
    done
  done >"$shared/records.ndjson"
  mkdir "$shared/rules"
  cat >"$shared/rules/added.lua" <<'LUA'
metadata { id = "My.Added", log_types = { "Zoom.Operation" }, severity = "medium", where = { action = "Add" } }
function title(event) return "added by " .. event.operator end
function dedup(event) return event.operator end
LUA
  cat >"$shared/margay.yml" <<'YAML'
# Ours.
state: {path: margay.db}
rules: rules   # the folder
schemas: ${SCHEMAS}
sources:
- {id: records, type: file, path: records.ndjson, follow: false}
destinations: [{id: screen, type: console}]
YAML
  export SCHEMAS="$root/schemas"
  "$margay" run -c "$shared/margay.yml" >/dev/null 2>"$shared/run.err" 3>&- || {
    cat "$shared/run.err"
    false
  }
}

teardown_file() {
  rm -rf "$shared"
}

setup() {
  folder="$BATS_TEST_TMPDIR/etc"
  cp -R "$shared" "$folder"
  cd "$folder" || return
}

tune() {
  run --separate-stderr "$margay" tune "$@"
  echo "$output"
  echo "${stderr:-}"
}

nothing_changed() {
  cmp margay.yml "$shared/margay.yml"
  [ "$(ls -A)" = "$(ls -A "$shared")" ]
}

@test "it shows what would be silenced and what would be written, and a dry run writes nothing" {
  tune my.added --except operator=svc@example.com --reason 'provisioning, all day' --since 2026-01-01 --dry-run
  [ "$status" -eq 0 ]
  [ "$stderr" = "" ]
  [ "$output" = "Since 2026-01-01 it would have silenced 3 of 6 matches and 3 of 6 alerts.
These stay:
  2026-03-21 07:09:03 UTC  MEDIUM    added by marge@example.com  (My.Added)
  2026-03-22 07:09:03 UTC  MEDIUM    added by marge@example.com  (My.Added)
  2026-03-23 07:09:03 UTC  MEDIUM    added by marge@example.com  (My.Added)

--- margay.yml
+++ margay.yml
@@ line 5 @@
 sources:
 - {id: records, type: file, path: records.ndjson, follow: false}
 destinations: [{id: screen, type: console}]
+
+tuning:
+- rule: My.Added
+  except:
+    - operator: svc@example.com
+  reason: \"provisioning, all day\"

Nothing was written (--dry-run)." ]
  nothing_changed
}

@test "an entry is written, completed, and then there already" {
  chmod 640 margay.yml
  tune My.Added --except operator=svc@example.com --reason noise --yes
  [ "$status" -eq 0 ]
  [[ "$output" == *"margay.yml was written."$'\n'"margay run takes it when it starts, or with SIGHUP."* ]]
  [ "$(stat -c %a margay.yml)" = 640 ]
  tune My.Added --except 'operator=marge@example.com && action=Add' --severity low --reason noise --yes
  [ "$status" -eq 0 ]
  [ "$(tail -n +8 margay.yml)" = "
tuning:
- rule: My.Added
  except:
    - operator: svc@example.com
    - operator: marge@example.com
      action: Add
  reason: noise
  severity: low" ]
  head -n 7 margay.yml | cmp - "$shared/margay.yml"
  tune My.Added --except operator=svc@example.com --reason noise --yes
  [ "$status" -eq 0 ]
  [ "$output" = "margay.yml says all of this already." ]
  run "$margay" backtest My.Added --since 2026-01-01
  [[ "$output" == *"6 matches (6 suppressed), 0 alerts"* ]]
  run "$margay" check
  [ "$status" -eq 0 ]
}

@test "severity, threshold and mutes show their effect" {
  tune 'My.*' --severity high --since 2026-01-01 --dry-run
  [[ "$output" == *"silenced 0 of 6 matches and 0 of 6 alerts."*"6 alerts would have had another severity."* ]]
  tune 'My.*' --threshold 2 --since 2026-01-01 --dry-run
  [[ "$output" == *"silenced 0 of 6 matches and 6 of 6 alerts."* ]]
  [[ "$output" == *"+  threshold: 2"* ]]
  tune My.Added --mute-until 2026-03-22T12:00:00Z --reason CHG-1 --since 2026-01-01 --dry-run
  [[ "$output" == *"silenced 4 of 6 matches and 4 of 6 alerts."* ]]
  [[ "$output" == *"+  mute_until: 2026-03-22T12:00:00Z"* ]]
  tune My.Added --except operater=svc@example.com --reason r --since 2026-01-01 --dry-run
  [[ "$output" == *"silenced 0 of 6 matches and 0 of 6 alerts."*"So it would have changed nothing: "* ]]
  [ "$stderr" = "margay.yml:12:7: warning: tuning: except: no log type of 'My.Added' has a field 'operater' (did you mean 'operator'?): the exception never holds" ]
  tune My.Added --off --reason "no \$use" --dry-run
  [[ "$output" == *"The archive has no events of these log types since "* ]]
  [[ "$output" == *"+  mode: off"$'\n'"+  reason: \"no \$\$use\""* ]]
}

@test "hours, a period and destinations show their effect" {
  tune My.Added --hours 'sat,sun' --hours 'mon-fri 08:00-09:00 Europe/Zurich' --reason CHG-1 --since 2026-01-01 --dry-run
  [[ "$output" == *"silenced 6 of 6 matches and 6 of 6 alerts."* ]]
  [[ "$output" == *'+  hours:
+    - days: "sat,sun"
+    - days: mon-fri
+      from: "08:00"
+      to: "09:00"
+      time_zone: Europe/Zurich'* ]]
  tune My.Added --hours '08:00-09:00' --reason CHG-1 --since 2026-01-01 --dry-run
  [[ "$output" == *"silenced 0 of 6 matches"*'+    - from: "08:00"
+      to: "09:00"'* ]]
  tune My.Added --period 3d --destinations screen --since 2026-01-01 --dry-run
  [[ "$output" == *"silenced 0 of 6 matches and 4 of 6 alerts."*"+  dedup_period: 3d
+  destinations: [screen]"* ]]
  tune My.Added --destinations '' --dry-run
  [[ "$output" == *"+  destinations: []"* ]]
  nothing_changed
}

@test "--format json prints one object" {
  tune My.Added --except operator=svc@example.com --reason noise --since 2026-01-01 --format json --dry-run
  [ "$status" -eq 0 ]
  [ "$(jq -c '[.config, .rule, .matches, .matches_silenced, .alerts, .alerts_silenced, .severities_changed,
    (.silenced, .stay, .new | length), .changed, .written]' <<<"$output")" = \
    '["margay.yml","My.Added",6,3,6,3,0,3,3,0,true,false]' ]
  [[ "$(jq -r .diff <<<"$output")" == *"+    - operator: svc@example.com"* ]]
  [ "$(jq -r '.stay[0].title' <<<"$output")" = "added by marge@example.com" ]
  tune My.Added --severity low --format json
  [ "$status" -eq 1 ]
  [[ "$stderr" == *"--format json does not ask, and --yes was not given"* ]]
  jq -e '.written == false and .events == false' <<<"$output"
  nothing_changed
  tune My.Added --severity low --format json --yes
  [ "$(jq .written <<<"$output")" = true ]
  tune My.Added --severity low --format json --yes
  [ "$output" = '{"config":"margay.yml","rule":"My.Added","changed":false,"written":false}' ]
}

@test "what a symbolic link leads to is written, and paths stay relative to the link" {
  mkdir repository
  mv margay.yml repository/
  ln -s repository/margay.yml margay.yml
  tune My.Added --severity low --yes
  [ "$status" -eq 0 ]
  [ -L margay.yml ]
  grep -q 'severity: low' repository/margay.yml
  [ "$(ls -A repository)" = margay.yml ]
  [ "$(find . -maxdepth 1 -name 'margay.yml*')" = ./margay.yml ]
}

@test "a file that nobody may write is left alone" {
  chmod 444 margay.yml
  tune my.added --severity low --since 2026-01-01 --yes
  [ "$status" -eq 1 ]
  [[ "$stderr" == *"the file is read-only, so it is not changed: make it writable (chmod u+w) or change it by hand"* ]]
  nothing_changed
}

@test "an entry that the configuration does not take is not written" {
  tune My.Added --severity loud --yes
  [ "$status" -eq 2 ]
  [[ "$stderr" == *"margay.yml:11:"*"unknown value 'loud'"* ]]
  [[ "$stderr" == *"nothing was written"* ]]
  nothing_changed
  tune My.Added --except 'operator|contians=x' --reason r --yes
  [ "$status" -eq 2 ]
  [[ "$stderr" == *"contains"* ]]
  nothing_changed
  tune My.Added --destinations scren --dry-run
  [ "$status" -eq 2 ]
  [[ "$stderr" == *"margay.yml:11:"*"no destination 'scren' is configured (did you mean 'screen'?)"* ]]
  nothing_changed
}

@test "nothing is written without a yes" {
  run --separate-stderr "$margay" tune My.Added --severity low </dev/null
  [ "$status" -eq 1 ]
  [[ "$stderr" == *"nothing was written: there is no terminal to ask at, and --yes was not given"* ]]
  nothing_changed
}

@test "what cannot be asked is a mistake" {
  while IFS='|' read -r message arguments; do
    eval "tune $arguments"
    [ "$status" -eq 2 ]
    [[ "$stderr" == *"$message"* ]]
    nothing_changed
  done <<'TABLE'
name the rule|--severity low
one rule at a time|A B --severity low
say what is to change|My.Added
--reason is missing|My.Added --except a=b
'a' is not KEY=VALUE|My.Added --except a --reason r
'a' is there twice|My.Added --except "a=1 && a=2" --reason r
did you mean 'My.Added'|My.Addet --severity low
contradict each other|My.Added --off --mode alert --reason r
is not as 'mon-fri 22:00-06:00 Europe/Zurich'|My.Added --hours "mon tue" --reason r
is not as 'mon-fri 22:00-06:00 Europe/Zurich'|My.Added --hours "22:00" --reason r
is not as 'mon-fri 22:00-06:00 Europe/Zurich'|My.Added --hours " " --reason r
--reason is missing|My.Added --hours sat
not valid UTF-8|My.Added --severity low --reason $'\xff'
TABLE
  rm margay.yml
  tune My.Added --severity low
  [ "$status" -eq 1 ]
  [[ "$stderr" == *"margay.yml: cannot read the configuration: No such file or directory"* ]]
}

@test "--reload needs a daemon" {
  tune My.Added --severity low --yes --reload
  [ "$status" -eq 1 ]
  [[ "$stderr" == *"--reload: no running daemon was found by the state file"* ]]
  grep -q 'severity: low' margay.yml
}

@test "--reload lets the running daemon take it" {
  sed -i 's/follow: false/follow: true/' margay.yml
  "$margay" run -c margay.yml >run.out 2>run.err 3>&- &
  local pid=$!
  timeout 60 sh -c 'until "$margay" status | grep -q "^daemon *running"; do sleep 0.05; done'
  tune My.Added --severity low --yes --reload
  [ "$status" -eq 0 ]
  [[ "$output" == *"The daemon (pid $pid) reads it now; its log says what changed."* ]]
  timeout 60 sh -c 'until grep -q "msg=reloaded" run.err; do sleep 0.05; done'
  tune My.Added --severity info --yes
  [[ "$output" == *"margay run takes it with: kill -HUP $pid   (or --reload)"* ]]
  kill "$pid"
  wait "$pid"
}
