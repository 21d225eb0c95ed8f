tests {
  { name = "n", event = { a = 1, l = { 1, { b = 2 } } }, at = "2024-03-21T07:09:03Z", expect = false,
    set = { ["l.2.b"] = 5, ["l.1.x"] = 1 }, destinations = { "a" }, now = "2024-03-21T07:09:03Z",
    mocks = { ["lib.name"] = function(event) return "x" end, ["event:get"] = { a = 1 }, ["ip.is"] = 1 } },
}
