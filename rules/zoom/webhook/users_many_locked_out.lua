metadata {
  id = "Zoom.Users.Many.Locked.Out",
  log_types = { "Zoom.User" },
  severity = "high",
  evidence = "documented",
  pack = "zoom-core",
  display_name = "Many Zoom users deactivated (webhook)",
  description = "One admin deactivated fifteen or more different users within an hour. They can no "
    .. "longer sign in; nothing of theirs is lost.\n\n"
    .. "False positives: the end of a project or a course; automatic clean-up by provisioning "
    .. "(SCIM).",
  runbook = "1. Call the operator; if it is the provisioning service, ask the identity provider's team.\n"
    .. "2. If nobody can explain it: end the operator's sessions or revoke the service's token, then "
    .. "activate the users again (User Management).\n"
    .. "3. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay tune "
    .. "Zoom.Users.Many.Locked.Out --except payload.operator=OPERATOR --reason TICKET` leaves out what is "
    .. "meant to happen.",
  reference = "https://developers.zoom.us/docs/api/users/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0040:T1531" } },
  tags = { "Zoom", "Users" },
  threshold = 15,
  title = "Many users deactivated by {payload.operator or 'an unknown operator'}",
  dedup = "payload.operator",
  unique = "payload.object.id or payload.object.email",
  alert_context = {
    operator = "payload.operator", first_user = "payload.object.email", what = "event",
  },
  where = {
    event = "user.deactivated",
  },
}

tests {
  { name = "one deactivated", fixture = "zoom/webhook/user/deactivated.json", expect = true,
    title = "Many users deactivated by homer@example.com", severity = "HIGH" },
  { name = "fifteen within the hour", alerts = { { match_count = 15 } }, events = {
    { fixture = "zoom/webhook/user/deactivated.json", times = 15, every = "4m",
      set = { ["payload.object.id"] = "a{n}" } },
  } },
  { name = "fourteen within the hour", alerts = 0, events = {
    { fixture = "zoom/webhook/user/deactivated.json", times = 14, every = "4m",
      set = { ["payload.object.id"] = "a{n}" } },
  } },
  { name = "deleted", fixture = "zoom/webhook/user/deleted.json", expect = false },
  { name = "unlinked", fixture = "zoom/webhook/user/deactivated.json",
    set = { event = "user.disassociated" }, expect = false },
  { name = "created", fixture = "zoom/webhook/user/created.json", expect = false },
}
