# Speed, apart from the tests: ratios to a Linux guest, and instruction counts.
#: make bench            barenet beside a Linux guest, table with ratios
#: make bench-quick      one round, without instruction counts and floors
#: make bench-host       instructions per operation, counted by callgrind
#: make goodput          20 MB each way by loss and delay, beside Linux's TCP

BENCH_PLUGIN := $(B)/bench/insn-plugin.so

$(BENCH_PLUGIN): tools/bench/insn-plugin.c
	@mkdir -p $(@D)
	$(CC) -O2 -shared -fPIC -o $@ $<

.PHONY: bench bench-quick bench-guest bench-host bench-setup
bench-setup: iso $(BENCH_PLUGIN)
	@tools/bootstrap.sh $(BENCH_PACKAGES)
	@tools/bench/linux-guest.sh $(B)/bench/linux

bench: bench-host bench-guest
bench-guest: bench-setup
	unshare -n tools/bench/bench.py
bench-quick: bench-setup
	unshare -n tools/bench/bench.py --quick --rounds 1

.PHONY: goodput
goodput: iso esp $(B)/relay
	@tools/bootstrap.sh $(TEST_PACKAGES)
	@BUILD=$(B) unshare --net --pid --fork --kill-child --mount-proc sh -c \
	  'ip link set lo up && tools/bench/goodput.py $(GOODPUT)'

# The same sources without sanitizers, with the real slab.
HB_FLAGS := $(FREE) -O2 $(INLINE) -g -m64 -fno-pie -flto
HB_TEST  := -std=gnu11 -O2 -g -m64 -fno-pie -I. -Wall -Wextra -Wno-unused-parameter
HB_C     := $(filter-out lib/string.c,$(SHARED)) arch/context.c
HB_OBJ   := $(HB_C:%.c=$(B)/hostbench/%.o)
HB_SIM   := $(B)/hostbench/test/host/machine_sim.o \
            $(B)/hostbench/host/irq.o $(B)/hostbench/tools/bench/machine.o \
            $(B)/hostbench/arch/switch.o

$(B)/hostbench/test/%.o: test/%.c
	@mkdir -p $(@D)
	$(CC) $(HB_TEST) -c $< -o $@

$(B)/hostbench/host/%.o: host/%.c
	@mkdir -p $(@D)
	$(CC) $(HB_TEST) -c $< -o $@

$(B)/hostbench/tools/%.o: tools/%.c
	@mkdir -p $(@D)
	$(CC) $(HB_TEST) -c $< -o $@

$(B)/hostbench/%.o: %.S
	@mkdir -p $(@D)
	$(CC) -c $< -o $@

$(B)/hostbench/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(HB_FLAGS) -c $< -o $@

$(B)/hostbench/libnet.a: $(HB_OBJ)
	rm -f $@
	gcc-ar rcs $@ $^

$(B)/hostbench/bench: $(B)/hostbench/tools/bench/host.o $(HB_SIM) \
		$(B)/hostbench/libnet.a
	$(CC) -O2 $(INLINE) -no-pie -flto=auto -o $@ $^

bench-host: $(B)/hostbench/bench
	@tools/bootstrap.sh valgrind
	@tools/bench/host.sh $<
-include $(HB_OBJ:.o=.d)
