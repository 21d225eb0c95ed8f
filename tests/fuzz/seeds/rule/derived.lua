metadata { base = "~", id = "Derived", where = { a = 1 } }
function title(event) return event:udm("actor_user") end
