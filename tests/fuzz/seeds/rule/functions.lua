metadata { id = "F", log_types = { "Fuzz" }, severity = "high", destinations = {} }
function rule(event) return event:deep_get("payload", "object", "id") == 7 or event.b ~= nil end
function title(event) return "T " .. tostring(event.a) .. #event end
function dedup(event) return event:event_time() end
function unique(event) return event.operator end
function severity(event) return "CRITICAL" end
function description(event) return ("x"):rep(2000) end
function reference(event) return event:get("none", "r") end
function runbook(event) return nil end
function destinations(event) return { "a", "b" } end
function alert_context(event)
  return { walk = event:deep_walk("b", "c"), part = event.payload, all = event:to_table() }
end
