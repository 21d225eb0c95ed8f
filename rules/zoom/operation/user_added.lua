local people = require "zoom.people"
local role = require "zoom.role"

metadata {
  id = "Zoom.User.Added",
  display_name = "Zoom user added",
  log_types = { "Zoom.Operation" },
  severity = "info",
  evidence = "documented",
  pack = "zoom-audit",
  create_alert = false,
  description = "A user was added. This happens every day, so the rule opens no alert: it records the "
    .. "event for correlations and searches.\n\n"
    .. "False positives: nearly every match.",
  runbook = "1. A single event needs no action.\n"
    .. "2. If it is part of an alert: ask the operator why.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0003:T1136.003" } },
  tags = { "Zoom", "Signals" },
  summary_attributes = { "operator" },
  title = "User added by {operator or 'an unknown operator'}",
  where = {
    category_type = "User",
    action = { "*Add", "*Create", "*Invite" },
  },
}

function alert_context(event)
  return { user = role.user_of(event), users = people.users_of(event) }
end

tests {
  { name = "the operation itself", fixture = "zoom/operation/user_added.json", expect = true,
    title = "User added by homer@example.com", alert_context = {
      user = "maggie@example.com", users = { "maggie@example.com" } } },
  { name = "another operation", fixture = "zoom/operation/user_deleted.json",
    expect = false },
  { name = "a setting changed", fixture = "zoom/operation/two_factor_disabled.json",
    expect = false },
  { name = "through SCIM", fixture = "zoom/operation/user_added.json",
    set = { action = "SCIM API - Create" }, expect = true },
  { name = "a batch", fixture = "zoom/operation/user_added.json", expect = true,
    set = { action = "Batch Add", operation_detail = "Batch Add Users  - bart@example.com,lisa@example.com" },
    alert_context = { users = { "bart@example.com", "lisa@example.com" } } },
  { name = "invited", fixture = "zoom/operation/user_added.json", set = { action = "Batch Invite" },
    expect = true },
}
