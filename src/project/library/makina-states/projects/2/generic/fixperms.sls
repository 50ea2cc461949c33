# Owners and modes are set by the step of the same name: this is
# only what projects include.
makina-projects-fixperms:
  mc_proxy.hook: []
