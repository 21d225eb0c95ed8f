metadata { id = "K", log_types = { "Fuzz" }, severity = "low", stateful = true }
function rule(event)
  kv.increment_counter("n", 2, { expires = 60 })
  kv.add_to_string_set("s", { event.a, "b", "a" }, { expires = 0.5 })
  kv.remove_from_string_set("s", "b")
  kv.put_table("t", { list = { 1, 2.5, event.payload }, [1] = kv.get_table("t") })
  pcall(kv.get_counter, "s")
  if kv.contains("s", "x") then kv.set_expiry("t", 9) end
  return #kv.get_string_set("s") == kv.string_set_size("s")
end
function title(event)
  kv.put_string_set("s", event.b or {})
  kv.reset_counter("n")
  kv.put_table("t", event:to_table())
  error(kv.get_counter("n"))
end
function alert_context(event)
  kv.reset_table("t")
  kv.reset_string_set("s")
  return { n = kv.get_counter("n"), t = kv.get_table("t") }
end
