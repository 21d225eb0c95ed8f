metadata {
  id = "Zoom.Room.Alert",
  display_name = "Zoom Room reports a problem",
  log_types = { "Zoom.Room" },
  severity = "info",
  evidence = "documented",
  pack = "zoom-audit",
  create_alert = false,
  description = "A Zoom Room reports a problem: it is offline, a camera, microphone, speaker or "
    .. "display is missing, or somebody entered a wrong passcode. A missing device may have been "
    .. "unplugged or removed. Rooms are offline every day, so the rule opens no alert: it records "
    .. "the event for other rules and searches.\n\n"
    .. "False positives: rooms under reconstruction, and mistyped passcodes.",
  runbook = "1. Call the room, or go there.\n"
    .. "2. Are all of its devices still there?",
  reference = "https://developers.zoom.us/docs/api/rooms/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0040:T1499", "TA0001:T1200" } },
  tags = { "Zoom", "Rooms", "Signals" },
  title = "Room {payload.object.room_name or '(not named)'}: "
    .. "{payload.object.issue or 'unknown problem'}",
  dedup = "payload.object.id",
  where = {
    event = { "zoomroom.alert", "zoomroom.delayed_alert" },
    ["payload.object.alert_kind"] = { 1, 3, "1", "3" },
    -- 2: a device; 3: offline; 7: the display; 10: a wrong passcode.
    ["payload.object.alert_type"] = { 2, 3, 7, 10, "2", "3", "7", "10" },
  },
}

tests {
  { name = "offline", fixture = "zoom/webhook/room/offline.json", expect = true,
    title = "Room Sector 7-G: Zoom room is offline" },
  { name = "offline, with numbers as texts",
    fixture = "zoom/webhook/room/offline_text.json", expect = true },
  { name = "a camera disconnected, in a delayed alert", fixture = "zoom/webhook/room/offline.json",
    set = { event = "zoomroom.delayed_alert", ["payload.object.alert_type"] = 2,
      ["payload.object.issue"] = "Selected camera is disconnected." }, expect = true,
    title = "Room Sector 7-G: Selected camera is disconnected." },
  { name = "a microphone, with numbers as texts", fixture = "zoom/webhook/room/offline_text.json",
    set = { ["payload.object.alert_type"] = "2" }, expect = true },
  { name = "the display", fixture = "zoom/webhook/room/offline.json",
    set = { ["payload.object.alert_type"] = 7 }, expect = true },
  { name = "the display, with the number as a text", fixture = "zoom/webhook/room/offline.json",
    set = { ["payload.object.alert_type"] = "7" }, expect = true },
  { name = "a wrong passcode, observed", fixture = "zoom/webhook/room/offline.json",
    set = { ["payload.object.alert_type"] = 10, ["payload.object.alert_kind"] = 3 },
    expect = true },
  { name = "a wrong passcode, with numbers as texts", fixture = "zoom/webhook/room/offline.json",
    set = { ["payload.object.alert_type"] = "10", ["payload.object.alert_kind"] = "3" },
    expect = true },
  { name = "an event with another name", fixture = "zoom/webhook/room/offline.json",
    set = { event = "zoomroom.checked_in" }, expect = false },
  { name = "high load, which another rule reports", fixture = "zoom/webhook/room/cpu_high.json",
    expect = false },
  { name = "normal again", fixture = "zoom/webhook/room/cpu_normal.json", expect = false },
}
