local zoom = require "zoom"

metadata {
  id = "Zoom.Information.Barrier.Removed",
  display_name = "Zoom information barrier removed",
  log_types = { "Zoom.Operation" },
  severity = "high",
  evidence = "guess",
  pack = "zoom-core",
  description = "An admin deleted an information barrier or turned it off. Groups that must be "
    .. "kept apart by law, such as research and sales, can now talk to each other. Zoom does not "
    .. "document the wording of its log, so the rule searches for key words.\n\n"
    .. "False positives: a barrier that was replaced by another one.",
  runbook = "1. Inform the compliance team, and ask the operator for its approval.\n"
    .. "2. Look for chats and meetings between the groups since then.\n"
    .. "3. If nobody can explain it: restore the barrier.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0005:T1562.001", "TA0004:T1484" } },
  tags = { "Zoom", "Account settings", "Compliance" },
  summary_attributes = { "operator" },
  dedup_period_minutes = 60,
  where = {
    {
      category_type = "Account",
      action = "Delete",
      ["operation_detail|contains"] = "information barrier",
    },
    {
      category_type = "Account",
      action = "Update",
      ["operation_detail|contains|all"] = { "information barrier", "On to Off" },
    },
  },
}

-- The setting is the name of the barrier; its section is "Information Barriers".
local function is_barrier(change)
  return ((change.section or "") .. " " .. change.setting):lower()
    :find("information barrier", 1, true) ~= nil
end

function rule(event)
  if event.action:lower() == "delete" then
    return true
  end
  for _, change in ipairs(zoom.turned_off(event)) do
    if is_barrier(change) then
      return true
    end
  end
  return false
end

function title(event)
  return "Information barrier removed by " .. zoom.operator_of(event)
end

function alert_context(event)
  return { detail = event.operation_detail }
end

tests {
  { name = "deleted", fixture = "zoom/operation/information_barrier_deleted.json", expect = true,
    title = "Information barrier removed by homer@example.com" },
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
}
