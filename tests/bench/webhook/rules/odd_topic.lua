metadata {
  id = "Bench.odd_topic",
  log_types = { "Zoom.Meeting" },
  severity = "medium",
  where = {
    ["event|startswith"] = "meeting.",
    ["payload.object.topic|re"] = "(?i)passcode|credentials",
  },
}

function title(event)
  return event:deep_get("payload", "operator", { default = "?" }) .. ": " .. event.event
end
