-- Deletions by several people at the same time, without a changed role in between.
correlation {
  id = "Test.Among",
  severity = "low",
  group = {
    { rule = "Test.Deleted", min = 3, unique = "operator" },
    { rule = "Test.Role", max = 0 },
  },
  within_minutes = 30,
}

function dedup(event)
  return event.p_row_id
end
