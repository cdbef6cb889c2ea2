// A CommonJS library that knows nothing of polyloop, and whose functions use `this`.
'use strict';
exports.step = 10;
exports.add = function add(n) {
  return n + this.step;
};
exports.later = async function later(n) {
  return n + this.step;
};
exports.fails = function fails() {
  throw new Error(`step ${this.step}`);
};
exports.each = function* each(n) {
  yield this.step;
  yield n;
};
