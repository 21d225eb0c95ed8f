metadata {
  id = "Bench.meeting_without_password",
  log_types = { "Zoom.Meeting" },
  severity = "low",
  where = {
    event = "meeting.created",
    ["payload.object.password"] = "",
  },
}

function title(event)
  return event:deep_get("payload", "operator", { default = "?" }) .. ": " .. event.event
end
