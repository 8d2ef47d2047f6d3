/* The sentences of netstat -s. */
#pragma once

#include "lib/types.h"

/* What stands behind the number; NULL: the counter's own name is shown. */
const char *netstat_words(const char *group, const char *name);

/* Not a counter: left out. */
bool netstat_is_constant(const char *name);
