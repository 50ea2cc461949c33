/* persona_circusd.c - called as circusd: its options and its texts.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "cmd.h"

int persona_circusd(struct init_context *context, int argc, char **argv)
{
	(void)context;
	(void)argc;
	fprintf(stderr, "%s: not built in yet\n", argv[0]);
	return EXIT_SYSTEM;
}
