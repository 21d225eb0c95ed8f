-- What a rule file may use: the sandbox's names, and the functions that it defines for margay.
std = "none"
read_globals = {
  "assert", "error", "getmetatable", "ipairs", "next", "pairs", "pcall", "rawequal", "rawget",
  "rawlen", "rawset", "require", "select", "setmetatable", "tonumber", "tostring", "type", "xpcall",
  "string", "table", "math", "utf8",
  "metadata", "correlation", "tests", "re", "ip", "time", "kv",
}
globals = {
  "rule", "title", "dedup", "unique", "severity", "description", "reference", "runbook",
  "destinations", "alert_context",
}
exclude_files = { "rules/types.lua" } -- declarations for editors
max_line_length = 110
