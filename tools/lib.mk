# libbarenet: the stack as a shared library for Linux programs, and the
# examples that use it (docs/libbarenet.md).
#: make lib              build/libbarenet.so, its header is host/barenet.h
#: make examples         build/example-X of each examples/X.c

# The freestanding sources as they boot; the C library has string functions.
PIC      := -O2 -g -m64 -fPIC -fvisibility=hidden
LIB_NET  := $(filter-out lib/string.c,$(filter lib/% kernel/% net/%,$(SHARED)))
LIB_HOST := $(wildcard host/*.c)
LIB_OBJ  := $(LIB_NET:%.c=$(B)/lib/%.o) $(LIB_HOST:%.c=$(B)/lib/%.o)
EXAMPLES := $(patsubst examples/%.c,$(B)/example-%,$(wildcard examples/*.c))
# As a program outside of this tree is compiled.
USER     := -std=gnu11 -O2 -g -Wall -Wextra $(if $(WERROR),-Werror)

# host/ speaks to Linux: with the C library's headers.
HOSTED   := -std=gnu11 $(PIC) -I. -Wall -Wextra -Wno-unused-parameter \
            $(if $(WERROR),-Werror)

$(B)/lib/host/%.o: host/%.c
	@mkdir -p $(@D)
	$(CC) $(HOSTED) -MMD -MP -c $< -o $@

$(B)/lib/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(FREE) $(PIC) $(INLINE) -c $< -o $@

$(B)/libbarenet.so: $(LIB_OBJ) host/barenet.map
	$(CC) -shared -o $@ $(LIB_OBJ) -Wl,--version-script=host/barenet.map \
	  -Wl,-soname,libbarenet.so -Wl,--no-undefined -Wl,--gc-sections

$(B)/example-%: examples/%.c $(B)/libbarenet.so host/barenet.h
	$(CC) $(USER) -I. -o $@ $< -L$(B) -lbarenet '-Wl,-rpath,$$ORIGIN'

.PHONY: lib examples
lib: $(B)/libbarenet.so
examples: $(EXAMPLES)

-include $(LIB_OBJ:.o=.d)
