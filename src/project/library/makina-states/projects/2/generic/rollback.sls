# The archived tree is put back by the step of the same name: this is
# only what projects include.
makina-projects-rollback:
  mc_proxy.hook: []
