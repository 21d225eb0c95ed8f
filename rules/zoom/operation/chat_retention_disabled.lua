local zoom = require "zoom"

metadata {
  id = "Zoom.Chat.Retention.Disabled",
  display_name = "Zoom chat retention or archiving turned off",
  log_types = { "Zoom.Operation" },
  severity = "medium",
  description = "An admin turned off a setting that keeps or archives chats. New messages leave "
    .. "no trace for an investigation, which helps somebody who plans to do harm. Zoom does not "
    .. "document the names of these settings in its log, so every name that contains "
    .. "\"retention\" or \"archiv\" counts.\n\n"
    .. "False positives: a change of the archiving service, or of the policy.",
  runbook = "1. Ask the operator and the people responsible for records which policy the change "
    .. "follows.\n"
    .. "2. Check what else the operator changed in the same hour, and where they signed in "
    .. "from.\n"
    .. "3. If nobody can explain it: turn the setting back on, export the operator's chats, and "
    .. "keep the export.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0005:T1070", "TA0005:T1562.008" } },
  tags = { "Zoom", "Account settings", "Chat" },
  summary_attributes = { "operator" },
  dedup_period_minutes = 60,
  where = {
    category_type = { "Account", "IM" },
    action = "Update",
    ["operation_detail|contains|all"] = { "On to Off" },
    ["operation_detail|contains"] = { "retention", "archiv" },
  },
}

local function turned_off(event)
  local changes = zoom.turned_off(event, "retention")
  for _, change in ipairs(zoom.turned_off(event, "archiv")) do
    changes[#changes + 1] = change
  end
  return changes
end

-- `where` also passes a record in which "On to Off" belongs to another setting.
function rule(event)
  return #turned_off(event) > 0
end

function title(event)
  return ("Chat retention or archiving turned off by %s: %s"):format(zoom.operator_of(event),
    zoom.settings_in_words(turned_off(event)))
end

tests {
  { name = "archiving turned off", fixture = "zoom/operation/chat_archiving_off.json",
    expect = true,
    title = "Chat retention or archiving turned off by homer@example.com: Third-party archiving" },
  { name = "retention turned off", fixture = "zoom/operation/chat_retention_off.json",
    expect = true,
    title = "Chat retention or archiving turned off by homer@example.com: Set retention "
      .. "period in cloud" },
  { name = "turned on", fixture = "zoom/operation/chat_archiving_on.json", expect = false },
  { name = "turned on while another is turned off",
    fixture = "zoom/operation/chat_archiving_on_among_changes.json", expect = false },
  { name = "another setting turned off", fixture = "zoom/operation/waiting_room_off.json",
    expect = false },
  { name = "another action", fixture = "zoom/operation/chat_retention_off.json",
    set = { action = "Add" },
    expect = false },
}
