/* parse_signal.c - names of signals, with the kernel's numbers whatever the C library keeps.
 * SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <stdio.h>

#include "ini/parse.h"

#include "base/banned.h"

/* signal(7): glibc and musl keep 32 and 33 (musl 34 too) for themselves, yet a child may use 34. */
#define RTMIN_NUMBER 34
#define RTMAX_NUMBER 64

#define RT(n) [RTMIN_NUMBER + (n)] = "RTMIN+" #n
static const char *const names[RTMAX_NUMBER + 1] = {
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
	[RTMIN_NUMBER] = "RTMIN",
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
	[RTMAX_NUMBER] = "RTMAX",
};

/* Second names of signal(7). */
static const struct {
	const char *name;
	int number;
} aliases[] = {{"IOT", SIGABRT}, {"CLD", SIGCHLD}, {"POLL", SIGIO}};

const char *signal_name(int signal)
{
	return signal > 0 && signal <= RTMAX_NUMBER ? names[signal] : NULL;
}

static int number_of(struct str name)
{
	for (int i = 1; i <= RTMAX_NUMBER; i++) {
		if (names[i] && str_is_nocase(name, names[i]))
			return i;
	}
	for (size_t i = 0; i < ARRAY_LEN(aliases); i++) {
		if (str_is_nocase(name, aliases[i].name))
			return aliases[i].number;
	}
	return 0;
}

static int name_error(const char *text, struct str name, struct err *err)
{
	/* The names that exist without a gap, for the one that was meant. */
	const char *known[RTMAX_NUMBER + 1];
	size_t n = 0;
	for (int i = 1; i < RTMIN_NUMBER; i++) {
		if (names[i])
			known[n++] = names[i];
	}
	known[n] = NULL;
	char upper[16];
	for (n = 0; n < name.len && n + 1 < sizeof(upper); n++) {
		bool is_lower = name.ptr[n] >= 'a' && name.ptr[n] <= 'z';
		upper[n] = (char)(is_lower ? name.ptr[n] - 'a' + 'A' : name.ptr[n]);
	}
	upper[n] = '\0';
	const char *nearest = str_nearest(upper, known);
	if (!nearest)
		return err_set(err, ERR_INPUT, "'%s' is no signal", text);
	return err_set(err, ERR_INPUT, "'%s' is no signal, nearest '%s'", text, nearest);
}

/* "+3" or "-1" behind a name; an empty text is 0. */
static bool offset_parse(struct str text, int64_t *ret_offset)
{
	*ret_offset = 0;
	return !text.len ||
	       ((text.ptr[0] == '+' || text.ptr[0] == '-') && str_to_i64(text, ret_offset));
}

int parse_signal(const char *text, int *ret_signal, struct err *err)
{
	struct str name = str_of(text), offset;
	int64_t number, more;
	if (!str_to_i64(name, &number)) {
		if (name.len > 3 && str_is_nocase((struct str){name.ptr, 3}, "SIG"))
			name = (struct str){name.ptr + 3, name.len - 3};
		size_t n = strcspn(name.ptr, "+-");
		offset = (struct str){name.ptr + n, name.len - n};
		name.len = n;
		number = number_of(name);
		if (!number || !offset_parse(offset, &more))
			return name_error(text, name, err);
		if (more < -RTMAX_NUMBER || more > RTMAX_NUMBER)
			more = RTMAX_NUMBER;
		number += more;
	}
	if (number < 1 || number > RTMAX_NUMBER)
		return err_set(err, ERR_INPUT, "'%s' is no signal: they go from 1 to %d", text,
			       RTMAX_NUMBER);
	*ret_signal = (int)number;
	return 0;
}
