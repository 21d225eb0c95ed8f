# Holds answers of the API to docs/openapi.json. Input: {"method", "path", "answer"} for each request that was done.
# Variable $document: the document, in an array. Prints a line for each thing that differs.

def type_is($wanted): type as $found
  | $found == $wanted or ($wanted == "integer" and $found == "number" and floor == .);

# What of a value its schema does not say, as lines. An object with properties has no others.
def differs($schema; $place):
  ([$schema.type // empty] | flatten) as $types
  | if $types != [] and (. as $value | all($types[]; . as $type | $value | type_is($type) | not)) then
      "\($place): is a \(type), not \($types | join(" or "))"
    elif type == "object" and $schema.properties then
      . as $object
      | ($schema.required // [] | .[] | select(. as $name | $object | has($name) | not) | "\($place).\(.): is missing"),
        (to_entries[] | .key as $name | if $schema.properties[$name] then
            .value | differs($schema.properties[$name]; "\($place).\($name)")
          else
            "\($place).\($name): is not documented"
          end)
    elif type == "array" and $schema.items then
      .[] | differs($schema.items; "\($place)[]")
    elif type == "string" and $schema.format == "date-time" and (test("^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z$") | not) then
      "\($place): '\(.)' is no time"
    else
      empty
    end;

# "/alerts/{id}" as a regular expression.
def pattern: "^" + gsub("\\{[^}]*\\}"; "[^/]+") + "$";

($document[0].paths | to_entries | map(.key as $path | .value | to_entries[]
  | {$path, pattern: ($path | pattern), method: (.key | ascii_upcase), operation: .value})) as $operations
| [inputs
    | . as $asked
    | (.path | sub("\\?.*"; "")) as $path
    | ([$operations[] | select(.path == $path and .method == $asked.method)]
        + [$operations[] | select(.method == $asked.method and (.pattern as $pattern | $path | test($pattern)))])[0] as $found
    | if $found then
        $found.operation.operationId as $name
        | {$name, lines: [.answer | differs($found.operation.responses["2XX"].content["application/json"].schema; $name)]}
      else
        {name: "", lines: ["\(.method) \(.path): is no operation"]}
      end] as $held
| ([$held[].lines[]] | unique[]),
  ($operations[] | select(.method == "GET") | .operation
    | select(.responses["2XX"].content["application/json"].schema // {} | . != {}) | .operationId
    | select(. as $name | all($held[]; .name != $name)) | "\(.): nobody asked for it")
