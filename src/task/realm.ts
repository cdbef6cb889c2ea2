// What one JavaScript realm shares between every copy of polyloop that is loaded into it. A task's module may resolve
// `polyloop` to another copy than the worker that loads it (a linked package, a monorepo, two versions); both must
// see the same registry and the same running task, or nothing registered in one would be found in the other.
import { AsyncLocalStorage } from 'node:async_hooks';

import type { ContextFrame, WorkerInfo } from './context.ts';
import type { PortableClass } from './portable.ts';
import type { AnyFunction, FunctionReference } from './task-function.ts';

interface Realm {
  /** Task functions that registered themselves, by module URL, then by name. */
  readonly functions: Map<string, Map<string, AnyFunction>>;
  /** One reference object for each identity, so that `===` compares task functions. */
  readonly references: Map<string, Map<string, FunctionReference>>;
  /** Portable classes by prototype, for encoding. */
  readonly portablesByPrototype: Map<object, PortableClass>;
  /** Portable classes by module URL and name, for decoding. */
  readonly portablesByIdentity: Map<string, PortableClass>;
  /** Some class has a `[fromWire]`, which is called when results come back. */
  putsTogether?: boolean;
  /** The task that runs here; survives every `await` and is never seen by other tasks of the same loop. */
  readonly contexts: AsyncLocalStorage<ContextFrame>;
  /** True in a worker process or worker thread of a pool. */
  isWorker: boolean;
  /** How many pools stand above: 0 in the program itself, 1 in its workers, 2 in the workers of a pool inside of a task. */
  depth: number;
  /** The worker that this is, from before it loads anything of the user's; undefined in the program itself. */
  worker?: WorkerInfo;
  /** The last refusal to start a pool outside of a task; a module that swallows it must fail to load all the same. */
  refusedPool: Error | undefined;
}

const key = Symbol.for('polyloop.realm.v2');
const holder = globalThis as typeof globalThis & { [key]?: Realm };

export const realm: Realm = (holder[key] ??= {
  functions: new Map(),
  references: new Map(),
  portablesByPrototype: new Map(),
  portablesByIdentity: new Map(),
  contexts: new AsyncLocalStorage(),
  isWorker: false,
  depth: 0,
  refusedPool: undefined,
});
