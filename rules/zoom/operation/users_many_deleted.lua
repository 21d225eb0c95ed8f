local zoom = require "zoom"

metadata {
  id = "Zoom.Users.Many.Deleted",
  display_name = "Many Zoom users deleted",
  log_types = { "Zoom.Operation" },
  severity = "high",
  evidence = "sample",
  pack = "zoom-core",
  description = "One admin deleted five or more different users within an hour. A deleted user "
    .. "immediately loses meetings, recordings and settings.\n\n"
    .. "False positives: the end of a project or a course; automatic clean-up by provisioning (SCIM).",
  runbook = "1. Call the operator, and ask for the ticket.\n"
    .. "2. Compare the users with the list of people who have left.\n"
    .. "3. If nobody can explain it: end the operator's sessions, remove their role, and ask "
    .. "Zoom Support about recovering the users.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Users.Many.Deleted --except operator=OPERATOR --reason TICKET` leaves out what is "
    .. "meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0040:T1531", "TA0040:T1485" } },
  tags = { "Zoom", "Users" },
  summary_attributes = { "operator" },
  threshold = 5,
  title = "Many users deleted by {operator or 'an unknown operator'}",
  dedup = "operator",
  alert_context = { first_change = "operation_detail" },
  where = {
    { category_type = "User", ["action|contains"] = { "Delete", "Remove" } },
    { category_type = "User", ["operation_detail|re|i"] = "^(?:batch )?(?:unlink|disassociate) users?\\b" },
  },
}

-- Data of a deleted user that somebody else gets is no deletion.
function rule(event)
  return zoom.removed_users(event) > 0
end

function unique(event)
  return zoom.user_of(event) or zoom.text_of(event.operation_detail)
end

tests {
  { name = "a single match", fixture = "zoom/operation/user_deleted.json", expect = true,
    title = "Many users deleted by homer@example.com", dedup = "homer@example.com" },
  { name = "five within the hour", events = {
    { fixture = "zoom/operation/user_deleted.json", times = 5, every = "14m",
      set = { operation_detail = "Delete User user{n}@example.com" } },
  }, alerts = { { title = "Many users deleted by homer@example.com", match_count = 5 } } },
  { name = "five too slowly", alerts = 0, events = {
    { fixture = "zoom/operation/user_deleted.json", times = 5, every = "16m",
      set = { operation_detail = "Delete User user{n}@example.com" } },
  } },
  { name = "a user deactivated", fixture = "zoom/operation/user_deactivated.json",
    expect = false },
  { name = "a group deleted", fixture = "zoom/operation/group_deleted.json", expect = false },
  { name = "unlinked", fixture = "zoom/operation/user_deactivated.json",
    set = { operation_detail = "Unlink User lisa@example.com" }, expect = true },
  { name = "data handed over", fixture = "zoom/operation/user_deleted.json",
    set = { operation_detail = "Transfer data of lisa@example.com to bart@example.com" }, expect = false },
  { name = "deleted, and the data handed over", fixture = "zoom/operation/user_deleted.json",
    set = { operation_detail = "Delete User lisa@example.com  - Transfer to bart@example.com" },
    expect = true },
  { name = "removed", fixture = "zoom/operation/user_deleted.json", set = { action = "Remove" },
    expect = true },
}
