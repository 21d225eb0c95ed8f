metadata {
  id = "Bench.waiting_room_off",
  log_types = { "Zoom.Meeting" },
  severity = "low",
  where = {
    event = { "meeting.created", "meeting.updated" },
    ["payload.object.settings.waiting_room"] = false,
    ["payload.object.password"] = "",
  },
}

function title(event)
  return event:deep_get("payload", "operator", { default = "?" }) .. ": " .. event.event
end
