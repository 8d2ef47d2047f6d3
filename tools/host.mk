# The same sources on the host, under AddressSanitizer and UBSan, and their
# unit tests. Every test/unit/test_X.c is one cmocka program.
#: make unit             build and run the unit tests

override SAN := -fsanitize=address,undefined -fno-sanitize-recover=all
HFLAGS := $(FREE) -O1 -g -m64 -fno-omit-frame-pointer $(SAN)
TFLAGS := -std=gnu11 -O1 -g -m64 -I. -fno-omit-frame-pointer -MMD -MP -Wall \
          -Wextra -Wno-unused-parameter $(if $(WERROR),-Werror) $(SAN)

# The sanitizer brings its own memcpy, and test/host/slab_host.c gives each
# object its own malloc: these two files are tested apart.
HOST_C   := $(filter-out lib/string.c kernel/slab.c,$(SHARED))
HOST_C   += boot/cmdline.c boot/cmdline_ip.c boot/memory.c boot/multiboot2.c
HOST_C   += boot/boot_info.c boot/pvh.c boot/efi/elf_check.c boot/efi/memmap.c
HOST_C   += boot/cmdline_crash.c arch/screen.c arch/font.c arch/rtc_decode.c
HOST_OBJ := $(HOST_C:%.c=$(B)/host/%.o)
HOST_LIB := $(B)/host/libnet.a
SIM_C    := $(wildcard test/host/*.c) host/irq.c
SIM_OBJ  := $(SIM_C:%.c=$(B)/host/%.o)
UNIT_C   := $(wildcard test/unit/test_*.c)
UNIT     := $(UNIT_C:test/unit/%.c=$(B)/unit/%)

$(B)/host/test/%.o: test/%.c
	@mkdir -p $(@D)
	$(CC) $(TFLAGS) -c $< -o $@

$(B)/host/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(HFLAGS) -c $< -o $@

$(HOST_LIB): $(HOST_OBJ)
	rm -f $@
	ar rcs $@ $^

$(B)/host/libsim.a: $(SIM_OBJ)
	rm -f $@
	ar rcs $@ $^

$(B)/unit/%: $(B)/host/test/unit/%.o $(B)/host/libsim.a $(HOST_LIB)
	@mkdir -p $(@D)
	$(CC) $(SAN) -o $@ $< $(EXTRA_$*) -Wl,--start-group $(B)/host/libsim.a \
	  $(HOST_LIB) -Wl,--end-group -lcmocka

# This one sees libbarenet as any program does.
$(B)/unit/test_barenet: $(B)/host/test/unit/test_barenet.o $(B)/libbarenet.so
	@mkdir -p $(@D)
	$(CC) $(SAN) -o $@ $< -L$(B) -lbarenet '-Wl,-rpath,$$ORIGIN/..' -lcmocka

.PHONY: unit
unit: $(UNIT)
	@tools/run-unit.sh $(UNIT)

.SECONDARY:
-include $(HOST_OBJ:.o=.d) $(SIM_OBJ:.o=.d) $(UNIT_C:%.c=$(B)/host/%.d)
