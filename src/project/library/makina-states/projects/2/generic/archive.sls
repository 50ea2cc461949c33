# The tree is copied by the step of the same name before this is run: this is
# only what projects include.
makina-projects-archive:
  mc_proxy.hook: []
