local people = require "zoom.people"
local webhook = require "zoom.webhook"

metadata {
  id = "Zoom.ContactCenter.Role.Changed",
  display_name = "Zoom Contact Center role changed",
  log_types = { "Zoom.ContactCenterOperation" },
  severity = "medium",
  evidence = "documented",
  pack = "zoom-core",
  description = "Somebody added or changed a role of Zoom Contact Center, or who has it. These roles "
    .. "are apart from those of the account: they open recordings, transcripts, exports and "
    .. "the flows that customers go through.\n\n"
    .. "False positives: a new team.",
  runbook = "1. Ask the operator why the role changed, and who has it.\n"
    .. "2. Check what those people did since.\n"
    .. "3. If nobody can explain it: change the role back.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.ContactCenter.Role.Changed --except operator=OPERATOR --reason TICKET` "
    .. "leaves out what is meant to happen.",
  reference = "https://developers.zoom.us/docs/api/contact-center/",
  reports = { ["MITRE ATT&CK"] = { "TA0003:T1098.003" } },
  tags = { "Zoom", "Contact center" },
  summary_attributes = { "operator" },
  where = {
    category = { "Role", "Roles", "Role Management" },
    ["action|re|i"] = "add|assign|create|update|edit|change",
  },
}

function title(event)
  return ("Contact center role %s changed by %s"):format(webhook.text_of(event.object_name) or "(not named)",
    webhook.operator_of(event))
end

function dedup(event)
  return ("%s %s"):format(webhook.operator_of(event), webhook.text_of(event.object_id) or "-")
end

function alert_context(event)
  return { role = event.object_name, detail = event.operation_detail, users = people.users_of(event) }
end

tests {
  { name = "changed", fixture = "zoom/contact_center_operation/recording_downloaded.json", expect = true,
    set = { category = "Roles", action = "Update", object_name = "Supervisor" },
    title = "Contact center role Supervisor changed by lisa.simpson@example.com" },
  { name = "deleted", fixture = "zoom/contact_center_operation/recording_downloaded.json", expect = false,
    set = { category = "Roles", action = "Delete" } },
  { name = "a recording", fixture = "zoom/contact_center_operation/recording_downloaded.json",
    expect = false },
  { name = "in categories with other names", alerts = { { match_count = 2 } }, events = {
    { fixture = "zoom/contact_center_operation/recording_downloaded.json",
      set = { category = "Role", action = "Update", object_id = "r1" } },
    { fixture = "zoom/contact_center_operation/recording_downloaded.json",
      set = { category = "Role Management", action = "Update", object_id = "r1" } },
  } },
}
