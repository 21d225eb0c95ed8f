-- An operator who changes a role and then deletes something.
correlation {
  id = "Test.Then",
  severity = "high",
  sequence = {
    { id = "role", rule = "Test.Role", on = "p_alert_context.by" },
    { id = "deleted", rule = "Test.Deleted", on = "operator", min = 2 },
  },
  within_minutes = 24 * 60,
}

function dedup(event)
  return event.p_row_id
end
