# The freestanding kernel and its ISO.
#: make iso              build/barenet.iso (GRUB multiboot2, BIOS and UEFI)
#: make kernel           build/barenet.elf, with symbols

KFLAGS := $(FREE) -O2 -g -m64 -march=x86-64 -mno-red-zone -mgeneral-regs-only \
          -mcmodel=small -fno-pic -fno-pie -fno-stack-protector -fcf-protection=none \
          -fno-omit-frame-pointer -fno-asynchronous-unwind-tables \
          -ffunction-sections -fdata-sections -fno-tree-loop-distribute-patterns \
          -falign-jumps=1 -falign-loops=1 -falign-functions=1
# The layers are many small files; link time is where their calls are inlined.
# Fat objects, so that `make check` can ask nm about each of them.
LTO    := -flto -ffat-lto-objects
# As at -O3, but for inlining only: the rest of -O3 grows and gains nothing.
INLINE := --param=max-inline-insns-auto=30
# What a packet or a request passes is compiled for speed, all else for size.
HOT    := $(addsuffix .c,$(addprefix lib/,checksum siphash string) \
            $(addprefix kernel/,slab softirq task timer) \
            $(addprefix arch/,apic context irq machine) \
            $(addprefix drivers/e1000/,irq ring rx tx tx_offload tx_segment) \
            $(addprefix net/core/,busy_poll eth gso napi rx skb_data skbuff \
              sock xmit) \
            $(addprefix net/,link/neigh socket/epoll socket/socket \
              socket/transfer) \
            $(addprefix net/ipv4/,fib icmp ip_id ip_input ip_output route udp \
              udp_output udp_sock udp_table) \
            $(addprefix net/tcp/tcp_,ack child close cong conn cubic data hash \
              hystart input isn listen options output recovery recv request \
              reset rtt segment send timer timewait transmit window) \
            $(addprefix app/,echo http http_conn http_field http_parse \
              http_path http_reply http_route http_table))
KOBJ   := $(METAL_C:%.c=$(B)/metal/%.o) $(METAL_S:%.S=$(B)/metal/%.o)

$(B)/metal/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(KFLAGS) $(if $(filter $<,$(HOT)),$(INLINE),-Os) $(LTO) -c $< -o $@

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
