# barenet: `make help` lists the targets.
.DEFAULT_GOAL := iso
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules
include tools/config.mk

B       := build
CC      := gcc
GCC_INC := $(shell $(CC) -print-file-name=include 2>/dev/null)

WARN    := -Wall -Wextra -Wundef -Wvla -Wshadow -Wstrict-prototypes \
           -Wmissing-prototypes -Wpointer-arith -Wwrite-strings \
           -Wimplicit-fallthrough -Wno-unused-parameter $(if $(WERROR),-Werror)
# One text, two worlds: the same freestanding flags for metal and host.
FREE    := -std=gnu11 -ffreestanding -nostdinc -isystem $(GCC_INC) -I. \
           -fno-strict-aliasing -fno-common -MMD -MP $(WARN)

SHARED  := $(wildcard lib/*.c kernel/*.c drivers/*.c drivers/e1000/*.c \
             net/core/*.c net/link/*.c net/ipv4/*.c net/tcp/*.c \
             net/socket/*.c app/*.c app/*/*.c)
METAL_C := $(filter-out boot/efi%.c,$(wildcard boot/*.c)) $(wildcard arch/*.c) $(SHARED)
METAL_S := $(wildcard boot/*.S arch/*.S)

include tools/kernel.mk
include tools/efi.mk
include tools/lib.mk
include tools/sim.mk
include tools/host.mk
include tools/run.mk
include tools/fuzz.mk
include tools/test.mk
include tools/packetdrill.mk
include tools/bench.mk

.PHONY: help clean
help:
	@sed -n 's/^#: //p' Makefile tools/*.mk

clean:
	rm -rf $(B)

#: make clean            remove build/
