/* fuzz_args.c - any text as words: splitting, quoting and splitting again gives the same words.
 * SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "base/encode.h"
#include "stage/args.h"

#include "base/banned.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_quoted_again(const struct strlist *words)
{
	autobuf struct buf text = {0};
	autostrlist struct strlist again = {0};
	autoerr struct err err = {0};

	for (size_t i = 0; i < words->n; i++) {
		buf_puts(&text, i ? " " : "");
		shell_quote(&text, words->items[i]);
	}
	int failed = args_split(buf_text(&text), "words", &again, &err);
	assert(!failed && again.n == words->n);
	for (size_t i = 0; i < again.n; i++)
		assert(text_eq(again.items[i], words->items[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autofree char *text = xstrndup((const char *)data, size);
	autostrlist struct strlist words = {0}, command = {0};
	autoerr struct err err = {0}, other = {0};

	if (!args_split(text, "words", &words, &err))
		check_quoted_again(&words);
	else
		assert(!words.n && err_is_set(&err));
	if (!args_of_command(text, "command", &command, &other))
		assert(command.n && command.items[0][0]);
	return 0;
}
