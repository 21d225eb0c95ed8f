metadata {
  id = "Upgrade.Deleted",
  log_types = { "Zoom.Operation" },
  severity = "info",
  create_alert = false,
  where = { action = "Delete" },
}
