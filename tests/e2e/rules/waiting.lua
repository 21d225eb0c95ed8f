-- Counts towards an alert for each operator, who is another one in every record: none is reached.
metadata {
  id = "Test.Waiting",
  log_types = { "Zoom.Operation" },
  severity = "info",
  dedup_period_minutes = 1,
  threshold = 3,
  where = { ["operator|exists"] = true },
}

function dedup(event)
  return event.operator
end
