# BOOTX64.EFI, the loader in boot/efi/, and a FAT image that UEFI boots.
#: make esp              build/esp.img: EFI loader, kernel, CMDLINE and SITE
#:   SITE=site.tar       a module for the kernel, on the image

EFI_C     := $(wildcard boot/efi/*.c)
EFI_OBJ   := $(EFI_C:%.c=$(B)/efi/%.o) $(B)/efi/boot/boot_info.o \
             $(B)/efi/lib/string.o
EFI_CRT   := $(shell $(CC) -print-file-name=crt0-efi-x86_64.o 2>/dev/null)
EFI_LDS   := $(dir $(EFI_CRT))elf_x86_64_efi.lds
EFI_FLAGS := -std=gnu11 -O2 -m64 -march=x86-64 -I. -MMD -MP $(WARN) \
             -ffreestanding -fpic -fshort-wchar -fno-stack-protector \
             -fcf-protection=none -fno-strict-aliasing -mno-red-zone \
             -fno-tree-loop-distribute-patterns \
             -mgeneral-regs-only -fno-asynchronous-unwind-tables \
             -DGNU_EFI_USE_MS_ABI
# The loader's own sections and what relocates them.
EFI_KEEP  := .text .sdata .data .rodata .dynamic .dynsym .rel .rela \
             .rel.* .rela.* .reloc

$(B)/efi/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(EFI_FLAGS) -c $< -o $@

# muldefs: libefi has a memcpy of its own; ours comes first.
$(B)/efi/loader.so: $(EFI_OBJ)
	$(CC) -nostdlib -shared -Wl,-Bsymbolic,-T,$(EFI_LDS),-z,noexecstack \
	  -Wl,--no-undefined,-z,nocombreloc,-z,muldefs -o $@ $(EFI_CRT) $(EFI_OBJ) \
	  -lefi -lgnuefi

$(B)/BOOTX64.EFI: $(B)/efi/loader.so
	objcopy $(EFI_KEEP:%=-j %) --target efi-app-x86_64 --subsystem=10 $< $@

SITE :=
$(B)/esp.img: $(B)/BOOTX64.EFI $(B)/barenet.elf $(B)/cmdline $(SITE) \
		tools/mkesp.sh
	tools/mkesp.sh $@ $(B)/BOOTX64.EFI $(B)/barenet.elf '$(CMDLINE)' \
	  '$(SITE)'

.PHONY: esp efi
efi: $(B)/BOOTX64.EFI
esp: $(B)/esp.img

-include $(EFI_OBJ:.o=.d)
