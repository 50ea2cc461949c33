/* main.c - hull-init: by the name it is called, by its first word, or PID 1 of a program.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

int main(int argc, char **argv)
{
	fprintf(stderr, "hull-init: nothing is built in yet\n");
	return 100;
}
