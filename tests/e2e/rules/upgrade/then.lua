-- One that deletes after they changed something.
correlation {
  id = "Upgrade.Then",
  severity = "high",
  sequence = {
    { id = "changed", rule = "Upgrade.Changed", on = "p_alert_context.by" },
    { id = "deleted", rule = "Upgrade.Deleted", on = "operator" },
  },
  within_minutes = 6 * 60,
}

function title(event)
  return ("%d changes before a deletion"):format(event.steps.changed.count)
end

function dedup(event)
  return event.p_row_id
end
