local zoom = require "zoom"

metadata {
  id = "Zoom.Room.Alert",
  display_name = "Zoom Room in trouble",
  log_types = { "Zoom.Room" },
  severity = "info",
  description = "A Zoom Room reports a problem: offline, or a camera, microphone or speaker "
    .. "that is gone. A device that somebody unplugged is missing from the room, too.\n\n"
    .. "False positives: rooms that are rebuilt.",
  runbook = "1. Call the room, or look at it.\n"
    .. "2. Are all of its devices still there?",
  reference = "https://developers.zoom.us/docs/api/rooms/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0040:T1499", "TA0003:T1200" } },
  tags = { "Zoom", "Rooms" },
  dedup_period_minutes = 60,
  where = {
    event = { "zoomroom.alert", "zoomroom.delayed_alert" },
    ["payload.object.alert_kind"] = { 1, "1" },
    ["payload.object.alert_type"] = { 2, 3, "2", "3" },
  },
}

function title(event)
  return ("Room %s: %s"):format(zoom.object_value(event, "room_name") or "(not named)",
    zoom.object_value(event, "issue") or "an alert without words")
end

function dedup(event)
  return zoom.object_value(event, "id")
end

tests {
  { name = "offline", fixture = "zoom/webhook/room/offline.json", expect = true,
    title = "Room Sector 7-G: Zoom room is offline" },
  { name = "numbers as texts", fixture = "zoom/webhook/room/offline_text.json", expect = true },
  { name = "high load, which another rule tells", fixture = "zoom/webhook/room/cpu_high.json",
    expect = false },
  { name = "normal again", fixture = "zoom/webhook/room/cpu_normal.json", expect = false },
}
