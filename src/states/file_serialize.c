/* file_serialize.c - file.serialize and decode: values and encoded bytes as files.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/file_states.h"

#include "base/encode.h"
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
	struct str formatter;
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
	{"serializer", ARG_STR, A(formatter)},
	{"formatter", ARG_STR, A(formatter), .alias_of = "serializer"},
	{"serializer_opts", ARG_VALUE, A(serializer_opts)},
	{"deserializer_opts", ARG_IGNORED},
	{"encoding", ARG_IGNORED},
	{"encoding_errors", ARG_IGNORED},
	{0},
};
#undef A

static bool is_json(const struct serialize_args *args)
{
	return str_is_nocase(args->formatter, "json");
}

static bool find_dataset(struct state_call *call, struct value *ret_dataset,
			 struct outcome *outcome)
{
	const struct serialize_args *args = call->args;
	bool given = args->dataset.kind != VALUE_UNDEFINED && args->dataset.kind != VALUE_NONE;
	bool by_pillar = value_is_string(args->dataset_pillar);

	if (args->formatter.len && !is_json(args) && !str_is_nocase(args->formatter, "yaml")) {
		outcome_fail(outcome, "The %.*s serializer is not supported: json and yaml are",
			     STR_ARG(args->formatter));
		return false;
	}
	if (given && by_pillar) {
		outcome_fail(outcome, "Only one of 'dataset' and 'dataset_pillar' is permitted");
		return false;
	}
	*ret_dataset = args->dataset;
	if (by_pillar && call->world->pillar)
		*ret_dataset = value_traverse(call->heap, value_of_dict(call->world->pillar),
					      value_bytes(args->dataset_pillar), ':');
	if (ret_dataset->kind != VALUE_UNDEFINED && ret_dataset->kind != VALUE_NONE)
		return true;
	outcome_fail(outcome, "Neither 'dataset' nor 'dataset_pillar' was defined");
	return false;
}

/* What is in the file already lies under the dataset. */
static int merge(struct state_call *call, const char *path, struct value *dataset, struct err *err)
{
	const struct serialize_args *args = call->args;
	autobuf struct buf text = {0};
	struct value old;

	if (!args->merge_if_exists || dataset->kind != VALUE_DICT ||
	    !place_stat(call->world, path, LINKS_FOLLOWED, NULL))
		return 0;
	if (place_read(call->world, path, &text, NULL, err))
		return -1;
	struct str kept = {heap_strdup(call->heap, buf_str(&text)), text.len};
	if (!str_trim(kept).len)
		return 0;
	int failed = is_json(args) ? value_from_json(call->heap, kept, &old, err)
				   : value_from_yaml(call->heap, kept, path, &old, err);
	if (failed)
		return err_wrap(err, "Failed to deserialize existing data");
	if (old.kind != VALUE_DICT)
		return err_set(err, ERR_INPUT, "Failed to deserialize existing data: no mapping");
	*dataset = value_of_dict(dict_merge(call->heap, old.dict, dataset->dict));
	return 0;
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

/* The serializer is not the templates' filter: sorted always, and escaped. */
static unsigned yaml_flags_of(const struct serialize_args *args)
{
	const struct value *style = option(args, "default_flow_style");
	unsigned flags = style && style->kind == VALUE_NONE             ? YAML_LEAVES
			 : option_is(args, "default_flow_style", false) ? YAML_FLOW
									: 0;

	flags |= option_is(args, "sort_keys", true) ? YAML_SORTED : YAML_AS_IS;
	return flags | (option_is(args, "allow_unicode", false) ? 0 : YAML_ASCII);
}

static int serialize(struct state_call *call, struct value dataset, struct buf *buf,
		     struct err *err)
{
	const struct serialize_args *args = call->args;
	const struct value *indent = option(args, "indent");
	const struct value *sort = option(args, "sort_keys");
	struct value_json_options json = {
		.sort_keys = !sort || sort->kind != VALUE_BOOL || sort->boolean,
		.ascii = true,
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
	struct value dataset;

	if (!file_is_absolute(call, put.path, outcome))
		return;
	if (!args->create && !place_stat(call->world, put.path, LINKS_FOLLOWED, NULL)) {
		outcome_say(outcome, "File %s is not present and is not set for creation",
			    put.path);
		return;
	}
	if (!find_dataset(call, &dataset, outcome) ||
	    !perms_resolve(call, args->user, args->group, args->mode, &put.perms, outcome))
		return;
	if (merge(call, put.path, &dataset, &err) || serialize(call, dataset, &text, &err)) {
		outcome_fail_err(outcome, &err);
		return;
	}
	put.contents = buf_str(&text);
	file_put_told(call, &put, outcome);
}

const struct state_def state_file_serialize = {.name = "file.serialize",
					       .args = serialize_args,
					       .args_size = sizeof(struct serialize_args),
					       .apply = serialize_apply};

/* ---- decode ---- */

struct decode_args {
	struct value encoded_data, contents_pillar;
	struct str encoding_type;
};

static const struct state_arg decode_args[] = {
	{"encoded_data", ARG_VALUE, offsetof(struct decode_args, encoded_data)},
	{"contents_pillar", ARG_VALUE, offsetof(struct decode_args, contents_pillar)},
	{"encoding_type", ARG_STR, offsetof(struct decode_args, encoding_type), "base64"},
	{"checksum", ARG_IGNORED},
	{0},
};

/* Line breaks inside are the usual form of long texts. */
static bool decode(struct str text, struct buf *bytes)
{
	autobuf struct buf tight = {0};

	for (size_t i = 0; i < text.len; i++)
		if (!strchr(" \t\r\n", text.ptr[i]))
			buf_putc(&tight, text.ptr[i]);
	return base64_decode(bytes, buf_str(&tight));
}

static void decode_apply(struct state_call *call, struct outcome *outcome)
{
	const struct decode_args *args = call->args;
	autobuf struct buf bytes = {0};
	struct value text = args->encoded_data;
	struct file_put put = {.path = place_name(call->world, call->name),
			       .perms.look = {LOOK_KEPT, LOOK_KEPT, false, 0}};

	if (!file_is_absolute(call, put.path, outcome))
		return;
	if (value_is_string(args->contents_pillar) && call->world->pillar)
		text = value_traverse(call->heap, value_of_dict(call->world->pillar),
				      value_bytes(args->contents_pillar), ':');
	if (!value_is_string(text)) {
		outcome_fail(outcome, "Specify either the 'encoded_data' or 'contents_pillar' "
				      "argument.");
		return;
	}
	if (!str_is(args->encoding_type, "base64")) {
		outcome_fail(outcome, "Encoding type %.*s is not known: base64 is",
			     STR_ARG(args->encoding_type));
		return;
	}
	if (!decode(value_bytes(text), &bytes)) {
		outcome_fail(outcome, "The encoded data is not valid base64");
		return;
	}
	put.contents = buf_str(&bytes);
	file_put_told(call, &put, outcome);
}

const struct state_def state_file_decode = {.name = "file.decode",
					    .args = decode_args,
					    .args_size = sizeof(struct decode_args),
					    .apply = decode_apply};
