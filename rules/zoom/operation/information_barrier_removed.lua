local zoom = require "zoom"

metadata {
  id = "Zoom.Information.Barrier.Removed",
  display_name = "Zoom information barrier removed",
  log_types = { "Zoom.Operation" },
  severity = "high",
  evidence = "guess",
  pack = "zoom-core",
  description = "An admin deleted an information barrier or turned it off. Groups that must be kept "
    .. "apart by law, such as research and sales, can now talk to each other.\n\n"
    .. "False positives: a barrier that was replaced by another one.",
  runbook = "1. Inform the compliance team, and ask the operator for its approval.\n"
    .. "2. Look for chats and meetings between the groups since then.\n"
    .. "3. If nobody can explain it: restore the barrier.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Information.Barrier.Removed --except operator=OPERATOR --reason TICKET` leaves out "
    .. "what is meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0112:T1685", "TA0004:T1484" } },
  tags = { "Zoom", "Account settings", "Compliance" },
  summary_attributes = { "operator" },
  title = "Information barrier removed by {operator or 'an unknown operator'}: {operation_detail}",
  alert_context = { detail = "operation_detail" },
  where = {
    ["category_type|re|i"] = "^account|barrier",
    ["action|re|i"] = "delete|remove|update|edit|change|disable",
    ["operation_detail|re|i"] = "\\b(?:information barrier|barriers?|polic(?:y|ies))",
  },
}

-- The setting is the name of the barrier; its section is "Information Barriers".
local function is_barrier(text)
  return text ~= nil and text:lower():find("barrier", 1, true) ~= nil
end

function rule(event)
  local in_category = is_barrier(zoom.text_of(event.category_type))
  if re.find(zoom.text_of(event.action) or "", "(?i)delete|remove") then
    return in_category or event.operation_detail:lower():find("information barrier", 1, true) ~= nil
  end
  for _, change in ipairs(zoom.setting_changes(event)) do
    if (in_category or is_barrier((change.section or "") .. " " .. change.setting))
      and re.find(change.from or "", "(?i)^(?:on|enabled?|active)$")
      and re.find(change.to, "(?i)^(?:off|disabled?|inactive)$") then
      return true
    end
  end
  return false
end

tests {
  { name = "deleted", fixture = "zoom/operation/information_barrier_deleted.json", expect = true,
    title = "Information barrier removed by homer@example.com: "
      .. "Delete Information Barrier Policy  - Policy Name: Research and Sales" },
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
    expect = true,
    set = { category_type = "Information Barriers", operation_detail = "Delete Policy Traders" } },
  { name = "disabled", fixture = "zoom/operation/information_barrier_deleted.json", expect = true,
    set = { action = "Update",
      operation_detail = "Information Barriers  - Traders and Analysts: from Enabled to Disabled" } },
  { name = "enabled", fixture = "zoom/operation/information_barrier_deleted.json", expect = false,
    set = { action = "Update",
      operation_detail = "Information Barriers  - Traders and Analysts: from Disabled to Enabled" } },
  { name = "a password policy", fixture = "zoom/operation/information_barrier_deleted.json", expect = false,
    set = { action = "Update", operation_detail = "Password Policy  - Expires: from On to Off" } },
}
