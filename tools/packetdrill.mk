# The adapter between packetdrill, which is not part of this project, and the
# stack: a shared library of net/ on the simulated machine (test/packetdrill).
#: make packetdrill      run the scripts of test/packetdrill/scripts.txt
#:   PACKETDRILL=path    a built packetdrill, its scripts beside it
#:   PACKETDRILL_TESTS=  another folder of scripts (its gtests/net)
#:   SCRIPTS="tcp/close" only those whose path holds one of these words

PD      := $(B)/packetdrill
PD_C    := $(wildcard test/packetdrill/*.c)
PD_SIM  := $(addprefix test/host/,machine_sim.c slab_host.c fiber.c) host/irq.c
PD_NET  := $(filter-out boot/% drivers/% app/%,$(HOST_C))
PD_OBJ  := $(PD_NET:%.c=$(PD)/%.o)
PD_TOBJ := $(PD_C:%.c=$(PD)/%.o) $(PD_SIM:%.c=$(PD)/%.o)
PD_LIB  := $(PD)/libpacketdrill-barenet.so
PD_PIC  := -O1 -g -m64 -fPIC -fvisibility=hidden

$(PD)/test/%.o: test/%.c
	@mkdir -p $(@D)
	$(CC) $(filter-out $(SAN) -O1,$(TFLAGS)) $(PD_PIC) -c $< -o $@

$(PD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(FREE) $(PD_PIC) -c $< -o $@

$(PD_LIB): $(PD_OBJ) $(PD_TOBJ)
	$(CC) -shared -Wl,-z,defs -o $@ $^ -lpthread

.PHONY: packetdrill packetdrill-lib
packetdrill-lib: $(PD_LIB)

packetdrill: $(PD_LIB)
	@PACKETDRILL="$(PACKETDRILL)" TESTS="$(PACKETDRILL_TESTS)" \
	  SCRIPTS="$(SCRIPTS)" tools/packetdrill.sh $(PD_LIB)

-include $(PD_OBJ:.o=.d) $(PD_TOBJ:.o=.d)

# The smoke test loads the library as packetdrill does.
$(B)/unit/test_packetdrill: $(PD_LIB)
