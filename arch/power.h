/* The power button; power off and reset are in kernel/machine.h. */
#pragma once

/* From now on the button switches off. Task context; nothing when absent. */
void power_button_init(void);
