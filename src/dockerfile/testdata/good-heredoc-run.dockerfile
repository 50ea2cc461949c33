FROM a
RUN <<EOF
echo one
  echo $two
EOF
RUN <<-"EOF" python3 - 3<<end
	print("tabs go")
		print("all of them")
	EOF
second
end
RUN echo "<<no" '<<no' \<<no
RUN cat <<a b <<<c
x
a
USER x
