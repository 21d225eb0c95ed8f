correlation {
  id = "Zoom.Persistence.Role.Raised.Then.Used",
  display_name = "Zoom role given dangerous privileges and used",
  severity = "high",
  evidence = "guess",
  pack = "zoom-core",
  story = { "steps.raised.events.actor", "steps.used.events.actor" },
  description = "A role got privileges of an admin and, within two days, somebody was made an admin, or "
    .. "changed something in the account for the first time. Such a role is among those that nobody "
    .. "watches, and many may have it. Zoom does not say with which role somebody did something: the "
    .. "title has both acts, and whether the second needed the role is for you to find.\n\n"
    .. "False positives: a new team that runs a part of Zoom and gets to work.",
  runbook = "1. Ask the operator of the role for the ticket.\n"
    .. "2. List who has the role, and what they changed since.\n"
    .. "3. If nobody can explain it: take the privileges from the role, remove the new admins, and "
    .. "end the sessions of all involved.\n"
    .. "4. `margay search --indicator NAME --since 7d` shows what else each person did; `margay "
    .. "alerts list` shows the alerts of the steps.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0003:T1098.003", "TA0004:T1098.003" } },
  tags = { "Zoom", "Roles", "Takeover" },
  sequence = {
    { id = "raised", rule = "Zoom.Role.Given.Dangerous.Privileges" },
    { id = "used", rule = {
      "Zoom.User.Promoted.to.Privileged.Role", "Zoom.UserGrantedAdmin",
      "Zoom.Group.Admin.Changed", "Zoom.Admin.First.Action",
    } },
  },
  within_minutes = 48 * 60,
}

function title(event)
  return ("A role was given dangerous privileges by %s; then: %s"):format(
    event.steps.raised.events[1].actor or "an unknown operator", event.steps.used.events[1].title)
end

tests {
  { name = "a member with the role makes an admin", events = {
    { fixture = "zoom/operation/role_privileges_updated.json" },
    { fixture = "zoom/operation/user_promoted_admin.json", after = "26m",
      set = { operator = "moe@example.com" } },
  }, alerts = { { title = "A role was given dangerous privileges by homer@example.com; then: Promoted by "
    .. "moe@example.com: bart@example.com from Member to Admin" } } },
  { name = "others made admins before and after", events = {
    { fixture = "zoom/operation/user_promoted_admin.json", set = { operator = "lisa@example.com",
      operation_detail = "Change Role  - rod@example.com: from Member to Admin" } },
    { fixture = "zoom/operation/role_privileges_updated.json", after = "1h" },
    { fixture = "zoom/operation/user_promoted_admin.json", after = "26m",
      set = { operator = "moe@example.com" } },
  }, alerts = { { title = "A role was given dangerous privileges by homer@example.com; then: Promoted by "
    .. "moe@example.com: bart@example.com from Member to Admin" } } },
  { name = "a harmless role", alerts = 0, events = {
    { fixture = "zoom/operation/role_harmless_edited.json" },
    { fixture = "zoom/operation/user_promoted_admin.json", after = "26m" },
  } },
  { name = "three days apart", alerts = 0, events = {
    { fixture = "zoom/operation/role_privileges_updated.json" },
    { fixture = "zoom/operation/user_promoted_admin.json", after = "3d" },
  } },
  { name = "an admin made before the role was raised", alerts = 0, events = {
    { fixture = "zoom/operation/user_promoted_admin.json" },
    { fixture = "zoom/operation/role_privileges_updated.json", after = "1h" },
  } },
}
