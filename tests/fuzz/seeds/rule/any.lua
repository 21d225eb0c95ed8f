metadata { id = "W", log_types = { "Fuzz" }, severity = "info", where = {
  { ["a|re"] = "^x+$" }, { ["n|gte"] = 1 }, { ["payload.object.id|exists"] = true },
  { ["a|cidr"] = { "10.0.0.0/8" } }, { ["b|fieldref"] = "a" }, { ["a|startswith|cased"] = "X*" } } }
