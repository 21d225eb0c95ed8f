local zoom = require "zoom.webhook"

metadata {
  id = "Zoom.Meeting.Joined.From.Other.Time.Zone",
  display_name = "Zoom meeting joined in, or moved to, a different time zone than scheduled",
  log_types = { "Zoom.Meeting" },
  severity = "info",
  evidence = "documented",
  pack = "zoom-audit",
  create_alert = false,
  description = "When somebody joined a meeting, Zoom reported a different time zone than when "
    .. "it was scheduled, or the meeting was moved to another one. For most teams they are the same. "
    .. "A time zone counts once for each meeting.\n\n"
    .. "False positives: teams in several time zones. The rule is a signal and opens no alert.",
  runbook = "1. Compare the time zone with where the participant usually is.\n"
    .. "2. Ask the host whether they know the participant.",
  reference = "https://developers.zoom.us/docs/api/meetings/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0001:T1078.004" } },
  tags = { "Zoom", "Meetings", "Stateful" },
  where = {
    event = { "meeting.created", "meeting.updated", "meeting.participant_joined" },
    ["payload.object.timezone|re"] = ".",
  },
  -- What the meeting was scheduled in, or moved to, is known; each other time zone counts once.
  new_value = {
    of = "payload.object.timezone", per = "payload.object.id", learn = "1s", keep = "60d",
  },
}

function title(event)
  local meeting, zone = zoom.meeting_of(event), zoom.object_value(event, "timezone")
  if event.event == "meeting.participant_joined" then
    return ("%s joined %s in the time zone %s, which differs from the schedule"):format(
      zoom.participant_of(event), meeting, zone)
  end
  return ("%s moved to the time zone %s by %s"):format(meeting, zone, zoom.operator_of(event))
end

tests {
  { name = "another time zone", events = {
    { fixture = "zoom/webhook/meeting/created.json" },
    { fixture = "zoom/webhook/meeting/participant_joined.json", after = "1d",
      set = { ["payload.object.timezone"] = "Asia/Vladivostok" } },
  }, expect = true,
    title = "bart@example.com joined Budget - Q3 review in the time zone Asia/Vladivostok, "
      .. "which differs from the schedule" },
  { name = "moved to that time zone before, which is reported itself", expect = true, events = {
    { fixture = "zoom/webhook/meeting/created.json" },
    { fixture = "zoom/webhook/meeting/created.json", after = "1h",
      set = { event = "meeting.updated", ["payload.object.timezone"] = "Asia/Vladivostok" } },
    { fixture = "zoom/webhook/meeting/participant_joined.json", after = "1d",
      set = { ["payload.object.timezone"] = "Asia/Vladivostok" } },
  } },
  { name = "without a time zone", fixture = "zoom/webhook/meeting/participant_joined.json",
    unset = { "payload.object.timezone" }, expect = false },
  { name = "the same time zone", expect = false, events = {
    { fixture = "zoom/webhook/meeting/created.json" },
    { fixture = "zoom/webhook/meeting/participant_joined.json", after = "1d" },
  } },
  { name = "a meeting whose creation is unknown",
    fixture = "zoom/webhook/meeting/participant_joined.json", expect = false },
}
