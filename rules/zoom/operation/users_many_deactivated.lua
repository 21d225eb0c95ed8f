local zoom = require "zoom"

metadata {
  id = "Zoom.Users.Many.Deactivated",
  display_name = "Many Zoom users deactivated",
  log_types = { "Zoom.Operation" },
  severity = "medium",
  evidence = "documented",
  pack = "zoom-extended",
  description = "One admin deactivated ten or more different users within an hour. They can no longer "
    .. "sign in, which stops a company's meetings.\n\n"
    .. "False positives: the end of a project or a course; provisioning that suspends people on leave.",
  runbook = "1. Ask the operator for the ticket.\n"
    .. "2. Compare the users with the list of people who have left.\n"
    .. "3. If nobody can explain it: reactivate the users, end the operator's sessions, and "
    .. "remove their role.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Users.Many.Deactivated --except operator=OPERATOR --reason TICKET` leaves out what "
    .. "is meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0040:T1531" } },
  tags = { "Zoom", "Users" },
  summary_attributes = { "operator" },
  threshold = 10,
  title = "Many users deactivated by {operator or 'an unknown operator'}",
  dedup = "operator",
  alert_context = { first_change = "operation_detail" },
  where = {
    category_type = "User",
    ["operation_detail|re|i"] = {
      "^deactivate user ", " - (?:user )?(?:status: (?:from )?active to (?:in|de)active"
        .. "|active: (?:from )?(?:on to off|true to false))",
    },
  },
}

function unique(event)
  return zoom.user_of(event) or event.operation_detail
end

tests {
  { name = "a single match", fixture = "zoom/operation/user_deactivated.json", expect = true,
    title = "Many users deactivated by homer@example.com", dedup = "homer@example.com" },
  { name = "ten within the hour", alerts = 1, events = {
    { fixture = "zoom/operation/user_deactivated.json", times = 10, every = "1m",
      set = { operation_detail = "Deactivate User user{n}@example.com " } },
  } },
  { name = "one user repeatedly", alerts = 0, events = {
    { fixture = "zoom/operation/user_deactivated.json", times = 20 },
  } },
  { name = "a user activated", fixture = "zoom/operation/user_activated.json", expect = false },
  { name = "a user deleted", fixture = "zoom/operation/user_deleted.json", expect = false },
  { name = "in another category", fixture = "zoom/operation/user_deactivated.json",
    set = { category_type = "Zoom Rooms" }, expect = false },
  { name = "in the words of SCIM", fixture = "zoom/operation/user_deactivated.json", expect = true,
    set = { action = "SCIM API - Update",
      operation_detail = "Edit User lisa@example.com  - Status: from Active to Inactive" } },
  { name = "activated", fixture = "zoom/operation/user_deactivated.json", expect = false,
    set = { operation_detail = "Edit User lisa@example.com  - Status: from Inactive to Active" } },
}
