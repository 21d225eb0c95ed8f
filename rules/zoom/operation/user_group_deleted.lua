local zoom = require "zoom"

metadata {
  id = "Zoom.User.Group.Deleted",
  display_name = "Zoom group deleted",
  log_types = { "Zoom.Operation" },
  severity = "low",
  evidence = "sample",
  pack = "zoom-audit",
  description = "A user group was deleted. Its members fall back to the account's settings, which may "
    .. "be weaker than the settings that the group had locked.\n\n"
    .. "False positives: dissolved teams.",
  runbook = "1. Ask the operator.\n"
    .. "2. Compare the account's settings with those of the group.\n"
    .. "3. If nobody can explain it: recreate the group with its settings and members.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.User.Group.Deleted --except operator=OPERATOR --reason TICKET` leaves out what is "
    .. "meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0040:T1531", "TA0112:T1685" } },
  tags = { "Zoom", "Groups" },
  summary_attributes = { "operator" },
  alert_context = { detail = "operation_detail" },
  where = {
    category_type = "User Group",
    action = "Delete",
  },
}

function title(event)
  return ("Group %s deleted by %s"):format(zoom.group_of(event) or "(not named)",
    zoom.operator_of(event))
end

tests {
  { name = "deleted", fixture = "zoom/operation/group_deleted.json", expect = true,
    title = "Group Sector 7-G deleted by homer@example.com" },
  { name = "added", fixture = "zoom/operation/group_added.json", expect = false },
  { name = "a user deleted", fixture = "zoom/operation/user_deleted.json", expect = false },
}
