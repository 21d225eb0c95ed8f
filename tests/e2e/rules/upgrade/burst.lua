-- Counts towards a threshold, and sums up what it counted.
metadata {
  id = "Upgrade.Burst",
  display_name = "Many deletions by one operator",
  log_types = { "Zoom.Operation" },
  severity = "high",
  tags = { "Insider" },
  reports = { ["MITRE ATT&CK"] = { "TA0040:T1485" } },
  summary_attributes = { "operation_detail", "category_type" },
  threshold = 2,
  dedup_period_minutes = 12 * 60,
  where = { action = "Delete" },
}

function title(event)
  return event.operator .. " deletes a lot"
end

function dedup(event)
  return event.operator
end

function alert_context(event)
  return { what = event.operation_detail }
end

function destinations(event)
  return { "security", "pager" }
end
