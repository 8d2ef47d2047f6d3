# Fuzzing. Every test/fuzz/fuzz_X.c is a target, with seeds, and inputs that
# once failed, in test/fuzz/corpus/X.
#: make fuzz-X           libFuzzer on test/fuzz/fuzz_X.c: see docs/fuzzing.md
#:   SECONDS=60
#: make fuzz-replay      each target over its corpus; a part of make test

SECONDS ?= 60
FUZZERS := $(patsubst test/fuzz/fuzz_%.c,%,$(wildcard test/fuzz/fuzz_*.c))

# clang has its own headers; the sanitizers are those of the unit tests.
FUZZ_CC  := clang
FUZZ_SAN := -fsanitize=fuzzer-no-link,address,undefined \
            -fno-sanitize-recover=all
FUZZ_FLAGS = $(filter-out -isystem $(GCC_INC) $(SAN) -fno-sanitize-%,$(HFLAGS)) \
             -isystem $$($(FUZZ_CC) -print-resource-dir)/include $(FUZZ_SAN)
FUZZ_HOSTED = $(filter-out $(SAN),$(TFLAGS)) $(FUZZ_SAN)
FUZZ_OBJ := $(HOST_C:%.c=$(B)/fuzz/%.o) \
            $(patsubst $(B)/host/%,$(B)/fuzz/%,$(SIM_OBJ))

$(B)/fuzz/test/%.o: test/%.c
	@mkdir -p $(@D)
	$(FUZZ_CC) $(FUZZ_HOSTED) -c $< -o $@

$(B)/fuzz/%.o: %.c
	@mkdir -p $(@D)
	$(FUZZ_CC) $(FUZZ_FLAGS) -c $< -o $@

$(B)/fuzz/libnet.a: $(FUZZ_OBJ)
	rm -f $@
	ar rcs $@ $^

$(B)/fuzz/fuzz-%: $(B)/fuzz/test/fuzz/fuzz_%.o $(B)/fuzz/test/fuzz/libfuzzer.o \
		$(B)/fuzz/libnet.a
	$(FUZZ_CC) -fsanitize=fuzzer,address,undefined -o $@ $^ -lcmocka

.PHONY: fuzz-replay $(FUZZERS:%=fuzz-%)
$(FUZZERS:%=fuzz-%): fuzz-%: $(B)/fuzz/fuzz-%
	@mkdir -p $(B)/fuzz/found/$*
	$< -max_total_time=$(SECONDS) -max_len=16383 -timeout=10 \
	  -print_final_stats=1 -artifact_prefix=$(B)/fuzz/failed-$*- \
	  $(B)/fuzz/found/$* test/fuzz/corpus/$*

$(B)/replay/%: $(B)/host/test/fuzz/fuzz_%.o $(B)/host/test/fuzz/replay.o \
		$(B)/host/libsim.a $(HOST_LIB)
	@mkdir -p $(@D)
	$(CC) $(SAN) -o $@ $(filter %.o,$^) -Wl,--start-group \
	  $(B)/host/libsim.a $(HOST_LIB) -Wl,--end-group -lcmocka

fuzz-replay: $(FUZZERS:%=$(B)/replay/%)
	@tools/fuzz-replay.sh $^

-include $(FUZZ_OBJ:.o=.d) $(FUZZERS:%=$(B)/host/test/fuzz/fuzz_%.d)
