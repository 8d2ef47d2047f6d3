/* The rings' side of the e1000 model, shared by its two files. */
#pragma once

#include "test/host/e1000_model.h"

/* Sets cause bits and interrupts where they are unmasked. */
void model_cause(struct e1000_model *m, u32 cause);
