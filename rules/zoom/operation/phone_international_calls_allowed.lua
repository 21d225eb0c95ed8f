local detail = (require "zoom.detail").rules
local role = require "zoom.role"
local webhook = require "zoom.webhook"

metadata {
  id = "Zoom.Phone.International.Calls.Allowed",
  display_name = "Zoom Phone calls abroad allowed",
  log_types = { "Zoom.Operation", "Zoom.PhoneOperation" },
  severity = "low",
  evidence = "documented",
  pack = "zoom-extended",
  description = "A user, a group or the account may now call other countries, or premium numbers.\n\n"
    .. "False positives: people who call customers abroad.",
  runbook = "1. Ask the operator for the ticket.\n"
    .. "2. Check the calls of the user since then, and the devices that have the user's number.\n"
    .. "3. If nobody can explain it: forbid such calls again.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Phone.International.Calls.Allowed --except operator=OPERATOR --reason TICKET` leaves "
    .. "out what is meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0040:T1496" } },
  tags = { "Zoom", "Phone" },
  summary_attributes = { "operator" },
  where = {
    ["operation_detail|contains"] = " call",
    ["operation_detail|re|i"] = "\\b(?:international|premium|outbound) (?:calls?|calling)\\b",
  },
}

local function allowed(event)
  local found = {}
  for _, change in ipairs(detail.setting_changes(event)) do
    local name, to = change.setting:lower(), (change.to or ""):lower()
    if re.find(name, "\\b(?:international|premium|outbound) call")
      and re.find(to, "^(?:on|enabled?|allow(?:ed)?|unrestricted|all countries)\\b") then
      found[#found + 1] = change
    end
  end
  return found
end

function rule(event)
  return #allowed(event) > 0
end

function title(event)
  return ("%s allowed for %s by %s"):format(detail.settings_in_words(allowed(event)),
    role.user_of(event) or detail.group_of(event) or "the account", webhook.operator_of(event))
end

function dedup(event)
  return role.user_of(event) or detail.group_of(event) or webhook.operator_of(event)
end

function alert_context(event)
  return { user = role.user_of(event), changes = detail.setting_changes(event) }
end

tests {
  { name = "for a user", fixture = "zoom/phone_operation/international_calls_allowed.json",
    expect = true, dedup = "lenny@example.com",
    title = "International Calling, Outbound Calling Rules allowed for lenny@example.com by "
      .. "homer@example.com" },
  { name = "for the account, in the general log", expect = true,
    fixture = "zoom/operation/phone_forwarding_changed.json",
    set = { operation_detail = "Phone Settings  - Premium Calls: from Off to On" },
    title = "Premium Calls allowed for the account by homer@example.com", dedup = "homer@example.com" },
  { name = "forbidden", expect = false,
    fixture = "zoom/operation/phone_forwarding_changed.json",
    set = { operation_detail = "Phone Settings  - International Calling: from On to Off" } },
  { name = "another plan", fixture = "zoom/phone_operation/calling_plan_changed.json", expect = false },
  { name = "no calls", fixture = "zoom/operation/two_factor_disabled.json",
    expect = false },
}
