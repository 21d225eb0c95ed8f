metadata {
  id = "Test.Row",
  display_name = "One alert for every row",
  log_types = { "Zoom.Operation" },
  severity = "info",
  where = { category_type = "Role" },
}

function title(event)
  return event.operator .. ": " .. event.operation_detail
end

function dedup(event)
  return event.p_row_id
end
