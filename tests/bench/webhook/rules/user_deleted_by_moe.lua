metadata {
  id = "Bench.user_deleted_by_moe",
  log_types = { "Zoom.User" },
  severity = "medium",
  where = {
    event = "user.deleted",
    ["payload.operator|startswith"] = "moe1",
  },
}

function title(event)
  return event:deep_get("payload", "operator", { default = "?" }) .. ": " .. event.event
end
