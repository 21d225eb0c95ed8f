/* Conditions as people write them. */
#include "base/buffer.h"
#include "rule/condition/condition_operand.h"

static void write_operand(const struct condition_operand *operand, struct buffer *out) {
  switch (operand->kind) {
  case OPERAND_NULL:
    buffer_append_string(out, "null");
    break;
  case OPERAND_NUMBER:
  case OPERAND_BOOL:
    buffer_append_text(out, operand->text);
    break;
  default:
    buffer_append_json_string(out, operand->given.size ? operand->given : operand->text);
    break;
  }
}

void condition_field_write(const struct condition *condition, size_t values_max,
                           struct buffer *out) {
  bool list = condition->value_count > 1;
  buffer_append_text(out, condition->key);
  buffer_append_string(out, list ? " = { " : " = ");
  for (size_t i = 0; i < condition->value_count && i < values_max; i++) {
    if (i)
      buffer_append_string(out, ", ");
    write_operand(&condition->operands[i], out);
  }
  if (condition->value_count > values_max)
    buffer_printf(out, ", … %zu in all", condition->value_count);
  if (list)
    buffer_append_string(out, " }");
}
