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
      "\\b(?:cancel\\w*|terminat\\w*|downgrad\\w*|licen[cs]es?[^:]*: from \\d)",
  },
}

-- Reads "1,200" as a number.
local function number(text)
  return text and tonumber((text:gsub(",", "")))
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

function rule(event)
  return reduced(event) ~= nil
    or re.find(event.operation_detail, "(?i)\\b(?:cancel|terminat|downgrad)") ~= nil
      and not re.find(event.operation_detail, WITHDRAWN)
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
