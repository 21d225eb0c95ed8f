metadata {
  id = "Zoom.Users.Many.Removed",
  display_name = "Many Zoom users deleted (webhook)",
  log_types = { "Zoom.User" },
  severity = "high",
  evidence = "documented",
  pack = "zoom-core",
  description = "One admin deleted or unlinked five or more different users within an hour. "
    .. "They can no longer sign in, and deleted users lose their meetings and recordings.\n\n"
    .. "False positives: the end of a project or a course; automatic clean-up by provisioning "
    .. "(SCIM).",
  runbook = "1. Call the operator, and ask for the ticket.\n"
    .. "2. Compare the users with the list of people who have left.\n"
    .. "3. If nobody can explain it: end the operator's sessions, remove their role, and "
    .. "reactivate the users.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Users.Many.Removed --except payload.operator=OPERATOR --reason TICKET` leaves out "
    .. "what is meant to happen.",
  reference = "https://developers.zoom.us/docs/api/users/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0040:T1531", "TA0040:T1485" } },
  tags = { "Zoom", "Users" },
  threshold = 5,
  title = "Many users deleted by {payload.operator or 'an unknown operator'}",
  dedup = "payload.operator",
  unique = "payload.object.id or payload.object.email",
  alert_context = {
    operator = "payload.operator", first_user = "payload.object.email", what = "event",
  },
  where = {
    event = { "user.deleted", "user.deactivated", "user.disassociated" },
  },
}

-- Deactivated users lose nothing and are deactivated in greater numbers: they have a rule of their own.
function rule(event)
  return event.event ~= "user.deactivated"
end

tests {
  { name = "one deleted", fixture = "zoom/webhook/user/deleted.json", expect = true,
    title = "Many users deleted by homer@example.com" },
  { name = "five within the hour", alerts = { { match_count = 5 } }, events = {
    { fixture = "zoom/webhook/user/deleted.json", times = 3, every = "10m",
      set = { ["payload.object.id"] = "d{n}" } },
    { fixture = "zoom/webhook/user/deactivated.json", times = 2, every = "10m",
      set = { event = "user.disassociated", ["payload.object.id"] = "a{n}" } },
  } },
  { name = "one user repeatedly", alerts = 0, events = {
    { fixture = "zoom/webhook/user/deleted.json", times = 9 },
  } },
  { name = "deactivated, which another rule reports", expect = false,
    fixture = "zoom/webhook/user/deactivated.json" },
  { name = "created", fixture = "zoom/webhook/user/created.json", expect = false },
  { name = "one unlinked", fixture = "zoom/webhook/user/deactivated.json",
    set = { event = "user.disassociated" }, expect = true },
}
