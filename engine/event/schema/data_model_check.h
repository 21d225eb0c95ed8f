/* Whether a data model fits its schema. For the thread that reads the schemas. */
#ifndef EVENT_SCHEMA_DATA_MODEL_CHECK_H
#define EVENT_SCHEMA_DATA_MODEL_CHECK_H

#include "event/schema/schema.h"

/* Adds a problem for each path that leads to nothing in the model's schema. What a schema does not
 * describe is kept, so below the top level only a likely slip is one. */
void data_model_check(const struct data_model *model, const struct schema *schema,
                      struct problems *problems);

#endif
