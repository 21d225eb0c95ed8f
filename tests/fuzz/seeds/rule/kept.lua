metadata { id = "K", log_types = { "Fuzz" }, severity = "info" }
local kept
function rule(event) local old = kept kept = event return old == nil or old.a == event.a end
function alert_context(event) return { old = kept, t = { 1, nil, 3 }, [1.5] = 0/0 } end
