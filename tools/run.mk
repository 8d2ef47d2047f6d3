# Booting the ISO. The settings go to tools/run.sh by the environment.
#: make run              build, boot in QEMU, show the serial console and the URL
#:   NET=user|tap        user network with port forwarding, or a namespace + tap
#:   NIC=e1000|e1000e    or e1000-82545em
#:   MACHINE=q35|pc      FIRMWARE=bios|uefi      MEM=64M      PORT=8080
#:   APPEND="..."        words for the kernel command line
#:   SITE=folder         files to serve at / (or a tar of them)
#: make debug            the same with gdb attached, stopped at kmain

RUN_VARS := SITE NET NIC MACHINE FIRMWARE MEM SMP PORT APPEND GDBFLAGS
export $(RUN_VARS)

# A second make, because this one was parsed before gcc was there.
.PHONY: run debug
run:
	@tools/bootstrap.sh $(RUN_PACKAGES)
	@$(MAKE) --no-print-directory -s -j "$$(nproc)" iso
	@BUILD=$(B) exec tools/run.sh

debug:
	@tools/bootstrap.sh $(RUN_PACKAGES) gdb
	@$(MAKE) --no-print-directory -s -j "$$(nproc)" iso
	@BUILD=$(B) DEBUG=1 exec tools/run.sh
