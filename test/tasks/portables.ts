// Classes whose instances cross as themselves.
import { fromWire, portable, task, toWire } from '../../src/index.ts';

export class Money {
  static {
    portable(import.meta, this);
  }
  cents: number;
  parent: unknown;

  constructor(cents: number) {
    if (cents === undefined) throw new Error('the constructor must not run on the other side');
    this.cents = cents;
  }

  get euros(): number {
    return this.cents / 100;
  }
}

/** Its state is private, and it says itself what that is. */
export class Secret {
  static {
    portable(import.meta, this);
  }
  readonly #word: string;

  constructor(word: string) {
    this.#word = word;
  }

  reveal(): string {
    return this.#word;
  }

  [toWire](): { word: string } {
    return { word: this.#word };
  }

  static [fromWire](state: { word: string }): Secret {
    if (state.word === 'cursed') throw new Error('it is cursed');
    return new Secret(state.word);
  }
}

/** Its state is what it is given. */
export class Box {
  static {
    portable(import.meta, this);
  }
  readonly #content: unknown;

  constructor(content: unknown) {
    this.#content = content;
  }

  get content(): unknown {
    return this.#content;
  }

  [toWire](): unknown {
    return this.#content;
  }

  static [fromWire](content: unknown): Box {
    return new Box(content);
  }
}

/** It forgets to say what its state is. */
export class Forgetful {
  static {
    portable(import.meta, this);
  }
  readonly #word = 'lost';

  get word(): string {
    return this.#word;
  }
}

export class Unregistered extends Money {}

export const doubleMoney = task(import.meta, function doubleMoney(money: Money): Money {
  if (!(money instanceof Money)) throw new Error('not a Money here');
  return new Money(money.cents * 2);
});

export const reveal = task(import.meta, function reveal(secret: Secret): string {
  return secret.reveal();
});

export const makeSecret = task(import.meta, function makeSecret(word: string): Secret {
  return new Secret(word);
});
