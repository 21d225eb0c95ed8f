-- One that changes something and deletes nothing for four hours: waits for an absence.
correlation {
  id = "Upgrade.Without",
  severity = "medium",
  sequence = {
    { id = "changed", rule = "Upgrade.Changed" },
    { id = "deleted", rule = "Upgrade.Deleted", absent = true },
  },
  on = "operator",
  within_minutes = 4 * 60,
}

function title(event)
  return ("%s changed %d things"):format(event.operator, event.steps.changed.count)
end

function dedup(event)
  return event.p_row_id
end
