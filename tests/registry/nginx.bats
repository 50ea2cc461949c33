# nginx.bats - behind nginx, as the seed's image has it: TLS there, us on a socket, the token service below a prefix.
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2030,SC2031,SC2154 # bats runs each test in a process of its own
load ../lib/registry
bats_require_minimum_version 1.5.0

setup_file()
{
	export W="$BATS_FILE_TMPDIR" FRONT
	registry_certify "$W/pki"
	mkdir "$W/certs" "$W/nginx"
	cp "$W/pki/ca.crt" "$W/certs"
	hash=$(htpasswd -nbB -C 5 admin open-sesame | cut -d : -f 2)
	registry_configure "$W" "token: {prefix: /authserver, issuer: registry.test}
proxies: [unix, 127.0.0.1]
users: {admin: {password: '$hash'}}
acl: [{match: {account: admin}, actions: ['*']}]"
	sed -i "s|^listen: .*|listen: ['unix:$W/socket', '$REGISTRY']|" "$W/registry.yml"
	"$HULL_REGISTRY" serve "$W/registry.yml" >"$W/access" 2>"$W/log" 3>&- &
	echo $! >"$W/pid"
	FRONT=127.0.0.1:$(registry_free_port)
	cat >"$W/nginx.conf" <<-END
		daemon off; pid $W/nginx/pid; error_log $W/nginx/log; user root; worker_processes 1;
		events { worker_connections 64; }
		http {
		  access_log off; client_body_temp_path $W/nginx/body; proxy_temp_path $W/nginx/proxy; fastcgi_temp_path $W/nginx/f;
		  uwsgi_temp_path $W/nginx/u; scgi_temp_path $W/nginx/s;
		  server {
		    listen $FRONT ssl; ssl_certificate $W/pki/registry.crt; ssl_certificate_key $W/pki/registry.key;
		    client_max_body_size 0;
		    location / {
		      proxy_pass http://unix:$W/socket:; proxy_http_version 1.1; proxy_request_buffering off;
		      proxy_set_header Host \$http_host; proxy_set_header X-Forwarded-Proto https;
		      proxy_set_header X-Forwarded-For \$proxy_add_x_forwarded_for;
		    }
		  }
		}
	END
	PATH=$PATH:/usr/sbin nginx -p "$W/nginx" -c "$W/nginx.conf" 2>"$W/nginx.out" 3>&- &
	echo $! >"$W/nginx.pid"
	for _ in $(seq 100); do
		[ "$(curl -sk -o /dev/null -w '%{http_code}' "https://$FRONT/v2/")" != 401 ] || break
		sleep 0.05
	done
	registry_layout "$W/layout"
}

teardown_file()
{
	kill "$(cat "$W/nginx.pid")"
	registry_stop "$W"
}

skopeo() { command skopeo --insecure-policy "$@"; }

@test "the challenge leads to the front, below the prefix" {
	curl -sk -D - -o /dev/null "https://$FRONT/v2/" | tr -d '\r' |
		grep -qix "www-authenticate: Bearer realm=\"https://$FRONT/authserver/auth\",service=\"registry.test\""
}

@test "who is no proxy says nothing about schemes and hosts" {
	curl -s -D - -o /dev/null -H 'X-Forwarded-Host: evil.example' -H 'X-Forwarded-Proto: https' --interface 127.0.0.2 "http://$REGISTRY/v2/" |
		tr -d '\r' | grep -qi "realm=\"http://$REGISTRY/authserver/auth\""
}

@test "push and pull through nginx" {
	skopeo copy -q --all --dest-cert-dir "$W/certs" --dest-creds admin:open-sesame "oci:$W/layout:multi" "docker://$FRONT/team/app:1"
	skopeo copy -q --all --src-cert-dir "$W/certs" --src-creds admin:open-sesame "docker://$FRONT/team/app:1" "oci:$BATS_TEST_TMPDIR/back:multi"
	diff <(cd "$W/layout/blobs/sha256" && sha256sum -- * | sort) <(cd "$BATS_TEST_TMPDIR/back/blobs/sha256" && sha256sum -- * | sort)
	grep -q '^127.0.0.1 - admin .*"PUT /v2/team/app/manifests/1' "$W/access" # the client's address, not the socket's
}
