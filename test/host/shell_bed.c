/* A shell on a fake terminal: see shell_bed.h. */
#include "test/host/shell_bed.h"

#include <string.h>
#include "test/host/machine_sim.h"

/* Keys are there only for who waits; then, time passes. */
static int bed_read(struct shell_io *io, u64 timeout_ms)
{
	struct shell_bed *bed = container_of(io, struct shell_bed, io);

	if (bed->keys && *bed->keys)
		return (u8)*bed->keys++;
	return bed->hang_up ? -EPIPE : -ETIMEDOUT;
}

static void bed_write(struct shell_io *io, const char *text, size_t len)
{
	struct shell_bed *bed = container_of(io, struct shell_bed, io);

	assert_true(bed->len + len < sizeof(bed->out));
	memcpy(bed->out + bed->len, text, len);
	bed->len += len;
	bed->out[bed->len] = '\0';
}

int shell_setup(void **state)
{
	static struct shell_bed bed;
	void *fixture;

	memset(&bed, 0, sizeof(bed));
	fixture_setup(&fixture);
	bed.f = fixture;
	fixture_know_peer(bed.f);
	bed.io = (struct shell_io){bed_read, bed_write};
	bed.host.net = bed.f->net;
	memcpy(bed.host.name, "barenet", sizeof("barenet"));
	shell_init(&bed.sh, &bed.host, &bed.io);
	*state = &bed;
	return 0;
}

int shell_teardown(void **state)
{
	struct shell_bed *bed = *state;
	void *fixture = bed->f;

	fixture_tx_purge(bed->f);
	assert_int_equal(bed->f->net->sock_live, 0);
	return fixture_teardown(&fixture);
}

const char *shell_does(struct shell_bed *bed, const char *line, int *result)
{
	int status;

	bed->len = 0;
	bed->out[0] = '\0';
	status = shell_run_line(&bed->sh, line);
	if (result)
		*result = status;
	return bed->out;
}
