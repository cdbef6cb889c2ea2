// Functions that say what their `this` is: methods of a default export, named exports, and task functions.
import { task } from '../support/task.ts';

class Adder {
  readonly step = 10;
  add(n: number): number {
    return n + this.step;
  }
  async later(n: number): Promise<number> {
    return n + this.step;
  }
  fails(): never {
    throw new Error(`step ${this.step}`);
  }
  *each(n: number): Generator<number> {
    yield this.step;
    yield n;
  }
}
export default new Adder();

const functions = {
  ownThis(this: unknown): string {
    return String(this);
  },
  async ownThisLater(this: unknown): Promise<string> {
    return String(this);
  },
};
export const { ownThis, ownThisLater } = functions;

export const registeredThis = task(import.meta, function registeredThis(this: unknown): string {
  return String(this);
});

export const failsByName = task(import.meta, function failsByName(): never {
  throw new Error('by name');
});
