/* functions_mc_settings.c - mc_locations.settings and its kin: constants under what the pillar
 * says. SPDX-License-Identifier: Apache-2.0
 *
 * Each is a mapping written as JSON, changed by the pillar's keys below its prefix. What only
 * builds packages or machines is not in here: images are containers whose packages are there. */
#include "state/functions_private.h"

#include "value/json.h"

#include "base/banned.h"

static const char locations[] =
	"{\"root_dir\": \"/\", \"conf_dir\": \"/etc\", \"usr_dir\": \"/usr\","
	" \"bin_dir\": \"/usr/bin\", \"sbin_dir\": \"/usr/sbin\", \"share_dir\": \"/usr/share\","
	" \"var_dir\": \"/var\", \"var_lib_dir\": \"/var/lib\", \"var_log_dir\": \"/var/log\","
	" \"var_run_dir\": \"/var/run\", \"var_spool_dir\": \"/var/spool\","
	" \"var_tmp_dir\": \"/var/tmp\", \"tmp_dir\": \"/tmp\", \"home_dir\": \"/home\","
	" \"users_home_dir\": \"/home/users\", \"sysadmins_home_dir\": \"/home\","
	" \"root_home_dir\": \"/root\", \"initd_dir\": \"/etc/init.d\","
	" \"upstart_dir\": \"/etc/init\", \"logrotate_dir\": \"/etc/logrotate.d\","
	" \"srv_dir\": \"/srv\", \"prefix\": \"/srv\", \"apps_dir\": \"/srv/apps\","
	" \"projects_dir\": \"/srv/projects\","
	" \"remote_projects_dir\": \"/srv/remote_projects\", \"docker_root\": \"\","
	" \"lxc_root\": \"\", \"vms_docker_root\": \"/srv/docker\", \"salt_root\": \"/srv/salt\","
	" \"pillar_root\": \"/srv/pillar\", \"msr\": \"/srv/makina-states\","
	" \"ms\": \"/srv/makina-states\", \"makina_states\": \"/srv/makina-states\","
	" \"resetperms\": \"/usr/sbin/reset-perms\", \"venv\": \"/srv/makina-states/venv\","
	" \"venv_path\": \"/srv/makina-states/venv\", \"rvm_prefix\": \"/usr/local\","
	" \"rvm_path\": \"/usr/local/rvm\", \"rvm\": \"/usr/local/rvm/bin/rvm\"}";

static const char usergroup[] =
	"{\"group\": \"editor\", \"groupId\": 65753, \"sudoers\": [], \"sysadmins\": [],"
	" \"defaultSysadmins\": [\"root\"], \"users\": {\"root\": {\"home\": \"/root\"}},"
	" \"admin\": {\"sudoers\": [], \"sysadmin_password\": null, \"root_password\": null,"
	" \"sysadmins_keys\": []}}";

static const char pkgs[] = "{\"installmode\": \"installed\", \"pin_pkgs\": true,"
			   " \"keyserver\": \"hkp://keyserver.ubuntu.com:80\"}";

static const char salt_settings[] =
	"{\"name\": \"salt\", \"saltRoot\": \"/srv/salt\", \"pillarRoot\": \"/srv/pillar\","
	" \"msr\": \"/srv/makina-states\", \"projectsRoot\": \"/srv/projects\","
	" \"c\": {\"o\": {\"saltRoot\": \"/srv/salt\", \"pillarRoot\": \"/srv/pillar\","
	" \"msr\": \"/srv/makina-states\", \"projectsRoot\": \"/srv/projects\"}}}";

static const char nginx[] =
	"{\"package\": \"nginx\", \"service\": \"nginx\", \"user\": \"www-data\","
	" \"group\": \"www-data\", \"basedir\": \"/etc/nginx\", \"confdir\": \"/etc/nginx/conf.d\","
	" \"logdir\": \"/var/log/nginx\", \"access_log\": \"/var/log/nginx/access.log\","
	" \"error_log\": \"/var/log/nginx/error.log\", \"loglevel\": \"crit\","
	" \"wwwdir\": \"/srv/www\", \"doc_root\": \"/usr/share/nginx/www\","
	" \"docdir\": \"/usr/share/doc/nginx\", \"rotate\": \"365\", \"no_daemon\": true,"
	" \"port\": \"80\", \"ssl_port\": \"443\", \"ssl_redirect\": false,"
	" \"ssl_cacert_first\": false, \"ssl_protocols\": \"TLSv1.2 TLSv1.3\","
	" \"ssl_ciphers\": \"HIGH:!aNULL:!MD5\", \"ssl_session_cache\": \"shared:SSL:10m\","
	" \"ssl_session_timeout\": \"10m\", \"client_max_body_size\": \"0\","
	" \"worker_processes\": \"auto\", \"worker_connections\": \"1024\", \"gzip\": true,"
	" \"redirect_aliases\": true, \"default_vhost\": true, \"default_activation\": true,"
	" \"default_domains\": [\"localhost\"], \"allowed_hosts\": [], \"virtualhosts\": {},"
	" \"is_reverse_proxied\": false, \"reverse_proxy_addresses\": [], \"use_real_ip\": true,"
	" \"real_ip_header\": \"X-Forwarded-For\","
	" \"vhost_wrapper_template\":"
	" \"salt://makina-states/files/etc/nginx/sites-available/vhost.conf\","
	" \"vhost_default_template\":"
	" \"salt://makina-states/files/etc/nginx/sites-available/vhost.conf\","
	" \"vhost_top_template\":"
	" \"salt://makina-states/files/etc/nginx/sites-available/vhost.top.conf\","
	" \"vhost_content_template\":"
	" \"salt://makina-states/files/etc/nginx/sites-available/vhost.content.conf\"}";

static const char circus[] =
	"{\"location\": \"/srv/apps/circus\", \"rotate\": 365, \"requirements\": [],"
	" \"circusd\": {\"warmup_delay\": \"0\", \"umask\": \"002\", \"httpd\": false,"
	" \"loglevel\": \"info\", \"debug\": false, \"statsd\": false, \"check_delay\": \"5\","
	" \"endpoint\": \"tcp://127.0.0.1:5555\", \"pubsub_endpoint\": \"tcp://127.0.0.1:5556\","
	" \"stats_endpoint\": \"tcp://127.0.0.1:5557\"}}";

static const char apache[] =
	"{\"package\": \"apache2\", \"service\": \"apache2\", \"httpd_user\": \"www-data\","
	" \"basedir\": \"/etc/apache2\", \"confdir\": \"/etc/apache2/conf.d\","
	" \"vhostdir\": \"/etc/apache2/sites-available\","
	" \"evhostdir\": \"/etc/apache2/sites-enabled\", \"logdir\": \"/var/log/apache2\"}";

/* What pools of php-fpm are made of. */
static const char php[] =
	"{\"s_all\": \"-s ALL\", \"use_ppa\": false, \"rotate\": 365, \"fpm_pools\": {},"
	" \"etcdir\": \"/etc/php/{php_ver}\", \"confdir\": \"/etc/php/{php_ver}/mods-available\","
	" \"service\": \"php{php_ver}-fpm\", \"logdir\": \"/var/log/phpfpm\","
	" \"timezone\": \"Europe/Paris\", \"file_uploads\": 1,"
	" \"upload_max_filesize\": \"25000000M\", \"max_input_vars\": 500,"
	" \"max_input_time\": 300, \"html_errors\": 0, \"display_errors\": 0,"
	" \"display_startup_errors\": 0, \"log_errors\": 1, \"error_reporting\": 6143,"
	" \"memory_limit\": \"256M\", \"max_execution_time\": 120, \"allow_url_fopen\": 0,"
	" \"session_auto_start\": 1, \"session_gc_maxlifetime\": 3600,"
	" \"session_gc_probability\": 1, \"session_gc_divisor\": 100,"
	" \"custom_sessions_enabled\": false, \"session_save_handler\": \"redis\","
	" \"session_save_path\": \"tcp://127.0.0.1:6379?weight=2&timeout=2.5\","
	" \"fpm_socket_name\": \"fpm.sock\", \"fpm_listen_backlog\": 128,"
	" \"fpm_user\": \"www-data\", \"fpm_group\": \"www-data\", \"fpm_listen_mod\": \"0660\","
	" \"fpm_statuspath\": \"/fpmstatus\", \"fpm_ping\": \"/ping\", \"fpm_pong\": \"pong\","
	" \"fpm_request_terminate_timeout\": \"300s\", \"fpm_request_slowlog_timeout\": \"5s\","
	" \"fpm_pm_max_requests\": 500, \"fpm_pm_max_children\": 10,"
	" \"fpm_pm_start_servers\": 3, \"fpm_pm_min_spare_servers\": 3,"
	" \"fpm_pm_max_spare_servers\": 8, \"fpm_clear_env\": false, \"opcache_install\": 1,"
	" \"opcache_interned_strings_buffer\": 8, \"opcache_max_accelerated_files\": 2000,"
	" \"opcache_max_wasted_percentage\": 5, \"opcache_use_cwd\": 1,"
	" \"opcache_validate_timestamps\": 1, \"opcache_revalidate_freq\": 2,"
	" \"opcache_save_comments\": 1, \"packages\": {\"main\": \"php\","
	" \"php_fpm\": \"php-fpm\", \"apc\": \"php-apcu\", \"imagemagick\": \"php-imagick\","
	" \"postgresql\": \"php-pgsql\", \"sqlite\": \"php-sqlite3\"}}";

/* ---- making them ---- */

/* Placeholders of the user's values are filled from the settings themselves, when the program has
 * the function for it. */
static int settings_resolve(struct world *world, struct value *settings, struct err *err)
{
	struct call call = {.heap = world->heap, .args = settings, .n_args = 1};
	struct value resolved = {0};

	if (!world_function(world, STR("mc_utils.format_resolve")))
		return 0;
	if (world_call(world, "mc_utils.format_resolve", &call, &resolved, err))
		return -1;
	*settings = resolved;
	return 0;
}

static int settings_make(struct call *call, const char *json, const char *prefix,
			 struct value *ret_settings, struct err *err)
{
	struct value settings = {0};

	if (value_from_json(call->heap, str_of(json), &settings, err) ||
	    settings_override(call_world(call), prefix, settings.dict, err))
		return -1;
	*ret_settings = settings;
	return settings_resolve(call_world(call), ret_settings, err);
}

int fn_mc_locations(struct call *call, struct value *ret_value, struct err *err)
{
	return settings_make(call, locations, "makina-states.localsettings.locations", ret_value,
			     err);
}

int fn_mc_usergroup(struct call *call, struct value *ret_value, struct err *err)
{
	struct world *world = call_world(call);

	if (settings_make(call, usergroup, "makina-states.localsettings.usergroup", ret_value, err))
		return -1;
	struct dict *settings = ret_value->dict;
	static const char *const keys[][2] = {
		{"group", "makina-states.localsettings.filesystem.group"},
		{"groupId", "makina-states.localsettings.filesystem.group_id"},
	};
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		dict_set(call->heap, settings, keys[i][0],
			 world_lookup(world, str_of(keys[i][1]), *dict_get(settings, keys[i][0])));
	return 0;
}

int fn_mc_pkgs(struct call *call, struct value *ret_value, struct err *err)
{
	static const char *const names[] = {"dist", "udist", "ddist"};
	const struct world *world = call_world(call);
	const struct value *codename = world->grains ? dict_get(world->grains, "oscodename") : NULL;

	if (settings_make(call, pkgs, "makina-states.localsettings.pkgs", ret_value, err))
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (!dict_get(ret_value->dict, names[i]))
			dict_set(call->heap, ret_value->dict, names[i],
				 codename ? *codename : value_literal(""));
	return 0;
}

int fn_mc_salt(struct call *call, struct value *ret_value, struct err *err)
{
	return settings_make(call, salt_settings, "makina-states.controllers.salt", ret_value, err);
}

int fn_mc_circus(struct call *call, struct value *ret_value, struct err *err)
{
	return settings_make(call, circus, "makina-states.services.monitoring.circus", ret_value,
			     err);
}

int fn_mc_apache(struct call *call, struct value *ret_value, struct err *err)
{
	return settings_make(call, apache, "makina-states.services.http.apache", ret_value, err);
}

/* ---- php ---- */

/* The PHP that a distribution has. */
static const struct {
	const char *release; /* "Debian-12" */
	const char *php;
} php_versions[] = {
	{"Debian-11", "7.4"},    {"Debian-12", "8.2"},    {"Debian-13", "8.4"},
	{"Ubuntu-20.04", "7.4"}, {"Ubuntu-22.04", "8.1"}, {"Ubuntu-24.04", "8.3"},
};

static const char *php_version(const struct world *world)
{
	const struct value *name = world->grains ? dict_get(world->grains, "osfinger") : NULL;

	for (size_t i = 0; name && i < ARRAY_LEN(php_versions); i++)
		if (name->kind == VALUE_STRING &&
		    str_is(value_bytes(*name), php_versions[i].release))
			return php_versions[i].php;
	return php_versions[1].php;
}

/* Extensions whose packages are called after them. */
static void php_packages(struct heap *heap, struct dict *packages)
{
	static const char *const names[] = {
		"cas",   "cli",      "curl",   "dev",      "gd",        "gmp",   "json",
		"ldap",  "mbstring", "mcrypt", "memcache", "memcached", "mysql", "pear",
		"redis", "snmp",     "soap",   "xdebug",   "xmlrpc",
	};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		dict_set(heap, packages, names[i], value_printf(heap, "php-%s", names[i]));
}

int fn_mc_php(struct call *call, struct value *ret_value, struct err *err)
{
	struct world *world = call_world(call);
	struct value settings = {0};

	if (value_from_json(call->heap, str_of(php), &settings, err))
		return -1;
	php_packages(call->heap, dict_get(settings.dict, "packages")->dict);
	dict_set(call->heap, settings.dict, "php_ver", value_cstr(call->heap, php_version(world)));
	if (settings_override(world, "makina-states.services.php", settings.dict, err))
		return -1;
	*ret_value = settings;
	return settings_resolve(world, ret_value, err);
}

/* ---- nginx ---- */

int fn_mc_nginx(struct call *call, struct value *ret_value, struct err *err)
{
	return settings_make(call, nginx, "makina-states.services.http.nginx", ret_value, err);
}

static void set_missing(struct heap *heap, struct dict *dict, const char *key, struct value v)
{
	if (!dict_get(dict, key))
		dict_set(heap, dict, key, v);
}

/* The files of a virtual host, and its name as part of names. */
static void vhost_names(struct heap *heap, struct dict *vhost, struct str domain, struct str base,
			struct str basedir)
{
	char *small = heap_strdup(heap, domain);

	for (char *c = small; *c; c++)
		if (*c == '.' || *c == '-')
			*c = '_';
	set_missing(heap, vhost, "small_name", value_view(str_of(small)));
	static const struct {
		const char *key, *directory, *suffix;
	} files[] = {
		{"vhost_available_file", "sites-available", ".conf"},
		{"vhost_content_file", "includes", ".content.conf"},
		{"vhost_top_file", "includes", ".top.conf"},
	};
	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		set_missing(heap, vhost, files[i].key,
			    value_printf(heap, "%.*s/%s/%.*s%s", STR_ARG(basedir),
					 files[i].directory, STR_ARG(base), files[i].suffix));
}

/* vhost_settings(domain, doc_root, …): the server's settings with the host's over them. */
int fn_mc_vhost(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct {
		const char *key, *from;
	} copied[] = {
		{"active", "default_activation"},
		{"vh_top_source", "vhost_top_template"},
		{"vh_template_source", "vhost_wrapper_template"},
		{"vh_content_source", "vhost_content_template"},
	};
	struct dict *vhost = dict_new(call->heap);
	struct str domain = {0}, base = {0}, basedir = {0};

	if (call->n_args < 1 || call->n_args > 2)
		return err_set(err, ERR_INPUT,
			       "mc_nginx.vhost_settings() takes a domain and a doc_root");
	if (value_as_str(call->args[0], &domain, err) || fn_mc_nginx(call, ret_value, err))
		return -1;
	for (size_t i = 0; i < call->n_keywords; i++)
		dict_put(call->heap, vhost, value_view(call->keywords[i].name),
			 call->keywords[i].value);
	struct dict *settings = ret_value->dict;
	set_missing(call->heap, vhost, "vhost_basename", call->args[0]);
	set_missing(call->heap, vhost, "domain", call->args[0]);
	set_missing(call->heap, vhost, "server_name", *dict_get(vhost, "domain"));
	set_missing(call->heap, vhost, "server_aliases", value_none());
	set_missing(call->heap, vhost, "default_server", value_bool(false));
	if (call->n_args > 1)
		set_missing(call->heap, vhost, "doc_root", call->args[1]);
	for (size_t i = 0; i < ARRAY_LEN(copied); i++)
		set_missing(call->heap, vhost, copied[i].key, *dict_get(settings, copied[i].from));
	if (value_as_str(*dict_get(vhost, "vhost_basename"), &base, err) ||
	    value_as_str(*dict_get(settings, "basedir"), &basedir, err))
		return -1;
	vhost_names(call->heap, vhost, domain, base, basedir);
	if (mapping_update(call->heap, settings, vhost, false, err))
		return -1;
	/* Templates ask for all of it as `data` and as `extra`. */
	dict_set(call->heap, settings, "extra", value_of_dict(dict_copy(call->heap, settings)));
	dict_set(call->heap, settings, "data", value_of_dict(dict_copy(call->heap, settings)));
	return 0;
}

/* ---- answers ---- */

int fn_mc_true(struct call *call, struct value *ret_value, struct err *err)
{
	*ret_value = value_bool(true);
	return 0;
}

int fn_mc_false(struct call *call, struct value *ret_value, struct err *err)
{
	*ret_value = value_bool(false);
	return 0;
}

/* The service function that a formula prefers; none: another supervisor looks after services. */
int fn_mc_service_function(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"pref_service_function", PARAM_OPTIONAL},
					      {NULL, PARAM_REQUIRED}};
	struct value values[ARRAY_LEN(params)] = {0};

	if (call_bind(call, "mc_services_managers.get_service_function", params, values, err))
		return -1;
	*ret_value = param_given(values[0]) ? values[0] : value_none();
	return 0;
}

int fn_mc_service_enabled(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"service_function", PARAM_OPTIONAL},
					      {NULL, PARAM_REQUIRED}};
	struct value values[ARRAY_LEN(params)] = {0};
	struct str function = {0};

	if (call_bind(call, "mc_services_managers.get_service_enabled_state", params, values,
		      err) ||
	    param_text(values[0], "", &function, err))
		return -1;
	*ret_value = value_bool(function.len && !memmem(function.ptr, function.len, "dead", 4));
	return 0;
}
