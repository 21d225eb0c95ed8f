metadata {
  id = "Test.Deleted",
  log_types = { "Zoom.Operation" },
  severity = "info",
  create_alert = false,
  where = { action = "Delete" },
}
