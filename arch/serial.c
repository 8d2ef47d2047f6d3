/*
 * 8250/16550 UART at I/O 0x3F8 (National Semiconductor PC16550D, section 8).
 * Output waits in a queue, which the interrupt empties as the line takes it;
 * it is polled before that interrupt is on, and in a crash.
 */
#include "arch/console.h"
#include "arch/io.h"
#include "arch/irq.h"
#include "arch/serial.h"
#include "kernel/console.h"
#include "kernel/log.h"
#include "kernel/machine.h"
#include "lib/errno.h"

#define COM1	 0x3f8
#define COM1_IRQ 4

enum uart_reg {
	UART_DATA = 0,
	UART_IER = 1,
	UART_FCR = 2, /* written */
	UART_IIR = 2, /* read */
	UART_LCR = 3,
	UART_MCR = 4,
	UART_LSR = 5,
	UART_SCRATCH = 7,
	UART_DIVISOR_LOW = 0,
	UART_DIVISOR_HIGH = 1,
};

#define LCR_DIVISOR    0x80
#define LCR_8N1	       0x03
#define FCR_ENABLE     0x07 /* and both FIFOs cleared */
#define MCR_DTR_RTS    0x03
#define MCR_OUT2       0x08 /* lets the interrupt out, on PCs */
#define IER_ALL	       0x03 /* received, and transmitter empty */
#define IIR_NONE       0x01
#define BATCH	       64    /* rounds of one interrupt, at most */
#define QUEUE_SIZE     16384 /* a power of two */
#define LSR_DATA       0x01
#define LSR_THR_EMPTY  0x20
#define FIFO_SIZE      16
#define DIVISOR_115200 1
#define WAIT_MAX       100000  /* reads: far more than 16 characters take */
#define DRAIN_MAX      5000000 /* reads: some seconds */

static bool present, interrupts;

static struct {
	char bytes[QUEUE_SIZE];
	u32 head, tail; /* of all bytes ever; mod QUEUE_SIZE */
	u32 lost;	/* not yet told */
	bool wanted;	/* somebody waits for room */
} out;

static u32 queued(void)
{
	return out.head - out.tail;
}

static void enqueue(char c)
{
	if (queued() == QUEUE_SIZE)
		out.lost++;
	else
		out.bytes[out.head++ % QUEUE_SIZE] = c;
}

/* The transmit FIFO holds FIFO_SIZE bytes each time it has run empty. */
static void transmit(void)
{
	while (queued() && inb(COM1 + UART_LSR) & LSR_THR_EMPTY)
		for (int n = 0; n < FIFO_SIZE && queued(); n++)
			outb(COM1 + UART_DATA,
			     out.bytes[out.tail++ % QUEUE_SIZE]);
}

/* Who does not read any more is waited for once, not for each byte. */
static bool wait_empty(void)
{
	static bool stuck;
	unsigned tries;

	for (tries = stuck ? WAIT_MAX : 0; tries <= WAIT_MAX; tries++) {
		stuck = !(inb(COM1 + UART_LSR) & LSR_THR_EMPTY);
		if (!stuck)
			return true;
	}
	return false;
}

static void serial_flush(void)
{
	while (present && queued() && wait_empty())
		transmit();
}

void serial_drain(void)
{
	for (u32 tries = 0; present && queued() && tries < DRAIN_MAX; tries++)
		transmit();
}

static void serial_write(const char *text, size_t len)
{
	bool polled = !interrupts || panicking;

	if (polled)
		serial_flush(); /* a report finds room in a full queue */
	while (len--) {
		if (*text == '\n')
			enqueue('\r');
		enqueue(*text++);
	}
	if (polled)
		serial_flush();
	else
		transmit();
}

void serial_init(void)
{
	static struct console console = {.write = serial_write};

	outb(COM1 + UART_SCRATCH, 0x5a);
	present = inb(COM1 + UART_SCRATCH) == 0x5a;
	if (!present)
		return;
	outb(COM1 + UART_IER, 0);
	outb(COM1 + UART_LCR, LCR_DIVISOR);
	outb(COM1 + UART_DIVISOR_LOW, DIVISOR_115200);
	outb(COM1 + UART_DIVISOR_HIGH, 0);
	outb(COM1 + UART_LCR, LCR_8N1);
	outb(COM1 + UART_FCR, FCR_ENABLE);
	outb(COM1 + UART_MCR, MCR_DTR_RTS);
	console_add(&console);
}

bool machine_console_room(size_t len)
{
	unsigned long flags = machine_irq_save();

	out.wanted = interrupts && queued() + len > QUEUE_SIZE;
	machine_irq_restore(flags);
	return !out.wanted;
}

int serial_read(void)
{
	if (!present || !(inb(COM1 + UART_LSR) & LSR_DATA))
		return -1;
	return inb(COM1 + UART_DATA);
}

static void tell_drained(void)
{
	if ((!out.wanted && !out.lost) || queued() > QUEUE_SIZE / 2)
		return;
	console_drained(out.lost);
	out.wanted = false;
	out.lost = 0;
}

/*
 * The line is edge-triggered: it must have fallen, nothing being pending,
 * or the next byte would not be told. A batch bounds a mad device's claim,
 * and a fast peer's paste: the line is then made to rise again.
 */
static enum irqreturn serial_interrupt(void *arg)
{
	enum irqreturn done = IRQ_NONE;
	int byte, n;

	for (n = 0; n < BATCH; n++) {
		if (inb(COM1 + UART_IIR) & IIR_NONE)
			break;
		done = IRQ_HANDLED;
		for (int i = 0; i < FIFO_SIZE; i++)
			if ((byte = serial_read()) >= 0)
				console_input((u8)byte);
		transmit();
	}
	if (n == BATCH) {
		outb(COM1 + UART_IER, 0);
		outb(COM1 + UART_IER, IER_ALL);
	}
	tell_drained();
	return done;
}

int machine_console_listen(void)
{
	static struct irq_action action = {.handler = serial_interrupt,
					   .name = "ttyS0"};
	int vector;

	if (!present)
		return -ENODEV;
	vector = irq_request_isa(COM1_IRQ, &action);
	if (vector < 0)
		return vector;
	/* A byte that waits already raises it at once. */
	interrupts = true;
	outb(COM1 + UART_MCR, MCR_DTR_RTS | MCR_OUT2);
	outb(COM1 + UART_IER, IER_ALL);
	return 0;
}
