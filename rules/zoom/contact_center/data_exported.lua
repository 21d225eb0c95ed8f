local people = require "zoom.people"
local webhook = require "zoom.webhook"

metadata {
  id = "Zoom.ContactCenter.Data.Exported",
  display_name = "Zoom Contact Center data exported",
  log_types = { "Zoom.ContactCenterOperation" },
  severity = "low",
  evidence = "documented",
  pack = "zoom-extended",
  description = "Somebody exported lists, reports or logs of Zoom Contact Center: customers, users, "
    .. "engagements.\n\n"
    .. "False positives: reports that are made every week or month.",
  runbook = "1. Ask the operator what the export is for.\n"
    .. "2. Look for more by the same person.\n"
    .. "3. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.ContactCenter.Data.Exported --except operator=OPERATOR --reason TICKET` "
    .. "leaves out what is meant to happen.",
  reference = "https://developers.zoom.us/docs/api/contact-center/",
  reports = { ["MITRE ATT&CK"] = { "TA0009:T1213", "TA0009:T1530" } },
  tags = { "Zoom", "Contact center" },
  summary_attributes = { "operator" },
  where = {
    ["action|contains"] = "Export",
  },
}

function rule(event)
  return not people.is_service_account(event, event.operator)
end

function title(event)
  return ("Contact center data exported by %s: %s"):format(webhook.operator_of(event),
    webhook.text_of(event.category) or "unknown data")
end

function dedup(event)
  return ("%s %s"):format(webhook.operator_of(event), webhook.text_of(event.category) or "-")
end

function alert_context(event)
  return { category = event.category, detail = event.operation_detail, team = event.team_name }
end

tests {
  { name = "users", fixture = "zoom/contact_center_operation/recording_downloaded.json", expect = true,
    set = { action = "Export", category = "Users" },
    title = "Contact center data exported by lisa.simpson@example.com: Users" },
  { name = "a download", fixture = "zoom/contact_center_operation/recording_downloaded.json",
    expect = false },
  { name = "nothing is said", fixture = "zoom/contact_center_operation/all_null.json", expect = false },
  { name = "by a program", fixture = "zoom/contact_center_operation/recording_downloaded.json",
    expect = false, set = { action = "Export", operator = "export@example.com" },
    mocks = { ["event:lookup"] = { service_accounts = { ["export@example.com"] = { value = true } } } } },
}
