metadata {
  id = "Bench.board_joined",
  log_types = { "Zoom.Meeting" },
  severity = "high",
  where = {
    event = "meeting.participant_joined",
    ["payload.object.topic|contains"] = "board",
    ["payload.object.participant.public_ip|cidr"] = "203.0.113.0/29",
  },
}

function title(event)
  return event:deep_get("payload", "operator", { default = "?" }) .. ": " .. event.event
end
