local zoom = require "zoom"

metadata {
  id = "Zoom.Information.Barrier.Lifted",
  display_name = "Zoom information barrier lifted",
  log_types = { "Zoom.Operation", "Zoom.Account" },
  severity = "high",
  evidence = "documented",
  pack = "zoom-core",
  story = { "p_actor" },
  description = "An information barrier policy was deleted or turned off. Groups that must be "
    .. "kept apart by law, such as research and sales, can now talk to each other. The report and "
    .. "the webhook of one change are one alert. Zoom documents the webhook; the report's words are a "
    .. "guess.\n\n"
    .. "False positives: a policy that was replaced by another one.",
  runbook = "1. Inform the compliance team, and ask whether they approved it.\n"
    .. "2. Find the admin in the operation report: the webhook does not name them.\n"
    .. "3. Look for chats and meetings between the groups since then.\n"
    .. "4. If nobody can explain it: restore the policy.\n"
    .. "5. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay tune "
    .. "Zoom.Information.Barrier.Lifted --except operator=OPERATOR --except "
    .. "payload.object.policy_name=POLICY --reason TICKET` leaves out what is meant to happen.",
  reference = "https://developers.zoom.us/docs/api/accounts/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0112:T1685", "TA0004:T1484" } },
  tags = { "Zoom", "Account settings", "Compliance" },
  summary_attributes = { "operator" },
  alert_context = { "operator", detail = "operation_detail", what = "event",
    policy = "payload.object.policy_name", settings = "payload.object.settings" },
  where = {
    {
      ["category_type|re|i"] = "^account|barrier",
      ["action|re|i"] = "delete|remove|update|edit|change|disable",
      ["operation_detail|re|i"] = "\\b(?:information barrier|barriers?|polic(?:y|ies))",
    },
    { event = "information_barriers.policy_deleted" },
    { event = "information_barriers.policy_updated", ["payload.object.status"] = { 0, "0" } },
    { event = "information_barriers.policy_updated", ["payload.object.new_policy.status"] = { 0, "0" } },
  },
}

local function is_barrier(text)
  return text ~= nil and text:lower():find("barrier", 1, true) ~= nil
end

-- The change that turns a barrier off. The setting is the name of the barrier; its section is
-- "Information Barriers".
local function turned_off(event, in_category)
  for _, change in ipairs(zoom.setting_changes(event)) do
    if (in_category or is_barrier((change.section or "") .. " " .. change.setting))
      and re.find(change.from or "", "(?i)^(?:on|enabled?|active)$")
      and re.find(change.to, "(?i)^(?:off|disabled?|inactive)$") then
      return change
    end
  end
  return nil
end

local function is_deletion(event)
  return re.find(zoom.text_of(event.action) or "", "(?i)delete|remove") ~= nil
end

function rule(event)
  if event.event ~= nil then
    return true
  end
  local in_category = is_barrier(zoom.text_of(event.category_type))
  if is_deletion(event) then
    return in_category or event.operation_detail:lower():find("information barrier", 1, true) ~= nil
  end
  return turned_off(event, in_category) ~= nil
end

-- "Delete Information Barrier Policy  - Policy Name: Research and Sales", "Delete Policy Traders".
local NAME = "(?i)\\bname: (.+?)(?: - |$)"
local LAST_WORDS = "(?i)\\b(?:policy|barrier) +([^\\s-].*?)(?: - |$)"

local function policy_of(event)
  if event.event ~= nil then
    return zoom.object_text(event, "policy_name") or zoom.object_text(event, "new_policy", "policy_name")
      or zoom.object_text(event, "old_policy", "policy_name")
  end
  local change = not is_deletion(event) and turned_off(event, true)
  if change then
    return change.setting
  end
  return re.match(event.operation_detail, NAME) or re.match(event.operation_detail, LAST_WORDS)
end

function title(event)
  local operator = event.operator and " by " .. zoom.operator_of(event) or ""
  return ("Information barrier %s lifted%s"):format(policy_of(event) or "(not named)", operator)
end

-- Webhooks do not say who did it.
function dedup(event)
  return (policy_of(event) or "(not named)"):lower()
end

tests {
  { name = "deleted", fixture = "zoom/operation/information_barrier_deleted.json", expect = true,
    title = "Information barrier Research and Sales lifted by homer@example.com",
    dedup = "research and sales" },
  { name = "turned off", fixture = "zoom/operation/information_barrier_off.json", expect = true },
  { name = "turned on while another setting is turned off",
    fixture = "zoom/operation/information_barrier_off.json",
    set = { operation_detail = "IM  - Information barrier: from Off to On - Presence: "
      .. "from On to Off" }, expect = false },
  { name = "turned on", fixture = "zoom/operation/information_barrier_on.json", expect = false },
  { name = "added", fixture = "zoom/operation/information_barrier_added.json", expect = false },
  { name = "in another category", fixture = "zoom/operation/information_barrier_deleted.json",
    set = { category_type = "Recording" }, expect = false },
  { name = "another setting turned off", fixture = "zoom/operation/waiting_room_off.json",
    expect = false },
  { name = "turned off in another category", expect = false,
    fixture = "zoom/operation/information_barrier_off.json", set = { category_type = "User Group" } },
  { name = "something else deleted in the account", expect = false,
    fixture = "zoom/operation/information_barrier_deleted.json",
    set = { operation_detail = "Delete Vanity URL  - springfield" } },
  { name = "in a category of its own", fixture = "zoom/operation/information_barrier_deleted.json",
    expect = true, set = { category_type = "Information Barriers",
      operation_detail = "Delete Policy Traders" },
    title = "Information barrier Traders lifted by homer@example.com" },
  { name = "disabled", fixture = "zoom/operation/information_barrier_deleted.json", expect = true,
    set = { action = "Update",
      operation_detail = "Information Barriers  - Traders and Analysts: from Enabled to Disabled" },
    title = "Information barrier Traders and Analysts lifted by homer@example.com" },
  { name = "enabled", fixture = "zoom/operation/information_barrier_deleted.json", expect = false,
    set = { action = "Update",
      operation_detail = "Information Barriers  - Traders and Analysts: from Disabled to Enabled" } },
  { name = "a password policy", fixture = "zoom/operation/information_barrier_deleted.json", expect = false,
    set = { action = "Update", operation_detail = "Password Policy  - Expires: from On to Off" } },
  { name = "deleted, by a webhook", fixture = "zoom/webhook/account/barrier_deleted.json", expect = true,
    title = "Information barrier Research and Sales lifted" },
  { name = "switched off", fixture = "zoom/webhook/account/barrier_off.json", expect = true },
  { name = "switched off, as a text", fixture = "zoom/webhook/account/barrier_off.json",
    set = { ["payload.object.status"] = "0" }, expect = true },
  { name = "switched off, in the form that has both policies", expect = true,
    fixture = "zoom/webhook/account/barrier_off.json", unset = { "payload.object.status",
      "payload.object.policy_name" },
    set = { ["payload.object.new_policy"] = { policy_name = "Research and Sales", status = 0 },
      ["payload.object.old_policy"] = { policy_name = "Research", status = 1 } },
    title = "Information barrier Research and Sales lifted" },
  { name = "the same, as a text", expect = true,
    fixture = "zoom/webhook/account/barrier_off.json", unset = { "payload.object.status",
      "payload.object.policy_name" },
    set = { ["payload.object.new_policy"] = { status = "0" },
      ["payload.object.old_policy"] = { policy_name = "Research" } },
    title = "Information barrier Research lifted" },
  { name = "changed, in the form that has both policies", expect = false,
    fixture = "zoom/webhook/account/barrier_off.json", unset = { "payload.object.status" },
    set = { ["payload.object.new_policy"] = { policy_name = "Research", status = 1 } } },
  { name = "changed", fixture = "zoom/webhook/account/barrier_updated.json", expect = false },
  { name = "created", fixture = "zoom/webhook/account/barrier_created.json", expect = false },
  { name = "by a webhook, then by the report", events = {
    { fixture = "zoom/webhook/account/barrier_deleted.json", at = "2024-03-21T07:00:00Z" },
    { fixture = "zoom/operation/information_barrier_deleted.json", after = "5m" },
  }, alerts = { { match_count = 2, dedup = "research and sales" } } },
}
