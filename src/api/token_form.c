/* token_form.c - reading token requests in docker_auth's order.
 * SPDX-License-Identifier: Apache-2.0 */
#include "api/token_form.h"

#include "api/limits.h"
#include "base/encode.h"
#include "base/vec.h"
#include "http/url.h"

#include "base/banned.h"

static void forget(char **secret)
{
	if (*secret)
		explicit_bzero(*secret, strlen(*secret));
	free(steal(secret));
}

void token_form_done(struct token_form *form)
{
	forget(&form->password);
	forget(&form->refresh_token);
	free(form->account);
	free(form->service);
	free(form->client_id);
	free(form->username);
	access_vec_done(&form->accesses);
	*form = (struct token_form){0};
}

static int decode(struct str name, struct str value, char **ret_text, struct err *err)
{
	autobuf struct buf text = {.max = LIMIT_FORM_BYTES};

	if (!url_decode_form(value, &text) || text.overflowed ||
	    strlen(buf_text(&text)) != text.len)
		return err_set(err, ERR_INPUT, "the value of '%.*s' is malformed", STR_ARG(name));
	*ret_text = xstrdup(buf_text(&text));
	return 0;
}

/* The parameters that are one text each: the first that is there counts. */
struct words {
	char *grant_type, *access_type, *offline_token;
	struct token_form form;
};

/* Secrets are taken from a body only: a query stands in the logs of every proxy. */
static char **slot_of(struct words *words, struct str name, bool is_body)
{
	const struct {
		const char *name;
		char **slot;
		bool only_body;
	} slots[] = {
		{"account", &words->form.account, false},
		{"service", &words->form.service, false},
		{"client_id", &words->form.client_id, false},
		{"username", &words->form.username, true},
		{"password", &words->form.password, true},
		{"refresh_token", &words->form.refresh_token, true},
		{"grant_type", &words->grant_type, true},
		{"access_type", &words->access_type, false},
		{"offline_token", &words->offline_token, false},
	};

	for (size_t i = 0; i < ARRAY_LEN(slots); i++)
		if (str_is(name, slots[i].name))
			return slots[i].only_body && !is_body ? NULL : slots[i].slot;
	return NULL;
}

static int take_scope(struct token_form *form, struct str name, struct str value, struct err *err)
{
	autofree char *text = NULL;

	if (decode(name, value, &text, err))
		return -1;
	if (scope_parse_all(str_of(text), &form->accesses, err))
		return err_wrap(err, "invalid scope");
	if (form->accesses.n > LIMIT_TOKEN_SCOPES)
		return err_set(err, ERR_LIMIT, "more than %u scopes", LIMIT_TOKEN_SCOPES);
	return 0;
}

static int take_pairs(struct words *words, struct str pairs, bool is_body, struct err *err)
{
	struct str name, value;

	while (url_next_pair(&pairs, &name, &value)) {
		char **slot = slot_of(words, name, is_body);
		if (str_is(name, "scope") && take_scope(&words->form, name, value, err))
			return -1;
		if (slot && !*slot && decode(name, value, slot, err))
			return -1;
	}
	return 0;
}

/* An empty word was not said. */
static void drop_empty(char **word)
{
	if (*word && !**word)
		free(steal(word));
}

static int take_grant(struct words *words, struct err *err)
{
	struct token_form *form = &words->form;
	const char *type = words->grant_type;

	if (!type || !*type || text_eq(type, "password"))
		return 0;
	if (!text_eq(type, "refresh_token"))
		return err_set(err, ERR_INPUT, "unsupported grant_type");
	if (!form->refresh_token)
		return err_set(err, ERR_INPUT, "the refresh_token is missing");
	form->grant = GRANT_REFRESH;
	return 0;
}

static int check_words(const struct token_form *form, struct err *err)
{
	const char *const words[] = {form->account, form->service, form->username};

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		struct str word = str_of(words[i]);
		if (word.len > LIMIT_TOKEN_WORD)
			return err_set(err, ERR_LIMIT, "an account or service is longer than %u",
				       LIMIT_TOKEN_WORD);
		if (!text_is_utf8(word))
			return err_set(err, ERR_INPUT, "an account or service is not UTF-8");
	}
	return 0;
}

static int read_words(struct words *words, struct str query, struct str body, struct err *err)
{
	struct token_form *form = &words->form;

	if (take_pairs(words, body, true, err) || take_pairs(words, query, false, err))
		return -1;
	drop_empty(&form->account);
	drop_empty(&form->service);
	drop_empty(&form->username);
	drop_empty(&form->password);
	drop_empty(&form->refresh_token);
	if (take_grant(words, err) || check_words(form, err))
		return -1;
	form->wants_refresh =
		text_eq(words->offline_token, "true") || text_eq(words->access_type, "offline");
	if (!form->username || !form->password) {
		free(steal(&form->username));
		forget(&form->password);
	}
	return 0;
}

int token_form_read(struct str query, struct str body, struct token_form *ret_form, struct err *err)
{
	struct words words = {0};
	int failed = read_words(&words, query, body, err);

	free(words.grant_type);
	free(words.access_type);
	free(words.offline_token);
	if (failed) {
		token_form_done(&words.form);
		return -1;
	}
	*ret_form = words.form;
	return 0;
}

int token_form_take_basic(struct token_form *form, const char *user, const char *password,
			  struct err *err)
{
	if (form->account && !text_eq(form->account, user))
		return err_set(err, ERR_INPUT, "user and account are not the same");
	free(form->username);
	forget(&form->password);
	form->username = xstrdup(user);
	form->password = xstrdup(password);
	return 0;
}
