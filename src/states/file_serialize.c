/* file_serialize.c - file.serialize and decode: values and encoded bytes as files.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/file_states.h"

#include <sys/stat.h>

#include "base/encode.h"
#include "states/digest.h"
#include "states/file_put.h"
#include "value/json.h"
#include "value/list.h"
#include "value/yaml.h"

#include "base/banned.h"

struct serialize_args {
	struct value dataset, dataset_pillar;
	struct str user, group;
	struct file_mode mode, dir_mode;
	struct str backup;
	bool makedirs;
	struct value show_changes;
	bool create, merge_if_exists;
	struct str serializer, formatter, encoding;
	struct value serializer_opts;
};

#define A(field) offsetof(struct serialize_args, field)
static const struct state_arg serialize_args[] = {
	{"dataset", ARG_VALUE, A(dataset)},
	{"dataset_pillar", ARG_VALUE, A(dataset_pillar)},
	{"user", ARG_STR, A(user)},
	{"group", ARG_STR, A(group)},
	{"mode", ARG_MODE, A(mode)},
	{"dir_mode", ARG_MODE, A(dir_mode)},
	{"backup", ARG_STR, A(backup)},
	{"makedirs", ARG_BOOL, A(makedirs)},
	{"show_changes", ARG_VALUE, A(show_changes)},
	{"create", ARG_BOOL, A(create), "true"},
	{"merge_if_exists", ARG_BOOL, A(merge_if_exists)},
	{"serializer", ARG_STR, A(serializer)},
	{"formatter", ARG_STR, A(formatter)},
	{"serializer_opts", ARG_VALUE, A(serializer_opts)},
	{"deserializer_opts", ARG_IGNORED},
	{"encoding", ARG_STR, A(encoding)},
	{"encoding_errors", ARG_IGNORED},
	{0},
};
#undef A

static struct str format_of(const struct serialize_args *args)
{
	return args->serializer.len ? args->serializer : args->formatter;
}

static bool is_json(const struct serialize_args *args)
{
	return str_is_nocase(format_of(args), "json");
}

static bool format_is_known(const struct serialize_args *args, struct outcome *outcome)
{
	struct str format = format_of(args);

	if (!format.len || is_json(args) || str_is_nocase(format, "yaml"))
		return true;
	outcome_fail(outcome,
		     "The %.*s serializer could not be found. It either does not exist or its "
		     "prerequisites are not installed.",
		     STR_ARG(format));
	return false;
}

static bool is_filled(struct heap *heap, struct value v)
{
	autoerr struct err err = {0};
	bool truth = false;

	return v.kind != VALUE_UNDEFINED && value_truth(heap, v, &truth, &err) == 0 && truth;
}

static bool find_dataset(struct state_call *call, struct value *ret_dataset,
			 struct outcome *outcome)
{
	const struct serialize_args *args = call->args;
	bool by_pillar = value_is_string(args->dataset_pillar) && args->dataset_pillar.len;

	if (args->serializer.len && args->formatter.len) {
		outcome_fail(outcome, "Only one of serializer and formatter are allowed");
		return false;
	}
	if (is_filled(call->heap, args->dataset) && by_pillar) {
		outcome_fail(outcome, "Only one of 'dataset' and 'dataset_pillar' is permitted");
		return false;
	}
	*ret_dataset = args->dataset;
	if (by_pillar && call->world->pillar)
		*ret_dataset = value_traverse(call->heap, value_of_dict(call->world->pillar),
					      value_bytes(args->dataset_pillar), ':');
	if (ret_dataset->kind != VALUE_UNDEFINED && ret_dataset->kind != VALUE_NONE)
		return format_is_known(args, outcome);
	outcome_fail(outcome, "Neither 'dataset' nor 'dataset_pillar' was defined");
	return false;
}

static struct dict *new_and_old(struct heap *heap, struct value value, const struct value *was)
{
	struct dict *pair = dict_new(heap);

	dict_set(heap, pair, "new", value);
	dict_set(heap, pair, "old", was ? *was : value_literal("<_null_>"));
	return pair;
}

/* Key by key what a merge changed: {new, old}, as deep as both are mappings. */
static int differences(struct heap *heap, const struct dict *old, const struct dict *merged,
		       struct dict **ret_changes, struct err *err)
{
	struct dict *changes = dict_new(heap);

	dict_foreach(entry, merged)
	{
		const struct value *was = dict_find(old, entry->key);
		bool both = was && was->kind == VALUE_DICT && entry->value.kind == VALUE_DICT;
		struct dict *inner = NULL;
		bool is_equal = false;
		if (was && value_equal(heap, *was, entry->value, &is_equal, err))
			return -1;
		if (is_equal)
			continue;
		if (!both)
			inner = new_and_old(heap, entry->value, was);
		else if (differences(heap, was->dict, entry->value.dict, &inner, err))
			return -1;
		dict_put(heap, changes, entry->key, value_of_dict(inner));
	}
	*ret_changes = changes;
	return heap_step(heap, err);
}

/* What is in the file already lies under the dataset. ret_changes: NULL without a merge; empty
 * when the file says all of it, in whatever form. */
static int merge(struct state_call *call, const char *path, struct value *dataset,
		 struct dict **ret_changes, struct err *err)
{
	const struct serialize_args *args = call->args;
	autobuf struct buf text = {0};
	struct stat st;
	struct value old;

	if (!args->merge_if_exists || dataset->kind != VALUE_DICT ||
	    !place_stat(call->world, path, LINKS_FOLLOWED, &st) || !S_ISREG(st.st_mode))
		return 0;
	if (place_read(call->world, path, &text, NULL, err))
		return -1;
	struct str kept = {heap_strdup(call->heap, buf_str(&text)), text.len};
	if (!is_json(args) && !str_trim(kept).len)
		return 0;
	int failed = is_json(args) ? value_from_json(call->heap, kept, &old, err)
				   : value_from_yaml(call->heap, kept, path, &old, err);
	if (failed)
		return err_wrap(err, "Failed to deserialize existing data");
	if (old.kind == VALUE_NONE)
		return 0;
	if (old.kind != VALUE_DICT)
		return err_set(err, ERR_INPUT, "Failed to deserialize existing data: no mapping");
	*dataset = value_of_dict(dict_merge(call->heap, old.dict, dataset->dict));
	return differences(call->heap, old.dict, dataset->dict, ret_changes, err);
}

/* serializer_opts: a list of one-key mappings, or a mapping. */
static const struct value *option(const struct serialize_args *args, const char *name)
{
	struct value opts = args->serializer_opts;

	if (opts.kind == VALUE_DICT)
		return dict_get(opts.dict, name);
	for (size_t i = 0; value_is_sequence(opts) && i < opts.list->n; i++) {
		struct value one = opts.list->items[i];
		const struct value *found =
			one.kind == VALUE_DICT ? dict_get(one.dict, name) : NULL;
		if (found)
			return found;
	}
	return NULL;
}

static bool option_is(const struct serialize_args *args, const char *name, bool fallback)
{
	const struct value *found = option(args, name);

	return found && found->kind == VALUE_BOOL ? found->boolean : fallback;
}

/* The serializer is not the templates' filter: sorted always, and escaped unless an encoding is
 * named. */
static unsigned yaml_flags_of(const struct serialize_args *args)
{
	const struct value *style = option(args, "default_flow_style");
	unsigned flags = style && style->kind == VALUE_NONE             ? YAML_LEAVES
			 : option_is(args, "default_flow_style", false) ? YAML_FLOW
									: 0;

	flags |= option_is(args, "sort_keys", true) ? YAML_SORTED : YAML_AS_IS;
	return flags | (option_is(args, "allow_unicode", args->encoding.len > 0) ? 0 : YAML_ASCII);
}

static int serialize(struct state_call *call, struct value dataset, struct buf *buf,
		     struct err *err)
{
	const struct serialize_args *args = call->args;
	const struct value *indent = option(args, "indent");
	const struct value *sort = option(args, "sort_keys");
	struct value_json_options json = {
		.sort_keys = !sort || sort->kind != VALUE_BOOL || sort->boolean,
		.ascii = option_is(args, "ensure_ascii", false),
		.indent = indent && indent->kind == VALUE_INT && indent->integer < 64
				  ? (int)indent->integer
				  : 2};
	int failed = is_json(args)
			     ? value_to_json(call->heap, dataset, &json, buf, err)
			     : value_to_yaml(call->heap, dataset, yaml_flags_of(args), buf, err);

	if (failed)
		return -1;
	if (!buf->len || buf->ptr[buf->len - 1] != '\n')
		buf_putc(buf, '\n');
	return buf_check(buf, "the dataset", err);
}

static void put_dataset(struct state_call *call, const struct file_put *put, struct dict *merged,
			struct outcome *outcome)
{
	struct dict *changes = outcome_changes(call, outcome);
	struct value show = put->show_changes;

	if (!call->is_test)
		file_put_told(call, put, outcome);
	else if (file_put(call, put, changes, outcome) == PUT_CHANGED)
		outcome_pending(outcome, "Dataset will be serialized and stored into %s",
				put->path);
	else if (outcome->result != RESULT_FALSE)
		outcome_say(outcome, "The file %s is in the correct state", put->path);
	if (outcome->result == RESULT_FALSE || !changes->n)
		return;
	/* What is hidden stays hidden. */
	const struct value *diff = dict_get(changes, "diff");
	if (merged && diff && !(value_is_string(*diff) && str_starts(value_bytes(*diff), STR("<"))))
		dict_set(call->heap, changes, "diff", value_of_dict(merged));
	if (call->is_test && show.kind == VALUE_BOOL && !show.boolean)
		dict_set(call->heap, changes, "diff", value_literal("<show_changes=False>"));
}

static void serialize_apply(struct state_call *call, struct outcome *outcome)
{
	const struct serialize_args *args = call->args;
	autobuf struct buf text = {0};
	autoerr struct err err = {0};
	struct file_put put = {.path = place_name(call->world, call->name),
			       .makedirs = args->makedirs,
			       .dir_mode = args->dir_mode,
			       .show_changes = args->show_changes,
			       .backup = args->backup};
	struct dict *merged = NULL;
	struct value dataset;
	struct stat st;

	if (!file_is_absolute(call, put.path, outcome))
		return;
	if (!args->create &&
	    !(place_stat(call->world, put.path, LINKS_FOLLOWED, &st) && S_ISREG(st.st_mode))) {
		outcome_say(outcome, "File %s is not present and is not set for creation",
			    put.path);
		return;
	}
	if (!find_dataset(call, &dataset, outcome) ||
	    !perms_resolve(call, args->user, args->group, args->mode, &put.perms, outcome))
		return;
	if (merge(call, put.path, &dataset, &merged, &err) ||
	    serialize(call, dataset, &text, &err)) {
		outcome_fail_err(outcome, &err);
		return;
	}
	if (merged && !merged->n) {
		outcome_say(outcome, "The file %s is in the correct state", put.path);
		return;
	}
	put.contents = buf_str(&text);
	put_dataset(call, &put, merged, outcome);
}

const struct state_def state_file_serialize = {.name = "file.serialize",
					       .args = serialize_args,
					       .args_size = sizeof(struct serialize_args),
					       .apply = serialize_apply};

/* ---- decode ---- */

struct decode_args {
	struct value encoded_data, contents_pillar;
	struct str encoding_type, checksum;
};

#define A(field) offsetof(struct decode_args, field)
static const struct state_arg decode_args[] = {
	{"encoded_data", ARG_VALUE, A(encoded_data)},
	{"contents_pillar", ARG_VALUE, A(contents_pillar)},
	{"encoding_type", ARG_STR, A(encoding_type), "base64"},
	{"checksum", ARG_STR, A(checksum), "md5"},
	{0},
};
#undef A

/* Line breaks inside are the usual form of long texts. */
static bool decode(struct str text, struct buf *bytes)
{
	autobuf struct buf tight = {0};

	for (size_t i = 0; i < text.len; i++)
		if (!strchr(" \t\r\n", text.ptr[i]))
			buf_putc(&tight, text.ptr[i]);
	return base64_decode(bytes, buf_str(&tight));
}

static bool find_encoded(struct state_call *call, struct value *ret_text, struct outcome *outcome)
{
	const struct decode_args *args = call->args;
	bool is_given = is_filled(call->heap, args->encoded_data);
	bool by_pillar = is_filled(call->heap, args->contents_pillar);
	const char *fault = NULL;

	*ret_text = args->encoded_data;
	if (by_pillar && value_is_string(args->contents_pillar) && call->world->pillar)
		*ret_text = value_traverse(call->heap, value_of_dict(call->world->pillar),
					   value_bytes(args->contents_pillar), ':');
	if (!is_given && !by_pillar)
		fault = "Specify either the 'encoded_data' or 'contents_pillar' argument.";
	else if (is_given && by_pillar)
		fault = "Specify only one 'encoded_data' or 'contents_pillar' argument.";
	else if (by_pillar && ret_text->kind == VALUE_UNDEFINED)
		fault = "Pillar data not found.";
	else if (!value_is_string(*ret_text))
		fault = "The encoded data is not a text";
	if (fault)
		outcome_fail(outcome, "%s", fault);
	return !fault;
}

static struct value sum_of(struct heap *heap, enum digest_algo algo, struct str bytes)
{
	struct digest digest;

	digest_of(algo, bytes, &digest);
	return value_cstr(heap, digest.hex);
}

/* Told by checksums: what is decoded may be a key. */
static void put_decoded(struct state_call *call, struct str bytes, enum digest_algo algo,
			struct outcome *outcome)
{
	struct file_put put = {.path = place_name(call->world, call->name),
			       .perms.look = {LOOK_KEPT, LOOK_KEPT, false, 0},
			       .contents = bytes};
	struct dict *changes = outcome_changes(call, outcome);
	autobuf struct buf old = {0};
	autoerr struct err err = {0};
	struct value was = value_none();
	struct stat st;

	if (place_stat(call->world, put.path, LINKS_FOLLOWED, &st) && S_ISREG(st.st_mode)) {
		if (place_read(call->world, put.path, &old, NULL, &err)) {
			outcome_fail_err(outcome, &err);
			return;
		}
		was = sum_of(call->heap, algo, buf_str(&old));
	}
	enum put_result result = file_put(call, &put, changes, outcome);
	dict_clear(changes);
	if (result == PUT_SAME)
		outcome_say(outcome, "File is in the correct state.");
	if (result != PUT_CHANGED)
		return;
	if (!call->is_test || was.kind != VALUE_NONE) {
		dict_set(call->heap, changes, "old", was);
		dict_set(call->heap, changes, "new", sum_of(call->heap, algo, bytes));
	}
	if (call->is_test)
		outcome_pending(outcome, "File is set to be updated.");
	else
		outcome_say(outcome, "File was updated.");
}

static void decode_apply(struct state_call *call, struct outcome *outcome)
{
	const struct decode_args *args = call->args;
	autobuf struct buf bytes = {0};
	enum digest_algo algo;
	struct value text;

	if (!file_is_absolute(call, place_name(call->world, call->name), outcome) ||
	    !find_encoded(call, &text, outcome))
		return;
	if (!str_is(args->encoding_type, "base64"))
		outcome_fail(outcome, "Encoding type %.*s is not known: base64 is",
			     STR_ARG(args->encoding_type));
	else if (!digest_algo_named(args->checksum, &algo))
		outcome_fail(outcome, "Checksum %.*s is not known", STR_ARG(args->checksum));
	else if (!decode(value_bytes(text), &bytes))
		outcome_fail(outcome, "The encoded data is not valid base64");
	else
		put_decoded(call, buf_str(&bytes), algo, outcome);
}

const struct state_def state_file_decode = {.name = "file.decode",
					    .args = decode_args,
					    .args_size = sizeof(struct decode_args),
					    .apply = decode_apply};
