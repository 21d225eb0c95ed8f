metadata {
  id = "Zoom.User.TSP.Created",
  display_name = "Zoom telephony service account created or changed",
  log_types = { "Zoom.User" },
  severity = "low",
  evidence = "documented",
  pack = "zoom-audit",
  description = "A telephony service provider (TSP) account was added to a user, or changed. "
    .. "Participants then dial in to meetings through that provider's numbers, and its bridge "
    .. "can hear the meetings.\n\n"
    .. "False positives: accounts that use such a provider.",
  runbook = "1. Ask the operator which provider it is.\n"
    .. "2. Compare the numbers with the contract.\n"
    .. "3. If nobody can explain it: delete the TSP account.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.User.TSP.Created --except payload.operator=OPERATOR --reason TICKET` leaves out what "
    .. "is meant to happen.",
  reference = "https://developers.zoom.us/docs/api/meetings/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0003:T1136.003" } },
  tags = { "Zoom", "Users", "Phone" },
  title = "Telephony account of {payload.object.email or 'a user'} created or changed by "
    .. "{payload.operator or 'an unknown operator'}",
  alert_context = {
    operator = "payload.operator", user = "payload.object.email",
    bridge = "payload.object.tsp_credentials.tsp_bridge",
  },
  where = {
    event = { "user.tsp_created", "user.tsp_updated" },
  },
}

tests {
  { name = "created", fixture = "zoom/webhook/user/tsp_created.json", expect = true,
    title = "Telephony account of lisa@example.com created or changed by homer@example.com" },
  { name = "deleted", fixture = "zoom/webhook/user/tsp_deleted.json", expect = false },
  { name = "a user created", fixture = "zoom/webhook/user/created.json", expect = false },
  { name = "changed", fixture = "zoom/webhook/user/tsp_created.json",
    set = { event = "user.tsp_updated" }, expect = true },
}
