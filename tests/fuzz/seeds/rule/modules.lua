metadata { id = "M", log_types = { "Fuzz" }, severity = "info" }
local n = 0
function rule(event)
  for k, v in pairs(event) do n = n + 1 end
  for a, b in re.gmatch("a=1,b=2", "(\\w)=(\\w)") do n = n + #a end
  return re.match(event.a, "(?i)X") == "x" and ip.in_cidr("10.0.0.1", { "10.0.0.0/8" })
    and time.parse("2024-03-21T07:09:03Z") > 0 and re.gsub("ab", ".", "%0%0") == "aabb"
end
