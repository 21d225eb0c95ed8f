local zoom = require "zoom.webhook"

metadata {
  id = "Zoom.Meeting.Created.Without.Passcode",
  display_name = "Zoom meeting or webinar created without a passcode",
  log_types = { "Zoom.Meeting", "Zoom.Webinar" },
  severity = "low",
  evidence = "documented",
  pack = "zoom-audit",
  description = "A meeting or webinar was scheduled without a passcode. Anyone who knows or "
    .. "guesses its number can join: tools that try one number after another find such "
    .. "meetings.\n\n"
    .. "False positives: meetings whose event does not mention the waiting room or sign-in; "
    .. "webinars for the public.",
  runbook = "1. Ask the host why the meeting has no passcode.\n"
    .. "2. Check that it has a waiting room or requires sign-in.\n"
    .. "3. Require passcodes for new meetings (Account Settings, Security) and lock the setting.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Meeting.Created.Without.Passcode --except payload.operator=OPERATOR --reason TICKET` "
    .. "leaves out what is meant to happen.",
  reference = "https://developers.zoom.us/docs/api/meetings/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0009:T1125" } },
  tags = { "Zoom", "Meetings" },
  title = "{payload.object.topic or payload.object.id or '(not named)'} created without a passcode "
    .. "by {payload.operator or 'an unknown operator'}",
  dedup = "payload.operator",
  alert_context = {
    operator = "payload.operator", topic = "payload.object.topic", id = "payload.object.id",
  },
  where = {
    { event = { "meeting.created", "webinar.created" },
      ["payload.object.password|exists"] = false },
    { event = { "meeting.created", "webinar.created" }, ["payload.object.password"] = "" },
  },
}

-- A waiting room or sign-in also protects the meeting.
function rule(event)
  return zoom.object_value(event, "settings", "waiting_room") ~= true
    and zoom.object_value(event, "settings", "meeting_authentication") ~= true
end

tests {
  { name = "without a passcode", fixture = "zoom/webhook/meeting/created_without_passcode.json",
    expect = true,
    title = "Budget - Q3 review created without a passcode by homer@example.com" },
  { name = "with an empty passcode", fixture = "zoom/webhook/meeting/created_empty_passcode.json",
    expect = true },
  { name = "a webinar", fixture = "zoom/webhook/webinar/created_without_passcode.json", expect = true,
    title = "Town \"hall\" created without a passcode by homer@example.com" },
  { name = "markup in the topic", fixture = "zoom/webhook/meeting/created_hostile.json", expect = true,
    dedup = "\"><script>@example.com" },
  { name = "with a waiting room", fixture = "zoom/webhook/meeting/created_without_passcode.json",
    set = { ["payload.object.settings"] = { waiting_room = true } },
    expect = false },
  { name = "with sign-in", fixture = "zoom/webhook/meeting/created_without_passcode.json",
    set = { ["payload.object.settings"] = { meeting_authentication = true } }, expect = false },
  { name = "with neither", fixture = "zoom/webhook/meeting/created_without_passcode.json",
    set = { ["payload.object.settings"] = {
      waiting_room = false, meeting_authentication = false } }, expect = true },
  { name = "with a passcode", fixture = "zoom/webhook/meeting/created.json", expect = false },
  { name = "a webinar with a passcode", fixture = "zoom/webhook/webinar/created.json", expect = false },
  { name = "a meeting started", fixture = "zoom/webhook/meeting/started.json", expect = false },
}
