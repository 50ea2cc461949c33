# Nobody is told of a deployment unless the project says whom: this is
# only what projects include.
makina-projects-notify:
  mc_proxy.hook: []
