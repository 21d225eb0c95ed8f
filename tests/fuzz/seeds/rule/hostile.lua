metadata { id = "H", log_types = { "Fuzz" }, severity = "info" }
local t <close> = setmetatable({}, { __close = function() end, __index = function(t, k) return k end })
function rule(event)
  local ok, e = pcall(function() while true do end end)
  xpcall(error, function(m) return m end)
  local s = ("x"):rep(100):gsub(".", "%0%0")
  table.sort({ 3, 2, 1 }, function(a, b) return a < b end)
  return not ok and rawlen(s) > 0 and select("#", table.unpack({ 1, 2 })) == 2
end
