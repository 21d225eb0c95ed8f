correlation {
  id = "Zoom.Disruption.Meeting.Opened.Then.Taken",
  display_name = "Open Zoom meeting taken over by a stranger",
  severity = "high",
  evidence = "documented",
  pack = "zoom-core",
  story = { "payload.object.id", "steps.opened.events.actor", "steps.taken.events.actor" },
  description = "A meeting lost its waiting room, sign-in or passcode, or its link was posted in public, "
    .. "and within a day a stranger became its host or co-host, or it was streamed live. That is how "
    .. "meetings are disrupted and recorded.\n\n"
    .. "False positives: public events, and those that a partner runs.",
  runbook = "1. If the meeting still runs: end it.\n"
    .. "2. Schedule it anew, with another number, a passcode and a waiting room.\n"
    .. "3. Ask the host who opened the meeting, and who gave the role away.\n"
    .. "4. Stop the stream, and ask its platform to remove the recording.\n"
    .. "5. `margay search --indicator NAME --since 7d` shows what else each person did; `margay "
    .. "alerts list` shows the alerts of the steps.",
  reference = "https://developers.zoom.us/docs/api/meetings/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0009:T1125", "TA0010:T1567" } },
  tags = { "Zoom", "Meetings" },
  sequence = {
    { id = "opened", rule = {
      "Zoom.Meeting.Protection.Removed", "Zoom.Meeting.Passcode.Dropped", "Zoom.Meeting.Risk.Alert",
    } },
    { id = "taken", rule = {
      "Zoom.Meeting.Host.Given.To.Outsider", "Zoom.Meeting.Live.Stream.Started",
    } },
  },
  on = "payload.object.id",
  within_minutes = 24 * 60,
}

function title(event)
  return ("An open meeting was taken over: %s"):format(event.steps.taken.events[1].title)
end

tests {
  { name = "opened, then streamed", alerts = { { severity = "HIGH" } }, events = {
    { fixture = "zoom/webhook/meeting/protection_off.json" },
    { fixture = "zoom/webhook/meeting/live_streaming_custom.json", after = "1h" },
  } },
  { name = "its link in public, then a guest as host", events = {
    { fixture = "zoom/webhook/meeting/risk_alert.json",
      at = "2024-03-21T07:00:00Z",
      set = { ["payload.object.id"] = 98213254471 } },
    { fixture = "zoom/webhook/meeting/role_changed_guest.json", after = "1h",
      set = { ["payload.object.id"] = "98213254471" } },
  }, alerts = 1 },
  { name = "another meeting", alerts = 0, events = {
    { fixture = "zoom/webhook/meeting/protection_off.json" },
    { fixture = "zoom/webhook/meeting/live_streaming_custom.json", after = "1h",
      set = { ["payload.object.id"] = 7 } },
  } },
  { name = "only streamed", alerts = 0, events = {
    { fixture = "zoom/webhook/meeting/live_streaming_custom.json" },
  } },
}
