metadata {
  id = "Zoom.User.Several.Time.Zones",
  display_name = "Zoom user works in several time zones within hours",
  log_types = { "Zoom.Meeting", "Zoom.User" },
  severity = "medium",
  evidence = "documented",
  pack = "zoom-extended",
  description = "One person scheduled meetings, or set the profile, in three or more different time "
    .. "zones within twelve hours. Zoom takes the zone from the computer: so several people, "
    .. "in several places, may use the account.\n\n"
    .. "False positives: assistants who schedule for a travelling team, and programs for "
    .. "calendars.",
  runbook = "1. Ask the user which devices they used today.\n"
    .. "2. Look at their sign-ins.\n"
    .. "3. If nobody can explain it: end the user's sessions, and reset the password.\n"
    .. "4. `margay search --indicator USER --since 7d` shows what else happened; `margay tune "
    .. "Zoom.User.Several.Time.Zones --except payload.operator=USER --reason TICKET` leaves "
    .. "out what is meant to happen.",
  reference = "https://developers.zoom.us/docs/api/meetings/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0001:T1078.004" } },
  tags = { "Zoom", "Sign-in", "Meetings" },
  dedup_period_minutes = 12 * 60,
  distinct = {
    of = "payload.object.timezone", per = "payload.object.email or payload.operator", at_least = 3,
    within = "12h",
  },
  title = "{payload.object.email or payload.operator} works in several time zones, also in "
    .. "{payload.object.timezone}",
  dedup = "payload.object.email or payload.operator",
  alert_context = { user = "payload.object.email or payload.operator", zone = "payload.object.timezone" },
  where = {
    { event = "meeting.created", ["payload.operator|contains"] = "@", ["payload.object.timezone|re"] = "." },
    -- A user who changes the profile; what admins and programs change is theirs.
    {
      event = "user.updated",
      ["payload.object.email|contains"] = "@",
      ["payload.object.timezone|re"] = ".",
    },
  },
}

tests {
  { name = "three within a morning", alerts = 1, events = {
    { fixture = "zoom/webhook/meeting/created.json",
      set = { ["payload.object.timezone"] = "Europe/Zurich" } },
    { fixture = "zoom/webhook/meeting/created.json", after = "2h",
      set = { ["payload.object.timezone"] = "Asia/Tokyo" } },
    { fixture = "zoom/webhook/meeting/created.json", after = "2h",
      set = { ["payload.object.timezone"] = "America/Lima" } },
  } },
  { name = "two", alerts = 0, events = {
    { fixture = "zoom/webhook/meeting/created.json", times = 5, every = "10m",
      set = { ["payload.object.timezone"] = "Europe/Zurich" } },
    { fixture = "zoom/webhook/meeting/created.json", after = "2h",
      set = { ["payload.object.timezone"] = "Asia/Tokyo" } },
  } },
  { name = "a traveller in a week", alerts = 0, events = {
    { fixture = "zoom/webhook/meeting/created.json", times = 7, every = "1d",
      set = { ["payload.object.timezone"] = "Zone/{n}" } },
  } },
  { name = "two, and the profile in another", alerts = 1, events = {
    { fixture = "zoom/webhook/meeting/created.json",
      set = { ["payload.object.timezone"] = "Europe/Zurich" } },
    { fixture = "zoom/webhook/meeting/created.json", after = "2h",
      set = { ["payload.object.timezone"] = "Asia/Tokyo" } },
    { fixture = "zoom/webhook/user/time_zone_changed.json", after = "2h",
      set = { ["payload.object.email"] = "Homer@example.com",
        ["payload.object.timezone"] = "America/Lima" } },
  } },
  { name = "one, of the profile", fixture = "zoom/webhook/user/time_zone_changed.json", expect = false },
  { name = "another department", fixture = "zoom/webhook/user/updated_department.json", expect = false },
  { name = "of a host without an address", fixture = "zoom/webhook/meeting/created.json",
    set = { ["payload.operator"] = "" }, expect = false },
}
