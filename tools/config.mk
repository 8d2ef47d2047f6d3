# The Debian packages and settings that everything else refers to.
# make run needs RUN_PACKAGES, make test and make check TEST_PACKAGES too.
BUILD_PACKAGES := gcc make binutils grub-common grub-pc-bin \
	grub-efi-amd64-bin xorriso mtools gnu-efi
RUN_PACKAGES   := $(BUILD_PACKAGES) qemu-system-x86 ovmf iproute2 curl \
	iputils-ping
TEST_PACKAGES  := $(RUN_PACKAGES) libcmocka-dev python3 python3-pytest \
	python3-scapy tshark wrk apache2-utils nmap nftables netsniff-ng \
	clang-format clang-tidy cppcheck clang libclang-rt-14-dev git \
	dnsmasq-base
BENCH_PACKAGES := $(TEST_PACKAGES) valgrind cpio
