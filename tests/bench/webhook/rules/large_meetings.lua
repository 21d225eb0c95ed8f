metadata {
  id = "Bench.large_meetings",
  log_types = { "Zoom.User" },
  severity = "info",
  where = {
    event = "user.updated",
    ["payload.object.settings.feature.large_meeting"] = true,
    ["payload.object.email|startswith"] = "bart2",
  },
}

function title(event)
  return event:deep_get("payload", "operator", { default = "?" }) .. ": " .. event.event
end
