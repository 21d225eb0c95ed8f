-- Zoom's number of the alert. The kinds of an alert: 1 triggered; 3 observed, which has no end.
local HIGH_CPU = 4

metadata {
  id = "Zoom.Room.High.CPU",
  display_name = "Zoom Room under high load",
  log_types = { "Zoom.Room" },
  severity = "info",
  evidence = "documented",
  pack = "zoom-audit",
  create_alert = false,
  description = "A Zoom Room's machine is under high load. Room systems are seldom updated and "
    .. "always on: load without a meeting may come from malware. It is ordinary during "
    .. "meetings, so the rule opens no alert: it records the event for other rules and searches.\n\n"
    .. "False positives: meetings with many videos, and updates.",
  runbook = "1. Was there a meeting in the room?\n"
    .. "2. Check the machine's processes and its network connections.\n"
    .. "3. If nobody can explain it: take the machine off the network and reinstall it.",
  reference = "https://developers.zoom.us/docs/api/rooms/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0040:T1496" } },
  tags = { "Zoom", "Rooms", "Signals" },
  title = "High load in room {payload.object.room_name or '(not named)'}",
  dedup = "payload.object.id",
  where = {
    event = { "zoomroom.alert", "zoomroom.delayed_alert" },
    ["payload.object.alert_type"] = { HIGH_CPU, tostring(HIGH_CPU) },
    ["payload.object.alert_kind"] = { 1, 3, "1", "3" },
  },
}

tests {
  { name = "high load", fixture = "zoom/webhook/room/cpu_high.json", expect = true,
    title = "High load in room Sector 7-G" },
  { name = "observed, in a delayed alert, with numbers as texts",
    fixture = "zoom/webhook/room/cpu_high.json",
    set = { event = "zoomroom.delayed_alert", ["payload.object.alert_type"] = "4",
      ["payload.object.alert_kind"] = "3" }, expect = true },
  { name = "a controller disconnected", fixture = "zoom/webhook/room/cpu_high.json",
    set = { ["payload.object.alert_type"] = 1 }, expect = false },
  { name = "normal again", fixture = "zoom/webhook/room/cpu_normal.json", expect = false },
  { name = "offline, which another rule reports", fixture = "zoom/webhook/room/offline.json",
    expect = false },
  { name = "checked in", fixture = "zoom/webhook/room/checked_in.json", expect = false },
}
