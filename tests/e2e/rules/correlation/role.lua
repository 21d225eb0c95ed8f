metadata {
  id = "Test.Role",
  log_types = { "Zoom.Operation" },
  severity = "info",
  create_alert = false,
  where = { category_type = "Role" },
}

function alert_context(event)
  return { by = event.operator }
end
