#!/usr/bin/env bats
# What commands show of packs and tuning.

bats_require_minimum_version 1.5.0

setup() {
  MARGAY="${MARGAY:-$BATS_TEST_DIRNAME/../../build/margay}"
  ROOT="$(cd "$BATS_TEST_DIRNAME/../.." && pwd)"
  cd "$BATS_TEST_TMPDIR" || return
  printf 'email,team\nSVC@example.com,provisioning\n' >svc.csv
  cat >margay.yml <<YAML
rules: $ROOT/rules
schemas: $ROOT/schemas
packs: {zoom-extended: off}
lookups: [{name: svc, path: svc.csv, match: ignore_case}]
tuning:
  - rule: Zoom.PasscodeDisabled
    except:
      - {operator|lookup: svc}
    severity: info
    reason: provisioning, SEC-1
  - {rule: Zoom.Chat.File.*, mode: off, reason: no plans}
YAML
  jq -c '.operator = "svc@example.com"' "$ROOT/fixtures/zoom/operation/passcode_disabled.json" >svc.json
}

@test "rules list says what is changed, why and where" {
  run --separate-stderr "$MARGAY" rules -c margay.yml
  [ "$status" -eq 0 ]
  grep -Eq '^Zoom.PasscodeDisabled +INFO ' <<<"$output"
  grep -Eq '^Zoom.PasscodeDisabled +except operator\|lookup = "svc" +provisioning, SEC-1 +margay.yml:8 *$' <<<"$output"
  grep -Eq '^Zoom.PasscodeDisabled +severity INFO \(was .*provisioning, SEC-1 +margay.yml:9' <<<"$output"
  grep -Eq '^Zoom.Chat.File.Transfer.Enabled +off \(was alert\) +no plans +margay.yml:11' <<<"$output"
  grep -Eq 'off, as its pack zoom-extended +margay.yml:3' <<<"$output"
  # The usual mode of a pack is no change, but KIND has it.
  run ! grep -q 'as its pack zoom-audit' <<<"$output"

  run --separate-stderr "$MARGAY" rules show Zoom.PasscodeDisabled -c margay.yml
  grep -q '^  except operator|lookup = "svc" (margay.yml:8: provisioning, SEC-1)$' <<<"$output"
  [ "$("$MARGAY" rules -c margay.yml --format json | jq -c 'select(.id == "Zoom.Chat.File.Transfer.Enabled") | .enabled, .tuning')" = \
    'false
[{"change":"off (was alert)","reason":"no plans","place":"margay.yml:11"}]' ]
}

@test "explain and scan name what suppresses a match" {
  run --separate-stderr "$MARGAY" explain Zoom.PasscodeDisabled svc.json -c margay.yml
  [ "$status" -eq 0 ]
  grep -q '^  suppressed by margay.yml:8: provisioning, SEC-1$' <<<"$output"
  grep -Eq '^  severity +INFO$' <<<"$output"
  [ "$("$MARGAY" explain Zoom.PasscodeDisabled svc.json -c margay.yml --format json | jq -c .suppressed)" = \
    '{"by":"except","place":"margay.yml:8","reason":"provisioning, SEC-1"}' ]
  [ "$("$MARGAY" scan -c margay.yml --rule Zoom.PasscodeDisabled svc.json 2>/dev/null | jq -r .suppressed_by)" = \
    'margay.yml:8: provisioning, SEC-1' ]
  run --separate-stderr "$MARGAY" scan -c margay.yml --rule Zoom.PasscodeDisabled --alerts svc.json
  [ -z "$output" ]
  # shellcheck disable=SC2154 # run sets it
  grep -q '1 match, 1 suppressed match, 0 alerts' <<<"$stderr"
}

@test "without a configuration, and in margay test, a rule is as its file says" {
  [ "$("$MARGAY" scan --alerts --rule Zoom.PasscodeDisabled svc.json 2>/dev/null | wc -l)" -eq 1 ]
  "$MARGAY" test -c margay.yml --rule Zoom.PasscodeDisabled
}

@test "a correlation keeps the rules that it needs running as signals, and that is said" {
  echo 'packs: {zoom-core: off, zoom-extended: off, zoom-audit: off}' >>margay.yml
  sed -i '3d' margay.yml
  sed -i '/^tuning:/a\  - {rule: Zoom.Exfiltration.Recording.Shared.Then.Deleted, mode: alert}' margay.yml
  run --separate-stderr "$MARGAY" rules -c margay.yml
  grep -Eq 'signal all the same: the correlation Zoom.Exfiltration.Recording.Shared.Then.Deleted needs it' <<<"$output"
}

@test "explain of a correlation that is muted names what suppresses it" {
  mkdir rules
  for action in Add Delete; do
    echo "metadata { id = 'T.$action', log_types = { 'Zoom.Operation' }, severity = 'low', where = { action = '$action' } }" \
      >"rules/$action.lua"
    jq -nc --arg action "$action" '{time: "2024-01-01T00:00:00Z", operator: "a@example.com", category_type: "User",
      action: $action, operation_detail: "x"}' >>records.ndjson
  done
  cat >rules/both.lua <<'LUA'
correlation { id = "T.Both", severity = "high", within_minutes = 60, on = { "operator" },
  group = { { id = "add", rule = "T.Add" }, { id = "delete", rule = "T.Delete" } } }
LUA
  printf '%s\n' 'rules: rules' "schemas: $ROOT/schemas" 'tuning: [{rule: T.Both, mute_until: 2025-01-01, reason: CHG-7}]' \
    >muted.yml
  run --separate-stderr "$MARGAY" explain T.Both records.ndjson -c muted.yml
  [ "$status" -eq 1 ]
  grep -q '^no alert$' <<<"$output"
  grep -q '^  1 suppressed by muted.yml:3: CHG-7$' <<<"$output"
  run --separate-stderr "$MARGAY" scan -c muted.yml --alerts records.ndjson
  [ "$(jq -r .rule_id <<<"$output" | sort | tr '\n' ' ')" = 'T.Add T.Delete ' ]
  grep -q '2 matches, 1 suppressed match, 2 alerts' <<<"$stderr"
}
