/* The drivers of this kernel, in the order in which devices are offered. */
#include "drivers/e1000/e1000.h"
#include "drivers/pci.h"

const struct pci_driver *const pci_drivers[] = {
	&e1000_driver,
	NULL,
};
