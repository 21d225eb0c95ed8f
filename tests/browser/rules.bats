#!/usr/bin/env bats
# The dashboard's rules, the ATT&CK matrix, one rule with its tests and a backtest, in Chromium. What must hold after
# every test is in lib.bash.

load lib

# Rules of several packs and modes, one with tests, of which one fails, and one that tuning changes.
write_rules() {
  mkdir -p "$folder/rules"
  cat >"$folder/rules/passcode.lua" <<'LUA'
metadata {
  id = "Test.Passcode.Removed", display_name = "Passcode removed", log_types = { "Zoom.Operation" }, severity = "high", pack = "test-core",
  evidence = "documented", where = { ["operation_detail|contains"] = "Passcode" }, tags = { "Meetings" },
  reports = { ["MITRE ATT&CK"] = { "TA0003:T1098.003", "TA0009:T1125" } }, dedup_period_minutes = 5,
  description = [[Somebody removed a passcode. <script>window.ran = 1</script>]],
  runbook = [[1. Ask why.]],
}
-- A comment with </code><script>window.ran = 1</script>, and a [[text]].
function title(event) return event.operation_detail end
function dedup(event) return event.operator end
tests {
  { name = "removed", event = { time = "2026-01-01T00:00:00Z", operator = "a@example.com", category_type = "x", action = "Update",
    operation_detail = "Passcode: from ON to OFF" }, expect = true },
  { name = "<img src=x onerror=window.ran=1>", event = { time = "2026-01-01T00:00:00Z", operator = "a@example.com", category_type = "x",
    action = "Update", operation_detail = "Passcode: from OFF to ON" }, expect = false },
}
LUA
  cat >"$folder/rules/login.lua" <<'LUA'
metadata { id = "Test.Login", display_name = "Sign-in seen", log_types = { "Zoom.Activity" }, severity = "info", pack = "test-audit",
  create_alert = false, evidence = "guess", reports = { ["MITRE ATT&CK"] = { "TA0001:T1078.004" } } }
function rule(event) return true end
LUA
  cat >"$folder/rules/delete.lua" <<'LUA'
metadata { id = "Test.Deleted", log_types = { "Zoom.Operation" }, severity = "critical", where = { action = "Delete" },
  reports = { ["MITRE ATT&CK"] = { "TA0003:T1098.001" } } }
LUA
}

prepare() {
  local day
  for day in 9 6 3; do
    add_record Update homer@example.com "Passcode: ${hostile[0]}" $((day * 86400))
  done
  printf '%s\n' 'packs: {test-core: alert, test-audit: signal}' 'tuning:' \
    '  - {rule: Test.Deleted, mute_until: 2099-01-01, reason: "CHG-1 <b>migration</b>"}' >>"$folder/margay.yml"
}

# rows NUMBER: the list has so many.
rows() {
  await "\$\$('table.rules tbody tr').length === $1"
}

@test "the list is filtered and sorted, and the address has it" {
  open_page "$url/rules"
  rows 3
  equal "Deleted: critical" "$(js 'const row = document.querySelector("table.rules tbody tr"); return `${row.querySelector(".rule-id").innerText.includes("Test.Deleted") ? "Deleted" : "?"}: ${row.querySelector(".severity").innerText.toLowerCase()}`')" "the first"
  await 'text(".rule-id .tag") === "tuned"'
  type_into '.rule-filters input' 'zoom.activity'
  rows 1
  await 'location.search === "?q=zoom.activity" && text("table.rules").includes("Sign-in seen") && text(".mode") === "Signal"'
  open_page "$url/rules?mode=alert"
  rows 2
  await 'text("select[name=pack]").includes("test-core (1)")'
  js 'const s = document.querySelector("select[name=severity]"); s.value = "high"; s.dispatchEvent(new Event("change"))' >/dev/null
  rows 1
  await 'location.search === "?mode=alert&severity=high"'
  open_page "$url/rules?technique=T1098"
  rows 2
  js '[...document.querySelectorAll("thead .sort")].at(-1).click()' >/dev/null
  await 'location.search.includes("sort=alerts") && text("table.rules tbody tr").includes("Passcode removed")'
  click '.chip button'
  rows 3
  open_page "$url/rules?pack=nothing"
  await 'text("main").includes("No rule fits")'
  click '.empty button'
  rows 3
}

@test "the matrix leads to the rules of a technique, by arrow keys, too" {
  open_page "$url/rules?view=attack"
  await '$$(".technique").length === 4 && $$(".tactic").length === 3'
  js 'document.querySelector(".technique[tabindex=\"0\"]").focus()' >/dev/null
  press Right Down
  await 'document.activeElement.innerText.includes("T1098.003")'
  press Enter
  await 'location.search === "?tactic=TA0003&technique=T1098.003"'
  rows 1
  call back >/dev/null
  await '$(".matrix")'
  js '[...document.querySelectorAll("input[name=count]")][1].click()' >/dev/null
  await 'location.search.includes("count=alerting") && $(".technique.step-0")'
}

@test "a rule shows its text, its matches, what changes it, and runs its tests" {
  open_page "$url/rules/Test.Passcode.Removed"
  await 'text("h1") === "Passcode removed" && text(".figures").includes("3") && $$(".code-line").length > 15'
  await '$(".code-comment").innerText.includes("<script>") && $(".code-keyword").innerText === "function"'
  await '[...document.querySelectorAll("td")].some((td) => td.innerText.includes("<script>"))'
  js '[...document.querySelectorAll("button")].find((b) => b.innerText === "Run tests").click()' >/dev/null
  await 'text(".test-summary") === "✗ 1 test failed, 1 passed" || text(".test-summary") === "1 test failed, 1 passed"'
  await '$$(".plain-list .passed").length === 1 && $$(".plain-list .failed").length === 1'
  open_page "$url/rules/Test.Deleted"
  await 'text("main").includes("CHG-1 <b>migration</b>") && text("main").includes("No match is kept")'
  open_page "$url/rules/Test.Nothing"
  await 'text("h1") === "There is no such rule"'
  console_errors >/dev/null # the 404
}

@test "colours change nothing of a text, and cost little, whatever it holds" {
  open_page "$url/rules"
  rows 3
  equal '' "$(call execute/async "$(jq -n '{args: [], script: "
    const done = arguments[arguments.length - 1];
    import(`/lib/highlight.js`).then(({ highlight }) => {
      const bad = [], start = performance.now();
      for (const text of [``, `\n`, `a = \"b\" -- c\n[[d\ne]] --[==[f]==] g`, `\"open\n\u0027open`, `--[[ open`, `k: v # c\n- k: true\n  n: -1`,
        `[=`.repeat(50000), `--[[`.repeat(20000), `\"`.repeat(100001), ` `.repeat(150000) + `x`, `- `.repeat(60000), `<b>&amp;</b>`]) {
        for (const language of [`lua`, `sigma`, `other`]) {
          if (highlight(text, language, `x`).textContent !== text) bad.push(`${language}: ${text.slice(0, 40)}`);
        }
      }
      if (performance.now() - start > 8000) bad.push(`slow`);
      const kinds = (text, language) => [...highlight(text, language, ``).querySelectorAll(`span:not(.code-line)`)].map((e) => `${e.className} ${e.innerText}`).join();
      if (kinds(`local a = 1 -- b`, `lua`) !== `code-keyword local,code-key a,code-number 1,code-comment -- b`) bad.push(kinds(`local a = 1 -- b`, `lua`));
      if (kinds(`  x|all: \u0027b\u0027 # c`, `sigma`) !== `code-key x|all,code-string \u0027b\u0027,code-comment # c`) bad.push(kinds(`  x|all: \u0027b\u0027 # c`, `sigma`));
      done(bad.join(`; `));
    }).catch((error) => done(String(error)));"}')" | jq -r .)" "texts"
}

@test "a backtest runs, and its result is there after a reload" {
  open_page "$url/rules/Test.Passcode.Removed"
  await '$(".rule-parts")'
  js '[...document.querySelectorAll("button")].find((b) => b.innerText === "Run backtest").click()' >/dev/null
  await 'text(".backtest-result").includes("3 alerts") && text(".backtest-result").includes("The same 3 alerts as live")'
  await 'text(".backtest-result").includes("homer@example.com") && $(".backtest-result canvas")'
  click '.backtest-result summary'
  equal 3 "$(js 'return String([...document.querySelectorAll(".backtest-result table.numbers td")].filter((td) => td.innerText === "1").length)')" "days with an alert"
  open_page "$(js 'return location.href')"
  await 'text(".backtest-result").includes("3 alerts")'
  open_page "$url/rules/Test.Passcode.Removed?backtest=0000000000000000"
  await 'text(".backtest-state").includes("That backtest is over")'
  console_errors >/dev/null # the 404
}

@test "all of it is narrow" {
  local page
  viewport 320 640
  for page in /rules '/rules?view=attack' /rules/Test.Passcode.Removed; do
    open_page "$url$page"
    await '$("main h1")'
    equal yes "$(is_narrow)" "$page is narrow"
  done
  viewport 1280 900
}

@test "a viewer reads, and runs nothing" {
  as_viewer
  open_page "$url/rules/Test.Passcode.Removed"
  await 'text("main").includes("Analysts can run") && $(".code")'
  equal '' "$(js 'return [...document.querySelectorAll("main button")].map((b) => b.innerText).join(" ")')" "buttons"
}
