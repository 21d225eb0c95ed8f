metadata {
  id = "Zoom.User.Group.Added",
  display_name = "Zoom group added",
  log_types = { "Zoom.Operation" },
  severity = "info",
  evidence = "sample",
  pack = "zoom-audit",
  create_alert = false,
  description = "A user group was added. This happens every day, so the rule opens no alert: it "
    .. "records the event for correlations and searches.\n\n"
    .. "False positives: nearly every match.",
  runbook = "1. A single event needs no action.\n"
    .. "2. If it is part of an alert: ask the operator why.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0003:T1098.007" } },
  tags = { "Zoom", "Signals" },
  summary_attributes = { "operator" },
  title = "Group added by {operator or 'an unknown operator'}",
  where = {
    category_type = "User Group",
    action = "Add",
  },
}

tests {
  { name = "the operation itself", fixture = "zoom/operation/group_added.json", expect = true,
    title = "Group added by homer@example.com" },
  { name = "another operation", fixture = "zoom/operation/group_deleted.json",
    expect = false },
  { name = "a setting changed", fixture = "zoom/operation/two_factor_disabled.json",
    expect = false },
}
