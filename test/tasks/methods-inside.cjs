// The same, written so that Node does not see its names from outside.
'use strict';
class Adder {
  step = 10;
  add(n) {
    return n + this.step;
  }
  async later(n) {
    return n + this.step;
  }
  fails() {
    throw new Error(`step ${this.step}`);
  }
  *each(n) {
    yield this.step;
    yield n;
  }
}
module.exports = new Adder();
