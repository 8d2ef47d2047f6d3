# The simulator, test/sim/: whole stacks on a wire that does its worst, on a
# virtual clock, one scenario a seed. -O2; SAN=1 takes the sanitized objects.
#: make sim              SEEDS=2000 scenarios from START=1 on; a part of make test
#:   SAN=1               under AddressSanitizer and UBSan
#: make sim-table        goodput by loss and delay beside test/sim/goodput.txt
#: make sim-goodput      writes that table anew

SEEDS    ?= 2000
START    ?= 1
SIM_KIND := $(if $(SAN),-san)
SIM_JOBS ?= $(shell nproc)
# The objects of libbarenet, on the simulated machine and its failing memory.
SIM_FREE := $(filter-out kernel/slab.c,$(LIB_NET))
SIM_MAIN := main goodput
SIM_HOST := $(filter-out $(SIM_MAIN:%=test/sim/%.c),$(wildcard test/sim/*.c)) \
            $(addprefix test/host/,machine_sim.c slab_host.c fiber.c) host/irq.c
SIM_FAST := $(SIM_FREE:%.c=$(B)/lib/%.o) $(SIM_HOST:%.c=$(B)/sim/%.o)
SIM_SAN  := $(SIM_FREE:%.c=$(B)/host/%.o) $(SIM_HOST:%.c=$(B)/host/%.o)
SIM_LINK := -Wl,--wrap=tcp_numbers

$(B)/sim/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(filter-out -O1 $(SAN),$(TFLAGS)) -O2 -c $< -o $@

$(B)/sim/sim: $(B)/sim/test/sim/main.o $(SIM_FAST)
	$(CC) $(SIM_LINK) -o $@ $^

$(B)/sim/goodput: $(B)/sim/test/sim/goodput.o $(SIM_FAST)
	$(CC) $(SIM_LINK) -o $@ $^

$(B)/sim/sim-san: $(B)/host/test/sim/main.o $(SIM_SAN)
	@mkdir -p $(@D)
	$(CC) $(SAN) $(SIM_LINK) -o $@ $^

.PHONY: sim sim-table sim-goodput
sim: $(B)/sim/sim$(SIM_KIND)
	@$< $(START) $(SEEDS) $(SIM_JOBS) $(B)/sim

sim-table: $(B)/sim/goodput
	@$< test/sim/goodput.txt

sim-goodput: $(B)/sim/goodput
	$< >test/sim/goodput.txt

-include $(SIM_FAST:.o=.d) $(SIM_SAN:.o=.d) \
         $(SIM_MAIN:%=$(B)/sim/test/sim/%.d) $(B)/host/test/sim/main.d
