local zoom = require "zoom"

metadata {
  id = "Zoom.Billing.Plan.Reduced",
  display_name = "Zoom plan cancelled or reduced",
  log_types = { "Zoom.Operation" },
  severity = "high",
  evidence = "guess",
  pack = "zoom-core",
  story = { "p_actor" },
  description = "A plan was cancelled, or its licenses were reduced. Users lose the features of the "
    .. "plan, such as long meetings, recordings and phone numbers; phone numbers are hard to get "
    .. "back.\n\n"
    .. "False positives: an expired contract.",
  runbook = "1. Ask the operator and the people who pay for Zoom.\n"
    .. "2. If nobody can explain it: call Zoom's sales team to stop the change before the period "
    .. "ends, and remove the operator's billing privileges.\n"
    .. "3. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Billing.Plan.Reduced --except operator=OPERATOR --reason TICKET` leaves out what is "
    .. "meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0040:T1531", "TA0040:T1489" } },
  tags = { "Zoom", "Billing" },
  summary_attributes = { "operator" },
  alert_context = { detail = "operation_detail" },
  where = {
    category_type = "Billing",
    ["operation_detail|re|i"] =
      "\\b(?:cancel\\w*|terminat\\w*|downgrad\\w*|licen[cs]es?[^:]*: from \\d|auto[- ]?renew\\w*[^:]*: )"
        .. "|: from [\\d,]+ (?:licen[cs]e|seat|user)s?\\b|\\bplan: .* to [^:]*\\b(?:basic|free)\\b",
  },
}

-- Reads "1,200" and "1,200 seats" as a number.
local function number(text)
  local digits = text and re.match(text, "(?i)^([\\d,]+)(?: [a-z]+)*$")
  return digits and tonumber((digits:gsub(",", "")))
end

local function reduced(event)
  for _, change in ipairs(zoom.setting_changes(event)) do
    local from, to = number(change.from), number(change.to)
    if from and to and to < from then
      return change
    end
  end
  return nil
end

-- Takes back what another record reported: the plan stays.
local WITHDRAWN = "(?i)\\b(?:withdr[ae]w|revok|revers|undo|undid|reactivat|restor|rescind|stop|retract)\\w*"
  .. "[^:]{0,60}\\b(?:cancel|terminat|downgrad)"
  .. "|\\bcancel\\w* (?:the )?(?:scheduled )?(?:cancellation|termination|downgrade)"
  .. "|\\b(?:cancellation|termination|downgrade)\\b[^:]{0,60}"
  .. "\\b(?:withdrawn|revoked|reversed|undone|rescinded|cancelled)"

local ENDED = "(?i)\\b(?:cancel|terminat|downgrad)"
-- What people write: names and addresses may hold such words, too.
local WRITTEN = "(?i)\\b(?:address|street|city|state|country|suite|company|name|contact|e-?mail|phone|notes?"
  .. "|reference|number)\\b"

-- The detail without what people wrote.
local function words_of(event)
  local changes, words = zoom.setting_changes(event), { zoom.head_of(event) }
  for _, change in ipairs(changes) do
    if not re.find(change.setting, WRITTEN) then
      words[#words + 1] = change.setting .. " " .. change.to
    end
  end
  return #changes > 0 and table.concat(words, " - ") or event.operation_detail
end

local LEAST = "(?i)\\b(?:basic|free)$"

-- A plan that is not renewed ends, and so does one that costs nothing.
local function ends(event)
  for _, change in ipairs(zoom.turned_off(event)) do
    if re.find(change.setting, "(?i)\\bauto[- ]?renew") then
      return true
    end
  end
  for _, change in ipairs(zoom.setting_changes(event)) do
    if re.find(change.setting, "(?i)\\bplan$") and re.find(change.to, LEAST)
      and not re.find(change.from or "", LEAST) then
      return true
    end
  end
  local words = words_of(event)
  return re.find(words, ENDED) ~= nil and not re.find(words, WITHDRAWN)
end

function rule(event)
  return reduced(event) ~= nil or ends(event)
end

function title(event)
  local change = reduced(event)
  return change and ("%s reduced from %s to %s by %s"):format(change.setting, change.from,
    change.to, zoom.operator_of(event))
    or "Plan cancelled or reduced by " .. zoom.operator_of(event)
end

tests {
  { name = "cancelled", fixture = "zoom/operation/billing_plan_cancelled.json", expect = true,
    title = "Plan cancelled or reduced by homer@example.com" },
  { name = "fewer licenses", fixture = "zoom/operation/billing_licenses_reduced.json",
    expect = true,
    title = "Licenses reduced from 275 to 50 by homer@example.com" },
  { name = "a thousand fewer", fixture = "zoom/operation/billing_licenses_reduced.json",
    set = { operation_detail = "Plan  - Licenses: from 1,200 to 200" }, expect = true,
    title = "Licenses reduced from 1,200 to 200 by homer@example.com" },
  { name = "fewer seats", fixture = "zoom/operation/billing_licenses_reduced.json",
    set = { operation_detail = "Plan  - Licenses: from 275 seats to 50 seats" }, expect = true },
  { name = "not renewed, less than before, and a cancelled subscription", expect = true, events = {
    { fixture = "zoom/operation/billing_licenses_reduced.json",
      set = { operation_detail = "Change Plan  - Workplace Business: from 500 licenses to 10 licenses" } },
    { fixture = "zoom/operation/billing_plan_cancelled.json",
      set = { operation_detail = "Change Plan  - Plan: from Workplace Enterprise to Workplace Basic" } },
    { fixture = "zoom/operation/billing_plan_cancelled.json",
      set = { operation_detail = "Subscription  - Auto Renewal: from On to Off" } },
    { fixture = "zoom/operation/billing_plan_cancelled.json",
      set = { operation_detail = "Subscription  - Status: from Active to Cancelled" } },
  } },
  { name = "such words in addresses and names, a renewal switched on, and a larger plan", expect = false,
    events = {
    { fixture = "zoom/operation/billing_plan_cancelled.json",
      set = { operation_detail = "Change Plan  - Plan: from Workplace Basic to Workplace Business" } },
    { fixture = "zoom/operation/billing_plan_cancelled.json",
      set = { operation_detail = "Change Plan  - Plan: from Phone Basic to Workplace Basic" } },
    { fixture = "zoom/operation/billing_plan_cancelled.json",
      set = { operation_detail = "Billing Contact  - Address: from 1 Cancel St to 2 Termination Rd" } },
    { fixture = "zoom/operation/billing_plan_cancelled.json",
      set = { operation_detail = "Sold To Contact  - Company: from Planet to Planet Downgrade Inc" } },
    { fixture = "zoom/operation/billing_plan_cancelled.json",
      set = { operation_detail = "Subscription  - Auto Renewal: from Off to On" } },
  } },
  { name = "more licenses", fixture = "zoom/operation/billing_licenses_raised.json",
    expect = false },
  { name = "a new card", fixture = "zoom/operation/billing_payment_changed.json",
    expect = false },
  { name = "in another category", fixture = "zoom/operation/billing_plan_cancelled.json",
    set = { category_type = "User" }, expect = false },
  { name = "a cancellation undone", fixture = "zoom/operation/billing_plan_cancelled.json", expect = false,
    set = { operation_detail = "Undo the cancellation of plan Zoom Phone" } },
  { name = "a downgrade withdrawn", fixture = "zoom/operation/billing_plan_cancelled.json", expect = false,
    set = { operation_detail = "Downgrade to Basic withdrawn" } },
}
