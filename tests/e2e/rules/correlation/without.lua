-- An operator who changes a role and deletes nothing for an hour.
correlation {
  id = "Test.Without",
  severity = "medium",
  sequence = {
    { id = "role", rule = "Test.Role" },
    { id = "deleted", rule = "Test.Deleted", absent = true },
  },
  on = "operator",
  within_minutes = 60,
}

function title(event)
  return ("%s changed %d roles"):format(event.operator, event.steps.role.count)
end

function dedup(event)
  return event.p_row_id
end
