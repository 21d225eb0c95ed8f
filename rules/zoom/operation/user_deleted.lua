local zoom = require "zoom.people"

metadata {
  id = "Zoom.User.Deleted",
  display_name = "Zoom user deleted",
  log_types = { "Zoom.Operation" },
  severity = "info",
  evidence = "sample",
  pack = "zoom-audit",
  create_alert = false,
  description = "A user was deleted. This happens every day, so the rule opens no alert: it records "
    .. "the event for correlations and searches.\n\n"
    .. "False positives: nearly every match.",
  runbook = "1. A single event needs no action.\n"
    .. "2. If it is part of an alert: ask the operator why.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0040:T1531" } },
  tags = { "Zoom", "Signals" },
  summary_attributes = { "operator" },
  title = "User deleted by {operator or 'an unknown operator'}",
  where = {
    category_type = "User",
    ["action|contains"] = { "Delete", "Remove" },
  },
}

function rule(event)
  return zoom.removed_users(event) > 0
end

tests {
  { name = "the operation itself", fixture = "zoom/operation/user_deleted.json", expect = true,
    title = "User deleted by homer@example.com" },
  { name = "another operation", fixture = "zoom/operation/user_added.json", expect = false },
  { name = "a setting changed", fixture = "zoom/operation/two_factor_disabled.json",
    expect = false },
  { name = "data handed over", fixture = "zoom/operation/user_deleted.json",
    set = { operation_detail = "Transfer data of lisa@example.com to bart@example.com" }, expect = false },
  { name = "removed", fixture = "zoom/operation/user_deleted.json", set = { action = "Remove" },
    expect = true },
}
