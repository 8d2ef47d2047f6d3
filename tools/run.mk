# Booting in QEMU. The settings go to tools/run.sh by the environment.
#: make run              build, boot in QEMU, show the serial console and the URL
#:   NET=user|tap        user network with port forwarding, or a namespace + tap
#:   NIC=e1000|e1000e    or e1000-82545em
#:   MACHINE=q35|pc      MEM=64M      PORT=8080
#:   FIRMWARE=bios|uefi  the ISO by GRUB; efi-app: the ESP image by our own EFI
#:                       loader; direct: no loader, QEMU's -kernel
#:   APPEND="..."        words for the kernel command line
#:   SITE=folder         files to serve at / (or a tar of them)
#: make debug            the same with gdb attached, stopped at kmain

RUN_VARS := NET NIC MACHINE FIRMWARE MEM SMP PORT APPEND GDBFLAGS SITE
RUN_IMAGE = $(if $(filter efi-app,$(FIRMWARE)),esp,$(if \
              $(filter direct,$(FIRMWARE)),kernel,iso))
export $(RUN_VARS)

# A second make, because this one was parsed before gcc was there.
.PHONY: run debug
run:
	@tools/bootstrap.sh $(RUN_PACKAGES)
	@$(MAKE) --no-print-directory -s -j "$$(nproc)" $(RUN_IMAGE)
	@BUILD=$(B) exec tools/run.sh

.PHONY: boottime
#: make boottime         from exec to HTTP 200, for each way to boot
boottime: iso esp
	@/usr/bin/python3 tools/boottime.py --build $(B) --rounds 11

debug:
	@tools/bootstrap.sh $(RUN_PACKAGES) gdb
	@$(MAKE) --no-print-directory -s -j "$$(nproc)" $(RUN_IMAGE)
	@BUILD=$(B) DEBUG=1 exec tools/run.sh
