# Shared by the tests in a browser: one daemon and one browser for each file of tests, records that
# become alerts, and what must hold after every test.
# shellcheck shell=bash
# shellcheck source=tests/browser/webdriver.bash
source "$BATS_TEST_DIRNAME/webdriver.bash"

root="$(cd "$BATS_TEST_DIRNAME/../.." && pwd)"
margay="${MARGAY:-$root/build/margay}"

# Whatever of these ran would set window.ran; see watch_page. All in one text, an address, and 100 kB.
# shellcheck disable=SC2016,SC2034 # nothing is to be expanded; tests use it
hostile=(
  '<script>window.ran = 1</script><img src=x onerror="window.ran = 1">"><svg onload=window.ran=1><a href="javascript:window.ran=1">x</a>'"' onfocus=window.ran=1 autofocus x=' "'{{constructor.constructor("window.ran=1")()}} ${window.ran=1} <%= window.ran=1 %>'$' \u202egnp.exe\u2066\u200b\u0007 ]]>--></style></title></textarea>'
  'javascript:window.ran=1'
  "$(head -c 100000 /dev/zero | tr '\0' A)"
)

# What a file of tests needs besides: records, sources and destinations; it may say so by a function of its
# own. `http_more` has more settings of `http`.
prepare() { :; }

setup_file() {
  have_browser || return 0 # each test says that it is left out
  folder=$BATS_FILE_TMPDIR
  write_rules
  : >"$folder/records.ndjson"
  add_record Low homer@example.com "one" 3600
  add_record High marge@example.com "two" 1800
  write_config
  prepare
  start_daemon || return 1
  start_browser "$folder/browser" || return 1
  export folder port url daemon driver driver_pid session
  watch_page
}

need_browser() {
  have_browser || skip "chromium and chromedriver are not installed (packaging/deps browser)"
}

# Files with a setup of their own begin it so.
setup() {
  need_browser
}

teardown_file() {
  have_browser || return 0
  stop_browser
  stop_daemon
  ! grep -HnE 'Sanitizer|runtime error:' "$folder"/*.log
}

# Nothing ran, nothing was refused, nothing was asked of another host, nothing is wide.
teardown() {
  [ -n "${session:-}" ] || return 0
  [ -n "${BATS_TEST_COMPLETED:-}" ] || { failed_page; return 0; }
  local bad=0
  no "$(console_errors)" "in the console" || bad=1
  no "$(hosts | grep -vxF "127.0.0.1:$port" || true)" "other hosts that were asked" || bad=1
  no "$(js 'return (window.violations ?? []).join("\n")')" "violations of the policy" || bad=1
  no "$(js 'return window.ran ? "yes" : ""')" "something ran" || bad=1
  return $bad
}

# What a failed test leaves to look at.
failed_page() {
  js 'return location.href + "\n" + document.body.innerText.slice(0, 500)' || true
  console_errors || true
  tail -n 5 "$folder/margay.log"
}

no() {
  [ -z "$1" ] || { echo "$2: ${1:0:2000}" >&2; return 1; }
}

equal() {
  [ "$1" = "$2" ] || { echo "$3: expected '$1', got '$2'" >&2; return 1; }
}

# From each page's beginning: what its policy refuses, and whether something ran.
watch_page() {
  cdp Page.addScriptToEvaluateOnNewDocument "$(jq -n '{source: "
    window.violations = [];
    addEventListener(`securitypolicyviolation`, (e) => violations.push(`${e.violatedDirective} ${e.blockedURI} ${e.sourceFile}:${e.lineNumber}`));
    window.alert = window.confirm = window.prompt = () => { window.ran = 1; };"}')"
}

# as_viewer: pages that are opened from now on believe that who asks is a viewer. (The API would not.)
as_viewer() {
  cdp Page.addScriptToEvaluateOnNewDocument "$(jq -n '{source: "
    const real = window.fetch;
    window.fetch = async (url, options) => {
      const answer = await real(url, options);
      if (!String(url).endsWith(`/api/v1/me`)) return answer;
      return new Response(JSON.stringify({ ...await answer.json(), role: `viewer` }), { headers: { \"Content-Type\": \"application/json\" } });
    };"}')"
}

# ---- the daemon ----

# Rules of each severity that are used; their texts are as hostile as the events.
write_rules() {
  local name
  mkdir -p "$folder/rules"
  for name in Low High; do
    cat >"$folder/rules/$name.lua" <<LUA
metadata {
  id = "Test.$name", display_name = "A $name thing", log_types = { "Zoom.Operation" }, severity = "${name,,}",
  where = { action = "$name" }, tags = { "Zoom" }, reports = { ["MITRE ATT&CK"] = { "TA0003:T1136.003" } },
  summary_attributes = { "operator" },
  description = [[What a $name thing is. <script>window.ran = 1</script>]],
  runbook = [[1. Ask whether it was meant.
2. See \`margay alerts list\` and javascript:window.ran=1
3. <img src=x onerror=window.ran=1>]],
  reference = "https://example.com/why",
}
function title(event) return "$name: " .. event.operation_detail end
function dedup(event) return event.operation_detail end
function actor(event) return event.operator end
LUA
  done
}

write_config() {
  port=$(free_port)
  url="http://127.0.0.1:$port"
  cat >"$folder/margay.yml" <<END
state: {path: $folder/margay.db}
rules: [$folder/rules]
schemas: $root/schemas
workers: 2
http: {listen: "127.0.0.1:$port"${http_more:-}}
sources:
  - {id: records, label: Springfield, type: file, path: $folder/records.ndjson, follow: true, poll_interval: 50ms, history_alerts: all}
destinations:
  - {id: kept, type: file, path: $folder/alerts.ndjson}
END
}

# A port that nobody listens on at this moment.
free_port() {
  local out
  out=$(mktemp "$folder/port.XXXX")
  "$margay" sim --port 0 --receiver >"$out" 2>&1 3>&- &
  local pid=$!
  until grep -q '^listening on ' "$out"; do sleep 0.02; done
  kill "$pid" && wait "$pid" 2>/dev/null || true
  sed -n 's/^listening on .*:\([0-9]*\).*/\1/p' "$out"
}

start_daemon() {
  local end=$((SECONDS + 30))
  "$margay" run -c "$folder/margay.yml" >>"$folder/console" 2>>"$folder/margay.log" 3>&- &
  daemon=$!
  until curl -sf --max-time 2 -o /dev/null "$url/"; do
    ((SECONDS < end)) && kill -0 "$daemon" || { cat "$folder/margay.log"; return 1; }
    sleep 0.05
  done
}

stop_daemon() {
  [ -z "${daemon:-}" ] || { kill "$daemon" && wait "$daemon"; } 2>/dev/null || true
}

# add_record ACTION OPERATOR DETAIL [SECONDS AGO]: Low and High open alerts.
add_record() {
  jq -nc --arg action "$1" --arg operator "$2" --arg detail "$3" --arg time "$(date -u -d "-${4:-0} seconds" +%FT%TZ)" \
    '{time: $time, operator: $operator, category_type: "User", action: $action, operation_detail: $detail}' >>"$folder/records.ndjson"
}

# api PATH: what the API says.
api() {
  curl -sf --max-time 10 "$url/api/v1$1"
}

# alert_id TITLE
alert_id() {
  local end=$((SECONDS + BROWSER_WAIT)) id
  until id=$(api /alerts?limit=500 | jq -er --arg t "$1" '[.items[] | select(.title == $t)][0].alert_id'); do
    ((SECONDS < end)) || { echo "there is no alert '$1'" >&2; return 1; }
    sleep 0.05
  done
  echo "$id"
}

# is_narrow: no page is wider than its window.
is_narrow() {
  js 'const d = document.documentElement; return d.scrollWidth <= innerWidth ? "yes" : `${d.scrollWidth} of ${innerWidth}: ` +
    [...document.querySelectorAll("main *")].filter((e) => e.getBoundingClientRect().right > innerWidth).slice(0, 5).map((e) => e.outerHTML.slice(0, 80)).join("\n")'
}
