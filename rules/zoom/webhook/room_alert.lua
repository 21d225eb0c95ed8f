local zoom = require "zoom"

metadata {
  id = "Zoom.Room.Alert",
  display_name = "Zoom Room in trouble",
  log_types = { "Zoom.Room" },
  severity = "info",
  description = "A Zoom Room reports a problem: offline, or a camera, microphone, speaker "
    .. "or display that is gone, or a wrong passcode that somebody entered. A device that "
    .. "somebody unplugged is missing from the room, too.\n\n"
    .. "False positives: rooms that are rebuilt, and mistyped passcodes.",
  runbook = "1. Call the room, or look at it.\n"
    .. "2. Are all of its devices still there?",
  reference = "https://developers.zoom.us/docs/api/rooms/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0040:T1499", "TA0001:T1200" } },
  tags = { "Zoom", "Rooms" },
  dedup_period_minutes = 60,
  where = {
    event = { "zoomroom.alert", "zoomroom.delayed_alert" },
    ["payload.object.alert_kind"] = { 1, 3, "1", "3" },
    -- Devices, offline, the display, a wrong passcode.
    ["payload.object.alert_type"] = { 2, 3, 7, 10, "2", "3", "7", "10" },
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
  { name = "a camera that is gone, told late", fixture = "zoom/webhook/room/offline.json",
    set = { event = "zoomroom.delayed_alert", ["payload.object.alert_type"] = 2,
      ["payload.object.issue"] = "Selected camera is disconnected." }, expect = true,
    title = "Room Sector 7-G: Selected camera is disconnected." },
  { name = "a microphone, as a text", fixture = "zoom/webhook/room/offline_text.json",
    set = { ["payload.object.alert_type"] = "2" }, expect = true },
  { name = "the display", fixture = "zoom/webhook/room/offline.json",
    set = { ["payload.object.alert_type"] = 7 }, expect = true },
  { name = "the display, as a text", fixture = "zoom/webhook/room/offline.json",
    set = { ["payload.object.alert_type"] = "7" }, expect = true },
  { name = "a wrong passcode, observed", fixture = "zoom/webhook/room/offline.json",
    set = { ["payload.object.alert_type"] = 10, ["payload.object.alert_kind"] = 3 },
    expect = true },
  { name = "a wrong passcode, as texts", fixture = "zoom/webhook/room/offline.json",
    set = { ["payload.object.alert_type"] = "10", ["payload.object.alert_kind"] = "3" },
    expect = true },
  { name = "an event of another name", fixture = "zoom/webhook/room/offline.json",
    set = { event = "zoomroom.checked_in" }, expect = false },
  { name = "high load, which another rule tells", fixture = "zoom/webhook/room/cpu_high.json",
    expect = false },
  { name = "normal again", fixture = "zoom/webhook/room/cpu_normal.json", expect = false },
}
