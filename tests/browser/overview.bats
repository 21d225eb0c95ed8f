#!/usr/bin/env bats
# The dashboard's frame and overview, in Chromium: navigation, charts, widths, dark, weights, logging in.

load lib

# Each page with what it shows when it is there.
pages=(/ /alerts /search /rules /health)

@test "the overview counts, and each number leads to what it counts" {
  alert_id "High: two" >/dev/null
  open_page "$url/"
  await 'text(".tile.total").startsWith("2") && $(".chart canvas")'
  await 'text("main").includes("marge@example.com") && text("main").includes("A High thing")'
  click '.chart-numbers summary'
  await '$$("table.numbers tbody tr").length >= 7'
  click '.tile.total'
  await 'location.pathname + location.search === "/alerts?status=open&status=acknowledged" && $$("table.alerts tbody tr").length === 2'
  call back >/dev/null
  await 'location.pathname === "/" && $(".tile.total")'
  click 'a.share'
  await 'location.pathname !== "/" && $("main h1")'
}

@test "new alerts change the overview" {
  open_page "$url/"
  await 'text(".live") === "Live" && $(".tile.total")'
  local before
  before=$(js 'return document.querySelector(".tile.total .tile-count").innerText')
  add_record High "someone@example.com" "counted"
  await "text('.tile.total .tile-count') === '$((before + 1))'"
}

@test "every page at 320 px has no horizontal scroll bar, light and dark, and says which it is" {
  local page
  for page in "${pages[@]}" "/alerts/$(alert_id 'High: two')"; do
    viewport 320 640
    open_page "$url$page"
    await '$("main h1")'
    equal yes "$(is_narrow)" "$page is narrow"
    equal "1 h1, main, nav" "$(js 'return `${document.querySelectorAll("h1").length} h1, ${document.querySelector("main").localName}, ${document.querySelector("nav[aria-label]").localName}`')" "$page"
    viewport 320 640 dark
    equal "rgb(17, 18, 23)" "$(js 'return getComputedStyle(document.documentElement).backgroundColor')" "the dark background"
    equal yes "$(is_narrow)" "$page is narrow in the dark"
  done
  viewport 1280 900
}

@test "every page weighs less than 200 KB" {
  local page weight
  for page in "${pages[@]}"; do
    cdp Network.enable '{}'
    cdp Network.setCacheDisabled '{"cacheDisabled":true}'
    open_page "$url$page"
    await '$("main h1") && performance.now() > 700'
    weight=$(js 'return String(performance.getEntries().filter((e) => e.transferSize).reduce((sum, e) => sum + e.transferSize, 0))')
    echo "$page $weight"
    ((weight > 10000 && weight < 200000))
  done
  cdp Network.setCacheDisabled '{"cacheDisabled":false}'
}

@test "what does not exist says so, and leads back" {
  open_page "$url/alerts/0123456789abcdef0123456789abcdef"
  await 'text("h1") === "There is no such page"'
  console_errors >/dev/null # the 404
  click 'main a.button'
  await 'location.pathname === "/" && $(".tiles")'
}

@test "text has enough contrast, light and dark" {
  local mode
  for mode in light dark; do
    viewport 1280 900 $mode
    open_page "$url/alerts"
    await '$("table.alerts")'
    no "$(js '
      const parse = (c) => c.match(/[\d.]+/g).map(Number);
      const light = (c) => parse(c).slice(0, 3).map((v) => v / 255).map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
      const below = (e) => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] > 0) return getComputedStyle(e).backgroundColor; } return "rgb(255,255,255)"; };
      const bad = new Set();
      for (const e of document.querySelectorAll("body *")) {
        if (![...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()) || e.closest(".hidden, .skip, noscript, option") || e.checkVisibility?.() === false) continue;
        const [a, b] = [light(getComputedStyle(e).color), light(below(e))].sort((x, y) => y - x);
        const ratio = (a + 0.05) / (b + 0.05);
        if (ratio < 4.5) bad.add(`${e.localName}.${e.className} ${ratio.toFixed(2)}`);
      }
      return [...bad].join(", ");')" "too little contrast, $mode"
  done
  viewport 1280 900
}

@test "whatever can take the focus has a name, and every picture words" {
  local page
  for page in "${pages[@]}" "/alerts/$(alert_id 'High: two')" /login; do
    open_page "$url$page"
    await '$("main h1") && performance.now() > 400'
    no "$(call goog/cdp/execute '{"cmd":"Accessibility.getFullAXTree","params":{}}' | jq -r '.nodes[] | select(.ignored | not) |
      select(.role.value != "RootWebArea" and .role.value != "main" and .role.value != "dialog") |
      select((any(.properties[]?; .name == "focusable" and .value.value)) or .role.value == "img" or .role.value == "image") |
      select((.name.value // "") == "") | "\(.role.value) \(.backendDOMNodeId)"')" "without a name in $page"
  done
}
