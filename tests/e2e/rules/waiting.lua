-- Counts towards one alert for each operator; every record has another operator, so no alert opens.
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
