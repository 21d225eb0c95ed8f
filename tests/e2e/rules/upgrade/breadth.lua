-- Counts different values towards a threshold.
metadata {
  id = "Upgrade.Breadth",
  display_name = "One operator does many kinds of things",
  log_types = { "Zoom.Operation" },
  severity = "medium",
  summary_attributes = { "action" },
  threshold = 4,
  dedup_period_minutes = 10 * 60,
  where = { ["operator|exists"] = true },
}

function title(event)
  return event.operator .. " does a bit of everything"
end

function dedup(event)
  return event.operator
end

function unique(event)
  return event.category_type .. " " .. event.action
end
