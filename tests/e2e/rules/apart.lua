-- One alert for each operator, and every record has another operator.
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
