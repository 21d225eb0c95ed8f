#!/usr/bin/env bats
# The dashboard's health, in Chromium: what is wrong appears by itself, and what can be done about it. What must hold
# after every test is in lib.bash.

load lib

# A destination that takes nothing, and records that cannot be events.
prepare() {
  printf '  - {id: broken, type: webhook, url: "http://127.0.0.1:9/", severities: [low]}\n' >>"$folder/margay.yml"
  printf 'not JSON, but %s\n' "${hostile[@]}" >>"$folder/records.ndjson"
}

# They are in the store.
setup() {
  need_browser
  local end=$((SECONDS + BROWSER_WAIT))
  until [ "$(api /deadletters | jq '[.items[].records] | add')" = ${#hostile[@]} ]; do
    ((SECONDS < end)) || return 1
    sleep 0.1
  done
}

@test "sources, destinations, the outbox and what was refused are there, and nothing of it runs" {
  open_page "$url/health"
  await 'text("main").includes("Springfield") && text(".health-state.good").includes("Working")'
  await 'text("main").includes("kept") && text("main").includes("broken") && text("main").includes("not JSON")'
  await '$$("main section").length === 5 && text(".facts-line").includes("running")'
  viewport 320 640
  equal yes "$(is_narrow)" "health is narrow"
  viewport 1280 900
}

@test "refused records are looked at, and tried again" {
  open_page "$url/health"
  click '.row-link'
  await '$("dialog").open && text("dialog").includes("<script>window.ran = 1</script>") && $$("dialog li").length > 0'
  js '[...document.querySelectorAll("dialog button")].at(-1).click()' >/dev/null
  await '!$("dialog") && text("#notices").includes("tries them again")'
}

@test "a destination is tested, and a delivery dropped" {
  open_page "$url/health"
  await '$$(".button.small").length >= 3'
  js '[...document.querySelectorAll(".button.small")].find((b) => b.getAttribute("aria-label") === "Send a test alert to kept").click()' >/dev/null
  await 'text("#notices").includes("kept took the test alert")'
  js '[...document.querySelectorAll(".button.small")].find((b) => b.getAttribute("aria-label") === "Send a test alert to broken").click()' >/dev/null
  await 'text("#notices").includes("broken did not take the test alert")'
  js '[...document.querySelectorAll(".button.small[aria-haspopup]")][0].click()' >/dev/null
  await '[...$$(".menu button")].at(-1).innerText === "Drop"'
  js '[...document.querySelectorAll(".menu button")].at(-1).click()' >/dev/null
  await '$("dialog").open'
  click 'dialog [type=submit]'
  await '!$("dialog") && text("main").includes("Nothing waits")'
}

@test "what is read counts, live" {
  open_page "$url/health"
  await 'text(".live") === "Live"'
  add_record Other lisa@example.com "counted"
  await '$(".live-figures") && !$(".live-figures").hidden && Number($(".live-figures dd").firstChild.data) >= 1'
}

@test "a viewer looks at what was refused, and changes nothing" {
  as_viewer
  open_page "$url/health"
  click '.row-link'
  await '$("dialog").open'
  equal Close "$(js 'return [...document.querySelectorAll("dialog button")].map((b) => b.innerText).join(" ")')" "buttons of the dialog"
  press Escape
  await '!$("dialog")'
  equal 0 "$(js 'return document.querySelectorAll("main .button").length')" "buttons"
}
