metadata {
  id = "Bench.licence_raised",
  log_types = { "Zoom.User" },
  severity = "info",
  where = {
    event = "user.updated",
    ["payload.object.type|gt"] = 2,
    ["payload.old_object.type"] = 1,
    ["payload.object.email|startswith"] = "lisa3",
  },
}

function title(event)
  return event:deep_get("payload", "operator", { default = "?" }) .. ": " .. event.event
end
