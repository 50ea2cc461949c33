/* signal_name.c - names of signals, with the kernel's numbers whatever the C library keeps.
 * SPDX-License-Identifier: Apache-2.0 */
#include "ini/signal_name.h"

#include <signal.h>
#include <stdbool.h>

#include "base/mem.h"

#include "base/banned.h"

#define RT(n) [SIGNAL_RTMIN + (n)] = "RTMIN+" #n
/* No pointers: it is one piece wherever it is loaded. */
static const char names[SIGNAL_RTMAX + 1][sizeof("RTMIN+29")] = {
	[SIGHUP] = "HUP",
	[SIGINT] = "INT",
	[SIGQUIT] = "QUIT",
	[SIGILL] = "ILL",
	[SIGTRAP] = "TRAP",
	[SIGABRT] = "ABRT",
	[SIGBUS] = "BUS",
	[SIGFPE] = "FPE",
	[SIGKILL] = "KILL",
	[SIGUSR1] = "USR1",
	[SIGSEGV] = "SEGV",
	[SIGUSR2] = "USR2",
	[SIGPIPE] = "PIPE",
	[SIGALRM] = "ALRM",
	[SIGTERM] = "TERM",
	[SIGSTKFLT] = "STKFLT",
	[SIGCHLD] = "CHLD",
	[SIGCONT] = "CONT",
	[SIGSTOP] = "STOP",
	[SIGTSTP] = "TSTP",
	[SIGTTIN] = "TTIN",
	[SIGTTOU] = "TTOU",
	[SIGURG] = "URG",
	[SIGXCPU] = "XCPU",
	[SIGXFSZ] = "XFSZ",
	[SIGVTALRM] = "VTALRM",
	[SIGPROF] = "PROF",
	[SIGWINCH] = "WINCH",
	[SIGIO] = "IO",
	[SIGPWR] = "PWR",
	[SIGSYS] = "SYS",
	[SIGNAL_RTMIN] = "RTMIN",
	RT(1),
	RT(2),
	RT(3),
	RT(4),
	RT(5),
	RT(6),
	RT(7),
	RT(8),
	RT(9),
	RT(10),
	RT(11),
	RT(12),
	RT(13),
	RT(14),
	RT(15),
	RT(16),
	RT(17),
	RT(18),
	RT(19),
	RT(20),
	RT(21),
	RT(22),
	RT(23),
	RT(24),
	RT(25),
	RT(26),
	RT(27),
	RT(28),
	RT(29),
	[SIGNAL_RTMAX] = "RTMAX",
};

/* Second names of signal(7). */
static const struct {
	char name[5];
	unsigned char number;
} aliases[] = {{"IOT", SIGABRT}, {"CLD", SIGCHLD}, {"POLL", SIGIO}};

const char *signal_name(int signal)
{
	return signal > 0 && signal <= SIGNAL_RTMAX && names[signal][0] ? names[signal] : NULL;
}

/* The text is this name (upper case), and nothing more. */
static bool is_name(const char *text, size_t len, const char *name)
{
	for (size_t i = 0; i < len; i++, name++) {
		bool is_lower = text[i] >= 'a' && text[i] <= 'z';

		if (!*name || (is_lower ? text[i] - 'a' + 'A' : text[i]) != *name)
			return false;
	}
	return len && !*name;
}

static int number_of(const char *text, size_t len)
{
	for (int i = 1; i <= SIGNAL_RTMAX; i++)
		if (is_name(text, len, names[i]))
			return i;
	for (size_t i = 0; i < ARRAY_LEN(aliases); i++)
		if (is_name(text, len, aliases[i].name))
			return aliases[i].number;
	return 0;
}

/* Up to two digits; -1: something else. */
static int small_number(const char *text, size_t len)
{
	int value = 0;

	if (len < 1 || len > 2)
		return -1;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		value = value * 10 + text[i] - '0';
	}
	return value;
}

int signal_number(const char *text, size_t len)
{
	int number = small_number(text, len);
	size_t n = 0;

	if (number < 0) {
		if (len > 3 && is_name(text, 3, "SIG")) {
			text += 3;
			len -= 3;
		}
		while (n < len && text[n] != '+' && text[n] != '-')
			n++;
		number = number_of(text, n);
		if (number && n < len) {
			int more = small_number(text + n + 1, len - n - 1);

			if (more < 0)
				return 0;
			number += text[n] == '+' ? more : -more;
		}
	}
	return number >= 1 && number <= SIGNAL_RTMAX ? number : 0;
}
