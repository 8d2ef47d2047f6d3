/*
 * A TCG plugin that counts the guest's instructions into a file of eight
 * bytes, so that a benchmark reads the count while the guest runs.
 * usage: -plugin insn-plugin.so,count=PATH
 *
 * The few declarations of QEMU's plugin interface (version 1) are written
 * out here because Debian packages no header for it.
 */
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

typedef uint64_t plugin_id;
struct tb;

enum { INLINE_ADD_U64 };

void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id,
					   void (*cb)(plugin_id, struct tb *));
size_t qemu_plugin_tb_n_insns(const struct tb *tb);
void qemu_plugin_register_vcpu_tb_exec_inline(struct tb *tb, int op, void *ptr,
					      uint64_t imm);

__attribute__((visibility("default"))) int qemu_plugin_version = 1;

static uint64_t *counter;

static void translated(plugin_id id, struct tb *tb)
{
	(void)id;
	qemu_plugin_register_vcpu_tb_exec_inline(tb, INLINE_ADD_U64, counter,
						 qemu_plugin_tb_n_insns(tb));
}

__attribute__((visibility("default"))) int
qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv)
{
	int fd;

	(void)info;
	if (argc < 1 || strncmp(argv[0], "count=", 6))
		return -1;
	fd = open(argv[0] + 6, O_RDWR | O_CREAT, 0600);
	if (fd < 0 || ftruncate(fd, 4096))
		return -1;
	counter = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (counter == MAP_FAILED)
		return -1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	return 0;
}
