/* key_log_types.c - values that say where output goes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "ini/key.h"

#include "base/banned.h"

static struct log_spec *log_of(const struct key *key, void *object)
{
	return (struct log_spec *)(void *)((char *)object + key->offset);
}

static const struct log_spec *const_log_of(const struct key *key, const void *object)
{
	return (const struct log_spec *)(const void *)((const char *)object + key->offset);
}

/* ---- stdout | stderr | file:PATH | null | inherit, for stderr also "merge" ---- */

static const struct key_choice targets[] = {
	{"stdout", LOG_TO_STDOUT},
	{"stderr", LOG_TO_STDERR},
	{"null", LOG_TO_NULL},
	{"inherit", LOG_INHERIT},
	{0},
};

static int target_parse(const struct value *value, struct log_spec *log, struct err *err)
{
	for (const struct key_choice *target = targets; target->name; target++) {
		if (text_eq(value->text, target->name)) {
			log->target = (enum log_target)target->value;
			log->path = NULL;
			return 0;
		}
	}
	const char *path = value->text;
	if (text_starts(path, "file:"))
		path += 5;
	if (path[0] != '/')
		return err_set(err, ERR_INPUT,
			       "'%s' is none of stdout, stderr, null, inherit and file:/PATH",
			       value->text);
	log->target = LOG_TO_FILE;
	log->path = arena_strdup(value->arena, path);
	return 0;
}

static int log_parse(const struct key *key, const struct value *value, void *object,
		     struct err *err)
{
	struct service_spec *spec = object;
	struct log_spec *log = log_of(key, object);
	bool is_errors = log == &spec->errors;
	if (is_errors)
		spec->errors_with_out = text_eq(value->text, "merge");
	return is_errors && spec->errors_with_out ? 0 : target_parse(value, log, err);
}

static void log_write(const struct key *key, const void *object, struct buf *out)
{
	const struct service_spec *spec = object;
	const struct log_spec *log = const_log_of(key, object);
	if (log == &spec->errors && spec->errors_with_out) {
		buf_puts(out, "merge");
		return;
	}
	for (const struct key_choice *target = targets; target->name; target++) {
		if (log->target == (enum log_target)target->value)
			buf_puts(out, target->name);
	}
	if (log->target == LOG_TO_FILE)
		buf_printf(out, "file:%s", log->path ? log->path : "");
}

const struct key_type type_log = {"target", .parse = log_parse, .write = log_write};

static int log_both_parse(const struct key *key, const struct value *value, void *object,
			  struct err *err)
{
	struct service_spec *spec = object;
	(void)key;
	if (target_parse(value, &spec->out, err))
		return -1;
	spec->errors.target = spec->out.target;
	spec->errors.path = spec->out.path;
	return 0;
}

/* Only what both streams share can be said in one word. */
static void log_both_write(const struct key *key, const void *object, struct buf *out)
{
	const struct service_spec *spec = object;
	(void)key;
	if (!spec->errors_with_out && spec->out.target == spec->errors.target &&
	    text_eq(spec->out.path, spec->errors.path))
		log_write(&(struct key){.offset = offsetof(struct service_spec, out)}, object, out);
}

const struct key_type type_log_both = {"target", .parse = log_both_parse, .write = log_both_write};

/* ---- rotation by time; choices hold the period, the weekday << 8 and midnight << 16 ---- */

static int period_parse(const struct key *key, const struct value *value, void *object,
			struct err *err)
{
	struct log_spec *log = log_of(key, object);
	int number = 0;
	struct key row = {.name = key->name, .type = &type_choice, .choices = key->choices};
	if (type_choice.parse(&row, value, &number, err))
		return -1;
	log->period = (enum log_period)(number & 0xff);
	log->weekday = number >> 8 & 0xff;
	log->at_midnight = number >> 16;
	return 0;
}

static void period_write(const struct key *key, const void *object, struct buf *out)
{
	const struct log_spec *log = const_log_of(key, object);
	int number = (int)log->period | log->weekday << 8 | log->at_midnight << 16;
	struct key row = {.name = key->name, .type = &type_choice, .choices = key->choices};
	type_choice.write(&row, &number, out);
}

const struct key_type type_log_period = {"choice", .parse = period_parse, .write = period_write};

/* ---- circus: stdout_stream.class ---- */

static const struct stream_class {
	const char *name;
	enum log_target target;
	bool follow_renames;
	enum log_period period;
	const char *color;
} stream_classes[] = {
	{"FileStream", LOG_TO_FILE},
	{"WatchedFileStream", LOG_TO_FILE, .follow_renames = true},
	{"TimedRotatingFileStream", LOG_TO_FILE, .period = LOG_HOUR},
	{"StdoutStream", LOG_TO_STDOUT},
	{"FancyStdoutStream", LOG_TO_STDOUT, .color = "random"},
	{0},
};

static int class_parse(const struct key *key, const struct value *value, void *object,
		       struct err *err)
{
	struct log_spec *log = log_of(key, object);
	const char *name = value->text;
	if (text_starts(name, "circus.stream."))
		name += strlen("circus.stream.");
	const char *known[ARRAY_LEN(stream_classes)];
	size_t n = 0;
	for (const struct stream_class *class = stream_classes; class->name; class ++) {
		known[n++] = class->name;
		if (!text_eq(class->name, name))
			continue;
		log->target = class->target;
		log->follow_renames = class->follow_renames;
		log->period = class->period;
		log->color = class->color;
		return 0;
	}
	known[n] = NULL;
	const char *nearest = str_nearest(name, known);
	if (text_eq(name, "QueueStream") || (!nearest && strchr(name, '.')))
		return err_set(err, ERR_INPUT,
			       "'%s' lives in Python, which is not run here; use FileStream, "
			       "WatchedFileStream, TimedRotatingFileStream, StdoutStream or "
			       "FancyStdoutStream",
			       name);
	return err_set(err, ERR_INPUT, "unknown stream class '%s', nearest '%s'", name,
		       nearest ? nearest : "FileStream");
}

static void class_write(const struct key *key, const void *object, struct buf *out)
{
	const struct log_spec *log = const_log_of(key, object);
	for (const struct stream_class *class = stream_classes; class->name; class ++) {
		if (class->target == log->target && class->follow_renames == log->follow_renames &&
		    (class->period != LOG_NEVER) == (log->period != LOG_NEVER) &&
		    !class->color == !log->color) {
			buf_puts(out, class->name);
			return;
		}
	}
}

const struct key_type type_stream_class = {"class", .parse = class_parse, .write = class_write};

/* ---- circus: endpoint = ipc://PATH; tcp:// is what nobody gets ---- */

static int endpoint_parse(const struct key *key, const struct value *value, void *object,
			  struct err *err)
{
	const char **field = (const char **)(void *)((char *)object + key->offset);
	if (text_starts(value->text, "ipc://")) {
		const char *path = value->text + 6;
		if (path[0] != '/')
			return err_set(err, ERR_INPUT, "'%s' is no absolute path", path);
		*field = arena_strdup(value->arena, path);
	} else if (!text_starts(value->text, "tcp://")) {
		return err_set(err, ERR_INPUT, "'%s' is no ipc:///PATH", value->text);
	}
	return 0;
}

static void endpoint_write(const struct key *key, const void *object, struct buf *out)
{
	const char *const *field =
		(const char *const *)(const void *)((const char *)object + key->offset);
	if (*field)
		buf_printf(out, "ipc://%s", *field);
}

const struct key_type type_endpoint = {"endpoint", .parse = endpoint_parse,
				       .write = endpoint_write};
