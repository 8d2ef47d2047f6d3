# The freestanding kernel and its ISO.
#: make iso              build/barenet.iso (GRUB multiboot2, BIOS and UEFI)
#: make kernel           build/barenet.elf, with symbols

KFLAGS := $(FREE) -O2 -g -m64 -march=x86-64 -mno-red-zone -mgeneral-regs-only \
          -mcmodel=small -fno-pic -fno-pie -fno-stack-protector -fcf-protection=none \
          -fno-omit-frame-pointer -fno-asynchronous-unwind-tables \
          -ffunction-sections -fdata-sections -fno-tree-loop-distribute-patterns \
          -fno-align-functions -fno-align-jumps -fno-align-loops -fno-align-labels
# The layers are many small files; link time is where their calls are inlined.
# Fat objects, so that `make check` can ask nm about each of them.
LTO    := -flto -ffat-lto-objects
# As at -O3, but for inlining only: the rest of -O3 grows and gains nothing.
INLINE := --param=max-inline-insns-auto=30
# What runs once, or seldom, is better small than quick.
COLD   := $(wildcard boot/*.c drivers/*.c drivers/e1000/hw.c lib/printf.c \
            lib/date.c kernel/log.c kernel/console.c net/socket/proc*.c \
            net/socket/netcfg*.c net/socket/ifconfig.c net/socket/option.c \
            net/link/acd.c net/link/neigh_table.c net/core/init.c \
            net/core/dev.c net/core/mib.c net/core/drop.c \
            net/ipv4/inetdevice.c net/ipv4/ip_init.c net/ipv4/ip_frag*.c \
            net/ipv4/ip_reasm.c net/ipv4/icmp_err.c net/ipv4/icmp_send.c \
            net/ipv4/raw.c net/tcp/tcp_init.c net/tcp/tcp_info.c \
            net/tcp/tcp_walk.c net/tcp/tcp_sockopt.c net/tcp/tcp_err.c \
            app/http_date.c app/http_range.c app/http_file.c app/mime.c \
            app/writer.c app/dhcp*.c app/dns*.c app/sntp*.c app/tar*.c \
            app/site*.c app/listing.c app/pages.c app/page_store.c \
            app/small_servers.c app/shell/*.c \
            $(addprefix arch/,acpi*.c backtrace.c cpu.c entropy.c gdt.c \
            idt.c ioapic.c paging.c pci*.c power.c rtc*.c serial.c trap.c \
            tsc.c))
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
