-- An alert for each operator, who is another one in every record.
metadata {
  id = "Test.Apart",
  log_types = { "Zoom.Operation" },
  severity = "info",
  dedup_period_minutes = 1,
  where = { ["operator|exists"] = true },
}

function title(event)
  return "something by " .. event.operator
end

function dedup(event)
  return event.operator
end
