/*
 * 8250/16550 UART at I/O 0x3F8 (National Semiconductor PC16550D, section 8),
 * polled, so that it works in any context, a crash included.
 */
#include "arch/console.h"
#include "arch/io.h"
#include "arch/serial.h"

#define COM1 0x3f8

enum uart_reg {
	UART_DATA = 0,
	UART_IER = 1,
	UART_FCR = 2,
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
#define LSR_DATA       0x01
#define LSR_THR_EMPTY  0x20
#define FIFO_SIZE      16
#define DIVISOR_115200 1
#define WAIT_MAX       100000 /* reads: far more than 16 characters take */

static bool present;

/* The transmit FIFO holds FIFO_SIZE bytes each time it has run empty. */
static void put(char c)
{
	static unsigned room;
	unsigned tries;

	for (tries = 0; !room && tries < WAIT_MAX; tries++)
		if (inb(COM1 + UART_LSR) & LSR_THR_EMPTY)
			room = FIFO_SIZE;
	if (!room)
		return;
	room--;
	outb(COM1 + UART_DATA, c);
}

static void serial_write(const char *text, size_t len)
{
	while (len--) {
		if (*text == '\n')
			put('\r');
		put(*text++);
	}
}

int serial_read(void)
{
	if (!present || !(inb(COM1 + UART_LSR) & LSR_DATA))
		return -1;
	return inb(COM1 + UART_DATA);
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
