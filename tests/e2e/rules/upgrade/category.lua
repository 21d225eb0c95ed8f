-- Its alerts stay open for a day.
metadata {
  id = "Upgrade.Category",
  display_name = "One alert for each kind of change",
  log_types = { "Zoom.Operation" },
  severity = "low",
  summary_attributes = { "operator" },
  dedup_period_minutes = 24 * 60,
  where = { ["category_type|neq"] = "User" },
}

function title(event)
  return "changes of " .. event.category_type
end

function dedup(event)
  return event.category_type
end
