#!/usr/bin/env bats
# The examples of docs/alerts.md.

setup() {
  margay="${MARGAY:-$BATS_TEST_DIRNAME/../../build/margay}"
  page="$BATS_TEST_DIRNAME/../../docs/alerts.md"
  folder="$(mktemp -d)"
}

teardown() {
  rm -rf "$folder"
}

# The first block of a language below a heading, without its fences.
block() {
  awk -v heading="$1" -v language="$2" '
    $0 == heading { below = 1 }
    below && $0 == "```" language { inside = !count++; next }
    /^```/ { inside = 0 }
    inside' "$page"
}

@test "the shell example verifies a webhook's signature" {
  command -v openssl >/dev/null || skip "no openssl"
  block "## webhook" sh >"$folder/verify"
  run bash "$folder/verify"
  [ "$status" -eq 0 ]
  grep -qF "prints \`$output\`" "$page"
}

@test "the configuration example has no mistakes" {
  block "# Alerts and where they go" yaml >"$folder/margay.yml"
  export SLACK_WEBHOOK_URL=https://hooks.slack.com/services/T0/B0/sesame
  export ALERT_WEBHOOK_SECRET=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw
  root="$BATS_TEST_DIRNAME/../.."
  printf 'rules: [%s]\nschemas: %s\nsources: [{id: x, type: file, path: x}]\n' "$root/rules" "$root/schemas" >>"$folder/margay.yml"
  run "$margay" check -c "$folder/margay.yml"
  echo "$output"
  [ "$status" -eq 0 ]
  [[ $output != *sesame* ]]
}
