local zoom = require "zoom"

local SETTING = "retention"

metadata {
  id = "Zoom.Chat.Retention.Disabled",
  display_name = "Zoom chat retention or archiving turned off",
  log_types = { "Zoom.Operation" },
  severity = "medium",
  evidence = "documented",
  pack = "zoom-core",
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
    .. "keep the export.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Chat.Retention.Disabled --except operator=OPERATOR --reason TICKET` leaves out what "
    .. "is meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0005:T1070", "TA0112:T1685.002" }, CIS = { "2.1.4.1" } },
  tags = { "Zoom", "Account settings", "Chat" },
  summary_attributes = { "operator" },
  where = zoom.where_weakened(SETTING, { "Account", "IM" }),
}

function rule(event)
  return #zoom.weakened(event, SETTING) > 0
end

function title(event)
  return ("Chat retention or archiving weakened by %s: %s"):format(zoom.operator_of(event),
    zoom.changes_in_words(zoom.weakened(event, SETTING)))
end

function alert_context(event)
  return { changes = zoom.weakened(event, SETTING) }
end

tests {
  { name = "archiving turned off", fixture = "zoom/operation/chat_archiving_off.json",
    expect = true,
    title = "Chat retention or archiving weakened by homer@example.com: Third-party archiving: "
      .. "from On to Off" },
  { name = "retention turned off", fixture = "zoom/operation/chat_retention_off.json",
    expect = true,
    title = "Chat retention or archiving weakened by homer@example.com: Set retention "
      .. "period in cloud: from On to Off" },
  { name = "turned on", fixture = "zoom/operation/chat_archiving_on.json", expect = false },
  { name = "turned on while another is turned off",
    fixture = "zoom/operation/chat_archiving_on_among_changes.json", expect = false },
  { name = "another setting turned off", fixture = "zoom/operation/waiting_room_off.json",
    expect = false },
  { name = "another action", fixture = "zoom/operation/chat_retention_off.json",
    set = { action = "Add" },
    expect = false },
  { name = "kept for a week instead of years", fixture = "zoom/operation/chat_retention_off.json",
    set = { operation_detail = "Team Chat  - Retention of messages: from 3 years to 7 days" }, expect = true,
    title = "Chat retention or archiving weakened by homer@example.com: Retention of messages: "
      .. "from 3 years to 7 days" },
  { name = "in other words", expect = true, events = {
    { fixture = "zoom/operation/chat_retention_off.json",
      set = { operation_detail = "IM Management  - Store chats on cloud for: from 2 years to 30 days" } },
    { fixture = "zoom/operation/chat_retention_off.json",
      set = { operation_detail = "IM Settings  - Save message and file history in the cloud: from 1 year to "
        .. "Do not save" } },
  } },
  { name = "chats of a meeting in its recording", fixture = "zoom/operation/chat_retention_off.json",
    set = { operation_detail = "Recording  - Save chat messages from the meeting/webinar: from On to Off" },
    expect = false },
  { name = "kept longer", fixture = "zoom/operation/chat_retention_off.json",
    set = { operation_detail = "Team Chat  - Retention of messages: from 11 months to 1 year" },
    expect = false },
  { name = "in another category", fixture = "zoom/operation/chat_retention_off.json", expect = false,
    set = { category_type = "Sub Account", operation_detail = "Team Chat  - Retention: from On to Off" } },
  { name = "its names without a change", fixture = "zoom/operation/chat_archiving_off.json",
    set = { operation_detail = "Names: " .. table.concat(zoom.words_of(SETTING), "; ") }, expect = false },
}
