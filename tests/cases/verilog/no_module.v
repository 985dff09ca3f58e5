// expectation: refusal: nothing but a comment
// says: no_module.v has no module no_module: it has no module at all
// nothing
