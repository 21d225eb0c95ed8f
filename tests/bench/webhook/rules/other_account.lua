metadata {
  id = "Bench.other_account",
  log_types = { "Zoom.Meeting" },
  severity = "high",
  where = {
    event = "meeting.started",
    ["payload.account_id|startswith"] = "shelbyville",
  },
}

function title(event)
  return event:deep_get("payload", "operator", { default = "?" }) .. ": " .. event.event
end
