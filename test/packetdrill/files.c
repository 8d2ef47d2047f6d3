/* Descriptors: packetdrill closes them itself at its end, so they are real. */
#include <sys/eventfd.h>
#include <unistd.h>
#include "test/packetdrill/adapter.h"

static struct file files[FILES_MAX];
static bool ready;

static void files_init(void)
{
	for (int i = 0; !ready && i < FILES_MAX; i++)
		files[i].fd = -1;
	ready = true;
}

struct file *file_find(int fd)
{
	files_init();
	for (int i = 0; i < FILES_MAX; i++)
		if (fd >= 0 && files[i].fd == fd)
			return &files[i];
	return NULL;
}

struct file *file_open(void)
{
	files_init();
	for (int i = 0; i < FILES_MAX; i++) {
		if (files[i].fd >= 0)
			continue;
		files[i] = (struct file){.fd = eventfd(0, EFD_CLOEXEC)};
		return files[i].fd < 0 ? NULL : &files[i];
	}
	return NULL;
}

void file_close(struct file *file)
{
	if (file->sock)
		stack_close(file->sock);
	if (file->ep)
		stack_epoll_close(file->ep);
	close(file->fd);
	file->fd = -1;
}

void file_close_all(void)
{
	files_init();
	for (int i = 0; i < FILES_MAX; i++)
		if (files[i].fd >= 0)
			file_close(&files[i]);
}
