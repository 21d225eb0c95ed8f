tests {
  { name = "n", events = { { event = { a = "x" }, times = 3, every = "1m", set = { ["b.c"] = "{n}" } },
      { fixture = "operation/user_added.json", unset = { "time" }, after = "2h" },
      { a = 1 } },
    expect = true, title = "x", severity = "high", alert_context = { a = { "x" } },
    alerts = { { title = "y", match_count = 2 } } },
}
