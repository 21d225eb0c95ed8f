---@meta
-- What a rule may call, for editors with the Lua language server. Nothing runs this file: margay
-- passes over files in a rules folder that begin with ---@meta.

---A record that passed its schema, as a rule sees it. It cannot be changed, and goes stale with the
---next event. Values are nil when they are absent or null.
---@class margay.Event
---@field p_log_type string
---@field p_event_time string RFC 3339
---@field p_parse_time string RFC 3339
---@field p_row_id string
---@field p_source_id string
---@field p_source_label string
---@field [string] any
local event = {}

---The value of a field, or the default.
---@param key string|integer
---@param default? any
---@return any
function event:get(key, default) end

---The value at the end of a path; nil, or the default of a last `{ default = … }`, when a part of it
---is missing.
---@param ... string|integer|{ default: any }
---@return any
function event:deep_get(...) end

---Like deep_get, but goes into every element of lists on the way: one value, or a list of the
---different ones. The last argument may be `{ default = …, return_val = "all"|"first"|"last" }`.
---@param ... string|integer|{ default: any, return_val: "all"|"first"|"last" }
---@return any
function event:deep_walk(...) end

---What the log type's data model calls so; nil when it has no such name, or finds nothing.
---@param name string
---@return any
function event:udm(name) end

---The row of a lookup table, or a value in it; nil when there is none.
---@param table_name string
---@param key any
---@param ... string
---@return any
function event:lookup(table_name, key, ...) end

---When it happened, RFC 3339.
---@return string
function event:event_time() end

---A plain table, to keep or change.
---@return table
function event:to_table() end

---@alias margay.Severity "info"|"low"|"medium"|"high"|"critical"

---Fields and what they should be. `field|modifier` says how they are compared; a list of values is
---OR, a list of tables is OR.
---@alias margay.Where table<string, any>|margay.Where[]

---What rules and correlations have in common.
---@class margay.Declaration
---@field id? string unique name; not < > & " %
---@field display_name? string a name for people
---@field enabled? boolean false: loaded, checked and tested, but never run on records
---@field severity? margay.Severity
---@field description? string why it matters
---@field runbook? string what to do about it
---@field reference? string a URL with more
---@field tags? string[]
---@field reports? table<string, string[]> { ["MITRE ATT&CK"] = { "TA0009:T1125" } }
---@field create_alert? boolean false: matches are recorded, but alert nobody
---@field summary_attributes? string[] fields whose commonest values an alert shows
---@field threshold? integer matches that open an alert
---@field dedup_period_minutes? integer length of the window
---@field destinations? string[] ids of destinations; {} is nowhere

---@class margay.Metadata : margay.Declaration
---@field base? string the id of a rule that this one derives from
---@field log_types? string[] the log types whose events the rule sees
---@field where? margay.Where which events it wants
---@field stateful? boolean its functions use kv

---Says what the rule is. Once a file.
---@param declaration margay.Metadata
function metadata(declaration) end

---@class margay.Step
---@field id? string a name for this step
---@field rule string|string[] the id of the rule whose matches count, or of several
---@field min? integer
---@field max? integer
---@field absent? boolean there must be none
---@field unique? string a field of which different values are counted, instead of matches
---@field within_minutes? number since the step before
---@field on? string|string[] the fields whose values tie the steps together

---@class margay.Correlation : margay.Declaration
---@field sequence? (margay.Step|string)[] in this order
---@field group? (margay.Step|string)[] in any order
---@field on? string|string[]
---@field within_minutes? number from the first to the last
---@field lookback_minutes? number
---@field late_minutes? number
---@field [string] any

---Says what the correlation is, in the place of metadata. Once a file.
---@param declaration margay.Correlation
function correlation(declaration) end

---@class margay.TestEvent
---@field fixture? string a file below the fixtures folder
---@field event? table the record itself
---@field log_type? string
---@field set? table<string, any> fields with new values
---@field unset? string[] fields that are taken away
---@field at? string when it happens
---@field after? string so long after the event before: "10m"
---@field times? integer so many copies
---@field every? string so long from one to the next
---@field [string] any

---@class margay.Test : margay.TestEvent
---@field name string
---@field events? margay.TestEvent[] several events in the order of time, instead of one
---@field expect? boolean whether the rule matches
---@field alerts? integer|table[] the alerts that the matches make
---@field title? string
---@field dedup? string
---@field unique? string
---@field severity? string
---@field description? string
---@field runbook? string
---@field reference? string
---@field destinations? string[]
---@field alert_context? table
---@field kv? table<string, any> what is remembered at the beginning
---@field kv_after? table<string, any> what is remembered at the end
---@field mocks? table<string, any> values or functions in the place of others
---@field now? string when records are read

---The rule's unit tests. Once a file.
---@param list margay.Test[]
function tests(list) end

---Whether the event matches.
---@param event margay.Event
---@return boolean
function rule(event) end

---@param event margay.Event
---@return string
function title(event) end

---Matches with the same text are one alert.
---@param event margay.Event
---@return string
function dedup(event) end

---The threshold counts different texts.
---@param event margay.Event
---@return string?
function unique(event) end

---@param event margay.Event
---@return "INFO"|"LOW"|"MEDIUM"|"HIGH"|"CRITICAL"|"DEFAULT"
function severity(event) end

---@param event margay.Event
---@return string
function description(event) end

---@param event margay.Event
---@return string
function reference(event) end

---@param event margay.Event
---@return string
function runbook(event) end

---@param event margay.Event
---@return string[]?
function destinations(event) end

---What goes with the alert, as JSON.
---@param event margay.Event
---@return table
function alert_context(event) end

---Regular expressions (PCRE2) with the calls of Lua's string functions.
re = {}

---The captures, or the whole match; nil when there is none.
---@param text string
---@param pattern string
---@param start? integer
---@return string? ...
function re.match(text, pattern, start) end

---First and last position, then the captures; nil when there is none.
---@param text string
---@param pattern string
---@param start? integer
---@return integer? first, integer? last, string? ...
function re.find(text, pattern, start) end

---An iterator over the matches.
---@param text string
---@param pattern string
---@return fun(): string? ...
function re.gmatch(text, pattern) end

---The new text and how often; the replacement is a text with %0 to %9, or a function.
---@param text string
---@param pattern string
---@param replacement string|fun(...: string): string
---@param n? integer
---@return string, integer
function re.gsub(text, pattern, replacement, n) end

---IP addresses and networks. nil may be given for a text.
ip = {}

---@param text string?
---@return boolean
function ip.is(text) end

---@param text string?
---@return 4|6|nil
function ip.version(text) end

---@param text string?
---@param network string|string[]
---@return boolean
function ip.in_cidr(text, network) end

---@param text string?
---@return boolean
function ip.is_private(text) end

---@param text string?
---@return boolean
function ip.is_loopback(text) end

---@param text string?
---@return string?
function ip.normalise(text) end

---Times. There is no clock: a rule judges an event by the event's own time.
time = {}

---Seconds since 1970.
---@param text string
---@return number?
function time.parse(text) end

---RFC 3339.
---@param seconds number
---@return string
function time.format(seconds) end

---What a stateful rule remembers. A key lives for 90 days after it was last written to, unless
---`{ expires = seconds }` says otherwise.
kv = {}

---@alias margay.Lifetime { expires: number }

---0 when there is none.
---@param key string
---@return integer
function kv.get_counter(key) end

---@param key string
---@param n? integer
---@param opts? margay.Lifetime
---@return integer count the new one
function kv.increment_counter(key, n, opts) end

---@param key string
function kv.reset_counter(key) end

---A sorted list; empty when there is none.
---@param key string
---@return string[]
function kv.get_string_set(key) end

---@param key string
---@param text string
---@return boolean
function kv.contains(key, text) end

---@param key string
---@return integer
function kv.string_set_size(key) end

---@param key string
---@param list string[]
---@param opts? margay.Lifetime
function kv.put_string_set(key, list, opts) end

---@param key string
---@param items string|string[]
---@param opts? margay.Lifetime
---@return integer size, integer added
function kv.add_to_string_set(key, items, opts) end

---@param key string
---@param items string|string[]
---@return integer size, integer removed
function kv.remove_from_string_set(key, items) end

---@param key string
function kv.reset_string_set(key) end

---A copy; nil when there is none.
---@param key string
---@return table?
function kv.get_table(key) end

---@param key string
---@param value table
---@param opts? margay.Lifetime
function kv.put_table(key, value, opts) end

---@param key string
function kv.reset_table(key) end

---Whether there is such a key.
---@param key string
---@param seconds number
---@return boolean
function kv.set_expiry(key, seconds) end
