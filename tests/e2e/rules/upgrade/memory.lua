-- Remembers counters, a set of strings and a table.
metadata {
  id = "Upgrade.Memory",
  display_name = "Everything that it remembers stands in what it says",
  log_types = { "Zoom.Operation" },
  severity = "info",
  stateful = true,
  where = { ["operator|exists"] = true },
}

function rule(event)
  local count = kv.increment_counter("rows")
  kv.add_to_string_set("operators", event.operator)
  kv.increment_counter("an hour of " .. event.operator, { expires = 3600 })
  kv.put_table("last", { by = event.operator, count = count })
  return count % 40 == 0
end

function title(event)
  return ("%d rows by %d operators, %d by %s within an hour"):format(kv.get_table("last").count,
    kv.string_set_size("operators"), kv.get_counter("an hour of " .. event.operator),
    event.operator)
end

function dedup(event)
  return event.p_row_id
end
