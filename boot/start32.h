/* Selectors of the early GDT in boot/start32.S; for assembly. */
#pragma once

#define EARLY_CS64 0x08
#define EARLY_DS   0x10
#define EARLY_CS32 0x18
