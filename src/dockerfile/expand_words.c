/* expand_words.c - the words of an instruction, each kind's in its own way.
 * SPDX-License-Identifier: Apache-2.0 */
#include "dockerfile/dockerfile_private.h"

#include "base/banned.h"

static struct variables variables_of(const struct dockerfile *dockerfile,
				     const struct instruction *instruction, const char *word,
				     variable_fn get, void *arg)
{
	return (struct variables){.escape = dockerfile->escape,
				  .get = get,
				  .arg = arg,
				  .pos = instruction->pos,
				  .word = word};
}

int dockerfile_expand(const struct dockerfile *dockerfile, const struct instruction *instruction,
		      const char *word, variable_fn get, void *arg, char **ret_text,
		      struct err *err)
{
	struct variables variables = variables_of(dockerfile, instruction, word, get, arg);
	return expand_text(&variables, str_of(word), false, ret_text, err);
}

int dockerfile_expand_body(const struct dockerfile *dockerfile,
			   const struct instruction *instruction, const char *body, variable_fn get,
			   void *arg, char **ret_text, struct err *err)
{
	struct variables variables = variables_of(dockerfile, instruction, "<<", get, arg);
	return expand_text(&variables, str_of(body), true, ret_text, err);
}

enum word_form {
	FORM_KEPT,  /* not the builder's to expand */
	FORM_TEXT,  /* each is one text */
	FORM_PAIR,  /* "key=value" or "key", by halves: no quote reaches from one into the other */
	FORM_SPLIT, /* may become several */
};
static const enum word_form forms[N_INSTRUCTIONS] = {
	[INSTRUCTION_ADD] = FORM_TEXT,     [INSTRUCTION_ARG] = FORM_PAIR,
	[INSTRUCTION_COPY] = FORM_TEXT,    [INSTRUCTION_ENV] = FORM_PAIR,
	[INSTRUCTION_EXPOSE] = FORM_SPLIT, [INSTRUCTION_FROM] = FORM_TEXT,
	[INSTRUCTION_LABEL] = FORM_PAIR,   [INSTRUCTION_STOPSIGNAL] = FORM_TEXT,
	[INSTRUCTION_USER] = FORM_TEXT,    [INSTRUCTION_VOLUME] = FORM_SPLIT,
	[INSTRUCTION_WORKDIR] = FORM_TEXT,
};

static int expand_pair(const struct variables *variables, struct strlist *words, struct err *err)
{
	autofree char *key = NULL;
	autofree char *value = NULL;
	struct str value_text = str_of(variables->word);
	struct str key_text = str_cut(&value_text, '=');

	if (expand_text(variables, key_text, false, &key, err))
		return -1;
	if (value_text.ptr && expand_text(variables, value_text, false, &value, err))
		return -1;
	if (!*key)
		return err_at(err, variables->pos, "'%s': the name expands to nothing",
			      variables->word);
	strlist_addf(words, "%s%s%s", key, value ? "=" : "", value ? value : "");
	return 0;
}

static int expand_word(const struct variables *variables, enum word_form form,
		       struct strlist *words, struct err *err)
{
	struct str text = str_of(variables->word);
	char *expanded;

	switch (form) {
	case FORM_KEPT: strlist_add(words, variables->word); return 0;
	case FORM_SPLIT: return expand_split(variables, text, words, err);
	case FORM_PAIR: return expand_pair(variables, words, err);
	case FORM_TEXT: break;
	}
	if (expand_text(variables, text, false, &expanded, err))
		return -1;
	strlist_take(words, expanded);
	return 0;
}

int dockerfile_expand_words(const struct dockerfile *dockerfile,
			    const struct instruction *instruction, variable_fn get, void *arg,
			    struct strlist *ret_words, struct err *err)
{
	autostrlist struct strlist words = {0};

	for (size_t i = 0; i < instruction->words.n; i++) {
		struct variables variables = variables_of(dockerfile, instruction,
							  instruction->words.items[i], get, arg);
		if (expand_word(&variables, forms[instruction->kind], &words, err))
			return -1;
	}
	strlist_done(ret_words);
	*ret_words = steal(&words);
	return 0;
}
