# The tests, each stage a target that ends with `NAME: N passed, N failed`,
# and the rules of the house.
#: make test             everything; ends with one line `N passed, N failed`
#: make test-matrix      boot on every machine, firmware and NIC
#: make wire             only the tests against the booted guest
#:   WIRE="-k ping"      words for pytest
#: make check            include rules, sizes, format, static analysis
#: make format           clang-format on all C files
#: make docs             docs/drops.md from net/core/drop.h

TEST_STAGES := unit fuzz-replay sim sim-table wire
WIRE        ?=
CHECK_C     := $(METAL_C)
FORMAT_C     = $(shell find $(CHECK_DIRS) test -name '*.[ch]')
CHECK_DIRS  := $(wildcard lib kernel arch boot drivers net app host examples)

.PHONY: test test-all test-matrix wire wire-matrix
# Again a second make: see tools/run.mk.
test:
	@tools/bootstrap.sh $(TEST_PACKAGES)
	@BUILD=$(B) MAKE="$(MAKE)" tools/test.sh $(TEST_STAGES)

test-matrix:
	@tools/bootstrap.sh $(TEST_PACKAGES)
	@BUILD=$(B) MAKE="$(MAKE)" tools/test.sh wire-matrix

# A bad network for the wire tests.
$(B)/relay: test/wire/relay.c
	@mkdir -p $(@D)
	$(CC) -O2 -Wall -Wextra $(if $(WERROR),-Werror) -o $@ $<

wire: iso esp examples $(B)/relay
	@BUILD=$(B) tools/run-wire.sh test/wire $(WIRE)

wire-matrix: iso esp
	@BUILD=$(B) BARENET_MATRIX=all tools/run-wire.sh test/wire/test_boot.py

.PHONY: check check-packages check-rules check-format check-cppcheck \
        check-tidy format docs
check:
	@tools/bootstrap.sh $(TEST_PACKAGES)
	@BUILD=$(B) MAKE="$(MAKE)" tools/check.sh check-rules check-format \
	  check-cppcheck check-tidy

check-rules: kernel
	@/usr/bin/python3 tools/check.py --build $(B) --cc "$(CC)" -- \
	  $(filter-out -MMD -MP,$(FREE))

check-format:
	@clang-format --dry-run -Werror $(FORMAT_C)

check-cppcheck:
	@cppcheck --quiet --std=c11 --platform=unix64 -I. -j "$$(nproc)" \
	  --enable=warning,performance,portability --inline-suppr \
	  --suppressions-list=tools/cppcheck.txt --error-exitcode=1 \
	  $(CHECK_DIRS)

# clang has its own headers and does not know all of gcc's flags.
TIDY_FLAGS = $(filter-out -isystem $(GCC_INC) -MMD -MP -fno-tree-% \
             -fno-asynchronous-% -falign-%,$(KFLAGS)) -isystem \
             $$(clang -print-resource-dir)/include
check-tidy:
	@printf '%s\n' $(CHECK_C) | xargs -P "$$(nproc)" -n 4 sh -c \
	  'flags=$$1; shift; clang-tidy --quiet --warnings-as-errors="*" "$$@" \
	  -- $$flags 2>/dev/null' tidy "$(TIDY_FLAGS)"
	@clang-tidy --quiet --warnings-as-errors="*" $(EFI_C) \
	  -- $(filter-out -MMD -MP -fno-tree-%,$(EFI_FLAGS)) 2>/dev/null
	@clang-tidy --quiet --warnings-as-errors="*" $(LIB_HOST) \
	  -- $(HOSTED) 2>/dev/null
	@clang-tidy --quiet --warnings-as-errors="*" $(wildcard examples/*.c) \
	  -- $(USER) -I. 2>/dev/null

format:
	clang-format -i $(FORMAT_C)

docs:
	tools/drops-doc.sh >docs/drops.md
