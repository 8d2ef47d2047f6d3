# The freestanding kernel and its ISO.
#: make iso              build/barenet.iso (GRUB multiboot2, BIOS and UEFI)
#: make kernel           build/barenet.elf, with symbols

KFLAGS := $(FREE) -O2 -g -m64 -march=x86-64 -mno-red-zone -mgeneral-regs-only \
          -mcmodel=small -fno-pic -fno-pie -fno-stack-protector -fcf-protection=none \
          -fno-omit-frame-pointer -fno-asynchronous-unwind-tables \
          -ffunction-sections -fdata-sections -fno-tree-loop-distribute-patterns
# The layers are many small files; link time is where their calls are inlined.
# Fat objects, so that `make check` can ask nm about each of them.
LTO    := -flto -ffat-lto-objects
# As at -O3, but for inlining only: the rest of -O3 grows and gains nothing.
INLINE := --param=max-inline-insns-auto=30
# What runs once, or seldom, is better small than quick.
COLD   := $(wildcard boot/*.c app/tar*.c app/site*.c net/socket/proc*.c)
KOBJ   := $(METAL_C:%.c=$(B)/metal/%.o) $(METAL_S:%.S=$(B)/metal/%.o)

$(B)/metal/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(KFLAGS) $(INLINE) $(LTO) $(if $(filter $<,$(COLD)),-Os) \
	  -c $< -o $@

$(B)/metal/%.o: %.S
	@mkdir -p $(@D)
	$(CC) $(KFLAGS) -c $< -o $@

$(B)/metal/kernel.o: $(KOBJ)
	@echo LTO $@
	@$(CC) $(KFLAGS) $(INLINE) -flto=auto -r -nostdlib -flinker-output=nolto-rel -o $@ $^

$(B)/barenet.elf: $(B)/metal/kernel.o linker.ld tools/symbols.sh
	@echo LINK $@
	@tools/symbols.sh $(CC) $@ $<

# CMDLINE is the kernel's command line: `make iso CMDLINE="ip=..."`. The file
# changes only when the text does, and the ISO with it.
CMDLINE :=
$(B)/cmdline: FORCE
	@mkdir -p $(@D)
	@echo '$(CMDLINE)' | cmp -s - $@ || echo '$(CMDLINE)' >$@

$(B)/barenet.iso: $(B)/barenet.elf $(B)/cmdline boot/grub.cfg.in tools/mkiso.sh
	tools/mkiso.sh $(B)/barenet.elf $@ '$(CMDLINE)'

.PHONY: kernel iso FORCE
kernel: $(B)/barenet.elf
iso: $(B)/barenet.iso

-include $(KOBJ:.o=.d)
