// A CommonJS module that knows nothing of polyloop.
exports.triple = (n) => 3 * n;
