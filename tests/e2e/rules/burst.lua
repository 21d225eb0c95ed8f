metadata {
  id = "Test.Burst",
  display_name = "Many deletions by one operator",
  log_types = { "Zoom.Operation" },
  severity = "high",
  summary_attributes = { "operator", "operation_detail", "category_type" },
  threshold = 4,
  dedup_period_minutes = 90,
  where = { action = "Delete" },
}

function title(event)
  return event.operator .. " deletes a lot"
end
